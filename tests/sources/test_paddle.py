"""Paddle's own files (``tests/data/paddle/make.py``) by what Paddle says of them; programs by hand; broken files."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netledger.errors import DataError, UsageError
from netledger.ledger import keep_books
from netledger.sources import Options, read_file
from tests.hostile.paddle_cases import DENSE, OLD, op, pir, stored
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "paddle"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
MACS = {
    "images": 16 * 27 * 8 + 16 * 9 * 8 + 16 * 4 * 8 * 4 + 256 * 10,
    "words": 2 * 14 * 4 * 16 * (8 + 16) + 14 * 3 * 4 * (32 + 4) + 4 * 14 * 4 * 4 + 2 * (2 * 2 * 7 * 7 * 2),
}


@pytest.mark.parametrize(
    ("file", "name"), [("images.json", "images"), ("words.json", "words"), ("images_old.pdmodel", "images")]
)
def test_counts_and_shapes_are_those_of_paddle(file: str, name: str) -> None:
    network = read_file(str(FILES / file))
    books = keep_books(network)
    truth = TRUTH[name]
    assert (books.totals.parameters, books.totals.buffers) == (truth["parameters"], truth["statistics"])
    assert books.totals.macs == MACS[name]
    assert sorted(list(tensor.shape) for tensor in network.tensors) == truth["shapes"]
    assert [evidence.agrees for evidence in books.evidence if evidence.kind == "file size"] == [True, True]
    assert not network.notes


def test_both_forms_book_the_same() -> None:
    new, old = (keep_books(read_file(str(FILES / file))) for file in ("images.json", "images_old.pdmodel"))
    for quantity in ("weights", "biases", "buffers", "macs", "neurons", "bytes"):
        assert getattr(new.totals, quantity) == getattr(old.totals, quantity), quantity
    assert new["conv2d_0"].outputs == old["conv2d_0"].outputs == ((1, 8, 4, 4),)


def test_an_open_batch_is_one_and_another_input_is_refused() -> None:
    path = str(FILES / "images.json")
    assert read_file(path).assumed == ("dimension 0, which the file leaves open, is the batch: 1",)
    read_file(path, options=Options({"x": (3, 8, 8)}))
    with pytest.raises(UsageError, match="states every shape"):
        read_file(path, options=Options({"x": (3, 9, 9)}))


def test_without_its_arrays_the_program_alone_counts(tmp_path: Path) -> None:
    network = read_file(write(tmp_path, "words.json", (FILES / "words.json").read_bytes()))
    assert network.notes == ("words.pdiparams is not beside it: that the values are there was not checked",)
    assert keep_books(network).totals.parameters == TRUTH["words"]["parameters"]


def test_a_matrix_behind_a_transposition_is_a_weight(tmp_path: Path) -> None:
    turned = (stored(1, "fc.w_0", 4, 3), op("data", 2, name="x"), op("transpose", 4, 1, shape=(3, 4)),
              op("matmul", 3, 2, 4, shape=(2, 4)))  # fmt: skip
    books = keep_books(read_file(write(tmp_path, "m.json", pir(*turned))))
    assert (books["fc"].parameters, books["fc"].macs) == (12, 24)


def test_what_has_no_rule_is_unknown_and_what_nobody_reads_is_counted(tmp_path: Path) -> None:
    books = keep_books(read_file(write(tmp_path, "m.json", pir(stored(1, "a", 5), op("data", 2), op("mine", 3, 2)))))
    assert (str(books.totals.macs), books.totals.parameters) == ("unknown", 5)


@pytest.mark.parametrize(("name", "data"), [("m.json", pir(*DENSE)), ("m.pdmodel", OLD)])
def test_every_beginning_of_a_file_is_refused(tmp_path: Path, name: str, data: bytes) -> None:
    for end in range(1, len(data), 3):
        with pytest.raises(DataError):
            read_file(write(tmp_path, name, data[:end]))
