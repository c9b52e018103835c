"""A family's sizes changed by name: what comes out is the model of those sizes."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest

from netledger.catalogue import load
from netledger.catalogue.resized import with_sizes
from netledger.cli import main
from netledger.errors import UsageError
from netledger.ledger import keep_books
from netledger.predict.language import language_of
from netledger.predict.symbolic import symbolic_totals


def test_gpt2_with_the_sizes_of_the_medium_one() -> None:
    """354,823,168 is what openai-community/gpt2-medium holds."""
    grown = with_sizes(load("gpt2"), {"n_embd": 1024, "n_layer": 24, "n_head": 16})
    assert keep_books(grown).totals.parameters == 354_823_168


def test_a_size_that_the_family_has_not() -> None:
    with pytest.raises(UsageError, match="the family 'gpt2' has no size 'n_layers': did you mean 'n_layer'"):
        with_sizes(load("gpt2"), {"n_layers": 3})


def test_a_table_over_a_size(capsys: pytest.CaptureFixture[str]) -> None:
    """Llama 3 8B and 70B differ in more than depth, but 32 layers are the 8B's."""
    assert main(["show", "llama-3.1-8b", "--scale", "num_hidden_layers=8..32", "--format", "json"]) == 0
    rows = json.loads(capsys.readouterr().out)["rows"]
    assert [row["value"] for row in rows] == [8, 16, 32]
    assert rows[-1]["parameters"] == 8_030_261_248
    steps = [b["parameters"] - a["parameters"] for a, b in pairwise(rows)]
    assert steps == [8 * 218_112_000, 16 * 218_112_000]


def test_set_by_name_on_the_command_line(capsys: pytest.CaptureFixture[str]) -> None:
    assert (
        main(["show", "gpt2", "--set", "n_layer=48", "--set", "n_embd=1600", "--set", "n_head=25", "--format", "json"])
        == 0
    )
    assert json.loads(capsys.readouterr().out)["totals"]["parameters"] == 1_557_611_200


@pytest.mark.parametrize(
    ("name", "active", "without_input", "embedding", "non_embedding"),
    [  # Mixtral's announcement: 12.9B; gpt-oss's report, table 1: 3.61B active, 1.16B in embeddings and unembeddings
        ("mixtral-8x7b", 12_879_925_248, 12_748_853_248, 131_072_000, 46_440_648_704),
        ("gpt-oss-20b", 4_187_440_704, 3_608_307_264, 579_133_440, 19_756_490_304),
        ("gemma-2-2b", 2_614_341_888, 2_024_517_888, 589_824_000, 2_024_517_888),
        ("pythia-1.4b", 1_414_647_808, 1_311_625_216, 103_022_592, 1_208_602_624),
    ],
)  # fmt: skip
def test_active_and_embedding_parameters(
    name: str, active: int, without_input: int, embedding: int, non_embedding: int
) -> None:
    found = language_of(keep_books(load(name)))
    assert found is not None
    assert (found.active, found.active_without_input) == (active, without_input)
    assert (found.embedding, found.non_embedding) == (embedding, non_embedding)


@pytest.mark.parametrize(
    ("name", "decode"), [("mixtral-8x7b", 12_782_403_584), ("gpt-oss-20b", 3_632_406_528)]
)  # counted by torch's FlopCounterMode over one token after 128 cached ones, halved
def test_one_token_after_128(name: str, decode: int) -> None:
    found = language_of(keep_books(load(name)))
    assert found is not None
    assert (found.context, found.decode) == (128, decode)


def test_one_token_reads_the_latent_that_is_kept() -> None:
    """DeepSeek-V3: FlopCounterMode's count of 128 tokens without attention's two products of 192 and 128 values, for one
    token; and what each of 128 heads reads of 129 positions: 512 + 64 values for its key, 512 for its value.
    """
    counted, layers, heads = 4_728_884_822_016, 61, 128
    matrices = (counted - layers * 128 * 128 * heads * (192 + 128)) // 128
    ledger = keep_books(load("deepseek-v3"))
    found = language_of(ledger)
    assert found is not None
    assert found.decode == matrices + layers * heads * 129 * (512 + 64 + 512)
    formula = symbolic_totals(ledger.network)
    assert formula is not None
    assert formula.decode is not None
    sizes = {symbol: value for symbol, _, value in formula.sizes}
    assert formula.decode.at({**sizes, "T": 129}) == found.decode
