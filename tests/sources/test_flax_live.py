"""Live Flax nnx modules by Flax and JAX themselves, and by hand; the module left as it was."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

jax = pytest.importorskip("jax", reason="jax is not installed: live Flax modules are not checked")
nnx = pytest.importorskip("flax.nnx", reason="flax is not installed: live Flax modules are not checked")
import jax.numpy as jnp  # noqa: E402

import netledger  # noqa: E402
from netledger.cli import main  # noqa: E402
from netledger.errors import ModelError, UsageError  # noqa: E402
from netledger.ledger import Ledger  # noqa: E402


def books(model: Any, size: Any = None, **settings: Any) -> Ledger:
    return netledger.summary(model, size, verbose=0, **settings)


def learned(model: Any) -> int:
    return sum(int(one.size) for one in jax.tree.leaves(nnx.state(model, nnx.Param)))


def stored(model: Any) -> int:
    return sum(int(one.size) for one in jax.tree.leaves(nnx.state(model, (nnx.Param, nnx.BatchStat))))


def flops(model: Any, *shapes: tuple[int, ...]) -> int:
    """What XLA counts before it optimises: for products alone, two operations each."""
    graph, state = nnx.split(model)
    fed = [jax.ShapeDtypeStruct(shape, jnp.float32) for shape in shapes]
    return int(jax.jit(lambda state, *x: nnx.merge(graph, state)(*x)).lower(state, *fed).cost_analysis()["flops"])


def rngs() -> Any:
    return nnx.Rngs(0)


class Plain(nnx.Module):
    """Products alone."""

    def __init__(self, rngs: Any) -> None:
        self.up = nnx.Linear(8, 32, use_bias=False, rngs=rngs)
        self.heads = nnx.LinearGeneral(32, (4, 6), use_bias=False, rngs=rngs)
        self.out = nnx.LinearGeneral((4, 6), 5, axis=(-2, -1), use_bias=False, rngs=rngs)
        self.mine = nnx.Param(jnp.ones((5, 7)))

    def __call__(self, x: Any) -> Any:
        return self.out(self.heads(self.up(self.up(x)[..., :8]))) @ self.mine[...]


def test_products_are_those_that_xla_counts() -> None:
    model = Plain(rngs())
    ledger = books(model, (3, 9, 8))
    assert ledger.totals.parameters == learned(model)
    assert 2 * ledger.totals.macs == flops(model, (3, 9, 8)) == 2 * 3 * 9 * (2 * 8 * 32 + 32 * 24 + 24 * 5 + 5 * 7)
    assert not ledger.discrepancies
    assert ledger.entries[-1].outputs[0] in ((3, 9, 5), (3, 9, 7))


@pytest.mark.parametrize(
    ("conv", "shape", "macs", "made"),
    [(lambda: nnx.Conv(3, 8, (3, 3), rngs=rngs()), (1, 6, 6, 3), 36 * 27 * 8, (1, 6, 6, 8)),
     (lambda: nnx.Conv(4, 8, (3, 3), strides=2, padding="VALID", feature_group_count=2, rngs=rngs()), (2, 9, 9, 4),
      2 * 16 * 18 * 8, (2, 4, 4, 8)),
     (lambda: nnx.Conv(4, 8, 5, padding="CAUSAL", kernel_dilation=2, rngs=rngs()), (1, 11, 4), 11 * 20 * 8, (1, 11, 8)),
     (lambda: nnx.Conv(2, 4, (3, 3, 3), padding=1, rngs=rngs()), (1, 4, 4, 4, 2), 64 * 54 * 4, (1, 4, 4, 4, 4)),
     (lambda: nnx.Conv(4, 8, (3, 3), padding="CIRCULAR", rngs=rngs()), (1, 6, 6, 4), 36 * 36 * 8, (1, 6, 6, 8)),
     (lambda: nnx.ConvTranspose(4, 8, (2, 2), strides=(2, 2), rngs=rngs()), (1, 5, 5, 4), 25 * 16 * 8, (1, 10, 10, 8)),
     (lambda: nnx.ConvTranspose(4, 8, (3, 3), padding="VALID", rngs=rngs()), (2, 5, 5, 4), 50 * 36 * 8, (2, 7, 7, 8)),
     (lambda: nnx.ConvTranspose(4, 8, (3,), padding="CIRCULAR", rngs=rngs()), (2, 5, 4), 10 * 12 * 8, (2, 5, 8))],
)  # fmt: skip
def test_convolutions(conv: Callable[[], Any], shape: tuple[int, ...], macs: int, made: tuple[int, ...]) -> None:
    """By hand: every output position (of a transposed one, every input position) times the kernel."""
    model = conv()
    ledger = books(model, shape)
    assert (ledger.totals.parameters, ledger.totals.macs) == (learned(model), macs)
    assert ledger.entries[-1].outputs[0] == made == model(jnp.zeros(shape)).shape
    assert ledger.totals.neurons == jnp.zeros(made).size
    assert not ledger.discrepancies


class Block(nnx.Module):
    def __init__(self, width: int, rngs: Any) -> None:
        self.norm = nnx.LayerNorm(width, rngs=rngs)
        self.attention = nnx.MultiHeadAttention(2, width, decode=False, rngs=rngs)
        self.gain = nnx.Param(jnp.ones(width))

    def __call__(self, x: Any) -> Any:
        return x + self.attention(self.norm(x)) * self.gain[...]


class Network(nnx.Module):
    def __init__(self, rngs: Any, width: int = 8) -> None:
        self.table = nnx.Embed(11, width, rngs=rngs)
        self.blocks = nnx.List([Block(width, rngs) for _ in range(2)])
        self.norm = nnx.BatchNorm(width, use_running_average=True, rngs=rngs)
        self.drop = nnx.Dropout(0.5, rngs=rngs)
        self.never = nnx.Linear(3, 3, rngs=rngs)
        self.head = nnx.Linear(width, 3, dtype=jnp.bfloat16, param_dtype=jnp.bfloat16, rngs=rngs)

    def __call__(self, words: Any, train: bool = False) -> Any:
        x = self.table(words)
        for block in self.blocks:
            x = block(x)
        x = self.drop(self.norm(x), deterministic=not train)
        return self.head(x.mean(1)) if not train else self.head(x)


def test_a_whole_network() -> None:
    """MACs by hand: four projections and two products of attention a block, a head."""
    model = Network(rngs())
    before = (
        nnx.to_pure_dict(nnx.state(model)),
        nnx.graphdef(model),
        [one.__call__ for one in (Network, Block, nnx.Linear)],
    )
    ledger = books(model, (2, 9), dtypes=["int32"])
    after = (
        nnx.to_pure_dict(nnx.state(model)),
        nnx.graphdef(model),
        [one.__call__ for one in (Network, Block, nnx.Linear)],
    )
    assert jax.tree.leaves(before[0])[0] is jax.tree.leaves(after[0])[0]
    assert before[1:] == after[1:]
    totals = ledger.totals
    assert totals.parameters == learned(model)
    assert totals.parameters + 2 * 8 == stored(model)  # running mean and variance
    block = 9 * 4 * 8 * 8 + 2 * 2 * 9 * 9 * 4
    assert totals.macs == 2 * (2 * block + 8 * 3)
    assert totals.bytes == sum(one.nbytes for one in jax.tree.leaves(nnx.state(model, nnx.Param)))
    assert not ledger.discrepancies
    assert {entry.layer.path for entry in ledger} >= {
        "table",
        "blocks.1.attention.query",
        "blocks.0.gain",
        "norm",
        "head",
    }
    assert ledger["never"].layer.meta["used"] is False
    assert books(model, (2, 9)).totals.macs == totals.macs  # that a table is looked up by whole numbers is found
    assert books(model, (2, 9), train=True).totals.macs == 2 * (2 * block + 9 * 8 * 3)


def test_shapes_alone_are_enough() -> None:
    """Of eight billion parameters none is made."""
    model = nnx.eval_shape(lambda: Network(nnx.Rngs(0), width=32_768))
    ledger = books(model, (1, 9))
    assert ledger.totals.parameters == learned(model) > 8_000_000_000
    assert isinstance(ledger.totals.macs, int)


@pytest.mark.parametrize(
    ("cell", "gates"),
    [(nnx.LSTMCell, 4), (nnx.OptimizedLSTMCell, 4), (nnx.GRUCell, 3), (nnx.SimpleCell, 1)],
)  # fmt: skip
def test_recurrence_is_counted_at_every_step(cell: Any, gates: int) -> None:
    model = nnx.RNN(cell(8, 6, rngs=rngs()))
    ledger = books(model, (2, 7, 8))
    assert ledger.totals.parameters == learned(model)
    assert ledger.totals.macs == 2 * 7 * gates * (8 * 6 + 6 * 6)


class Chosen(nnx.Module):
    def __init__(self, rngs: Any, other: int) -> None:
        self.a, self.b = nnx.Linear(4, 4, rngs=rngs), nnx.Linear(4, other, rngs=rngs)

    def __call__(self, x: Any) -> Any:
        return nnx.cond(x.sum() > 0, lambda m, x: m.a(x).sum(), lambda m, x: m.b(x).sum(), self, x)


class Looped(nnx.Module):
    def __init__(self, rngs: Any) -> None:
        self.w = nnx.Param(jnp.ones((4, 4)))

    def __call__(self, x: Any) -> Any:
        w = self.w[...]
        return jax.lax.while_loop(lambda x: x.sum() < 9, lambda x: x @ w, x)


def test_what_depends_on_the_data_is_never_zero() -> None:
    assert books(Chosen(rngs(), 4), (1, 4)).totals.macs == 16
    for model in (Chosen(rngs(), 5), Looped(rngs())):
        ledger = books(model, (1, 4))
        assert ledger.totals.parameters == learned(model)
        assert not isinstance(ledger.totals.macs, int)


def test_without_an_input_the_parameters_and_no_macs() -> None:
    model = Network(rngs())
    totals = books(model).totals
    assert totals.parameters == learned(model)
    assert not isinstance(totals.macs, int)
    assert "no input was given" in str(totals.macs.unknowns)


def test_tied_and_shared() -> None:
    layer = nnx.Linear(4, 4, rngs=rngs())
    model = nnx.Sequential(layer, layer)
    ledger = books(model, (1, 4))
    assert (ledger.totals.parameters, ledger.totals.macs) == (20, 32)


def test_what_is_said_of_wrong_input() -> None:
    with pytest.raises(ModelError, match="calling Plain raised TypeError"):
        books(Plain(rngs()), (1, 3))
    with pytest.raises(UsageError, match="the class Plain: give an instance"):
        books(Plain)


CODE = """
from flax import nnx

class Net(nnx.Module):
    def __init__(self, width=4, *, rngs):
        self.fc = nnx.Linear(3, width, rngs=rngs)
    def __call__(self, x):
        return self.fc(x)

def build(width):
    return nnx.Sequential(Net(width, rngs=nnx.Rngs(0)), nnx.relu)

model = Net(5, rngs=nnx.Rngs(0))
"""


@pytest.mark.parametrize(
    ("what", "more", "parameters", "macs"),
    [("model", [], 20, 15), ("build", ["--args", "7"], 28, 21), ("Net", [], 16, 12), ("Net", ["--kwargs", "width=2"], 8, 6)],
)  # fmt: skip
def test_on_the_command_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], what: str, more: list[str], parameters: int, macs: int
) -> None:
    (tmp_path / "net.py").write_text(CODE)
    place = f"{tmp_path / 'net.py'}:{what}"
    assert main(["show", place, "--format", "csv", "--columns", "parameters,macs", "--input", "3", *more]) == 0
    rows = [line.split(",") for line in capsys.readouterr().out.split()[1:]]
    assert [sum(int(row[i] or 0) for row in rows) for i in (0, 1)] == [parameters, macs]
