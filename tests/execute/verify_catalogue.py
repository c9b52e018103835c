"""``python -m tests.execute.verify_catalogue [--device meta] [--whole] [NAME …]``: predicted and measured, network by network.

On the device ``meta`` PyTorch runs a training step on shapes alone, so that networks of any size can be measured. Equal
blocks are run twice, not eighty times (:mod:`.shortened`), but with ``--whole``. The tests verify so many networks that
every layer of the catalogue is among them in every place where it stands (:func:`places`).
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from typing import TYPE_CHECKING, Any

from netledger import catalogue
from netledger.errors import NetledgerError
from netledger.execute.aliasing import without_softmax
from netledger.execute.memory import macs_of_a_step, predict
from netledger.ledger import keep_books
from netledger.train.measuring import measure
from netledger.unknown import least
from tests.execute.shortened import WHERE, shortened

if TYPE_CHECKING:
    from netledger.network import Layer, Network

BATCH = 2
STEPS = ("kernel_size", "stride", "padding", "dilation", "dim", "dim0", "dim1", "dims", "start_dim", "end_dim")
SIZE, STEP = 2, 8
"""Whole numbers from this on are sizes (of windows and of dimensions' numbers from the second on): two layers that
differ in them alone are the same layer, larger."""


def compared(network: Network, device: str = "meta") -> dict[str, tuple[Any, int | None]]:
    """Each quantity's prediction and measurement (``None``: something stands in for what the description leaves open)."""
    ledger, predicted = keep_books(network), predict(network, batch=BATCH, device=device)
    measured = measure(network, batch=BATCH, device=device)
    return {
        "parameters": (ledger.totals.parameters, measured.parameters),
        "MACs": (macs_of_a_step(ledger, BATCH), measured.macs),
        "weights": (predicted.weights, measured.weights),
        "gradients": (predicted.gradients, measured.gradients),
        "optimizer": (predicted.optimizer, measured.optimizer),
        "saved": (predicted.saved, measured.saved),
    }


def faults(rows: dict[str, tuple[Any, int | None]]) -> list[str]:
    """What was not as predicted; a prediction that is a least is right where the measurement is no less."""
    return [
        f"{what}: predicted {predicted}, measured {measured:,}"
        for what, (predicted, measured) in rows.items()
        if measured is not None
        and (predicted != measured if isinstance(predicted, int) else least(predicted) > measured)
    ]


def places(network: Network) -> frozenset[Any]:
    """Each layer's kind and attributes without sizes, with the kinds of what it reads and of what reads it."""
    made = {name: layer.kind for layer in network.layers for name in layer.outputs}
    readers: dict[str, set[str]] = {}
    for layer in network.layers:
        for name in layer.inputs:
            readers.setdefault(name, set()).add(layer.kind)
    return frozenset(
        (
            layer.kind, _without_sizes(layer), layer.share is None, layer.dtype, layer.trainable,
            tuple([made[name] for name in layer.inputs]),
            tuple([tuple(sorted(readers.get(name, ()))) for name in layer.outputs]),
        )
        for layer in network.layers
    )  # fmt: skip


def _without_sizes(layer: Layer) -> tuple[tuple[str, Any], ...]:
    return tuple(
        sorted(
            (key, _plain(value, STEP if key in STEPS else SIZE))
            for key, value in layer.attributes.items()
            if key not in WHERE
        )
    )


def _plain(value: Any, size: int) -> Any:
    if isinstance(value, tuple | list):
        return tuple([_plain(part, size) for part in value])
    whole = isinstance(value, int) and not isinstance(value, bool)
    return "size" if whole and abs(value) >= size else value if isinstance(value, int | float) else repr(value)


def loaded(name: str, whole: bool = False) -> Network:
    """A network of the catalogue with logits for outputs, its equal blocks twice."""
    network = without_softmax(catalogue.load(name))
    return network if whole else shortened(network)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--device", default="meta")
    parser.add_argument("--whole", action="store_true")
    given = parser.parse_args()
    started, seen, wrong = time.process_time(), Counter[str](), 0
    for name in given.names or [*catalogue.names(), *catalogue.models()]:
        try:
            rows = compared(loaded(name, given.whole), given.device)
            found = faults(rows)
        except NetledgerError as error:
            found = [str(error)]
        if found:
            wrong += 1
            print(f"{name}: " + "; ".join(found), flush=True)
            continue
        for what, (predicted, measured) in rows.items():
            seen[f"{what} " + ("open" if measured is None else "equal" if predicted == measured else "no less")] += 1
    took = time.process_time() - started
    print(f"{wrong} wrong; {', '.join(f'{n} {what}' for what, n in sorted(seen.items()))}; {took:.0f} s of CPU")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
