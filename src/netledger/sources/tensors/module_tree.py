"""Files that hold tensors and no operations: their tensors as a tree of modules, packed weights counted logically.

A module path with its tensors is one layer of kind ``tensors``. Very many tensors are folded while reading: paths that
differ in their numbers only become one layer (``model.layers.*.mlp.experts.*.w1``), so that memory grows with the
number of different modules.
"""

from __future__ import annotations

from itertools import chain, pairwise
from operator import gt

from netledger.errors import LimitError
from netledger.limits import TENSORS
from netledger.network import Layer, Network, Tensor
from netledger.records import Rolled
from netledger.sources.tensors.copies import without_copies
from netledger.sources.tensors.neighbours import told_by_neighbours, without_quantisation
from netledger.sources.tensors.roles import module_of, role_of, spellings
from netledger.sources.tensors.turns import rolled, turns_in
from netledger.unknown import least, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.unknown import Number

    Quantisation = Callable[[], Mapping[str, Any]]

FOLD_ABOVE = 30_000
"""More tensors than this are folded by path."""
_INNER = (".weight.", "centroids.", ".absmax\n")
"""Signs of names that go on below the name of a weight."""
_NOTHING: Mapping[str, Any] = {}


class Kind:
    """What very many tensors have in common: element type, shape, number of values, stored bytes."""

    __slots__ = ("dtype", "elements", "nbytes", "shape")

    def __init__(self, dtype: str, shape: tuple[int, ...], elements: int, nbytes: int) -> None:
        self.dtype, self.shape, self.elements, self.nbytes = dtype, shape, elements, nbytes

    def tensor(self, name: str) -> Tensor:
        """A tensor of this kind."""
        role = role_of(name, self.dtype, self.shape)
        return Tensor(name, role, self.shape, self.dtype, True, None, None, self.nbytes)


def read_tree(
    name: str,
    names: Sequence[str],
    kinds: Sequence[Kind],
    *,
    quantisation: Quantisation | None = None,
    tied: Callable[[], bool] | None = None,
    title: str | None = None,
    notes: tuple[str, ...] = (),
    meta: Mapping[str, Any] | None = None,
    alphabetical: int = 0,
    stored: Mapping[str, int] | None = None,
    published: Mapping[str, Any] | None = None,
) -> Network:
    """The network of parallel lists of tensor names and kinds; folded by path above ``FOLD_ABOVE``.

    ``quantisation`` gives what ``config.json`` says of packing; it is asked only where names look packed, ``tied``
    (whether the output layer is the embedding) only where both are stored. Names that
    stand in at most ``alphabetical`` alphabets one after the other say nothing of the network's order: a person's
    order of counting is taken for them (``layers.2`` before ``layers.10``, a weight before its bias). ``stored`` is
    what the file itself says of elements and bytes, against which the books are held (by default the kinds' sums).
    """
    if len(names) > TENSORS:
        raise LimitError(f"{len(names):,} tensors, more than {TENSORS:,}")
    counting = bool(alphabetical) and (len(names) > FOLD_ABOVE or sum(map(gt, names, names[1:])) < alphabetical)
    if len(names) > FOLD_ABOVE:
        rows = _folded(names, kinds, quantisation)
        layers: Sequence[Layer] | Rolled = in_order_of_counting(rows) if counting else rows
        notes = (
            *notes,
            f"{len(names):,} tensors folded into {several(len(rows), 'row')} by path: * stands for numbers",
        )
    else:
        layers, said = _each(names, kinds, quantisation, tied, counting=counting)
        notes = (*notes, *said)
    sums = {"elements": sum([kind.elements for kind in kinds]), "bytes": sum([kind.nbytes for kind in kinds])}
    about = {"tensors": len(names), **(meta or {}), "stored": {**sums, **(stored or {})}}
    return tree(name, layers, title=title, notes=notes, published=published, meta=about)


