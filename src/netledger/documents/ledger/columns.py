"""The columns a ledger's table can have; adding one is adding an entry to :data:`COLUMNS`."""

from __future__ import annotations

from netledger.documents.model import Code, Column, Runs, Share, Written
from netledger.errors import UsageError, nearest, or_list
from netledger.formula import ZERO, Formula, group, product, total
from netledger.records import Record
from netledger.unknown import Unknown, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.documents.ledger.folding import Folded
    from netledger.documents.model import Value
    from netledger.ledger import Entry, Ledger

    Cell = Callable[[Folded, Ledger], Value]
    Total = Callable[[Ledger], Value]


class Definition(Record):
    """A column, how a row's cell and the total's cell are found, and whether it is shown without being asked for;
    ``own``: whether its cells tell of names or attributes, which layers that are counted alike need not share.
    """

    __slots__ = ("column", "cell", "total", "shown", "own")
    column: Column
    cell: Cell
    total: Total
    shown: bool
    own: bool

    def __init__(
        self, column: Column, cell: Cell, total: Total = lambda ledger: None, shown: bool = False, own: bool = False
    ) -> None:
        self._fill(column, cell, total, shown, own)


_NAMELESS = frozenset(("contraction", "elementwise", "operation"))
"""Kinds that say only what an operator costs: its own name says more."""


def _kind(line: Folded, ledger: Ledger) -> Value:
    if line.entry is None:
        return f"{len(line.entries):,} layers"
    layer = line.entry.layer
    return layer.type if layer.kind in _NAMELESS and layer.type else layer.kind


def _output(line: Folded, ledger: Ledger) -> Value:
    return _shape(line.entries[-1].outputs)


def _input(line: Folded, ledger: Ledger) -> Value:
    return _shape(line.entries[0].inputs)


def _shape(shapes: Sequence[Value]) -> Value:
    return Runs(*[part for shape in shapes for part in (shape, ", ")][:-1]) if len(shapes) > 1 else _first(shapes)


def _first(shapes: Sequence[Value]) -> Value:
    return shapes[0] if shapes else None


def formula_of(line: Folded) -> Formula | None:
    """The formula of a row's parameters, repeats included; ``None`` where it has none to show."""
    formula = parameter_formula(line.entry) if line.entry is not None else None
    if formula is None or formula is ZERO or formula.op == "number":
        return None
    return formula if line.repeat == 1 else product([line.repeat, group(formula)])


def parameter_formula(entry: Entry) -> Formula | None:
    """A layer's parameters by its rule; where it has none, by the shapes of the tensors stored for it."""
    formula = entry.effect.parameters
    if formula is not ZERO:
        return formula
    if any(tensor.learned and tensor.elements is not None for tensor in entry.tensors):
        return None  # packed: the shapes are not those of the values
    stored = [tensor.shape for tensor in entry.tensors if tensor.learned]
    if stored and not entry.effect.slots and all(isinstance(size, int) for shape in stored for size in shape):
        return total(product(shape) for shape in stored)  # type: ignore[arg-type]
    return formula if entry.effect.unknown is None else None


def _formula(line: Folded, ledger: Ledger) -> Value:
    tied = _tied(line)
    return Runs("tied to ", Code(tied)) if tied else formula_of(line)


def _tied(line: Folded) -> str | None:
    """The owner of everything that a layer would learn; None where it has something of its own."""
    return line.entry.tied_to if line.entry is not None and line.entry.parameters == 0 else None


def _symbols(line: Folded, ledger: Ledger) -> Value:
    formula = formula_of(line)
    return None if formula is None or _tied(line) else Written(formula)


def _macs_formula(line: Folded, ledger: Ledger) -> Value:
    entry = line.entry
    if entry is None or entry.effect.unknown is not None or entry.effect.macs is ZERO:
        return None
    factor = line.repeat * ledger.batch
    return entry.effect.macs if factor == 1 else product([factor, group(entry.effect.macs)])


