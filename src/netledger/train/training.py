"""Training by a recipe, in a way that can be stopped anywhere and resumed bit for bit.

What decides a batch is its place in the run (epoch, number) and the seed; what else is random - dropout - comes from
PyTorch's own generators, whose state is in every checkpoint.
"""

from __future__ import annotations

import contextlib
import signal
import sys
import time
from pathlib import Path

import torch

from netledger.errors import DataError, UsageError
from netledger.execute import checkpoint
from netledger.execute.building import build, described, without_softmax
from netledger.printable import printable
from netledger.train.data import open_data
from netledger.train.data.augment import Crops, Statistics
from netledger.train.data.loader import Batches, loader, training_jobs
from netledger.train.evaluation import Score, image_input, score
from netledger.train.metrics import Metrics, Progress, duration
from netledger.train.optimisers import Momentum
from netledger.train.parallel import Parallel, parallel_for
from netledger.train.resuming import CheckpointPlace, plain
from netledger.train.schedules import schedule

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.network import Network
    from netledger.train.recipes import Recipe
    from netledger.train.settings import Settings


class Ended(Exception):
    """The run was asked to end."""


class TrainingResult:
    """What a run came to: its last score (of the first process), where its files are, how many updates were made."""

    def __init__(self, score: Score | None, folder: Path, iterations: int, skipped: int, seconds: float) -> None:
        self.score, self.folder, self.iterations, self.skipped, self.seconds = (
            score,
            folder,
            iterations,
            skipped,
            seconds,
        )


def train(network: Network | Any, data: str | Path, recipe: Recipe, settings: Settings) -> TrainingResult:
    """Train a network on a folder of images by a recipe.

    Writes ``checkpoint.pt``, ``steps.csv``, ``epochs.csv``, ``curves.png`` and ``kernels.png`` into
    ``settings.folder``. Raises ``UsageError`` for settings that make no sense, ``DataError`` for wrong data.
    """
    trainer = Trainer(described(network), data, recipe, settings)
    try:
        return trainer.run()
    finally:
        trainer.close()


