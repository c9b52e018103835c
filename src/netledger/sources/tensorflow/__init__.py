"""TensorFlow checkpoints and the variables of a SavedModel: the ``.index`` of a tensor bundle; no value is read.

Beside the index, the one text that says what the variables are called (``_CHECKPOINTABLE_OBJECT_GRAPH``) is read from
the data file. Source: ``tensor_bundle.proto`` and ``trackable_object_graph.proto`` of TensorFlow.
"""

from __future__ import annotations

from netledger.dtypes import BITS, bytes_of
from netledger.errors import FormatError, LimitError, NotFoundError
from netledger.limits import MAX_DIMENSION, NAME_BYTES, RANK, TENSORS
from netledger.network import Network, Tensor, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.tensors.module_tree import in_order_of_counting, layers_of, tree
from netledger.sources.tensors.roles import role_of
from netledger.wire.cursor import Buffer, Cursor
from netledger.wire.protobuf import decode, varint
from netledger.wire.sstable import entries, is_table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.files import InputFile

_DTYPES = {
    1: "float32", 2: "float64", 3: "int32", 4: "uint8", 5: "int16", 6: "int8", 8: "complex64", 9: "int64", 10: "bool",
    11: "int8", 12: "uint8", 13: "int32", 14: "bfloat16", 15: "int16", 16: "uint16", 17: "uint16", 18: "complex128",
    19: "float16", 22: "uint32", 23: "uint64", 24: "float8_e5m2", 25: "float8_e4m3fn", 29: "int4", 30: "uint4",
}  # fmt: skip
"""The numbers of ``types.proto`` that stand for numbers."""
_HEADER = {1: ("num_shards", "int", False), 2: ("endianness", "int", False)}
_ENTRY = {
    1: ("dtype", "int", False), 2: ("shape", "span", False), 3: ("shard", "int", False), 4: ("offset", "int", False),
    5: ("size", "int", False), 7: ("slices", "span", True),
}  # fmt: skip
_SHAPE = {2: ("dim", "span", True), 3: ("unknown_rank", "int", False)}
_DIM = {1: ("size", "int", False)}
_GRAPH = {1: ("nodes", "span", True)}
_NODE = {2: ("attributes", "span", True), 3: ("slots", "span", True)}
_ATTRIBUTE = {2: ("full_name", "text", False), 3: ("key", "text", False)}
_SLOT = {3: ("node", "int", False)}

OBJECTS = "_CHECKPOINTABLE_OBJECT_GRAPH"
_VALUE = "/.ATTRIBUTES/VARIABLE_VALUE"
_ALL = "_all_variables/"
_MOST_SHARDS = 100_000
_OBJECT_BYTES = 64 * 1024 * 1024
_STATE_PARTS = (
    ".OPTIMIZER_SLOT",
    "optimizer",
    "_optimizer",
    "_seed_generators",
    "seed_generator",
    "save_counter",
    "metrics",
    "_metrics",
    "keras_api",
)
_STATE_ENDS = (
    "Adam", "Adam_1", "Momentum", "RMSProp", "RMSProp_1", "Adagrad", "Adadelta", "Ftrl", "Ftrl_1", "beta1_power",
    "beta2_power", "global_step", "ExponentialMovingAverage", "adam_m", "adam_v", "LAMB", "LAMB_1",
)  # fmt: skip
"""What TensorFlow 1's optimizers put behind a variable's name, and the counters that they keep."""


class BundleEntry:
    """One tensor of the bundle: element type, shape, which data file and where in it."""

    __slots__ = ("dtype", "key", "offset", "shape", "shard", "size")

    def __init__(self, key: str, value: bytes) -> None:
        self.key = key
        cursor = Cursor(value)
        found = decode(cursor, [(0, len(value))], _ENTRY, "entry")
        if found.get("slices"):
            raise FormatError("a variable in slices, which are not joined").at(item=f"tensor '{key[:80]}'")
        number = found.get("dtype", 0)
        self.dtype = _DTYPES.get(number)
        self.shard, self.offset, self.size = (found.get(name, 0) for name in ("shard", "offset", "size"))
        spans = [found["shape"]] if "shape" in found else []
        dims = decode(cursor, spans, _SHAPE, "shape").get("dim", [])
        sizes = [decode(cursor, [span], _DIM, "dim").get("size", 0) for span in dims]
        if len(sizes) > RANK or any(not 0 <= size <= MAX_DIMENSION for size in sizes):
            raise FormatError("a shape that cannot be").at(item=f"tensor '{key[:80]}'")
        self.shape = tuple(sizes)
        if min(self.shard, self.offset, self.size) < 0:
            raise FormatError("a negative place").at(item=f"tensor '{key[:80]}'")
        if self.dtype is not None and bytes_of(int(elements_of(self.shape)), self.dtype) != self.size:
            if BITS[self.dtype] >= 8:
                raise FormatError(f"its shape does not fit its {self.size:,} bytes").at(item=f"tensor '{key[:80]}'")


