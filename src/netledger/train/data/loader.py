"""Batches in an order that a run can be resumed in: place (epoch, batch) decides everything, nothing else does."""

from __future__ import annotations

import sys

import torch
from torch.utils.data import DataLoader, Dataset

from netledger.train.data.augment import Crops, Statistics, augmented, central, generator_for, views

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.train.data.sets import Images

    Job = tuple[int, int, list[int]]


STARTED_BY = "fork" if sys.platform == "linux" else "spawn"
"""How workers are started: forks share the images; Windows has none, on macOS they may crash in its libraries."""


class Batches(Dataset):
    """A dataset whose items are whole batches, asked for by job: epoch, batch number, indices.

    One of several ranks makes its share of each batch, with the crops, flips and colours that those images have in
    the whole of it (but for resized crops, which each share draws for itself).
    """

    def __init__(
        self, images: Images, view: Crops, statistics: Statistics, seed: int, mode: str, rank: int = 0, world: int = 1
    ) -> None:
        self.images, self.view, self.statistics, self.seed, self.mode = images, view, statistics, seed, mode
        self.rank, self.world = rank, world

    def __getitem__(self, job: Job) -> tuple[Any, Any, list[str]]:
        epoch, number, indices = job
        share = len(indices) // self.world
        part = (self.rank * share, len(indices)) if self.world > 1 else None
        generator = generator_for(self.seed, epoch, number, indices[0] if indices else 0)
        if part is not None:
            indices = indices[part[0] : part[0] + share]
            if self.view.geometry == "resized-crop":
                generator = generator_for(self.seed, epoch, number, indices[0])
                part = None
        geometry = self.view.geometry if self.mode == "train" else "crop"
        images, kept, skipped = self.images.load(indices, geometry, generator)
        labels = self.images.labels[kept]
        make = {"train": self.training, "centre": self.centre, "ten": self.ten}[self.mode]
        return make(images, generator, part), labels, skipped

    def training(self, images: Any, generator: Any, part: tuple[int, int] | None) -> Any:
        """Crops, flips, colour."""
        return augmented(images, self.view, self.statistics, generator, part)

    def centre(self, images: Any, generator: Any, part: tuple[int, int] | None) -> Any:
        """One view."""
        return central(images, self.view, self.statistics)

    def ten(self, images: Any, generator: Any, part: tuple[int, int] | None) -> Any:
        """Ten views."""
        return views(images, self.view, self.statistics)


def training_jobs(
    count: int, batch: int, seed: int, epoch: int, start: int = 0, rank: int = 0, world: int = 1
) -> Iterator[Job]:
    """The batches of an epoch from ``start`` on: a shuffle that the seed and the epoch decide, whole batches only.

    With several ranks each takes its share of every batch.
    """
    order = torch.randperm(count, generator=generator_for(seed, epoch, "order")).tolist()
    share = batch // world
    for number in range(start, count // batch):
        first = number * batch + rank * share
        yield epoch, number, order[first : first + share]


def in_order(count: int, batch: int, rank: int = 0, world: int = 1) -> Iterator[Job]:
    """Every image once, in order. With several ranks each takes its share of every batch, which may be none of it.

    >>> [[indices for _, _, indices in in_order(5, 3, rank, 2)] for rank in range(2)]
    [[[0], [3]], [[1, 2], [4]]]
    """
    for number, first in enumerate(range(0, count, batch)):
        size = min(batch, count - first)
        yield 0, number, list(range(first + size * rank // world, first + size * (rank + 1) // world))


def loader(batches: Batches, jobs: Iterator[Job], workers: int = 0, pin: bool = False) -> Any:
    """Batches of the jobs, made by worker processes where there are any.

    The loader gets a generator of its own: it would draw from PyTorch's, which dropout's exact resuming rests on.
    """
    return DataLoader(
        batches, batch_size=None, sampler=_Jobs(jobs), num_workers=workers, pin_memory=pin,
        prefetch_factor=4 if workers else None, multiprocessing_context=STARTED_BY if workers else None,
        generator=torch.Generator(),
    )  # fmt: skip


class _Jobs(torch.utils.data.Sampler):
    def __init__(self, jobs: Iterator[Job]) -> None:
        self.jobs = jobs

    def __iter__(self) -> Iterator[Any]:
        return iter(self.jobs)
