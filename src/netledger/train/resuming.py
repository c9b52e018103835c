"""Where a run's checkpoint lies: in its folder, and where ``--checkpoint`` says; what a run goes on from."""

from __future__ import annotations

import io
import sys

from netledger.errors import DataError, NetledgerError, NotFoundError, UsageError
from netledger.execute import checkpoint
from netledger.printable import printable
from netledger.train.remote_checkpoint import RemoteCheckpoint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from netledger.train.parallel import Parallel
    from netledger.train.recipes import Recipe
    from netledger.train.settings import Settings


class CheckpointPlace:
    """``checkpoint.pt`` in a run's folder, and its copy elsewhere, which goes first."""

    def __init__(self, folder: Path, settings: Settings) -> None:
        self.file = folder / "checkpoint.pt"
        self.settings = settings
        self.elsewhere = RemoteCheckpoint(settings.checkpoint) if settings.checkpoint else None

    def found(self, parallel: Parallel, recipe: Recipe) -> dict[str, Any] | None:
        """The checkpoint to go on from. The first process reads it and hands it to all: they need no disk in common.

        One of another recipe or seed is a ``UsageError``.
        """
        data, error = None, None
        if parallel.first:
            try:
                data = self._bytes()
            except NetledgerError as raised:
                error = raised
        size = int(parallel.same(-1 if error else len(data or b"")))
        if error is not None:
            raise error
        if size < 0:
            raise UsageError("the first process of this run could not begin: it says why")
        if not size:
            return None
        content = checkpoint.read(io.BytesIO(parallel.handed(data, size)), str(self.file))
        for name, ours in (("recipe", plain(recipe)), ("seed", self.settings.seed)):
            if content[name] != ours:
                raise UsageError(f"{self.file} was made with another {name}: {_difference(content[name], ours)}")
        return content

    def _bytes(self) -> bytes | None:
        """What the first process's folder or the address of ``--checkpoint`` holds; ``None``: the run begins."""
        resume, exists = self.settings.resume, self.file.exists()
        if self.elsewhere is not None:
            data = self.elsewhere.get()
            if data is not None and not resume:
                raise UsageError(f"{self.elsewhere.shown} exists: --resume goes on with it")
            if data is not None or (resume and not exists):
                if data is None and resume != "auto":
                    raise NotFoundError(f"no checkpoint '{self.elsewhere.shown}'")
                return data
        if not resume and exists:
            raise UsageError(f"{self.file} exists: --resume goes on with it, --output names another folder")
        if not resume or (resume == "auto" and not exists):
            return None
        if not exists:
            raise NotFoundError(f"no checkpoint '{self.file}'")
        return self.file.read_bytes()

    def copy(self, begun: bool) -> None:
        """A place that cannot be written ends a run that begins; later the run goes on, and says it."""
        if self.elsewhere is None:
            return
        try:
            self.elsewhere.put(self.file)
        except DataError as error:
            if not begun:
                raise
            sys.stderr.write(f"note: {printable(str(error))}: the checkpoint is in {self.file} alone\n")


def plain(recipe: Recipe) -> dict[str, Any]:
    """A recipe as a checkpoint keeps it."""
    values = {name: getattr(recipe, name) for name in recipe.__slots__}
    values["schedule_arguments"] = {
        name: list(value) if isinstance(value, tuple) else value for name, value in recipe.schedule_arguments.items()
    }
    return values


def _difference(theirs: Any, ours: Any) -> str:
    if not isinstance(theirs, dict):
        return f"{theirs} there, {ours} here"
    names = [name for name in ours if theirs.get(name) != ours[name]]
    return "; ".join(f"{name} is {theirs.get(name)!r} there, {ours[name]!r} here" for name in names[:3])
