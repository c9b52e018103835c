"""The module whose weights are exported."""

from __future__ import annotations

from pathlib import Path

import torch

from netledger.errors import DataError, FormatError
from netledger.execute import checkpoint
from netledger.execute.building import NetworkModule, build

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network


def module_with(network: Network, weights: str | Path | None, seed: int) -> NetworkModule:
    """A module in test mode, with the weights of a file or initialised from ``seed``."""
    module = build(network, init="zeros" if weights is not None else None, seed=seed).eval()
    if weights is not None:
        checkpoint.read_weights(module, weights)
        if _unscaled(weights):
            fold_dropout(module)
    return module


def _unscaled(path: str | Path) -> bool:
    try:
        return bool(checkpoint.load(path)["recipe"]["dropout"] == "unscaled")
    except FormatError:
        return False


@torch.no_grad()
def fold_dropout(module: NetworkModule) -> None:
    """Put the test-time factor of 2012's dropout, ``1 - p``, into the weights that read it: the outputs are the same,
    and the network is one with today's dropout."""
    readers: dict[str, list[str]] = {}
    operations = {operation.layer.path: operation for operation in module.operations()}
    for operation in operations.values():
        for name in operation.layer.inputs:
            readers.setdefault(name, []).append(operation.layer.path)
    for path, operation in operations.items():
        if operation.layer.kind != "dropout":
            continue
        factor = 1 - float(operation.layer.attributes.get("p", 0.5))
        for reader in readers.get(operation.layer.outputs[0], []):
            weight = operations[reader].get("weight")
            if operations[reader].layer.kind not in ("linear", "conv2d") or weight is None:
                raise DataError(f"its factor cannot be put into '{reader}', which has no weights").at(item=path)
            weight.mul_(factor)
