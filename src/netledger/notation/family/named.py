"""Sizes that keep their names: an integer that knows the polynomial of named sizes it was worked out by.

A family read with :class:`NamedSizes` makes the same network as ever; but each size in it, and each count of its books,
tells how it came about: the books' own arithmetic is done on the names beside the numbers.

>>> d, h = named("d", 768), named("h", 12)
>>> (4 * d * d + d), str(polynomial(4 * d * d + d)), str(polynomial(d // h * h))
(2360064, '4·d² + d', 'd')
"""

from __future__ import annotations

from netledger.formula.value import reduced
from netledger.notation.family.sizes import MISSING, Sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping
    from typing import Any

    Monomial = tuple[tuple[str, int], ...]
    Terms = dict[Monomial, tuple[int, int]]


class Polynomial:
    """Whole powers of names with rational coefficients, ``terms`` by monomial; ``⌊x/16⌋`` of an ``x`` is a name too."""

    __slots__ = ("terms", "_hash")

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._hash: int | None = None

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Polynomial) and self.terms == other.terms

    def __hash__(self) -> int:
        if self._hash is None:
            self._hash = hash(frozenset(self.terms.items()))
        return self._hash

    def __str__(self) -> str:
        return written(self)

    def plus(self, other: Polynomial, times: int = 1) -> Polynomial:
        """The sum with ``times`` the other."""
        terms = dict(self.terms)
        for monomial, (a, b) in other.terms.items():
            c, d = terms.get(monomial, (0, 1))
            numerator, denominator = reduced(c * b + times * a * d, b * d)
            if numerator:
                terms[monomial] = (numerator, denominator)
            else:
                terms.pop(monomial, None)
        return Polynomial(terms)

    def times(self, other: Polynomial) -> Polynomial:
        """The product."""
        result = Polynomial({})
        for first, (a, b) in self.terms.items():
            one = {_product(first, second): reduced(a * c, b * d) for second, (c, d) in other.terms.items()}
            result = result.plus(Polynomial(one))
        return result

    def inverse(self) -> Polynomial | None:
        """One over it; ``None`` where it has several terms."""
        if len(self.terms) != 1:
            return None
        ((monomial, (a, b)),) = self.terms.items()
        return Polynomial({tuple([(name, -power) for name, power in monomial]): reduced(b, a)})

    def at(self, values: Mapping[str, int]) -> int | None:
        """What it is worth where that is whole and every name has a value."""
        if not self.names() <= set(values) or any(values[name] == 0 for name in self.names()):
            return None
        total = (0, 1)
        for monomial, (above, below) in self.terms.items():
            for name, power in monomial:
                above *= values[name] ** max(power, 0)
                below *= values[name] ** max(-power, 0)
            total = reduced(total[0] * below + above * total[1], total[1] * below)
        return total[0] if total[1] == 1 else None

    def names(self) -> set[str]:
        """The names in it."""
        return {name for monomial in self.terms for name, _ in monomial}


def added(parts: Iterable[Polynomial]) -> Polynomial:
    """The sum of many."""
    counts: dict[Polynomial, int] = {}
    for part in parts:
        counts[part] = counts.get(part, 0) + 1
    total = Polynomial({})
    for part, times in counts.items():
        total = total.plus(part, times)
    return total


def constant(value: int) -> Polynomial:
    """A number."""
    return Polynomial({(): (int(value), 1)} if value else {})


def variable(name: str) -> Polynomial:
    """A name."""
    return Polynomial({((name, 1),): (1, 1)})


def _product(first: Monomial, second: Monomial) -> Monomial:
    powers = dict(first)
    for name, power in second:
        powers[name] = powers.get(name, 0) + power
    return tuple(sorted([item for item in powers.items() if item[1]]))


class NamedSize(int):
    """An integer with its polynomial. Its hash is of both: what is kept of a number is not kept of its name."""

    polynomial: Polynomial

    def __hash__(self) -> int:
        return hash((int(self), self.polynomial))

    def __eq__(self, other: object) -> bool:
        return int.__eq__(self, other) is True

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __add__(self, other: int) -> int:
        return _sum(self, other, 1)

    __radd__ = __add__

    def __sub__(self, other: int) -> int:
        return _sum(self, other, -1)

    def __rsub__(self, other: int) -> int:
        return _sum(other, self, -1)

    def __neg__(self) -> int:
        return _sum(0, self, -1)

    def __mul__(self, other: int) -> int:
        if not isinstance(other, int):
            return NotImplemented
        return _with(int.__mul__(self, other), polynomial(self).times(polynomial(other)))

    __rmul__ = __mul__

    def __floordiv__(self, other: int) -> int:
        return _quotient(self, other)

    def __rfloordiv__(self, other: int) -> int:
        return _quotient(other, self)


