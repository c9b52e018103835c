"""PyTorch's files inside another archive: Stable-Baselines3's ``.zip``, NeMo's ``.nemo``. Settings beside stay unread.

Sources: ``stable_baselines3/common/save_util.py`` (``policy.pth``, ``*optimizer.pth``, ``pytorch_variables.pth``);
``nemo/core/connectors/save_restore_connector.py`` (``model_config.yaml``, ``model_weights.ckpt`` in a tar).
"""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError
from netledger.sources import Options, Source
from netledger.sources.files import InputFile, stem
from netledger.sources.refused import said_of
from netledger.sources.tensors.module_tree import in_order_of_counting, layers_of, tree
from netledger.sources.tensors.torch_files.checkpoint import read_tensors
from netledger.wire.tar import inflated, is_tar, members
from netledger.wire.zip import Archive

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network, Tensor
    from netledger.wire.cursor import Readable

_ENDINGS = (".pth", ".pt", ".ckpt", ".bin")
_TRAINING = ("optimizer", "pytorch_variables")
"""How the names end, without their suffix, of what training keeps beside the network."""


class FileInside(InputFile):
    """A member of an archive in the place of a file; its siblings are those of the archive."""

    __slots__ = ("part",)

    def __init__(self, path: str, part: Readable) -> None:
        super().__init__(path, -1, part.size)
        self.part = part

    def read_at(self, offset: int, count: int) -> bytes:
        """Exactly ``count`` bytes from ``offset`` of the member."""
        return self.part.read_at(offset, count)


def _read(file: InputFile, options: Options) -> Network:
    inside = _members(file)
    networks = [name for name in inside if not _is_training(name)]
    tensors: list[Tensor] = []
    notes = [f"an archive of {', '.join([name[:80] for name in inside][:8])}: its other files are not read"]
    stored = {"elements": 0, "bytes": 0}
    for name, part in inside.items():
        try:
            held, said, there = read_tensors(FileInside(file.path, part))
        except NetledgerError as error:
            raise error.at(item=f"member '{name[:120]}'") from None
        place = stem(name)
        if len(networks) > 1 or _is_training(name):
            held = [tensor.replace(name=f"{place}.{tensor.name}") for tensor in held]
        tensors += [tensor.replace(role="state") for tensor in held] if _is_training(name) else held
        notes += [f"{name[:80]}: {one}" if len(inside) > 1 else one for one in said]
        stored = {key: stored[key] + there[key] for key in stored.keys() & there.keys()}
    meta = {"format": "bundle", "tensors": len(tensors), "stored": stored}
    return tree(stem(file.path), in_order_of_counting(layers_of(tensors)), notes=tuple(notes), meta=meta)


def _members(file: InputFile) -> dict[str, Readable]:
    """The members that PyTorch wrote, by name."""
    zipped = file.read_at(0, min(4, file.size)) == b"PK\3\4"
    found: dict[str, Readable] = {}
    if zipped:
        archive = Archive(file)
        found = {name: archive.part(name) for name in archive.members if name.lower().endswith(_ENDINGS)}
    else:
        whole = inflated(file)
        if is_tar(whole.read_at(0, min(512, whole.size))):
            found = {name: part for name, part in members(whole).items() if name.lower().endswith(_ENDINGS)}
    found = {name: part for name, part in found.items() if _is_torch(part)}
    if not found:
        packed = file.read_at(0, min(2, file.size)) == b"\x1f\x8b"
        raise FormatError(said_of("a ZIP archive" if zipped else "a gzip archive" if packed else "a tar archive"))
    return found


def _is_torch(part: Readable) -> bool:
    """Whether a member can be one of PyTorch's files: an archive itself, or a pickle."""
    return part.read_at(0, min(4, part.size)).startswith((b"PK\3\4", b"\x80"))


def _is_training(name: str) -> bool:
    return stem(name).endswith(_TRAINING)


def _sniff(head: bytes) -> bool:
    """A tar, plain or packed, or an archive whose first member is Stable-Baselines3's, or one of PyTorch's files."""
    if head.startswith(b"PK\3\4"):
        name = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        return name == b"data" or name.lower().endswith(tuple([ending.encode() for ending in _ENDINGS]))
    return is_tar(head) or head.startswith(b"\x1f\x8b")


BUNDLE = Source("bundle", "archive of PyTorch's files", (".nemo", ".zip"), _sniff, _read)
