"""Random networks of the shapes that people calculate: the document to judge by, with what a description needs."""

from __future__ import annotations

import itertools

from tests.audit.corpus.networks import bn, conv, conv1d, emb, flatten, linear, ln, pool, rnn

OURS = ("map", "flattened")
"""Keys that only the writers use; they are no part of the document."""


class Net:
    """Layers, and how the input looks: ``(height, width, channels)`` or ``(features,)``."""

    def __init__(self, layers, inputs, described=True):
        self.layers, self.inputs, self.described = layers, inputs, described

    def document(self):
        plain = [{key: v for key, v in layer.items() if key not in OURS} for layer in self.layers]
        counting = {"bias": True, "running_stats": False, "tied_counted_once": True}
        return {"network": "a network", "framework": "generic", "counting": counting, "architecture": plain}


def _flat(layers, side, channels, widths):
    layers.append(flatten(side * side * channels))
    i, shape = side * side * channels, (side, side, channels)
    for n, o in enumerate(widths):
        layers.append(linear(f"fc{n + 1}", i, o) | ({"flattened": shape} if n == 0 else {}))
        i = o
    return layers


def _convolutions(pick, count, norms=False, bias=True, widths=(8, 12, 16, 20, 24, 32, 48, 64, 96)):
    layers, i = [], pick.choice([1, 3, 4])
    side = pick.choice([4, 5, 6, 7]) * 2**count
    inputs = (side, side, i)
    for n in range(count):
        o = pick.choice([w for w in widths if w != i])
        k = pick.choice([3, 3, 5, 7])
        layers.append(conv(f"conv{n + 1}", i, o, k, bias=bias) | {"map": side, "padding": k // 2})
        layers += [bn(f"bn{n + 1}", o)] if norms else []
        layers.append(pool(f"pool{n + 1}"))
        side, i = side // 2, o
    return layers, inputs, side, i


def cnn(pick):
    layers, inputs, side, i = _convolutions(pick, pick.randint(2, 3))
    return Net(_flat(layers, side, i, [pick.choice([50, 84, 100, 120, 256]), pick.choice([2, 5, 10, 26])]), inputs)


def cnn_with_norms(pick):
    layers, inputs, side, i = _convolutions(pick, pick.randint(2, 3), norms=True, bias=False)
    return Net(_flat(layers, side, i, [pick.choice([2, 5, 10, 26])]), inputs)


def grouped(pick):
    g = pick.choice([2, 4])
    layers = [conv("conv1", 3, 32, 5) | {"padding": 2}, pool("pool1")]
    layers += [conv("conv2", 32, 64, 3, groups=g) | {"padding": 1}, pool("pool2")]
    layers.append(conv("conv3", 64, 96, 3, groups=2) | {"padding": 1})
    return Net(_flat(layers, 8, 96, [pick.choice([10, 50])]), (32, 32, 3))


def mlp(pick):
    middle = [pick.choice([512, 256, 200, 100, 80, 48, 32]) for _ in range(pick.randint(1, 3))]
    sizes = [pick.choice([784, 300, 64, 1024, 30]), *middle, pick.choice([1, 3, 10])]
    return Net([linear(f"fc{n + 1}", a, b) for n, (a, b) in enumerate(itertools.pairwise(sizes))], (sizes[0],))


def sequence(pick):
    d, h = pick.choice([50, 64, 100, 128]), pick.choice([20, 32, 40, 96])
    kind = pick.choice(["lstm", "gru", "rnn"])
    vocabulary = pick.choice([1000, 5000, 20000])
    vectors = pick.choice([1, 2])
    layers = [
        emb("embedding", vocabulary, d),
        rnn(kind, kind, d, h, vectors),
        linear("dense", h, pick.choice([1, 5, 20])),
    ]
    return Net(layers, (vocabulary,), described=vectors == 2)


def signal(pick):
    a, b = pick.choice([16, 24]), pick.choice([32, 48])
    layers = [
        conv1d("conv1", 1, a, 9),
        conv1d("conv2", a, b, 5),
        linear("fc1", b * 10, pick.choice([4, 6])) | {"flattened": (10, b)},
    ]
    return Net(layers, (1,), described=False)


def mobile(pick):
    a, b, c = pick.choice([16, 24, 32]), pick.choice([48, 64]), pick.choice([96, 128])
    layers = [conv("conv1", 3, a, 3, bias=False), bn("bn1", a)]
    for n, (i, o) in enumerate([(a, b), (b, c)]):
        layers.append({"type": "separable_conv2d", "name": f"sep{n + 1}", "in": i, "out": o, "kernel": [3, 3],
                       "depthwise_bias": False, "pointwise_bias": True})  # fmt: skip
    return Net([*layers, linear("fc", c, 10)], (32, 32, 3), described=False)


def block(pick):
    d, vocabulary, length = pick.choice([64, 96, 128]), pick.choice([1000, 5000, 8000]), pick.choice([100, 256])
    names = ("query", "key", "value", "output")
    layers = [emb("tokens", vocabulary, d), emb("positions", length, d)]
    layers += [linear(name, d, d) for name in names]
    layers += [ln("norm1", d), linear("mlp_up", d, 4 * d), linear("mlp_down", 4 * d, d), ln("norm2", d)]
    return Net([*layers, linear("head", d, pick.choice([2, 5, 12]))], (vocabulary,), described=False)


NETWORKS = (cnn, cnn, cnn_with_norms, grouped, mlp, mlp, sequence, signal, mobile, block)