def named(name: str, value: int) -> NamedSize:
    """A number with a name."""
    return _with(value, variable(name))


def polynomial(value: int) -> Polynomial:
    """How a number came about; a number without a name is itself."""
    return value.polynomial if isinstance(value, NamedSize) else constant(value)


def _with(value: int, terms: Polynomial) -> NamedSize:
    result = NamedSize(value)
    result.polynomial = terms
    return result


def _sum(first: int, second: int, times: int) -> int:
    if not isinstance(first, int) or not isinstance(second, int):
        return NotImplemented
    return _with(int(first) + times * int(second), polynomial(first).plus(polynomial(second), times))


def _quotient(above: int, below: int) -> int:
    """A quotient that divides is one of polynomials (``d/h``); another is a name of its own (``⌊d/16⌋``)."""
    if not isinstance(above, int) or not isinstance(below, int):
        return NotImplemented
    value = int(above) // int(below)
    if int(above) % int(below) == 0:
        exact = divided(polynomial(above), polynomial(below))
        if exact is not None:
            return _with(value, exact)
    return named(f"⌊{_in_brackets(polynomial(above))}/{_in_brackets(polynomial(below))}⌋", value)


def divided(above: Polynomial, below: Polynomial) -> Polynomial | None:
    """The quotient where it is a polynomial: by one term always, by several where it goes without a rest."""
    inverse = below.inverse()
    if inverse is not None:
        return above.times(inverse)
    lead = max(below.terms)
    first = Polynomial({lead: below.terms[lead]}).inverse()
    quotient, rest = Polynomial({}), above
    assert first is not None
    for _ in range(2 * len(above.terms)):
        if not rest.terms:
            return quotient
        largest = max(rest.terms)
        step = Polynomial({largest: rest.terms[largest]}).times(first)
        quotient, rest = quotient.plus(step), rest.plus(step.times(below), -1)
    return None if rest.terms else quotient


# ---------------------------------------------------------------------- writing

_RAISED = str.maketrans("0123456789-", "⁰¹²³⁴⁵⁶⁷⁸⁹⁻")


def _in_brackets(terms: Polynomial) -> str:
    text = written(terms)
    return f"({text})" if len(terms.terms) > 1 or "/" in text else text


def written(terms: Polynomial, order: Callable[[Monomial], Any] | None = None) -> str:
    """``4·d² + d``: the highest powers first, then by ``order``."""
    monomials = sorted(terms.terms, key=lambda monomial: (-_degree(monomial), order(monomial) if order else monomial))
    text = " + ".join([_term(terms.terms[monomial], monomial) for monomial in monomials])
    return text.replace("+ -", "- ") or "0"


def _degree(monomial: Monomial) -> int:
    return sum([power for _, power in monomial])


def _term(ratio: tuple[int, int], monomial: Monomial) -> str:
    numerator, denominator = ratio
    above = [_power(name, power) for name, power in monomial if power > 0]
    below = [_power(name, -power) for name, power in monomial if power < 0]
    if denominator != 1:
        below.insert(0, f"{denominator:,}")
    if abs(numerator) != 1 or not above:
        above.insert(0, f"{abs(numerator):,}")
    text = ("-" if numerator < 0 else "") + "·".join(above)
    if not below:
        return text
    return f"{text}/{below[0]}" if len(below) == 1 else f"{text}/({'·'.join(below)})"


def _power(name: str, power: int) -> str:
    return name if power == 1 else name + str(power).translate(_RAISED)


# ---------------------------------------------------------------------- sizes

