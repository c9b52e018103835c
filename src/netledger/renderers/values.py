"""How a value of a document becomes text; a renderer changes what it writes in its own way.

>>> writer = Writer()
>>> writer.write(1234567), writer.write((96, 55, 55)), writer.write(None)
('1,234,567', '96×55×55', '')
>>> Writer("ascii").write((96, 55, 55))
'96x55x55'
"""

from __future__ import annotations

from netledger.documents.model import Code, Emphasis, Quantity, Runs, Share, Signed, Verdict, Written
from netledger.formula import Formula
from netledger.limits import SHOWN_CHARACTERS
from netledger.printable import printable
from netledger.unknown import Count, Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from fractions import Fraction
    from typing import Any

    from netledger.documents.model import Value
    from netledger.network import Shape

_IN_ASCII = {
    "×": "x", "·": "*", "≥": ">=", "≤": "<=", "✓": "ok", "✗": "WRONG", "•": "-", "–": "-", "—": "-", "−": "-",
    "…": "...",
    "→": "->", "═": "=", "─": "-", "⌊": "floor(", "⌋": ")", "⌈": "ceil(", "⌉": ")", "≈": "~", "±": "+-", "²": "^2",
}  # fmt: skip


def can_show(encoding: str) -> bool:
    """Whether the signs that netledger writes exist in an encoding.

    >>> can_show("utf-8"), can_show("ascii"), can_show("no such encoding")
    (True, False, False)
    """
    if encoding.lower().replace("_", "-") in ("utf-8", "utf8", "utf-16", "utf-32"):
        return True
    try:
        "×·≥✓✗•–—…─⌊⌋⌈⌉".encode(encoding)
    except (UnicodeError, LookupError):
        return False
    return True


def in_encoding(text: str, encoding: str) -> str:
    r"""``text`` with what ``encoding`` cannot show written in ASCII, foreign letters as ``\u4f60``.

    >>> in_encoding("96×55 你", "ascii")
    '96x55 \\u4f60'
    """
    if text.isascii() or can_show(encoding):
        return text
    text = "".join([_IN_ASCII.get(character, character) for character in text])
    try:
        return text.encode(encoding, "backslashreplace").decode(encoding)
    except LookupError:
        return text.encode("ascii", "backslashreplace").decode("ascii")


def role_of(value: Value) -> str:
    """What a value is by itself: how a verdict was judged, else nothing."""
    return value.status if isinstance(value, Verdict) else ""


class _ByType(dict[type, "Callable[[Any], str]"]):
    """What writes a value of a type; what is made of another type (a size that nobody knows) is written as that one."""

    def __missing__(self, kind: type) -> Callable[[Any], str]:
        found = self[kind] = next(self[base] for base in kind.__mro__ if base in self)
        return found


class Writer:
    """Values as plain text. Subclasses override :meth:`escape` and single kinds of values.

    ``most`` characters of a foreign text are written; a paragraph may be longer (``PARAGRAPH``) than a cell.
    """

    PARAGRAPH = 2_000

    SIGNS = {"ok": "✓", "wrong": "✗", "note": "•", "unread": "?"}

    def __init__(self, encoding: str = "utf-8", most: int = SHOWN_CHARACTERS) -> None:
        self.encoding = encoding
        self.most = most
        self.rich = can_show(encoding)
        self.by_type = _ByType({kind: getattr(self, name) for kind, name in _METHODS.items()})
        self.known: dict[int, tuple[Formula, str]] = {}
        self.shapes: dict[Shape, str] = {}

    def write(self, value: Value) -> str:
        """Any value as text that is safe where it goes."""
        text: str = self.by_type[type(value)](value)
        return text

    def escape(self, text: str) -> str:
        """Foreign text, made safe for this output."""
        return printable(text, self.most)

    # -------------------------------------------------------------- kinds of values

    def string(self, value: str) -> str:
        return self.sign(self.escape(value))

    def sign(self, text: str) -> str:
        """Our own text in this output's encoding."""
        return text if self.rich or text.isascii() else in_encoding(text, self.encoding)

    def nothing(self, value: None) -> str:
        return ""

    def integer(self, value: int) -> str:
        return f"{value:,}"

    def unknown(self, value: Unknown) -> str:
        return "?"

    def count(self, value: Count) -> str:
        return self.sign("≥ ") + f"{value.exact:,}" if value.exact else "?"

    def formula(self, value: Formula) -> str:
        found = self.known.get(id(value))
        if found is None:  # kept with its text, so that nothing else gets its identity
            found = self.known[id(value)] = value, self.string(value.unicode() if self.rich else value.text())
        return found[1]

    def written(self, value: Written) -> str:
        formula, symbols = value.formula, value.symbols
        return self.string(formula.unicode(symbols=symbols) if self.rich else formula.text(symbols=symbols))

    def shape(self, value: Shape) -> str:
        found = self.shapes.get(value)
        if found is None:
            from netledger.layers.sizes import shape_text

            found = self.shapes[value] = self.sign(shape_text(value))
        return found

    def share(self, value: Share) -> str:
        if not value.whole:
            return ""
        tenths = (value.part * 2000 + value.whole) // (2 * value.whole)
        return f"{tenths // 10}.{tenths % 10}%"

    def quantity(self, value: Quantity) -> str:
        return fixed(value.number, value.digits, value.per) + (" " + self.string(value.unit) if value.unit else "")

    def signed(self, value: Signed) -> str:
        return f"{value.number:+,}" if value.number else "0"

    def code(self, value: Code) -> str:
        return self.string(value.text)

    def emphasis(self, value: Emphasis) -> str:
        return self.string(value.text)

    def runs(self, value: Runs) -> str:
        return "".join([self.write(part) for part in value.values])

    def verdict(self, value: Verdict) -> str:
        text = self.write(value.text)
        return self.sign(self.SIGNS[value.status]) + (" " + text if text else "")


def fixed(number: int | float | Fraction, digits: int, per: int = 1) -> str:
    """``number/per`` with ``digits`` after the point, exactly rounded where it is exact; thousands with commas.

    >>> fixed(243860896, 1, 10**6), fixed(232.5639, 1)
    ('243.9', '232.6')
    """
    if isinstance(number, float):
        return f"{number / per:,.{digits}f}"
    scale = 10**digits
    numerator, denominator = number.numerator * scale, number.denominator * per
    scaled = (abs(numerator) * 2 + denominator) // (2 * denominator)
    sign = "-" if numerator < 0 and scaled else ""
    return f"{sign}{scaled // scale:,}" + (f".{scaled % scale:0{digits}}" if digits else "")


_METHODS: dict[type, str] = {
    str: "string",
    type(None): "nothing",
    int: "integer",
    Unknown: "unknown",
    Count: "count",
    Formula: "formula",
    Written: "written",
    tuple: "shape",
    Share: "share",
    Quantity: "quantity",
    Signed: "signed",
    Code: "code",
    Emphasis: "emphasis",
    Runs: "runs",
    Verdict: "verdict",
}
"""Which method writes what."""
