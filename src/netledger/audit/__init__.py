"""Is that calculation right? Text → statements → matched with layers → verdicts and causes.

>>> result = audit("conv2: (5*5)*96*256 + 256 = 614656", "alexnet")
>>> result.verdict, result.findings[0].kind, result.findings[0].expected
('wrong', 'missing_groups', 307456)
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.claims import ClaimsVerdict
    from netledger.audit.result import AuditResult

__all__ = ["audit"]


def audit(text: str, against: object = None) -> AuditResult | ClaimsVerdict:
    """Judge a calculation against a network: anything that :func:`netledger.sources.read` reads.

    Without a network the arithmetic and the inner consistency are checked, and the catalogue is searched for the one
    that these numbers describe; a text that only claims sizes ("AlexNet has 60M parameters") is held against every
    published form. The answer has ``verdict`` (``right``, ``wrong``, ``unread``), ``lines``, ``findings`` and ``total``
    (``claims`` for claims), and prints itself. A text longer than anybody's calculation is a ``LimitError``.

    >>> print(audit("fc8: 4096*1000 + 1000 = 4,097,000", "alexnet").lines[0].verdict)
    right
    >>> print(audit("AlexNet has 62,378,344 parameters").claims[0].network)
    alexnet/ungrouped
    """
    if against is None:
        from netledger.audit.deciding import audit_alone

        return audit_alone(text)
    from netledger.audit.auditing import audit_against
    from netledger.audit.identify import elsewhere
    from netledger.sources import read

    network = read(against)
    result = audit_against(text, network)
    return result.replace(elsewhere=elsewhere(text, network, result)) if result.verdict == "wrong" else result
