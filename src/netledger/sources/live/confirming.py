"""Whether a kind's rule is what a live model was seen to do; only then its row bears that kind."""

from __future__ import annotations

from netledger.errors import NetledgerError
from netledger.layers import apply
from netledger.network import LEARNED_ROLES
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.layers import Effect
    from netledger.network import Shape, Tensor


def fits(slots: tuple[Any, ...], tensors: tuple[Tensor, ...]) -> bool:
    """Whether a rule's slots are as many values as the learned tensors hold."""
    learned = [tensor.count for tensor in tensors if tensor.learned]
    if any(isinstance(count, Unknown) for count in learned):
        return False
    wanted = 0
    for slot in slots:
        if slot.role not in LEARNED_ROLES:
            continue
        size = 1
        for one in slot.shape:
            if isinstance(one, Unknown):
                return False
            size *= one
        wanted += size
    return wanted == sum([count for count in learned if isinstance(count, int)])


def effect_of(
    kind: str,
    attributes: dict[str, Any],
    inputs: tuple[Shape, ...],
    outputs: tuple[Shape, ...] | None,
    macs: int | None,
) -> Effect | None:
    """The rule's effect where it is confirmed by what was observed: output shape and MACs; ``None`` where it is not."""
    try:
        effect = apply(kind, attributes, inputs, True)
        counted = effect.macs.count
    except (NetledgerError, TypeError):
        return None
    if macs is not None and counted != macs:
        return None
    if outputs and effect.outputs and effect.outputs[0] != outputs[0]:
        first = effect.outputs[0]
        if isinstance(first, Unknown) or all(isinstance(size, int) for size in first):
            return None
    return effect
