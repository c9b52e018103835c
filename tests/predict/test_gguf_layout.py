"""What files say that a running model keeps, by their metadata, to the digits that runtimes printed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger.catalogue import load
from netledger.errors import FormatError
from netledger.ledger import keep_books
from netledger.predict.cache import DRAFT, Keeps, kept_by
from netledger.predict.gguf_layout import kept_by_gguf, lacks_absorbed
from netledger.predict.running import Model, run
from netledger.predict.runtimes import RUNTIMES, Kept, Setting

LOGS = json.loads((Path(__file__).parent.parent / "data" / "runtime_logs.json").read_text())
MIB = 2**20


def mib(count: int) -> str:
    return f"{count / MIB:.2f}"


OF_CATALOGUE = {
    "qwen3.5-9b": "qwen3.5-9b", "qwen3.5-27b": "qwen3.5-27b", "qwen3.8-27b": "qwen3.5-27b", "qwen3.5-4b": "qwen3.5-4b",
    "qwen3.5-2b": "qwen3.5-2b", "qwen3.6-35b": "qwen3.6-35b-a3b", "olmoe": "olmoe-1b-7b", "llama-3.2-1b": "llama-3.2-1b",
    "llama-70b": "llama-3.1-70b", "phi3-mini": "phi-3-mini", "gemma4-12b": "gemma-4-12b", "gemma4-31b": "gemma-4-31b",
    "gemma4-26b": "gemma-4-26b-a4b", "gemma4-e4b-65536": "gemma-4-e4b", "gemma2-2b": "gemma-2-2b", "gptoss-20b": "gpt-oss-20b",
    "gptoss-120b": "gpt-oss-120b", "lfm2.5-2.6b": "lfm2-2.6b", "kimi-linear": "kimi-linear-48b-a3b", "glm-5.2": "glm-5.2",
    "minimax-m2": "minimax-m2", "glm-4.5-air": "glm-4.5-air", "gemma-2b": "gemma-2b", "deepseek-v3": "deepseek-v3",
    "deepseek-r1": "deepseek-v3", "kimi-k2": "kimi-k2", "phi2": "phi-2", "ollama-qwen3-8b": "qwen3-8b",
    "ollama-qwen3-14b": "qwen3-14b", "qwen3-30b": "qwen3-30b-a3b", "qwen3-32b": "qwen3-32b", "llama31-8b": "llama-3.1-8b",
}  # fmt: skip
"""``how a log's name begins → the catalogue's network of the same layers``."""


def compare(log: dict[str, Any], keeps: list[Keeps], absorbed: bool) -> None:
    """The rows that a runtime makes of layers, against its log, in MiB."""
    types = log["cache"][0] if log["cache"] else {"kt": "f16", "vt": "f16"}
    setting = Setting(
        log["context"] or 512, key=types["kt"], value=types["vt"] or types["kt"], absorbed=absorbed, **log["setting"]
    )
    rows = [RUNTIMES[log["runtime"]].cells(one, setting) for one in keeps if one.sort != DRAFT]
    grown = [row for row in rows if row.grows]
    if log["cache"]:
        printed = sorted((part["K"], part["V"], float(part["total"].replace(",", "."))) for part in log["cache"])
        ours = sorted(grown, key=lambda row: row.bytes)
        assert len(ours) == len(printed)
        for (key, value, total), row in zip(sorted(printed, key=lambda part: part[2]), ours, strict=True):
            assert float(mib(row.bytes)) == total
            assert key is None or mib(row.key_bytes) == key.replace(",", ".")
            assert value is None or mib(row.value_bytes) == value.replace(",", ".")
    for part in log["state"]:
        fixed = {row.keeps.sort: row for row in rows if not row.grows}
        assert mib(sum(row.bytes for row in fixed.values())) == part["total"]
        assert part["R"] is None or mib(fixed["convolution"].bytes) == part["R"]
        assert part["S"] is None or mib(fixed["state"].bytes) == part["S"]


@pytest.mark.parametrize("log", LOGS, ids=[log["id"] for log in LOGS])
def test_to_the_digits_that_the_runtime_printed(log: dict[str, Any]) -> None:
    """llama.cpp and ik_llama.cpp print K, V and their sum for each cache, R and S for recurrent state, in MiB."""
    metadata = {key: tuple(value) if isinstance(value, list) else value for key, value in log["metadata"].items()}
    compare(log, kept_by_gguf(metadata, log["runtime"]), not lacks_absorbed(metadata))


NAMED = {log["id"]: name for log in LOGS for start, name in OF_CATALOGUE.items() if log["id"].startswith(start)}


@pytest.mark.parametrize("log", [log for log in LOGS if log["id"] in NAMED], ids=NAMED)
def test_the_catalogue_s_own_layers_to_the_same_digits(log: dict[str, Any]) -> None:
    """The second way: no file, but the network's own attention layers and state."""
    compare(log, kept_by(load(NAMED[log["id"]]), log["runtime"]), True)


