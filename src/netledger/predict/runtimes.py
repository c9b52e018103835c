"""How many cells a runtime gives each sort of layer: the architecture's own need, and what runtimes make of it.

Each rule is a small function from what layers keep and a :class:`Setting` to rows; :data:`RUNTIMES` names them.
Sources: llama.cpp's ``llama-kv-cache*.cpp`` and ``llama-memory-recurrent.cpp``, vLLM's block tables, transformers'
``cache_utils.py``.
"""

from __future__ import annotations

from netledger.errors import UsageError, nearest
from netledger.predict.cache import DRAFT
from netledger.predict.element_types import bytes_in
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from netledger.predict.cache import Keeps


class Setting(Record):
    """What is asked for: ``context`` positions, ``batch`` sequences, the encoder's positions, the cache's types, and a
    runtime's own settings (micro-batch, whole windows, one cache for all sequences, MLA's form, draft length).
    """

    __slots__ = (
        "context",
        "batch",
        "encoder",
        "key",
        "value",
        "ubatch",
        "whole",
        "unified",
        "mla",
        "draft",
        "absorbed",
    )
    context: int
    batch: int
    encoder: int | None
    key: str
    value: str
    ubatch: int
    whole: bool
    unified: bool
    mla: int | None
    draft: int
    absorbed: bool

    def __init__(
        self, context: int, batch: int = 1, encoder: int | None = None, key: str = "f16", value: str = "f16",
        ubatch: int = 512, whole: bool = False, unified: bool = False, mla: int | None = None, draft: int = 0,
        absorbed: bool = True,
    ) -> None:  # fmt: skip
        self._fill(context, batch, encoder, key, value, ubatch, whole, unified, mla, draft, absorbed)


class Kept(Record):
    """One row: what ``layers`` layers of a sort keep in ``cells`` cells (all sequences together).

    ``key`` and ``value`` are values a cell and layer, ``key_type`` and ``value_type`` their types.
    """

    __slots__ = ("keeps", "cells", "key", "value", "key_type", "value_type")
    keeps: Keeps
    cells: int
    key: int
    value: int
    key_type: str
    value_type: str

    def __init__(self, keeps: Keeps, cells: int, key: int, value: int, key_type: str, value_type: str) -> None:
        self._fill(keeps, cells, key, value, key_type, value_type)

    @property
    def values(self) -> int:
        """Values in all layers and cells."""
        return self.keeps.layers * self.cells * (self.key + self.value)

    @property
    def key_bytes(self) -> int:
        """Bytes of the keys (or of the state)."""
        return bytes_in(self.keeps.layers * self.cells * self.key, self.key_type)

    @property
    def value_bytes(self) -> int:
        """Bytes of the values."""
        return bytes_in(self.keeps.layers * self.cells * self.value, self.value_type) if self.value else 0

    @property
    def bytes(self) -> int:
        """Bytes in all."""
        return self.key_bytes + self.value_bytes

    @property
    def grows(self) -> bool:
        """Whether it grows with the positions, up to its window."""
        return self.keeps.sort not in ("convolution", "state")


class Runtime(Record):
    """A runtime's rule: its name, what it makes of one sort of layer, which of its rules these rows obey, whether it
    divides the context among sequences, and whether layers that draft words have a cache of their own.
    """

    __slots__ = ("name", "cells", "told", "divides", "drafts")
    name: str
    cells: Callable[[Keeps, Setting], Kept]
    told: Callable[[Setting, Sequence[Kept]], list[str]]
    divides: bool
    drafts: bool

    def __init__(
        self, name: str, cells: Callable[[Keeps, Setting], Kept], told: Callable[[Setting, Sequence[Kept]], list[str]],
        divides: bool = False, drafts: bool = False,
    ) -> None:  # fmt: skip
        self._fill(name, cells, told, divides, drafts)

    def shares(self, setting: Setting) -> int:
        """Among how many sequences the context is divided: 1 where each has all of it, or all share one cache."""
        return setting.batch if self.divides and not setting.unified else 1


