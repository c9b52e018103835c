"""What differs between two layers, in words: the attribute, both values, and what they mean."""

from __future__ import annotations

from netledger.layers.sizes import shape_text
from netledger.records import Record
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.compare.units import Unit
    from netledger.network import Dim, Shape


class LayerChange(Record):
    """One thing that differs: its name, the value on each side (``None``: not there), and the words for it."""

    __slots__ = ("what", "before", "after", "words")
    what: str
    before: Any
    after: Any
    words: str

    def __init__(self, what: str, before: Any, after: Any, words: str) -> None:
        self._fill(what, before, after, words)

    def __hash__(self) -> int:
        return hash((self.what, self.words))


def changes_of(left: Unit | None, right: Unit | None) -> tuple[LayerChange, ...]:
    """What differs between a layer and its counterpart; that one is missing, where it is."""
    if left is None or right is None:
        unit = left or right
        assert unit is not None
        side = "first" if right is None else "second"
        return (LayerChange("layer", left and left.name, right and right.name, f"only in the {side}: {unit.kind}"),)
    found = [*_kinds(left, right), *_WORK.get(left.role, _other)(left, right)]
    found += _geometry(left, right)
    return tuple(found or _tensors(left, right))


def effects_of(
    weights: int | Unknown, biases: int | Unknown, macs: int | Unknown, buffers: int | Unknown
) -> Iterator[str]:
    """What comes of it, in numbers: parameters first; MACs where no parameter changes; else they have their column."""
    counted = False
    for value, one, many in (
        (weights, "weight", "weights"),
        (biases, "bias", "biases"),
        (buffers, "buffer", "buffers"),
    ):
        if isinstance(value, Unknown):
            yield f"{many} not known ({value.reason})"
        elif value:
            yield f"{value:+,} {one if abs(value) == 1 else many}"
        counted = counted or value != 0
    if isinstance(macs, Unknown):
        yield f"MACs not known ({macs.reason})"
    elif macs and not counted:
        yield f"{macs:+,} MACs"


def moved(left: str, right: str) -> LayerChange:
    """That a layer stands in another place: behind ``right`` instead of ``left``."""
    return LayerChange("place", left, right, f"behind {right or 'nothing'} instead of {left or 'nothing'}")


def _kinds(left: Unit, right: Unit) -> Iterator[LayerChange]:
    if left.kind != right.kind and {left.role, right.role} != {"shape"}:
        yield LayerChange("kind", left.kind, right.kind, f"{right.kind} instead of {left.kind}")


def _tensors(left: Unit, right: Unit) -> Iterator[LayerChange]:
    """Tensors of other shapes, which nothing that is said of the layers explains: a file of tensors alone."""
    if (left.weights, left.biases) == (right.weights, right.biases):
        return
    ours, theirs = _shapes(left), _shapes(right)
    for name in dict.fromkeys((*ours, *theirs)):
        before, after = ours.get(name), theirs.get(name)
        if before is None or after is None:
            yield LayerChange(name, before, after, f"{'with' if before is None else 'without'} {name}")
        elif before != after:
            yield LayerChange(name, before, after, f"{name} {shape_text(before)} → {shape_text(after)}")


def _shapes(unit: Unit) -> dict[str, tuple[Dim, ...]]:
    """The shapes of a layer's tensors by their names in it; by its rule where none are stored."""
    entry = unit.entries[0]
    if entry.tensors:
        lead = len(entry.path) + 1
        return {t.name[lead:] if t.name.startswith(entry.path) else t.name: t.shape for t in entry.tensors}
    return {slot.name: slot.shape for slot in entry.effect.slots}


def _geometry(left: Unit, right: Unit) -> Iterator[LayerChange]:
    """The maps a layer is fed and makes, where they are others than its counterpart's."""
    if left.role == "input" and left.output != right.output:
        yield _instead("input", left.output, right.output, "")
    if left.role not in ("convolution", "pooling") or right.role != left.role:
        return
    fed = _space(left.input), _space(right.input)
    made = _space(left.output), _space(right.output)
    if fed == made and fed[0] != fed[1]:
        yield LayerChange("map", *made, f"on {_text(made[1])} maps instead of {_text(made[0])}")
        return
    for what, word, (before, after) in (("map in", "fed", fed), ("map", "makes", made)):
        if before != after:
            yield LayerChange(what, before, after, f"{word} {_text(after)} maps instead of {_text(before)}")


