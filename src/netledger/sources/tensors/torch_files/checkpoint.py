"""PyTorch checkpoints: zip archives, the format before 1.6, TorchScript archives, bare pickles. Nothing in them is run.

The pickle is read as data (:mod:`netledger.wire.pickle`); a tensor's bytes are never read, only that they are there.
Source: ``torch/serialization.py`` and ``torch/_utils.py`` of PyTorch.
"""

from __future__ import annotations

from netledger.network import Tensor
from netledger.sources import Options, Source
from netledger.sources.companions import quantisation_beside
from netledger.sources.files import stem
from netledger.sources.quantised.counts import fitting
from netledger.sources.tensors.copies import without_copies
from netledger.sources.tensors.module_tree import layers_of, several, tree
from netledger.sources.tensors.neighbours import without_unpacking
from netledger.sources.tensors.roles import COUNTERS
from netledger.sources.tensors.torch_files.archives import holds_values, zipped
from netledger.sources.tensors.torch_files.bare import pickled
from netledger.sources.tensors.torch_files.beside import BESIDE, DATA, UNCLEAR_BESIDE, UNCLEAR_DATA, with_examples
from netledger.sources.tensors.torch_files.exported import exported_bytes, exported_tensors, program_in
from netledger.sources.tensors.torch_files.storages import IN_PICKLE, tensors_of
from netledger.sources.tensors.torch_files.zero import is_model_states, joined
from netledger.unknown import Unknown
from netledger.wire.zip import Archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Network
    from netledger.sources.files import InputFile
    from netledger.sources.tensors.torch_files.storages import StorageView

_LEGACY = b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19."
_CALLS_SHOWN = 12
_PADDLES = (".pdparams", ".pdopt")
"""How PaddlePaddle's files end, which keep ``bfloat16`` as NumPy's ``uint16``; it has no such integers itself."""
_PROGRAM = ("a program of torch.export: its graph is not read",)


def read_tensors(file: InputFile) -> tuple[list[Tensor], tuple[str, ...], dict[str, int]]:
    """The tensors of a checkpoint, each stored element counted once; what is to be said; elements and bytes stored."""
    archive = Archive(file) if file.read_at(0, min(4, file.size)) == b"PK\3\4" else None
    exported = _exported(archive) if archive is not None else None
    if archive is not None and exported is not None:
        listed, there = without_unpacking(exported_tensors(archive, exported)), exported_bytes(archive, exported)
        booked = {tensor.storage: tensor.bytes for tensor in listed if isinstance(tensor.bytes, int)}
        return listed + _left(there["bytes"] - sum(booked.values())), _PROGRAM, there
    walk, notes = zipped(archive) if archive is not None else pickled(file)
    if file.path.lower().endswith(_PADDLES):
        for view in walk.views:
            view.dtype = "bfloat16" if view.dtype == "uint16" else view.dtype
    tensors, remarks, stored = tensors_of(walk.views)
    if not tensors and walk.calls and archive is None:
        tensors = [Tensor("made by calls", "parameter", (_NOT_CALLED,), elements=_NOT_CALLED, nbytes=_NOT_CALLED)]
    if archive is not None:
        tensors += _unnamed(archive, walk.views, stored)
    whole = [_whole(tensor, walk.partitioned) for tensor in tensors] if walk.partitioned else tensors
    shards = [view.elsewhere for view in walk.views if view.elsewhere is not None]
    if whole != tensors or shards:
        stored = {"elements": sum(shards)} if shards else {}  # the values are in other files
    if walk.shapes:
        whole = [_unpacked(tensor, walk.shapes) for tensor in whole]
    told, copies = without_copies(with_examples(whole), walk.heads)
    tensors = [_clear(tensor) for tensor in told]
    return tensors, (*notes, *_state(tensors), *copies, *remarks, *_calls(walk.calls)), stored


def _clear(tensor: Tensor) -> Tensor:
    """A tensor that may be learned or not as one of an unknown number of values; of whole numbers none is learned."""
    if tensor.role not in _NOT_CLEAR:
        return tensor
    if tensor.role in (BESIDE, DATA) and tensor.dtype in COUNTERS:
        return tensor.replace(role="state")
    return tensor.replace(elements=_NOT_CLEAR[tensor.role], role="parameter")