_LETTERS = {
    "vocab_size": "V", "hidden_size": "d", "n_embd": "d", "d_model": "d", "dim": "d", "intermediate_size": "f",
    "n_inner": "f", "d_ff": "f", "ffn_dim": "f", "hidden_dim": "f", "num_hidden_layers": "L", "n_layer": "L",
    "n_layers": "L", "num_layers": "L", "num_attention_heads": "h", "n_head": "h", "n_heads": "h", "num_heads": "h",
    "num_key_value_heads": "k", "head_dim": "c", "d_kv": "c", "n_positions": "P", "max_position_embeddings": "P",
    "num_experts": "E", "num_local_experts": "E", "n_routed_experts": "E", "num_experts_per_tok": "e",
    "moe_intermediate_size": "m", "n_shared_experts": "s", "q_lora_rank": "q", "kv_lora_rank": "r",
    "encoder_layers": "L_e", "decoder_layers": "L_d", "num_decoder_layers": "L_d", "encoder_ffn_dim": "f_e",
    "decoder_ffn_dim": "f_d", "encoder_attention_heads": "h_e", "decoder_attention_heads": "h_d",
    "type_vocab_size": "Y", "image_size": "i", "patch_size": "p", "max_source_positions": "P_e",
    "max_target_positions": "P", "state_size": "N", "qk_rope_head_dim": "c_r", "qk_nope_head_dim": "c_n",
    "v_head_dim": "c_v", "linear_num_key_heads": "k_l", "linear_num_value_heads": "v_l",
}  # fmt: skip
"""What people write for the sizes of a configuration; another size is written by its own name."""


class Loops:
    """What the loops over named sizes made: for each its bound and, turn by turn, the range of layers."""

    __slots__ = ("found",)

    def __init__(self) -> None:
        self.found: list[tuple[Polynomial, list[tuple[int, int]]]] = []

    def add(self, bound: int, ends: list[int]) -> None:
        """One loop, by how many layers there were before its first turn and after each."""
        self.found.append((polynomial(bound), list(zip(ends, ends[1:], strict=False))))  # noqa: RUF007 - start-up

    def take(self, part: Loops, offset: int) -> None:
        """The loops of a part whose layers stand behind so many others."""
        for bound, turns in part.found:
            self.found.append((bound, [(start + offset, end + offset) for start, end in turns]))


class NamedSizes(Sizes):
    """Sizes that keep their names. ``factors`` multiplies some of them, by their symbols, to see what follows."""

    __slots__ = ("prefix", "keys", "factors", "loops", "inputs")

    def __init__(self, given: Mapping[str, Any], prefix: str = "", whole: NamedSizes | None = None) -> None:
        super().__init__(given)
        self.prefix = prefix
        self.keys: dict[str, tuple[str, int]] = {} if whole is None else whole.keys
        self.factors: dict[str, int] = {} if whole is None else whole.factors
        self.inputs: list[str] = [] if whole is None else whole.inputs
        self.loops: Loops | None = Loops()

    def inside(self, given: Mapping[str, Any], prefix: str) -> Sizes:
        """The sizes of a part, named after it."""
        return NamedSizes(given, f"{self.prefix}{prefix}.", self)

    def size(
        self, key: str, default: Any = MISSING, *, null: Any = MISSING, also: Any = (), evenly: Any = None
    ) -> Any:  # fmt: skip
        """The size with its name; a default that is worked out of others keeps theirs."""
        value = super().size(key, default, null=null, also=also, evenly=evenly)
        if type(value) is int and value:
            value = self.asked[key] = self._named(key, value)
        return value

    def _named(self, key: str, value: int) -> NamedSize:
        letter = _LETTERS.get(key, key)
        symbol = self.prefix + letter if not self.prefix or letter == key else f"{letter}.{self.prefix.rstrip('.')}"
        known = self.keys.get(symbol)
        if known is not None and known[0] != self.prefix + key:
            symbol = self.prefix + key
        value *= self.factors.get(symbol, 1)
        self.keys[symbol] = (self.prefix + key, value)
        return named(symbol, value)

    def option(self, key: str, default: Any = MISSING, *, null: Any = MISSING, also: Any = ()) -> Any:
        """A whole number has its name too: the side of a picture where it is not a list of two."""
        value = super().option(key, default, null=null, also=also)
        if type(value) is int and value > 0:
            value = self.asked[key] = self._named(key, value)
        return value

    def input_shape(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """A row of tokens is ``S`` long (``S_2`` of a second input)."""
        shape = super().input_shape(shape)
        if len(shape) != 1 or type(shape[0]) is not int:
            return shape
        symbol = "S" if not self.inputs else f"S_{len(self.inputs) + 1}"
        self.inputs.append(symbol)
        value = shape[0] * self.factors.get(symbol, 1)
        self.keys[symbol] = ("positions", value)
        return (named(symbol, value),)
