"""Terminals of 40 to 79 columns: whatever is shown fits them, no number is cut, marks stand under what they mark."""

from __future__ import annotations

import contextlib
import re

import pytest

from netledger.cli import COMMANDS, main
from netledger.renderers.plain.layout import width_of

WIDTHS = (40, 47, 56, 66, 79)
SHOWN = [
    "show alexnet",
    "show resnet18",
    "show resnet18 --depth 1",
    "show alexnet lenet5 gpt2",
    "show gpt2 --scale num_hidden_layers=2..16",
    "show alexnet --layers conv2 --formulas both",
    "show alexnet --memory training",
    "compare alexnet alexnet/ungrouped",
    "compare alexnet alexnet/ungrouped alexnet/torchvision",
    "memory gpt2",
    "check alexnet --max parameters=61M",
    "check alexnet --max parameters=60M",
    "split alexnet",
    "list",
]
QUESTION = """\
conv1: (11*11)*3*96 + 96 = 34944
conv2: (5*5)*96*256 + 256 = 614656
conv3: (3*3)*256*384 + 384 = 885120
conv4: (3*3)*384*384 + 384 = 1327488
fc7: 4096*4096 + 4096 = 16781312
"""


def shown(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, width: int, words: list[str]) -> str:
    monkeypatch.setenv("COLUMNS", str(width))
    with contextlib.suppress(SystemExit):
        main(words)
    output = capsys.readouterr()
    assert not output.err
    return re.sub(r"\x1b\[[0-9;]*m", "", output.out)


def numbers(text: str) -> set[str]:
    return set(re.findall(r"\d{1,3}(?:,\d{3})+", text))


@pytest.mark.parametrize("command", SHOWN)
def test_everything_fits_and_no_number_is_cut(
    command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = [*command.split(), "--format", "terminal"]
    whole = numbers(shown(capsys, monkeypatch, 400, words))
    for width in WIDTHS:
        text = shown(capsys, monkeypatch, width, words)
        assert text
        assert [line for line in text.splitlines() if width_of(line) > width] == []
        assert numbers(text) <= whole


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_fits(command: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    for width in WIDTHS:
        text = shown(capsys, monkeypatch, width, [*([command] if command else []), "--help"])
        assert [line for line in text.splitlines() if len(line) > width] == []


@pytest.mark.parametrize("width", WIDTHS)
def test_marks_stand_under_the_factor_that_is_meant(
    width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path
) -> None:
    (tmp_path / "question.txt").write_text(QUESTION, encoding="utf-8")
    words = ["audit", str(tmp_path / "question.txt"), "--against", "alexnet", "--format", "terminal"]
    lines = shown(capsys, monkeypatch, width, words).splitlines()
    assert max(map(width_of, lines)) <= width
    marked = [(lines[place - 1], line) for place, line in enumerate(lines) if line.lstrip().startswith("^")]
    factors = [above[line.index("^") : line.rindex("^") + 1] for above, line in marked]
    assert factors == ["96", "384"]


def test_a_mark_goes_with_the_part_of_the_line_that_it_is_under() -> None:
    from netledger.renderers.plain.layout import hanging

    line = "12 ✗ 卷积层二: (5*5)*96*256 + 256 = 614656"
    at = width_of(line[: line.index("96")])
    for width in range(16, 60):
        parts = [text for _, text in hanging([line, " " * at + "^^ 48", "a reason"], width)]
        assert "".join(part.replace(" ", "") for part in parts if "^" not in part and part.strip() != "48") == (
            line + "areason"
        ).replace(" ", "")
        (place,) = [place for place, part in enumerate(parts) if "^" in part]
        above, cell = parts[place - 1], parts[place].index("^")
        found = next(i for i in range(len(above)) if width_of(above[:i]) == cell)
        assert above[found : found + 2] == "96"
        assert max(map(width_of, parts)) <= width
