"""The bytes of a network's weights in the types that runtimes store them in, mixtures such as ``q4_k_m`` included.

A mixture gives some matrices more bits than others: the rules below are llama.cpp's (``llama_tensor_get_type``), whose
vectors stay in f32 and whose rows that do not fill a block fall back to a smaller one.
"""

from __future__ import annotations

from netledger.predict.element_types import TYPES, bytes_in, type_named
from netledger.unknown import Unknown, counted, least, unknowns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.layers import Slot
    from netledger.ledger import Entry, Ledger
    from netledger.unknown import Number

_MIXTURES = {
    "q4_k_m": ("q4_k", {"value": "q6_k", "down": "q6_k", "packed": "q5_k", "head": "q6_k"}),
    "q4_k_s": ("q4_k", {"value": "q5_k", "down": "q5_k", "head": "q6_k"}),
    "q5_k_m": ("q5_k", {"value": "q6_k", "down": "q6_k", "packed": "q6_k", "head": "q6_k"}),
    "q5_k_s": ("q5_k", {"head": "q6_k"}),
    "q6_k": ("q6_k", {"head": "q6_k"}),
    "q4_0": ("q4_0", {"head": "q6_k"}),
    "q5_0": ("q5_0", {"head": "q6_k"}),
    "q8_0": ("q8_0", {}),
}
"""``mixture → (its type, types of some roles)``."""

_FALLBACK = {"q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0"}
_VALUES = (".v_proj", ".value", ".v_lin", ".v", ".wv")
_PACKED = (".qkv_proj", ".c_attn", ".query_key_value", ".Wqkv")
_DOWN = (".down_proj", ".fc2", ".dense_4h_to_h", ".fc_out", ".w2", ".wo", "mlp.c_proj", ".down")


def is_mixture(name: str) -> bool:
    """Whether a name is that of a mixture, or of a type that llama.cpp stores some tensors otherwise than."""
    return name.lower() in _MIXTURES


def bytes_as(ledger: Ledger, name: str) -> Number:
    """The bytes of all learned values stored as ``name``: an element type, or a mixture of llama.cpp's.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> round(bytes_as(keep_books(load("llama-2-7b")), "q4_k_m") / 2**30, 2)
    3.8
    """
    mixture = _MIXTURES.get(name.lower())
    if mixture is None:
        kind = type_named(name)
        block, size = TYPES[kind]
        total = ledger.totals.parameters
        return counted(-(-least(total) // block) * size, unknowns_of(total))
    exact = 0
    blocks = _blocks(ledger)
    untied = not any(entry.layer.share is not None and _is_table(ledger, entry) for entry in ledger)
    for entry in ledger:
        shared = set() if entry.layer.share is None else {s.name for s in ledger[entry.layer.share].effect.slots}
        for slot in entry.effect.slots:
            if slot.role in ("weight", "bias", "parameter") and slot.name not in shared:
                exact += _bytes_of(entry, slot, mixture, blocks, untied)
    return counted(exact, unknowns_of(ledger.totals.parameters))


def _is_table(ledger: Ledger, entry: Entry) -> bool:
    return ledger[entry.layer.share or ""].kind == "embedding"


def _blocks(ledger: Ledger) -> dict[str, tuple[int, int]]:
    """``path → (which of the repeated blocks, how many)`` of every layer in one."""
    numbers: dict[str, int] = {}
    for entry in ledger:
        number = next((int(part) for part in entry.layer.path.split(".") if part.isascii() and part.isdigit()), None)
        if number is not None:
            numbers[entry.layer.path] = number
    count = max(numbers.values(), default=-1) + 1
    return {path: (number, count) for path, number in numbers.items()}


def _bytes_of(
    entry: Entry, slot: Slot, mixture: tuple[str, dict[str, str]], blocks: dict[str, tuple[int, int]], untied: bool
) -> int:
    shape = [size for size in slot.shape if not isinstance(size, Unknown)]
    values = 1
    for size in shape:
        values *= size
    if len(shape) < 2 or slot.role != "weight" or entry.kind in ("causal_conv1d", "parameter"):
        return 4 * values
    kind = _type_of(entry, slot, mixture, blocks, untied)
    row = shape[-1] if not entry.layer.attributes.get("transposed") else shape[0]
    if row % TYPES[kind][0]:
        kind = _FALLBACK.get(kind, "f16")
        kind = kind if row % TYPES[kind][0] == 0 else "f16"
    return bytes_in(values, kind)


def _type_of(
    entry: Entry, slot: Slot, mixture: tuple[str, dict[str, str]], blocks: dict[str, tuple[int, int]], untied: bool
) -> str:
    base, special = mixture
    path = entry.layer.path
    if path not in blocks:
        head = entry.kind == "linear" or (entry.kind == "embedding" and not untied and path.endswith(_TABLES))
        return special.get("head", base) if head else base
    name = f"{path}.{slot.name}".removesuffix(".weight")
    number, count = blocks[path]
    if name.endswith(_PACKED):
        return special.get("packed", base)
    role = "value" if name.endswith(_VALUES) else "down" if name.endswith(_DOWN) else ""
    wanted = special.get(role, base)
    if base == "q4_k" and wanted == "q5_k" and role:  # q4_k_s: the first layers alone
        return wanted if number < (4 if role == "value" else count // 8) else base
    return wanted if role == "" or _more_bits(number, count) else base


_TABLES = ("embed_tokens", "wte", "word_embeddings", "embeddings", "shared", "embed_in")


def _more_bits(number: int, count: int) -> bool:
    """The first and last eighth of the layers, and every third between."""
    return number < count // 8 or number >= 7 * count // 8 or (number - count // 8) % 3 == 2
