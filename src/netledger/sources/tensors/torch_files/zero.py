"""DeepSpeed's checkpoints: the model's states, joined with the optimizer's partitions that lie beside them.

ZeRO gives every process a part of the flat float32 values and of the optimizer's state, each in a file of its own. All
parts together are the model's parameters, up to the values that fill each part to an even length.
Source: ``deepspeed/utils/zero_to_fp32.py`` and ``deepspeed/checkpoint/constants.py`` of DeepSpeed.
"""

from __future__ import annotations

import os

from netledger.errors import FormatError, LimitError
from netledger.network import Layer
from netledger.sources.companions import read_shard
from netledger.sources.foreign import MODEL_STATES, names_in, steps_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.network import Network, Tensor
    from netledger.sources.files import InputFile

    Read = Callable[[InputFile], tuple[list[Tensor], tuple[str, ...], dict[str, int]]]

_MODEL, _OPTIMIZER = MODEL_STATES, "optim_states.pt"
_FLAT = ("single_partition_of_fp32_groups", "fp32_flat_groups")
_MOST_PARTS = 1_000
_TAG_BYTES = 256


def model_states_in(folder: str) -> str | None:
    """The model's states in a folder of DeepSpeed's, in the step that its ``latest`` names, or in the only one."""
    names = names_in(folder)
    steps = steps_in(folder, names) if "latest" not in names else []
    if len(steps) == 1:
        return steps[0]
    if "latest" in names and not any(name.endswith(_MODEL) for name in names):
        with open(os.path.join(folder, "latest"), "rb") as file:  # noqa: PTH118, PTH123
            tag = file.read(_TAG_BYTES).decode("utf-8", "replace").strip()
        if not tag or any(sign in tag for sign in "/\\:\0") or tag.startswith("."):
            return None
        folder = os.path.join(folder, tag)  # noqa: PTH118
        names = names_in(folder)
    found = [name for name in names if name.endswith(_MODEL)]
    return os.path.join(folder, found[0]) if found else None  # noqa: PTH118


def is_model_states(path: str) -> bool:
    """Whether a file's name is one that DeepSpeed gives the model's states."""
    return path.endswith(_MODEL)


def joined(network: Network, file: InputFile, read_tensors: Read) -> Network:
    """The network of the model's states with the partitions beside them, each read by ``read_tensors``: their values
    are state of training."""
    names = names_in(os.path.dirname(file.path) or ".")  # noqa: PTH120
    ranks = {rank for name in names if name.endswith(_MODEL) and (rank := _model_rank(name))}
    if len(ranks) > 1:
        raise FormatError(f"{len(ranks):,} model-parallel ranks, each with slices of the tensors: not joined yet")
    parts = [name for name in names if name.endswith(_OPTIMIZER)]
    if not parts:
        return network
    if len(parts) > _MOST_PARTS:
        raise LimitError(f"more than {_MOST_PARTS:,} partitions")
    stored = dict(network.meta["stored"])
    held: list[Tensor] = []
    for i, name in enumerate(parts):
        tensors, _, there = read_shard(file, name, read_tensors)
        held += [_state(tensor, i) for tensor in tensors]
        stored = {what: stored[what] + there[what] for what in stored if what in there}
    flat = [tensor.count for tensor in held if any(f".{name}" in tensor.name for name in _FLAT)]
    values = sum([count for count in flat if isinstance(count, int)])
    most = len(parts) * (2 * len(flat) + sum(1 for _ in network.tensors))
    layer = Layer("partitions", "tensors", outputs=(), tensors=tuple(held), meta={"used": False})
    return network.replace(
        layers=(*network.layers, layer),
        notes=(*network.notes, f"{len(parts):,} partitions of the optimizer: state of training, no parameters"),
        meta={**network.meta, "stored": stored, "partitions": (len(parts), values, most)},
    )


def _model_rank(name: str) -> str:
    """``01`` of ``zero_pp_rank_0_mp_rank_01_model_states.pt``."""
    return name.partition("mp_rank_")[2].removesuffix(f"_{_MODEL}")


def _state(tensor: Tensor, part: int) -> Tensor:
    storage = None if tensor.storage is None else f"partition {part}: {tensor.storage}"
    return tensor.replace(name=f"partitions.{part}.{tensor.name}", role="state", storage=storage)
