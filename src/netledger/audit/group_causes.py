"""Why a line about several layers is wrong, where what should stand there is known from the rest of the calculation."""

from __future__ import annotations

from netledger.audit.diagnosis import Cause
from netledger.audit.factors import product
from netledger.audit.network_causes import is_output_projection
from netledger.audit.reading.words import family_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.quantities import Held
    from netledger.audit.truth import Part

FARTHEST = 64
"""A line further off than by this factor is not taken for a mistake about the layers at hand."""


def group_cause(judge: Judge, judgement: Judgement, expected: int, held: Held) -> Cause | None:
    r"""The cause for a line's value where ``expected`` should stand, which is what ``held`` has; None: not believed.

    >>> from netledger import audit
    >>> text = "fc1: 20*50 + 50 = 1050; 50*50 + 50 = 2550; fc2: 50*3 + 3 = 153; total 3753"
    >>> layers = "input(20)\nfc1 = linear(50)\nfc2 = linear(3)"
    >>> [finding.kind for finding in audit(text, layers).findings]
    ['extra_layer', 'propagated']
    """
    value = judgement.value
    if value is None:
        return None
    if expected == 0:
        return _too_much(judge, judgement, value)
    if judgement.statement.is_total:
        return Cause("wrong_sum", f"the lines add to {expected:,}", 1)
    parts = [part for part, _ in held]
    if not expected / FARTHEST <= value <= expected * 128:
        return None
    if isinstance(value, int) and not judgement.error:
        found = list(_exact(judge, judgement, value, expected, held))
        if found:
            return min(found, key=lambda cause: cause.cost)
    shown = " and ".join([part.shown for part in parts[:3]]) + (" …" if len(parts) > 3 else "")
    gate = _gate_missing(value, judgement.error, expected, held)
    if gate is not None:
        return gate
    kind = "wrong_value" if judgement.statement.expression is None else "wrong_formula"
    return Cause(kind, f"{shown or 'the rest of the network'} {'has' if len(parts) < 2 else 'have'} {expected:,}", 5)


def _too_much(judge: Judge, judgement: Judgement, value: object) -> Cause:
    families = set(judgement.statement.families())
    if not families:
        line = judge.calculation.lines.get(judgement.statement.line_no, "")
        words = "".join([letter if letter.isalnum() else " " for letter in line]).split()
        families = {family for family in map(family_of, words) if family is not None}
    name = judgement.statement.name or "this line"
    if families and families <= {"pool", "flatten"}:
        return Cause("counted_pooling", f"{name} has no parameters", 0)
    return Cause("extra_layer", f"the network has no such layer: {value:,} too many", 0)


