"""Keras by Keras itself: parameters, what is trained, every output shape and MACs, in all forms that it saves."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers

from netledger.errors import DataError, FormatError, ShapeError, UsageError
from netledger.ledger import Ledger, keep_books
from netledger.network import Network
from netledger.sources import Options, read_file
from tests.sources.builders import archive, write

Model = Callable[[], tuple[keras.Model, Any]]


def images() -> tuple[keras.Model, Any]:
    image = keras.Input((16, 16, 4))
    x = layers.SeparableConv2D(8, 3, padding="same", strides=2, depth_multiplier=2)(image)
    x = layers.Conv2DTranspose(6, 4, strides=2, padding="same")(x)
    y = layers.BatchNormalization()(layers.Conv2D(6, 3, padding="same", groups=2, use_bias=False)(x))
    x = layers.Concatenate()([layers.Add()([x, y]), y])
    x = layers.Conv2D(8, 3, dilation_rate=2, activation="relu")(layers.UpSampling2D()(x))
    x = layers.Cropping2D(1)(layers.ZeroPadding2D(((1, 2), (0, 1)))(x))
    x = layers.AveragePooling2D(3, 2, padding="same")(x)
    x = layers.DepthwiseConv2D(3, depth_multiplier=2)(x)
    x = layers.Permute((3, 1, 2))(layers.MaxPooling2D()(x))
    x = layers.Flatten()(layers.RMSNormalization()(layers.Reshape((-1, 2))(x)))
    return keras.Model(image, layers.Dense(3, activation="softmax")(layers.Dropout(0.5)(x))), torch.zeros(1, 16, 16, 4)


def channels_first() -> tuple[keras.Model, Any]:
    image = keras.Input((3, 20, 20))
    x = layers.BatchNormalization(axis=1)(layers.Conv2D(4, 3, data_format="channels_first")(image))
    x = layers.MaxPooling2D(3, data_format="channels_first")(x)
    return keras.Model(image, layers.GlobalAveragePooling2D(data_format="channels_first")(x)), torch.zeros(1, 3, 20, 20)


def volumes() -> tuple[keras.Model, Any]:
    scan = keras.Input((6, 8, 8, 2))
    x = layers.GlobalMaxPooling3D(keepdims=True)(layers.MaxPooling3D()(layers.Conv3D(4, 3, padding="same")(scan)))
    return keras.Model(scan, layers.Conv3DTranspose(2, 2, strides=2)(x)), torch.zeros(1, 6, 8, 8, 2)


def sequences() -> tuple[keras.Model, Any]:
    steps = keras.Input((20, 6))
    x = layers.Conv1D(8, 3, padding="causal", dilation_rate=2)(steps)
    x = layers.PReLU(shared_axes=[1])(layers.BatchNormalization(scale=False)(x))
    x = layers.GroupNormalization(4)(layers.Conv1DTranspose(8, 3, strides=2)(layers.SeparableConv1D(6, 3)(x)))
    x = layers.LayerNormalization()(layers.AveragePooling1D(2)(x))
    return keras.Model(
        steps, layers.Dense(3, trainable=False)(layers.EinsumDense("abc,cd->abd", (None, 5), bias_axes="d")(x))
    ), torch.zeros(1, 20, 6)


def shared() -> tuple[keras.Model, Any]:
    inner = keras.Sequential([layers.Input((8,)), layers.Dense(4, name="fc"), layers.Dense(8)], name="inner")
    x = keras.Input((8,))
    both = layers.Dense(8, name="shared")
    return keras.Model(x, both(both(inner(inner(x))))), torch.zeros(1, 8)


def every_frame() -> tuple[keras.Model, Any]:
    film = keras.Input((6, 12, 12, 3))
    x = layers.TimeDistributed(layers.Flatten())(layers.TimeDistributed(layers.Conv2D(4, 3))(film))
    x, state, _ = layers.LSTM(7, return_sequences=True, return_state=True)(x)
    x = layers.Concatenate()([layers.GlobalAveragePooling1D()(x), state])
    return keras.Model(film, layers.Dense(2)(x)), torch.zeros(1, 6, 12, 12, 3)


def operations() -> tuple[keras.Model, Any]:
    """Two inputs, an embedding, arithmetic as Keras 3 keeps it, two outputs."""
    x, words = keras.Input((5,)), keras.Input((7,), dtype="int32")
    table = layers.GlobalMaxPooling1D()(layers.Embedding(11, 3)(words))
    y = keras.ops.relu(layers.Dense(3)(x) * table + 1.0)
    fed = [torch.zeros(1, 5), torch.zeros(1, 7, dtype=torch.int32)]
    return keras.Model([x, words], [y, layers.Dot(1)([y, table])]), fed


def shifted() -> tuple[keras.Model, Any]:
    """Norms that only add, and images brought to a size."""
    image = keras.Input((4, 9, 11))
    x = layers.Resizing(8, 6, data_format="channels_first")(image)
    x = layers.GroupNormalization(2, axis=1, scale=False)(x)
    x = layers.LayerNormalization(axis=(2, 3), scale=False)(layers.BatchNormalization(axis=1, scale=False)(x))
    x = layers.CenterCrop(5, 7, data_format="channels_first")(x)
    return keras.Model(image, layers.GroupNormalization(-1, scale=False)(x)), torch.zeros(1, 4, 9, 11)


MODELS: dict[str, Model] = {
    one.__name__: one for one in (images, channels_first, volumes, sequences, shared, every_frame, operations, shifted)
}


def saved(model: keras.Model, folder: Path, suffix: str) -> str:
    path = folder / f"model{suffix}"
    if suffix == ".json":
        path.write_text(model.to_json())
    elif suffix == ".weights.h5":
        model.save_weights(path)
    else:
        model.save(path)
    return str(path)


def count(variables: Any) -> int:
    return sum(int(np.prod(variable.shape)) for variable in variables)


def check_shapes(model: keras.Model, books: Ledger) -> None:
    """Keras' own output shapes, layer by layer, a batch of one."""
    rows = {entry.layer.path: entry for entry in books}
    for layer in model.layers:
        if layer.name in rows and hasattr(layer.output, "shape") and layer.name != "shared":
            theirs, ours = layer.output.shape, rows[layer.name].outputs[0]
            assert len(theirs) == len(ours), layer.name
            assert all(a in (None, b) for a, b in zip(theirs, ours, strict=True)), layer.name


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".json"])
def test_counts_shapes_and_macs_are_those_of_keras(tmp_path: Path, name: str, suffix: str) -> None:
    model, fed = MODELS[name]()
    books = keep_books(read_file(saved(model, tmp_path, suffix)))
    totals = books.totals
    assert totals.parameters + totals.buffers == model.count_params()
    assert totals.parameters - totals.frozen == count(model.trainable_variables)
    assert not books.discrepancies
    assert all(evidence.agrees for evidence in books.evidence)
    assert len(books.evidence) == (0 if suffix == ".json" else 2)
    check_shapes(model, books)
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        model(fed, training=False)
    assert totals.macs == flops.get_total_flops() // 2


