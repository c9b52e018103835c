"""Tables looked up by index."""

from __future__ import annotations

import torch.nn.functional as F

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.operations import Compute


@operation("embedding")
def embedding(making: Making) -> Compute:
    """A row for each index."""
    padding = making.arguments.get("padding_idx")
    return lambda layer, ids: F.embedding(ids, layer.weight, padding)


@operation("embedding_bag")
def embedding_bag(making: Making) -> Compute:
    """The mean (or sum, or maximum) of the rows of each bag."""
    mode = making.arguments.get("mode", "mean")
    return lambda layer, ids: F.embedding_bag(ids, layer.weight, mode=mode)
