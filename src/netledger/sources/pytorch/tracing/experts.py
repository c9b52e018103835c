"""Mixtures of experts: routed computation in a form whose sizes do not depend on the routing."""

from __future__ import annotations

from contextlib import contextmanager

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any


@contextmanager
def experts_in_batches(model: Any, real: bool) -> Iterator[None]:
    """Transformers' experts computed as batched products: every token meets as many experts as it is routed to.

    The loop over experts that is their default reads which experts were hit; the products are the same ones.
    """
    changed: list[tuple[Any, Any]] = []
    if not real:
        for module in model.modules():
            config: Any = getattr(module, "config", None)
            known = getattr(config, "_experts_implementation_internal", None)
            if known not in (None, "batched_mm"):
                changed.append((config, known))
                config._experts_implementation_internal = "batched_mm"
    try:
        yield
    finally:
        for config, known in changed:
            config._experts_implementation_internal = known