def _read(file: InputFile, options: Options) -> Network:
    tensors, notes, stored = bundle_tensors(file)
    meta = {"format": "tensorflow-checkpoint", "tensors": len(tensors), "stored": stored}
    return tree(_name(file.path), in_order_of_counting(layers_of(tensors)), notes=tuple(notes), meta=meta)


def bundle_tensors(file: InputFile) -> tuple[list[Tensor], list[str], dict[str, int]]:
    """The tensors of a checkpoint by its ``.index``, notes, and the elements and bytes that are stored."""
    if not is_table(file):
        raise FormatError("no index of a TensorFlow checkpoint: its mark at the end is missing")
    shards, found = _bundle(file)
    notes: list[str] = []
    data = _data_files(file, shards, found, notes)
    try:
        names, state = _object_names(found, data)
    finally:
        for one in data.values():
            one.close()
    numbers = [entry for entry in found.values() if entry.dtype is not None]
    called = _called(numbers, names)
    copies = _copies(numbers, names)
    tensors = [_tensor(entry, called[entry.key], entry.key in state, entry.key in copies) for entry in numbers]
    tensors = _with_statistics(tensors)
    if copies:
        notes.append(
            f"{len(copies):,} variables are stored twice, as Keras' export writes them: the copies are not counted"
        )
    texts = [entry.key for entry in found.values() if entry.dtype is None and entry.key != OBJECTS]
    if texts:
        notes.append(f"{len(texts):,} entries hold text or tables and are not counted: '{texts[0][:80]}', …")
    stored = {
        "elements": sum([int(elements_of(entry.shape)) for entry in numbers]),
        "bytes": sum([e.size for e in numbers]),
    }
    return tensors, notes, stored


def _name(path: str) -> str:
    """The SavedModel's folder for ``…/variables/variables.index``, else the checkpoint's name."""
    parts = path.replace("\\", "/").split("/")
    saved = parts[-2:] == ["variables", "variables.index"] and len(parts) > 2 and parts[-3] not in ("", ".", "..")
    return parts[-3] if saved else stem(path)


def _bundle(file: InputFile) -> tuple[int, dict[str, BundleEntry]]:
    """How many data files there are, and every entry by its key."""
    found: dict[str, BundleEntry] = {}
    shards = None
    for key, value, at in entries(file):
        if not key:
            header = decode(Cursor(value), [(0, len(value))], _HEADER, "header")
            shards = header.get("num_shards", 1)
            if header.get("endianness", 0) != 0 or not 0 < shards <= _MOST_SHARDS:
                raise FormatError(f"{shards:,} data files, or numbers with their high byte first").at(byte=at)
            continue
        try:
            name = key.decode("utf-8")
        except UnicodeDecodeError:
            raise FormatError("a name that is no UTF-8 text").at(byte=at) from None
        if name in found:
            raise FormatError(f"two tensors are called '{name[:80]}'").at(byte=at)
        if len(found) >= TENSORS:
            raise LimitError(f"more than {TENSORS:,} tensors")
        found[name] = BundleEntry(name, value)
    if shards is None:
        raise FormatError("an index without its header")
    return shards, found


def _data_files(file: InputFile, shards: int, found: dict[str, BundleEntry], notes: list[str]) -> dict[int, InputFile]:
    """The data files that are there, each long enough for what the index says lies in it."""
    ends: dict[int, int] = {}
    for entry in found.values():
        if entry.shard >= shards:
            raise FormatError(f"it lies in data file {entry.shard:,} of {shards:,}").at(
                item=f"tensor '{entry.key[:80]}'"
            )
        ends[entry.shard] = max(ends.get(entry.shard, 0), entry.offset + entry.size)
    opened: dict[int, InputFile] = {}
    prefix = file.path.replace("\\", "/").rpartition("/")[2].removesuffix(".index")
    for shard, end in ends.items():
        name = f"{prefix}.data-{shard:05d}-of-{shards:05d}"
        try:
            data = file.sibling(name)
        except NotFoundError:
            notes.append(f"'{name}' is not beside it: that the values are there was not checked")
            break
        if data.size < end:
            data.close()
            raise FormatError(f"'{name}' should hold {end:,} bytes, it has {data.size:,}")
        if len(opened) < 8:
            opened[shard] = data
        else:
            data.close()
    return opened


