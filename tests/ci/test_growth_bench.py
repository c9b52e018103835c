"""The bench of growth can fail: where an exponent is above its aim, and only there."""

from __future__ import annotations

import importlib.util
import sys
from types import ModuleType

import pytest

from tests.support import ROOT


@pytest.fixture
def growth(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.setattr(sys, "path", [*sys.path])
    place = importlib.util.spec_from_file_location("growth", ROOT / "bench" / "growth.py")
    assert place is not None and place.loader is not None  # noqa: PT018
    module = importlib.util.module_from_spec(place)
    place.loader.exec_module(module)
    return module


@pytest.mark.parametrize(("times", "said"), [((1.0, 2.0, 4.0), 0), ((1.0, 4.0, 16.0), 1)])
def test_exit_code(growth, times, said, monkeypatch, capsys) -> None:
    monkeypatch.setattr(growth, "measured", lambda name, n, rounds: (list(times), None))
    monkeypatch.setattr(sys, "argv", ["growth.py", "--only", "net"])
    assert growth.main() == said
    assert ("missed: net" in capsys.readouterr().out) == bool(said)


@pytest.mark.parametrize("name", ["safetensors", "gguf", "checkpoint", "onnx", "net", "prototxt", "cfg"])
def test_every_file_is_read(growth, name, tmp_path) -> None:
    """What the bench writes holds as many tensors or layers as it says."""
    from netledger.sources import read_file

    network = read_file(str(growth.READERS[name][0](tmp_path, 40)))
    found = len(list(network.tensors)) or sum(layer.kind in ("linear", "conv2d") for layer in network.layers)
    assert found == (20 if name == "onnx" else 40)
