"""Equal blocks of tensors are looked at once, and everything said of a file is what is said of it tensor by tensor."""

from __future__ import annotations

import json
import random

import pytest

from netledger.documents.ledger import ledger_document
from netledger.ledger import keep_books
from netledger.ledger.totals import totals_of
from netledger.renderers import render
from netledger.sources.tensors import module_tree
from netledger.sources.tensors.module_tree import Kind, read_tree
from netledger.sources.tensors.turns import turns_in
from tests.sources.builders import info

F16, F32, I8 = Kind("float16", (4, 2), 8, 16), Kind("float32", (4,), 4, 16), Kind("int8", (4, 2), 8, 8)


def block(prefix, number, *, bias=F32):
    return [
        (f"{prefix}{number}.attn.q.weight", F16), (f"{prefix}{number}.attn.q.bias", bias),
        (f"{prefix}{number}.norm.weight", F32), (f"{prefix}{number}.gate", F32),
    ]  # fmt: skip


def blocks(prefix, numbers, **changed):
    return [pair for number in numbers for pair in block(prefix, number, **changed)]


WORDS = [("embed_tokens.weight", F16)]
HEAD = [("norm.weight", F32), ("lm_head.weight", F16)]
DEVIATING = blocks("model.layers.", range(1000))
DEVIATING[4 * 517 + 1] = ("model.layers.517.attn.q.bias", F16)
NAMES = {
    "one run": [*WORDS, *blocks("model.layers.", range(9)), *HEAD],
    "one in a thousand is of another shape": DEVIATING,
    "one in a thousand lacks a tensor": blocks("h.", range(1000))[:2001] + blocks("h.", range(1000))[2002:],
    "one in a thousand has one more": [*blocks("h.", range(1000)), ("h.501.gate.weight", F16)],
    "one has its tensors in another order": [
        *blocks("h.", range(3)),
        *block("h.", 3)[::-1],
        *blocks("h.", range(4, 9)),
    ],
    "a number is missing": [*blocks("h.", range(3)), *blocks("h.", range(4, 9))],
    "it begins at 7": blocks("h.", range(7, 30)),
    "written with zeros": [*block("h.", "00"), *block("h.", "01"), *block("h.", "2"), *block("h.", "3")],
    "two sorts of blocks": [*blocks("h.", range(3), bias=F16), *blocks("h.", range(3, 9))],
    "two lists": [*blocks("encoder.h.", range(4)), *WORDS, *blocks("decoder.h.", range(6)), *HEAD],
    "lists in lists": [pair for i in range(4) for pair in [*blocks(f"h.{i}.experts.", range(3)), *block("h.", i)]],
    "a number stands first": [(f"{i}.{name}", kind) for i in range(5) for name, kind in block("h.", 0)],
    "a tensor beside the blocks": [*blocks("h.", range(4)), ("h.norm.weight", F32), ("h.weight", F32), *HEAD],
    "a parameter list": [(f"params.{i}", F32) for i in range(9)],
    "a copy": [*blocks("model.h.", range(6)), *blocks("model_ema.h.", range(6))],
    "told by neighbours": [(f"h.{i}.bn.{what}", F32) for i in range(6) for what in ("mean", "var", "scale", "bias")],
    "packed": [
        (f"h.{i}.q.{what}", I8 if what == "weight" else F32) for i in range(9) for what in ("weight", "weight_scale")
    ],
    "an optimizer's": [(f"optimizer.state.{i}.exp_avg", F32) for i in range(9)] + blocks("h.", range(6)),
    "buffers": [(f"h.{i}.{what}", F32) for i in range(6) for what in ("inv_freq", "bn.running_mean", "bn.weight")],
    "nothing numbered": [*WORDS, *HEAD],
    "no tensors": [],
}


def read(monkeypatch, pairs, *, by_blocks=True, **options):
    monkeypatch.setattr(module_tree, "turns_in", turns_in if by_blocks else lambda *args, **options: ([], []))
    return read_tree("file", [name for name, _ in pairs], [kind for _, kind in pairs], **options)


def shown(ledger):
    return [render(ledger_document(ledger), format) for format in ("text", "csv", "json")]


@pytest.mark.parametrize("order", ["as written", "alphabetical", "shuffled"])
@pytest.mark.parametrize("pairs", NAMES.values(), ids=list(NAMES))
def test_blocks_say_what_their_tensors_say(monkeypatch, pairs, order):
    if order == "alphabetical":
        pairs = sorted(pairs)
    elif order == "shuffled":
        pairs = random.Random(1).sample(pairs, len(pairs))
    options = {"alphabetical": 12 if order == "alphabetical" else 0, "tied": lambda: True}
    by_blocks, one_by_one = read(monkeypatch, pairs, **options), read(monkeypatch, pairs, by_blocks=False, **options)
    totals = totals_of(by_blocks)
    ledger, other = keep_books(by_blocks), keep_books(one_by_one)
    unread = ledger.unread(3)
    assert shown(ledger) == shown(other)
    assert ledger.totals == other.totals == totals == totals_of(one_by_one)
    assert unread == other.unread(3)
    assert by_blocks.layers == one_by_one.layers
    assert (by_blocks.notes, by_blocks.dtype, by_blocks.meta) == (one_by_one.notes, one_by_one.dtype, one_by_one.meta)


def test_equal_blocks_are_taken_together(monkeypatch):
    def parts(name, **options):
        network = read(monkeypatch, NAMES[name], **options)
        return None if network.rolled is None else [getattr(part, "times", 1) for part in network.rolled.parts]

    assert parts("one run") == [1, 9, 1, 1]
    assert parts("one in a thousand is of another shape") == [517, *[1] * 3, 482]
    assert parts("a number is missing") == [3, 5]
    assert parts("two sorts of blocks") == [3, 6]
    assert parts("written with zeros")[-1] == 2
    assert parts("a copy") is parts("packed") is parts("nothing numbered") is None


def test_a_file_of_many_tensors_is_shown_by_its_blocks(tmp_path, capsys):
    from netledger.cli import main

    header, at = {}, 0
    for i in range(600):
        for name, shape in ((f"layers.{i}.a.weight", [4, 2]), (f"layers.{i}.a.bias", [4])):
            size = 4 * shape[0] * (shape[1] if len(shape) > 1 else 1)
            header[name], at = {"dtype": "F32", "shape": shape, "data_offsets": [at, at + size]}, at + size
    raw = json.dumps(header).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(len(raw).to_bytes(8, "little") + raw + bytes(at))
    assert main(["show", str(path)]) == 0
    out = capsys.readouterr().out
    assert "layers.0–599.a ×600" in out
    assert "7,200 = 4,800 weights + 2,400 biases" in out


def test_gguf_by_blocks(tmp_path):
    from netledger.sources import read as read_source

    tensors = b"".join([info(f"blk.{i // 2}.{'ab'[i % 2]}.weight", (64,), 0, 256 * i) for i in range(40)])
    path = tmp_path / "model.gguf"
    path.write_bytes(b"GGUF" + (3).to_bytes(4, "little") + (40).to_bytes(8, "little") + bytes(8) + tensors)
    with path.open("r+b") as file:
        file.truncate(-(-path.stat().st_size // 32) * 32 + 256 * 40)
    network = read_source(path)
    assert [part.times for part in network.rolled.parts] == [20]
    assert keep_books(network).totals.parameters == 40 * 64
