"""The reference pages are what the rules say now."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType

import pytest

from netledger.layers import KINDS
from tests.support import ROOT


@pytest.fixture(scope="module")
def generator() -> ModuleType:
    path = ROOT / "scripts" / "layer_pages.py"
    spec = importlib.util.spec_from_file_location("layer_pages", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_pages_are_current(generator: ModuleType, capsys: pytest.CaptureFixture[str]) -> None:
    assert generator.main(["--check"]) == 0, capsys.readouterr().err


def test_a_stale_page_is_named(
    generator: ModuleType, capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(generator, "PAGES", tmp_path / "layers")
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0
    (tmp_path / "layers" / "dense.md").write_text("old")
    (tmp_path / "layers" / "gone.md").write_text("a family that is no more")
    assert generator.main(["--check"]) == 1
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[0] for line in said] == ["docs/reference/layers/dense.md", "docs/reference/layers/gone.md"]
    assert generator.main([]) == 0
    assert generator.main(["--check"]) == 0


def test_every_kind_has_its_place(generator: ModuleType) -> None:
    index = generator.pages()["index.md"]
    for kind in KINDS:
        assert f"`{kind}`" in index
