"""What a run is told beside its recipe."""

from __future__ import annotations

from netledger.records import Record


class Settings(Record):
    """How a run is carried out: none of it changes the recipe.

    ``minutes`` between checkpoints (one is written after every epoch, too); ``steps`` ends the run early;
    ``accumulate`` splits each batch into so many
    passes; ``workers`` make batches in processes of their own; ``split`` is ``towers``,
    ``data``, ``fsdp`` or ``owt``; ``strict`` makes an unreadable image an error; ``resume`` goes on from the checkpoint
    in ``folder``, ``"auto"`` begins anew where there is none; ``checkpoint`` is an address at which it is kept as well,
    and from which a run goes on then.
    """

    __slots__ = (
        "folder", "seed", "device", "precision", "channels_last", "compile", "accumulate", "workers", "minutes",
        "steps", "resume", "strict", "quiet", "split", "deterministic", "pictures", "checkpoint",
    )  # fmt: skip
    folder: str
    seed: int
    device: str
    precision: str
    channels_last: bool
    compile: bool
    accumulate: int
    workers: int
    minutes: float
    steps: int | None
    resume: bool | str
    strict: bool
    quiet: bool
    split: str | None
    deterministic: bool
    pictures: bool
    checkpoint: str | None

    def __init__(
        self, folder: str, seed: int = 0, device: str = "cpu", precision: str = "float32", channels_last: bool = False,
        compile: bool = False, accumulate: int = 1, workers: int = 0, minutes: float = 10.0, steps: int | None = None,
        resume: bool | str = False, strict: bool = False, quiet: bool = False, split: str | None = None,
        deterministic: bool = True, pictures: bool = True, checkpoint: str | None = None,
    ) -> None:  # fmt: skip
        self._fill(
            folder, seed, device, precision, channels_last, compile, accumulate, workers, minutes, steps, resume,
            strict, quiet, split, deterministic, pictures, checkpoint,
        )  # fmt: skip


FAST_ON_GPU: dict[str, str | bool] = {"precision": "bfloat16", "channels_last": True, "compile": True}
"""The settings of a GPU where none are given."""
