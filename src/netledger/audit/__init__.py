"""Is that calculation right? Text → passages → statements → what they mean → one verdict, with causes and places.

>>> result = audit("conv2: (5*5)*96*256 + 256 = 614656", "alexnet")
>>> result.verdict, result.findings[0].kind, result.findings[0].expected
('wrong', 'missing_groups', 307456)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.result import AuditResult

__all__ = ["audit"]


def audit(text: str, against: object = None) -> AuditResult:
    """Judge a calculation, a claim or a whole page.

    ``against`` is the network to judge by: anything that :func:`netledger.sources.read` reads. Without it the network
    is the one that the text names or describes, or one of the catalogue that several of its formulas agree with; else
    only the arithmetic is checked, and the answer says so. A text longer than anybody's is a ``LimitError``.

    >>> print(audit("fc8: 4096*1000 + 1000 = 4,097,000", "alexnet").lines[0].verdict)
    right
    >>> audit("total: 2000 + 3000 = 5100").findings[0].expected
    5000
    """
    from netledger.audit.page import judge_page

    if not isinstance(text, str):
        from netledger.errors import UsageError

        raise UsageError(f"an audit is of text, not of {type(text).__name__}")
    if against is None:
        return judge_page(text, None)
    from netledger.sources import read

    return judge_page(text, read(against))
