"""TensorFlow's own files (``tests/data/tensorflow/make.py``) by what TensorFlow and Keras count; damaged ones."""

from __future__ import annotations

import json
import random
import shutil
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, NotFoundError
from netledger.ledger import keep_books
from netledger.sources import read, read_file
from netledger.wire.cursor import Buffer
from netledger.wire.sstable import entries
from tests.sources.builders import write
from tests.support import DATA

FILES = DATA / "tensorflow"
TRUTH = json.loads((FILES / "truth.json").read_text(encoding="utf-8"))
INDEXES = {"exported": "exported/variables/variables", "saved": "saved/variables/variables", "v1": "v1.ckpt"}


@pytest.mark.parametrize("name", INDEXES)
def test_every_shape_is_that_of_tensorflow(name: str) -> None:
    network = read_file(str(FILES / f"{INDEXES[name]}.index"))
    ours = {tensor.storage: list(tensor.shape) for tensor in network.tensors}
    theirs = {key: shape for key, shape in TRUTH[name].items() if key != "_CHECKPOINTABLE_OBJECT_GRAPH"}
    assert ours == theirs
    evidence = keep_books(network).evidence
    assert [one.agrees for one in evidence] == [True, True]


@pytest.mark.parametrize(("name", "keras"), [("exported", "keras3"), ("saved", "keras2")])
def test_variables_of_a_saved_model_are_those_that_keras_counts(name: str, keras: str) -> None:
    """Optimizer, metrics, counters and Keras' copies aside; two seeds are stored with the exported one."""
    network = read_file(str(FILES / INDEXES[name]) + ".index")
    totals = keep_books(network).totals
    assert totals.parameters == TRUTH[keras]["trainable"]
    assert totals.parameters + totals.buffers == TRUTH[keras]["all"] + 2 * (name == "exported")
    assert any("stored twice" in note for note in network.notes) == (name == "exported")
    assert network.name == name


def test_version_1_has_slots_averages_and_a_step() -> None:
    network = read_file(str(FILES / "v1.ckpt.index"))
    assert keep_books(network).totals.parameters == 6 * 4 + 4
    assert sorted(tensor.role == "state" for tensor in network.tensors) == [False] * 2 + [True] * 9


def test_keras_2_with_a_model_in_the_model_and_tensorflow_s_functions() -> None:
    """A model in the model is counted from its second call on there; 36·27·4 + 36·4·4 + 144·5 MACs."""
    books = keep_books(read_file(str(FILES / "keras2.h5")))
    totals = books.totals
    assert (totals.parameters, totals.parameters + totals.buffers) == (
        TRUTH["keras2"]["trainable"],
        TRUTH["keras2"]["all"],
    )
    assert totals.macs == 36 * 27 * 4 + 36 * 4 * 4 + 144 * 5
    assert [one.agrees for one in books.evidence] == [True, True]
    assert not books.discrepancies


def test_a_folder_and_the_beginning_of_a_name(tmp_path: Path) -> None:
    shutil.copytree(FILES / "exported", tmp_path / "exported")
    saved = FILES / "graphs" / "images" / "saved_model.pb"
    shutil.copy(saved, tmp_path / "exported")  # of other variables: these stay together, and are counted
    assert keep_books(read(str(tmp_path / "exported"))).totals.parameters == TRUTH["keras3"]["trainable"]
    with pytest.raises(NotFoundError) as caught:
        read(str(FILES / "v1.ckpt"))
    assert caught.value.hint == f"netledger show {FILES}/v1.ckpt.index"


def alone(folder: Path, data: bytes) -> str:
    return write(folder, "variables.index", data)


def test_without_its_values_and_with_too_few(tmp_path: Path) -> None:
    path = alone(tmp_path, (FILES / "exported/variables/variables.index").read_bytes())
    network = read_file(path)
    assert (
        "'variables.data-00000-of-00001' is not beside it: that the values are there was not checked" in network.notes
    )
    write(tmp_path, "variables.data-00000-of-00001", b"x" * 100)
    with pytest.raises(FormatError, match="should hold 9,133 bytes, it has 100"):
        read_file(path)


@pytest.mark.parametrize("name", INDEXES)
def test_every_beginning_of_a_file_and_every_damaged_one_is_an_error_or_a_count(tmp_path: Path, name: str) -> None:
    data = (FILES / f"{INDEXES[name]}.index").read_bytes()
    for end in range(len(data)):
        with pytest.raises(DataError):
            list(entries(Buffer(data[:end])))
    chance = random.Random(3)
    for _ in range(2_000):
        raw = bytearray(data)
        for _ in range(chance.choice((1, 2, 8))):
            raw[chance.randrange(len(raw))] = chance.choice((0, 1, 127, 128, 255, chance.randrange(256)))
        try:
            _ = keep_books(read_file(alone(tmp_path, bytes(raw)))).totals.parameters
        except DataError as error:
            assert "\n" not in str(error)  # noqa: PT017


def test_another_file_of_the_suffix_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match="no index of a TensorFlow checkpoint"):
        read_file(write(tmp_path, "book.index", b"see also: tables"))