def _unnamed(archive: Archive, views: list[StorageView], stored: dict[str, int]) -> list[Tensor]:
    """Storages of an archive that belong to no tensor that was found: how many values they are, nobody says."""
    data = [member.size for name, member in archive.members.items() if holds_values(name)]
    named = {view.storage.key: view.storage.nbytes for view in views if view.storage is not None}
    left = sum(data) - sum([nbytes for key, nbytes in named.items() if not key.startswith(IN_PICKLE)])
    if left > 0:
        stored["bytes"] += left
        stored.pop("elements", None)
    return _left(left)


def _left(left: int) -> list[Tensor]:
    """So many bytes of values of which nothing else is known, as one tensor."""
    if left <= 0:
        return []
    reason = Unknown("values are stored that no tensor names")
    return [Tensor("stored, in no tensor", "parameter", (Unknown("?"),), "uint8", elements=reason, nbytes=left)]


def _exported(archive: Archive) -> str | None:
    """The folder inside an archive that ``torch.export`` wrote; ``None`` for any other archive."""
    found = [name for name in archive.members if name.endswith("_weights_config.json") and "data/weights/" in name]
    return found[0].partition("data/weights/")[0] if found else None


def _whole(tensor: Tensor, partitioned: dict[str, tuple[int, ...]]) -> Tensor:
    """A parameter that ZeRO's third stage left empty: its shape is listed, its values are in the partitions."""
    shape = partitioned.get(tensor.name.removeprefix("module."))
    return tensor.replace(shape=shape, storage=None, nbytes=None) if shape and tensor.shape == (0,) else tensor


def _unpacked(tensor: Tensor, shapes: dict[str, tuple[int, ...]]) -> Tensor:
    """HQQ's ``W_q`` with the number of values that the shape beside it states."""
    module, _, last = tensor.name.rpartition(".")
    shape = shapes.get(module, ()) if last == "W_q" else ()
    count = fitting(tensor, shape)
    return tensor if count is None else tensor.replace(elements=count, nbytes=tensor.bytes)


_NOT_CALLED = Unknown("it holds nothing but what calls would make, and none is followed")
_FROZEN = Unknown("a constant of a frozen archive, and what reads it does not tell whether it was learned")
_OUTSIDE = Unknown("weights in oneDNN's own layout, which are not written into the file")
_NOT_CLEAR = {"unclear": _FROZEN, "outside": _OUTSIDE, BESIDE: UNCLEAR_BESIDE, DATA: UNCLEAR_DATA}
"""The role of a tensor that may be learned or not → what is said of its number of values."""


# ---------------------------------------------------------------------- what is said about it


def _state(tensors: Sequence[Tensor]) -> tuple[str, ...]:
    held = [tensor for tensor in tensors if tensor.role == "state"]
    values = sum([tensor.count for tensor in held if isinstance(tensor.count, int)])
    return (f"state of training, no parameters: {several(len(held), 'tensor')}, {values:,} values",) if held else ()


def _calls(calls: dict[str, int]) -> tuple[str, ...]:
    """What the pickle wanted to have called, and nobody did."""
    if not calls:
        return ()
    shown = ", ".join(list(calls)[:_CALLS_SHOWN])
    more = f" and {len(calls) - _CALLS_SHOWN:,} more" if len(calls) > _CALLS_SHOWN else ""
    return (f"calls not followed: {shown}{more}",)


# ---------------------------------------------------------------------- the source


def _sniff(head: bytes) -> bool:
    """A pickle, or an archive whose first member is one that PyTorch writes."""
    if head.startswith(b"PK\3\4"):
        name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        return name.rpartition(b"/")[2] in _MEMBERS or b"/data/" in name or b"/code/" in name or b"/.data/" in name
    return head.startswith(_LEGACY) or (head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5" and b"joblib" not in head)


_MEMBERS = frozenset((b"data.pkl", b"constants.pkl", b"version", b"byteorder", b".format_version", b"archive_format"))


def _read(file: InputFile, options: Options) -> Network:
    tensors, notes, stored = read_tensors(file)
    if notes == _PROGRAM:
        program = program_in(Archive(file))
        if program is not None:
            from netledger.sources.exported import network_of

            return network_of(program, tensors, stem(file.path), stored)
    layers = layers_of(tensors, lambda: quantisation_beside(file))
    about = {"format": "checkpoint", "tensors": len(tensors), "stored": stored}
    network = tree(stem(file.path), layers, notes=notes, meta=about)
    return joined(network, file, read_tensors) if is_model_states(file.path) else network


CHECKPOINT = Source(
    "checkpoint",
    "PyTorch checkpoint",
    (".pt", ".pth", ".bin", ".ckpt", ".pkl", ".tar", ".pt2", ".pdparams", ".pdopt"),
    _sniff,
    _read,
)