def _each(
    names: Sequence[str],
    kinds: Sequence[Kind],
    quantisation: Quantisation | None,
    tied: Callable[[], bool] | None,
    *,
    counting: bool,
) -> tuple[Sequence[Layer] | Rolled, tuple[str, ...]]:
    """A layer for each module path, and what is said of them."""
    found = _by_blocks(names, kinds, tied, counting=counting)
    if found is not None:
        return found
    tensors = [kind.tensor(name) for name, kind in zip(names, kinds, strict=True)]
    said = _without_tied(tensors, tied)
    told, copies = without_copies(tensors)
    layers = layers_of(told, quantisation, weights_first=counting)
    return (in_order_of_counting(layers) if counting else layers), (*said, *copies)


def _by_blocks(
    names: Sequence[str], kinds: Sequence[Kind], tied: Callable[[], bool] | None, *, counting: bool
) -> tuple[Rolled, tuple[str, ...]] | None:
    """The same where blocks are equal, of which one is looked at; ``None`` where there are none, or where a tensor is
    not told by its own name and kind.
    """
    places, turns = turns_in(names, kinds, in_order=not counting)
    tensors = [kinds[place].tensor(names[place]) for place in places]
    if not turns or not _tell_for_themselves(tensors):
        return None
    said = _without_tied(tensors, tied)
    layers = (
        in_order_of_counting(_as_named(_by_rank(tensors), plain=True)) if counting else _as_named(tensors, plain=True)
    )
    found = rolled(layers, turns)
    return None if found is None else (found, said)


def _tell_for_themselves(tensors: Sequence[Tensor]) -> bool:
    """Whether each tensor is what its name and kind say, whatever else a file holds: none is packed, a copy, or told
    by its neighbours.
    """
    from netledger.sources.quantised import looks_packed

    joined = spellings([tensor.name for tensor in tensors])
    alone = "zero_point" not in joined and not any(sign in joined for sign in _INNER)
    alone = alone and all(tensor.role != "state" for tensor in tensors) and not looks_packed(tensors, joined)
    return alone and without_copies(tensors)[0] is tensors and told_by_neighbours(tensors, joined) is tensors


def _without_tied(tensors: list[Tensor], tied: Callable[[], bool] | None) -> tuple[str, ...]:
    """Have the copy of the embedding that ``config.json`` ties to it not counted; what is said of that."""
    repeated = _repeated_words(tensors) if tied is not None else None
    if repeated is None or tied is None or not tied():
        return ()
    tensors[repeated] = tensors[repeated].replace(role="constant")
    return (f"config.json ties '{tensors[repeated].name}' to the embedding: the copy is not counted",)


def _repeated_words(tensors: Sequence[Tensor]) -> int | None:
    """Where ``lm_head.weight`` stands that has the shape of an ``embed_tokens.weight`` in the same file."""
    heads = [i for i, tensor in enumerate(tensors) if tensor.name.endswith("lm_head.weight")]
    heads = [i for i in heads if tensors[i].name.rpartition("model.")[2] == "lm_head.weight"]
    if len(heads) != 1:
        return None
    words = {tensor.shape for tensor in tensors if tensor.name.endswith(("embed_tokens.weight", "wte.weight"))}
    return heads[0] if tensors[heads[0]].shape in words else None


def tree(
    name: str,
    layers: Sequence[Layer] | Rolled,
    *,
    title: str | None = None,
    notes: tuple[str, ...] = (),
    published: Mapping[str, Any] | None = None,
    meta: Mapping[str, Any] | None = None,
) -> Network:
    """A network of module layers, with what is stored by element type among its notes."""
    weighed = list(layers.weighed()) if isinstance(layers, Rolled) else [(layer, 1) for layer in layers]
    alike = _alike(weighed)
    return Network(
        name,
        layers,
        title=title,
        published=published,
        notes=(*notes, *_stored(alike), *_layouts(weighed)),
        batched=True,
        dtype=_main_dtype(alike),
        meta=meta,
    )


