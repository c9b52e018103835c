"""Why a value is not a layer's: the misconceptions that lead to it, the likeliest first.

Two ways lead to a cause: a misconception's own value (``misconceptions``), or the products as written, held factor by
factor against the true ones. Where nothing is written but a value, the size that would give it is worked out.
"""

from __future__ import annotations

from netledger.audit import misconceptions
from netledger.audit.factors import alike, difference, product
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.factors import Monomial
    from netledger.audit.truth import Factor, Part, Term, Truth


class Cause(Record):
    """A misconception that gives the value: its kind, a sentence, and its distance from the truth (0 = common slip)."""

    __slots__ = ("kind", "why", "cost")
    kind: str
    why: str
    cost: float

    def __init__(self, kind: str, why: str, cost: float) -> None:
        self._fill(kind, why, cost)


class Context:
    """What the text around a line tells: sizes bound or written in it, whether time steps or heads are spoken of."""

    __slots__ = ("words", "network_sizes", "heads", "_wrong")

    def __init__(self, truth: Truth, words: set[str]) -> None:
        self.words = words
        self._wrong: dict[int, dict[int, list[Cause]]] = {}
        sizes: set[int] = set()
        for part in truth.parts:
            for term in part.terms:
                sizes.update([size for _, size in term.factors])
        self.network_sizes = sizes
        self.heads = any(
            "head" in word or word in ("h", "n_heads", "注意力头", "heads", "num_heads", "헤드") for word in words
        )

    def wrong_values(self, part: Part, truth: Truth) -> dict[int, list[Cause]]:
        """``value → causes`` of a part by the table of misconceptions, worked out once."""
        kept = self._wrong.get(id(part))
        if kept is None:
            kept = self._wrong[id(part)] = {}
            for entry, wrong, why in misconceptions.of(part, truth):
                kept.setdefault(wrong, []).append(Cause(entry.kind, why, entry.cost))
        return kept

    def speaks_of(self, *beginnings: str) -> bool:
        """Whether any word of the text begins with one of these."""
        return any(word.startswith(beginnings) for word in self.words)


def causes(part: Part, truth: Truth, value: int, written: list[Monomial] | None, context: Context) -> list[Cause]:
    """The causes for ``value`` standing where ``part``'s count belongs, likeliest first; empty where none is known."""
    found: list[Cause] = []
    if value != truth.count(part):
        found.extend(context.wrong_values(part, truth).get(value, ()))
    if written is not None and part.terms:
        found.extend(_by_factors(part, truth, written, context))
        found.extend(_foreign_steps(part, written, context))
    found.extend(_by_value(part, truth, value, context, written))
    best: dict[str, Cause] = {}
    for cause in sorted(found, key=lambda cause: cause.cost):
        best.setdefault(cause.kind, cause)
    return list(best.values())


# ---------------------------------------------------------------------- factor by factor


def _by_factors(part: Part, truth: Truth, written: list[Monomial], context: Context) -> Iterator[Cause]:
    """Hold every product written against the true products of the layer."""
    terms = [term for term in part.terms if truth.bias or term.role == "weight"]
    if not 1 <= len(written) <= 6 or len(terms) > 6:
        return
    if _added(part, written):
        yield Cause("wrong_formula", f"the sizes of {part.shown} multiply: {part.written()}", 0.5)
        return
    waiting = list(terms)
    issues: list[tuple[list[int], list[Factor], str]] = []
    last_wrong = False
    for monomial in sorted(written, key=lambda m: -product(m)):
        best = max(waiting, key=lambda term: _likeness(monomial, term), default=None)
        if best is not None and len(monomial) == 1 and _is_single(best) and best is waiting[0]:
            pass  # so many inputs of one output
        elif best is None or alike(monomial, best.factors) < 0.3:
            bias = next((term for term in waiting if term.role == "bias"), None)
            if bias is not None and len(monomial) == 1 and len(bias.factors) == 1:
                waiting.remove(bias)
                issues.append((list(monomial), list(bias.factors), "bias"))
                continue
            if product(monomial) == part.biases:
                yield Cause("double_bias", f"the biases of {part.shown} are added twice", 1.2)
            return
        waiting.remove(best)
        ours, theirs = _flattened(part, best, monomial) or difference(monomial, best.factors)
        if ours or theirs:
            issues.append((ours, theirs, best.role))
            last_wrong = best.role == "weight" and len(monomial) > 2 and ours == [monomial[-1]]
    missing = [term for term in waiting if term.role == "bias"]
    if len(waiting) != len(missing) or not issues:
        return
    weight = [issue for issue in issues if issue[2] == "weight"]
    if not weight:
        return
    unbiased = all(term.role == "weight" for term in terms)
    out_wrong = any(issue[2] == "bias" for issue in issues) or (unbiased and last_wrong)
    kinds = {_name(part, ours, theirs, out_wrong, context) for ours, theirs, _ in weight}
    if part.family == "conv" and any(_may_be_kernel(part, ours, theirs) for ours, theirs, _ in weight):
        yield Cause("wrong_kernel", f"the kernel of {part.shown} has three sides: {part.written()}", -0.1)
    if len(kinds) == 1:
        kind, why = kinds.pop()
        if kind:
            yield Cause(kind, why, 0.8 + (0.7 if missing else 0))


