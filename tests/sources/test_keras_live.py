"""Live Keras 3 models by Keras itself: parameters, what is trained, output shapes and MACs; the model left as it was."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch.utils.flop_counter import FlopCounterMode

os.environ.setdefault("KERAS_BACKEND", "torch")
import keras
from keras import layers, ops

import netledger
from netledger.cli import main
from netledger.errors import UsageError
from netledger.ledger import Ledger
from tests.sources.test_keras import MODELS, check_shapes, count


def books(model: Any, size: Any = None, **settings: Any) -> Ledger:
    return netledger.summary(model, size, verbose=0, **settings)


def macs_run(model: Any, fed: Any) -> int:
    with FlopCounterMode(display=False) as flops, torch.no_grad():
        model(fed, training=False)
    return flops.get_total_flops() // 2


@pytest.mark.parametrize("name", MODELS)
def test_counts_shapes_and_macs_are_those_of_keras(name: str) -> None:
    model, fed = MODELS[name]()
    ledger = books(model)
    totals = ledger.totals
    assert totals.parameters + totals.buffers == model.count_params()
    assert totals.parameters - totals.frozen == count(model.trainable_variables)
    assert not ledger.discrepancies
    assert all(evidence.agrees for evidence in ledger.evidence)
    check_shapes(model, ledger)
    assert totals.macs == macs_run(model, fed)


class Block(layers.Layer):
    """Layers, a weight, a statistic, products of its own."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.up = layers.Dense(width)

    def build(self, shape: Any) -> None:
        self.w = self.add_weight(shape=(shape[-1], shape[-1]), name="w")
        self.seen = self.add_weight(shape=(7,), name="seen", trainable=False)

    def call(self, x: Any) -> Any:
        scores = ops.softmax(ops.matmul(x, ops.transpose(x, (0, 2, 1))))
        return self.up(ops.einsum("bij,bjd->bid", scores, ops.matmul(x, self.w)))


class Words(keras.Model):
    """Of its own class: nobody but its code knows what reads what."""

    def __init__(self) -> None:
        super().__init__()
        self.table = layers.Embedding(11, 6)
        self.blocks = [Block(6), Block(6)]
        self.norm = layers.BatchNormalization()
        self.head = layers.Dense(3)

    def call(self, words: Any, training: bool = False) -> Any:
        x = self.table(words)
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(ops.mean(x, axis=1), training=training))


def state_of(model: Any) -> list[Any]:
    """What a summary may not change: who is built, which variables there are, the calls that layers remember."""
    every = [model, *model._flatten_layers(recursive=True, include_self=False)]
    return [
        (one.name, one.built, sorted(vars(one)), [id(v) for v in one.variables], len(one._inbound_nodes),
         len(one._outbound_nodes), len(one._losses))
        for one in every
    ]  # fmt: skip


def test_a_model_of_somebody_s_own_class_is_followed_and_left_as_it_was() -> None:
    model = Words()
    before = state_of(model)
    unbuilt = books(model, (2, 9))
    assert state_of(model) == before
    fed = torch.zeros((2, 9), dtype=torch.int64)
    model(fed)  # builds it, by a run of its own
    macs = macs_run(model, fed)
    before = state_of(model)
    ledger = books(model, (2, 9))
    assert state_of(model) == before
    assert layers.Dense(1).name.rpartition("_")[2].isdigit()
    for one in (unbuilt, ledger):
        assert one.totals.parameters == count(model.trainable_variables)
        assert one.totals.parameters + one.totals.buffers == model.count_params()
        assert one.totals.macs == macs
        assert not one.discrepancies
    assert {"table", "blocks"} & {entry.layer.path.split(".")[0] for entry in ledger} == set()  # Keras' own names
    assert [entry.outputs[0] for entry in ledger if entry.layer.type == "Dense"][-1] == (2, 3)


def test_layers_of_somebody_s_own_inside_a_functional_model() -> None:
    x = keras.Input((5, 4))
    model = keras.Model(x, layers.Dense(2)(Block(3)(x)))
    ledger = books(model)
    assert ledger.totals.macs == macs_run(model, torch.zeros(1, 5, 4))
    assert ledger.totals.parameters == count(model.trainable_variables)
    assert ledger.totals.buffers == 7
    assert books(model, (3, 5, 4)).totals.macs == macs_run(model, torch.zeros(3, 5, 4))


