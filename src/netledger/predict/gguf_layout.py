"""What a model in a GGUF file keeps when it runs, from its metadata alone; keys are those of llama.cpp's converter.

Which layers slide, recur or have no attention is the architecture's rule where the file does not list it: the tables
below say it as llama.cpp's own loader does (``llama-model.cpp``, ``load_hparams``).
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.predict.cache import CROSS_ANEW, DRAFT, Keeps

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

_SLIDING = {
    "gemma2": 2, "gemma3": 6, "gemma3n": 5, "gpt-oss": 2, "cohere2": 4, "olmo2": 4, "exaone4": 4, "exaone-moe": 4,
    "smallthinker": 4, "llama4": 4, "afmoe": 4, "gemma-embedding": 6, "gemma4": 6, "mellum": 4, "plamo3": 8,
    "laguna": 4, "cohere2moe": 4,
}  # fmt: skip
"""``architecture → n``: of each n layers all but one slide, where the file does not list them."""

_FIRST_DENSE = frozenset(("smallthinker", "laguna", "cohere2moe"))
"""Where the one of each n that does not slide is the first, not the last."""
_WINDOWS = {"gemma2": 4096, "exaone-moe": 128, "llama4": 8192}
"""Windows where the file gives none."""
_FIXED_WINDOWS = {"smallthinker": 4096, "llama4": 8192}
"""Windows whatever else than 0 the file says."""
_KEPT_FROM_START = {"gemma3n": 20}
"""How many layers have a cache of their own where the file does not say how many share one."""
_INDEXED = frozenset(("deepseek32", "glm-dsa"))
"""Beside the latent a layer keeps a key that chooses positions, in a cache of its own."""
_INDEXES_FOR_FOUR = 1048576
"""GLM 5.2 is told by the context it was trained on: after its first two layers only one of each four chooses
positions, where the file does not say which do."""
_EXAONE_LARGE = 64
"""EXAONE 4 slides in its 32B form alone, which is told by its layers."""
_ENCODERS = frozenset(
    "bert modern-bert nomic-bert nomic-bert-moe neo-bert jina-bert-v2 jina-bert-v3 eurobert t5encoder clip".split()
)
_RECURRENT = frozenset(("mamba", "mamba2", "falcon-mamba"))
_WKV = frozenset(("rwkv6", "rwkv6qwen2", "rwkv7", "arwkv7"))
_INTERVAL = frozenset(("qwen3next", "qwen35", "qwen35moe"))
_BOTH = frozenset(("falcon-h1",))
_BY_HEADS = frozenset(
    "jamba granitehybrid nemotron_h nemotron_h_moe lfm2 lfm2moe plamo2 kimi-linear bailingmoe3".split()
)
"""Layers without key and value heads carry state there; elsewhere (``deci``) they carry nothing."""
_SLIDING_THROUGHOUT = frozenset(("lfm2", "lfm2moe"))
"""Where a file states a window, every layer with attention slides."""

_TELLING = {
    "ssm.": _RECURRENT | _INTERVAL | _BOTH | _BY_HEADS, "kda.": _BY_HEADS, "shortconv.": _BY_HEADS,
    "wkv.": _WKV, "attention.indexer.": _INDEXED, "attention.compress": frozenset(), "hyper_connection.": frozenset(),
}  # fmt: skip
"""``beginning of a key → the architectures of which it is known what layers with it keep``."""


class _Figures:
    """A file's own figures, by the short key of its architecture."""

    def __init__(self, metadata: Mapping[str, Any]) -> None:
        name = metadata.get("general.architecture")
        if not isinstance(name, str):
            raise FormatError("the file's metadata name no architecture")
        self.name, self.metadata = name, metadata
        self.layers: int = self.whole("block_count")

    def get(self, key: str) -> Any:
        return self.metadata.get(f"{self.name}.{key}")

    def whole(self, key: str, default: int | None = None) -> int:
        value = self.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 2**40:
            raise FormatError(f"{self.name}.{key} is {'missing' if value is None else 'no size'}")
        return value

    def each(self, key: str, default: int | None = None) -> list[int]:
        """One for each layer: as the file lists them, or the same for all."""
        value = self.get(key)
        if not isinstance(value, tuple):
            return [self.whole(key, default)] * self.layers
        if len(value) != self.layers:
            raise FormatError(f"{self.name}.{key} lists {len(value):,} layers of {self.layers:,}")
        if any(not isinstance(item, int) or not 0 <= item < 2**40 for item in value):
            raise FormatError(f"{self.name}.{key} lists what is no size")
        return [int(item) for item in value]