def test_layers_that_draft_words_have_a_cache_of_their_own() -> None:
    """Printed for Qwen3.5 27B at 262,144 with 6 drafted words: 16384.00, 1024.00 and 1047.38 MiB. The file counts 65."""
    facts = {
        "block_count": 65, "nextn_predict_layers": 1, "embedding_length": 5120, "full_attention_interval": 4,
        "attention.head_count": 24, "attention.head_count_kv": 4, "attention.key_length": 256,
        "attention.value_length": 256, "ssm.conv_kernel": 4, "ssm.inner_size": 6144, "ssm.state_size": 128,
        "ssm.group_count": 16, "ssm.time_step_rank": 48,
    }  # fmt: skip
    metadata = {"general.architecture": "qwen35", **{f"qwen35.{key}": value for key, value in facts.items()}}
    model = Model("qwen35", keep_books(load("gpt2")), kept_by_gguf(metadata, "llama.cpp"))
    rows = run(model, Setting(262_144, draft=6), RUNTIMES["llama.cpp"], "bf16", "inference", "adamw", 0).rows
    cache = [mib(row.bytes) for row in rows if row.grows]
    assert (cache, mib(sum(row.bytes for row in rows if not row.grows))) == (["16384.00", "1024.00"], "1047.38")
    rows = run(model, Setting(262_144), RUNTIMES["llama.cpp"], "bf16", "inference", "adamw", 0).rows
    assert [mib(row.bytes) for row in rows if row.grows] == ["16384.00"]


def test_slots_divide_the_context() -> None:
    """A log of Gemma 3 270M at 1024 positions: three slots hold 512 each, four hold 256 each; windows are wider."""
    keeps = kept_by(load("gemma-3-270m"))
    totals = []
    for slots in (3, 4):
        rows: list[Kept] = [RUNTIMES["llama.cpp"].cells(one, Setting(1024, slots)) for one in keeps]
        totals.append(sum(row.bytes for row in rows) / MIB)
    assert totals == [27.0, 18.0]


def test_a_block_without_attention_keeps_nothing() -> None:
    """Llama-3.1-Nemotron-Ultra: 98 of 162 layers have no attention; its log prints 816 MiB of keys in q8_0."""
    heads = tuple([8] * 64 + [0] * 98)
    facts = {
        "block_count": 162, "embedding_length": 16384, "attention.head_count": 128, "attention.head_count_kv": heads,
        "attention.key_length": 128, "attention.value_length": 128,
    }  # fmt: skip
    header = {"general.architecture": "deci", **{f"deci.{key}": value for key, value in facts.items()}}
    (keeps,) = kept_by_gguf(header)
    row = RUNTIMES["ik_llama.cpp"].cells(keeps, Setting(12288, key="q8_0", value="q4_0"))
    assert (row.keeps.layers, mib(row.key_bytes), mib(row.value_bytes)) == (64, "816.00", "432.00")


def header(name: str, **facts: Any) -> dict[str, Any]:
    return {"general.architecture": name, **{f"{name}.{key.replace('__', '.')}": value for key, value in facts.items()}}


