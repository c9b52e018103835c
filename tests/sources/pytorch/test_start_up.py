"""A first count does not import PyTorch's compiler and sympy, and whoever asks for them gets the real ones."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support import process_environment

pytest.importorskip("torch")

MODEL = """
import sys, threading
import torch
from torch import nn
import netledger

class Net(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.fc, self.f = nn.Linear(16, 16), f
    def forward(self, x):
        return self.f(self.fc(x))

def macs(f):
    return netledger.summary(Net(f), (2, 16), verbose=0).total_mult_adds

HEAVY = ("sympy", "torch._dynamo", "torch.fx.experimental.symbolic_shapes")
"""

PASSES_BY = """
def everything(y):
    y = torch.cat([y, y.mean() * y, torch.where(y > 0, y, 0.0)])
    y = torch.stack([y, y.roll(1)]).masked_fill(torch.ones(16).bool(), 1.0).cumsum(-1)
    y = nn.functional.group_norm(y.flatten(0, 1)[:, :, None], 4)[..., 0].softmax(-1)
    return y.std(-1), y.sort()[0].topk(3)[0], y[torch.tensor([0])] / y.norm(), torch.einsum("bi,bj->ij", y, y)

assert macs(everything) == 2 * 16 * 16 + 12 * 16 * 16
assert not [name for name in HEAVY if name in sys.modules]
left = [f for f in vars(torch._refs).values() if "__dynamo_disable" in getattr(f, "__dict__", {})]
left += [f.__wrapped__ for f in vars(torch._refs).values() if "__dynamo_disable" in vars(getattr(f, "__wrapped__", Net))]
assert not left
import sympy, torch._dynamo
assert sympy.Symbol("n") + 1 - 1 == sympy.Symbol("n") and isinstance(sympy.Symbol("n"), sympy.Basic)
compiled = torch.compile(lambda x: torch.cat([x, x]), backend="eager", fullgraph=True)
assert compiled(torch.ones(2)).shape == (4,)
"""

REALLY_ASKED = """
def asked(y):
    import sympy
    from torch.fx.experimental.symbolic_shapes import ShapeEnv
    import torch._dynamo.config
    assert sympy.Integer(2) + 2 == 4 and isinstance(sympy.Integer(2), sympy.Basic)
    assert ShapeEnv.__module__ == "torch.fx.experimental.symbolic_shapes"
    assert torch._dynamo.config.recompile_limit > 0
    return torch.cat([y, y])

assert macs(asked) == 512
assert all(type(sys.modules[name]).__name__ == "module" for name in HEAVY if name != "torch._dynamo")
"""

BESIDE = """
inside, done = threading.Event(), threading.Event()
found = []

def beside():
    inside.wait(30)
    import sympy
    found.append(isinstance(sympy.Integer(1), sympy.Basic))
    done.set()

thread = threading.Thread(target=beside)
thread.start()

def waits(y):
    torch.cat([y, y])
    inside.set()
    done.wait(30)
    return torch.cat([y, y])

assert macs(waits) == 512
thread.join()
assert found == [True]
"""


LOOKED_AT = """
import inspect

def looks(y):
    torch.cat([y, y])
    inspect.getmodule(type("Nobody", (), {"__module__": "nowhere"}))  # asks every module for its file
    return y

assert macs(looks) == 512
assert not any(name in sys.modules for name in HEAVY)
"""


def runs(code):
    """Run code behind ``MODEL`` in a process of its own; what it asserts holds there."""
    result = subprocess.run(
        [sys.executable, "-c", MODEL + code], capture_output=True, text=True, timeout=120, check=False,
        env=process_environment(),
    )  # fmt: skip
    assert result.returncode == 0, result.stderr


@pytest.mark.parametrize(
    "code", [PASSES_BY, REALLY_ASKED, BESIDE, LOOKED_AT], ids=["passed by", "asked", "in another thread", "looked at"]
)
def test_the_compiler_is_imported_only_where_it_is_asked_for(code):
    runs(code)


IMPORTS_IN_FORWARD = """
def attends(y):
    from torch.nn.attention.flex_attention import flex_attention
    x = y.view(1, 2, 2, 8)
    return flex_attention(x, x, x, score_mod=lambda score, b, h, q, k: score + q - k)

def in_a_pool(y):
    from multiprocessing.pool import ThreadPool
    with ThreadPool(2) as pool:
        return pool.map(lambda one: one @ one.T, [y, y])

ledger = netledger.summary(Net(attends), (2, 16), verbose=0)
assert ledger.total_mult_adds == 512 + 2 * (2 * 2 * 2 * 8), ledger.total_mult_adds
assert not any("real" in note or "own values" in note for note in ledger.network.notes)
assert macs(in_a_pool) == 512 + 2 * (2 * 16 * 2)
"""


def test_what_a_model_imports_in_its_forward_pass_is_seen():
    runs(IMPORTS_IN_FORWARD)


FIRST_COUNT = """
import numpy

def seeds(y):
    import numpy
    numpy.random.seed(0)
    return y

assert netledger.summary(Net(lambda y: y), (2, 16), verbose=0).total_mult_adds == 512
needless = [name for name in sys.modules if name.startswith("netledger.sources.pytorch.finding.")]
assert not needless, needless
if "numpy.random" not in sys.modules:
    assert macs(seeds) == 512
    assert numpy.random.rand() != numpy.random.RandomState(0).rand()
"""


def test_a_count_with_an_input_looks_for_none_and_imports_no_generators():
    """What the model imports and seeds in its pass begins anew."""
    runs(FIRST_COUNT)


READY = """
import {first}sys
import netledger.sources
assert ("netledger.sources.pytorch.counting" in sys.modules) is {ready}
assert ("torch" in sys.modules) is {ready}
"""


@pytest.mark.parametrize("first", ["", "torch, "])
def test_where_pytorch_is_there_already_its_reader_is_imported_before_the_first_count(first):
    code = READY.format(first=first, ready=bool(first))
    result = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env=process_environment(),
    )
    assert result.returncode == 0, result.stderr
