"""What is thought of one statement while the whole text is being judged."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.arithmetic import Fault
    from netledger.audit.quantities import Quantity
    from netledger.audit.reading.statement import Statement
    from netledger.audit.reading.tokens import Value
    from netledger.audit.result import Finding
    from netledger.audit.truth import Part


OTHER = frozenset(("ops", "connections", "bytes", "features", "percent", "shape", "setting"))
"""Sorts of numbers that are no parameter counts."""


class Judgement:
    """A statement with what was found out: ``verdict`` (``right wrong other open``), the quantity or part that it
    stands for, its findings. ``found`` and ``expected`` are the values by which a total is off because of it.
    """

    __slots__ = (
        "statement",
        "verdict",
        "quantity",
        "part",
        "findings",
        "fault",
        "value",
        "error",
        "expected",
        "remark",
        "times",
    )

    def __init__(self, statement: Statement) -> None:
        self.statement = statement
        self.verdict = "open"
        self.quantity: Quantity | None = None
        self.part: Part | None = None
        self.findings: list[Finding] = []
        self.fault: Fault | None = None
        self.value: Value | None = statement.value
        self.error: Value = statement.error
        self.expected: Value | None = None
        self.remark = ""
        self.times = 1

    def __repr__(self) -> str:
        return f"<{self.verdict} {self.statement!r} {self.quantity and self.quantity.what} {self.findings}>"

    @property
    def layer(self) -> str | None:
        """The layer or group it was matched with."""
        if self.part is not None:
            return self.part.shown
        return self.quantity.what if self.quantity is not None else None

    @property
    def delta(self) -> Value:
        """By how much a sum is off that carries its value."""
        if self.expected is None or self.value is None:
            return 0
        return self.value - self.expected
