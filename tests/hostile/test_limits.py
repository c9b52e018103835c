"""Every limit is held where it stands: a sound file, and the limit set to one less than the file has."""

from __future__ import annotations

import importlib
from pathlib import Path

import pytest

from netledger.errors import LimitError, NotationError
from netledger.notation import parse
from netledger.sources import read_file
from tests.support import DATA, NETWORKS

onnx = pytest.importorskip("onnx")
RESNET = Path(onnx.__file__).parent / "backend/test/data/light/light_resnet50.onnx"

LIMITS = [
    ("sources.graphdef.importer", "LAYERS", 3, DATA / "tensorflow/graphs/images.pb", "operators"),
    ("sources.graphdef.nodes", "LAYERS", 3, DATA / "tensorflow/graphs/images.pb", "nodes"),
    ("sources.openvino.schema", "LAYERS", 3, DATA / "openvino/images.xml", "layers"),
    ("sources.openvino.schema", "RANK", 1, DATA / "openvino/images.xml", "dimensions"),
    ("wire.xml", "STRUCTURE_BYTES", 99, DATA / "openvino/images.xml", "bytes of XML"),
    ("wire.xml", "_MOST_ATTRIBUTES", 1, DATA / "openvino/images.xml", "too many attributes"),
    ("sources.paddle.pir", "LAYERS", 3, DATA / "paddle/images.json", "operators|operations"),
    ("sources.paddle.program", "LAYERS", 3, DATA / "paddle/images_old.pdmodel", "operators|operations"),
    ("sources.paddle.program", "RANK", 1, DATA / "paddle/images_old.pdmodel", "dimensions"),
    ("sources.paddle.values", "TENSORS", 1, DATA / "paddle/images_old.pdmodel", "arrays"),
    ("sources.tensorflow", "TENSORS", 1, DATA / "tensorflow/v1.ckpt.index", "tensors"),
    ("wire.sstable", "METADATA_ENTRIES", 1, DATA / "tensorflow/v1.ckpt.index", "entries"),
    ("sources.mxnet.symbol", "LAYERS", 3, DATA / "mxnet/images-symbol.json", "nodes"),
    ("sources.mxnet.symbol", "RANK", 1, DATA / "mxnet/images-symbol.json", "2 numbers, more than 1"),
    ("sources.ncnn.schema", "NAME_BYTES", 3, DATA / "ncnn/images.ncnn.param", "a word of more than 3 bytes"),
    ("sources.coreml.neural", "MOST_LAYERS", 2, DATA / "coreml/images.mlmodel", "layers"),
    ("sources.coreml.mil", "LAYERS", 3, DATA / "coreml/images.mlpackage", "operations"),
    ("sources.coreml.mil", "RANK", 1, DATA / "coreml/images.mlpackage", "dimensions"),
    ("sources.coreml.blobs", "_MOST_FILES", 0, DATA / "coreml/words.mlpackage", "files of blobs"),
    ("sources.flax", "TENSORS", 1, DATA / "flax/params.msgpack", "values"),
    ("sources.keras.graph", "_MOST_PIECES", 0, DATA / "tensorflow/keras2.h5", "calls name more than"),
    ("sources.caffe.building", "TEXT_LAYERS", 3, NETWORKS / "caffe/bvlc_alexnet-deploy.prototxt", "layers"),
    ("wire.hdf5.file", "MAX_ELEMENTS", 2, DATA / "tensorflow/keras2.h5", "elements"),
    ("wire.hdf5.file", "_TEXTS", 0, DATA / "tensorflow/keras2.h5", "texts"),
    ("wire.hdf5.file", "STRUCTURE_BYTES", 9, DATA / "tensorflow/keras2.h5", "bytes of text"),
    ("wire.hdf5.groups", "METADATA_ENTRIES", 1, DATA / "tensorflow/keras2.h5", "members"),
    ("wire.hdf5.headers", "_MOST", 1, DATA / "tensorflow/keras2.h5", "messages"),
    ("wire.hdf5.pages", "_SPARE", -(10**9), DATA / "tensorflow/keras2.h5", "on top of each other"),
    ("sources.keras.graph", "TEXT_LAYERS", 1, DATA / "tensorflow/keras2.h5", "layers"),
    ("sources.onnx.importer", "LAYERS", 3, RESNET, "expand to more nodes"),
    ("sources.onnx.importer", "RANK", 1, RESNET, "dimensions"),
    ("sources.onnx.schema", "TENSORS", 1, RESNET, "initializers"),
    ("wire.protobuf", "REPEATED", 1, RESNET, "more than 1 values"),
]


@pytest.mark.parametrize(
    ("module", "name", "most", "file", "what"), LIMITS, ids=[f"{row[0]}.{row[1]}" for row in LIMITS]
)
def test_what_is_more_than_a_limit_is_refused(
    module: str, name: str, most: int, file: Path, what: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    read_file(str(file))
    monkeypatch.setattr(importlib.import_module(f"netledger.{module}"), name, most)
    with pytest.raises(LimitError, match=what):
        read_file(str(file))


def test_a_description_of_more_layers_than_are_read_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "x = input(3)\ny = linear(2)"
    assert len(parse(text).layers) == 2
    monkeypatch.setattr(importlib.import_module("netledger.notation.reading"), "LAYERS", 1)
    with pytest.raises(NotationError, match="more than 1 layers"):
        parse(text)
