"""How much a network may grow: ``parameters=1%``, ``macs=0``, ``bytes=+5MB``, held against an earlier state.

>>> from netledger.api import count
>>> before, after = count("alexnet").totals, count("alexnet/ungrouped").totals
>>> [str(finding) for finding in increases(before, after, {"parameters": "1%", "biases": "0"})]
['parameters 62,378,344, budget ≤ 61,574,876: BROKEN', 'biases 10,568, budget ≤ 10,568: ok']
"""

from __future__ import annotations

from netledger.budgets import Checked, number, quantity_named
from netledger.errors import UsageError
from netledger.unknown import counted, exactly

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.ledger import Totals
    from netledger.unknown import Number

USUAL = {"parameters": "0", "macs": "0", "bytes": "0"}
"""What a baseline allows where nothing is said: nothing more of these."""


def increases(before: Totals | Mapping[str, Number], after: Totals, allowed: Mapping[str, str]) -> tuple[Checked, ...]:
    """A finding for each quantity: its maximum is the earlier count and what is allowed on top.

    Where the earlier count is not exact nothing can be held against it: a ``UsageError``.
    """
    earlier = before if not hasattr(before, "as_dict") else before.as_dict()
    now = after.as_dict()
    found = []
    for name, text in allowed.items():
        quantity = quantity_named(name)
        if quantity not in now or quantity not in earlier:
            raise UsageError(f"an increase of {quantity} is not held against anything: {', '.join(now)}")
        base = exactly(earlier[quantity])
        if base is None:
            raise UsageError(f"{quantity} of the earlier state is not known exactly: nothing can be held against it")
        limit = base + allowance(text, base)
        count = now[quantity]
        found.append(Checked("max", quantity, limit, count, isinstance(count, int) and count <= limit))
    return tuple(found)


def allowance(text: str, base: int) -> int:
    """What ``1%``, ``0.5 %``, ``+1M`` or ``0`` allow on top of a count, rounded down.

    >>> allowance("1%", 60_965_224), allowance("+1M", 7)
    (609652, 1000000)
    """
    plain = text.strip().removeprefix("+").strip()
    if not plain.endswith("%"):
        return number(plain)
    whole, _, rest = plain[:-1].strip().partition(".")
    if not (whole + rest).isdecimal() or not (whole + rest).isascii() or len(whole + rest) > 12:
        raise UsageError(f"'{text}' is no increase: write 1%, 0 or 500k")
    scale: int = 100 * 10 ** len(rest)
    return int(whole + rest) * base // scale


def totals_of_json(data: Any) -> dict[str, Number]:
    """The totals that a ledger's JSON holds, exact or not as they are there."""
    from netledger.unknown import Unknown

    totals = data.get("totals") if isinstance(data, dict) else None
    if not isinstance(totals, dict) or not str(data.get("schema", "")).startswith("netledger.ledger/"):
        raise UsageError("a baseline is a ledger as JSON: netledger show NETWORK -o ledger.json")
    least = totals.get("at_least")
    least = least if isinstance(least, list) else ()
    reason = frozenset((Unknown("not known in the baseline"),))
    return {
        name: counted(value, reason if name in least else frozenset())
        for name, value in totals.items()
        if isinstance(value, int)
    }
