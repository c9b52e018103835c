"""Sizes that depend on the data: which results have one, and what is the same whatever it is.

A pass gives such a result an assumed size and marks it; the mark is handed on to all that is computed from it. Where a
second pass with quite another size contracts the same, the size does not matter there, and the count is exact.
"""

from __future__ import annotations

import torch

from netledger.sources.pytorch.rules.non_contracting import undecorated
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.sources.pytorch.tracing.arguments import Arguments
    from netledger.sources.pytorch.tracing.call_tree import Event

FIRST_TRY, SECOND_TRY = 1, 997
"""The sizes assumed; the second is prime and large, so that no clipping or padding makes the first of it."""

_SIZED_BY_FIRST = frozenset(
    "index_put index_add index_copy index_fill index_reduce index_put_impl unsafe_index_put scatter scatter_add "
    "scatter_reduce masked_scatter put slice_scatter select_scatter diagonal_scatter as_strided_scatter".split()
)
"""Operations whose result is as large as what they begin with, whatever is written where."""


def sized_by_data(func: Any, arguments: Arguments) -> bool:
    """Whether the size of a result depends on the data: what is written into keeps its own."""
    if not arguments.tainted or not arguments.args:
        return arguments.tainted
    first, declared = arguments.args[0], func._schema.arguments[0]
    written = declared.alias_info is not None and declared.alias_info.is_write
    name = func.name().partition(".")[0].rpartition("::")[2]
    keeps = written or undecorated(name) in _SIZED_BY_FIRST
    return not keeps or not isinstance(first, torch.Tensor) or getattr(first, "depends_on_data", False)


def settle(events: Sequence[Event], others: Sequence[Event]) -> bool:
    """Count what two passes with different assumed sizes agree on, and nothing else; whether they ran the same.

    A size that a model reads as a number (``x.shape[0]``) bears no mark: there only the difference tells.
    """
    if [event.name for event in events] != [other.name for other in others]:
        return False
    for event, other in zip(events, others, strict=True):
        if event.contraction is None:
            continue
        if event.contraction != other.contraction:
            why = event.unknown or f"the sizes of {event.name} depend on the data"
            multiplies = other.contraction is None or other.contraction.terms
            unsized = None if multiplies else event.contraction.unsized(Unknown(why))
            event.contraction, event.tainted = unsized or event.contraction, True
            event.unknown = None if unsized else why
        elif event.tainted:
            event.unknown, event.tainted = None, False
    return True
