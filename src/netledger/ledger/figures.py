"""The catalogue's figures, so that a question about all of it need not read all of it.

The index is made when the wheel is built (``hatch_build.py``); from a checkout it is worked out when it is asked for.
"""

from __future__ import annotations

import os

from netledger.records import Record
from netledger.unknown import sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.ledger import Ledger
    from netledger.network import Network

_NORMS = ("local_response_norm", "batch_norm", "layer_norm", "group_norm", "instance_norm", "rms_norm")


class Listed(Record):
    """One network's figures: totals, those of its convolutions, the parameters of each layer that has any, in order,
    its last linear layer as (inputs, biases, outputs), from which the count for other numbers of classes follows, and
    what a list of the catalogue tells of it (:func:`told`).
    """

    __slots__ = (
        "name", "title", "family", "parameters", "weights", "buffers", "macs", "neurons", "conv_parameters",
        "conv_weights", "conv_macs", "linear_parameters", "layers", "head", "told",
    )  # fmt: skip
    name: str
    title: str
    family: str
    parameters: int
    weights: int
    buffers: int
    macs: int
    neurons: int
    conv_parameters: int
    conv_weights: int
    conv_macs: int
    linear_parameters: int
    layers: tuple[int, ...]
    head: tuple[int, int, int] | None
    told: dict[str, Any]

    def __init__(self, *values: Any) -> None:
        self._fill(*values)


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120 - pathlib costs start-up time
_entries: tuple[Listed, ...] = ()


def entries() -> tuple[Listed, ...]:
    """Every network of the catalogue with its figures, in the catalogue's order."""
    return indexed() or _kept(measured())


def indexed() -> tuple[Listed, ...]:
    """The same where they are at hand: as the wheel brings them, or worked out before; else nothing."""
    if not _entries:
        try:
            from netledger._figures import MADE_FROM, ROWS  # type: ignore[import-not-found,unused-ignore]

            if MADE_FROM is None or fingerprint() == MADE_FROM:
                _kept([Listed(*row) for row in ROWS])
        except ImportError:
            pass
    return _entries


def _kept(found: Iterable[Listed]) -> tuple[Listed, ...]:
    global _entries
    _entries = tuple(found)
    return _entries


def fingerprint() -> tuple[int, int, int]:
    """What the figures of a checkout were made from: number, sizes and times of the networks and of the rules."""
    files = size = changed = 0
    made_by = ("catalogue", "formula", "layers", "ledger", "notation")
    waiting = [os.path.join(_PACKAGE, name) for name in made_by]  # noqa: PTH118
    while waiting:
        path = waiting.pop()
        if os.path.isdir(path):  # noqa: PTH112
            with os.scandir(path) as entries:
                waiting += [entry.path for entry in entries if entry.name != "__pycache__"]
            continue
        status = os.stat(path)  # noqa: PTH116
        files, size, changed = files + 1, size + status.st_size, changed + status.st_mtime_ns
    return files, size, changed


def measured() -> Iterable[Listed]:
    """The figures worked out from the descriptions themselves."""
    from netledger.catalogue import load, names
    from netledger.ledger import keep_books

    for name in names():
        ledger = keep_books(load(name))
        totals = ledger.totals
        conv = [entry for entry in ledger if entry.kind.startswith("conv")]
        linear = [entry for entry in ledger if entry.kind == "linear"]
        head = linear[-1] if linear else None
        last = None
        if head is not None and head.layer.attributes.get("groups", 1) == 1:
            shape = head.effect.slots[0].shape
            last = (int(shape[1]), int(head.biases), int(shape[0]))
        yield Listed(
            name, ledger.network.title or name, str(ledger.network.meta.get("family", "")), int(totals.parameters),
            int(totals.weights), int(totals.buffers), int(totals.macs), int(totals.neurons),
            *[int(sum_up([getattr(entry, what) for entry in conv])) for what in ("parameters", "weights", "macs")],
            int(sum_up([entry.parameters for entry in linear])),
            tuple([int(entry.parameters) for entry in ledger if entry.parameters]), last, told(ledger),
        )  # fmt: skip


def told(ledger: Ledger) -> dict[str, Any]:
    """What a list of networks tells of one.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> told(keep_books(load("alexnet")))["groups"]
    '2 in conv2, conv4, conv5'
    """
    network = ledger.network
    inputs = network.inputs()
    return {
        "name": network.name,
        "title": network.title,
        "source": network.source,
        **{key: network.meta.get(key) for key in ("year", "family", "differs")},
        "groups": groups_of(network),
        "normalisation": normalisation_of(network),
        "input": inputs[0].attributes.get("shape") if inputs else None,
        "parameters": ledger.totals.parameters,
        "macs": ledger.totals.macs,
        "published": {name: str(value) for name, value in network.published.items()},
    }


def groups_of(network: Network) -> str:
    """Which convolutions are grouped, ``2 in conv2, conv4, conv5``: as its file states, else as its layers are."""
    stated = network.meta.get("groups")
    if isinstance(stated, str):
        return stated
    grouped: dict[int, list[str]] = {}
    for layer in network.layers:
        groups = layer.attributes.get("groups", 1)
        if layer.kind.startswith("conv") and isinstance(groups, int) and groups > 1:
            grouped.setdefault(groups, []).append(layer.path)
    if not grouped:
        return "none"
    layers = sum(len(paths) for paths in grouped.values())
    if layers > 6:
        return f"in {layers} convolutions"
    return "; ".join([f"{groups} in {', '.join(paths)}" for groups, paths in grouped.items()])


def normalisation_of(network: Network) -> str:
    """How it normalises: as its file states, else the kinds of its layers."""
    stated = network.meta.get("normalisation")
    if isinstance(stated, str):
        return stated
    found = [kind for kind in _NORMS if any(layer.kind == kind for layer in network.layers)]
    return ", ".join(kind.replace("_", " ") for kind in found) or "none"


def source_text(*, checkout: bool = False) -> str:
    """The figures as a Python module; for a ``checkout`` with what they were made from, so that they can be stale."""
    made_from = fingerprint() if checkout else None
    rows = "".join([f"    {entry.fields()!r},\n" for entry in measured()])
    head = '"""The figures of the catalogue, made when the wheel was built."""'
    return f"{head}\n\nMADE_FROM = {made_from!r}\nROWS = (\n{rows})\n"
