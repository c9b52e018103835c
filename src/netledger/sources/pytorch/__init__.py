"""Live PyTorch models: counted on shapes alone, exactly, whatever the device, grad mode or attention backend.

The model is left as it was, nothing is allocated, and what has no rule is Unknown. See ``docs/guides/pytorch.md``.
"""

from __future__ import annotations

from netledger.errors import MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Network
    from netledger.sources import Options

__all__ = ["build", "get_ready", "read_module", "read_named", "read_state"]


def _torch(what: str) -> None:
    try:
        import torch  # noqa: F401
    except ImportError as error:
        if error.name not in (None, "torch"):
            raise
        raise MissingExtraError("torch", "torch", what) from error


_COMMONEST = "conv2d linear relu max_pool2d adaptive_avg_pool2d batch_norm flatten embedding add"


def get_ready() -> None:
    """Import what nearly every count needs: the pass, and the rules of the commonest layers."""
    import netledger.sources.pytorch.counting  # noqa: F401
    from netledger.layers import rule_for

    for kind in _COMMONEST.split():
        rule_for(kind)


def read_module(model: Any, options: Options, name: str | None = None) -> Network:
    """The network of a live ``torch.nn.Module``; inputs and settings as in ``netledger.summary``."""
    _torch("a live model")
    from netledger.sources.pytorch.counting import network_of

    return network_of(model, options, name=name)


def read_state(state: Any) -> Network:
    """The stored tensors of a ``state_dict()``: what each module stores, no shapes, no MACs."""
    _torch("a state_dict")
    from netledger.sources.pytorch.inventory import is_statistic, tensor_record
    from netledger.sources.tensors.module_tree import layers_of, tree

    tensors = [
        tensor_record(name, name.rpartition(".")[2], tensor, not is_statistic(name), f"s{i}")
        for i, (name, tensor) in enumerate(state.items())
    ]
    return tree("state_dict", layers_of(tensors), title="a state_dict: stored tensors")


def read_named(prefix: str, rest: str, options: Options) -> Network:
    """A model that a library builds: ``torchvision:resnet50``, ``timm:vit_base_patch16_224``, ``transformers:DIR``."""
    _torch(f"{prefix}:{rest}")
    from netledger.sources.pytorch.named import build_named

    return build_named(prefix, rest, options)


def build(name: str, factory: Callable[[], Any]) -> Any:
    """What a factory of somebody's code makes, without making the weights of a PyTorch model."""
    _torch(name)
    from netledger.sources.pytorch.named import build as built

    return built(name, factory)
