"""Writes the files beside it: ``python make.py`` where tensorflow is (2.21.0 was used, with Keras 3 on it).

``truth.json`` holds what Keras counts, the shapes that TensorFlow's functions give, and the floating-point operations
that its profiler counts of products alone, for a batch of one.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

os.environ.setdefault("KERAS_BACKEND", "tensorflow")
import keras
import numpy as np
import tensorflow as tf
from google.protobuf.json_format import MessageToDict
from keras import layers
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

HERE = Path(__file__).parent
v1 = tf.compat.v1
PRODUCTS = ("Conv2D", "DepthwiseConv2dNative", "Conv2DBackpropInput", "MatMul", "BatchMatMulV2", "Einsum")


def images() -> keras.Model:
    image = layers.Input((16, 16, 3), name="image")
    x = layers.Conv2D(8, 3, strides=2, padding="same", name="conv")(image)
    x = layers.ReLU()(layers.BatchNormalization(name="bn")(x))
    x = layers.Conv2D(6, 1, groups=2, name="pw")(layers.DepthwiseConv2D(3, name="dw", use_bias=False)(x))
    y = layers.GlobalAveragePooling2D()(layers.Conv2DTranspose(4, 2, strides=2, name="up")(x))
    x = layers.Concatenate()([layers.Flatten()(layers.MaxPooling2D()(layers.ZeroPadding2D(1)(x))), y])
    return keras.Model(image, layers.Dense(10, activation="softmax", name="fc")(x))


def words() -> keras.Model:
    ids = layers.Input((9,), dtype="int32", name="ids")
    x = layers.Embedding(20, 8)(ids)
    x = layers.LayerNormalization()(layers.MultiHeadAttention(2, 4)(x, x))
    return keras.Model(ids, layers.Dense(3)(x))


def steps() -> keras.Model:
    rows = layers.Input((7, 5), name="rows")
    return keras.Model(rows, layers.LSTM(4)(rows))


def scaled() -> keras.Model:
    """Rows whose mean is taken off, through a layer that is not trained and one that is."""
    rows = layers.Input((5,), name="rows")
    scale = layers.Normalization(name="scale")
    scale.adapt(np.arange(20.0).reshape(4, 5))
    x = layers.Dense(4, trainable=False, name="held")(scale(rows))
    return keras.Model(rows, layers.Dense(3, name="fc")(x))


def frozen(model: keras.Model) -> tf.Graph:
    spec = [tf.TensorSpec((1, *one.shape[1:]), one.dtype, name=one.name) for one in model.inputs]
    return convert_variables_to_constants_v2(tf.function(model).get_concrete_function(*spec)).graph


def products(graph: tf.Graph) -> int:
    """What TensorFlow's profiler counts of the operators that multiply matrices."""
    options = (
        v1.profiler.ProfileOptionBuilder(v1.profiler.ProfileOptionBuilder.float_operation()).with_empty_output().build()
    )
    found = v1.profiler.profile(graph, cmd="op", options=options)
    total, waiting = 0, [found]
    while waiting:
        node = waiting.pop()
        waiting += node.children
        if node.name in PRODUCTS:
            total += node.total_float_ops - sum(one.total_float_ops for one in node.children)
    return total


def tensorflow_js(graph: tf.Graph, folder: Path) -> None:
    """As TensorFlow.js' converter writes it: values of constants in a shard, the rest as protobuf's JSON."""
    definition = graph.as_graph_def()
    weights, data = [], b""
    for node in definition.node:
        if node.op == "Const":
            value = tf.make_ndarray(node.attr["value"].tensor)
            weights.append({"name": node.name, "shape": list(value.shape), "dtype": str(value.dtype)})
            data += value.tobytes()
            for field in ("tensor_content", "float_val", "int_val"):
                node.attr["value"].tensor.ClearField(field)
    folder.mkdir(exist_ok=True)
    manifest = [{"paths": ["group1-shard1of1.bin"], "weights": weights}]
    topology = MessageToDict(definition)
    model = {"format": "graph-model", "modelTopology": topology, "weightsManifest": manifest}
    (folder / "model.json").write_text(json.dumps(model) + "\n", encoding="utf-8")
    (folder / "group1-shard1of1.bin").write_bytes(data)


def main() -> None:
    truth: dict[str, dict[str, int]] = {}
    for build in (images, words, steps, scaled):
        model = build()
        folder = HERE / build.__name__
        model.export(folder, verbose=False)
        shutil.rmtree(folder / "assets", ignore_errors=True)
        (folder / "fingerprint.pb").unlink(missing_ok=True)
        learned = sum(int(np.prod(one.shape)) for one in model.trainable_variables)
        graph = frozen(model)
        truth[build.__name__] = {"all": model.count_params(), "trainable": learned, "flops": products(graph)}
        if build is images:
            (HERE / "images.pb").write_bytes(graph.as_graph_def().SerializeToString())
            tensorflow_js(graph, HERE / "images_js")
    (HERE / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