def _added(part: Part, written: list[Monomial]) -> bool:
    """``20 + 50 + 1`` for a matrix of 20·50: sizes added that should be multiplied."""
    weight = part.terms[0]
    sizes = [size for _, size in weight.factors if size > 1]
    single = [monomial[0] for monomial in written if len(monomial) == 1]
    return len(sizes) == 2 and len(single) == len(written) and all(size in single for size in sizes)


def _likeness(monomial: Monomial, term: Term) -> float:
    """How much a product is a term; one of several factors is rather a weight's than a bias."""
    weight = term.role == "weight" and 1 < len(monomial) <= len(term.factors)
    return alike(monomial, term.factors) + (0.25 if weight else 0)


def _is_single(term: Term) -> bool:
    """Whether a matrix has one row or column, so that one factor is all of it."""
    return term.role == "weight" and len([size for _, size in term.factors if size > 1]) == 1


def _flattened(part: Part, term: Term, monomial: Monomial) -> tuple[list[int], list[Factor]] | None:
    """``16*16*32*64`` for 2048·64: the last factor is the outputs, what stands before it a wrong number of inputs."""
    width, out = term.size("in"), term.size("out")
    if part.family != "linear" or term.role != "weight" or len(monomial) < 3 or monomial[-1] != out or width == out:
        return None
    rest = monomial[:-1]
    if not difference(rest, (("in", width),))[1]:
        return None
    return [product(rest)], [("in", width)]


def _may_be_kernel(part: Part, ours: list[int], theirs: list[Factor]) -> bool:
    """A factor missing in three dimensions that is a side of the kernel as well as the number of channels."""
    sides = [size for name, size in part.terms[0].factors if name == "k"]
    return len(sides) == 3 and not ours and len(theirs) == 1 and theirs[0][1] in sides


def factor_cause(part: Part, term: Term, monomial: Monomial, context: Context) -> Cause:
    """The cause of one product that is not the term it stands for."""
    ours, theirs = difference(monomial, term.factors)
    kind, why = _name(part, ours, theirs, False, context)
    return Cause(kind or "wrong_formula", why or f"{term.name} of {part.shown} is {term.value:,}", 1)


def _foreign_steps(part: Part, written: list[Monomial], context: Context) -> Iterator[Cause]:
    """A factor in a recurrent layer's formula that is none of its sizes: most likely the number of time steps."""
    if part.family not in ("lstm", "gru", "rnn"):
        return
    own = {size for term in part.terms for _, size in term.factors} | {1, 2, 3, 4}
    foreign = {factor for monomial in written for factor in monomial if factor not in own and factor > 0}
    if foreign:
        told = context.speaks_of("time", "step", "seq", "length", "maxlen")
        width = part.terms[0].size("in")
        if width > 1 and any(factor % width == 0 and factor > width and factor != width * width for factor in foreign):
            yield Cause("timesteps_counted", f"{part.shown} reads {width:,} values at each of its steps", 0.5)
        shown = ", ".join([f"{factor:,}" for factor in sorted(foreign)[:2]])
        why = f"{shown} is no size of {part.shown}: time steps do not enter, {part.written()}"
        yield Cause("timesteps_counted", why, 1.6 if told else 2.2)


def _name(part: Part, ours: list[int], theirs: list[Factor], out_wrong: bool, context: Context) -> tuple[str, str]:
    """The kind of mistake that a difference of factors is; "" where it has no name."""
    wrong, symbols = product(ours), {name for name, _ in theirs}
    true = product([size for _, size in theirs])
    if not theirs:
        single = next(
            (name for name in ("out", "in") if part.sizes.get(name) == 1 and part.family in ("linear", "conv")), None
        )
        if single is not None and len(ours) == 1:
            return _sized(part, single, 1, wrong)
        return _extra_factor(part, wrong, context)
    if symbols <= {"k"}:
        return (
            "wrong_kernel",
            f"the kernel of {part.shown} has {product([s for n, s in part.terms[0].factors if n == 'k'])} values",
        )
    if "gates" in symbols and len(theirs) == 1:
        return "missing_gate_matrix", f"{part.shown} has {true} sets of weights, not {wrong}"
    if len(theirs) > 1:
        return "", ""
    name = theirs[0][0]
    ambiguous = part.sizes.get("in") == part.sizes.get("out") and name in ("in", "out")
    if name in ("in", "hidden") and ambiguous and out_wrong:
        name = "out"
    elif name == "out" and ambiguous and not out_wrong:
        name = "in"
    if name == "in" and not ours and part.family == "conv":
        return "missing_in_channels", f"every filter of {part.shown} reaches through all {true:,} input channels"
    return _sized(part, name, true, wrong)


