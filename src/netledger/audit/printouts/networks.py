"""A judged printout → the network that it is: layers where their rule is known, else as many parameters as printed."""

from __future__ import annotations

from netledger.audit.printouts.formats.cells import product
from netledger.audit.printouts.printout import TENSOR_ROWS
from netledger.audit.printouts.tree import Tree, is_buffer
from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.network import Layer, Network
from netledger.network_builder import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.audit.printouts.alone import Settled
    from netledger.audit.printouts.judging import JudgedPrintout

TITLE = "the network that the text describes"
MOST_LAYERS = 20_000
GATES = (("lstm", 4), ("gru", 3), ("rnn", 1))


def network_of(judged: JudgedPrintout) -> Network | None:
    r"""The network of a printout; ``None`` where its counts are rounded or too many.

    >>> from netledger.audit.printouts.judging import judge_printout
    >>> from netledger.audit.printouts import read_printouts
    >>> text = "conv1.weight (6, 1, 5, 5) 150\nconv1.bias (6,) 6"
    >>> [(layer.path, layer.kind) for layer in network_of(judge_printout(read_printouts(text)[0]))]
    [('conv1', 'conv2d')]
    """
    printout = judged.printout
    if printout.described is not None:
        return printout.described.network
    if printout.tool in (TENSOR_ROWS, "fvcore"):
        tensors = [one for one in judged.settled if one.row.shape is not None or printout.tool == TENSOR_ROWS]
        layers = list(_of_tensors(tensors))
    else:
        layers = list(_of_rows(judged))
    if not layers or len(layers) > MOST_LAYERS or any(count is None for _, count in layers):
        return None
    known = [_checked(layer, count) for layer, count in layers if count]
    keras = printout.framework == "keras"
    return Network("described", tuple(known), title=TITLE, meta={"framework": "keras"} if keras else {})


def _checked(layer: Layer, count: int | None) -> Layer:
    """The layer where its rule gives the count, else so many parameters."""
    plain = Layer(layer.path, "parameter", {"shape": (count,)})
    if not layer.kind:
        return plain
    try:
        entry = keep_books(Network("one", (layer,))).entries[0]
    except NetledgerError:
        return plain
    statistics = entry.buffers if isinstance(entry.buffers, int) else 0
    learned = entry.parameters if isinstance(entry.parameters, int) else 0
    return layer if learned == count or (statistics and count == 2 * learned) else plain


# ---------------------------------------------------------------------- rows


def _of_rows(judged: JudgedPrintout) -> Iterator[tuple[Layer, int | None]]:
    tree = Tree(judged.printout)
    paths: list[str] = []
    used = Paths("-")
    for i, one in enumerate(judged.settled):
        row = one.row
        del paths[row.depth :]
        paths += [""] * (row.depth - len(paths))
        name = (
            row.name
            if judged.printout.tool != "torchinfo" or not row.depth
            else ".".join([*paths, row.name]).strip(".")
        )
        paths.append(row.name if row.depth else "")
        if row.again or row.count is None or not one.high or (i in tree.parts):
            continue
        count = int(one.low) if one.low == one.high else None
        path = used.take(name or row.shown)
        chosen = one.chosen if one.chosen is not None and one.chosen.count == count else None
        attributes: dict[str, Any] = dict(chosen.attributes) if chosen is not None else {}
        yield Layer(path, chosen.kind if chosen is not None else "", attributes), count


# ---------------------------------------------------------------------- tensors


def _of_tensors(tensors: list[Settled]) -> Iterator[tuple[Layer, int | None]]:
    owners: dict[str, list[Settled]] = {}
    for one in tensors:
        if not is_buffer(one.row):
            owners.setdefault(one.row.name.rpartition(".")[0], []).append(one)
    for owner, ones in _joined(owners).items():
        count = sum([int(one.low) for one in ones]) if all(one.low == one.high for one in ones) else None
        if owner and count and all(one.row.shape is not None for one in ones):
            shapes = {one.row.name[len(owner) + 1 :]: tuple([s or 0 for s in one.row.shape or ()]) for one in ones}
            layer = _layer(owner, shapes)
            if layer is not None and _checked(layer, count).kind != "parameter":
                yield layer, count
                continue
        for one in ones:
            shape = one.row.shape
            kind = "parameter" if shape and product(shape) == one.low else ""
            exact = int(one.low) if one.low == one.high else None
            yield Layer(one.row.name, kind, {"shape": shape} if kind else {}), exact