def _object_names(found: dict[str, BundleEntry], data: dict[int, InputFile]) -> tuple[dict[str, str], set[str]]:
    """What the variables are called, by their keys, and which are an optimizer's: from the objects' own graph."""
    entry = found.get(OBJECTS)
    if entry is None or entry.shard not in data or not 0 < entry.size <= _OBJECT_BYTES:
        return {}, set()
    raw = data[entry.shard].read_at(entry.offset, entry.size)
    length, index = varint(raw, 0, entry.offset)
    start = index + 4  # behind the checksum of the length
    if start + length > len(raw):
        raise FormatError("the objects' names reach beyond their entry").at(item=OBJECTS)
    cursor = Cursor(Buffer(raw[start : start + length]))
    nodes = decode(cursor, [(0, length)], _GRAPH, "objects").get("nodes", [])
    names: dict[str, str] = {}
    keys: list[list[str]] = []
    slots = set[int]()
    for span in nodes:
        node = decode(cursor, [span], _NODE, "object")
        keys.append([])
        for attribute in node.get("attributes", ()):
            said = decode(cursor, [attribute], _ATTRIBUTE, "attribute")
            keys[-1].append(said.get("key", ""))
            names[said.get("key", "")] = said.get("full_name", "")
        slots |= {decode(cursor, [slot], _SLOT, "slot").get("node", 0) for slot in node.get("slots", ())}
    return names, {key for number in slots if 0 <= number < len(keys) for key in keys[number]}


def _copies(numbers: list[BundleEntry], names: dict[str, str]) -> set[str]:
    """The keys of what Keras' ``model.export`` stores a second time, under the list of all its variables."""
    kinds = {(names.get(e.key), e.dtype, e.shape) for e in numbers if not e.key.startswith(_ALL) and names.get(e.key)}
    return {e.key for e in numbers if e.key.startswith(_ALL) and (names.get(e.key), e.dtype, e.shape) in kinds}


def _called(numbers: list[BundleEntry], names: dict[str, str]) -> dict[str, str]:
    """A name for each key: the variable's own (``dense/kernel``) where no other has it, else its place."""
    often: dict[str, int] = {}
    for entry in numbers:
        own = names.get(entry.key, "")
        often[own] = often.get(own, 0) + (not entry.key.startswith(_ALL))
    called = {}
    for entry in numbers:
        own, place = names.get(entry.key, ""), entry.key.removesuffix(_VALUE)
        known = "/" in own and often[own] <= 1 and len(own) <= NAME_BYTES
        folder, dot, last = (own.removesuffix(":0") if known else place).replace("/", ".").rpartition(".")
        called[entry.key] = f"{folder}{dot}{last.lstrip('_') or last}"
    return called


def _tensor(entry: BundleEntry, name: str, slot: bool, copy: bool) -> Tensor:
    """An entry as a tensor; what training keeps is told by its place among the objects, or TensorFlow 1's words."""
    assert entry.dtype is not None
    parts = entry.key.removesuffix(_VALUE).split("/")
    kept = any(part in _STATE_PARTS for part in parts) and "_trainable_variables" not in parts
    state = slot or kept or parts[-1] in _STATE_ENDS
    role = "state" if state else "constant" if copy else role_of(name, entry.dtype, entry.shape)
    unusual = BITS[entry.dtype] < 8
    return Tensor(
        f"optimizer.state.{name}" if state else name, role, entry.shape, entry.dtype, storage=entry.key,
        nbytes=entry.size if unusual else None,
    )  # fmt: skip


def _with_statistics(tensors: list[Tensor]) -> list[Tensor]:
    """Keras' ``Normalization`` keeps a mean and a variance, told by the whole number that counts their examples."""
    folders: dict[str, dict[str, Tensor]] = {}
    for one in tensors:
        folder, _, last = one.name.rpartition(".")
        folders.setdefault(folder, {})[last] = one
    kept = {folder for folder, parts in folders.items() if parts.keys() == {"mean", "variance", "count"}}
    kept = {folder for folder in kept if folders[folder]["count"].shape == ()}
    return [
        one.replace(role="running_statistic")
        if one.name.rpartition(".")[0] in kept and one.role == "parameter"
        else one
        for one in tensors
    ]


TENSORFLOW = Source("tensorflow", "TensorFlow checkpoint", (".index",), lambda head: False, _read)
