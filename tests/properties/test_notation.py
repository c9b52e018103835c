"""Random networks survive the notation: text ↔ Network ↔ JSON loses nothing, and text is canonical at once."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from netledger.network import Layer, Network, Tensor
from netledger.notation import from_json, parse, to_json, to_text
from netledger.unknown import Unknown

NAMES = st.one_of(
    st.from_regex(r"[a-z_][a-z0-9_]{0,8}", fullmatch=True),
    st.from_regex(r"[a-z]{1,5}\.[0-3]\.[a-z]{1,5}", fullmatch=True),
    st.text(min_size=1, max_size=12).filter(lambda text: text.encode("utf-8", "ignore").decode() == text),
)
EVIDENCE = ("stored", "stored_values")
"""What a reader found in a file; a description that is written anew vouches for nothing of it."""
LITERALS = st.recursive(
    st.one_of(
        st.integers(-(10**30), 10**30), st.booleans(), st.none(), st.floats(allow_nan=False, allow_infinity=False),
        st.text(max_size=8).filter(lambda text: text.encode("utf-8", "ignore").decode() == text),
        st.builds(Unknown, st.from_regex(r"[a-z ]{1,9}", fullmatch=True)),
    ),
    lambda inner: st.lists(inner, max_size=3).map(tuple),
    max_leaves=6,
)  # fmt: skip
SIZES = st.integers(1, 64)


@st.composite
def layers(draw, path, values):
    kind = draw(st.sampled_from(["conv2d", "linear", "relu", "add", "Foreign", "odd kind", "dropout"]))
    attributes = {
        "conv2d": {"out_channels": 4, "kernel_size": draw(st.sampled_from([1, (1, 3), 3])), "in_channels": draw(SIZES)},
        "linear": {"out_features": draw(SIZES), "bias": draw(st.booleans()), "in_features": draw(SIZES)},
    }.get(
        kind,
        draw(st.dictionaries(st.from_regex(r"[a-z]{1,5}", fullmatch=True), LITERALS, max_size=2))
        if " " in kind
        else {},
    )
    # values of Unknown shape only, so that any layer may read any other
    inputs = tuple(draw(st.lists(st.sampled_from(values), max_size=2))) if values else ()
    outputs = (path,) if draw(st.booleans()) or kind == "add" else (f"{path}/out",)
    tensors = ()
    if draw(st.integers(0, 4)) == 0:
        tensors = (Tensor(draw(NAMES), "weight", (draw(SIZES), Unknown("n")), trainable=draw(st.booleans())),)
    return Layer(
        path, kind, attributes, inputs, outputs, tensors, draw(st.booleans()),
        draw(st.sampled_from([None, "float16"])), meta=draw(st.dictionaries(NAMES.filter(lambda name: name not in EVIDENCE), LITERALS, max_size=1)),
        unknown=draw(st.sampled_from([None, Unknown("why")])),
    )  # fmt: skip


@st.composite
def networks(draw):
    built, values = [], []
    for path in draw(st.lists(NAMES, unique=True, max_size=7)):
        layer = draw(layers(path, values))
        built.append(layer)
        values += [value for value in layer.outputs if value not in values]
    meta = draw(
        st.dictionaries(st.one_of(NAMES, st.sampled_from(["title", "comment_below", "for"])), LITERALS, max_size=2)
    )
    title, notes = draw(st.sampled_from([None, "Title"])), draw(st.sampled_from([(), ("a", "b")]))
    return Network("n", built, title, notes=notes, meta=meta)


@settings(max_examples=150, deadline=None)
@given(networks())
def test_text_and_json_lose_nothing(network):
    text = to_text(network)
    again = parse(text, "n")
    assert again == network
    assert to_text(again) == text
    assert from_json(json.loads(json.dumps(to_json(network)))) == network


@settings(max_examples=80, deadline=None)
@given(
    st.integers(0, 3), st.integers(2, 5), st.integers(1, 4), st.booleans(),
    st.lists(st.sampled_from(["relu", "tanh", "sigmoid"]), min_size=4, max_size=4),
)  # fmt: skip
def test_repeated_blocks_fold_and_unfold(first, times, length, residual, kinds):
    built = [Layer("x", "input", {"shape": (4,)})]
    last = "x"
    for turn in range(first, first + times):
        entry = last
        for i in range(length):
            path = f"s.{turn}.{kinds[i]}{i}"
            built.append(Layer(path, kinds[i], {}, (last,)))
            last = path
        if residual:
            built.append(Layer(f"s.{turn}.add", "add", {}, (last, entry)))
            last = f"s.{turn}.add"
    built.append(Layer("end", "relu", {}, (last,)))
    network = Network("n", built)
    text = to_text(network)
    assert parse(text, "n") == network
    assert f"range({first}, {first + times})" in text
    assert text.count("\n") <= length + 6
