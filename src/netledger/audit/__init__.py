"""Is that calculation right? Text → statements → matched with layers → verdicts and causes.

>>> result = audit("conv2: (5*5)*96*256 + 256 = 614656", "alexnet")
>>> result.verdict, result.findings[0].kind, result.findings[0].expected
('wrong', 'missing_groups', 307456)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.result import AuditResult

__all__ = ["audit"]


def audit(text: str, against: object) -> AuditResult:
    """Judge a calculation against a network: anything that :func:`netledger.sources.read` reads.

    The answer has ``verdict`` (``right``, ``wrong``, ``unread``), ``lines``, ``findings`` and ``total``, and prints
    itself. A text longer than anybody's calculation is a ``LimitError``.

    >>> print(audit("fc8: 4096*1000 + 1000 = 4,097,000", "alexnet").lines[0].verdict)
    right
    """
    from netledger.audit.auditing import audit_against
    from netledger.sources import read

    return audit_against(text, read(against))
