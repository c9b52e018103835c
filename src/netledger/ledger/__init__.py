"""The books: a Ledger with one Entry a layer, totals, evidence and discrepancies; :func:`keep_books` makes one.

>>> from netledger.network import Layer, Network
>>> net = Network("tiny", (
...     Layer("image", "input", {"shape": (3, 8, 8)}),
...     Layer("conv", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("image",)),
... ))
>>> ledger = keep_books(net)
>>> ledger.totals.parameters, ledger.totals.macs, ledger["conv"].formula.text()
(112, 3888, '(3*3)*3*4 + 4')
"""

from __future__ import annotations

from netledger.garbage import Paused
from netledger.ledger.bookkeeping import Bookkeeper
from netledger.ledger.books import Discrepancy, Entry, Evidence, Ledger, Totals

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network

__all__ = ["Discrepancy", "Entry", "Evidence", "Ledger", "Totals", "keep_books"]


def keep_books(network: Network, *, batch: int = 1, dtype: str | None = None) -> Ledger:
    """The ledger of ``network``.

    ``batch`` multiplies MACs and neurons. ``dtype`` gives every parameter that element type for the bytes. A layer that
    cannot be is a ``ShapeError`` that names it; a layer without a rule is Unknown, never an error.
    """
    with Paused():
        return Bookkeeper(network, batch, dtype).ledger()