def layers_of(
    tensors: Sequence[Tensor], quantisation: Quantisation | None = None, *, weights_first: bool = False
) -> list[Layer]:
    """One layer for each module path, in the order of first appearance; packed weights recognised.

    ``weights_first``: each with its weights before its biases, and the layers in an order that is not the last one.
    """
    from netledger.sources.quantised import looks_packed, unpack

    joined = spellings([tensor.name for tensor in tensors])
    tensors = told_by_neighbours(tensors, joined)
    packed = looks_packed(tensors, joined)
    config = quantisation() if packed and quantisation is not None else {}
    if weights_first and not packed:
        tensors = _by_rank(tensors)
    pairs, plain = "zero_point" in joined, not any(sign in joined for sign in _INNER)
    if not packed and not pairs:
        return _as_named(tensors, plain=plain)
    layers = []
    for path, held in _by_module(tensors, plain=plain).items():
        layout, known = unpack(path, held, config) if packed else (None, held)
        if layout is None and pairs:
            known = list(without_quantisation(known))
        meta = {"layout": layout} if layout else None
        layers.append(Layer(path, "tensors", outputs=(), tensors=tuple(known), meta=meta))
    return layers


def _as_named(tensors: Sequence[Tensor], *, plain: bool) -> list[Layer]:
    """One layer for each module path."""
    modules = _by_module(tensors, plain=plain)
    return [Layer(path, "tensors", _NOTHING, (), (), tuple(held), meta=_NOTHING) for path, held in modules.items()]


def _by_module(tensors: Sequence[Tensor], *, plain: bool) -> dict[str, list[Tensor]]:
    """``path of a module → its tensors``; ``plain``: no name goes on below the name of a weight."""
    modules: dict[str, list[Tensor]] = {}
    for tensor in tensors:
        path = tensor.name.rpartition(".")[0] if plain and tensor.role != "state" else ""
        modules.setdefault(path or _place_of(tensor), []).append(tensor)
    return modules


def _place_of(tensor: Tensor) -> str:
    """The module of a tensor; an optimizer's state is one place, however many parameters it follows."""
    if tensor.role == "state":
        before, state, _ = f".{tensor.name}".partition(".state.")
        if state:
            return f"{before}.state"[1:]
    return module_of(tensor.name)


def in_order_of_counting(layers: Sequence[Layer]) -> list[Layer]:
    """Layers by their paths, numbers by their size, each with its weights before its biases.

    >>> [layer.path for layer in in_order_of_counting([Layer(f"h.{i}", "tensors") for i in (0, 10, 2)])]
    ['h.0', 'h.2', 'h.10']
    """
    paths = [layer.path.split(".") for layer in layers]
    parts = sorted(set(chain.from_iterable(paths)), key=_number_last)
    places_of = {part: place for place, part in enumerate(parts)}
    order = [[*map(places_of.__getitem__, path)] for path in paths]
    places = sorted(range(len(layers)), key=order.__getitem__)
    return [_weights_first(layers[place]) if len(layers[place].tensors) > 1 else layers[place] for place in places]


def _weights_first(layer: Layer) -> Layer:
    """The layer with its weights before its biases."""
    held = layer.tensors
    if all(_rank(one) <= _rank(other) for one, other in pairwise(held)):
        return layer
    return layer.replace(tensors=tuple(sorted(held, key=_rank)))


_FIRST = {"weight": 0, "parameter": 1, "bias": 2, "running_statistic": 3}


def _rank(tensor: Tensor) -> int:
    """Where a tensor stands in its module."""
    return _FIRST.get(tensor.role, len(_FIRST))