def _flops(line: Folded, ledger: Ledger) -> Value:
    macs = line.sum("macs")
    return macs if isinstance(macs, Unknown) else macs * 2


def _other(line: Folded, ledger: Ledger) -> Value:
    count = line.sum("other")
    return count if isinstance(count, Unknown) else count * ledger.batch


def _all_other(ledger: Ledger) -> Value:
    others = [(entry.other, times) for entry, times in ledger.weighed()]
    return sum_up([other * times if isinstance(other, int) else other for other, times in others]) * ledger.batch


def _share(line: Folded, ledger: Ledger) -> Value:
    part, whole = line.sum("parameters"), ledger.totals.parameters
    return Share(part, whole) if part and isinstance(part, int) and isinstance(whole, int) else None


def _trainable(line: Folded, ledger: Ledger) -> Value:
    parameters = line.sum("parameters")
    return None if parameters == 0 else parameters - line.sum("frozen")


def _evidence(line: Folded, ledger: Ledger) -> Value:
    found = [evidence for entry in line.entries for evidence in entry.evidence]
    if not found:
        return None
    return "agree" if all(evidence.agrees for evidence in found) else "DISAGREE"


def _dtype(line: Folded, ledger: Ledger) -> Value:
    entry = line.entries[0]
    stored = dict.fromkeys(tensor.dtype for entry in line.entries for tensor in entry.tensors)
    return ", ".join(stored) or ledger.dtype or entry.layer.dtype or ledger.network.dtype


def _kernel(line: Folded, ledger: Ledger) -> Value:
    size = line.entry.layer.attributes.get("kernel_size") if line.entry is not None else None
    return size if isinstance(size, tuple) or size is None else (size,)


def _groups(line: Folded, ledger: Ledger) -> Value:
    attributes = line.entry.layer.attributes if line.entry is not None else {}
    return attributes.get("groups", 1) if "out_channels" in attributes else attributes.get("groups")


def _tensors(line: Folded, ledger: Ledger) -> Value:
    tensors = [tensor for entry in line.entries for tensor in entry.tensors]
    parts = [part for tensor in tensors for part in (tensor.name, " ", tensor.shape, ", ")]
    return Runs(*parts[:-1]) if parts else None


def _device(line: Folded, ledger: Ledger) -> Value:
    found = dict.fromkeys(str(entry.layer.meta["device"]) for entry in line.entries if "device" in entry.layer.meta)
    return ", ".join(found) or None


def _summed(what: str) -> tuple[Cell, Total]:
    return (lambda line, ledger: line.sum(what)), (lambda ledger: getattr(ledger.totals, what))


def _number(name: str, title: str, priority: int, shown: bool = False) -> Definition:
    return Definition(Column(name, title, "number", priority), *_summed(name), shown=shown)


def _whole(ledger: Ledger) -> Value:
    whole = ledger.totals.parameters
    return Share(whole, whole) if isinstance(whole, int) else None