def test_later_layers_share_caches_where_the_file_does_not_say_how_many() -> None:
    """llama.cpp's issue 14604, Gemma 3n E4B: ``size = 256,00 MiB ( 32768 cells, 4 layers``, layers from 20 on reuse."""
    facts = {"attention__key_length": 256, "attention__value_length": 256, "attention__sliding_window": 512}
    e4b = header(
        "gemma3n", block_count=35, embedding_length=2048, attention__head_count=8, attention__head_count_kv=2, **facts
    )
    rows = [RUNTIMES["llama.cpp"].cells(keeps, Setting(32768)) for keeps in kept_by_gguf(e4b)]
    full = next(row for row in rows if row.keeps.sort == "full")
    assert (full.keeps.layers, full.cells, mib(full.bytes)) == (4, 32768, "256.00")
    assert sum(row.keeps.layers for row in rows) == 20


@pytest.mark.parametrize(
    ("name", "layers", "sliding", "first"),
    [  # llama.cpp's loaders: the period, which of it is full, the window
        ("laguna", 40, 30, "full"), ("cohere2moe", 40, 30, "full"), ("plamo3", 32, 28, "sliding"),
        ("exaone4", 64, 48, "sliding"), ("exaone4", 30, 0, "full"), ("llama4", 48, 36, "sliding"),
    ],
)  # fmt: skip
def test_which_layers_slide_where_the_file_lists_none(name: str, layers: int, sliding: int, first: str) -> None:
    given = {} if name == "llama4" else {"attention__sliding_window": 4096}
    facts = header(name, block_count=layers, embedding_length=64, attention__head_count=8, **given)
    found = {keeps.sort: keeps for keeps in kept_by_gguf(facts)}
    assert found.get("sliding", found["full"]).layers == (sliding or layers)
    assert next(iter(found)) == first
    assert name != "llama4" or found["sliding"].window == 8192


@pytest.mark.parametrize(
    "facts",
    [
        {"ssm__conv_kernel": 4}, {"attention__indexer__key_length": 128}, {"attention__compress_ratios": (4, 128)},
        {"wkv__head_size": 64}, {"shortconv__l_cache": 3}, {"hyper_connection__count": 4},
    ],
)  # fmt: skip
def test_state_that_is_not_known_is_not_guessed_at(facts: dict[str, Any]) -> None:
    """DeepSeek V4 and Qwen4 keep compressed and chosen positions: no plain attention is assumed for them."""
    sizes = {"block_count": 2, "embedding_length": 64, "attention__head_count": 8}
    with pytest.raises(FormatError, match="what layers of architecture 'novel' keep is not known"):
        kept_by_gguf(header("novel", **sizes, **facts))


def test_layers_that_choose_positions_themselves() -> None:
    """llama.cpp's ``glm-dsa.cpp``: all of GLM 5, of 5.2 two and then one of each four; a list says otherwise."""
    facts = {
        "block_count": 8, "embedding_length": 64, "attention__head_count": 8, "attention__head_count_kv": 1,
        "attention__kv_lora_rank": 16, "rope__dimension_count": 4, "attention__indexer__key_length": 8,
    }  # fmt: skip
    counts = []
    for more in ({"context_length": 202752}, {"context_length": 1048576}, {"attention__indexer__types": (1, 0) * 4}):
        counts.append({one.key: one.layers for one in kept_by_gguf(header("glm-dsa", **facts, **more))}[8])
    assert counts == [8, 4, 4]


def test_every_layer_with_attention_slides_where_lfm2_states_a_window() -> None:
    """llama.cpp's ``lfm2.cpp``: layers that do not recur slide."""
    facts = {
        "block_count": 4, "embedding_length": 64, "attention__head_count": 8, "shortconv__l_cache": 3,
        "attention__head_count_kv": (0, 8, 0, 8), "attention__sliding_window": 1024,
    }  # fmt: skip
    found = {one.sort: (one.layers, one.window) for one in kept_by_gguf(header("lfm2", **facts))}
    assert found == {"convolution": (2, None), "sliding": (2, 1024)}


