"""What a forward pass returns unfinished - a generator, a coroutine - brought to its end while the pass is watched.

Its caller would run the rest of it: a pass that ended with the call would have seen nothing of that.
"""

from __future__ import annotations

import asyncio
import itertools
from collections.abc import AsyncIterator, Coroutine, Iterator

from netledger.sources.pytorch.tracing.data_dependent import DataDependent

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MOST = 4096
"""Results that a generator may give one after the other."""


def finished(value: Any) -> Any:
    """``value`` with every iterator in it as the list of its results and every coroutine as what it returns.

    >>> finished({"steps": (2 * step for step in range(3)), "rest": [map(abs, [-1])]})
    {'steps': [0, 2, 4], 'rest': [[1]]}
    """
    kind = type(value)
    if kind is dict:
        return {name: finished(one) for name, one in value.items()}
    if kind in (list, tuple):
        return kind([finished(one) for one in value])
    if isinstance(value, Iterator):
        results = list(itertools.islice(value, MOST + 1))
        if len(results) > MOST:
            raise DataDependent(f"it gives more than {MOST:,} results one after the other")
        return finished(results)
    if isinstance(value, AsyncIterator):
        return finished(_awaited(_gathered(value)))
    return finished(_awaited(value)) if isinstance(value, Coroutine) else value


async def _gathered(results: AsyncIterator[Any]) -> list[Any]:
    gathered = []
    async for one in results:
        gathered.append(one)
        if len(gathered) > MOST:
            raise DataDependent(f"it gives more than {MOST:,} results one after the other")
    return gathered


def _awaited(coroutine: Coroutine[Any, Any, Any]) -> Any:
    """What a coroutine returns, run in a loop of its own: also within another, as a notebook's cells are."""
    outer, loop = asyncio._get_running_loop(), asyncio.new_event_loop()
    asyncio._set_running_loop(None)
    try:
        return loop.run_until_complete(coroutine)
    finally:
        loop.close()
        asyncio._set_running_loop(outer)
