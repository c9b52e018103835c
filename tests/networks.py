"""Small networks with known counts that several test folders show."""

from __future__ import annotations

from netledger.network import Layer, Network, Tensor, Unknown


def oddities() -> Network:
    """A layer without a rule, tied storage, repeated blocks, frozen weights, buffers, and a count that does not agree.

    By hand: embed 100·8 = 800; each of three blocks fc 8·8 + 8 = 72 and norm 8 + 8 = 16; head tied (0) - and ``wrong``
    stores 5·8 where its rule says 4·8, with a bias of 4.
    """
    layers = [
        Layer("ids", "input", {"shape": (16,)}),
        Layer("embed", "embedding", {"num_embeddings": 100, "embedding_dim": 8}, ("ids",)),
    ]
    value = "embed"
    for i in range(3):
        layers.append(Layer(f"blocks.{i}.fc", "linear", {"out_features": 8}, (value,)))
        layers.append(Layer(f"blocks.{i}.norm", "layer_norm", {"normalized_shape": (8,)}, (f"blocks.{i}.fc",)))
        value = f"blocks.{i}.norm"
    layers += [
        Layer("fixed", "linear", {"out_features": 8, "bias": False}, (value,), trainable=False),
        Layer("strange", "MyCustomOp", {"factor": 2}, ("fixed",)),
        Layer(
            "wrong",
            "linear",
            {"out_features": 4, "in_features": 8},
            ("fixed",),
            tensors=(Tensor("wrong.weight", "weight", (5, 8)), Tensor("wrong.bias", "bias", (4,))),
        ),
        Layer(
            "right",
            "linear",
            {"out_features": 4, "in_features": 8},
            ("fixed",),
            tensors=(Tensor("right.weight", "weight", (4, 8)), Tensor("right.bias", "bias", (4,))),
        ),
        Layer("head", "linear", {"out_features": 100, "bias": False}, ("fixed",), share="embed"),
        Layer("given_up", "relu", {}, ("head",), unknown=Unknown("its input depends on the data")),
    ]
    return Network("oddities", layers, title="What can be odd in a network", assumed=("the phase is TEST",))


HOSTILE = {
    "escape": "conv\x1b[31mred\x1b]0;title\x07",
    "bidi": "abc\u202egnp.exe\u2066",
    "markdown": "a|b`c`*d*_e_[f](javascript:g)<b>",
    "latex": r"\input{/etc/passwd}$x^2$%&#_{~}",
    "blank formula": "  =cmd|x",
    "formula": "=cmd|' /C calc'!A0",
    "plus": "+1+1",
    "at": "@SUM(A1)",
    "script": "</script><img src=x onerror=alert(1)>",
    "newline": "two\nlines\r\nand\ttabs",
    "zero width": "z\u200be\ufeffro",
    "surrogate": "half \ud800 pair",
    "long": "x" * 100_000,
}
"""Names that a file could give a layer, and that no output may carry as they are."""


def hostile(name: str) -> Network:
    """A network with that name in every place where foreign text goes."""
    layer = Layer(
        name,
        "linear",
        {"out_features": 2, "in_features": 3},
        ("before",),
        tensors=(Tensor(name, "weight", (2, 3), storage=name),),
        type=name,
        meta={"device": name},
    )
    unknown = Layer("odd", name, {}, (name,), unknown=Unknown(name))
    return Network(
        name, (Layer("before", "input", {"shape": (3,)}), layer, unknown), title=name, source=name, notes=(name,),
        published={name: name}, assumed=(name,),
    )  # fmt: skip