def _sized(part: Part, name: str, true: int, wrong: int) -> tuple[str, str]:
    if name == "in" and part.sizes["groups"] > 1 and wrong == true * part.sizes["groups"]:
        return (
            "missing_groups",
            f"{part.shown} has {part.sizes['groups']} groups: each filter sees {true:,} of the {wrong:,} channels",
        )
    if name in ("in", "size") and part.features and part.family == "linear":
        return "wrong_flatten", f"flattening gives {true:,} values, not {wrong:,}"
    words = {
        "in": "inputs" if part.family != "conv" else "input channels",
        "out": "outputs" if part.family == "linear" else "output channels",
    }
    if part.family == "embedding":
        words = {"in": "rows", "out": "columns"}
    if name in ("in", "rank", "size", "features"):
        return "wrong_in_channels", f"{part.shown} has {true:,} {words.get(name, name)}, not {wrong:,}"
    if name in ("out", "hidden"):
        return "wrong_out_channels", f"{part.shown} has {true:,} {words.get(name, 'units')}, not {wrong:,}"
    return "", ""


def _extra_factor(part: Part, wrong: int, context: Context) -> tuple[str, str]:
    """A factor too many: groups, positions, heads, time steps, repetitions."""
    groups, positions = part.sizes["groups"], part.sizes.get("positions", 0)
    if wrong <= 1:
        return "", ""
    if groups > 1 and wrong == groups:
        return (
            "missing_groups",
            f"{part.shown} has {groups} groups: each filter sees only {part.sizes['in'] // groups:,} channels",
        )
    if part.family in ("conv", "depthwise", "separable", "partial") and (
        wrong == positions or _square(wrong) or wrong >= 64
    ):
        return (
            "feature_map_multiplied",
            f"weights are shared by all positions: the feature map's {wrong:,} do not multiply them",
        )
    if part.family in ("lstm", "gru", "rnn"):
        return "timesteps_counted", f"the same weights serve every time step: {wrong:,} does not multiply them"
    if part.family in ("linear", "norm", "embedding"):
        if context.heads and wrong <= 128:
            return "multiplied_by_heads", f"the heads share one matrix of full width: ×{wrong} counts it {wrong} times"
        if context.speaks_of("seq", "time", "step", "length", "token", "max_len"):
            return "timesteps_counted", f"the same weights serve every position: {wrong:,} does not multiply them"
        if _square(wrong) and part.features:
            return "wrong_flatten", f"{part.shown} reads {part.sizes['in']:,} values"
        return "shared_parameters_multiplied", f"{part.shown} is there once, not {wrong:,} times"
    return "", ""


def _square(value: int) -> bool:
    root: int = round(value**0.5)
    return root > 1 and root * root == value


# ---------------------------------------------------------------------- by value alone


def _by_value(
    part: Part, truth: Truth, value: int, context: Context, written: list[Monomial] | None
) -> Iterator[Cause]:
    """The one size that would make the value right."""
    if not part.terms or value <= 0:
        return
    extra = 0.0 if written is None else 1.5
    count = truth.count(part)
    if count and value % count == 0 and value > count:
        kind, why = _extra_factor(part, value // count, context)
        if kind and (kind != "feature_map_multiplied" or _square(value // count)):
            yield Cause(kind, why, 1.5 + extra)
    if len(part.terms) > 2 or part.terms[0].role != "weight":
        return
    weight = part.terms[0]
    width, out = weight.size("in"), weight.size("out")
    if width <= 1 and out <= 1:
        return
    for biases in {part.biases, 0} if truth.bias else {0}:
        rest = weight.value // width if width else 0
        if rest and (value - biases) % rest == 0:
            yield from _solved(part, "in", width, (value - biases) // rest, context, extra + (biases != part.biases))
    one = weight.value // out if out else 0
    for biases in {1 if part.biases else 0, 0} if truth.bias else {0}:
        if one and value % (one + biases) == 0:
            yield from _solved(
                part, "out", out, value // (one + biases), context, extra + (biases == 0 and part.biases > 0)
            )


def _solved(part: Part, name: str, true: int, size: int, context: Context, extra: float) -> Iterator[Cause]:
    """A size that is wrong: believable where it is one of the network's, or close to the true one."""
    if size == true or not 0 < size < 10**6:
        return
    known = size in context.network_sizes
    close = abs(size - true) <= max(2, true // 50) or size in (true * 2, true // 2)
    kind, why = _sized(part, name, true, size)
    if kind and (known or close or size > 2):
        yield Cause(kind, why, 1.5 + extra + (0 if known else 0.4 if close else 1.5))
