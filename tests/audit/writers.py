"""Random networks written down by random hands, right or with one fault: the truth is known by construction.

The formulas here are those of the textbooks, written out for each kind of layer; nothing of the auditor is used.
"""

from __future__ import annotations

import itertools

from tests.audit.corpus.networks import bn, conv, document, emb, flatten, linear, ln, pool, repeat, rnn


class Line:
    """One layer's line: the expression in a hand, its value, what its faults would be."""

    def __init__(self, layer, label, plain, value, faults):
        self.layer, self.label, self.plain, self.value, self.faults = layer, label, plain, value, faults


def _conv(entry, pick, label):
    k, i, o, g = entry["kernel"], entry["in"], entry["out"], entry.get("groups", 1)
    area = "*".join(map(str, k))
    size = 1
    for side in k:
        size *= side
    w = size * (i // g) * o
    b = o if entry["bias"] else 0
    forms = [f"{area}*{i // g}*{o}" + (f" + {o}" if b else ""), f"({area})*{i // g}*{o}" + (f" + {o}" if b else "")]
    if b:
        forms += [f"({area}*{i // g} + 1)*{o}", f"{o}*({area}*{i // g} + 1)", f"{i // g}*{o}*{area} + {o}"]
    faults = {}
    if b:
        faults["missing_bias"] = (f"{area}*{i // g}*{o}", w)
        faults["double_bias"] = (f"({area}*{i // g} + 1)*{o} + {o}", w + 2 * b)
    if i > 1 and g == 1:
        faults["missing_in_channels"] = (f"{area}*{o}" + (f" + {o}" if b else ""), size * o + b)
    if g > 1:
        faults["missing_groups"] = (f"{area}*{i}*{o}" + (f" + {o}" if b else ""), w * g + b)
    if i > 4 and g == 1:
        faults["wrong_in_channels"] = (f"{area}*{i * 2}*{o}" + (f" + {o}" if b else ""), 2 * w + b)
    if len(k) == 2 and k[0] == 3:
        faults["wrong_kernel"] = (f"5*5*{i // g}*{o}" + (f" + {o}" if b else ""), 25 * (i // g) * o + b)
    faults["wrong_out_channels"] = (
        f"{area}*{i // g}*{o + 8}" + (f" + {o + 8}" if b else ""),
        size * (i // g) * (o + 8) + (o + 8 if b else 0),
    )
    return Line(entry, label, pick.choice(forms), w + b, faults)


def _linear(entry, pick, label):
    i, o = entry["in"], entry["out"]
    b = o if entry["bias"] else 0
    forms = [f"{i}*{o}" + (f" + {o}" if b else "")] + ([f"({i} + 1)*{o}", f"{o}*({i} + 1)"] if b else [])
    faults = {}
    if b:
        faults["missing_bias"] = (f"{i}*{o}", i * o)
        faults["double_bias"] = (f"({i} + 1)*{o} + {o}", i * o + 2 * o)
        if i != o:
            faults["swapped_dims"] = (f"{i}*{o} + {i}", i * o + i)
    faults["wrong_out_channels"] = (f"{i}*{o + 6}" + (f" + {o + 6}" if b else ""), i * (o + 6) + (o + 6 if b else 0))
    return Line(entry, label, pick.choice(forms), i * o + b, faults)


def _bn(entry, pick, label):
    f = entry["features"]
    faults = {"counted_running_stats": (f"4*{f}", 4 * f)} if entry["type"] == "batchnorm" else {}
    return Line(entry, label, pick.choice([f"2*{f}", f"{f}*2", f"{f} + {f}"]), 2 * f, faults)


def _emb(entry, pick, label):
    return Line(
        entry,
        label,
        pick.choice([f"{entry['num']}*{entry['dim']}", f"{entry['dim']}*{entry['num']}"]),
        entry["num"] * entry["dim"],
        {},
    )


def _recurrent(entry, pick, label):
    g = {"lstm": 4, "gru": 3, "rnn": 1}[entry["type"]]
    i, h, nb = entry["input"], entry["hidden"], entry["bias_vectors"]
    bias = f"{nb}*{h}" if nb > 1 else f"{h}"
    inner = f"{i}*{h} + {h}*{h} + {bias}"
    value = g * (i * h + h * h + nb * h)
    forms = [f"{g}*({inner})" if g > 1 else inner]
    if nb == 1:
        forms.append(f"{g}*(({i} + {h} + 1)*{h})" if g > 1 else f"({i} + {h} + 1)*{h}")
    faults = {"missing_bias": (f"{g}*({i}*{h} + {h}*{h})", g * (i * h + h * h))}
    if nb == 2:
        faults["missing_second_bias"] = (f"{g}*({i}*{h} + {h}*{h} + {h})", g * (i * h + h * h + h))
    elif g > 1:
        faults["pytorch_double_bias"] = (f"{g}*({i}*{h} + {h}*{h} + 2*{h})", g * (i * h + h * h + 2 * h))
    if g > 1:
        faults["missing_gate_matrix"] = (f"{g - 1}*({inner})", (g - 1) * (i * h + h * h + nb * h))
    return Line(entry, label, pick.choice(forms), value, faults)


_WRITERS = {
    "conv1d": _conv, "conv2d": _conv, "conv3d": _conv, "linear": _linear, "batchnorm": _bn, "layernorm": _bn, "embedding": _emb,
    "lstm": _recurrent, "gru": _recurrent, "rnn": _recurrent,
}  # fmt: skip
KINDS = {
    "conv1d": "Conv1D",
    "conv2d": "Conv",
    "conv3d": "Conv3D",
    "linear": "Dense",
    "batchnorm": "BatchNorm",
    "layernorm": "LayerNorm",
    "embedding": "Embedding",
    "lstm": "LSTM",
    "gru": "GRU",
    "rnn": "RNN",
}


def network(pick):
    """A random network of one of several shapes."""
    return pick.choice([_cnn, _mlp, _sequence, _bn_cnn, _grouped])(pick)


def _cnn(pick):
    layers, i = [], pick.choice([1, 3, 4])
    for n in range(pick.randint(2, 4)):
        o = pick.choice([6, 8, 12, 16, 20, 24, 32, 48, 64, 96])
        layers += [conv(f"conv{n + 1}", i, o, pick.choice([3, 5, 7, 3])), pool(f"pool{n + 1}")]
        i = o
    side = pick.randint(3, 8)
    layers.append(flatten(side * side * i))
    width, out = pick.choice([50, 84, 100, 120, 128, 256]), pick.choice([2, 5, 10, 26, 100])
    return [*layers, linear("fc1", side * side * i, width), linear("fc2", width, out)]


def _mlp(pick):
    sizes = (
        [pick.choice([784, 300, 64, 1024, 30])]
        + [pick.choice([512, 256, 200, 100, 80, 48, 32]) for _ in range(pick.randint(1, 3))]
        + [pick.choice([1, 3, 10])]
    )
    return [linear(f"fc{n + 1}", a, b) for n, (a, b) in enumerate(itertools.pairwise(sizes))]


def _sequence(pick):
    d, h = pick.choice([50, 64, 100, 128]), pick.choice([20, 32, 40, 96])
    kind = pick.choice(["lstm", "gru", "rnn"])
    return [
        emb("embedding", pick.choice([1000, 5000, 20000]), d),
        rnn(kind, kind, d, h, pick.choice([1, 2])),
        linear("dense", h, pick.choice([1, 5, 20])),
    ]


def _bn_cnn(pick):
    layers, i = [], 3
    for n in range(pick.randint(2, 3)):
        o = pick.choice([16, 24, 32, 48, 64])
        layers += [conv(f"conv{n + 1}", i, o, 3, bias=False), bn(f"bn{n + 1}", o)]
        i = o
    return [*layers, linear("fc", i * 16, 10)]


def _grouped(pick):
    return [
        conv("conv1", 3, 32, 5),
        conv("conv2", 32, 64, 3, groups=pick.choice([2, 4])),
        conv("conv3", 64, 96, 3, groups=2),
        linear("fc", 96 * 9, 10),
    ]


def _label(entry, number, style):
    if style == "name":
        return entry["name"]
    if style == "kind":
        return f"{KINDS[entry['type']]} {number}"
    if style == "layer":
        return f"{entry['name']} layer"
    return ""


def written(pick, fault=False):
    """``(document, text, {line: (kind, expected)}, claimed total)``."""
    layers = network(pick)
    style = pick.choice(["name", "name", "kind", "layer", "none"])
    counts, lines = {}, []
    for entry in layers:
        if entry["type"] in _WRITERS:
            counts[entry["type"]] = counts.get(entry["type"], 0) + 1
            lines.append(_WRITERS[entry["type"]](entry, pick, _label(entry, counts[entry["type"]], style)))
    chosen = kind = None
    if fault:
        chosen = pick.choice([line for line in lines if line.faults] or lines)
        kind = pick.choice([*chosen.faults, "arithmetic"])
    sign = pick.choice(["*", "*", " * ", "x", " x ", "×", " × ", "·"])
    comma = pick.choice([True, False])
    form = pick.choice(
        [
            "{label}: {e} = {v}",
            "{label} = {e} = {v}",
            "{label}: {e} = {v} params",
            "- {label}: {e} = {v}",
            "{label} -> {e} = {v}",
            "| {label} | {e} | {v} |",
        ]
    )
    if style == "none":
        form = pick.choice(["{e} = {v}", "{e} = {v} parameters", "- {e} = {v}"])
    shown, faults, total, true = [], {}, 0, 0
    for number, line in enumerate(lines, 1):
        expression, value = line.plain, line.value
        if line is chosen and kind == "arithmetic":
            value += pick.choice([10, 100, -10, 90, 1000])
            faults[number] = (kind, line.value)
        elif line is chosen:
            expression, value = line.faults[kind]
            faults[number] = (kind, line.value)
        total += value
        true += line.value
        v = f"{value:,}" if comma else str(value)
        shown.append(form.format(label=line.label, e=expression.replace("*", sign), v=v))
    word = pick.choice(["Total: {v}", "total = {v}", "Total params: {v}", "sum: {v} parameters", ""])
    if "|" in form:
        word = pick.choice(["| Total | | {v} |", "| **Total** | | **{v}** |", ""])
    if word:
        shown.append(word.format(v=f"{total:,}" if comma else str(total)))
        if total != true:
            faults[len(shown)] = ("propagated", true)
    return document(layers), "\n".join(shown), faults, (total if word else None)


def transformer(pick):
    """A small transformer's document, for tests that need one."""
    d = pick.choice([64, 128])
    return document(
        [emb("wte", 1000, d), repeat("h", 4, ln("ln_1", d), linear("c_attn", d, 3 * d), linear("c_proj", d, d))]
    )
