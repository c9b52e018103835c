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


def test_a_list_without_blanks_is_broken_and_a_number_is_not() -> None:
    from netledger.renderers.plain.layout import hanging

    for width in range(16, 60):
        parts = [text.strip() for _, text in hanging([f"7 ? {','.join(['12'] * 50)},1,234,567"], width)]
        assert max(map(width_of, parts)) <= width
        assert sum("1,234,567" in part for part in parts) == 1


@pytest.mark.parametrize("word", ["weights", "가중치"])
def test_in_a_pipe_too_a_row_of_an_audit_is_no_wider_than_a_terminal(
    word: str, capsys: pytest.CaptureFixture[str], tmp_path
) -> None:
    """Long lines are cut, around what is wrong where something is, whatever their signs' width."""
    lines = [f"{word} {word} {word} {word} {word} {word} fc{i}: 10*{i} + 10 = {10 * i + 10}" for i in range(1, 12)]
    lines[5] = lines[5].replace("= 70", "= 77") + f" ({word} {word} {word} {word} {word})"
    (tmp_path / "sum.txt").write_text("\n".join(lines), encoding="utf-8")
    main(["audit", str(tmp_path / "sum.txt"), "--format", "text"])
    rows = [line.partition("   (no network")[0] for line in capsys.readouterr().out.splitlines()]
    shown = [row for row in rows if re.match(r" +\d+ [✓✗•?] ", row)]
    assert len(shown) == len(lines)
    assert max(map(width_of, shown)) <= 80
    assert "= 77" in shown[5]
