"""What a run writes while it goes: a line a step and a line an epoch as CSV, TensorBoard where installed, progress."""

from __future__ import annotations

import contextlib
import csv
import io
import sys
import time
from pathlib import Path

from netledger.errors import DataError
from netledger.execute.checkpoint import reason_of, write_atomically

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

STEPS = ("iteration", "epoch", "loss", "accuracy", "rate")
EPOCHS = ("epoch", "iteration", "loss", "validation_loss", "top1", "top5", "rate", "images_per_second", "seconds")


class Metrics:
    """The files ``steps.csv`` and ``epochs.csv`` of a run."""

    def __init__(self, folder: Path, resume_at: tuple[int, int] | None = None) -> None:
        self.folder = folder
        self.files = {
            name: self._open(name, header, resume_at and resume_at[i])
            for i, (name, header) in enumerate((("epochs", EPOCHS), ("steps", STEPS)))
        }
        self.board = _tensorboard(folder)

    def _open(self, name: str, header: tuple[str, ...], kept: int | None) -> Any:
        path = self.folder / f"{name}.csv"
        rows = _rows(path, len(header), kept) if kept is not None and path.is_file() else []
        text = io.StringIO(newline="")
        csv.writer(text).writerows([header, *rows])
        write_atomically(path, lambda stream: stream.write(text.getvalue().encode()))
        stream = path.open("a", newline="", encoding="utf-8")
        return stream, csv.writer(stream)

    def add(self, name: str, values: tuple[Any, ...]) -> None:
        """One line."""
        stream, writer = self.files[name]
        with _explained(stream):
            writer.writerow(values)
            if name == "epochs":
                stream.flush()
        if self.board is not None:
            header = EPOCHS if name == "epochs" else STEPS
            for what, value in zip(header[1:], values[1:], strict=True):
                if isinstance(value, int | float):
                    self.board.add_scalar(f"{name}/{what}", value, values[0])

    def flush(self) -> None:
        """To the disk."""
        for stream, _ in self.files.values():
            with _explained(stream):
                stream.flush()

    def close(self) -> None:
        """Done."""
        for stream, _ in self.files.values():
            stream.close()
        if self.board is not None:
            self.board.close()


def _rows(path: Path, width: int, kept: int) -> list[list[str]]:
    """The whole rows up to an iteration or epoch; one that was cut off when the run was killed is dropped."""
    lines = path.read_bytes().decode("utf-8", "replace").replace("\0", "").splitlines(keepends=True)[1:]
    rows = csv.reader([line for line in lines if line.endswith("\n")])
    return [row for row in rows if len(row) == width and row[0].isascii() and row[0].isdigit() and int(row[0]) <= kept]


@contextlib.contextmanager
def _explained(stream: Any) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise DataError(f"cannot be written: {reason_of(error)}").at(file=str(stream.name)) from error


def _tensorboard(folder: Path) -> Any:
    try:
        from torch.utils.tensorboard import SummaryWriter
    except Exception:  # not installed, or installed in part
        return None
    return SummaryWriter(str(folder / "tensorboard"))


class Progress:
    """A line on standard error now and then: where the run is, its speed, when it will end."""

    def __init__(self, total: int, every: float = 5.0, quiet: bool = False) -> None:
        self.total, self.every, self.quiet = total, every, quiet
        self.started = self.last = time.monotonic()
        self.images = 0
        self.first: int | None = None

    def step(self, iteration: int, epoch: int, images: int, loss: Any) -> None:
        """After a batch. ``loss`` is read only when a line is due."""
        self.first = iteration - 1 if self.first is None else self.first
        self.images += images
        now = time.monotonic()
        if self.quiet or now - self.last < self.every:
            return
        self.last = now
        done = iteration - self.first
        left = (now - self.started) / done * max(self.total - iteration, 0)
        speed = self.images / (now - self.started)
        self.say(
            f"epoch {epoch + 1}, step {iteration:,} of {self.total:,}: loss {float(loss):.4f}, "
            f"{speed:,.0f} images/s, {duration(left)} left"
        )

    def say(self, text: str) -> None:
        """A line."""
        if not self.quiet:
            sys.stderr.write(text + "\n")
            sys.stderr.flush()

    @property
    def speed(self) -> float:
        """Images per second so far."""
        return self.images / max(time.monotonic() - self.started, 1e-9)


def duration(seconds: float) -> str:
    """A length of time as people say it.

    >>> duration(59.6), duration(3700), duration(200_000)
    ('1m 00s', '1h 01m', '2d 7h')
    """
    whole = round(seconds)
    if whole < 3600:
        return f"{whole // 60}m {whole % 60:02d}s" if whole >= 60 else f"{whole}s"
    if whole < 86_400:
        return f"{whole // 3600}h {whole % 3600 // 60:02d}m"
    return f"{whole // 86_400}d {whole % 86_400 // 3600}h"
