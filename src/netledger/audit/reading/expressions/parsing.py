"""Tokens → an expression that keeps its factors: exact where the numbers are exact, with its rounding where not.

Words between the numbers are units and remarks (``10 inputs × 5 neurons``); a word where a number must stand makes the
expression symbolic, that is: read, but without a value. Brackets after a number are a factor or a remark; where both
could be meant there are several readings.
"""

from __future__ import annotations

from netledger.audit.reading.expressions.brackets import are_bytes_again, is_addition, is_arithmetic, makes, pairs_of
from netledger.audit.reading.expressions.nodes import Node, add, divide, multiply, negative, number, raise_to
from netledger.audit.reading.tokens.tokenizing import Token
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.words import AND
from netledger.errors import LimitError
from netledger.limits import NESTING

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.reading.tokens.tokenizing import Value

    Lookup = Callable[[str], "Value | None"]


class Symbolic(Exception):
    """A word stands where a number is needed."""


class Parsed:
    """What was read from some tokens: ``node`` (None: words only), ``before`` and ``after``: the names around it,
    ``remarks``: bracketed expressions that were taken for remarks, ``end``: where reading stopped, ``forks``: whether
    another reading exists.
    """

    __slots__ = ("node", "before", "after", "remarks", "end", "forks", "symbols")

    def __init__(self) -> None:
        self.node: Node | None = None
        self.before: list[Token] = []
        self.after: list[Token] = []
        self.remarks: list[list[Token]] = []
        self.end = 0
        self.forks = False
        self.symbols = False


def parse(tokens: list[Token], lookup: Lookup, *, factors: bool = True, start: int = 0) -> Parsed:
    """Read the expression at ``start``; ``factors`` takes a bracket after a number for a factor, else for a remark.

    Raises :class:`Symbolic` where a word stands for a number, ``FormulaError`` or ``LimitError`` where there is no
    value.
    """
    return _Parser(tokens, lookup, factors).run(start)


