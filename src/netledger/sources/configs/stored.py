"""What lies beside a configuration: the stored tensors as the second entry of the books, by name and shape."""

from __future__ import annotations

import os

from netledger.errors import NetledgerError
from netledger.layers import apply
from netledger.network import Tensor, elements_of
from netledger.sources.configs.keys import UNPACKED
from netledger.sources.tensors.roles import module_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.layers import Slot
    from netledger.network import Layer, Network, Shape

_INDEX, _SINGLE = "model.safetensors.index.json", "model.safetensors"
_NAMED = 6


def with_stored(network: Network, folder: str) -> Network:
    """The network of a folder's configuration with the tensors of its safetensors files at the layers they belong to.

    A shape that differs is a discrepancy of the ledger; tensors that the file lacks, or has beyond the class, are told.
    A GGUF file is taken where there are no safetensors, its tensors by the checkpoint's names. A folder without either
    gives the network as it is.
    """
    found = _stored(folder)
    if found is None:
        return network
    name, stored = found
    slots = [(layer, list(_slots(layer, effect))) for layer, effect in _effects(network)]
    ours = {full for layer, named in slots for full, _ in named if layer.share is None}
    if name.endswith(".gguf"):
        from netledger.sources.configs.gguf_names import by_checkpoint_names

        mine = [item for layer, named in slots for item in named if layer.share is None]
        here = by_checkpoint_names(stored.tensors, mine)
    else:
        here = _by_our_names(_by_weights_name(stored), ours)
    layers, used, packing = [], set[str](), _packing(here)
    for layer, named in slots:
        held = [(full, slot) for full, slot in named if full in here]
        if layer.share is not None or not held:
            layers.append(layer)
            continue
        used.update(full for full, _ in held)
        own = [_as_slot(here[full], slot) for full, slot in held]
        layers.append(layer.replace(tensors=(*own, *packing.get(layer.path, ()))))
    missing = [full for full in sorted(ours) if full not in here]
    stated = [
        note.replace(UNPACKED, "sizes here are those that are stored") if used else note for note in network.notes
    ]
    return network.replace(layers=tuple(layers), notes=(*stated, *_differences(name, here, used, missing)))


def _stored(folder: str) -> tuple[str, Network] | None:
    """The name and the network of the stored tensors: an index, else the one file that there is, a GGUF file last."""
    from netledger.sources import read_file

    with os.scandir(folder) as entries:
        files = sorted([entry.name for entry in entries if entry.name.endswith((".safetensors", _INDEX, ".gguf"))])
    single = [file for file in files if file.endswith(".safetensors")]
    whole = [file for file in files if file.endswith(".gguf") and ("-of-" not in file or "-00001-of-" in file)]
    alone = next((found[0] for found in (single, whole) if len(found) == 1), None)
    chosen = next((file for file in (_INDEX, _SINGLE) if file in files), alone)
    if chosen is None:
        return None
    return chosen, read_file(os.path.join(folder, chosen))  # noqa: PTH118 - pathlib is not imported here


def _effects(network: Network) -> Iterator[tuple[Layer, tuple[Slot, ...]]]:
    shapes: dict[str, Shape] = {}
    missing = Unknown("the input shape is not given")
    for layer in network.layers:
        if layer.unknown is not None:
            yield layer, ()
            continue
        try:
            effect = apply(layer.kind, layer.attributes, tuple([shapes.get(name, missing) for name in layer.inputs]))
        except NetledgerError:
            yield layer, ()
            continue
        shapes.update(zip(layer.outputs, effect.outputs, strict=False))
        yield layer, effect.slots


def _slots(layer: Layer, slots: tuple[Slot, ...]) -> Iterator[tuple[str, Slot]]:
    for slot in slots:
        yield (layer.path if slot.name == "parameter" else f"{layer.path}.{slot.name}"), slot


def _by_weights_name(stored: Network) -> dict[str, Tensor]:
    """The stored tensors by name; what a packed layout writes a layer's weight into, by the weight's own."""
    found: dict[str, Tensor] = {}
    for layer in stored.layers:
        for tensor in layer.tensors:
            packed = layer.meta.get("layout") and tensor.elements is not None and tensor.learned
            name = f"{layer.path}.weight"
            found[name if packed and name not in found else tensor.name] = tensor
    return found


def _by_our_names(stored: dict[str, Tensor], ours: set[str]) -> dict[str, Tensor]:
    """The stored tensors by our names: old checkpoints leave the first word out, or have one more."""
    if sum(name in ours for name in stored) * 2 >= min(len(ours), len(stored)):
        return stored
    words = {name.partition(".")[0] for name in ours}
    for word in sorted(words):
        longer = {f"{word}.{name}": tensor for name, tensor in stored.items()}
        if sum(name in ours for name in longer) * 2 >= len(ours):
            return {(name if name in ours else name.partition(".")[2]): tensor for name, tensor in longer.items()}
    for word in sorted({name.partition(".")[0] for name in stored}):
        shorter = {name.removeprefix(f"{word}."): tensor for name, tensor in stored.items()}
        if len(shorter) == len(stored) and sum(name in ours for name in shorter) * 2 >= len(ours):
            return shorter
    return stored


def _as_slot(tensor: Tensor, slot: Slot) -> Tensor:
    return Tensor(
        tensor.name, slot.role, tensor.shape, tensor.dtype, True, tensor.storage, tensor.elements, tensor.nbytes
    )


def _packing(here: dict[str, Tensor]) -> dict[str, list[Tensor]]:
    """Module → the tensors that belong to how its weight is written: their bytes are the layer's too."""
    found: dict[str, list[Tensor]] = {}
    for full, tensor in here.items():
        if tensor.role in _PACKING:
            found.setdefault(module_of(full), []).append(tensor)
    return found


_PACKING = ("scale", "zero_point", "constant")
"""Roles of what belongs to how weights are written."""


def _differences(name: str, here: dict[str, Tensor], used: set[str], missing: list[str]) -> Iterator[str]:
    if missing:
        listed = ", ".join(missing[:_NAMED]) + (", …" if len(missing) > _NAMED else "")
        yield f"{name} lacks {len(missing):,} tensors of the class: {listed}"
    left = [full for full in here if full not in used]
    beyond = [full for full in left if here[full].role not in _PACKING]
    if len(left) > len(beyond):
        count = len(left) - len(beyond)
        yield f"{name} holds {count:,} tensors of packing beside the weights: scales, zero points, orders of inputs"
    if beyond:
        values = [elements_of(here[full].shape) for full in beyond]
        known = sum(value for value in values if not isinstance(value, Unknown))
        listed = ", ".join(beyond[:_NAMED]) + (", …" if len(beyond) > _NAMED else "")
        yield f"{name} holds {len(beyond):,} tensors more, {known:,} values that are not counted: {listed}"