def _space(shape: Shape | None) -> tuple[Dim, ...] | None:
    return None if shape is None or isinstance(shape, Unknown) else shape[1:]


# ---------------------------------------------------------------------- roles


def _convolution(left: Unit, right: Unit) -> Iterator[LayerChange]:
    if right.role != "convolution":
        yield from _crossed(left, right)
        return
    yield from _windows(left, right)
    groups = left.attributes.get("groups", 1), right.attributes.get("groups", 1)
    if groups[0] != groups[1] and len(left.entries) == len(right.entries):
        yield _arrow("groups", *groups)
    seen = _seen(left), _seen(right)
    if seen[0] != seen[1]:
        yield _instead("channels seen", *seen, "channels", "each filter sees ")
    filters = _channels(left.output), _channels(right.output)
    if filters[0] != filters[1]:
        yield _instead("filters", *filters, "filters")
    yield from _biases(left, right)


def _windows(left: Unit, right: Unit) -> Iterator[LayerChange]:
    """Kernel, stride, padding, dilation, rounding."""
    for name, word in (
        ("kernel_size", "kernel"),
        ("stride", "stride"),
        ("dilation", "dilation"),
        ("output_size", "size"),
    ):
        before, after = (_even(unit.attributes.get(name)) for unit in (left, right))
        if name == "stride" and left.role == "pooling":
            before, after = (_even(unit.attributes.get(name) or _kernel(unit)) for unit in (left, right))
        if before != after and None not in (before, after):
            yield _arrow(word, before, after)
    pads = _padding(left), _padding(right)
    if pads[0] != pads[1] and None not in pads:
        yield _arrow("padding", *pads)
    up = left.attributes.get("ceil_mode"), right.attributes.get("ceil_mode")
    matters = _space(left.input) != _space(right.input) or _space(left.output) != _space(right.output)
    if None not in up and up[0] != up[1] and matters:
        yield LayerChange("ceil_mode", *up, "rounds up instead of down" if up[1] else "rounds down instead of up")


def _kernel(unit: Unit) -> Any:
    return _even(unit.attributes.get("kernel_size"))


def _padding(unit: Unit) -> Any:
    """The padding on every side; ``"same"`` as the number that it is where every step is one place."""
    given = _even(unit.attributes.get("padding"))
    kernel, dilation = _kernel(unit), _even(unit.attributes.get("dilation", 1))
    single = _even(unit.attributes.get("stride")) == 1 and isinstance(kernel, int) and isinstance(dilation, int)
    if given == "valid":
        return 0
    return dilation * (kernel - 1) // 2 if given == "same" and single and kernel % 2 else given


def _pooling(left: Unit, right: Unit) -> Iterator[LayerChange]:
    yield from _windows(left, right)


def _linear(left: Unit, right: Unit) -> Iterator[LayerChange]:
    if right.role != "linear":
        yield from _crossed(left, right)
        return
    inputs = _fan_in(left), _fan_in(right)
    if inputs[0] != inputs[1]:
        yield _instead("inputs", *inputs, "inputs")
    outputs = _last(left), _last(right)
    if outputs[0] != outputs[1]:
        yield _instead("outputs", *outputs, "outputs")
    yield from _biases(left, right)


def _crossed(left: Unit, right: Unit) -> Iterator[LayerChange]:
    """A fully connected layer against a convolution: what each output reads, and how many there are."""
    fan = _per_output(left), _per_output(right)
    if fan[0] != fan[1]:
        yield _instead("inputs", *fan, "values", "each output reads ")
    outputs = _outputs(left), _outputs(right)
    if outputs[0] != outputs[1]:
        yield _instead("outputs", *outputs, "outputs")


def _normalisation(left: Unit, right: Unit) -> Iterator[LayerChange]:
    if left.kind == right.kind:
        yield from _other(left, right)
    channels = _channels(left.output), _channels(right.output)
    if channels[0] != channels[1] and (left.counts or right.counts):
        yield _instead("channels", *channels, "channels")