@pytest.mark.parametrize("name", MODELS)
def test_weights_alone_are_all_there(tmp_path: Path, name: str) -> None:
    model, _ = MODELS[name]()
    totals = keep_books(read_file(saved(model, tmp_path, ".weights.h5"))).totals
    assert totals.parameters + totals.buffers == model.count_params()
    assert totals.buffers == 2 * sum(
        layer.moving_mean.shape[0] for layer in model.layers if hasattr(layer, "moving_mean")
    )


@pytest.mark.parametrize("name", ["MobileNet", "EfficientNetV2B0", "DenseNet121", "ConvNeXtTiny", "ResNet50V2"])
def test_published_networks(tmp_path: Path, name: str) -> None:
    model = getattr(keras.applications, name)(weights=None)
    totals = keep_books(read_file(saved(model, tmp_path, ".json"))).totals
    published = {"MobileNet": 4_253_864, "EfficientNetV2B0": 7_200_312, "DenseNet121": 8_062_504,
                 "ConvNeXtTiny": 28_589_128, "ResNet50V2": 25_613_800}  # fmt: skip
    assert totals.parameters + totals.buffers == model.count_params() == published[name]
    assert totals.parameters == count(model.trainable_variables)


def test_attention_by_hand_and_by_keras(tmp_path: Path) -> None:
    """Projections of keys shared by two heads each; 2·B·H·T·S·d for the two products (PyTorch's counter skips them)."""
    x = keras.Input((9, 16))
    y = layers.Add()([layers.MultiHeadAttention(4, 8)(x, x), layers.GroupQueryAttention(4, 4, 2)(x, x)])
    query, key = keras.Input((9, 8)), keras.Input((4, 8))
    for model, macs in (
        (keras.Model(x, y), 4 * 9 * 16 * 32 + 2 * 4 * 81 * 8 + 9 * 16 * (16 + 8 + 8 + 16) + 2 * 4 * 81 * 4),
        (keras.Model([query, key], layers.Attention(use_scale=True)([query, key])), 2 * 9 * 4 * 8),
    ):
        totals = keep_books(read_file(saved(model, tmp_path, ".keras"))).totals
        assert (totals.parameters, totals.macs) == (model.count_params(), macs)