def padded(number: int, to: int) -> int:
    """The next multiple.

    >>> padded(640, 256)
    768
    """
    return -(-number // to) * to


def _encoder(setting: Setting) -> int:
    if setting.encoder is None:
        raise UsageError("the model attends to an encoder: say with --encoder-context how many positions it has")
    return setting.encoder


# ---------------------------------------------------------------------- the architecture's own need


def _own(keeps: Keeps, setting: Setting) -> Kept:
    """Cells are positions, windows cut; a convolution keeps all of its kernel but the newest input."""
    if keeps.sort == "convolution":
        return Kept(keeps, setting.batch, keeps.key * (keeps.value - 1), 0, "f32", "f32")
    if keeps.sort == "state":
        return Kept(keeps, setting.batch, keeps.key, 0, "f32", "f32")
    cells = _encoder(setting) if keeps.sort == "cross" else setting.context
    if keeps.window is not None and not setting.whole:
        cells = min(cells, keeps.window)
    return _attended(keeps, cells * setting.batch, setting.replace(absorbed=True))


def _attended(keeps: Keeps, cells: int, setting: Setting) -> Kept:
    """Keys and values, or the latent in the form that is asked for."""
    key, value = keeps.key, keeps.value
    if keeps.sort == "latent":
        if setting.mla == 0 or (setting.mla is None and not setting.absorbed):
            key, value = keeps.expanded
        elif setting.mla == 1:
            value = keeps.latent
    return Kept(keeps, cells, key, value, setting.key, setting.value)


def _told_own(setting: Setting, rows: Sequence[Kept]) -> list[str]:
    if not any(row.grows for row in rows):
        return []
    return ["the architecture's own need: a cell for each position, windows cut, nothing rounded"]


# ---------------------------------------------------------------------- transformers


def _transformers(keeps: Keeps, setting: Setting) -> Kept:
    if keeps.sort == "convolution":
        return Kept(keeps, setting.batch, keeps.key * keeps.value, 0, setting.key, setting.key)
    if keeps.sort == "sliding" and keeps.window is not None:
        return _attended(keeps, min(setting.context, keeps.window - 1) * setting.batch, setting)
    return _own(keeps, setting)


def _told_transformers(setting: Setting, rows: Sequence[Kept]) -> list[str]:
    told = []
    if any(row.keeps.window is not None for row in rows):
        told.append("transformers: a sliding layer keeps its window less one")
    if any(row.keeps.sort == "convolution" for row in rows):
        told.append("transformers: a convolution's state is as wide as its kernel")
    return told or ["transformers: a cell for each position, nothing rounded"]


# ---------------------------------------------------------------------- vLLM

_BLOCK = 16


def _vllm(keeps: Keeps, setting: Setting) -> Kept:
    kept = _own(keeps, setting)
    if not kept.grows:
        return kept
    one = padded(kept.cells // setting.batch, _BLOCK)
    return _attended(keeps, one * setting.batch, setting)


def _told_vllm(setting: Setting, rows: Sequence[Kept]) -> list[str]:
    growing = [row for row in rows if row.grows]
    told = [
        f"vLLM: blocks of {_BLOCK} positions; it takes what is left of the memory for as many blocks as fit, these are "
        "those that the asked positions need"
    ]
    if len(growing) < len(rows):
        told.append("vLLM: a hybrid model's pages are made larger than this")
    return told if growing else []


# ---------------------------------------------------------------------- llama.cpp and ik_llama.cpp

_PAD = 256


def _streams(setting: Setting) -> tuple[int, int]:
    """Positions of a stream, and streams: the context is divided among the sequences unless they share one cache."""
    if setting.unified or setting.batch == 1:
        return padded(setting.context, _PAD), 1
    return padded(-(-padded(setting.context, _PAD) // setting.batch), _PAD), setting.batch


def _llama_cpp(keeps: Keeps, setting: Setting) -> Kept:
    recurrent = _recurrent(keeps, setting)
    if recurrent is not None:
        return recurrent
    if keeps.sort == "cross":
        return _attended(keeps, padded(_encoder(setting), _PAD), setting)
    size, streams = _streams(setting)
    if keeps.sort == DRAFT:
        return Kept(keeps, size * streams, keeps.key, keeps.value, "f16", "f16")
    if keeps.window is not None and not setting.whole:
        sharing = setting.batch if setting.unified else 1
        size = padded(min(size, keeps.window * sharing + setting.ubatch), _PAD)
    return _attended(keeps, size * streams, setting)


def _ik_llama_cpp(keeps: Keeps, setting: Setting) -> Kept:
    recurrent = _recurrent(keeps, setting)
    if recurrent is not None:
        return recurrent
    return _attended(keeps, padded(setting.context, _PAD), setting.replace(absorbed=True))


def _recurrent(keeps: Keeps, setting: Setting) -> Kept | None:
    """State in f32, once for a sequence and once more for each drafted position."""
    cells = setting.batch * (1 + setting.draft)
    if keeps.sort == "convolution":
        return Kept(keeps, cells, keeps.key * (keeps.value - 1), 0, "f32", "f32")
    return Kept(keeps, cells, keeps.key, 0, "f32", "f32") if keeps.sort == "state" else None


def _told_llama_cpp(setting: Setting, rows: Sequence[Kept]) -> list[str]:
    own = [row for row in rows if row.grows and row.keeps.sort != "cross"]
    size, streams = _streams(setting)
    told = []
    if own and setting.batch > 1:
        told.append(
            "llama.cpp: one cache for all sequences"
            if setting.unified
            else f"llama.cpp: the context is divided among the sequences, each part rounded up to {_PAD}"
        )
    if own and streams == 1 and size != setting.context:
        told.append(f"llama.cpp: the context is rounded up to {_PAD}: {size:,} cells")
    if any(row.keeps.window is not None for row in own):
        more = f"a window keeps {setting.ubatch} more (the micro-batch), rounded up to {_PAD}"
        told.append(f"llama.cpp: {'a sliding layer keeps the whole context' if setting.whole else more}")
    if any(row.keeps.sort == "latent" for row in own) and not setting.absorbed and setting.mla is None:
        told.append(
            "llama.cpp: the file lacks the absorbed tensors of MLA (no attention.key_length_mla): keys and values are "
            "kept multiplied out; --mla 3 shows the latent alone"
        )
    return told or (["llama.cpp: a cell for each position, nothing rounded"] if own else [])


def _told_ik(setting: Setting, rows: Sequence[Kept]) -> list[str]:
    told = []
    size = padded(setting.context, _PAD)
    if any(row.grows for row in rows) and size != setting.context:
        told.append(f"ik_llama.cpp: the context is rounded up to {_PAD}: {size:,} cells")
    if any(row.keeps.window is not None for row in rows):
        told.append("ik_llama.cpp: sliding layers keep all of the context")
    return told or ["ik_llama.cpp: a cell for each position, nothing rounded"]


RUNTIMES = {
    "none": Runtime("none", _own, _told_own),
    "llama.cpp": Runtime("llama.cpp", _llama_cpp, _told_llama_cpp, divides=True, drafts=True),
    "ik_llama.cpp": Runtime("ik_llama.cpp", _ik_llama_cpp, _told_ik),
    "vllm": Runtime("vllm", _vllm, _told_vllm),
    "transformers": Runtime("transformers", _transformers, _told_transformers),
}

_OTHER_NAMES = {
    "llamacpp": "llama.cpp", "llama_cpp": "llama.cpp", "llama-cpp-python": "llama.cpp", "ollama": "llama.cpp",
    "lmstudio": "llama.cpp", "lm studio": "llama.cpp", "koboldcpp": "llama.cpp", "unsloth": "llama.cpp",
    "ik_llama": "ik_llama.cpp", "ik-llama.cpp": "ik_llama.cpp", "hf": "transformers",
}  # fmt: skip


def runtime_named(name: str) -> Runtime:
    """A runtime by its name; what is none is a ``UsageError`` with the nearest.

    >>> runtime_named("Ollama").name
    'llama.cpp'
    """
    known = _OTHER_NAMES.get(name.lower(), name.lower())
    if known not in RUNTIMES:
        near = nearest(known, [*RUNTIMES, *_OTHER_NAMES])
        hint = f": did you mean '{near[0]}'?" if near else f"; known are {', '.join(RUNTIMES)}"
        raise UsageError(f"unknown runtime '{name}'{hint}")
    return RUNTIMES[known]
