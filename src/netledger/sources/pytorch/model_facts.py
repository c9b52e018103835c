"""What is said of a whole model: tied, unused, adapters', pruned and active parameters; training's MACs."""

from __future__ import annotations

from netledger.network import elements_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.network import Tensor
    from netledger.sources.pytorch.inventory import Inventory
    from netledger.sources.pytorch.layers import Rows


def facts_of(model: Any, inventory: Inventory, rows: Rows | None) -> tuple[dict[str, Any], list[str]]:
    """Metadata and sentences about the model."""
    meta: dict[str, Any] = {}
    notes: list[str] = []
    ties = inventory.ties()
    if ties:
        meta["tied"] = ties
        notes += [f"tied: {first} = {', '.join(others)}" for first, others in list(ties.items())[:8]]
    unused = (
        [tensor for tensor in unique_learned(inventory) if not rows.is_used(tensor)]
        if rows is not None and rows.stopped is None
        else []
    )
    if unused:
        count = _total(unused)
        meta["unused_parameters"] = count
        notes.append(f"{_shown(count)} parameters are not used in this forward pass")
    for name, read in (
        ("active_parameters", _active),
        ("adapter_parameters", _adapters),
        ("nonzero_parameters", _nonzero),
    ):
        value = read(model, inventory)
        if value is not None:
            meta[name] = value
            notes.append(_SENTENCES[name].format(_shown(value)))
    if rows is not None and rows.gradients:
        meta["training"] = {"backward_macs": rows.backward, "recomputed_macs": rows.recomputed}
        both, least = rows.forward + rows.backward, "≥ " if rows.at_least else ""
        notes.append(f"training: {least}{both:,} MACs forward and backward, {least}{rows.backward:,} of them backward")
        if rows.recomputed:
            notes.append(f"activation checkpointing computes {rows.recomputed:,} MACs a second time")
    return meta, notes


_SENTENCES = {
    "active_parameters": "{} parameters are active for each token (experts it is not routed to left out)",
    "adapter_parameters": "{} parameters are adapters' (LoRA and its like), the others the base model's",
    "nonzero_parameters": "{} parameters are left after pruning (masks applied)",
}


def _shown(count: int | Unknown) -> str:
    return f"an unknown number of ({count.reason})" if isinstance(count, Unknown) else f"{count:,}"


def unique_learned(inventory: Inventory) -> Iterator[Tensor]:
    """Every learned tensor, tied storage once."""
    seen = set()
    for tensors in inventory.tensors.values():
        for tensor in tensors:
            if tensor.learned and tensor.storage not in seen:
                seen.add(tensor.storage)
                yield tensor


def _total(tensors: Any) -> int | Unknown:
    total = 0
    for tensor in tensors:
        count = tensor.count
        if isinstance(count, Unknown):
            return count
        total += count
    return total


# ---------------------------------------------------------------------- mixtures of experts

_TOP_K = (
    "top_k",
    "num_experts_per_tok",
    "num_experts_per_token",
    "moe_top_k",
    "moe_topk",
    "topk",
    "k",
    "n_activated_experts",
    "num_selected_experts",
    "experts_per_token",
    "num_experts_per_topk",
)


def _active(model: Any, inventory: Inventory) -> int | Unknown | None:
    """Parameters that one token meets: of ``E`` experts those it is routed to."""
    idle = 0
    found = False
    for path, module in inventory.modules.items():
        for name, tensors, experts in expert_groups(path, module, inventory):
            routed = _routed(path, inventory)
            found = True
            size = _total(tensors)
            if routed is None:
                return Unknown(f"how many of the {experts} experts of {name} a token is routed to is not stated")
            if isinstance(size, Unknown):
                return size
            idle += size - size * min(routed, experts) // experts
    if not found:
        return None
    whole = _total(unique_learned(inventory))
    return whole if isinstance(whole, Unknown) else whole - idle


def expert_groups(path: str, module: Any, inventory: Inventory) -> Iterator[tuple[str, list[Tensor], int]]:
    """A module's own experts: a list of modules named ``experts``, or tensors stacked along their first dimension."""
    prefix = f"{path}." if path else ""
    if path.rpartition(".")[2] != "experts":
        return
    children = list(module.children())
    name = type(module).__name__
    if name in ("ModuleList", "ModuleDict") or (
        children and all(type(c) is type(children[0]) for c in children) and len(children) > 1
    ):
        tensors = [t for p, ts in inventory.tensors.items() if p.startswith(prefix) for t in ts if t.learned]
        if len(children) > 1:
            yield path, tensors, len(children)
        return
    own = [tensor for tensor in inventory.tensors.get(path, ()) if tensor.learned and len(tensor.shape) >= 2]
    experts = next((tensor.shape[0] for tensor in own if len(tensor.shape) == 3), None)
    if isinstance(experts, int) and experts > 1:
        yield path, [tensor for tensor in own if tensor.shape[0] == experts], experts


def _routed(path: str, inventory: Inventory) -> int | None:
    """How many experts a token is routed to: said by the module itself, those around it, or the configuration."""
    above = path
    while True:
        module = inventory.modules.get(above)
        near = [module, *(module.children() if module is not None and above != path else [])]
        for holder in [*near, *[getattr(one, "config", None) for one in near]]:
            for name in _TOP_K:
                value = getattr(holder, name, None)
                if isinstance(value, int) and not isinstance(value, bool) and value > 0:
                    return value
        if not above:
            return None
        above = above.rpartition(".")[0]


# ---------------------------------------------------------------------- adapters and pruning


def _adapters(model: Any, inventory: Inventory) -> int | Unknown | None:
    found = [
        t for t in unique_learned(inventory) if any(mark in t.name for mark in ("lora_", "adapter_", "ia3_l", "vera_"))
    ]
    return _total(found) if found else None


def _nonzero(model: Any, inventory: Inventory) -> int | Unknown | None:
    """What masks of ``torch.nn.utils.prune`` leave, where their values are at hand."""
    masks = {name.removesuffix("_mask"): tensor for name, tensor in inventory.live.items() if name.endswith("_mask")}
    pruned = {name: mask for name, mask in masks.items() if f"{name}_orig" in inventory.live}
    if not pruned:
        return None
    whole = _total(unique_learned(inventory))
    if isinstance(whole, Unknown):
        return whole
    for name, mask in pruned.items():
        if mask.is_meta:
            return Unknown(f"the mask of {name} has no values on the meta device")
        size = elements_of(tuple(mask.shape))
        whole -= (size if isinstance(size, int) else 0) - int(mask.count_nonzero())
    return whole
