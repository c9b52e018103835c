"""Where the halves of a split network meet: differentiable sends and receives, their bytes counted as they go."""

from __future__ import annotations

import torch
import torch.distributed as dist

from netledger.execute.operations import Making, operation

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.operations import Compute

sent_bytes = {"forward": 0, "backward": 0}
"""Bytes this process has handed to the network for activations and for their gradients."""


def reset_counts() -> None:
    """Count from zero."""
    sent_bytes.update(forward=0, backward=0)


def _trade(outgoing: Any | None, incoming: Any | None, way: str) -> None:
    """Send to and receive from the other device at once."""
    other = 1 - dist.get_rank()
    requests = []
    if outgoing is not None:
        outgoing = outgoing.contiguous()
        sent_bytes[way] += outgoing.numel() * outgoing.element_size()
        requests.append(dist.P2POp(dist.isend, outgoing, other))
    if incoming is not None:
        requests.append(dist.P2POp(dist.irecv, incoming, other))
    for request in dist.batch_isend_irecv(requests):
        request.wait()


class Exchange(torch.autograd.Function):
    """Both halves on both devices; backward each device gets its own half's gradient from both and adds them."""

    @staticmethod
    def forward(ctx: Any, own: Any, device: int) -> Any:
        """The whole, first device's half first."""
        ctx.device = device
        other = torch.empty_like(own, memory_format=torch.contiguous_format)
        _trade(own, other, "forward")
        return torch.cat((own, other) if device == 0 else (other, own), 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The sum of what both devices say of this half."""
        halves = gradients[0].chunk(2, 1)
        own, other = halves[ctx.device], halves[1 - ctx.device]
        theirs = torch.empty_like(own, memory_format=torch.contiguous_format)
        _trade(other, theirs, "backward")
        return own + theirs, None


class Receive(torch.autograd.Function):
    """The first device's end of a handing over."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """The whole."""
        other = torch.empty_like(own, memory_format=torch.contiguous_format)
        _trade(None, other, "forward")
        return torch.cat((own, other), 1)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """The second half's gradient goes back to where it came from."""
        own, other = gradients[0].chunk(2, 1)
        _trade(other, None, "backward")
        return own.contiguous()


class Send(torch.autograd.Function):
    """The second device's end: returns a zero to call ``backward()`` on."""

    @staticmethod
    def forward(ctx: Any, own: Any) -> Any:
        """Hands the half over."""
        ctx.shape, ctx.dtype, ctx.device = own.shape, own.dtype, own.device
        _trade(own, None, "forward")
        return own.new_zeros(())

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        """Its gradient, received."""
        theirs = torch.empty(ctx.shape, dtype=ctx.dtype, device=ctx.device)
        _trade(None, theirs, "backward")
        return theirs


@operation("tower_exchange")
def exchange(making: Making) -> Compute:
    """Each device sends its half."""
    device = making["device"]
    return lambda layer, x: Exchange.apply(x, device)


@operation("tower_receive")
def receive(making: Making) -> Compute:
    """The first device gets the other half."""
    return lambda layer, x: Receive.apply(x)


@operation("tower_send")
def send(making: Making) -> Compute:
    """The second device hands its half over."""
    return lambda layer, x: Send.apply(x)


@operation("tower_half")
def half(making: Making) -> Compute:
    """A device's own half of what both have."""
    device = making["device"]
    return lambda layer, x: x.chunk(2, 1)[device]


@operation("tower_dropout")
def dropout(making: Making) -> Compute:
    """One half of the mask that a single device would draw from the same random state."""
    p, device, unscaled = making["p"], making["device"], making.options.get("dropout") == "unscaled"

    def run(layer, x):  # type: ignore[no-untyped-def]
        if not layer.training:
            return x * (1 - p) if unscaled else x
        shape = (x.shape[0], 2 * x.shape[1], *x.shape[2:])
        mask = torch.empty(shape, dtype=x.dtype, device=x.device).bernoulli_(1 - p).chunk(2, 1)[device]
        return x * (mask if unscaled else mask / (1 - p))

    return run