@pytest.mark.parametrize(
    ("layer", "macs"),
    [(lambda: layers.LSTM(5), 10 * 4 * (15 + 25)), (lambda: layers.GRU(5), 10 * 3 * (15 + 25)),
     (lambda: layers.GRU(5, reset_after=False), 10 * 3 * (15 + 25)), (lambda: layers.SimpleRNN(5), 10 * (15 + 25)),
     (lambda: layers.Bidirectional(layers.LSTM(5, return_sequences=True)), 10 * 8 * (15 + 25)),
     (lambda: layers.Bidirectional(layers.GRU(5)), 10 * 6 * (15 + 25)),
     (lambda: layers.Bidirectional(layers.GRU(5, return_sequences=True), merge_mode="sum"), 10 * 6 * (15 + 25)),
     (lambda: layers.Bidirectional(layers.SimpleRNN(5), merge_mode="mul"), 10 * 2 * (15 + 25)), (lambda: layers.LSTM(5, use_bias=False), 1600)],
)  # fmt: skip
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".json"])
def test_recurrent_layers(tmp_path: Path, layer: Callable[[], Any], macs: int, suffix: str) -> None:
    model = keras.Sequential([layers.Input((10, 3)), layer()])
    books = keep_books(read_file(saved(model, tmp_path, suffix)))
    assert (books.totals.parameters, books.totals.macs) == (model.count_params(), macs)
    assert books.entries[-1].outputs[0] == (1, *model.output_shape[1:])


@pytest.mark.parametrize("axes", [1, 2])
@pytest.mark.parametrize("more", [{}, {"padding": "same", "strides": 2, "return_sequences": True, "use_bias": False},
                                  {"data_format": "channels_first", "dilation_rate": 2}], ids=str)  # fmt: skip
@pytest.mark.parametrize("suffix", [".keras", ".h5", ".json"])
def test_recurrent_layers_of_convolutions(tmp_path: Path, axes: int, more: dict[str, Any], suffix: str) -> None:
    """Keras runs the first of the 4 steps once more to learn what it gives: PyTorch counts 5."""
    shape = (4, *(9, 8)[:axes], 3) if "data_format" not in more else (4, 3, *(9, 8)[:axes])
    model = keras.Sequential([layers.Input(shape), getattr(layers, f"ConvLSTM{axes}D")(2, 3, **more)])
    books = keep_books(read_file(saved(model, tmp_path, suffix)))
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        model(torch.zeros(1, *shape))
    assert (books.totals.parameters, books.totals.macs) == (model.count_params(), flops.get_total_flops() // 2 * 4 // 5)
    assert books.entries[-1].outputs[0] == (1, *model.output_shape[1:])


def test_what_training_keeps_is_no_parameter(tmp_path: Path) -> None:
    model = keras.Sequential([layers.Input((4,)), layers.Dense(6), layers.Dropout(0.5)])
    model.compile("adam", "mse")
    model.fit(np.zeros((4, 4)), np.zeros((4, 6)), verbose=0)
    for suffix in (".keras", ".h5", ".weights.h5"):
        books = keep_books(read_file(saved(model, tmp_path, suffix)))
        assert books.totals.parameters == 30
        assert all(evidence.agrees for evidence in books.evidence)


def test_quantised_and_half_precision(tmp_path: Path) -> None:
    """The int8 kernels' 42 values and 9 biases are parameters, their 9 scales are not; bfloat16 takes two bytes."""
    model = keras.Sequential([layers.Input((4,)), layers.Dense(6), layers.Dense(3)])
    model.quantize("int8")
    totals = keep_books(read_file(saved(model, tmp_path, ".keras"))).totals
    assert (totals.parameters, totals.bytes) == (51, 42 + 4 * 9 + 4 * 9)
    half = keras.Sequential([layers.Input((4,)), layers.Dense(6, dtype="bfloat16")])
    for suffix in (".keras", ".h5", ".weights.h5"):
        assert keep_books(read_file(saved(half, tmp_path, suffix))).totals.bytes == 60


class Mine(layers.Layer):
    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], 3), name="w")

    def call(self, x: Any) -> Any:
        return x @ self.w


