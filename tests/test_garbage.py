"""Collection waits while a network is read and booked, and is afterwards as the caller had it."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

from netledger.cli import main
from netledger.errors import NetledgerError
from netledger.garbage import Paused
from netledger.ledger import keep_books
from netledger.sources import files, read


@pytest.fixture(autouse=True)
def _as_it_was() -> Iterator[None]:
    yield
    gc.enable()


def test_it_is_off_inside_and_on_behind(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path, seen = tmp_path / "a.net", []
    path.write_text("input(3, 8, 8)\nconv2d(4, kernel_size=3)\n")
    opened = files.InputFile.text
    monkeypatch.setattr(
        files.InputFile, "text", lambda self, most: (seen.append(gc.isenabled()), opened(self, most))[1]
    )
    assert keep_books(read(str(path))).totals.parameters == 112
    assert seen == [False]
    assert gc.isenabled()


def test_behind_an_error_too(tmp_path: Path) -> None:
    path = tmp_path / "a.net"
    path.write_text("input(3, 8, 8)\nconv2d(4, kernel_size=9)\n")
    with pytest.raises(NetledgerError):
        keep_books(read(str(path)))
    assert gc.isenabled()


def test_who_had_it_off_keeps_it_off() -> None:
    gc.disable()
    keep_books(read("alexnet"))
    assert not gc.isenabled()


def test_inside_one_another() -> None:
    with Paused():
        with Paused():
            assert not gc.isenabled()
        assert not gc.isenabled()
    assert gc.isenabled()


@pytest.mark.parametrize("words", [["show", "alexnet"], ["show", "alexnt"], ["nonsense", "--x"], ["--version"]])
def test_a_command_leaves_it_as_it_was(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    before, frozen = gc.get_threshold(), gc.get_freeze_count()
    main(words)
    assert (gc.isenabled(), gc.get_threshold(), gc.get_freeze_count()) == (True, before, frozen)


def test_who_has_set_it_to_never_keeps_that(capsys: pytest.CaptureFixture[str]) -> None:
    before = gc.get_threshold()
    gc.set_threshold(0)
    try:
        main(["show", "alexnet"])
        assert gc.get_threshold()[0] == 0
    finally:
        gc.set_threshold(*before)
