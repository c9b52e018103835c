"""A built network as an ONNX model: one node a layer where ONNX has one, initializers of the ledger's names."""

from __future__ import annotations

from netledger.errors import DataError, LimitError, MissingExtraError
from netledger.execute.operations import full_arguments, known
from netledger.execute.operations.windows import Padded
from netledger.layers.sizes import per_axis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.execute.building import NetworkModule
    from netledger.ledger import Entry

MOST_BYTES = 2**31 - 1
OPSET = 21
"""Opset written: the newest that every current runtime accepts."""


def to_onnx(module: NetworkModule, batch: int | None = None) -> Any:
    """The model; a layer that ONNX cannot express is a ``DataError`` that names it."""
    try:
        import onnx
    except ImportError as error:
        raise MissingExtraError("onnx", "onnx", "writing ONNX") from error
    size = sum(value.numel() * value.element_size() for value in module.state_dict().values())
    if size > MOST_BYTES:
        raise LimitError(f"{size:,} bytes of weights: an ONNX file without external data holds {MOST_BYTES:,}")
    model = _Writer(module, batch, onnx).model()
    onnx.checker.check_model(model, full_check=True)
    return model


class _Writer:
    def __init__(self, module: NetworkModule, batch: int | None, onnx: Any) -> None:
        from netledger.ledger import keep_books

        self.module, self.onnx, self.batch = module, onnx, batch
        self.network = module.network
        self.ledger = keep_books(self.network)
        self.operations = {operation.layer.path: operation for operation in module.operations()}
        self.nodes: list[Any] = []
        self.initializers: list[Any] = []
        self.names: dict[str, str] = {}
        self.written: dict[int, str] = {}

    def model(self) -> Any:
        from netledger import __version__

        helper = self.onnx.helper
        inputs = [self.value_info(entry, 0) for entry in self.ledger.entries if entry.kind == "input"]
        for entry in self.ledger.entries:
            if entry.kind != "input":
                self.layer(entry)
        outputs = [self.result(name) for name in self.network.results()]
        graph = helper.make_graph(self.nodes, self.network.name or "network", inputs, outputs, self.initializers)
        opset = helper.make_opsetid("", OPSET)
        return helper.make_model(
            graph, opset_imports=[opset], producer_name="netledger", producer_version=__version__,
            ir_version=helper.find_min_ir_version_for([opset]),
        )  # fmt: skip

    def value_info(self, entry: Entry, index: int) -> Any:
        shape: list[Any] = list(known(entry.outputs[index]))
        if not self.network.batched:
            shape = [self.batch or "batch", *shape]
        dtype = str(entry.layer.attributes.get("dtype", "float32")) if entry.kind == "input" else self.network.dtype
        kind = getattr(self.onnx.TensorProto, {"float32": "FLOAT", "float64": "DOUBLE"}.get(dtype, dtype.upper()))
        return self.onnx.helper.make_tensor_value_info(entry.layer.outputs[index], kind, shape)

    def result(self, name: str) -> Any:
        """A graph output; a value that is another's name gets an Identity of its own."""
        entry = next(entry for entry in self.ledger.entries if name in entry.layer.outputs)
        if name in self.names:
            self.nodes.append(self.onnx.helper.make_node("Identity", [self.names[name]], [name]))
        return self.value_info(entry, entry.layer.outputs.index(name))

    def layer(self, entry: Entry) -> None:
        writer = _LAYERS.get(entry.kind)
        if writer is None:
            raise DataError(f"ONNX export has no counterpart for kind '{entry.kind}'").at(item=entry.path)
        writer(self, entry, full_arguments(entry.kind, entry.layer.attributes))

    # -------------------------------------------------------------- pieces

    def read(self, entry: Entry, index: int = 0) -> str:
        name = entry.layer.inputs[index]
        return self.names.get(name, name)

    def inputs(self, entry: Entry) -> list[str]:
        return [self.names.get(name, name) for name in entry.layer.inputs]

    def same(self, entry: Entry) -> None:
        """The layer does nothing: its value is its input's."""
        self.names[entry.layer.outputs[0]] = self.read(entry)

    def node(
        self, op: str, entry: Entry, inputs: list[str], outputs: list[str] | None = None, **attributes: Any
    ) -> str:
        outputs = [entry.layer.outputs[0]] if outputs is None else outputs
        suffix = "" if outputs[0] == entry.layer.outputs[0] else outputs[0].removeprefix(entry.layer.outputs[0])
        self.nodes.append(self.onnx.helper.make_node(op, inputs, outputs, name=f"{entry.path}{suffix}", **attributes))
        return outputs[0]

    def step(self, op: str, entry: Entry, tag: str, inputs: list[str], **attributes: Any) -> str:
        """A node on the way to a layer's value."""
        return self.node(op, entry, inputs, [f"{entry.layer.outputs[0]}/{tag}"], **attributes)

    def tensor(self, entry: Entry, slot: str) -> str | None:
        """A parameter as an initializer, once for each storage."""
        value = self.operations[entry.path].get(slot)
        if value is None:
            return None
        name = self.written.get(id(value))
        if name is None:
            name = self.written[id(value)] = f"{entry.path}.{slot}"
            self.initializers.append(self.onnx.numpy_helper.from_array(value.detach().cpu().contiguous().numpy(), name))
        return name

    def weights(self, entry: Entry) -> list[str]:
        return [name for slot in ("weight", "bias") if (name := self.tensor(entry, slot)) is not None]

    def constant(self, entry: Entry, tag: str, values: list[int] | float) -> str:
        """Sizes as an initializer; a single number as a Constant node, which no reader takes for a weight."""
        import numpy

        if isinstance(values, float):
            return self.step("Constant", entry, tag, [], value_float=values)
        name = f"{entry.path}/{tag}"
        self.initializers.append(self.onnx.numpy_helper.from_array(numpy.asarray(values, numpy.int64), name))
        return name

    def axis(self, dim: int) -> int:
        return dim if self.network.batched or dim < 0 else dim + 1

    def channel(self, dim: int | None) -> int:
        return 1 if dim is None else self.axis(dim)

    def spatial(self, entry: Entry, axes: int) -> tuple[int, ...]:
        return known(entry.inputs[0])[-axes:]


