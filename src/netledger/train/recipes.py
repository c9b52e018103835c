"""How AlexNet was trained, by whom: update rule, rates, schedule, crops, colour, test views, initialisation.

Sources: Krizhevsky, Sutskever & Hinton 2012, sections 4 and 5; the released code of 2012 (layer parameters of net
145 on ILSVRC-2010, ``weights.cu``, ``convdata_jpeg.py``); BVLC/caffe ``models/bvlc_alexnet``; cuda-convnet2's
``layer-params-imagenet-1gpu.cfg`` and wiki (Krizhevsky 2014, arXiv:1404.5997); torchvision
``references/classification``.
"""

from __future__ import annotations

from netledger.errors import NotFoundError, nearest
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any


class Recipe(Record):
    """One way of training.

    - ``rule``: ``paper`` (decay scaled by the rate, both through the momentum: ``v ← m·v - d·ε·w - ε·g; w ← w + v``),
      ``caffe`` (``v ← m·v + ε·(g + d·w); w ← w - v``), ``torch`` (``v ← m·v + g + d·w; w ← w - ε·v``).
    - ``bias_rate``: rate of the biases over that of the weights; ``bias_decay``: whether they decay.
    - ``schedule``: a name of :data:`~netledger.train.schedules.SCHEDULES` with its ``schedule_arguments``.
    - ``source_size``: the images' shorter side before cropping, for an input of 224 or 227; in proportion for others.
    - ``chunk``: how many consecutive images share one crop and flip. ``colour``: which PCA colour noise.
    - ``mean``: what is subtracted: the mean ``image``, the mean ``channel``, or ``normalised`` pixels.
    """

    __slots__ = (
        "name", "title", "batch", "epochs", "rate", "bias_rate", "momentum", "decay", "bias_decay", "rule", "schedule",
        "schedule_arguments", "source_size", "geometry", "chunk", "colour", "mean", "init", "dropout",
    )  # fmt: skip
    name: str
    title: str
    batch: int
    epochs: int
    rate: float
    bias_rate: float
    momentum: float
    decay: float
    bias_decay: bool
    rule: str
    schedule: str
    schedule_arguments: Mapping[str, Any]
    source_size: int
    geometry: str
    chunk: int
    colour: str | None
    mean: str
    init: str | None
    dropout: str

    def __init__(
        self, name: str, title: str, batch: int, epochs: int, rate: float, bias_rate: float, momentum: float,
        decay: float, bias_decay: bool, rule: str, schedule: str, schedule_arguments: Mapping[str, Any],
        source_size: int = 256, geometry: str = "crop", chunk: int = 1, colour: str | None = None, mean: str = "image",
        init: str | None = None, dropout: str = "inverted",
    ) -> None:  # fmt: skip
        self._fill(
            name, title, batch, epochs, rate, bias_rate, momentum, decay, bias_decay, rule, schedule,
            schedule_arguments, source_size, geometry, chunk, colour, mean, init, dropout,
        )  # fmt: skip

    def __hash__(self) -> int:
        return hash(self.name)

    def test_side(self, side: int) -> int:
        """The side of the source images at test time."""
        return self.source_size if side in (224, 227) else max(round(side * 256 / 224), side)

    def but(self, **changes: Any) -> Recipe:
        """The same with what the user overrides; ``None`` changes nothing."""
        return self.replace(**{name: value for name, value in changes.items() if value is not None})


RECIPES = {
    recipe.name: recipe
    for recipe in (
        Recipe(
            "paper", "Krizhevsky, Sutskever & Hinton 2012, sections 4 and 5", 128, 90, 0.01, 1.0, 0.9, 5e-4, False,
            "paper", "plateau", {"factor": 0.1, "times": 3, "patience": 5}, colour="paper", init="paper",
            dropout="unscaled",
        ),
        Recipe(
            "2012", "the released code: net 145 on ILSVRC-2010, its log", 128, 93, 0.01, 0.2, 0.9, 5e-4, False,
            "paper", "log145", {}, chunk=32, colour="2012", init="2012", dropout="unscaled",
        ),
        Recipe(
            "caffe", "BVLC/caffe models/bvlc_alexnet", 256, 90, 0.01, 2.0, 0.9, 5e-4, False,
            "caffe", "iterations", {"every": 100_000, "factor": 0.1, "most": 450_000}, init="caffe-alexnet",
        ),
        Recipe(
            "one-weird-trick", "Krizhevsky 2014, cuda-convnet2 layers-imagenet-1gpu", 128, 90, 0.01, 2.0, 0.9, 5e-4,
            False, "paper", "steps", {"weights": (250.0, 4), "biases": (10.0, 2)}, colour="2012",
            init="one-weird-trick", dropout="unscaled",
        ),
        Recipe(
            "torchvision", "torchvision references/classification, AlexNet", 256, 90, 0.01, 1.0, 0.9, 1e-4, True,
            "torch", "epochs", {"every": 30, "factor": 0.1}, geometry="resized-crop", mean="normalised", init="torch",
        ),
        Recipe(
            "laptop", "this project's, for small images: the paper's rule and crops, pixels normalised", 64, 9, 0.05,
            1.0, 0.9, 5e-4, False, "paper", "epochs", {"every": 4, "factor": 0.1}, mean="normalised",
        ),
    )
}  # fmt: skip
"""Every recipe by name."""


def recipe(name: str) -> Recipe:
    """The recipe of that name; a ``NotFoundError`` with the nearest names where there is none."""
    found = RECIPES.get(name)
    if found is None:
        raise NotFoundError(f"no recipe '{name}': there are {', '.join(RECIPES)}", near=nearest(name, list(RECIPES)))
    return found