def kept_by_gguf(metadata: Mapping[str, Any], runtime: str = "none") -> list[Keeps]:
    """What each sequence keeps, by the metadata of a GGUF file.

    >>> facts = {"block_count": 2, "embedding_length": 64, "attention.head_count": 8, "attention.head_count_kv": 2}
    >>> header = {"general.architecture": "llama", **{f"llama.{key}": value for key, value in facts.items()}}
    >>> [(keeps.sort, keeps.layers, keeps.key, keeps.value) for keeps in kept_by_gguf(header)]
    [('full', 2, 16, 16)]
    """
    figures = _Figures(metadata)
    if figures.name in _ENCODERS:
        return []
    _refuse_unknown(figures)
    sorts = _of_layers(figures, runtime)
    found: dict[tuple[Any, ...], int] = {}
    for sort in sorts:
        found[sort] = found.get(sort, 0) + 1
    return [Keeps(sort, layers, *rest) for (sort, *rest), layers in found.items()]


def _refuse_unknown(figures: _Figures) -> None:
    """A file whose keys tell of state, compressed or chosen positions that are not known here is not guessed at."""
    for key in figures.metadata:
        short = key.removeprefix(f"{figures.name}.")
        for beginning, known in _TELLING.items():
            if short != key and short.startswith(beginning) and figures.name not in known:
                raise FormatError(f"what layers of architecture '{figures.name}' keep is not known (its {short})")


def _of_layers(figures: _Figures, runtime: str) -> list[tuple[Any, ...]]:
    """The sorts of all layers, one after the other; a layer may keep several things."""
    if figures.name in _WKV:
        return _rwkv(figures)
    drafted = 0 if runtime == "ik_llama.cpp" else figures.whole("nextn_predict_layers", 0)
    if drafted > figures.layers:
        raise FormatError(f"{figures.name}.nextn_predict_layers are more than the {figures.layers:,} of block_count")
    own = _KEPT_FROM_START.get(figures.name, figures.layers)
    sharing = figures.whole("attention.shared_kv_layers", max(figures.layers - own, 0))
    last = figures.layers - drafted
    recurrent, sliding = _recurrent_layers(figures), _sliding_layers(figures)
    sorts: list[tuple[Any, ...]] = []
    for i in range(last):
        if recurrent[i]:
            sorts += _state(figures)
        if (not recurrent[i] or figures.name in _BOTH) and i < last - sharing:
            sorts += _attended(figures, i, sliding[i])
        if figures.name == "t5" and runtime not in CROSS_ANEW:
            sorts += [("cross", *sort[1:]) for sort in _attended(figures, i, False)]
    for i in range(last, figures.layers):
        sorts += [(DRAFT, *sort[1:3], None) for sort in _attended(figures, i, False)]
    return sorts


def _recurrent_layers(figures: _Figures) -> list[bool]:
    if figures.name in _RECURRENT or figures.name in _BOTH:
        return [True] * figures.layers
    if figures.name in _INTERVAL:
        interval = figures.whole("full_attention_interval", 4)
        return [(i + 1) % max(interval, 1) != 0 for i in range(figures.layers)]
    if figures.name in _BY_HEADS:
        return [heads == 0 for heads in figures.each("attention.head_count_kv")]
    return [False] * figures.layers


def _window(figures: _Figures) -> int:
    stated = figures.whole("attention.sliding_window", _WINDOWS.get(figures.name, 0))
    return _FIXED_WINDOWS.get(figures.name, stated) if stated else 0


