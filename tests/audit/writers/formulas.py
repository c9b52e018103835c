"""What a person writes for a layer: the textbook's formula as a tree, and the same with one fault.

A tree is a number, ``("*", …)``, ``("+", …)`` or ``("(", tree)``. Nothing of the auditor is used.
"""

from __future__ import annotations

import math


def value(tree):
    if isinstance(tree, int):
        return tree
    parts = [value(part) for part in tree[1:]]
    return math.prod(parts) if tree[0] == "*" else sum(parts)


def text(tree, sign="*", inside=False):
    if isinstance(tree, int):
        return str(tree)
    if tree[0] == "(":
        return f"({text(tree[1], sign)})"
    if tree[0] == "*":
        return sign.join(text(part, sign, True) for part in tree[1:])
    joined = " + ".join(text(part, sign) for part in tree[1:])
    return f"({joined})" if inside else joined


def times(*parts):
    return ("*", *parts)


def plus(*parts):
    return ("+", *parts) if len(parts) > 1 else parts[0]


def with_bias(weights, bias):
    return plus(weights, bias) if bias else weights


class Line:
    """A layer's line: its forms (the first is the plainest), its faults, weights and biases apart."""

    def __init__(self, entry, forms, faults, weights, biases):
        self.entry, self.forms, self.weights, self.biases = entry, forms, weights, biases
        self.value = value(forms[0])
        self.faults = {kind: tree for kind, tree in faults.items() if tree is not None and value(tree) != self.value}


def conv(entry, pick):
    k, i, o, g = entry["kernel"], entry["in"], entry["out"], entry.get("groups", 1)
    seen, b = i // g, o if entry["bias"] else 0
    weights = times(*k, seen, o)
    area = ("(", times(*k)) if len(k) > 1 else k[0]
    forms = [with_bias(weights, b), with_bias(times(area, seen, o), b)]
    if b:
        forms += [times(plus(times(*k, seen), 1), o), times(o, plus(times(*k, seen), 1)), plus(times(seen, o, *k), o)]
    wrong_in = i * 2 if i > 4 and g == 1 else None
    size = entry.get("map")
    other = [side + 2 if side == 3 else side - 2 for side in k]
    faults = {
        "missing_bias": weights if b else None,
        "double_bias": plus(times(plus(times(*k, seen), 1), o), o) if b else None,
        "missing_in_channels": with_bias(times(*k, o), b) if i > 1 and g == 1 else None,
        "missing_groups": with_bias(times(*k, i, o), b) if g > 1 else None,
        "wrong_in_channels": with_bias(times(*k, wrong_in, o), b) if wrong_in else None,
        "wrong_kernel": with_bias(times(*other, seen, o), b) if min(k) > 1 else None,
        "wrong_out_channels": with_bias(times(*k, seen, o + 8), o + 8 if b else 0),
        "swapped_dims": plus(weights, i) if b and i not in (1, o) and g == 1 else None,
        "feature_map_multiplied": times(("(", with_bias(weights, b)), size, size) if size and size > 3 else None,
    }
    return Line(entry, forms, faults, value(weights), b)


def linear(entry, pick):
    i, o, b = entry["in"], entry["out"], entry["out"] if entry["bias"] else 0
    shape = entry.get("flattened")
    inputs = shape if shape and pick.random() < 0.6 else (i,)
    weights = times(*inputs, o)
    forms = [with_bias(weights, b)]
    if b and len(inputs) == 1:
        forms += [times(plus(i, 1), o), times(o, plus(i, 1)), plus(times(o, i), o)]
    faults = {
        "missing_bias": weights if b else None,
        "double_bias": plus(times(plus(i, 1), o), o) if b and len(inputs) == 1 else None,
        "swapped_dims": plus(times(i, o), i) if b and i != o else None,
        "wrong_out_channels": with_bias(times(*inputs, o + 6), o + 6 if b else 0) if o > 1 else None,
        "wrong_in_channels": with_bias(times(i + 16, o), b) if not shape else None,
    }
    if shape:
        *sides, c = shape
        faults["wrong_flatten"] = with_bias(times(*[side + 1 for side in sides], c, o), b)
    return Line(entry, forms, faults, value(weights), b)


def norm(entry, pick):
    f = entry["features"]
    faults = {"counted_running_stats": times(4, f) if entry["type"] == "batchnorm" else None}
    return Line(entry, [times(2, f), times(f, 2), plus(f, f)], faults, f, f)


def embedding(entry, pick):
    n, d = entry["num"], entry["dim"]
    return Line(entry, [times(n, d), times(d, n)], {}, n * d, 0)


GATES = {"lstm": 4, "gru": 3, "rnn": 1}


def recurrent(entry, pick):
    g, i, h, vectors = GATES[entry["type"]], entry["input"], entry["hidden"], entry["bias_vectors"]

    def gates(n, *terms):
        return times(n, plus(*terms)) if n > 1 else plus(*terms)

    x, hh, b = times(i, h), times(h, h), times(2, h) if vectors == 2 else h
    forms = [gates(g, x, hh, b), gates(g, hh, x, b)]
    if vectors == 1:
        forms.append(times(g, plus(i, h, 1), h) if g > 1 else times(plus(i, h, 1), h))
    steps = pick.choice([20, 30, 50, 75])
    faults = {
        "missing_bias": gates(g, x, hh),
        "missing_second_bias": gates(g, x, hh, h) if vectors == 2 else None,
        "double_bias": gates(g, x, hh, times(2, h)) if vectors == 1 and g > 1 else None,
        "missing_gate_matrix": gates(g - 1, x, hh, b) if g > 1 else None,
        "recurrent_not_square": gates(g, x, h, b),
        "timesteps_counted": times(*([g] if g > 1 else []), plus(x, hh, b), steps) if steps not in (i, h) else None,
    }
    return Line(entry, forms, faults, g * (i * h + h * h), g * vectors * h)


def separable(entry, pick):
    k, i, o = entry["kernel"], entry["in"], entry["out"]
    deep, points = times(*k, i), times(i, o)
    faults = {
        "missing_bias": plus(deep, points),
        "wrong_out_channels": plus(deep, times(i, o + 8), o + 8),
        "wrong_kernel": plus(times(*[side + 2 for side in k], i), points, o),
    }
    return Line(entry, [plus(deep, points, o)], faults, value(deep) + i * o, o)


WRITERS = {
    "conv1d": conv, "conv2d": conv, "conv3d": conv, "linear": linear, "batchnorm": norm, "layernorm": norm,
    "embedding": embedding, "lstm": recurrent, "gru": recurrent, "rnn": recurrent, "separable_conv2d": separable,
}  # fmt: skip