def test_layers_of_somebody_s_own_are_never_zero(tmp_path: Path) -> None:
    x = keras.Input((4,))
    model = keras.Model(x, layers.Dense(5)(layers.Lambda(lambda t: t * 2)(Mine()(x))))
    totals = keep_books(read_file(saved(model, tmp_path, ".keras"))).totals
    assert totals.parameters == 32
    assert str(totals.macs) == "≥ 15"
    alone = keep_books(read_file(saved(model, tmp_path, ".json"))).totals
    assert str(alone.parameters) == "≥ 20"


class Subclass(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.fc = layers.Dense(3)

    def call(self, x: Any) -> Any:
        return self.fc(x)


def test_a_model_of_its_own_class_shows_its_weights(tmp_path: Path) -> None:
    model = Subclass()
    model(torch.zeros(1, 4))
    network = read_file(saved(model, tmp_path, ".keras"))
    assert keep_books(network).totals.parameters == 15
    assert "a model of class 'Subclass', whose layers only its code knows" in network.notes


def config(*listed: dict[str, Any], **more: Any) -> bytes:
    return json.dumps({"class_name": "Sequential", "config": {"name": "s", "layers": listed}, **more}).encode()


def dense(units: object = 3, **more: Any) -> dict[str, Any]:
    return {"class_name": "Dense", "config": {"name": "fc", "units": units, **more}}


def read(folder: Path, data: bytes, **inputs: tuple[int, ...]) -> Network:
    return read_file(write(folder, "m.json", data), options=Options(inputs))


def test_keras_2_and_1_write_their_calls_as_lists(tmp_path: Path) -> None:
    """The example of Keras' guide to the functional API: two inputs, one layer used twice, joined."""

    def layer(kind: str, name: str, calls: list[Any], **more: Any) -> dict[str, Any]:
        return {"class_name": kind, "name": name, "config": {"name": name, **more}, "inbound_nodes": calls}

    data = {
        "class_name": "Model", "keras_version": "2.2.4", "config": {"name": "m", "layers": [
            layer("InputLayer", "a", [], batch_input_shape=[None, 140, 256]),
            layer("InputLayer", "b", [], batch_input_shape=[None, 140, 256]),
            layer("LSTM", "lstm", [[["a", 0, 0, {}]], [["b", 0, 0, {}]]], units=64, return_sequences=False),
            layer("Concatenate", "merged", [[["lstm", 0, 0, {}], ["lstm", 1, 0, {}]]], axis=-1),
            layer("Dense", "out", [[["merged", 0, 0, {}]]], units=1),
        ], "input_layers": [["a", 0, 0], ["b", 0, 0]], "output_layers": [["out", 0, 0]]},
    }  # fmt: skip
    totals = keep_books(read(tmp_path, json.dumps(data).encode())).totals
    lstm = 4 * (256 * 64 + 64 * 64 + 64)
    assert (totals.parameters, totals.macs) == (lstm + 129, 2 * 140 * 4 * (256 * 64 + 64 * 64) + 128)
    old = {"class_name": "Sequential", "config": [dense(batch_input_shape=[None, 5])]}
    assert keep_books(read(tmp_path, json.dumps(old).encode())).totals.parameters == 18


def test_sizes_left_open_are_given_with_input(tmp_path: Path) -> None:
    conv = {
        "class_name": "Conv2D",
        "config": {"name": "c", "filters": 4, "kernel_size": [3, 3], "batch_input_shape": [None, None, None, 3]},
    }
    assert not isinstance(keep_books(read(tmp_path, config(conv))).totals.macs, int)
    for shape in ((8, 8, 3), (1, 8, 8, 3)):
        assert keep_books(read_file(str(tmp_path / "m.json"), options=Options({"": shape}))).totals.macs == 36 * 27 * 4
    with pytest.raises(UsageError, match="'x' is no input; the network's inputs: 'input'"):
        read(tmp_path, config(conv), x=(8, 8, 3))


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (config(dense(-1, batch_input_shape=[None, 4])), FormatError, "layer 'fc': units: -1 is no size"),
        (config(dense("10**9", batch_input_shape=[None, 4])), FormatError, "units: '10"),
        (config(dense(), dense()), FormatError, "two layers are called 'fc'"),
        (config({"class_name": "Dense"}), FormatError, "layer 0 states no class and configuration"),
        (config({"class_name": "Flatten", "config": {}}, {"class_name": "Dense", "config": {"units": True}}), FormatError, "True is no size"),
        (config(dense(batch_input_shape=[None, 4]), {"class_name": "Conv2D", "config": {"filters": 3, "kernel_size": 3}}),
         ShapeError, "needs an input of channels and 2 spatial dimensions"),
        (json.dumps({"class_name": "Functional", "config": {"layers": [
            {**dense(), "inbound_nodes": [[["fc", 0, 0, {}]]]}], "output_layers": [["fc", 0, 0]]}}).encode(),
         FormatError, "layer 'fc' reads what no layer makes, or its own output"),
    ],
)  # fmt: skip
def test_configurations_that_cannot_be(tmp_path: Path, data: bytes, error: type[Exception], what: str) -> None:
    with pytest.raises(error, match=what.replace("*", r"\*")):
        read(tmp_path, data)


