"""What a running model keeps: keys and values, latents, recurrent state, by sort of layer.

A :class:`Keeps` says how many layers keep what; :func:`kept_by` reads it off a network's own attention layers.
How many cells a runtime gives each is the runtime's rule (``netledger.predict.runtimes``).
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.network import Layer, Network


DRAFT = "draft"
"""The sort of layers that predict several words ahead: they keep something only where words are drafted."""


class Keeps(Record):
    """``layers`` layers of one sort that keep the same.

    - ``sort``: ``full``, ``sliding`` (of ``window`` positions), ``latent``, ``cross`` (an encoder's positions),
      ``convolution`` (``key`` channels, the last inputs of a kernel of ``value``), ``state`` (``key`` values),
      ``draft`` (layers beside the model's own, for words that are drafted).
    - ``key`` and ``value``: values a position and layer; of a latent ``key`` is the compressed vector with its rotary
      part and ``value`` 0, ``latent`` the compressed vector alone, ``expanded`` what both are multiplied out.
    - ``paths``: the first and the last layer's path, where there are paths.
    """

    __slots__ = ("sort", "layers", "key", "value", "window", "latent", "expanded", "paths")
    sort: str
    layers: int
    key: int
    value: int
    window: int | None
    latent: int
    expanded: tuple[int, int]
    paths: tuple[str, ...]

    def __init__(
        self, sort: str, layers: int, key: int, value: int = 0, window: int | None = None, latent: int = 0,
        expanded: tuple[int, int] = (0, 0), paths: tuple[str, ...] = (),
    ) -> None:  # fmt: skip
        self._fill(sort, layers, key, value, window, latent, expanded, paths)


_WHOLE_IN_TRANSFORMERS = frozenset(("gpt_neo",))
"""Families with windows of which transformers' cache knows nothing: their configurations name no ``layer_types``."""
_WINDOWED_IN_LLAMA_CPP = frozenset(
    "gemma2 gemma3 gemma3_text gemma3n gemma3n_text gemma4 gemma4_text gpt_oss cohere2 cohere2_moe olmo3 exaone4 "
    "exaone_moe llama4 llama4_text afmoe mimo_v2_flash paligemma laguna mellum granite_swa granitemoe_swa".split()
)
"""Families whose windows llama.cpp knows: of all others (Mistral, Phi-3, StarCoder 2) it keeps the whole context.

Source: ``load_hparams`` of llama.cpp's models, which set ``swa_type`` for these architectures alone.
"""

CROSS_ANEW = frozenset(("llama.cpp", "ik_llama.cpp"))
"""Runtimes that multiply T5's encoder out anew for each word, and keep none of its keys and values.

Source: llama.cpp's ``t5.cpp``, where ``wk_cross`` and ``wv_cross`` multiply the encoder's output in each decoding.
"""
_T5 = frozenset(("t5", "mt5", "umt5"))
_NOT_KNOWN = {"deepseek_v4": "compressed positions and the parts of those to come"}
"""Families that keep what has no rule here: a number without it would be too small."""


def kept_by(network: Network, runtime: str = "none") -> list[Keeps]:
    """What a network's layers keep for each sequence, those that keep the same together, in their order.

    >>> from netledger.catalogue import load
    >>> [(k.sort, k.layers, k.key, k.value, k.window) for k in kept_by(load("gemma-3-1b"))]
    [('sliding', 22, 256, 256, 512), ('full', 4, 256, 256, None)]
    """
    from netledger.ledger import keep_books

    found: dict[tuple[Any, ...], list[str]] = {}
    family = network.meta.get("family")
    if family in _NOT_KNOWN:
        raise FormatError(f"what layers of family '{family}' keep is not known ({_NOT_KNOWN[family]})")
    whole = keeps_whole(family, runtime)
    anew = family in _T5 and runtime in CROSS_ANEW
    for entry in keep_books(network):
        for key in _of_layer(entry.layer, entry.inputs):
            if anew and key[0] == "cross":
                continue
            key = ("full", *key[1:3], None, *key[4:]) if whole and key[0] == "sliding" else key
            found.setdefault(key, []).append(entry.layer.path)
    kept = [
        Keeps(sort, len(paths), key, value, window, latent, expanded, (paths[0], paths[-1]))
        for (sort, key, value, window, latent, expanded), paths in found.items()
    ]
    drafts = network.meta.get("drafts", 0)
    last = [keeps for keeps in kept if keeps.sort == "latent" or (keeps.sort == "full" and keeps.value)][-1:]
    return kept + [Keeps(DRAFT, drafts, keeps.key, keeps.value) for keeps in last if drafts]


def keeps_whole(family: str | None, runtime: str) -> bool:
    """Whether a runtime keeps the whole context in layers that slide, for want of a rule for the family.

    >>> keeps_whole("mistral", "llama.cpp"), keeps_whole("gemma2", "llama.cpp"), keeps_whole("mistral", "none")
    (True, False, False)
    """
    if runtime == "llama.cpp":
        return family is not None and family not in _WINDOWED_IN_LLAMA_CPP
    return runtime == "transformers" and family in _WHOLE_IN_TRANSFORMERS


def _of_layer(layer: Layer, inputs: tuple[Any, ...]) -> list[tuple[Any, ...]]:
    attributes = layer.attributes
    if layer.kind == "causal_conv1d":
        shape = inputs[0] if inputs else None
        channels = attributes.get("channels", shape[-1] if isinstance(shape, tuple) else None)
        return [("convolution", channels, attributes["kernel_size"], None, 0, (0, 0))]
    if layer.kind == "recurrent_state":
        size = 1
        for part in attributes.get("state", ()):
            size *= part
        return [("state", size, 0, None, 0, (0, 0))]
    if layer.kind != "attention" or attributes.get("cache", "kv") == "none" or attributes.get("shares") is not None:
        return []
    chosen = attributes.get("index_dim", 0)
    kept = _of_attention(attributes, inputs)
    return [kept, ("full", chosen, 0, None, 0, (0, 0))] if chosen else [kept]


def _of_attention(attributes: Mapping[str, Any], inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    get = attributes.get
    heads: int = attributes["num_heads"]
    kv = get("kv_heads") or heads
    query, size, wide = inputs[0], get("head_dim"), get("v_head_dim")
    if size is None:
        features = query[-1] * (query[-2] if len(query) == 3 else 1)
        size = features // (heads + 2 * kv if len(inputs) == 1 else heads)
    if wide is None and len(inputs) > 2:
        value = inputs[2]
        wide = value[-1] * (value[-2] if len(value) == 3 else 1) // kv
    wide = size if wide is None else wide
    if get("cache", "kv") == "latent":
        rank, rope = attributes["latent"], get("rope_dim") or 0
        return ("latent", rank + rope, 0, None, rank, (heads * size, heads * wide))
    sort = "cross" if get("cross") else "sliding" if get("window") is not None else "full"
    return (sort, kv * size, kv * wide, get("window"), 0, (0, 0))
