"""A network as a Caffe deploy prototxt.

Caffe rounds convolutions down and pools up and pads both sides alike; a layer that needs something else is an error
that says so. A softmax, dropout and ReLU are layers of their own, as in Caffe's own AlexNet.
"""

from __future__ import annotations

from netledger.errors import DataError
from netledger.execute.operations import full_arguments, known
from netledger.layers.sizes import paddings, per_axis
from netledger.ledger import keep_books

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.ledger import Entry
    from netledger.network import Network

    Arguments = dict[str, Any]
    Block = list[str]


def to_prototxt(network: Network) -> str:
    """The text. Everything that Caffe cannot express is a ``DataError`` naming the layer."""
    blocks = [f'name: "{_quoted(network.name)}"']
    for entry in keep_books(network).entries:
        write = _LAYERS.get(entry.kind)
        if write is None:
            raise DataError(f"Caffe has no counterpart for kind '{entry.kind}'").at(item=entry.path)
        try:
            blocks += write(entry, full_arguments(entry.kind, entry.layer.attributes), network)
        except DataError as error:
            raise error.at(item=entry.path) from None
    return "\n".join(blocks) + "\n"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _layer(entry: Entry, kind: str, parameters: dict[str, dict[str, Any]] | None = None, **names: Any) -> str:
    name = names.get("name", entry.path)
    bottoms, tops = names.get("bottoms", entry.layer.inputs), names.get("tops", entry.layer.outputs)
    lines = ["layer {", f'  name: "{_quoted(name)}"', f'  type: "{kind}"']
    lines += [f'  bottom: "{_quoted(bottom)}"' for bottom in bottoms]
    lines += [f'  top: "{_quoted(top)}"' for top in tops]
    for block, fields in (parameters or {}).items():
        inside = [f"    {field}: {value}" for field, value in fields.items()]
        lines += [f"  {block} {{", *inside, "  }"]
    return "\n".join([*lines, "}"])


def _axes(name: str, short: str, values: tuple[int, ...], usual: int) -> dict[str, int]:
    """One field where all are equal, else one for height and one for width."""
    if len(set(values)) == 1:
        return {} if values[0] == usual else {name: values[0]}
    return {f"{short}_h": values[0], f"{short}_w": values[1]}


def _symmetric(a: Arguments) -> tuple[int, ...]:
    pads = paddings(a["padding"], 2)
    if isinstance(pads, str) or any(before != after for before, after in pads):
        raise DataError("Caffe pads both sides alike; this needs more on one side")
    return tuple(before for before, _ in pads)


def _input(entry: Entry, a: Arguments, network: Network) -> Block:
    shape = known(entry.outputs[0])
    dims = shape if network.batched else (1, *shape)
    sizes = " ".join(f"dim: {size}" for size in dims)
    text = _layer(entry, "Input", bottoms=())
    return [text.removesuffix("}") + f"  input_param {{ shape: {{ {sizes} }} }}\n}}"]


def _convolution(entry: Entry, a: Arguments, network: Network) -> Block:
    kernel, stride, dilation = (per_axis(a[name], 2, name) for name in ("kernel_size", "stride", "dilation"))
    pads = _symmetric(a)
    shape, out = known(entry.inputs[0])[-2:], known(entry.outputs[0])[-2:]
    for size, k, s, p, d, result in zip(shape, kernel, stride, pads, dilation, out, strict=True):
        found = (size + 2 * p - d * (k - 1) - 1) // s + 1
        if found != result:
            raise DataError(f"Caffe rounds convolutions down: the output would be {found}, not {result}")
    fields: dict[str, Any] = {"num_output": a["out_channels"]}
    fields |= {} if a["bias"] else {"bias_term": "false"}
    fields |= _axes("pad", "pad", pads, 0) | _axes("kernel_size", "kernel", kernel, 0)
    fields |= _axes("stride", "stride", stride, 1) | _axes("dilation", "dilation", dilation, 1)
    fields |= {} if a["groups"] == 1 else {"group": a["groups"]}
    return [_layer(entry, "Convolution", {"convolution_param": fields})]