class _Parser:
    def __init__(self, tokens: list[Token], lookup: Lookup, factors: bool) -> None:
        self.tokens, self.lookup, self.factors = tokens, lookup, factors
        self.out = Parsed()
        self.depth = 0
        self.i = 0
        self.started = False
        self.pairs = pairs_of(tokens)

    def run(self, start: int) -> Parsed:
        self.i = start
        self.skip_words(self.out.before)
        if self.i < len(self.tokens):
            self.out.node = self.sum(len(self.tokens))
        self.out.end = self.i
        return self.out

    # -------------------------------------------------------------- grammar

    def sum(self, end: int) -> Node:
        terms = [self.signed(end)]
        while self.i < end and self.tokens[self.i].kind == "op" and self.tokens[self.i].text in "+-":
            sign = self.tokens[self.i].text
            self.i += 1
            term = self.product(end)
            terms.append(negative(term) if sign == "-" else term)
        if self.factors and self._added_in_brackets(end):
            terms.append(self.bracket())
        return add(terms)

    def _added_in_brackets(self, end: int) -> bool:
        """``8*8*4*32 (+32)``: the bias behind the product, in brackets."""
        close = self.pairs.get(self.i, -1) if self.i < end else -1
        inner = self.tokens[self.i + 1 : close] if close > 0 else []
        return bool(inner) and inner[0].text == "+" and is_addition(inner)

    def signed(self, end: int) -> Node:
        token = self.tokens[self.i] if self.i < end else None
        if token is not None and token.kind == "op" and token.text in "+-":
            self.i += 1
            node = self.product(end)
            return negative(node) if token.text == "-" else node
        return self.product(end)

    def product(self, end: int) -> Node:
        node = self.power(end)
        factors = [node]
        while self.i < end:
            token = self.tokens[self.i]
            if token.kind == "op" and token.text == "*":
                self.i += 1
                factors.append(self.power(end))
            elif token.kind == "op" and token.text == "/":
                self.i += 1
                factors[-1:] = (
                    [divide(multiply(factors), self.power(end))]
                    if len(factors) > 1
                    else [divide(factors[0], self.power(end))]
                )
                factors = factors[-1:]
            elif token.kind == "pct" and len(factors) > 1 and factors[-1].is_bare:
                self.i += 1
                factors[-1] = divide(factors[-1], number(100, 0, "100"))  # "312 TFLOPS × 50 %"
            elif not self.implicit(factors, end):
                break
        return multiply(factors)

    def implicit(self, factors: list[Node], end: int) -> bool:
        """A factor without a sign, or words to be passed over; False where the product ends."""
        token = self.tokens[self.i]
        if token.kind == "name" or (token.kind == "other" and token.text in "#@'\""):
            return self.unit_or_symbol(token, factors, end)
        if token.kind == "open" and self.i in self.pairs:
            return self.bracket_after(factors, end)
        if token.kind == "num" and not token.spaced and self.tokens[self.i - 1].kind == "close":
            factors.append(self.power(end))  # (11*11)3: a sign was eaten
            return True
        return False

    def unit_or_symbol(self, token: Token, factors: list[Node], end: int) -> bool:
        told = token.kind == "name" and self._names_a_layer(token)
        value = self.value_of(token.text) if token.kind == "name" and not told else None
        following = self.tokens[self.i + 1] if self.i + 1 < len(self.tokens) else None
        if value is not None and self.out.after and (following is None or following.kind == "rel"):
            if following is not None or self.out.after[-1].text.lower() in AND:
                value = None  # "… with n = 3", "d = 4096 and r = 16" give a size, and multiply nothing
        after_number = factors[-1].op == "number" or factors[-1].op == "symbol"
        if value is not None and (not token.spaced or after_number or len(token.text) == 1):
            self.out.symbols = True
            factors.append(self.power(end))
            return True
        if token.kind == "name" and not told and (is_variable(token.text) or self._is_letters(token)):
            following = self.tokens[self.i + 1] if self.i + 1 < end else None
            if not token.spaced or (following is not None and following.kind == "op" and following.text != "-"):
                raise Symbolic(token.text)
        self.out.after.append(token)
        self.i += 1
        return True

    def _names_a_layer(self, token: Token) -> bool:
        """``256 at conv1d_1 + 355 dense_1``: whose count a number is, as frameworks number layers; no factor."""
        stem, line, number_ = token.text.rpartition("_")
        behind = self.i > 0 and self.tokens[self.i - 1].kind == "name"
        return bool(stem and line) and number_.isdigit() and token.spaced and (behind or family_of(stem) is not None)

    def _is_letters(self, token: Token) -> bool:
        """``2rh``: two or three letters behind a number, of which one is a size."""
        short = 2 <= len(token.text) <= MOST_JOINED and not token.spaced and token.text.isalpha()
        return short and any(self.lookup(letter) is not None for letter in token.text)

    def bracket_after(self, factors: list[Node], end: int) -> bool:
        close = self.pairs[self.i]
        inner = self.tokens[self.i + 1 : close]
        if inner and inner[0].text == "+" and is_addition(inner):
            self.out.forks = True
            if self.factors:
                return False
        measured = any(token.kind == "num" and (token.unit or token.suffix > 1) for token in inner)
        if measured and not any(token.kind == "op" for token in inner):  # "54,411 (212.54 KB)"
            if self.tokens[self.i - 1].kind == "num" and are_bytes_again(factors[-1].token, inner[-1]):
                self._note_equal(inner)
            self.i = close + 1
            return True
        if makes(inner, factors):
            self._note_equal(inner)
            self.i = close + 1
            return True
        if (inner and inner[0].kind == "op") or not is_arithmetic(inner, self.value_of):
            self.out.remarks.append(inner)
            self.out.after.extend([token for token in inner if token.kind == "name"])
            self.i = close + 1
            return True
        self.out.forks = True
        if self.factors and self._works_out_count(factors, inner):
            factors[:] = [self.power(end)]
            return True
        worded = any(token.kind == "name" and self.value_of(token.text) is None for token in inner)
        following = self.tokens[close + 1] if close + 1 < end else None
        if self.out.after and not worded and following is not None and following.text in ("*", "/"):
            return False  # "2 filters so (3*7 + 1)*2 = 44": the bracket begins the formula
        if self.factors == worded or (self.out.after and not worded):
            self.out.remarks.append(inner)
            self.i = close + 1
            return True
        factors.append(self.power(end))
        return True

    def _note_equal(self, inner: list[Token]) -> None:
        """What stands in a bracket is the number before it once more."""
        first = inner[0]
        self.out.remarks.append([Token("rel", "=", first.start, first.start, False, first.line_no), *inner])

    def _works_out_count(self, factors: list[Node], inner: list[Token]) -> bool:
        """``2 LayerNorm (2*1024)``: so many of what is named, worked out in the bracket."""
        named = self.tokens[self.i - 1].kind == "name" and len(factors) == 1 and factors[0].is_bare
        product = len(inner) > 2 and all(token.kind == "num" or token.text == "*" for token in inner)
        return named and product and inner[0].value == factors[0].value

    def power(self, end: int) -> Node:
        base = self.atom(end)
        while self.i < end and self.tokens[self.i].kind == "op" and self.tokens[self.i].text == "^":
            self.i += 1
            sign = 1
            if self.i < end and self.tokens[self.i].kind == "op" and self.tokens[self.i].text == "-":
                self.i += 1
                sign = -1
            self.depth += 1
            if self.depth > NESTING:
                raise LimitError(f"nested deeper than {NESTING}")
            exponent = self.power(end)  # right-associative: 9^9^9 is refused by its exponent
            self.depth -= 1
            base = raise_to(base, negative(exponent) if sign < 0 else exponent)
        if base.is_bare and [token.text for token in self.tokens[self.i : self.i + 3]] == ["*", "10", "^"]:
            if self.i + 3 < end:
                self.i += 1
                return multiply([base, self.power(end)])  # "… / 1.56·10^14": one number
        return base

    def atom(self, end: int) -> Node:
        here = self.tokens[self.i : self.i + 2]
        if len(here) > 1 and here[0].text.lower() in FUNCTIONS and here[1].kind == "open":
            raise Symbolic(here[0].text)  # "the loss starts at 25*ln(65)"
        if self.started:
            self.skip_words(self.out.after)
        self.started = True
        if self.i >= end:
            raise Symbolic("")
        token = self.tokens[self.i]
        if token.kind == "num":
            self.i += 1
            node = number(token.value, token.error, token.text)
            node.token = token
            return node
        if token.kind == "open" and self.i in self.pairs:
            return self.bracket()
        if token.kind == "name":
            value = self.value_of(token.text)
            if value is not None:
                self.i += 1
                self.out.symbols = True
                node = Node("symbol", (), value, 0, token.text)
                node.name = token
                return node
        raise Symbolic(token.text)

    def bracket(self) -> Node:
        close = self.pairs[self.i]
        self.depth += 1
        if self.depth > NESTING:
            raise LimitError(f"nested deeper than {NESTING}")
        inner_end = self._relation_in(self.i + 1, close)
        self.i += 1
        if inner_end < close and self.tokens[self.i : inner_end] == []:
            raise Symbolic("")
        node = self.sum(inner_end)
        multiplied = self._is_behind_a_sign(close)
        while multiplied and self.i + 1 < inner_end and self.tokens[self.i].kind == "comma":
            self.i += 1
            node = multiply([node, self.sum(inner_end)])  # "3 * h * (d / h, d / h)": a matrix by its sides
        while self.i < inner_end and self.tokens[self.i].kind in ("name", "other", "stop", "gap", "pct"):
            self.i += 1
        if self.i < inner_end and not (self.tokens[self.i].kind == "comma" and self.i + 1 == inner_end):
            raise Symbolic(self.tokens[self.i].text)
        self.depth -= 1
        self.i = close + 1
        return node

    def _is_behind_a_sign(self, close: int) -> bool:
        """Whether the bracket that ends there is multiplied with what stands before it."""
        start = next((i for i, end in self.pairs.items() if end == close), 0)
        return start > 0 and self.tokens[start - 1].text == "*"

    def _relation_in(self, start: int, close: int) -> int:
        """Where the first member of an equation in brackets ends: ``(256·6·6 = 9,216)``."""
        i = start
        while i < close:
            if self.tokens[i].kind == "open" and i in self.pairs:
                i = self.pairs[i]
            elif self.tokens[i].kind == "rel":
                return i
            i += 1
        return close

    # -------------------------------------------------------------- words

    def skip_words(self, into: list[Token]) -> None:
        while self.i < len(self.tokens):
            token = self.tokens[self.i]
            if token.kind == "name" and "_" in token.text and self._goes_on(self.i + 1, "+*"):
                if self.value_of(token.text) is None:
                    raise Symbolic(token.text)  # "embedding_table + all_blocks"
            if (token.kind == "name" and self.value_of(token.text) is None) or (
                token.kind == "name" and into is self.out.before and self._starts_phrase()
            ):
                into.append(token)
            elif token.kind in ("other", "gap", "stop", "colon", "ratio"):
                pass
            elif token.kind == "open" and self._is_index():
                raise Symbolic(self.tokens[self.i - 1].text)
            elif token.kind == "open" and self.i in self.pairs:
                inner = self.tokens[self.i + 1 : self.pairs[self.i]]
                if into is self.out.before and self._only_describes(inner):
                    self.i = self.pairs[self.i] + 1
                    continue
                if any(t.kind in ("num", "op", "rel") for t in inner) or any(
                    t.kind == "name" and self.value_of(t.text) is not None for t in inner
                ):
                    return
                into.extend([t for t in inner if t.kind == "name"])
                self.i = self.pairs[self.i]
            else:
                return
            self.i += 1

    def _is_index(self) -> bool:
        """``shape[0]``: which of several, behind a name."""
        close = self.pairs.get(self.i, 0)
        named = self.i > 0 and self.tokens[self.i - 1].kind == "name" and not self.tokens[self.i].spaced
        alone = close == self.i + 2 and self.tokens[self.i + 1].kind == "num"
        return self.tokens[self.i].text == "[" and named and alone and self._goes_on(close + 1)

    def _goes_on(self, i: int, signs: str = "+-*/") -> bool:
        """Whether a sign of arithmetic follows."""
        return i < len(self.tokens) and self.tokens[i].kind == "op" and self.tokens[i].text in signs

    def _only_describes(self, inner: list[Token]) -> bool:
        """``conv1 (kernel 11, stride 4) has …``, ``conv1 (5x5) has …``: sizes of what was named, before words go on."""
        close = self.pairs[self.i]
        named = self.i > 0 and self.tokens[self.i - 1].kind == "name" and close + 1 < len(self.tokens)
        if (
            not named
            or self.tokens[close + 1].kind != "name"
            or not any(t.kind == "num" for t in self.tokens[close + 1 :])
        ):
            return False
        worded = any(t.kind == "name" and self.value_of(t.text) is None for t in inner) and not any(
            t.kind == "op" for t in inner
        )
        return worded or (
            all(t.kind == "num" or t.text == "*" for t in inner) and family_of(self.tokens[self.i - 1].text) is not None
        )

    def _starts_phrase(self) -> bool:
        """Whether a bound name begins a phrase of words, so that it is a label here."""
        following = self.tokens[self.i + 1] if self.i + 1 < len(self.tokens) else None
        return following is not None and following.kind in ("name", "num", "colon") and following.spaced

    def value_of(self, name: str) -> Value | None:
        found = self.lookup(name)
        if found is None and 2 <= len(name) <= MOST_JOINED and name.isascii() and name.isalpha():
            parts = [self.lookup(letter) for letter in name]
            if all(part is not None for part in parts):
                product: Value = 1
                for part in parts:
                    product *= part  # type: ignore[operator]
                return product
        return found


MOST_JOINED = 3
"""Names of one letter that are multiplied without a sign between them."""


FUNCTIONS = frozenset("ln log log2 log10 exp sqrt sin cos tanh".split())
"""Functions of which the value is none of the number in their brackets."""


def is_variable(name: str) -> bool:
    """Whether a name that has no value reads as a variable rather than as a unit word."""
    return (len(name) == 1 and name.isascii()) or "_" in name
