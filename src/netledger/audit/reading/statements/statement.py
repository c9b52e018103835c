"""One assertion of a calculation: a label, a chain of expressions, the value that is stated, and where it stands."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import BYTE_UNITS, family_of, is_total, ordinals_in, part_of, quantity_of
from netledger.audit.words import ACTUAL, ALL, AND, ELSE, NETWORK, NUMBER_OF

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.expressions.nodes import Node
    from netledger.audit.reading.tokens.tokenizing import Token, Value

TIMES_AS_MANY = "×"
"""The sign behind a number by which it tells how many times one count is another: ``8.6× fewer``."""


class Member:
    """One side of a relation: its expression (None where it is symbolic), further readings, the relation before it."""

    __slots__ = ("node", "others", "relation", "line_no", "words", "shape", "before", "tokens")

    def __init__(self, node: Node | None, relation: str, line_no: int) -> None:
        self.node, self.relation, self.line_no = node, relation, line_no
        self.others: list[Node] = []
        self.words: list[str] = []
        self.before: list[str] = []
        self.shape: tuple[int, ...] | None = None
        self.tokens: list[Token] = []


class Statement:
    """One assertion. ``members`` are those of its chain that have a value or a shape.

    ``label`` is what stands before it, ``inner`` the words in brackets there, ``words`` what stands after its numbers;
    ``quantity`` says what sort of number it is (``params`` where the words say so, ``""`` where nothing does);
    ``candidates`` are further numbers of the same table row that could be the one meant; ``symbolic`` the members
    without a value; ``aside`` an expression in another cell of the row that does not give the value; ``binding`` the
    name that it only gives a size; ``heading`` the nearest heading above; ``column`` the words above its column of a
    table; ``supposed`` whether a line above says that it only would be so; ``scale`` how the words
    count operations, ``macs`` or ``flops``; ``is_open`` whether it is about a layer that was not understood.
    """

    __slots__ = (
        "line_no", "label", "inner", "words", "members", "quantity", "candidates", "symbolic", "binding", "heading",
        "row", "times", "is_total", "approximate", "denied", "section", "aside", "supposed",
        "column", "scale", "is_open",
    )  # fmt: skip

    def __init__(self, line_no: int) -> None:
        self.line_no = line_no
        self.label: list[str] = []
        self.inner: list[str] = []
        self.words: list[str] = []
        self.members: list[Member] = []
        self.quantity = ""
        self.candidates: list[Node] = []
        self.symbolic: list[Member] = []
        self.binding = ""
        self.heading: list[str] = []
        self.supposed = False
        self.row = 0
        self.times = 1
        self.is_total = self.is_open = False
        self.approximate = False
        self.denied: list[Node] = []
        self.section = 0
        self.aside: Member | None = None
        self.column: list[str] = []
        self.scale = ""

    def __repr__(self) -> str:
        chain = " ".join([f"{m.relation} {m.node!r}" for m in self.members])
        return f"<{self.line_no} {' '.join(self.label)!r} {chain} [{self.quantity}]{' TOTAL' if self.is_total else ''}>"

    @property
    def shapes(self) -> list[tuple[int, ...]]:
        """The shapes in its chain."""
        return [member.shape for member in self.members if member.shape is not None]

    @property
    def expressions(self) -> list[Member]:
        """Members that hold something to work out."""
        return [member for member in self.members if member.node is not None and not member.node.is_bare]

    @property
    def stated(self) -> Member | None:
        """The number it ends in (or begins with, where the expression comes last); None where none is given."""
        bare = [member for member in self.members if member.node is not None and member.node.is_bare]
        if len(bare) >= 2 and bare[-1].relation in ("≈", "=", "|", "→") and _restates(bare[-1], bare[-2]):
            return bare[-2]
        return bare[-1] if bare else None

    @property
    def expression(self) -> Member | None:
        """The member that shows the factors: the one with the most numbers."""
        found = self.expressions
        return max(found, key=lambda m: len(m.node.numbers())) if found else None  # type: ignore[union-attr]

    @property
    def value(self) -> Value | None:
        """What it claims: the stated number, else what its expression gives."""
        member = self.stated or self.expression
        return None if member is None or member.node is None else member.node.value

    @property
    def error(self) -> Value:
        """How far the claimed value may be off by its rounding."""
        member = self.stated or self.expression
        return 0 if member is None or member.node is None else member.node.error

    @property
    def name(self) -> str:
        """Its label as one string."""
        return " ".join(self.label)

    def families(self) -> list[str]:
        """The families of layers that its label names (label first, then what stands in its brackets)."""
        found = [family_of(word) for word in self.label]
        lower = [word.lower() for word in self.label]
        if any(pair == ("feed", "forward") for pair in pairwise(lower)):
            found.append("ffn")
        inner = [family_of(word) for word in self.inner]
        if self.label:
            inner = [family for family in inner if family != "dropout"]  # "conv1 (relu)", "gates (input, output)"
        return [family for family in [*found, *inner] if family is not None]

    def place(self) -> int | None:
        """The place that an ordinal gives the layer, in its label or in the brackets there: ``fifth``, ``last`` -1."""
        told = ordinals_in(self.label) or ordinals_in(self.inner)
        return told[0] if told else None

    def ordinal(self) -> int | None:
        """The number that its label gives the layer: ``conv3`` 3, ``second layer`` 2, ``Linear layer 1`` 1, last -1."""
        told = self.place()
        if told is not None:
            return told
        for word in self.label:
            if word.isdigit() and len(word) <= 3:
                return int(word)
            digits = word[len(word.rstrip("0123456789")) :]
            squared = word[: len(word) - len(digits)].lower().endswith(tuple("0x 1x 2x 3x 5x 7x 9x".split()))
            if (
                digits
                and not squared
                and len(digits) <= 3
                and len(digits) < len(word)
                and word[0].isalpha()
                and family_of(word)
            ):
                return int(digits)
        return None


IN_ANOTHER_UNIT = 10_000
"""By what a number exceeds one that only says it again, in words that are not known."""


def _restates(rounded: Member, exact: Member) -> bool:
    """Whether a number only says again, rounded, what the one before it says: ``60,965,224 ≈ 61M``."""
    if rounded.node is None or exact.node is None:
        return False
    if rounded.relation == "≈" and 0 < rounded.node.value * IN_ANOTHER_UNIT < exact.node.value:
        return True  # "1.100.048.384 ≈ 1,1 miliar"
    if exact.node.error >= (rounded.node.error or 1):
        return False
    return abs(rounded.node.value - exact.node.value) <= max(rounded.node.error, abs(exact.node.value) * 0.05)


def _counts(word: str) -> bool:
    """``actual count``, ``actual parameters``: of the whole, where no layer is named."""
    return word in NUMBER_OF or quantity_of(word) == "params"


def measure(statement: Statement) -> None:
    """``params size (MB): 8.191``: a number whose unit stands in its label is in bytes."""
    node = statement.stated.node if statement.stated is not None and statement.expression is None else None
    token = node.token if node is not None else None
    said = [*statement.column, *statement.label, *statement.inner]
    unit = next((word for word in reversed(said) if word in MEASURES), None)
    if node is None or token is None or unit is None or token.unit or token.suffix != 1 or token.value == 0:
        return
    scale = BYTE_UNITS[unit.lower()]
    token.value, token.error, token.unit, token.suffix = token.value * scale, (token.error or 1) * scale, "bytes", scale
    node.value, node.error = token.value, token.error
    statement.quantity, statement.is_total = "bytes", False


def whole_bytes(statement: Statement) -> None:
    """``40 B`` in a column of memory, and behind ``20 * 2 B``, is 40 bytes, not 40 billion."""
    node = statement.stated.node if statement.stated is not None else None
    token = node.token if node is not None else None
    if statement.quantity == "bytes" and node is not None and token is not None and token.text.endswith("B"):
        if not token.unit and token.suffix == 10**9 and isinstance(token.value, int):
            token.value, token.error, token.unit = token.value // 10**9, 0, "bytes"
            node.value, node.error = token.value, 0


def mebioctets(statement: Statement) -> None:
    """``288 Mio`` of memory, in French, is in units of 2^20 bytes; elsewhere ``Mio`` is a million."""
    node = statement.stated.node if statement.stated is not None and statement.expression is None else None
    token = node.token if node is not None else None
    if statement.quantity != "bytes" or node is None or token is None or token.unit or not token.text.endswith(" Mio"):
        return
    scale = BYTE_UNITS["mib"] / token.suffix
    token.value, token.error, token.unit, token.suffix = token.value * scale, token.error * scale, "bytes", 2**20
    node.value, node.error = token.value, token.error


MEASURES = frozenset("KB MB GB TB KiB MiB GiB TiB".split())
"""Units that a label gives to its number."""


def quantity_in(words: list[str]) -> str:
    """The sort of number that the last telling word of a list announces."""
    for before, word in zip(["", *words][-2::-1], reversed(words), strict=False):
        found = quantity_of(word)
        if found == "shape" and word.lower() == "size" and before.lower() in NETWORK:
            return ""  # "model size 4996 + 4801 = 9797"
        if found is not None and not (found == "connections" and before.lower() in SKIPS):
            return found
    return ""


SKIPS = frozenset("skip residual shortcut".split())
"""Words before "connection" that make it a way past layers, nothing that is counted."""


def scale_in(words: list[str]) -> str:
    """How words count operations: ``macs``, ``flops`` or "" where they do not say.

    >>> scale_in(["GFLOPs"]), scale_in(["multiply-adds"]), scale_in(["operations"])
    ('flops', 'macs', '')
    """
    for word in reversed(words):
        lower = word.lower()
        if "flop" in lower:
            return "flops"
        if lower.rstrip("s").endswith("mac") or lower.startswith(("madd", "multiply-a", "multi-add", "mult-add")):
            return "macs"
    return ""


TOGETHER = frozenset((("all", "together"), ("in", "all"), ("all", "in")))
"""Two words that are a total."""


BOTH = {"weights", "biases"}
"""The two parts of which a layer's parameters are."""


def extended(label: list[str], words: list[str]) -> list[str]:
    """A label and, behind it, what other words say more: a row's name before that of its cell."""
    return [*label, *[word for word in words if word not in label]]


def total_in(words: list[str]) -> bool:
    """Whether a list of words names a total; ``all params`` does too.

    >>> total_in(["total", "params"]), total_in(["all", "params"]), total_in(["all", "layers"]), total_in(["all"])
    (True, True, False, True)
    """
    if not ELSE.isdisjoint([word.lower() for word in words]):
        return False  # "everything else"
    if len(words) == 1 and words[0].lower() in ALL:
        return True
    if len(words) == 2 and words[0].lower() == "all" and quantity_of(words[1]) == "params":
        return True
    if words and words[0].lower() in ALL and {part_of(word) for word in words[1:] if word.lower() not in AND} == BOTH:
        return True  # "all weights and biases"
    pairs = [(before.lower(), word.lower()) for before, word in pairwise(words)]
    if TOGETHER & set(pairs):
        return True
    if any(before in ACTUAL and _counts(word) for before, word in pairs) and not any(map(family_of, words)):
        return True
    return any(is_total(word) for word in words)
