"""Mixtures of experts: routed computation in a form whose sizes do not depend on the routing."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any


def experts_in_batches(modules: Iterable[Any]) -> None:
    """Have transformers' experts computed as batched products: every token meets as many as it is routed to.

    The loop over experts that is their default reads which experts were hit; the products are the same ones. The
    configurations are the model's own and put back with it.
    """
    for module in modules:
        config: Any = module.__dict__.get("config")
        known = getattr(config, "_experts_implementation_internal", None)
        if known not in (None, "batched_mm"):
            config._experts_implementation_internal = "batched_mm"
