"""Where the shares and slices of the 2014 scheme meet: differentiable gatherings, their bytes counted as they go.

Images are spread over the processes as ``shares`` says, features evenly. What a process hands to another is counted
once for each that it is handed to.
"""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.operations import Compute

sent_bytes = {"forward": 0, "backward": 0, "labels": 0, "gradients": 0}
"""Bytes this process has handed over: activations, their gradients, labels, gradients of the convolutions."""

shares: list[int] = []
"""How many images of the present batch each process has."""


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


class GatherImages(torch.autograd.Function):
    """The features of the whole batch on all; backward each share's gradient goes home and is summed there."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """All images, in the order of the ranks."""
        ctx.shares, rank = list(shares), dist.get_rank()
        parts = {r: own if r == rank else own.new_empty((n, *own.shape[1:])) for r, n in enumerate(ctx.shares)}
        others = _others()
        trade(dict.fromkeys(others, own), {r: parts[r] for r in others}, "forward")
        return torch.cat(list(parts.values()))

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what all say of this share."""
        return _sent_home(gradients[0].split(ctx.shares))


class GatherFeatures(torch.autograd.Function):
    """All features on all; backward each slice's gradient goes home and is summed there."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """All features, in the order of the ranks."""
        rank, others = dist.get_rank(), _others()
        own = own.contiguous()
        parts = [own if r == rank else torch.empty_like(own) for r in range(dist.get_world_size())]
        trade(dict.fromkeys(others, own), {r: parts[r] for r in others}, "forward")
        return torch.cat(parts, -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what all say of this slice."""
        return _sent_home(gradients[0].chunk(dist.get_world_size(), -1))


def _sent_home(pieces: Any) -> Any:
    own, others = pieces[dist.get_rank()], _others()
    theirs = {other: torch.empty_like(own, memory_format=torch.contiguous_format) for other in others}
    trade({other: pieces[other] for other in others}, theirs, "backward")
    total = torch.zeros_like(own, memory_format=torch.contiguous_format)
    for rank in range(dist.get_world_size()):  # in one order on all, so that runs repeat
        total = total + (own if rank == dist.get_rank() else theirs[rank])
    return total


class Receive(torch.autograd.Function):
    """The first process's end of a handing over."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """All features."""
        others, own = _others(), own.contiguous()
        theirs = {other: torch.empty_like(own) for other in others}
        trade({}, theirs, "forward")
        return torch.cat([own, *theirs.values()], -1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Each slice's gradient goes back to where it came from."""
        pieces = gradients[0].chunk(dist.get_world_size(), -1)
        trade({other: pieces[other] for other in _others()}, {}, "backward")
        return pieces[0].contiguous()


class Send(torch.autograd.Function):
    """The others' end: returns a zero to call ``backward()`` on."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """Hands the slice over."""
        ctx.save_for_backward(own.new_empty(0))
        ctx.shape = own.shape
        trade({0: own}, {}, "forward")
        return own.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Its gradient, received."""
        theirs = ctx.saved_tensors[0].new_empty(ctx.shape)
        trade({}, {0: theirs}, "backward")
        return theirs


@operation("owt_batch")
def gather_images(making: Making) -> Compute:
    """Everybody gets the features of all images."""
    return lambda layer, x: GatherImages.apply(x)


@operation("owt_features")
def gather_features(making: Making) -> Compute:
    """Everybody gets all features."""
    return lambda layer, x: GatherFeatures.apply(x)


@operation("owt_receive")
def receive(making: Making) -> Compute:
    """The first process gets the other slices."""
    return lambda layer, x: Receive.apply(x)


@operation("owt_send")
def send(making: Making) -> Compute:
    """The others hand their slice over."""
    return lambda layer, x: Send.apply(x)


@operation("owt_dropout")
def dropout(making: Making) -> Compute:
    """This process's piece of the mask that a single device would draw from the same random state."""
    p, axis, unscaled = making["p"], making["axis"], making.options.get("dropout") == "unscaled"

    def run(layer, x):  # type: ignore[no-untyped-def]
        if not layer.training:
            return x * (1 - p) if unscaled else x
        sizes = list(shares) if axis == 0 else [x.shape[1]] * dist.get_world_size()
        shape = [*x.shape[:axis], sum(sizes), *x.shape[axis + 1 :]]
        whole = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p)
        mask = whole.split(sizes, axis)[dist.get_rank()]
        return x * (mask if unscaled else mask / (1 - p))

    return run