class Trainer:
    """The state of one run."""

    def __init__(self, network: Network, folder: str | Path, recipe: Recipe, settings: Settings) -> None:
        self.original, self.network = network, without_softmax(network)
        self.recipe, self.settings = recipe, settings
        self.parallel: Parallel = parallel_for(settings, self.network)
        self.device = torch.device(self.parallel.device)
        channels, height, width = image_input(network)
        with self.parallel.explained(Path(settings.folder) / "checkpoint.pt"):
            self.data = open_data(
                folder, channels=channels, size=recipe.test_side(max(height, width)), strict=settings.strict,
                together=self.parallel.together, share=(self.parallel.rank, self.parallel.world),
            )  # fmt: skip
        self._check(height, width)
        if self.parallel.first:
            sys.stderr.writelines([f"note: {printable(note)}\n" for note in self.data.notes])
        if settings.deterministic:
            torch.use_deterministic_algorithms(True, warn_only=True)
        self.folder = Path(settings.folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        self.place = CheckpointPlace(self.folder, settings)
        self.file = self.place.file
        self.view = Crops(height, width, True, recipe.chunk, recipe.geometry, recipe.colour, recipe.mean)
        self.per_epoch = len(self.data.train) // recipe.batch
        self.epoch = self.batch = self.iteration = self.skipped = 0
        self.loss_sum, self.images, self.earlier = 0.0, 0, 0
        self.schedule = schedule(recipe.schedule, recipe.epochs, recipe.schedule_arguments)
        self.saved_at = time.monotonic()
        self.asked_to_end = 0
        self.last: Score | None = None
        self.progress: Progress | None = None
        with self.parallel.explained(self.file):
            self._begin()

    def _check(self, height: int, width: int) -> None:
        data, recipe = self.data, self.recipe
        side = data.train.size
        if side < max(height, width):
            raise DataError(f"the images are {side}×{side}, smaller than the network's input of {height}×{width}")
        if recipe.batch > len(data.train):
            raise UsageError(
                f"a batch of {recipe.batch:,} is larger than the training set of {len(data.train):,} images"
            )
        parts = self.settings.accumulate * self.parallel.shares
        if recipe.batch % parts:
            raise UsageError(f"a batch of {recipe.batch:,} does not divide into {parts} parts")
        classes = self._outputs()
        if classes < len(data.classes):
            raise DataError(
                f"{self.original.name} tells {classes:,} classes apart, the data has {len(data.classes):,}: "
                f"--set LAYER.out_features={len(data.classes)}"
            )

    def _outputs(self) -> int:
        from netledger.ledger import keep_books

        result = self.network.results()[0]
        for entry in keep_books(self.network):
            if result in entry.layer.outputs:
                shape = entry.outputs[entry.layer.outputs.index(result)]
                if isinstance(shape, tuple) and shape and isinstance(shape[-1], int):
                    return shape[-1]
        raise DataError(f"{self.original.name} cannot be trained: the size of its output is not known")

    def _begin(self) -> None:
        settings, recipe = self.settings, self.recipe
        torch.manual_seed(settings.seed)
        full = build(self.network, init=recipe.init, seed=settings.seed, dropout=recipe.dropout)
        content = self.place.found(self.parallel, recipe)
        if content is not None:
            checkpoint.restore(full, content["model"], str(self.file))
        self.model = self.parallel.part(full, recipe.dropout)
        self.optimizer = Momentum(self.model, recipe)
        if content is None:
            self.statistics = Statistics.of(self.data.train)
            self._metrics(None)
        else:
            self._resume(content)
        self.model = self.parallel.placed(self.model)
        self.forward = self.parallel.wrap(self.model)
        if settings.compile:
            self.forward = torch.compile(self.forward)
        if content is None:
            self.save()

    def _metrics(self, at: tuple[int, int] | None) -> None:
        self.metrics = Metrics(self.folder, at) if self.parallel.first else None

    # ------------------------------------------------------------- checkpoints

    def _resume(self, content: dict[str, Any]) -> None:
        self.optimizer.load_state_dict(self.parallel.part_of_state(content["velocities"]))
        self.epoch, self.batch, self.iteration = content["epoch"], content["batch"], content["iteration"]
        self.skipped, self.loss_sum, self.images = content["skipped"], content["loss_sum"], content["images"]
        self.earlier = self.images  # of the epoch's images, by the run that goes on here
        self.schedule.restore(content["schedule"])
        here = torch.get_num_threads()
        threads = content.get("threads", here)
        if threads != here and self.device.type == "cpu" and self.parallel.first:
            sys.stderr.write(
                f"note: begun with {threads} threads, going on with {here}: sums may differ in their last digits "
                f"(OMP_NUM_THREADS={threads} keeps them)\n"
            )
        self.statistics = Statistics(*content["statistics"])
        torch.set_rng_state(content["random"])
        if content["random_cuda"] is not None and self.device.type == "cuda":
            torch.cuda.set_rng_state(content["random_cuda"], self.device)
        self._metrics((self.epoch, self.iteration))

    def save(self) -> None:
        """Write the checkpoint; with several devices all must call it."""
        from netledger.notation import to_text

        model = self.parallel.whole_state(dict(self.model.state_dict()))
        velocities = self.parallel.whole_state(self.optimizer.state_dict())
        if self.parallel.first:
            if self.metrics is not None:
                self.metrics.flush()
            cuda = torch.cuda.get_rng_state(self.device) if self.device.type == "cuda" else None
            checkpoint.save(self.file, {
                "name": self.original.name, "network": to_text(self.original), "recipe": plain(self.recipe),
                "seed": self.settings.seed, "classes": list(self.data.classes), "model": model,
                "velocities": velocities, "epoch": self.epoch, "batch": self.batch, "iteration": self.iteration,
                "skipped": self.skipped, "loss_sum": self.loss_sum, "images": self.images,
                "schedule": self.schedule.state(),
                "statistics": list(self.statistics.fields()), "random": torch.get_rng_state(), "random_cuda": cuda,
                "threads": torch.get_num_threads(),
            })  # fmt: skip
            self.place.copy(begun=self.iteration > 0)
        self.saved_at = time.monotonic()

    # ------------------------------------------------------------- running

    def run(self) -> TrainingResult:
        """To the end of the recipe (or of ``settings.steps``)."""
        total = self.per_epoch * self.recipe.epochs
        total = min(total, self.settings.steps) if self.settings.steps is not None else total
        self.progress = Progress(total, quiet=self.settings.quiet or not self.parallel.first)
        started = time.monotonic()
        with self._signals(), self.parallel.explained(self.file):
            while self.epoch < self.recipe.epochs and not self._done():
                self._epoch()
        if self.parallel.first and self.settings.pictures and self.iteration:
            from netledger.train.pictures import draw_curves, draw_kernels

            draw_curves(self.folder, self.original.name)
            draw_kernels(self.model, checkpoint.load(self.folder)["model"], self.folder)
        return TrainingResult(
            self.last if self.parallel.first else None,
            self.folder,
            self.iteration,
            self.skipped,
            time.monotonic() - started,
        )

    def _done(self) -> bool:
        limit = self.settings.steps
        return (limit is not None and self.iteration >= limit) or self.schedule.finished(self.epoch, self.iteration)

    def _batches(self) -> Iterator[Any]:
        view = self.view if self.schedule.colour(self.epoch) else self.view.replace(colour=None)
        shares, rank = self.parallel.shares, self.parallel.rank if self.parallel.shares > 1 else 0
        batches = Batches(self.data.train, view, self.statistics, self.settings.seed, "train", rank, shares)
        jobs = training_jobs(len(self.data.train), self.recipe.batch, self.settings.seed, self.epoch, self.batch)
        yield from loader(batches, jobs, self.settings.workers, pin=self.device.type == "cuda")

    def _epoch(self) -> None:
        self.model.train()
        started = time.monotonic()
        for pixels, labels, skipped in self._batches():
            self._skip(skipped)
            loss = self._step(pixels, labels)
            count = len(labels) * self.parallel.shares
            self.loss_sum, self.images = self.loss_sum + loss * count, self.images + count
            self.batch += 1
            self._look_up()
            if self._done():
                break
        if self.batch >= self.per_epoch:
            self._finish_epoch(time.monotonic() - started)
        self.save()

    def _look_up(self) -> None:
        """Whether it is time for a checkpoint, or to end; with several devices the first decides for all."""
        due = time.monotonic() - self.saved_at > self.settings.minutes * 60
        decision = self.parallel.decide(2 if self.asked_to_end else int(due), self.iteration)
        if decision:
            self.save()
        if decision == 2:
            raise Ended

    def _step(self, pixels: Any, labels: Any) -> float:
        """One update; returns the loss."""
        settings = self.settings
        loss, right = 0.0, 0
        pixels, labels = self.parallel.complete(pixels, labels, self.recipe.batch // self.parallel.shares)
        count = len(labels)
        for x, y in zip(pixels.chunk(settings.accumulate), labels.chunk(settings.accumulate), strict=True):
            x, y = x.to(self.device, non_blocking=True), y.to(self.device, non_blocking=True)
            if settings.channels_last:
                x = x.to(memory_format=torch.channels_last)
            with self._autocast():
                outputs = self.forward(x)
            part, hits = self.parallel.backward(outputs, y, len(y) / count)
            loss, right = loss + part, right + hits
        self.parallel.finish()
        count *= self.parallel.shares
        weights, biases = self.schedule.factors(self.epoch, self.iteration)
        self.optimizer.step(weights, biases, self.schedule.first_layer(self.epoch))
        self.optimizer.zero_grad()
        self.iteration += 1
        if self.metrics is not None:
            rate = self.recipe.rate * weights
            self.metrics.add("steps", (self.iteration, self.epoch + 1, repr(loss), right / max(count, 1), rate))
        if self.progress is not None:
            self.progress.step(self.iteration, self.epoch, count, loss)
        if loss != loss:
            raise DataError(
                f"the loss is not a number at step {self.iteration:,}: the rate is too high or the data is wrong"
            )
        return loss

    def _autocast(self) -> Any:
        if self.settings.precision == "float32":
            return contextlib.nullcontext()
        return torch.autocast(self.device.type, dtype=getattr(torch, self.settings.precision))

    def _finish_epoch(self, seconds: float) -> None:
        loss, images = self.loss_sum / max(self.images, 1), self.images - self.earlier
        self.loss_sum, self.images, self.earlier = 0.0, 0, 0
        self.last = score(
            self.forward, self.data.validation, self.view, self.statistics, device=self.device,
            batch=self.recipe.batch, workers=self.settings.workers, autocast=self._autocast, model=self.model,
            channels_last=self.settings.channels_last, parallel=self.parallel,
        )  # fmt: skip
        self.epoch, self.batch = self.epoch + 1, 0
        self.schedule.observe(self.parallel.same(1 - self.last.top1))
        self.skipped += self.last.skipped
        rate = self.recipe.rate * self.schedule.factors(self.epoch, self.iteration)[0]
        if self.metrics is not None and self.progress is not None:
            speed = images / max(seconds, 1e-9)
            self.metrics.add("epochs", (
                self.epoch, self.iteration, loss, self.last.loss, self.last.top1, self.last.top5, rate, round(speed, 1),
                round(seconds, 1),
            ))  # fmt: skip
            self.progress.say(
                f"epoch {self.epoch} of {self.recipe.epochs}: loss {loss:.4f}, validation {self.last.loss:.4f}, "
                f"top-1 {100 * self.last.top1:.2f} %, top-5 {100 * self.last.top5:.2f} %, {speed:,.0f} images/s, "
                f"{duration(seconds)}"
            )

    def _skip(self, names: list[str]) -> None:
        self.skipped += len(names)
        for name in names:
            sys.stderr.write(f"skipped: {printable(name)}\n")

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """On an interrupt or SIGTERM the run ends after its current step, with a checkpoint."""

        def end(number: int, frame: Any) -> None:
            if self.asked_to_end:
                raise KeyboardInterrupt
            self.asked_to_end = number

        numbers = (signal.SIGINT, signal.SIGTERM)
        try:
            old = [signal.signal(number, end) for number in numbers]
        except ValueError:  # not in the main thread
            yield
            return
        try:
            yield
        except Ended:
            ended = DataError(f"ended as asked after step {self.iteration:,}: --resume goes on from there")
            ended.exit_code = 128 + (
                self.asked_to_end or signal.SIGTERM
            )  # a shell's code for what ended by that signal
            raise ended.at(file=str(self.file)) from None
        finally:
            for number, handler in zip(numbers, old, strict=True):
                signal.signal(number, handler)

    def close(self) -> None:
        """Close the run's files, end its connections."""
        if getattr(self, "metrics", None) is not None and self.metrics is not None:
            self.metrics.close()
        self.parallel.close()