@pytest.mark.parametrize(
    ("name", "facts", "inputs", "state"),
    [  # llama.cpp, llama_hparams::n_embd_r and n_embd_s: what a sequence keeps in one layer
        ("rwkv6", {"wkv__head_size": 16}, 2 * 64, 64 * 16),
        ("rwkv7", {"wkv__head_size": 16, "token_shift_count": 1}, 64, 64 * 16),
        ("mamba", {"ssm__inner_size": 128, "ssm__state_size": 16, "ssm__conv_kernel": 4}, 3 * 128, 16 * 128),
        ("mamba2", {"ssm__inner_size": 128, "ssm__state_size": 16, "ssm__conv_kernel": 4, "ssm__group_count": 2},
         3 * (128 + 2 * 2 * 16), 16 * 128),
        ("lfm2", {"shortconv__l_cache": 3}, 2 * 64, 0),
        ("kimi-linear", {"kda__head_dim": 16, "ssm__conv_kernel": 4}, 3 * 3 * 8 * 16, 16 * 16 * 8),
    ],
)  # fmt: skip
def test_what_recurrent_layers_keep(name: str, facts: dict[str, Any], inputs: int, state: int) -> None:
    sizes = {"embedding_length": 64, "attention__head_count": 8, "attention__head_count_kv": (0, 0, 0)}
    keeps = {one.sort: one for one in kept_by_gguf(header(name, block_count=3, **sizes, **facts))}
    assert all(one.layers == 3 for one in keeps.values())
    assert keeps["convolution"].key * (keeps["convolution"].value - 1) == inputs
    assert ("state" in keeps and keeps["state"].key) == state


def test_a_layer_of_both_sorts_keeps_both() -> None:
    """Falcon-H1: attention of two heads of 8 beside a state, in every layer."""
    facts = {"ssm__inner_size": 128, "ssm__state_size": 16, "ssm__conv_kernel": 4, "attention__head_count_kv": 2}
    keeps = kept_by_gguf(header("falcon-h1", block_count=3, embedding_length=64, attention__head_count=8, **facts))
    assert {one.sort: (one.layers, one.key) for one in keeps} == {
        "convolution": (3, 128), "state": (3, 16 * 128), "full": (3, 2 * 8)}  # fmt: skip


def test_an_encoder_keeps_nothing_and_a_decoder_its_encoder_s_positions() -> None:
    facts = {"block_count": 2, "embedding_length": 64, "attention__head_count": 8}
    assert kept_by_gguf(header("bert", **facts)) == []
    assert [(one.sort, one.layers, one.key) for one in kept_by_gguf(header("t5", **facts))] == [
        ("full", 2, 64), ("cross", 2, 64)]  # fmt: skip


@pytest.mark.parametrize(
    ("pattern", "sliding"), [((True, True, False, True), 3), (2, 2), (0, 0)], ids=["each", "one of two", "none"]
)
def test_which_layers_slide_as_the_file_says(pattern: Any, sliding: int) -> None:
    facts = {"embedding_length": 64, "attention__head_count": 8, "attention__sliding_window": 512}
    keeps = kept_by_gguf(header("own", block_count=4, attention__sliding_window_pattern=pattern, **facts))
    assert sum(one.layers for one in keeps if one.sort == "sliding") == sliding
    assert sum(one.layers for one in keeps) == 4


@pytest.mark.parametrize(
    "wrong",
    [
        {"block_count": "many"},
        {"attention.head_count_kv": (8, 8)},
        {"attention.head_count": -1},
        {"block_count": None},
        {"attention.head_count_kv": (8, 8, 8, "x")},
        {"nextn_predict_layers": 5},
    ],
)
def test_a_header_that_contradicts_itself(wrong: dict[str, Any]) -> None:
    facts = {"block_count": 4, "embedding_length": 64, "attention.head_count": 8, "attention.head_count_kv": 2} | wrong
    header = {
        "general.architecture": "llama",
        **{f"llama.{key}": value for key, value in facts.items() if value is not None},
    }
    with pytest.raises(FormatError):
        kept_by_gguf(header)
    with pytest.raises(FormatError, match="name no architecture"):
        kept_by_gguf({"llama.block_count": 4})
