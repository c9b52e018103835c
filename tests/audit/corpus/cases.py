"""The form of a corpus case."""

from __future__ import annotations

CASES = []


class Case:
    def __init__(self, name, network, text, faults, may, total, kinds_strict):
        self.name, self.network, self.text, self.faults, self.may = name, network, text.strip("\n"), faults, may
        self.total, self.kinds_strict = total, kinds_strict

    def __repr__(self):
        return self.name


def case(name, network, text, faults=None, may=(), total=None):
    """``faults``: ``{line: [(kind, expected), …]}``, empty for a right calculation; ``may``: lines that may be remarked on."""
    CASES.append(Case(name, network, text, faults or {}, may, total, True))
