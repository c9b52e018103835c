"""Writes the files beside it: ``python make.py`` where tensorflow (2.21.0 was used) and tf_keras, which is Keras 2, are.

``truth.json`` holds what Keras counts, and the shapes that TensorFlow's own reader of checkpoints finds.
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import keras
import numpy as np
import tensorflow as tf
import tf_keras

HERE = Path(__file__).parent


def network(library: object) -> object:
    """Convolutions, a model in the model and, in Keras 2, arithmetic that it keeps as ``TFOpLambda``."""
    layers = library.layers  # type: ignore[attr-defined]
    inner = library.Sequential([layers.Conv2D(4, 1, use_bias=False), layers.BatchNormalization()], name="inner")  # type: ignore[attr-defined]
    image = layers.Input((8, 8, 3), name="image")
    x = inner(layers.Conv2D(4, 3, name="conv")(image))
    x = tf.nn.relu(x) * 2.0 if library is tf_keras else layers.ReLU()(x)
    x = layers.Dropout(0.5)(layers.Flatten()(x))
    return library.Model(image, layers.Dense(5, name="fc")(x))  # type: ignore[attr-defined]


def counts(model: object) -> dict[str, int]:
    learned = sum(int(np.prod(one.shape)) for one in model.trainable_variables)  # type: ignore[attr-defined]
    return {"all": model.count_params(), "trainable": learned}  # type: ignore[attr-defined]


def shapes(prefix: Path) -> dict[str, list[int]]:
    return dict(tf.train.load_checkpoint(str(prefix)).get_variable_to_shape_map())


def version_1() -> None:
    """A network of TensorFlow 1 in training: slots of Adam, averages, a step."""
    v1 = tf.compat.v1
    with v1.Graph().as_default(), v1.Session() as session:
        x = v1.placeholder(tf.float32, (None, 6))
        with v1.variable_scope("fc1"):
            w, b = v1.get_variable("weights", (6, 4)), v1.get_variable("biases", (4,))
        step = v1.train.get_or_create_global_step()
        v1.train.AdamOptimizer().minimize(tf.reduce_sum(x @ w + b), step)
        v1.train.ExponentialMovingAverage(0.9).apply([w, b])
        session.run(v1.global_variables_initializer())
        v1.train.Saver().save(session, str(HERE / "v1.ckpt"), write_meta_graph=False)
    (HERE / "checkpoint").unlink()


def main() -> None:
    old, new = network(tf_keras), network(keras)
    for model in (old, new):
        model.compile("adam", "mse")  # type: ignore[attr-defined]
        model.fit(np.zeros((2, 8, 8, 3)), np.zeros((2, 5)), verbose=0)  # type: ignore[attr-defined]
    old.save(HERE / "keras2.h5")  # type: ignore[attr-defined]
    found: dict[str, object] = {"keras2": counts(old), "keras3": counts(new)}
    new.export(HERE / "exported", verbose=False)  # type: ignore[attr-defined]
    old.save(HERE / "saved")  # type: ignore[attr-defined]
    version_1()
    for name in ("exported", "saved"):
        found[name] = shapes(HERE / name / "variables" / "variables")
        for path in (HERE / name).iterdir():
            if path.name != "variables":
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    found["v1"] = shapes(HERE / "v1.ckpt")
    (HERE / "truth.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
