"""Layers that only rearrange."""

from __future__ import annotations

import torch
import torch.nn.functional as F

from netledger.execute.operations import Making, operation
from netledger.layers.sizes import per_axis

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.execute.operations import Compute


@operation("flatten")
def flatten(making: Making) -> Compute:
    """Joins dimensions; by default all but the batch."""
    start = 1 if making["start_dim"] is None else making.axis(making["start_dim"])
    end = making.axis(making["end_dim"])
    return lambda layer, x: torch.flatten(x, start, end)


@operation("unflatten")
def unflatten(making: Making) -> Compute:
    """Splits one dimension into several."""
    dim = making.axis(making["dim"])
    sizes = making["unflattened_size"]
    return lambda layer, x: x.unflatten(dim, sizes)


@operation("reshape", "view")
def reshape(making: Making) -> Compute:
    """Another shape of the same values; a batch that the description carries is taken from the data."""
    shape, batched = making.output(), making.batched
    same = batched and bool(shape) and shape[0] == making.shape()[0]

    def run(layer, x):  # type: ignore[no-untyped-def]
        if same:
            return x.reshape(x.shape[0], *shape[1:])
        return x.reshape(shape if batched else (x.shape[0], *shape))

    return run


@operation("permute")
def permute(making: Making) -> Compute:
    """Dimensions in another order; the batch stays first."""
    dims = making.axes(making["dims"])
    order = dims if making.batched else (0, *dims)
    return lambda layer, x: x.permute(order)


@operation("transpose")
def transpose(making: Making) -> Compute:
    """Two dimensions exchanged."""
    one, other = making.axis(making["dim0"]), making.axis(making["dim1"])
    return lambda layer, x: x.transpose(one, other)


@operation("squeeze")
def squeeze(making: Making) -> Compute:
    """Dimensions of size 1 removed."""
    shape, batched = making.output(), making.batched
    return lambda layer, x: x.reshape(shape if batched and len(shape) == 0 else (x.shape[0], *shape[batched:]))


@operation("unsqueeze")
def unsqueeze(making: Making) -> Compute:
    """A dimension of size 1 added."""
    dim = making.axis(making["dim"])
    return lambda layer, x: x.unsqueeze(dim)


@operation("concat")
def concat(making: Making) -> Compute:
    """Joined along one dimension."""
    dim, every = making.channel(), _same if making.batched else for_every_example
    return lambda layer, *xs: torch.cat(every(xs), dim)


@operation("stack")
def stack(making: Making) -> Compute:
    """Joined along a new dimension."""
    dim, every = making.axis(making["dim"]), _same if making.batched else for_every_example
    return lambda layer, *xs: torch.stack(every(xs), dim)


def _same(xs: Sequence[Any]) -> Sequence[Any]:
    return xs


def for_every_example(xs: Sequence[Any]) -> Sequence[Any]:
    """Values of one batch: what is learned is there once (:func:`.arithmetic.parameter`) and goes to each example."""
    batch = max(len(x) for x in xs)
    return [x.expand(batch, *x.shape[1:]) if len(x) == 1 != batch else x for x in xs]


@operation("split", "chunk")
def split(making: Making) -> Compute:
    """Cut along one dimension, into the sizes that the ledger found."""
    dim = making.channel() % making.rank()
    sizes = [making.output(i)[dim - (not making.batched)] for i in range(len(making.entry.outputs))]
    return lambda layer, x: torch.split(x, sizes, dim)


@operation("unbind")
def unbind(making: Making) -> Compute:
    """Taken apart along one dimension."""
    dim = making.axis(making["dim"])
    return lambda layer, x: torch.unbind(x, dim)


@operation("slice")
def cut(making: Making) -> Compute:
    """Some of the positions of one dimension or several."""
    given, rank = making["dim"], making.rank()
    dims = (given,) if isinstance(given, int) else given
    places = [slice(None)] * rank
    for i, dim in enumerate(dims):
        bounds = [
            making[name][i] if isinstance(making[name], tuple) else making[name] for name in ("start", "end", "step")
        ]
        places[making.axis(dim) % rank] = slice(*bounds)
    index = tuple(places)
    return lambda layer, x: x[index]


