"""One decoded token behind an encoder: worked by hand, layer by layer, from the widths that the papers give.

Kept are the decoder's own keys and values, and those that its second attention made of the encoder once: of that attention
a token costs the query, the output, and the two products with the encoder's positions.
"""

from __future__ import annotations

import json

import pytest

from netledger import catalogue
from netledger.cli import main
from netledger.ledger import keep_books
from netledger.predict.language import language_of


def block(width: int, attended: int, inner: int, before: int, encoder: int) -> int:
    """A decoder's block: four matrices, two products over ``before + 1``; query and output, two over the encoder."""
    own = 4 * width * attended + 2 * attended * (before + 1)
    other = 2 * width * attended + 2 * attended * encoder
    return own + other + 2 * width * inner


HEADS = {"t5-small": 512 * 32_128, "whisper-tiny": 384 * 51_865, "bart-base": 0, "t5-large": 1024 * 32_128}
BLOCKS = {
    "t5-small": 6 * block(512, 512, 2048, 128, 128),
    "t5-large": 24 * block(1024, 1024, 4096, 128, 128),
    "whisper-tiny": 4 * block(384, 384, 1536, 128, 1500),  # 30 seconds are 3,000 frames, halved by a convolution
    "bart-base": 6 * block(768, 768, 3072, 128, 128),  # the base model: no table of outputs
}


@pytest.mark.parametrize("name", BLOCKS)
def test_one_token(name: str) -> None:
    found = language_of(keep_books(catalogue.load(name)))
    assert found is not None
    assert (found.decode, found.context) == (BLOCKS[name] + HEADS[name], 128)
    assert found.seen == (1500 if name.startswith("whisper") else 128)


def test_further_on_each_block_reads_more() -> None:
    found = language_of(keep_books(catalogue.load("whisper-tiny")), 447)
    assert found is not None
    assert found.decode == 4 * block(384, 384, 1536, 447, 1500) + HEADS["whisper-tiny"]


def test_whispers_words_are_not_its_frames() -> None:
    """51,865 words of 384; the encoder's table of 1,500 places is no table of words."""
    found = language_of(keep_books(catalogue.load("whisper-tiny")))
    assert found is not None
    assert found.input_table == 51_865 * 384
    assert found.head == 0


def test_llama_3_2_vision_keeps_its_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    """40 blocks of 4,096, of which 8 ask the picture: four tiles of 1,025 places; 8 of 32 heads are keys'."""
    assert main(["show", "family:mllama", "--format", "json"]) == 0
    decode = json.loads(capsys.readouterr().out)["language_model"]["decode"]
    width, kept = 4096, 1024
    reading = 32 * (2 * width * width + 2 * width * kept + 2 * width * 129)
    looking = 8 * (2 * width * width + 2 * width * 4 * 1025)
    assert decode["macs"] == reading + looking + 40 * 3 * width * 14_336
    assert decode["encoder_positions"] == 4 * 1025


def test_it_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "t5-small"]) == 0
    shown = capsys.readouterr().out
    assert "40,048,640 MACs after 128 others, their cache kept, and the keys and values of the encoder's 128" in shown


def test_in_symbols(capsys: pytest.CaptureFixture[str]) -> None:
    """With S words before the encoder: six d² of the matrices, 2·T·d and 2·S·d of the products."""
    assert main(["show", "bart-base", "--formulas", "symbols"]) == 0
    line = next(line for line in capsys.readouterr().out.splitlines() if "one token = " in line)
    assert line.split("= ")[1] == "L_d·(2·T·d + 2·d·f_d + 6·d²) + S·L_d·2·d"


@pytest.mark.parametrize("name", ["vit-base", "detr-resnet-50", "family:conditional_detr", "bert-base"])
def test_where_nothing_is_decoded(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", name]) == 0
    assert "one token" not in capsys.readouterr().out