def _pool(entry: Entry, a: Arguments, network: Network) -> Block:
    kernel = per_axis(a["kernel_size"], 2, "kernel_size")
    stride = kernel if a["stride"] is None else per_axis(a["stride"], 2, "stride")
    pads = _symmetric(a)
    shape, out = known(entry.inputs[0])[-2:], known(entry.outputs[0])[-2:]
    for size, k, s, p, result in zip(shape, kernel, stride, pads, out, strict=True):
        found = -(-(size + 2 * p - k) // s) + 1
        found -= p > 0 and (found - 1) * s >= size + p
        if found != result:
            raise DataError(f"Caffe rounds pools up: the output would be {found}, not {result}")
    fields: dict[str, Any] = {"pool": "MAX" if entry.kind.startswith("max") else "AVE"}
    fields |= _axes("kernel_size", "kernel", kernel, 0) | _axes("stride", "stride", stride, 1)
    fields |= _axes("pad", "pad", pads, 0)
    return [_layer(entry, "Pooling", {"pooling_param": fields})]


def _adaptive(entry: Entry, a: Arguments, network: Network) -> Block:
    if known(entry.inputs[0]) == known(entry.outputs[0]):
        return [_layer(entry, "Split")]
    if set(known(entry.outputs[0])[-2:]) != {1}:
        raise DataError("Caffe has no adaptive pool but the global one")
    return [_layer(entry, "Pooling", {"pooling_param": {"pool": "AVE", "global_pooling": "true"}})]


def _response(entry: Entry, a: Arguments, network: Network) -> Block:
    fields = {"local_size": a["size"], "alpha": a["alpha"], "beta": a["beta"]}
    fields |= {} if a["k"] == 1 else {"k": a["k"]}
    if entry.kind == "response_norm_within":
        if a["contrast"]:
            raise DataError("Caffe has no contrast normalisation")
        return [_layer(entry, "LRN", {"lrn_param": {**fields, "norm_region": "WITHIN_CHANNEL"}})]
    groups = a["groups"]
    if groups == 1:
        return [_layer(entry, "LRN", {"lrn_param": fields})]
    parts = [f"{entry.path}_{i}" for i in range(groups)]
    blocks = [_layer(entry, "Slice", {"slice_param": {"axis": 1}}, name=f"{entry.path}_slice", tops=parts)]
    for part in parts:
        blocks.append(_layer(entry, "LRN", {"lrn_param": fields}, name=part, bottoms=(part,), tops=(f"{part}_norm",)))
    return [*blocks, _layer(entry, "Concat", bottoms=[f"{part}_norm" for part in parts])]


def _linear(entry: Entry, a: Arguments, network: Network) -> Block:
    if a["groups"] != 1:
        raise DataError("Caffe has no grouped linear layer")
    fields: dict[str, Any] = {"num_output": a["out_features"]} | ({} if a["bias"] else {"bias_term": "false"})
    if len(known(entry.inputs[0])) > 1 + network.batched:
        fields["axis"] = -1  # else Caffe takes all that an example has for one vector
    return [_layer(entry, "InnerProduct", {"inner_product_param": fields})]


def _dropout(entry: Entry, a: Arguments, network: Network) -> Block:
    return [_layer(entry, "Dropout", {"dropout_param": {"dropout_ratio": a["p"]}})]


def _batch_norm(entry: Entry, a: Arguments, network: Network) -> Block:
    middle = f"{entry.path}_normalised"
    blocks = [
        _layer(entry, "BatchNorm", {"batch_norm_param": {"eps": a["eps"]}}, name=middle, tops=(middle,)),
        _layer(entry, "Scale", {"scale_param": {"bias_term": str(a["bias"]).lower()}}, bottoms=(middle,)),
    ]
    return blocks if a["affine"] else [_layer(entry, "BatchNorm", {"batch_norm_param": {"eps": a["eps"]}})]


def _sum(entry: Entry, a: Arguments, network: Network) -> Block:
    operation = {"add": "SUM", "mul": "PROD", "maximum": "MAX"}[entry.kind]
    if a["value"] is not None:
        raise DataError("Caffe's Eltwise takes no number")
    return [_layer(entry, "Eltwise", {"eltwise_param": {"operation": operation}})]


def _plain(kind: str) -> Callable[[Entry, Arguments, Network], Block]:
    return lambda entry, a, network: [_layer(entry, kind)]


_LAYERS: dict[str, Callable[[Entry, Arguments, Network], Block]] = {
    "input": _input, "conv2d": _convolution, "max_pool2d": _pool, "avg_pool2d": _pool, "linear": _linear,
    "adaptive_avg_pool2d": _adaptive, "global_avg_pool": _adaptive, "local_response_norm": _response,
    "response_norm_within": _response, "dropout": _dropout, "batch_norm": _batch_norm, "add": _sum, "mul": _sum,
    "maximum": _sum, "relu": _plain("ReLU"), "sigmoid": _plain("Sigmoid"), "tanh": _plain("TanH"),
    "abs": _plain("AbsVal"), "concat": _plain("Concat"), "flatten": _plain("Flatten"), "softmax": _plain("Softmax"),
    "identity": _plain("Split"),
}  # fmt: skip
"""How each kind is written."""
