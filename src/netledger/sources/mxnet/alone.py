"""A symbol without its ``.params``: what its normalisations learn, by their kinds' formulas.

What no formula gives is Unknown: a symbol names its variables and states no shape of theirs. A slope may be one for all
channels (Gluon's ``PReLU``) or one for each.
"""

from __future__ import annotations

from netledger.network import Tensor
from netledger.sources.graph_builder import Step
from netledger.sources.mxnet.params import role_of_name
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.mxnet.symbol import MxnetNode

    Described = tuple[str, dict[str, Any]] | None

_COUNTED = ("elementwise", "contraction")
"""Kinds that learn what tensors they hold and have no formula of their own."""
_NOWHERE = Unknown("its shape stands in the .params alone")


def completed(node: MxnetNode, step: Step) -> Step:
    """The step of a node some of whose variables are stored nowhere: as a kind that has a formula, else with what is
    not known among its tensors."""
    missing = [name for name in node.parameters if name not in node.builder.arrays]
    if not missing or step.kind not in _COUNTED or step.unknown is not None:
        return step
    describe = _BY_FORMULA.get(node.op)
    found = describe(node) if describe is not None and len(missing) == len(node.parameters) and node.made == 1 else None
    if found is not None:
        return Step(*found)
    tensors = [Tensor(name, role_of_name(name), (_NOWHERE,), elements=_NOWHERE) for name in missing]
    step.tensors = (*step.tensors, *[one for one in tensors if one.role != "running_statistic"])
    return step


def _channels(node: MxnetNode, axis: int = 1) -> Any:
    """The size that the layer's variables have; ``None`` where it is not known."""
    shape = node.shape()
    if isinstance(shape, Unknown) or not -len(shape) <= axis < len(shape):
        return None
    size = shape[axis]
    return size if isinstance(size, int) else None


def _batch_norm(node: MxnetNode) -> Described:
    first = node.whole("axis", 1) == 1 and _channels(node) is not None
    return ("batch_norm", {}) if first else None


def _instance_norm(node: MxnetNode) -> Described:
    return ("instance_norm", {"affine": True}) if _channels(node) is not None else None


def _group_norm(node: MxnetNode) -> Described:
    return ("group_norm", {"num_groups": node.whole("num_groups", 1)}) if _channels(node) is not None else None


def _layer_norm(node: MxnetNode) -> Described:
    shape, size = node.shape(), _channels(node, -1)
    last = not isinstance(shape, Unknown) and node.whole("axis", -1) in (-1, len(shape) - 1)
    return ("layer_norm", {"normalized_shape": (size,)}) if last and size is not None else None


_BY_FORMULA: dict[str, Callable[[MxnetNode], Described]] = {
    **dict.fromkeys(("BatchNorm", "BatchNorm_v1", "SyncBatchNorm", "_contrib_SyncBatchNorm"), _batch_norm),
    "InstanceNorm": _instance_norm, "GroupNorm": _group_norm, "LayerNorm": _layer_norm,
}  # fmt: skip