def _other(left: Unit, right: Unit) -> Iterator[LayerChange]:
    """Every argument that both kinds have and that differs."""
    if left.role == "input":
        return
    for name, before in left.attributes.items():
        if name in _DERIVED or name not in right.attributes:
            continue
        after = right.attributes[name]
        if name == "groups" and len(left.entries) != len(right.entries):
            continue
        if _even(before) != _even(after):
            yield _arrow(name, _even(before), _even(after))


def _nothing(left: Unit, right: Unit) -> Iterator[LayerChange]:
    return iter(())


_DERIVED = frozenset(("inplace", "in_channels", "in_features", "num_features", "dim", "start_dim", "end_dim", "shape"))
"""Arguments that say what the input says already, or nothing about what is counted."""

_WORK: dict[str, Callable[[Unit, Unit], Iterator[LayerChange]]] = {
    "convolution": _convolution,
    "linear": _linear,
    "pooling": _pooling,
    "normalisation": _normalisation,
    "shape": _nothing,
    "joining": _nothing,
}


# ---------------------------------------------------------------------- values


def _biases(left: Unit, right: Unit) -> Iterator[LayerChange]:
    has = [unit.biases != 0 for unit in (left, right)]
    if has[0] != has[1]:
        yield LayerChange("bias", has[0], has[1], "with biases" if has[1] else "without biases")


def _slot(unit: Unit) -> tuple[Dim, ...]:
    """The shape of the weight, by the rule: ``(C_out, C_in/g, k, …)``; empty where there is none."""
    slots = unit.entries[0].effect.slots
    return slots[0].shape if slots else ()


def _seen(unit: Unit) -> Dim | None:
    shape = _slot(unit)
    return shape[1] if len(shape) > 1 else None


def _fan_in(unit: Unit) -> Dim | None:
    shape = _slot(unit)
    return shape[-1] if shape else None


def _per_output(unit: Unit) -> int | None:
    product = 1
    for size in _slot(unit)[1:]:
        if isinstance(size, Unknown):
            return None
        product *= size
    return product


def _outputs(unit: Unit) -> Dim | None:
    shape = _slot(unit)
    return shape[0] if shape else None


def _channels(shape: Shape | None) -> Dim | None:
    return None if shape is None or isinstance(shape, Unknown) or not shape else shape[0]


def _last(unit: Unit) -> Dim | None:
    shape = unit.output
    return None if shape is None or isinstance(shape, Unknown) or not shape else shape[-1]


def _even(value: Any) -> Any:
    """``(3, 3)`` as 3, ``((1, 1), (1, 1))`` as 1: what is the same on every axis, once."""
    while isinstance(value, tuple) and value and all(part == value[0] for part in value):
        value = value[0]
    return value


def _arrow(what: str, before: Any, after: Any) -> LayerChange:
    if what == "padding":
        words = [_sides(value) for value in (before, after)]
    else:
        words = [_text(value, what == "kernel") for value in (before, after)]
    return LayerChange(what, before, after, f"{what} {words[0]} → {words[1]}")


def _sides(value: Any) -> str:
    if isinstance(value, tuple) and len(value) == 2 and all(isinstance(part, int) for part in value):
        return f"{value[0]} before and {value[1]} after"
    return _text(value)


def _instead(what: str, before: Any, after: Any, unit: str, lead: str = "") -> LayerChange:
    return LayerChange(what, before, after, f"{lead}{_text(after)} instead of {_text(before)} {unit}".rstrip())


def _text(value: Any, square: bool = False) -> str:
    if isinstance(value, bool) or value is None:
        return str(value)
    if isinstance(value, int):
        return f"{value}×{value}" if square else f"{value:,}"
    if isinstance(value, float):
        return f"{value:g}"
    if isinstance(value, tuple) and all(isinstance(part, int | Unknown) for part in value):
        return shape_text(value)
    if isinstance(value, tuple):
        return "(" + ", ".join([_text(part) for part in value]) + ")"
    return "?" if isinstance(value, Unknown) else str(value)