Arguments = dict[str, "Any"]


def _pads(window: Padded, sizes: tuple[int, ...]) -> list[int]:
    around = window.around(sizes)
    return [before for before, _ in around] + [after for _, after in around]


def _convolution(w: _Writer, entry: Entry, a: Arguments) -> None:
    axes = int(entry.kind[4])
    if a["padding_mode"] != "zeros":
        raise DataError(f"ONNX export has no padding_mode='{a['padding_mode']}'").at(item=entry.path)
    window = Padded(axes, a["kernel_size"], a["stride"], a["padding"], a["dilation"], a["ceil_mode"], False)
    w.node(
        "Conv", entry, [w.read(entry), *w.weights(entry)],
        kernel_shape=list(window.kernel), strides=list(window.stride),
        dilations=list(window.dilation), group=a["groups"], pads=_pads(window, w.spatial(entry, axes)),
    )  # fmt: skip


def _max_pool(w: _Writer, entry: Entry, a: Arguments) -> None:
    axes = int(entry.kind[-2])
    stride = a["kernel_size"] if a["stride"] is None else a["stride"]
    window = Padded(axes, a["kernel_size"], stride, a["padding"], a["dilation"], a["ceil_mode"], True)
    w.node(
        "MaxPool", entry, [w.read(entry)], kernel_shape=list(window.kernel), strides=list(window.stride),
        dilations=list(window.dilation), pads=_pads(window, w.spatial(entry, axes)),
    )  # fmt: skip


def _avg_pool(w: _Writer, entry: Entry, a: Arguments) -> None:
    axes = int(entry.kind[-2])
    stride = a["kernel_size"] if a["stride"] is None else a["stride"]
    window = Padded(axes, a["kernel_size"], stride, a["padding"], 1, a["ceil_mode"], True)
    plain = Padded(axes, a["kernel_size"], stride, a["padding"], 1, False, True)
    w.node(
        "AveragePool", entry, [w.read(entry)], kernel_shape=list(window.kernel), strides=list(window.stride),
        pads=_pads(plain, w.spatial(entry, axes)), ceil_mode=int(a["ceil_mode"]),
        count_include_pad=int(a["count_include_pad"]),
    )  # fmt: skip


