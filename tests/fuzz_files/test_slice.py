"""A slice of ``make fuzz``: 600 mutated files of each format, others each day of the year."""

from __future__ import annotations

import datetime

import pytest

from tests.fuzz_files.run_files import run

COUNT = 600
OURS = (
    "safetensors",
    "gguf",
    "checkpoint",
    "exported",
    "numpy",
    "tflite",
    "hdf5",
    "keras",
    "openvino",
    "flax",
    "coreml",
    "ncnn",
    "mxnet",
    "paddle",
    "graphdef",
    "tensorflow",
    "orbax",
    "darknet",
    "cuda_convnet",
    "prototxt",
    "caffemodel",
    "json",
    "description",
)


@pytest.mark.parametrize("name", OURS)
def test_every_file_gives_a_right_count_an_unknown_one_or_an_error(name: str) -> None:
    found = run(name, COUNT)
    assert found["count"] > COUNT / 20, "the mutations leave too few sound files to mean anything"
    assert found["error"] > COUNT / 20


@pytest.mark.parametrize("name", OURS)
def test_today_s_files(name: str) -> None:
    run(name, COUNT, datetime.date.today().toordinal() * 1_000_000)
