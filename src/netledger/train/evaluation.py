"""Top-1 and top-5 accuracy, over one view or ten."""

from __future__ import annotations

import contextlib
from pathlib import Path

import torch
import torch.nn.functional as F

from netledger.errors import DataError
from netledger.layers.sizes import shape_text
from netledger.records import Record
from netledger.train.data.augment import Crops, Statistics
from netledger.train.data.loader import Batches, in_order, loader
from netledger.train.parallel.base import Parallel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Network
    from netledger.train.data.sets import Images


def image_input(network: Network) -> tuple[int, int, int]:
    """The channels, height and width that a network is fed; anything but one image input is a ``DataError``."""
    inputs = network.inputs()
    shape = inputs[0].attributes.get("shape") if len(inputs) == 1 else None
    if not isinstance(shape, tuple) or not all(isinstance(size, int) for size in shape):
        raise DataError(f"{network.name} cannot be trained on images: it needs one input of a known shape")
    shape = shape[1:] if network.batched else shape
    if len(shape) != 3 or shape[0] not in (1, 3):
        raise DataError(f"{network.name} takes {shape_text(shape)}, which is no grey or colour image")
    return shape


class Score(Record):
    """What a network got right: shares of the images, mean loss, how many images, how many could not be read."""

    __slots__ = ("top1", "top5", "loss", "images", "skipped", "views")
    top1: float
    top5: float
    loss: float
    images: int
    skipped: int
    views: int

    def __init__(self, top1: float, top5: float, loss: float, images: int, skipped: int, views: int) -> None:
        self._fill(top1, top5, loss, images, skipped, views)


@torch.no_grad()
def score(
    forward: Any, images: Images, view: Crops, statistics: Statistics, *, device: Any = "cpu", batch: int = 128,
    ten: bool = False, workers: int = 0, autocast: Callable[[], Any] = contextlib.nullcontext, model: Any = None,
    channels_last: bool = False, parallel: Parallel | None = None,
) -> Score:  # fmt: skip
    """The score of ``forward`` (logits) on a set. With ``ten`` the softmax is averaged over the four corners, the
    centre and their mirror images, as in the paper. Of several processes with the whole network each takes its share
    of every batch, and the sums are of all."""
    model = forward if model is None else model
    parallel = Parallel.alone() if parallel is None else parallel
    training = model.training
    model.eval()
    forward = parallel.evaluating(forward, model)
    batches = Batches(images, view, statistics, 0, "ten" if ten else "centre")
    size = max(batch // (10 if ten else 1), 1)
    top1 = top5 = seen = skipped = loss = 0.0
    for pixels, labels, missing in loader(batches, in_order(len(images), size, *parallel.share), workers):
        skipped += len(missing)
        x = (pixels.flatten(0, 1) if ten else pixels).to(device)
        x = x.to(memory_format=torch.channels_last) if channels_last else x
        with autocast():
            logits = parallel.logits(forward, x)
        if logits is None:
            continue
        logits = logits.float().cpu()
        probabilities = F.softmax(logits, -1)
        if ten:
            probabilities = probabilities.unflatten(0, (len(labels), -1)).mean(1)
        loss += float(-probabilities.gather(1, labels.view(-1, 1)).clamp_min(1e-30).log().sum())
        best = probabilities.topk(min(5, probabilities.shape[1]), -1).indices == labels.view(-1, 1)
        top1, top5, seen = top1 + int(best[:, 0].sum()), top5 + int(best.any(1).sum()), seen + len(labels)
    model.train(training)
    top1, top5, seen, skipped, loss = parallel.total((top1, top5, seen, skipped, loss))
    count = max(seen, 1)
    return Score(top1 / count, top5 / count, loss / count, int(seen), int(skipped), 10 if ten else 1)


def evaluate(
    checkpoint: str | Path, data: str | Path, *, ten: bool = True, device: str = "cpu", batch: int = 128,
    workers: int = 0, strict: bool = False,
) -> tuple[Score, ...]:  # fmt: skip
    """The scores of a checkpoint on the validation images of a folder: one view, and ten where ``ten``."""
    from netledger.execute import checkpoint as files
    from netledger.execute.building import build, without_softmax
    from netledger.train.data import open_data
    from netledger.train.recipes import Recipe

    content = files.load(checkpoint)
    network = files.network_of(content)
    recipe = Recipe(**content["recipe"])
    module = build(without_softmax(network), init="zeros", dropout=recipe.dropout)
    files.restore(module, content["model"], str(checkpoint))
    module.to(device)
    channels, height, width = image_input(network)
    found = open_data(data, channels=channels, size=recipe.test_side(max(height, width)), strict=strict)
    if list(found.classes) != list(content["classes"]):
        raise DataError(
            f"the checkpoint knows {len(content['classes']):,} classes, the data has {len(found.classes):,} "
            f"(or others): first {content['classes'][0]!r} there, {found.classes[0]!r} here"
        ).at(file=str(data))
    view = Crops(height, width, False, 1, recipe.geometry, None, recipe.mean)
    statistics = Statistics(*content["statistics"])
    views = (False, True) if ten else (False,)
    return tuple(
        score(
            module, found.validation, view, statistics, device=device, batch=batch, ten=every, workers=workers
        )
        for every in views
    )  # fmt: skip
