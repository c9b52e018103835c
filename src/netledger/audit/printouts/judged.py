"""What is said of one printed number."""

from __future__ import annotations

from netledger.audit.result import Finding, LineVerdict

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.printouts.printout import Number

GRAVE = {"wrong": 0, "carries": 1, "not_checked": 2, "adds_up": 3, "right": 4}
"""Of several numbers on a line the gravest decides."""


class Said:
    """The verdict on one printed number: why, about which layer, and what should stand there."""

    __slots__ = ("expected", "follows", "kind", "layer", "number", "verdict", "why")

    def __init__(
        self, number: Number, verdict: str, layer: str | None = None, why: str = "", expected: float | None = None,
        kind: str = "wrong_value", follows: int | None = None,
    ) -> None:  # fmt: skip
        self.number, self.verdict, self.layer, self.why = number, verdict, layer, why
        self.expected, self.kind, self.follows = expected, kind, follows

    def __repr__(self) -> str:
        return f"<{self.number.line_no} {self.verdict} {self.number.value} {self.expected}>"

    def finding(self) -> Finding | None:
        """The fault, where it is one."""
        if self.verdict not in ("wrong", "carries"):
            return None
        number = self.number
        instead = "" if self.expected is None else f"{self.expected:,}"
        return Finding(
            number.line_no, (number.start, number.end), self.kind, self.layer, self.expected, number.value,
            self.follows, self.why, instead,
        )  # fmt: skip


def lines_of(said: Iterable[Said], text: list[str]) -> list[LineVerdict]:
    """One verdict for each line."""
    gravest: dict[int, Said] = {}
    for one in said:
        before = gravest.get(one.number.line_no)
        if before is None or GRAVE[one.verdict] < GRAVE[before.verdict]:
            gravest[one.number.line_no] = one
    return [
        LineVerdict(line_no, one.verdict, one.layer, text[line_no - 1], one.why)
        for line_no, one in sorted(gravest.items())
    ]