def _exact(judge: Judge, judgement: Judgement, value: int, expected: int, held: Held) -> Iterator[Cause]:
    """Causes that give exactly the value."""
    truth = judge.truth
    if len(held) == 1 and truth.count(held[0][0]) == expected:
        yield from judge.causes(judgement, held[0][0])
    if value % expected == 0:
        yield _too_often(judge, judgement, value // expected, expected)
    if sum([truth.count(part) * times for part, times in held]) != expected:
        return
    yield from _like_each_other(judge, value, held)
    weights = sum([part.weights * times for part, times in held])
    if value < expected:
        yield from _short(judge, expected - value, expected, held)
        if weights <= value and len(held) > 1:
            missing = expected - value
            yield Cause("missing_bias", f"{missing:,} of the {expected - weights:,} biases are missing", 1.5)
    else:
        yield from _over(judge, judgement, value - expected, held)


def _too_often(judge: Judge, judgement: Judgement, often: int, expected: int) -> Cause:
    words = [word.lower() for word in [*judgement.statement.label, *judgement.statement.words]]
    if any("head" in word or "头" in word or "헤드" in word for word in words):
        return Cause(
            "multiplied_by_heads", f"the heads share one matrix of full width: {expected:,}, not ×{often}", 0.4
        )
    if any(word.startswith(("step", "time", "token", "seq", "position")) for word in words):
        return Cause("timesteps_counted", f"the same {expected:,} serve every step: not ×{often}", 0.4)
    if often == 2 and judge.context.speaks_of("gradient"):
        return Cause("gradients_counted", "a gradient for every parameter is counted too", 0.4)
    return Cause("shared_parameters_multiplied", f"those {expected:,} are there once, not {often} times", 1.2)


def _short(judge: Judge, short: int, expected: int, held: Held) -> Iterator[Cause]:
    """Something of the group is missing: a matrix, a norm, the biases, some of its repetitions."""
    counts = [judge.truth.count(part) * times for part, times in held]
    parts = [part for part, _ in held]
    norms = [part for part in parts if part.family in ("norm", "batchnorm")]
    in_norms = sum([count for count, part in zip(counts, parts, strict=True) if part in norms])
    if norms and len(norms) < len(parts) and in_norms == short:
        yield Cause("missing_norm", f"{norms[0].shown} ({short:,}) belongs to it too", 0.3)
    if sum([part.biases * times for part, times in held]) == short:
        yield Cause("missing_bias", f"the {short:,} biases are missing", 0.3)
    for (part, times), count in zip(held, counts, strict=True):
        if len(parts) > 1 and count == short:
            kind = "missing_norm" if part in norms else "missing_layer"
            kind = "missing_output_projection" if is_output_projection(part) or _is_square(parts) else kind
            kind = "missing_gate_matrix" if _is_gated(parts) else kind
            yield Cause(kind, f"{part.shown} ({short:,}) belongs to it too", 0.5)
        elif part.biases and part.biases * times == short:
            yield Cause("missing_bias", f"the {short:,} biases of {part.shown} are missing", 0.6)
    times = min([many for _, many in held])
    if times > 1 and expected % times == 0 and short % (expected // times) == 0:
        left = times - short // (expected // times)
        yield Cause("missing_layer", f"there are {times} of them, not {left}", 0.4)
    for start in range(len(parts)):
        for end in range(start + 2, len(parts) + 1):
            if end - start < len(parts) and sum(counts[start:end]) == short:
                shown = f"{parts[start].shown} … {parts[end - 1].shown}"
                yield Cause("missing_layer", f"{shown} ({short:,}) is missing", 1.0)


def _over(judge: Judge, judgement: Judgement, over: int, held: Held) -> Iterator[Cause]:
    """Something stands there that the group has not."""
    outputs = [part.sizes.get("out", 0) * times for part, times in held]
    if over in outputs or over == sum(outputs):
        yield Cause("double_bias", f"{over:,} biases are too many", 0.8)
    written = judge.matcher.written(judgement) or []
    if over in [product(monomial) for monomial in written]:
        yield Cause("extra_layer", f"the network has nothing that {over:,} of it stand for", 0.7)
    for part, times in held:
        if len(held) > 1 and judge.truth.count(part) * times == over:
            yield Cause("extra_layer", f"{part.shown} ({over:,}) is counted twice", 0.9)


def _like_each_other(judge: Judge, value: int, held: Held) -> Iterator[Cause]:
    """Layers of unequal size taken as if all were like one of them: key and value as wide as query."""
    if len(held) < 2 or len({part.family for part, _ in held}) != 1:
        return
    many = sum([times for _, times in held])
    for model, _ in held:
        if value not in (judge.truth.count(model) * many, model.weights * many):
            continue
        others = [part for part, _ in held if judge.truth.count(part) != judge.truth.count(model)]
        wrong = [name for name in ("in", "out", "hidden") if any(_differs(part, model, name) for part in others)]
        if not wrong:
            continue
        kind = "wrong_in_channels" if wrong[0] == "in" else "wrong_out_channels"
        told = ", ".join([f"{part.shown}: {part.written()}" for part in others[:3]])
        yield Cause(kind, f"not all of them are like {model.shown}: {told}", 0.3)


def _differs(part: Part, model: Part, name: str) -> bool:
    return part.terms[0].size(name) != model.terms[0].size(name)


def _is_square(parts: list[Part]) -> bool:
    """Four equal square matrices: the projections of an attention."""
    return len(parts) == 4 and len({part.weights for part in parts}) == 1 and _widths(parts) == 1


def _is_gated(parts: list[Part]) -> bool:
    """Three matrices of one size, not square: a gated feed-forward layer."""
    matrices = [part for part in parts if part.family == "linear"]
    return len(matrices) == 3 and len({part.weights for part in matrices}) == 1 and _widths(matrices) == 2


def _widths(parts: list[Part]) -> int:
    return len({size for part in parts for size in (part.sizes.get("in"), part.sizes.get("out"))})


def _gate_missing(value: object, error: object, expected: int, held: Held) -> Cause | None:
    """A rounded figure for two of a gated layer's three matrices."""
    parts = [part for part, _ in held]
    if not _is_gated(parts) or not isinstance(value, (int, float)) or not isinstance(error, (int, float)):
        return None
    if abs(float(value) - expected * 2 / 3) > max(float(error), 0.001 * expected):
        return None
    return Cause("missing_gate_matrix", f"it has three matrices, {parts[0].shown} among them: {expected:,}", 0.3)
