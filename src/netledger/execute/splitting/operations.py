"""Where the parts of a split network meet: differentiable sends and receives, their bytes counted as they go.

What a process hands to another is counted once for each that it is handed to. An operation over shares of the images
is told before a pass how many each process has (``layer.shares``); maps and features are spread evenly.
"""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.execute.operations import Compute

SHARED = ("split_gather_images", "split_dropout")
"""Kinds that must know how many images each process has."""

sent_bytes = {"forward": 0, "backward": 0, "labels": 0, "gradients": 0}
"""Bytes this process has handed over: activations, their gradients, labels, gradients of layers that all have."""


def reset_counts() -> None:
    """Count from zero."""
    sent_bytes.update(dict.fromkeys(sent_bytes, 0))


def trade(outgoing: dict[int, Any], incoming: dict[int, Any], way: str) -> None:
    """Send to and receive from the other processes (by rank) at once; empty tensors are not sent."""
    requests = []
    kept = {other: value.contiguous() for other, value in outgoing.items() if value.numel()}
    for other, value in kept.items():
        sent_bytes[way] += value.numel() * value.element_size()
        requests.append(dist.P2POp(dist.isend, value, other))
    requests += [dist.P2POp(dist.irecv, value, other) for other, value in incoming.items() if value.numel()]
    if requests:
        for request in dist.batch_isend_irecv(requests):
            request.wait()


def _others() -> list[int]:
    return [rank for rank in range(dist.get_world_size()) if rank != dist.get_rank()]


def _like(own: Any) -> Any:
    return torch.empty_like(own, memory_format=torch.contiguous_format)


class GatherImages(torch.autograd.Function):
    """The features of the whole batch on all; backward each share's gradient goes home and is summed there."""

    @staticmethod
    def forward(ctx: Any, own: Any, shares: Sequence[int]) -> Any:
        """All images, in the order of the ranks."""
        ctx.shares, rank = list(shares), dist.get_rank()
        parts = {r: own if r == rank else own.new_empty((n, *own.shape[1:])) for r, n in enumerate(ctx.shares)}
        others = _others()
        trade(dict.fromkeys(others, own), {r: parts[r] for r in others}, "forward")
        return torch.cat(list(parts.values()))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what all say of this share."""
        return _sent_home(gradients[0].split(ctx.shares)), None


class Gather(torch.autograd.Function):
    """The whole of a dimension on all; backward each part's gradient goes home and is summed there."""

    @staticmethod
    def forward(ctx: Any, own: Any, dim: int) -> Any:
        """All parts, in the order of the ranks."""
        ctx.dim = dim
        rank, others = dist.get_rank(), _others()
        parts = [own if r == rank else _like(own) for r in range(dist.get_world_size())]
        trade(dict.fromkeys(others, own), {r: parts[r] for r in others}, "forward")
        return torch.cat(parts, dim)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what all say of this part."""
        return _sent_home(gradients[0].chunk(dist.get_world_size(), ctx.dim)), None


def _sent_home(pieces: Any) -> Any:
    own, others = pieces[dist.get_rank()], _others()
    theirs = {other: _like(own) for other in others}
    trade({other: pieces[other] for other in others}, theirs, "backward")
    total = torch.zeros_like(own, memory_format=torch.contiguous_format)
    for rank in range(dist.get_world_size()):  # in one order on all, so that runs repeat
        total = total + (own if rank == dist.get_rank() else theirs[rank])
    return total


class Receive(torch.autograd.Function):
    """The first process's end of a handing over."""

    @staticmethod
    def forward(ctx: Any, own: Any, dim: int) -> Any:
        """The whole."""
        ctx.dim = dim
        theirs = {other: _like(own) for other in _others()}
        trade({}, theirs, "forward")
        return torch.cat([own, *theirs.values()], dim)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Each part's gradient goes back to where it came from."""
        pieces = gradients[0].chunk(dist.get_world_size(), ctx.dim)
        trade({other: pieces[other] for other in _others()}, {}, "backward")
        return pieces[0].contiguous(), None


class Send(torch.autograd.Function):
    """The others' end: returns a zero to call ``backward()`` on."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """Hands the part over."""
        ctx.shape, ctx.dtype, ctx.device = own.shape, own.dtype, own.device
        trade({0: own}, {}, "forward")
        return own.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Its gradient, received."""
        theirs = torch.empty(ctx.shape, dtype=ctx.dtype, device=ctx.device)
        trade({}, {0: theirs}, "backward")
        return theirs


def _dim(making: Making) -> int:
    return -1 if making["last"] else 1


@operation("split_gather_images")
def gather_images(making: Making) -> Compute:
    """Everybody gets the features of all images."""
    return lambda layer, x: GatherImages.apply(x, layer.shares)


@operation("split_gather")
def gather(making: Making) -> Compute:
    """Everybody gets all maps or features."""
    dim = _dim(making)
    return lambda layer, x: Gather.apply(x, dim)


@operation("split_receive")
def receive(making: Making) -> Compute:
    """The first process gets the other parts."""
    dim = _dim(making)
    return lambda layer, x: Receive.apply(x, dim)


@operation("split_send")
def send(making: Making) -> Compute:
    """The others hand their part over."""
    return lambda layer, x: Send.apply(x)


@operation("split_own")
def own_part(making: Making) -> Compute:
    """A process's own part of what all have."""
    dim = _dim(making)
    return lambda layer, x: x.chunk(dist.get_world_size(), dim)[dist.get_rank()]


@operation("split_dropout")
def dropout(making: Making) -> Compute:
    """This process's piece of the mask that a single device would draw from the same random state."""
    p, axis, unscaled = making["p"], making["axis"], making.options.get("dropout") == "unscaled"

    def run(layer, x):  # type: ignore[no-untyped-def]
        if not layer.training:
            return x * (1 - p) if unscaled else x
        sizes = list(layer.shares) if axis == 0 else [x.shape[1]] * dist.get_world_size()
        shape = [*x.shape[:axis], sum(sizes), *x.shape[axis + 1 :]]
        whole = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p)
        mask = whole.split(sizes, axis)[dist.get_rank()]
        return x * (mask if unscaled else mask / (1 - p))

    return run
