"""A text without a network: a calculation, or claims about sizes?"""

from __future__ import annotations

from netledger.audit.reading.reader import read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.claims import ClaimsVerdict
    from netledger.audit.result import AuditResult

_CLAIM_LINES = 3
"""A text of more lines than this is a calculation or a table, whatever stands in it."""


def audit_alone(text: str) -> AuditResult | ClaimsVerdict:
    """Judge a text that names no network to judge by.

    >>> audit_alone("AlexNet has 60M parameters").verdict
    'right'
    """
    if is_claim(text):
        from netledger.audit.claims import judge_claims

        answer = judge_claims(text)
        if answer.claims:
            return answer
    from netledger.audit.identify import audit_without_network

    return audit_without_network(text)


def is_claim(text: str) -> bool:
    """Whether a text states sizes without working anything out.

    >>> is_claim("61.1M params / 233 MB"), is_claim("fc8: 4096*1000 + 1000 = 4097000")
    (True, False)
    """
    lines = [line for line in text.splitlines() if line.strip()]
    if not lines or len(lines) > _CLAIM_LINES or len(text) > 500:
        return False
    if any(sign in text for sign in "=×*→") or " x " in text:
        return False
    return not any(
        len([leaf for leaf in s.expression.node.numbers() if leaf.value > 1]) > 1
        for s in read(text.replace("/", ";")).statements
        if s.expression is not None and s.expression.node is not None
    )