COLUMNS: dict[str, Definition] = {
    "layer": Definition(
        Column("layer", "layer", "text", 0, wrap=True),
        lambda line, ledger: Code(line.path),
        lambda ledger: "total",
        shown=True,
        own=True,
    ),
    "kind": Definition(Column("kind", "kind", "text", 6), _kind, shown=True),
    "device": Definition(Column("device", "device", "text", 6), _device),
    "output": Definition(Column("output", "output shape", "shape", 3), _output, shown=True),
    "weights": _number("weights", "weights", 8, True),
    "biases": _number("biases", "biases", 8, True),
    "parameters": _number("parameters", "parameters", 0, True),
    "formula": Definition(Column("formula", "formula", "formula", 2, wrap=True), _formula, shown=True),
    "symbols": Definition(Column("symbols", "in symbols", "formula", 4, wrap=True), _symbols),
    "macs": _number("macs", "MACs", 5, True),
    "share": Definition(Column("share", "share", "number", 7), _share, _whole, shown=True),
    "input": Definition(Column("input", "input shape", "shape", 6), _input),
    "inputs": Definition(
        Column("inputs", "reads", "text", 6, wrap=True),
        lambda line, ledger: ", ".join(line.entries[0].layer.inputs) or None,
        own=True,
    ),
    "kernel": Definition(Column("kernel", "kernel", "shape", 6), _kernel, own=True),
    "groups": Definition(Column("groups", "groups", "number", 6), _groups, own=True),
    "macs_formula": Definition(Column("macs_formula", "MACs by formula", "formula", 4, wrap=True), _macs_formula),
    "flops": Definition(Column("flops", "FLOPs", "number", 5), _flops, lambda ledger: ledger.totals.flops),
    "other": Definition(Column("other", "other operations", "number", 5), _other, _all_other),
    "trainable": Definition(
        Column("trainable", "trainable", "number", 5), _trainable, lambda ledger: ledger.totals.trainable
    ),
    "frozen": _number("frozen", "frozen", 5),
    "buffers": _number("buffers", "buffers", 5),
    "bytes": _number("bytes", "bytes", 5),
    "dtype": Definition(Column("dtype", "dtype", "text", 6), _dtype),
    "type": Definition(Column("type", "type", "text", 6, wrap=True), lambda line, ledger: line.entries[0].layer.type),
    "evidence": Definition(Column("evidence", "two ways", "text", 5), _evidence),
    "tensors": Definition(Column("tensors", "stored tensors", "text", 6, wrap=True), _tensors, own=True),
}
"""``name → Definition``, in the order they stand in a table."""

ALIASES = {
    "path": "layer", "output_shape": "output", "output_size": "output", "input_size": "input", "input_shape": "input",
    "num_params": "parameters", "params": "parameters", "params_percent": "share", "kernel_size": "kernel",
    "mult_adds": "macs", "shape": "output",
}  # fmt: skip
"""Other names that people know the columns by; torchinfo's ``col_names`` are among them."""

FORMULAS = {"numbers": ("formula",), "symbols": ("symbols",), "both": ("formula", "symbols"), "none": ()}
"""What ``--formulas`` chooses: the columns that show them."""


def columns_named(names: Sequence[str], usual: Sequence[Definition] = ()) -> list[Definition]:
    """The columns of these names, in the order asked for; an unknown one is a ``UsageError`` with the nearest.

    Where a name begins with ``+``, they are added to the ``usual`` ones: ``+other``.
    """
    found = list(usual) if any(name.strip().startswith("+") for name in names) else []
    for name in names:
        plain = name.strip().lower().removeprefix("+").replace("-", "_")
        plain = ALIASES.get(plain, plain)
        if plain == "all":
            found += list(COLUMNS.values())
        elif plain in COLUMNS:
            found += [COLUMNS[plain]] * (not name.strip().startswith("+") or COLUMNS[plain] not in found)
        else:
            near = nearest(plain, [*COLUMNS, *ALIASES])
            known = f"did you mean {or_list(near)}?" if near else f"there are {', '.join(COLUMNS)}"
            raise UsageError(f"no column '{name}': {known}")
    return found


def default_columns(ledger: Ledger, formulas: str) -> list[Definition]:
    """The columns shown without being asked for: those of ``formulas``, and devices where the network names any.

    Of a file that holds tensors alone there is nothing to say of outputs and MACs: what is stored stands there.
    """
    layers = [entry.layer for entry, _ in ledger.weighed()]
    if layers and all(layer.kind == "tensors" for layer in layers):
        shown = ("layer", "weights", "biases", "parameters", *FORMULAS[formulas], "buffers", "dtype", "bytes", "share")
        return [COLUMNS[name] for name in shown]
    names = [name for name, definition in COLUMNS.items() if definition.shown and name != "formula"]
    place = names.index("parameters") + 1
    names[place:place] = FORMULAS[formulas]
    if any("device" in layer.meta for layer in layers):
        names.insert(2, "device")
    return [COLUMNS[name] for name in names]
