"""Sharded models: an ``*.index.json`` that says which file holds which tensor, and the files it names."""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.notation.strict_json import parse_json
from netledger.sources import Options, Source
from netledger.sources.companions import quantisation_beside, read_shard, ties_words
from netledger.sources.files import stem
from netledger.sources.tensors.module_tree import Kind, layers_of, read_tree, tree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network, Tensor
    from netledger.sources.files import InputFile
    from netledger.sources.tensors.safetensors import SafetensorsHeader

_INDEX_BYTES = 100 * 1024 * 1024


def _sniff(head: bytes) -> bool:
    return head.lstrip(b" \t\r\n").startswith(b"{") and b'"weight_map"' in head


def _read(file: InputFile, options: Options) -> Network:
    index = parse_json(file.text(_INDEX_BYTES).encode())
    mapping = index.get("weight_map") if isinstance(index, dict) else None
    if not isinstance(mapping, dict) or not all(isinstance(value, str) for value in mapping.values()):
        raise FormatError("the index has no weight_map from tensors to files")
    files: dict[str, set[str]] = {}
    for name, part in mapping.items():
        files.setdefault(part, set()).add(name)
    pickled = [part for part in files if not part.endswith(".safetensors")]
    stated = _stated(index)
    network = _pickled(file, files, stated) if pickled else _safetensors(file, files, stated)
    return network.replace(notes=(f"{len(files):,} shards", *network.notes))


def _stated(index: dict[str, object]) -> tuple[dict[str, int], dict[str, int]]:
    """What the index says of the whole: of the bytes, and of the parameters."""
    metadata = index.get("metadata")
    found = [metadata.get(name) if isinstance(metadata, dict) else None for name in ("total_size", "total_parameters")]
    size, parameters = [
        int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**63 else None
        for value in found
    ]
    return (
        {} if size is None else {"stated_bytes": size},
        {} if parameters is None else {"parameters": parameters},
    )


def _safetensors(file: InputFile, files: dict[str, set[str]], stated: tuple[dict[str, int], dict[str, int]]) -> Network:
    from netledger.sources.tensors.safetensors import DTYPES, notes_of, read_header, stored_shapes

    def read(part: InputFile) -> tuple[SafetensorsHeader, dict[str, tuple[int, ...]], int]:
        header = read_header(part)
        return header, stored_shapes(part, header), part.size

    names: list[str] = []
    kinds: list[Kind] = []
    notes: tuple[str, ...] = ()
    header_bytes = data_bytes = 0
    shapes: dict[str, tuple[int, ...]] = {}
    metadata: dict[str, str] = {}
    for part, wanted in files.items():
        header, more, size = read_shard(file, part, read)
        shapes |= more
        metadata |= header.metadata
        _agree(part, wanted, set(header.names))
        names += header.names
        kinds += header.kinds
        notes = notes or notes_of(header.metadata)
        header_bytes += header.size
        data_bytes += size - 8 - header.size
    return read_tree(
        stem(file.path),
        names,
        kinds,
        quantisation=lambda: {**quantisation_beside(file), "weight_shapes": shapes, "metadata": metadata},
        tied=lambda: ties_words(file),
        notes=notes,
        meta={"format": "safetensors", "shards": len(files), "header_bytes": header_bytes},
        alphabetical=len(files) * len(DTYPES),
        stored={"bytes": data_bytes, **stated[0]},
        published=stated[1],
    )


def _pickled(file: InputFile, files: dict[str, set[str]], stated: tuple[dict[str, int], dict[str, int]]) -> Network:
    """Shards that are PyTorch checkpoints (``pytorch_model.bin.index.json``)."""
    from netledger.sources.tensors.torch_files.checkpoint import read_tensors

    tensors: list[Tensor] = []
    notes: list[str] = []
    stored: dict[str, int] = {}
    for i, (part, wanted) in enumerate(sorted(files.items())):
        held, said, there = read_shard(file, part, read_tensors)
        _agree(part, wanted, {tensor.name for tensor in held})
        for what, count in there.items():
            stored[what] = stored.get(what, 0) + count
        tensors += [t if t.storage is None else t.replace(storage=f"{i}:{t.storage}") for t in held]
        notes += [note for note in said if note not in notes]
    layers = layers_of(tensors, lambda: quantisation_beside(file))
    about = {"format": "checkpoint", "shards": len(files), "tensors": len(tensors), "stored": {**stored, **stated[0]}}
    return tree(stem(file.path), layers, notes=tuple(notes), published=stated[1], meta=about)


def _agree(part: str, wanted: set[str], held: set[str]) -> None:
    """The index and the shard must name the same tensors."""
    if wanted - held:
        name = min(wanted - held)
        raise FormatError(f"the index says that '{part}' holds it, and it does not").at(item=f"tensor '{name}'")
    if held - wanted:
        name = min(held - wanted)
        raise FormatError(f"'{part}' holds it, and the index does not say so").at(item=f"tensor '{name}'")


INDEX = Source("index", "index of a sharded model", (".index.json",), _sniff, _read)