def test_models_in_models_without_end_are_refused(tmp_path: Path) -> None:
    inner: dict[str, Any] = dense()
    for _ in range(100):
        inner = {"class_name": "Sequential", "config": {"name": "s", "layers": [inner]}}
    with pytest.raises(DataError, match="nested deeper than 64"):
        read(tmp_path, json.dumps(inner).encode())
    wide: dict[str, Any] = dense(batch_input_shape=[None, 3])
    for i in range(30):  # each is called twice by the one around it: 2^30 rows
        calls = [[["in", 0, 0, {}]], [[f"m{i}", 0, 0, {}]]]
        wide = {"class_name": "Functional", "config": {"layers": [
            {"class_name": "InputLayer", "name": "in", "config": {"batch_input_shape": [None, 3]}, "inbound_nodes": []},
            {**wide, "name": f"m{i}", "inbound_nodes": calls}],
            "input_layers": [["in", 0, 0]], "output_layers": [[f"m{i}", 1, 0]]}}  # fmt: skip
    with pytest.raises(DataError, match="more than 100,000 layers"):
        read(tmp_path, json.dumps(wide).encode())


def test_an_archive_without_a_model_says_so(tmp_path: Path) -> None:
    for members, what in (
        ({"metadata.json": b"{}", "x": b""}, "a Keras archive without its config.json"),
        ({"config.json": b"[]"}, "its configuration states no model"),
        ({"config.json": config(dense()), "model.weights.h5": b"\x89HDF\r\n\x1a\n"}, "the file ends at 8|addresses of"),
    ):
        with pytest.raises(FormatError, match=what):
            read_file(write(tmp_path, "m.keras", archive(members)))


def tensorflow_js(model: keras.Model, **quantised: str) -> bytes:
    """A layers model: Keras' own configuration, and its variables' names and shapes as the manifest lists them."""
    weights = [{"name": f"{one.path}", "shape": list(one.shape), "dtype": one.dtype} for one in model.variables]
    weights = [{**one, "quantization": {"min": 0, "scale": 1, **quantised}} if quantised else one for one in weights]
    topology = {
        "keras_version": keras.__version__,
        "backend": "tensorflow",
        "model_config": json.loads(model.to_json()),
    }
    manifest = [{"paths": ["group1-shard1of1.bin"], "weights": weights}]
    return json.dumps({"format": "layers-model", "modelTopology": topology, "weightsManifest": manifest}).encode()


@pytest.mark.parametrize("name", ["images", "shared", "sequences", "operations"])
def test_tensorflow_js_lists_the_weights_beside_the_layers(tmp_path: Path, name: str) -> None:
    model, _ = MODELS[name]()
    books = keep_books(read(tmp_path, tensorflow_js(model)))
    assert books.totals.parameters + books.totals.buffers == model.count_params()
    assert [evidence.agrees for evidence in books.evidence] == [True, True]
    assert sum(len(entry.evidence) for entry in books) > 1
    assert not books.discrepancies


