"""Any arguments, any shapes: an effect that adds up, or one clear error; no other exception, no wrong zero."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from netledger.errors import NetledgerError
from netledger.layers import KINDS, apply, rule_for
from netledger.network import elements_of
from netledger.unknown import Unknown

OWN = sorted(kind for kind, module in KINDS.items() if not module.endswith((".operators", ".traced")))
small = st.integers(0, 6)
size = small | st.integers(0, 2**63 - 1)
integer = st.integers(-4, 6) | st.integers(-(2**63), 2**63)
sizes = size | st.lists(small, max_size=4).map(tuple) | st.lists(size, max_size=3).map(tuple)
number = st.integers(-3, 9) | st.floats() | st.sampled_from([0.5, 2.0])
dims = integer | st.lists(st.integers(-4, 4), max_size=4).map(tuple)
pads = st.integers(-3, 3) | st.sampled_from(["same", "valid"]) | st.lists(
    st.integers(-1, 3) | st.tuples(st.integers(-1, 3), st.integers(-1, 3)), max_size=3
).map(tuple)  # fmt: skip
dimension = small | size | st.just(Unknown("not said"))
shapes = st.lists(dimension, max_size=5).map(tuple) | st.just(Unknown("no shape"))
OF_TYPE: dict[str, st.SearchStrategy[Any]] = {
    "int": size,
    "integer": integer,
    "bool": st.booleans(),
    "str": st.sampled_from(["none", "mean", "ij,jk->ik", "...i,...i->...", "a,a", "->", "i...j", "x.y", ""]),
    "float": number,
    "Sizes": sizes,
    "Shape": shapes,
    "Padding": pads,
    "Scales": number | st.lists(number, max_size=3).map(tuple),
    "Dims": dims,
    "OutputSizes": sizes | st.lists(size | st.none(), max_size=3).map(tuple),
    "integers": st.lists(st.integers(-2, 8), max_size=4).map(tuple),
}


def arguments(kind: str) -> st.SearchStrategy[dict[str, Any]]:
    required, optional = {}, {}
    for parameter in rule_for(kind).parameters.values():
        base = parameter.type.removesuffix(" | None")
        drawn = OF_TYPE.get(base, st.none())
        if base != parameter.type:
            drawn = drawn | st.none()
        (required if parameter.required else optional)[parameter.name] = drawn
    return st.fixed_dictionaries(required, optional=optional)


@settings(max_examples=500, deadline=None)
@given(st.data(), st.sampled_from(OWN), st.lists(shapes, max_size=3).map(tuple), st.booleans())
def test_an_effect_or_a_clear_error(data: Any, kind: str, inputs: tuple[Any, ...], batched: bool) -> None:
    attributes = data.draw(arguments(kind))
    try:
        effect = apply(kind, attributes, inputs, batched)
    except NetledgerError as error:
        one_line = error.why.startswith(f"{kind}: ") and "\n" not in str(error)
        assert one_line
        return
    for formula in (effect.weights, effect.biases, effect.macs, effect.buffers, effect.other):
        assert isinstance(formula.count, Unknown) or formula.count >= 0
        assert formula.text()
        assert formula.latex(symbols=True)
    for roles, formula in ((("weight", "parameter"), effect.weights), (("bias",), effect.biases)):
        stored = [elements_of(slot.shape) for slot in effect.slots if slot.role in roles]
        if not any(isinstance(elements, Unknown) for elements in stored):
            assert isinstance(formula.count, Unknown) or formula.count == sum(stored)
    for shape in effect.outputs:
        assert isinstance(shape, Unknown) or all(isinstance(n, Unknown) or n >= 0 for n in shape), attributes