def _sliding_layers(figures: _Figures) -> list[bool]:
    if not _window(figures) or (figures.name == "exaone4" and figures.layers != _EXAONE_LARGE):
        return [False] * figures.layers
    if figures.name in _SLIDING_THROUGHOUT:
        return [True] * figures.layers
    listed = figures.get("attention.sliding_window_pattern")
    if isinstance(listed, tuple):
        return [bool(item) for item in figures.each("attention.sliding_window_pattern")]
    period = listed if isinstance(listed, int) and not isinstance(listed, bool) else _SLIDING.get(figures.name)
    if not period:
        return [False] * figures.layers
    if figures.name in _FIRST_DENSE:
        return [i % period != 0 for i in range(figures.layers)]
    return [i % period < period - 1 for i in range(figures.layers)]


def _attended(figures: _Figures, i: int, slides: bool) -> list[tuple[Any, ...]]:
    heads = figures.each("attention.head_count")[i]
    kv = figures.each("attention.head_count_kv", heads)[i]
    if kv == 0 or heads == 0:
        return []
    even = figures.whole("embedding_length") // heads
    key, value = figures.whole("attention.key_length", even), figures.whole("attention.value_length", even)
    if slides:
        key, value = figures.whole("attention.key_length_swa", key), figures.whole("attention.value_length_swa", value)
    rank = figures.whole("attention.kv_lora_rank", 0)
    if rank:
        rope = figures.whole("rope.dimension_count")
        long, wide = figures.whole("attention.key_length_mla", key), figures.whole("attention.value_length_mla", value)
        chosen = figures.whole("attention.indexer.key_length", 0) if _indexes(figures, i) else 0
        latent = ("latent", rank + rope, 0, None, rank, (heads * long, heads * wide))
        return [latent, ("full", chosen, 0, None)] if chosen else [latent]
    window = _window(figures) if slides else None
    return [("sliding" if slides else "full", kv * key, kv * value, window)]


def _indexes(figures: _Figures, i: int) -> bool:
    """Whether a layer chooses positions itself; others of GLM 5.2 take those that an earlier one chose."""
    listed = figures.get("attention.indexer.types")
    if isinstance(listed, tuple):
        return i >= len(listed) or listed[i] in (1, True, "full")
    if figures.name == "glm-dsa" and figures.whole("context_length", 0) >= _INDEXES_FOR_FOUR:
        return i < 2 or (i - 2) % 4 == 0
    return figures.name in _INDEXED


def _state(figures: _Figures) -> list[tuple[Any, ...]]:
    if figures.get("shortconv.l_cache") is not None:
        return [("convolution", figures.whole("embedding_length"), figures.whole("shortconv.l_cache"))]
    head = figures.whole("kda.head_dim", 0)
    if head:
        wide = head * figures.each("attention.head_count")[0]
        return [("convolution", 3 * wide, figures.whole("ssm.conv_kernel")), ("state", wide * head)]
    inner, size = figures.whole("ssm.inner_size"), figures.whole("ssm.state_size")
    channels = inner + 2 * figures.whole("ssm.group_count", 0) * size
    return [("convolution", channels, figures.whole("ssm.conv_kernel")), ("state", inner * size)]


def _rwkv(figures: _Figures) -> list[tuple[Any, ...]]:
    """Two positions of input (time and channel mixing), and a square state a head."""
    width, head = figures.whole("embedding_length"), figures.whole("wkv.head_size")
    shifts = figures.whole("token_shift_count", 2)
    return [("convolution", width, shifts + 1), ("state", width * head)] * figures.layers


def lacks_absorbed(metadata: Mapping[str, Any]) -> bool:
    """Whether a model with a latent cache is stored without the tensors that let a runtime keep the latent alone."""
    name = metadata.get("general.architecture")
    ranked = metadata.get(f"{name}.attention.kv_lora_rank")
    return bool(ranked) and metadata.get(f"{name}.attention.key_length_mla") is None
