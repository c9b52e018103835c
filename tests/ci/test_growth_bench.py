"""The bench of growth can fail: where an exponent is above its aim, and only there."""

from __future__ import annotations

import importlib
import os
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from tests.support import ROOT

BENCH = ("measuring", "floors", "inputs", "growth")


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    yield importlib.import_module("growth")
    for name in BENCH:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(("times", "said"), [((1.0, 2.0, 4.0), 0), ((1.0, 4.0, 16.0), 1)])
def test_exit_code(growth, times, said, monkeypatch, capsys) -> None:
    monkeypatch.setattr(growth, "measured", lambda name, n, rounds, rows: (list(times), None))
    monkeypatch.setattr(sys, "argv", ["growth.py", "--quick", "--only", "net"])
    assert growth.main() == said
    assert ("missed: net" in capsys.readouterr().out) == bool(said)


@pytest.mark.parametrize(("seconds", "found"), [("1000", [0, 1, 2]), ("0", [0])])
def test_rounds_are_shed_where_the_time_is_up(seconds, found, monkeypatch) -> None:
    monkeypatch.syspath_prepend(str(ROOT / "bench"))
    monkeypatch.setenv("NETLEDGER_BENCH_SECONDS", seconds)
    measuring = importlib.import_module("measuring")
    assert list(measuring.rounds(3)) == found
    sys.modules.pop("measuring")


def test_a_row_that_was_not_come_to_is_named(growth, monkeypatch, capsys) -> None:
    monkeypatch.setattr(growth, "seconds_left", lambda: -1.0)
    monkeypatch.setattr(sys, "argv", ["growth.py", "--quick", "--only", "net"])
    assert growth.main() == 0
    assert "not measured: the time was up" in capsys.readouterr().out


@pytest.mark.parametrize("name", ["safetensors", "gguf", "checkpoint", "onnx", "net", "prototxt", "cfg", "keras"])
def test_every_file_is_read(growth, name, tmp_path) -> None:
    """What the bench writes holds as many tensors or layers as it says."""
    from netledger.sources import read_file

    network = read_file(str(growth.SMALL[name](tmp_path, 40)))
    found = len(list(network.tensors)) or sum(layer.kind in ("linear", "conv2d") for layer in network.layers)
    assert found == (20 if name == "onnx" else 40)


@pytest.mark.parametrize("name", ["safetensors", "gguf", "checkpoint", "onnx"])
def test_floors_read_the_same(growth, name, tmp_path) -> None:
    """A minimal parser that misses something would flatter nobody: it finds as many values as the reader."""
    from netledger.sources import read_file

    path = growth.SMALL[name](tmp_path, 40)
    network = read_file(str(path))
    assert growth.FLOORS[name](path) == sum(tensor.count for tensor in network.tensors)


def test_aims_bite(growth) -> None:
    measuring = sys.modules["measuring"]
    held = measuring.Held("startup")
    assert held.verdict("show alexnet", {"pass": 2.4, "MB": 41}) == "pass ≤ 2.5 kept, MB ≤ 40 MISSED"
    llama = "show config.json of Llama-3.1-405B"
    said = held.verdict(llama, {"pass": 6.1, "MB": 20, "least_peer": 19})
    assert said == "pass ≤ 6 MISSED, MB ≤ 20 kept, peer ≥ 20 MISSED"
    assert held.verdict("list", {}) == "pass: not measured"
    assert held.verdict("nothing of this name", {"pass": 99}) == ""
    assert held.missed == ["show alexnet: MB 41.00", f"{llama}: pass 6.10", f"{llama}: least_peer 19.00"]
    assert held.told() == 1


def test_a_row_without_its_peer_says_so(growth) -> None:
    measuring = sys.modules["measuring"]
    assert measuring.missing("json no_such_peer tomllib") == "no_such_peer"


def test_a_process_that_fails_is_told(growth) -> None:
    measuring = sys.modules["measuring"]
    runs = measuring.Runs()
    measuring.run([sys.executable, "-c", "raise ValueError('why')"], measuring.environment(), runs)
    assert runs.failed == "ValueError: why"
    runs = measuring.Runs()
    measuring.run([sys.executable, "-c", "print(7)"], measuring.environment(), runs)
    assert (runs.failed, runs.said) == ("", "7")
    assert 0 < runs.seconds < 5


def test_a_peak_is_not_that_of_the_process_that_measures(growth) -> None:
    measuring = sys.modules["measuring"]
    ours = bytearray(os.urandom(1 << 20) * 96)
    runs = measuring.Runs()
    measuring.run([sys.executable, "-c", "print(7)"], measuring.environment(), runs)
    assert runs.peak < len(ours) / 2**20