def test_tensorflow_js_quantised_and_as_a_graph(tmp_path: Path) -> None:
    model = keras.Sequential([layers.Input((4,)), layers.Dense(6)])
    totals = keep_books(read(tmp_path, tensorflow_js(model, dtype="uint8"))).totals
    assert (totals.parameters, totals.bytes, totals.macs) == (30, 30, 24)
    weights = [{"name": "StatefulPartitionedCall/model/conv/Conv2D", "shape": [3, 3, 3, 8], "dtype": "float32"},
               {"name": "axis", "shape": [], "dtype": "int32"}]  # fmt: skip
    graph = {
        "format": "graph-model",
        "modelTopology": {"node": []},
        "weightsManifest": [{"paths": [], "weights": weights}],
    }
    books = keep_books(read(tmp_path, json.dumps(graph).encode()))
    assert (books.totals.parameters, books.totals.buffers) == (216, 1)
    assert not isinstance(books.totals.macs, int)


@pytest.mark.parametrize(
    ("weight", "what"),
    [({"name": "a/w", "shape": [-1], "dtype": "float32"}, "is no shape"), ({"shape": [1]}, "weight 0 has no name"),
     ({"name": "a/w", "shape": [2**70], "dtype": "float32"}, "is no shape"),
     ({"name": "a/w", "shape": [1], "dtype": "float7"}, "element type 'float7' is not known")],
)  # fmt: skip
def test_tensorflow_js_manifests_that_cannot_be(tmp_path: Path, weight: dict[str, Any], what: str) -> None:
    data = {"modelTopology": {}, "weightsManifest": [{"paths": [], "weights": [weight]}]}
    with pytest.raises(FormatError, match=what):
        read(tmp_path, json.dumps(data).encode())


def test_an_input_that_nothing_reads(tmp_path: Path) -> None:
    data = {"class_name": "Functional", "config": {"name": "m", "layers": [
        {"class_name": "InputLayer", "name": name, "config": {"batch_input_shape": [None, 4]}, "inbound_nodes": []}
        for name in ("a", "b")] + [{**dense(), "name": "fc", "inbound_nodes": [[["a", 0, 0, {}]]]}],
        "input_layers": [["a", 0, 0]], "output_layers": [["fc", 0, 0]]}}  # fmt: skip
    assert keep_books(read(tmp_path, json.dumps(data).encode())).totals.parameters == 15


@pytest.mark.parametrize("suffix", [".keras", ".h5", ".weights.h5"])
def test_spectral_normalisation_keeps_its_kernel_twice_and_counts_it_once(tmp_path: Path, suffix: str) -> None:
    image = keras.Input((4,))
    model = keras.Model(image, layers.SpectralNormalization(layers.Dense(5))(layers.PReLU()(image)))
    totals = keep_books(read_file(saved(model, tmp_path, suffix))).totals
    assert totals.parameters == count(model.trainable_variables) == 4 + 25


def test_low_ranks_stand_beside_the_kernel_in_a_configuration_alone(tmp_path: Path) -> None:
    model = keras.Sequential([keras.Input((32,)), layers.Dense(64, lora_rank=4)])
    path = tmp_path / "m.json"
    path.write_text(model.to_json(), encoding="utf-8")
    assert keep_books(read_file(str(path))).totals.parameters == 32 * 64 + 64 + 4 * (32 + 64)
    assert keep_books(read_file(saved(model, tmp_path, ".keras"))).totals.parameters == 32 * 64 + 64  # merged


def test_a_numbered_vector_of_a_layer_of_somebody_s_own_may_be_no_weight(tmp_path: Path) -> None:
    @keras.saving.register_keras_serializable()
    class Shift(layers.Layer):
        def build(self, shape: Any) -> None:
            self.seen = self.add_weight(shape=(shape[-1],), trainable=False)

        def call(self, x: Any) -> Any:
            return x + self.seen

    model = keras.Sequential([keras.Input((4,)), Shift(), layers.Dense(3)])
    for suffix in (".keras", ".weights.h5"):
        total = keep_books(read_file(saved(model, tmp_path, suffix))).totals.parameters
        assert not isinstance(total, int)
        assert total.exact == 4 * 3 + 3