def _by_rank(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Tensors in the order of what they are, equal ones in their own."""
    ranked: list[list[Tensor]] = [[] for _ in range(len(_FIRST) + 1)]
    for tensor in tensors:
        ranked[_FIRST.get(tensor.role, -1)].append(tensor)
    return [tensor for alike in ranked for tensor in alike]


def _number_last(part: str) -> tuple[str, int, str]:
    """``conv10`` as something that sorts behind ``conv9``."""
    word = part.rstrip("0123456789")
    return word, len(part) - len(word), part


def _folded(names: Sequence[str], kinds: Sequence[Kind], quantisation: Quantisation | None) -> list[Layer]:
    """One layer for each module path with its numbers taken out; a path's tensors of equal kind become one."""
    from netledger.sources.tensors.folding import groups_of, starred

    tensors, times = [], dict[str, list[int]]()
    for (_, kind), (first, count) in groups_of(names, kinds).items():
        tensor = kind.tensor(starred(first))
        tensors.append(tensor)
        times.setdefault(tensor.name, []).append(count)
    left = {name: iter(counts) for name, counts in times.items()}
    return [
        layer.replace(tensors=tuple([_repeated(tensor, next(left[tensor.name])) for tensor in layer.tensors]))
        for layer in layers_of(tensors, quantisation)
    ]


def _repeated(tensor: Tensor, count: int) -> Tensor:
    one, nbytes = tensor.count, tensor.bytes
    return tensor.replace(
        elements=one * count if isinstance(one, int) else one,
        nbytes=nbytes * count if isinstance(nbytes, int) else nbytes,
    )


# ---------------------------------------------------------------------- what is said about the whole


def _stored(alike: Sequence[tuple[Tensor, Any, int, int]]) -> tuple[str, ...]:
    """``stored: 243,860,896 bytes: float32 60,965,224 values``, the largest element type first."""
    values: dict[str, Number] = {}
    stored: Number = 0
    kept: dict[str, list[tuple[Number, Number]]] = {}
    for tensor, layout, _, times in alike:
        if not times:
            continue
        packed = tensor.elements is not None and layout
        where = f"packed in {tensor.dtype}" if packed else f"of {tensor.dtype}"
        kept.setdefault(where, []).append((sum_up((tensor.count,)) * times, sum_up((tensor.bytes,)) * times))
    for where, pairs in kept.items():
        values[where] = sum_up(count for count, _ in pairs)
        stored += sum_up(nbytes for _, nbytes in pairs)
    if not values:
        return ("no tensors are stored",)
    ordered = sorted(values.items(), key=lambda item: -least(item[1]))
    return (
        f"stored: {stored:,} bytes: " + ", ".join([f"{several(count, 'value')} {where}" for where, count in ordered]),
    )


def _alike(layers: Sequence[tuple[Layer, int]]) -> list[tuple[Tensor, Any, int, int]]:
    """Tensors that differ in their names alone: the first, its layer's layout, how many names and how many storages.

    ``layers``: each with how many there are.
    """
    alike: dict[tuple[Any, ...], list[Tensor]] = {}
    more: dict[tuple[Any, ...], int] = {}
    again: dict[tuple[Any, ...], int] = {}
    seen = set[str]()
    for layer, times in layers:
        layout = layer.meta.get("layout")
        for tensor in layer.tensors:
            key = (tensor.role, tensor.shape, tensor.dtype, tensor.elements, tensor.nbytes, layout)
            if tensor.storage is not None:
                if tensor.storage in seen:
                    again[key] = again.get(key, 0) + 1
                seen.add(tensor.storage)
            if times > 1:
                more[key] = more.get(key, 0) + times - 1
            alike.setdefault(key, []).append(tensor)
    found = []
    for key, held in alike.items():
        names = len(held) + more.get(key, 0)
        found.append((held[0], key[-1], names, names - again.get(key, 0)))
    return found


def several(count: Number, what: str) -> str:
    """``1 value``, ``2 values``."""
    shown = f"{count:,}"
    return f"{shown} {what}{'' if shown == '1' else 's'}"


def _layouts(layers: Sequence[tuple[Layer, int]]) -> tuple[str, ...]:
    """Which packed layouts were recognised, and in how many modules."""
    found: dict[str, int] = {}
    for layer, times in layers:
        layout = layer.meta.get("layout")
        if layout:
            found[layout] = found.get(layout, 0) + times
    said = "counted by their logical values"
    return tuple([f"packed as {layout}: {several(count, 'module')}, {said}" for layout, count in found.items()])


def _main_dtype(alike: Sequence[tuple[Tensor, Any, int, int]]) -> str:
    """The element type that most learned values have, where it is one that can be named; else ``float32``."""
    from netledger.dtypes import BITS

    sums: dict[str, int] = {}
    for tensor, _, times, _ in alike:
        count = tensor.count
        if tensor.learned and isinstance(count, int):
            sums[tensor.dtype] = sums.get(tensor.dtype, 0) + count * times
    known = [dtype for dtype in sums if dtype in BITS]
    return max(known, key=lambda dtype: sums[dtype]) if known else "float32"