class ByValue(keras.Model):
    def __init__(self) -> None:
        super().__init__()
        self.one, self.two = layers.Dense(4), layers.Dense(4)
        self.own = self.add_weight(shape=(3,), name="own")

    def call(self, x: Any) -> Any:
        return self.one(x) if float(ops.sum(x)) > -1 else self.two(x)


def test_calls_that_depend_on_values_give_parameters_and_no_number_of_macs() -> None:
    model = ByValue()
    model(torch.zeros(1, 5))
    model.two.build((None, 5))
    for size in (None, (1, 5)):
        ledger = books(model, size)
        assert ledger.totals.parameters == model.count_params() == 51
        assert not isinstance(ledger.totals.macs, int)
        assert not ledger.discrepancies
    assert any("could not be followed" in note for note in books(model, (1, 5)).network.notes)
    assert not isinstance(books(ByValue()).totals.parameters, int)  # never built: not zero


def test_a_model_without_shapes_is_given_some() -> None:
    model = keras.Sequential([layers.Conv2D(4, 3), layers.Flatten(), layers.Dense(3)])
    assert not isinstance(books(model).totals.parameters, int)
    ledger = books(model, (1, 8, 8, 3))
    assert not model.built
    model.build((None, 8, 8, 3))
    assert ledger.totals.parameters == model.count_params()
    assert ledger.totals.macs == macs_run(model, torch.zeros(1, 8, 8, 3)) == books(model).totals.macs
    assert books(layers.Dense(4), (2, 7)).totals.macs == 2 * 7 * 4
    assert books(model, input_data=np.zeros((5, 8, 8, 3))).totals.macs == 5 * ledger.totals.macs


def test_several_inputs_by_name_and_in_order() -> None:
    left, right = keras.Input((None, 4), name="left"), keras.Input((None, 4), name="right")
    model = keras.Model([left, right], layers.Attention()([layers.Dense(4)(left), right]))
    for size in ([(1, 3, 4), (1, 5, 4)], {"left": (1, 3, 4), "right": (1, 5, 4)}):
        assert books(model, size).totals.macs == 3 * 4 * 4 + 2 * 3 * 5 * 4
    with pytest.raises(UsageError, match="'top' is no input; the network's inputs: 'left', 'right'"):
        books(model, {"top": (1, 3, 4)})


def test_frozen_shared_and_quantised() -> None:
    x = keras.Input((4,))
    dense = layers.Dense(4, name="both")
    model = keras.Model(x, dense(dense(x)))
    assert (books(model).totals.parameters, books(model).totals.macs) == (20, 32)
    dense.trainable = False
    assert books(model).totals.frozen == 20
    packed = keras.Sequential([layers.Input((4,)), layers.Dense(6), layers.Dense(3)])
    packed.quantize("int8")
    assert (books(packed).totals.parameters, books(packed).totals.bytes) == (51, 42 + 4 * 9 + 4 * 9)


def test_what_is_said_of_what_is_no_model() -> None:
    with pytest.raises(UsageError, match="the class Words: give an instance"):
        books(Words)
    with pytest.raises(UsageError, match="depht means nothing for a Keras model"):
        books(layers.Dense(4), (1, 4), depht=2)


CODE = """
import keras
from keras import layers

class Net(keras.Model):
    def __init__(self, width=4):
        super().__init__()
        self.fc = layers.Dense(width)
    def call(self, x):
        return self.fc(x)

def build(width):
    return keras.Sequential([layers.Input((3,)), layers.Dense(width)])

model = build(5)
"""


@pytest.mark.parametrize(
    ("what", "more", "parameters"),
    [("model", [], 20), ("build", ["--args", "7"], 28), ("Net", ["--input", "3"], 16),
     ("Net", ["--input", "3", "--kwargs", "width=2"], 8)],
)  # fmt: skip
def test_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, more: list[str], parameters: int
) -> None:
    (tmp_path / "net.py").write_text(CODE)
    assert main(["show", f"{tmp_path / 'net.py'}:{what}", "--format", "csv", "--columns", "parameters", *more]) == 0
    assert sum(map(int, capsys.readouterr().out.split()[1:])) == parameters
    assert main(["show", f"{tmp_path / 'net.py'}:build"]) == 2
    assert "--kwargs width=…" in capsys.readouterr().err
