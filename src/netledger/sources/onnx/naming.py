"""Paths for layers: the names that a person would know a node by, unique in the network."""

from __future__ import annotations

from netledger.network_builder import Paths

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.onnx.schema import OnnxNode

_SUFFIXES = (
    ".weight", ".bias", "_quantized", "_w_0", "_b_0", "_scale_0", ".weight_scale", "_weight", "_bias", "/weight",
    "/bias",
    "/w", "/b", "_W", "_B", "_w", "_b", ".W", ".B", "_kernel", "/kernel", ".kernel", "_scale", "_gamma", "_beta",
    "_s_0", "/gamma", "/beta", "_riv_0", "_rm_0",
)  # fmt: skip


class Names(Paths):
    """The paths given so far, and what a node's is to be."""

    __slots__ = ()

    def path(self, node: OnnxNode, tensor: str, prefix: str) -> str:
        """The path of a node: its weight's name, its own, its first value's, or its operator and a number."""
        taken = self.taken
        for candidate in _candidates(node, tensor):
            path = prefix + candidate
            if path not in taken and meaningful(candidate):
                taken.add(path)
                return path
        operator = prefix + node.op
        number = self.counts.get(operator, 0) + 1
        while (path := f"{operator}_{number}") in taken:
            number += 1
        self.counts[operator] = number
        taken.add(path)
        return path


def _candidates(node: OnnxNode, tensor: str) -> list[str]:
    module = module_of(tensor) if tensor else ""
    names = (torch_names(node, bool(tensor)) if node.name[:1] == "/" else []) or [node.name]
    return [*([module] if module not in names else []), *names, *node.outputs[:1]]


def module_of(tensor: str) -> str:
    """The module that a tensor's name speaks of; empty where it names none.

    >>> module_of("conv1_w_0"), module_of("features.0.weight"), module_of("onnx::MatMul_143")
    ('conv1', 'features.0', '')
    """
    if "::" in tensor or not tensor.endswith(_SUFFIXES):
        return ""
    for suffix in _SUFFIXES:
        if tensor.endswith(suffix) and len(tensor) > len(suffix):
            return tensor[: -len(suffix)]
    return ""


_MODULE_NAMES = (
    "Relu LeakyRelu Elu Selu Celu Gelu Sigmoid Tanh HardSigmoid HardSwish Mish Softplus Softsign Softmax LogSoftmax "
    "Clip PRelu MaxPool AveragePool GlobalAveragePool GlobalMaxPool LRN Dropout Flatten Identity Resize"
)
_MODULES = frozenset(_MODULE_NAMES.split())
"""Operators that are a module by themselves; others are one step of one."""


def torch_names(node: OnnxNode, has_weights: bool) -> list[str]:
    """Module paths, best first, out of the node names that PyTorch's exporter writes; none for other names.

    ``/layer1/layer1.0/conv1/Conv`` is the operator ``Conv`` of the module ``layer1.0.conv1``.
    """
    if not node.name.startswith("/"):
        return []
    *scopes, last = node.name[1:].split("/")
    if last.rstrip("0123456789").rstrip("_") != node.op:
        return []
    parts: list[str] = []
    for scope in scopes:
        if parts and scope.startswith(f"{parts[-1]}."):
            parts[-1] = scope
        else:
            parts.append(scope)
    module = ".".join(parts)
    if not module:
        return [last]
    bare = [module] if has_weights or node.op in _MODULES else []
    return [*bare, f"{module}.{last}"]


def meaningful(name: str) -> bool:
    """Whether a name says more than a counter would: ``n0``, ``r14``, ``57`` and ``node_3`` do not.

    >>> [meaningful(name) for name in ("conv1_1", "r14", "57", "/features/Conv", "node_12")]
    [True, False, False, True, False]
    """
    stem = name.rstrip("0123456789")
    if len(stem) < 2 or stem in _COUNTED or "::" in name:
        return False
    return len(stem.strip("_.:/")) > 1


_COUNTED = frozenset(("node_", "node", "val_", "tmp_", "output_"))
"""What exporters write before a counter."""