@operation("narrow")
def narrow(making: Making) -> Compute:
    """A stretch of one dimension."""
    dim, start, length = making.axis(making["dim"]), making["start"], making["length"]
    return lambda layer, x: x.narrow(dim, start, length)


@operation("select")
def select(making: Making) -> Compute:
    """One position of a dimension, which goes."""
    dim, index = making.axis(making["dim"]), making["index"]
    return lambda layer, x: x.select(dim, index)


@operation("pad")
def pad(making: Making) -> Compute:
    """Values put around the last dimensions, in the order of ``torch.nn.functional.pad``."""
    arguments = making.arguments
    sizes = making["padding"]
    mode, value = arguments.get("mode", "constant"), arguments.get("value") or 0
    mode = {"zeros": "constant"}.get(mode, mode)
    if isinstance(sizes, int):
        spatial = max(len(making.shape()) - making.batched - 1, 1)
        sizes = (sizes,) * (2 * spatial)
    return lambda layer, x: F.pad(x, list(sizes), mode, **({"value": value} if mode == "constant" else {}))


@operation("pixel_shuffle", "depth_to_space", "pixel_unshuffle", "space_to_depth", "channel_shuffle")
def shuffle(making: Making) -> Compute:
    """Channels and positions exchanged."""
    names = {
        "pixel_shuffle": (F.pixel_shuffle, "upscale_factor"),
        "depth_to_space": (F.pixel_shuffle, "upscale_factor"),
        "pixel_unshuffle": (F.pixel_unshuffle, "downscale_factor"),
        "space_to_depth": (F.pixel_unshuffle, "downscale_factor"),
        "channel_shuffle": (F.channel_shuffle, "groups"),
    }
    function, name = names[making.kind]
    value = making[name]
    return lambda layer, x: function(x, value)


@operation("expand")
def expand(making: Making) -> Compute:
    """Sizes of 1 repeated without a copy."""
    shape, batched = making.output(), making.batched
    if batched and (len(shape) != len(making.shape()) or shape[0] != making.shape()[0]):
        return lambda layer, x: x.expand(shape)
    return lambda layer, x: x.expand(x.shape[0], *shape[1:] if batched else shape)


@operation("repeat_interleave")
def repeat_interleave(making: Making) -> Compute:
    """Each position of a dimension several times, one behind the other."""
    dim, repeats = making.axis(making["dim"]), making["repeats"]
    return lambda layer, x: x.repeat_interleave(repeats, dim)


@operation("tile")
def tile(making: Making) -> Compute:
    """Copies side by side."""
    times = (making["dims"],) if isinstance(making["dims"], int) else making["dims"]
    lead = len(making.shape()) - len(times) + (not making.batched)
    return lambda layer, x: x.repeat(*(1,) * lead, *times)


@operation("flip")
def flip(making: Making) -> Compute:
    """Mirrored."""
    dims = making.axes(making["dims"])
    return lambda layer, x: x.flip(dims)


@operation("roll")
def roll(making: Making) -> Compute:
    """Moved round."""
    dims, shifts = making.axes(making["dims"]), making["shifts"]
    return lambda layer, x: x.roll((shifts,) if isinstance(shifts, int) else shifts, dims)


@operation("subsample")
def subsample(making: Making) -> Compute:
    """Every so many positions of the last two dimensions."""
    (down, right), (top, left) = per_axis(making["stride"], 2, "stride"), per_axis(making["start"], 2, "start")
    return lambda layer, x: x[..., top::down, left::right]


@operation("center_crop", "crop")
def center_crop(making: Making) -> Compute:
    """The middle of the last two dimensions (``crop`` too, whose place a description does not give).

    An odd rest is halved as torchvision's ``CenterCrop`` halves it, for ``crop`` as Caffe does: downwards.
    """
    height, width = per_axis(making["size"], 2, "size")
    rounded = making.kind == "center_crop"

    def run(layer, x):  # type: ignore[no-untyped-def]
        top, left = [rest / 2 for rest in (x.shape[-2] - height, x.shape[-1] - width)]
        top, left = (round(top), round(left)) if rounded else (int(top // 1), int(left // 1))
        return x[..., top : top + height, left : left + width]

    return run