def _joined(owners: dict[str, list[Settled]]) -> dict[str, list[Settled]]:
    """Attention keeps its output's matrix in a module of its own: ``self_attn.out_proj.weight``."""
    for owner in list(owners):
        stem = owner.removesuffix(".out_proj")
        if stem != owner and any(one.row.name.endswith("in_proj_weight") for one in owners.get(stem, [])):
            owners[stem] += owners.pop(owner)
    return owners


def _layer(owner: str, shapes: dict[str, tuple[int, ...]]) -> Layer | None:
    """The layer whose tensors these are; ``None`` where their names and shapes are no layer's."""
    if "in_proj_weight" in shapes:
        width = shapes["in_proj_weight"][-1]
        sizes: dict[str, Any] = {"embed_dim": width, "num_heads": 1}
        return Layer(owner, "multihead_attention", sizes if "in_proj_bias" in shapes else {**sizes, "bias": False})
    if "weight_hh_l0" in shapes and "weight_ih_l0" in shapes:
        return _recurrent(owner, shapes)
    weight = shapes.get("weight")
    if weight is None or not set(shapes) <= {"weight", "bias"}:
        return None
    bias = shapes.get("bias")
    without: dict[str, Any] = {} if bias is not None else {"bias": False}
    if len(weight) == 1:
        return _norm(owner, weight[0], bias is not None)
    if len(weight) == 2:
        if bias is None and _is_table(owner):
            return Layer(owner, "embedding", {"num_embeddings": weight[0], "embedding_dim": weight[1]})
        return Layer(owner, "linear", {"out_features": weight[0], "in_features": weight[1], **without})
    if len(weight) in (3, 4, 5):
        return _convolution(owner, weight, bias, without)
    return None


def _is_table(owner: str) -> bool:
    last = owner.lower().rpartition(".")[2]
    return "emb" in last or last in ("wte", "wpe", "tok", "shared")


def _norm(owner: str, width: int, bias: bool) -> Layer:
    last = owner.lower().rpartition(".")[2]
    if not bias:
        return Layer(owner, "rms_norm", {"normalized_shape": width})
    if "bn" in last or "batch" in last:
        return Layer(owner, "batch_norm", {"num_features": width})
    return Layer(owner, "layer_norm", {"normalized_shape": width})


def _convolution(owner: str, weight: tuple[int, ...], bias: tuple[int, ...] | None, without: dict[str, Any]) -> Layer:
    axes, kernel = len(weight) - 2, weight[2:]
    if bias is not None and bias[0] != weight[0] and bias[0] % weight[1] == 0:  # (in, out/groups, …): transposed
        groups = bias[0] // weight[1]
        sizes: dict[str, Any] = {"out_channels": bias[0], "kernel_size": kernel, "in_channels": weight[0]}
        return Layer(owner, f"conv_transpose{axes}d", sizes | ({"groups": groups} if groups > 1 else {}))
    sizes = {"out_channels": weight[0], "kernel_size": kernel, "in_channels": weight[1], **without}
    if weight[1] == 1 and weight[0] > 1 and max(kernel) > 1 and any(word in owner.lower() for word in ("dw", "depth")):
        sizes |= {"in_channels": weight[0], "groups": weight[0]}
    return Layer(owner, f"conv{axes}d", sizes)


def _recurrent(owner: str, shapes: dict[str, tuple[int, ...]]) -> Layer | None:
    rows, hidden = shapes["weight_hh_l0"]
    kind = next((kind for kind, gates in GATES if rows == gates * hidden), None)
    if kind is None:
        return None
    attributes: dict[str, Any] = {"hidden_size": hidden, "input_size": shapes["weight_ih_l0"][1]}
    layers = sum(1 for name in shapes if name.startswith("weight_hh_l") and not name.endswith("_reverse"))
    attributes |= {"num_layers": layers} if layers > 1 else {}
    attributes |= {"bidirectional": True} if "weight_hh_l0_reverse" in shapes else {}
    attributes |= {} if "bias_ih_l0" in shapes else {"bias": False}
    return Layer(owner, kind, attributes)
