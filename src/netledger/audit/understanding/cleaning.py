"""A line as it is scanned: LaTeX's signs as themselves, steps and features apart, no results in remarks.

Every character keeps its place.
"""

from __future__ import annotations

from netledger.audit.words.describing import SIZES


def cleaned(line: str) -> str:
    """A line whose signs are all of one sort.

    >>> cleaned("$64$ filters: 5 time steps x 2 features")
    ' 64  filters: 5 time steps , 2 features'
    """
    return _without_remark(_apart(_as_signs(line)))


_STEPS = tuple([phrase.rstrip("*") for phrase in SIZES["steps"].split("|") if phrase])
"""Phrases for the steps of a sequence."""


def _apart(line: str) -> str:
    """``10 time steps x 6 features``: two sizes of a sequence, no product."""
    for sign in (" x ", " × "):
        at = line.find(sign)
        while at > 0:
            before, after = line[:at].lower(), line[at + len(sign) :].lstrip()[:1]
            words = before.split()[-2:]
            told = any(" ".join(words).startswith(step) or words[-1:] == [step] for step in _STEPS)
            if told and after.isdigit():
                line = f"{line[: at + 1]},{line[at + 2 :]}"
            at = line.find(sign, at + 1)
    return line


def _without_remark(line: str) -> str:
    """``units: 64   # 8,256``: a number behind a comment's sign is a result, no size."""
    at = line.find("  #")
    if at <= 0 or ":" not in line[:at] or not any(character.isdigit() for character in line[:at]):
        return line
    remark = line[at:].strip(" #")
    return line[:at] + " " * (len(line) - at) if remark.replace(",", "").replace(".", "").isdigit() else line


def _as_signs(line: str) -> str:
    """LaTeX's signs as themselves, every other character in its place."""
    for name, sign in (
        ("\\times", "×"),
        ("\\cdot", "·"),
        ("\\ast", "*"),
        ("\\to", "→"),
        ("\\rightarrow", "→"),
        ("\\*", "*"),
    ):
        if name in line:
            line = line.replace(name, sign + " " * (len(name) - 1))
    return (
        line.replace("\\(", "  ").replace("\\)", "  ").replace("$", " ").replace("\\,", "  ")
        if "\\" in line or "$" in line
        else line
    )
