"""How many positions a picture stands for: a grid of patches, worked by hand, or what a configuration states."""

from __future__ import annotations

import json

import pytest

from netledger import catalogue
from netledger.cli import main
from netledger.ledger import keep_books
from netledger.predict.pictures import positions_of_pictures
from netledger.sources import Options, read

STATED = {
    "llava-1.5-7b": [((3, 336, 336), (336 // 14) ** 2)],
    "paligemma-3b": [((3, 224, 224), (224 // 14) ** 2)],
    "qwen2-vl-7b": [((3, 2, 448, 448), (448 // 28) ** 2)],  # patches of 14, merged two by two
    "qwen2.5-vl-7b": [((3, 2, 448, 448), (448 // 28) ** 2)],
    "qwen3-vl-8b": [((3, 2, 512, 512), (512 // 32) ** 2)],
    "gemma-3n-e4b": [((3, 768, 768), 256), ((1, 1000, 128), 63)],  # vision_soft_tokens_per_image; 1000 / 4, of which each fourth
    "gpt2": [],
    "whisper-tiny": [],
}  # fmt: skip


@pytest.mark.parametrize("name", STATED)
def test_positions_of_pictures(name: str) -> None:
    assert positions_of_pictures(keep_books(catalogue.load(name))) == STATED[name]


def test_a_picture_of_another_size() -> None:
    """Qwen2-VL reads any multiple of 28: 672 by 1,008 are 24 by 36 squares of four patches."""
    network = read("qwen2-vl-7b", options=Options({"visual.image": (3, 2, 672, 1008)}))
    assert positions_of_pictures(keep_books(network)) == [((3, 2, 672, 1008), 24 * 36)]


def test_memory_shares_the_context_between_words_and_pictures(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["memory", "llava-1.5-7b", "--context", "2048", "--format", "json"]) == 0
    data = json.loads(capsys.readouterr().out)
    assert data["pictures"] == [{"shape": [3, 336, 336], "positions": 576}]
    assert (data["context"], data["words"]) == (2048, 2048 - 576)
    assert data["cache"]["bytes"] == 2 * 32 * 2048 * 4096 * 2  # all positions are kept, whatever stands there
    assert main(["memory", "llava-1.5-7b", "--context", "128"]) == 0
    assert "128 are too few: 576 for an input of 3×336×336" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["paligemma-3b", "gemma-3n-e4b", "llava-1.5-7b"])
def test_show_says_both_prefills(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    taken = sum(count for _, count in STATED[name])
    assert main(["show", name]) == 0
    assert f"MACs over {128 + taken} positions, 128 of words, and the towers" in capsys.readouterr().out
    assert main(["show", name, "--format", "json"]) == 0
    read = json.loads(capsys.readouterr().out)["language_model"]["prefill"]
    assert (read["tokens"], read["words"]) == (128 + taken, 128)
    assert [tuple(picture["shape"]) for picture in read["pictures"]] == [shape for shape, _ in STATED[name]]


@pytest.mark.parametrize("name", ["family:detr", "family:conditional_detr"])
def test_a_detectors_queries_are_no_words(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", name]) == 0
    shown = capsys.readouterr().out
    assert "language" not in shown
    assert "prefill" not in shown