def _adaptive(w: _Writer, entry: Entry, a: Arguments) -> None:
    sizes = w.spatial(entry, 2)
    wanted = per_axis(a["output_size"], 2, "output_size")
    if sizes == wanted:
        w.same(entry)
        return
    if any(size % out for size, out in zip(sizes, wanted, strict=True)):
        raise DataError(f"ONNX has no pool from {sizes[0]}×{sizes[1]} to {wanted[0]}×{wanted[1]}").at(item=entry.path)
    kernel = [size // out for size, out in zip(sizes, wanted, strict=True)]
    op = "AveragePool" if "avg" in entry.kind else "MaxPool"
    w.node(op, entry, [w.read(entry)], kernel_shape=kernel, strides=kernel)


def _global(w: _Writer, entry: Entry, a: Arguments) -> None:
    op = "GlobalAveragePool" if "avg" in entry.kind else "GlobalMaxPool"
    if a["keepdim"]:
        w.node(op, entry, [w.read(entry)])
    else:
        w.node("Flatten", entry, [w.step(op, entry, "kept", [w.read(entry)])], axis=1)


def _linear(w: _Writer, entry: Entry, a: Arguments) -> None:
    if a["groups"] != 1:
        raise DataError("ONNX export has no grouped linear layer").at(item=entry.path)
    rank = len(known(entry.inputs[0])) + (not w.network.batched)
    weights = w.weights(entry)
    if rank == 2:
        w.node("Gemm", entry, [w.read(entry), *weights], transB=1)
        return
    turned = w.step("Transpose", entry, "turned", [weights[0]], perm=[1, 0])
    if len(weights) == 1:
        w.node("MatMul", entry, [w.read(entry), turned])
    else:
        w.node("Add", entry, [w.step("MatMul", entry, "product", [w.read(entry), turned]), weights[1]])


def _response(w: _Writer, entry: Entry, a: Arguments) -> None:
    constants = {"size": a["size"], "alpha": float(a["alpha"]), "beta": float(a["beta"]), "bias": float(a["k"])}
    groups, channels = a["groups"], known(entry.inputs[0])[-3]
    if groups == 1:
        w.node("LRN", entry, [w.read(entry)], **constants)
        return
    parts = [f"{entry.layer.outputs[0]}/group{i}" for i in range(groups)]
    sizes = w.constant(entry, "sizes", [channels // groups] * groups)
    w.node("Split", entry, [w.read(entry), sizes], parts, axis=1)
    normed = [w.step("LRN", entry, f"norm{i}", [part], **constants) for i, part in enumerate(parts)]
    w.node("Concat", entry, normed, axis=1)


def _within(w: _Writer, entry: Entry, a: Arguments) -> None:
    if a["contrast"]:
        raise DataError("ONNX export has no contrast normalisation").at(item=entry.path)
    before, after = a["size"] // 2, (a["size"] - 1) // 2
    x = w.read(entry)
    squares = w.step("Mul", entry, "squares", [x, x])
    mean = w.step(
        "AveragePool", entry, "mean", [squares], kernel_shape=[a["size"]] * 2, pads=[before] * 2 + [after] * 2,
        count_include_pad=1,
    )  # fmt: skip
    scaled = w.step("Mul", entry, "scaled", [mean, w.constant(entry, "alpha", float(a["alpha"]))])
    shifted = w.step("Add", entry, "shifted", [scaled, w.constant(entry, "k", float(a["k"]))])
    w.node("Div", entry, [x, w.step("Pow", entry, "power", [shifted, w.constant(entry, "beta", float(a["beta"]))])])


def _batch_norm(w: _Writer, entry: Entry, a: Arguments) -> None:
    slots = [w.tensor(entry, name) for name in ("weight", "bias", "running_mean", "running_var")]
    if any(slot is None for slot in slots):
        raise DataError("ONNX's batch normalisation needs scale, shift and running statistics").at(item=entry.path)
    w.node("BatchNormalization", entry, [w.read(entry), *[slot for slot in slots if slot]], epsilon=float(a["eps"]))


def _layer_norm(w: _Writer, entry: Entry, a: Arguments) -> None:
    shape = a["normalized_shape"]
    count = 1 if shape is None or isinstance(shape, int) else len(shape)
    w.node("LayerNormalization", entry, [w.read(entry), *w.weights(entry)], axis=-count, epsilon=float(a["eps"]))


def _flatten(w: _Writer, entry: Entry, a: Arguments) -> None:
    start = 1 if a["start_dim"] is None else w.axis(a["start_dim"])
    if start == 1 and a["end_dim"] == -1:
        w.node("Flatten", entry, [w.read(entry)], axis=1)
    else:
        _reshape(w, entry, a)


def _reshape(w: _Writer, entry: Entry, a: Arguments) -> None:
    shape = known(entry.outputs[0])
    full = [0, *shape] if not w.network.batched else list(shape)
    w.node("Reshape", entry, [w.read(entry), w.constant(entry, "shape", full)])


def _softmax(w: _Writer, entry: Entry, a: Arguments) -> None:
    w.node(
        {"softmax": "Softmax", "log_softmax": "LogSoftmax"}[entry.kind],
        entry,
        [w.read(entry)],
        axis=w.channel(a["dim"]),
    )


def _same(w: _Writer, entry: Entry, a: Arguments) -> None:
    w.same(entry)


def _several(w: _Writer, entry: Entry, a: Arguments) -> None:
    names = w.inputs(entry)
    if a["value"] is not None:
        names.append(w.constant(entry, "value", float(a["value"])))
    op = {"add": "Add", "mul": "Mul", "sub": "Sub", "div": "Div"}[entry.kind]
    value = names[0]
    for i, other in enumerate(names[1:-1]):
        value = w.step(op, entry, f"part{i}", [value, other])
    w.node(op, entry, [value, names[-1]])


def _concat(w: _Writer, entry: Entry, a: Arguments) -> None:
    w.node("Concat", entry, w.inputs(entry), axis=w.channel(a["dim"]))


def _split(w: _Writer, entry: Entry, a: Arguments) -> None:
    axis = w.channel(a["dim"])
    rank = len(known(entry.inputs[0])) + (not w.network.batched)
    place = axis % rank - (not w.network.batched)
    sizes = [known(shape)[place] for shape in entry.outputs]
    w.node(
        "Split", entry, [w.read(entry), w.constant(entry, "sizes", sizes)], list(entry.layer.outputs), axis=axis
    )  # fmt: skip


def _permute(w: _Writer, entry: Entry, a: Arguments) -> None:
    dims = [w.axis(dim) for dim in a["dims"]]
    w.node("Transpose", entry, [w.read(entry)], perm=dims if w.network.batched else [0, *dims])


def _embedding(w: _Writer, entry: Entry, a: Arguments) -> None:
    w.node("Gather", entry, [w.weights(entry)[0], w.read(entry)], axis=0)


def _plain(op: str, **names: str) -> Callable[[_Writer, Entry, Arguments], None]:
    def write(w: _Writer, entry: Entry, a: Arguments) -> None:
        attributes = {theirs: a[ours] for theirs, ours in names.items()}
        w.node(op, entry, [w.read(entry)], **attributes)

    return write


_LAYERS: dict[str, Callable[[_Writer, Entry, Arguments], None]] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d"), _convolution),
    **dict.fromkeys(("max_pool1d", "max_pool2d", "max_pool3d"), _max_pool),
    **dict.fromkeys(("avg_pool1d", "avg_pool2d", "avg_pool3d"), _avg_pool),
    **dict.fromkeys(("adaptive_avg_pool2d", "adaptive_max_pool2d"), _adaptive),
    **dict.fromkeys(("global_avg_pool", "global_max_pool"), _global),
    **dict.fromkeys(("dropout", "identity"), _same),
    **dict.fromkeys(("add", "mul", "sub", "div"), _several),
    **dict.fromkeys(("reshape", "view", "squeeze", "unsqueeze", "unflatten"), _reshape),
    **dict.fromkeys(("softmax", "log_softmax"), _softmax),
    **dict.fromkeys(("split", "chunk"), _split),
    "linear": _linear, "local_response_norm": _response, "response_norm_within": _within, "batch_norm": _batch_norm,
    "layer_norm": _layer_norm, "flatten": _flatten, "concat": _concat, "permute": _permute, "embedding": _embedding,
    "relu": _plain("Relu"), "sigmoid": _plain("Sigmoid"), "tanh": _plain("Tanh"), "exp": _plain("Exp"),
    "sqrt": _plain("Sqrt"), "abs": _plain("Abs"), "neg": _plain("Neg"), "softsign": _plain("Softsign"),
    "selu": _plain("Selu"), "mish": _plain("Mish"), "hardswish": _plain("HardSwish"),
    "leaky_relu": _plain("LeakyRelu", alpha="negative_slope"), "elu": _plain("Elu", alpha="alpha"),
    "gelu": _plain("Gelu", approximate="approximate"),
}  # fmt: skip
"""How each kind is written."""
