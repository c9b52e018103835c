"""Budgets: a network kept below (or above) given totals, with the row that breaks one.

>>> from netledger.api import count
>>> [finding.ok for finding in check(count("alexnet"), max={"parameters": "61M", "macs": 700_000_000})]
[True, False]
"""

from __future__ import annotations

from netledger.errors import UsageError, nearest, or_list
from netledger.ledger import Ledger, keep_books
from netledger.limits import INTEGER_DIGITS
from netledger.records import Record
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.ledger import Entry
    from netledger.unknown import Number

QUANTITIES = (
    "parameters", "weights", "biases", "trainable", "frozen", "buffers", "macs", "flops", "neurons", "bytes", "layers",
    "memory",
)  # fmt: skip
"""What a budget can be about."""

_UNITS = {
    "": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12, "kb": 10**3, "mb": 10**6, "gb": 10**9,
    "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40, "million": 10**6, "billion": 10**9,
}  # fmt: skip


class Checked(Record):
    """One budget and how it stands.

    ``bound`` is ``max`` or ``min``; ``counted`` what the books say. ``ok`` is ``False`` too where an Unknown leaves it
    open. ``passed_at`` is the path of the layer where the running sum passes a maximum, ``biggest`` the layers that
    weigh most, with their share; ``assumed`` what was taken for granted.
    """

    __slots__ = ("bound", "quantity", "limit", "counted", "ok", "passed_at", "biggest", "assumed")
    bound: str
    quantity: str
    limit: int
    counted: Number
    ok: bool
    passed_at: str | None
    biggest: tuple[tuple[str, int], ...]
    assumed: tuple[str, ...]

    def __init__(
        self,
        bound: str,
        quantity: str,
        limit: int,
        counted: Number,
        ok: bool,
        passed_at: str | None = None,
        biggest: tuple[tuple[str, int], ...] = (),
        assumed: tuple[str, ...] = (),
    ) -> None:
        self._fill(bound, quantity, limit, counted, ok, passed_at, biggest, assumed)

    @property
    def open(self) -> bool:
        """Whether what is unknown leaves the answer open."""
        return (
            not self.ok
            and not isinstance(self.counted, int)
            and (self.counted.exact > self.limit) != (self.bound == "max")
        )

    def __str__(self) -> str:
        sign = "≤" if self.bound == "max" else "≥"
        state = "ok" if self.ok else "not known" if self.open else "BROKEN"
        at = f", passed at {self.passed_at}" if self.passed_at is not None else ""
        return f"{self.quantity} {self.counted:,}, budget {sign} {self.limit:,}: {state}{at}"


def check(
    network: object,
    *,
    max: Mapping[str, int | str] | None = None,
    min: Mapping[str, int | str] | None = None,
    context: int | None = None,
    weights: str | None = None,
    cache: str = "f16",
) -> tuple[Checked, ...]:
    """How a network stands to budgets like ``{"macs": "725M"}``: a Ledger, or what ``netledger.read`` takes.

    ``memory`` is what inference takes at ``context`` positions: ``weights`` as stored or in another type (``q4_k_m``),
    a ``cache`` of that type, state.
    """
    if isinstance(network, Ledger):
        ledger = network
    else:
        from netledger.sources import read

        ledger = keep_books(read(network))
    wanted = [("max", name, limit) for name, limit in (max or {}).items()]
    wanted += [("min", name, limit) for name, limit in (min or {}).items()]
    found = []
    for bound, name, limit in wanted:
        quantity, most = quantity_named(name), number(limit)
        if quantity == "memory":
            found.append(_memory(ledger, bound, most, context, weights, cache))
        else:
            found.append(_finding(ledger, bound, quantity, most))
    return tuple(found)


def quantity_named(name: str) -> str:
    """The quantity of that name; an unknown one is a ``UsageError`` with the nearest."""
    plain = name.strip().lower()
    plain = {"params": "parameters", "size": "bytes", "mult_adds": "macs"}.get(plain, plain)
    if plain not in QUANTITIES:
        near = nearest(plain, QUANTITIES)
        raise UsageError(
            f"no quantity '{name}': "
            + (f"did you mean {or_list(near)}?" if near else f"one of {', '.join(QUANTITIES)}")
        )
    return plain


def number(text: int | str) -> int:
    """A number as people write it: ``61M``, ``61,000,000``, ``232.6MiB``; what is no whole number is rounded down.

    >>> number("61M"), number("1.5 GiB"), number(7)
    (61000000, 1610612736, 7)
    """
    if isinstance(text, int):
        return text
    plain = text.strip().replace(",", "").replace("_", "").lower()
    digits = plain.rstrip("abcdefghijklmnopqrstuvwxyz ")
    unit = plain[len(digits) :].strip()
    whole, _, rest = digits.partition(".")
    if unit not in _UNITS or not (whole + rest).isdecimal() or not (whole + rest).isascii():
        raise UsageError(f"'{text}' is no number: write 61M, 61,000,000 or 250MB")
    if len(whole + rest) > INTEGER_DIGITS:
        raise UsageError(f"a number of more than {INTEGER_DIGITS} digits")
    scale: int = 10 ** len(rest)
    return int(whole + rest) * _UNITS[unit] // scale


def _memory(
    ledger: Ledger, bound: str, limit: int, context: int | None, weights: str | None, cache: str
) -> Checked:  # fmt: skip
    from netledger.predict.running import inference_of

    found = inference_of(ledger.network, context, ledger.batch, weights or ledger.dtype, cache)
    counted = found.total
    kept = least(counted) >= limit if bound == "min" else isinstance(counted, int) and counted <= limit
    cells = [f"{found.setting.context:,} positions, their cache in {cache}"] if found.cache else []
    return Checked(bound, "memory", limit, counted, kept, assumed=(*cells, *found.assumed))


def _finding(ledger: Ledger, bound: str, quantity: str, limit: int) -> Checked:
    counted = len(ledger) if quantity == "layers" else ledger.totals.as_dict()[quantity]
    if bound == "min":
        return Checked(bound, quantity, limit, counted, least(counted) >= limit)
    ok = isinstance(counted, int) and counted <= limit
    if ok:
        return Checked(bound, quantity, limit, counted, ok)
    values = [(entry.path, _value(entry, quantity)) for entry in ledger.entries]
    passed_at, sum_so_far = None, 0
    for path, value in values:
        sum_so_far += value
        if sum_so_far > limit:
            passed_at = path
            break
    biggest = sorted([item for item in values if item[1]], key=lambda item: -item[1])[:5]
    return Checked(bound, quantity, limit, counted, ok, passed_at, tuple(biggest))


def _value(entry: Entry, quantity: str) -> int:
    """A layer's exact part of a quantity."""
    if quantity == "layers":
        return 1
    if quantity == "neurons":
        from netledger.ledger.bookkeeping import neurons_of

        value = neurons_of(entry)
    elif quantity == "flops":
        return _value(entry, "macs") * 2
    elif quantity == "trainable":
        return _value(entry, "parameters") - _value(entry, "frozen")
    else:
        value = getattr(entry, quantity)
    return value if isinstance(value, int) else 0
