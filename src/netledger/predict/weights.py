"""The bytes of a network's weights in the types that runtimes store them in, mixtures such as ``q4_k_m`` included.

A mixture gives some matrices more bits than others: the rules below are llama.cpp's (``llama_tensor_get_type``), whose
vectors stay in f32 and whose rows that do not fill a block fall back to a smaller one.
"""

from __future__ import annotations

from netledger.predict.element_types import TYPES, bytes_in, type_named
from netledger.unknown import Unknown, counted, least, unknowns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.layers import Slot
    from netledger.ledger import Entry, Ledger
    from netledger.unknown import Number

_MIXTURES = {
    "q2_k": ("q2_k", "q6_k", "value=grouped:q4_k,q3_k down=q3_k out=q3_k"),
    "q2_k_s": ("q2_k", "q6_k", "value=grouped:q4_k down=eighth:q4_k"),
    "q3_k_s": ("q3_k", "q6_k", ""),
    "q3_k_m": ("q3_k", "q6_k", "value=two:q5_k,q4_k down=sixteenth:q5_k,q4_k out=q4_k packed=q4_k"),
    "q3_k_l": ("q3_k", "q6_k", "value=q5_k down=q5_k out=q5_k packed=q4_k"),
    "q4_0": ("q4_0", "q6_k", ""),
    "q4_1": ("q4_1", "q6_k", ""),
    "q4_k_s": ("q4_k", "q6_k", "value=four:q5_k down=eighth:q5_k"),
    "q4_k_m": ("q4_k", "q6_k", "value=more:q6_k down=more:q6_k packed=q5_k"),
    "q5_0": ("q5_0", "q6_k", ""),
    "q5_1": ("q5_1", "q6_k", ""),
    "q5_k_s": ("q5_k", "q6_k", ""),
    "q5_k_m": ("q5_k", "q6_k", "value=more:q6_k down=more:q6_k packed=q6_k"),
    "q6_k": ("q6_k", "q6_k", ""),
    "q8_0": ("q8_0", "q8_0", ""),
    "iq4_nl": ("iq4_nl", "q6_k", "value=grouped:q5_k down=eighth:q5_k"),
    "iq4_xs": ("iq4_xs", "q6_k", "value=grouped:q5_k down=eighth:q5_k"),
    "iq3_s": ("iq3_s", "q6_k", "value=grouped:q4_k"),
    "iq3_m": ("iq3_s", "q6_k", "value=q4_k down=eighth:q4_k out=q4_k packed=q4_k"),
    "iq3_xs": ("iq3_s", "q6_k", "value=grouped:q4_k query=iq3_xxs key=iq3_xxs up=middle:iq3_xxs"),
    "iq3_xxs": ("iq3_xxs", "q5_k", "table=iq3_s value=grouped:q4_k query=iq2_s key=iq2_s out=iq3_s"),
    "iq2_m": ("iq2_s", "q5_k", "table=iq3_s value=grouped:q4_k,iq3_s down=eighth:iq3_s out=iq3_s"),
    "iq2_s": ("iq2_xs", "q5_k", "table=iq3_s value=grouped:q4_k,iq3_s down=eighth:iq3_s out=iq3_s"),
    "iq2_xs": ("iq2_xs", "q5_k", "table=q2_k value=grouped:q4_k,q2_k down=eighth:q2_k"),
    "iq2_xxs": ("iq2_xxs", "q5_k", "table=q2_k value=grouped:q4_k,q2_k down=eighth:q2_k"),
    "iq1_m": ("iq1_m", "q5_k", "table=q2_k value=grouped:q4_k,q2_k down=eighth:q2_k out=iq2_xxs"),
    "iq1_s": ("iq1_s", "q5_k", "table=q2_k value=grouped:q4_k,q2_k down=eighth:q2_k out=iq2_xxs"),
}
"""``mixture → (its type, the output table's, a matrix's role and the types that it has)``: of ``when:type`` the first
whose condition of :data:`_WHEN` holds, and a type alone where none does.
"""

_WHEN: dict[str, Callable[[int, int, bool], bool]] = {
    "two": lambda number, count, grouped: number < 2,
    "four": lambda number, count, grouped: number < 4,
    "sixteenth": lambda number, count, grouped: number < count // 16,
    "eighth": lambda number, count, grouped: number < count // 8,
    "middle": lambda number, count, grouped: count // 8 <= number < 7 * count // 8,
    "more": lambda number, count, grouped: (
        number < count // 8 or number >= 7 * count // 8 or (number - count // 8) % 3 == 2
    ),
    "grouped": lambda number, count, grouped: grouped,
}
"""Conditions on a block's number, how many there are, and whether four query heads or more share a key's."""

_FALLBACK = {
    "q2_k": "q4_0", "q3_k": "q4_0", "q4_k": "q5_0", "q5_k": "q5_1", "q6_k": "q8_0", "iq1_s": "iq4_nl",
    "iq1_m": "iq4_nl", "iq2_xxs": "iq4_nl", "iq2_xs": "iq4_nl", "iq2_s": "iq4_nl", "iq3_xxs": "iq4_nl",
    "iq3_s": "iq4_nl", "iq4_xs": "iq4_nl",
}  # fmt: skip
_ROLES = {
    "value": (".v_proj", ".value", ".v_lin", ".v", ".wv"),
    "packed": (".qkv_proj", ".c_attn", ".query_key_value", ".Wqkv"),
    "out": (".o_proj", ".out_lin", "attn.c_proj", "attention.dense", "attention.output.dense", "Attention.o"),
    "down": (".down_proj", ".fc2", ".dense_4h_to_h", ".fc_out", ".w2", ".wo", "mlp.c_proj", ".down", ".output.dense"),
    "query": (".q_proj", ".query", ".q_lin", ".q", ".wq"),
    "key": (".k_proj", ".key", ".k_lin", ".k", ".wk"),
    "up": (".up_proj", ".gate_proj", ".gate_up_proj", ".w1", ".w3", ".fc1", ".wi", ".wi_0", ".wi_1", "mlp.c_fc"),
}
"""How names of matrices end in the models of transformers, by what they are; the first that fits."""


class _Shares:
    """What the rules ask of the whole model: its blocks, experts, groups of heads, and whose table the output is."""

    __slots__ = ("blocks", "experts", "grouped", "large", "untied", "words")

    def __init__(self, ledger: Ledger) -> None:
        self.blocks = _blocks(ledger)
        tables = [entry for entry in ledger if entry.kind == "embedding" and entry.layer.share is None]
        self.words = tables[0].layer.attributes["num_embeddings"] if tables else None
        self.experts = max([e.layer.attributes["num_experts"] for e in ledger if e.kind == "experts"], default=1)
        heads = [entry.layer.attributes for entry in ledger if entry.kind == "attention"]
        self.grouped = any(one["num_heads"] // (one.get("kv_heads") or one["num_heads"]) >= 4 for one in heads)
        layers = max([count for _, count in self.blocks.values()], default=0)
        self.large = layers == 80 and self.grouped  # llama.cpp's "70B"
        self.untied = not any(entry.layer.share is not None and _is_table(ledger, entry) for entry in ledger)


def is_mixture(name: str) -> bool:
    """Whether a name is that of a mixture: the files of llama.cpp that bear it hold other types too."""
    return name.lower() in _MIXTURES


def bytes_as(ledger: Ledger, name: str) -> Number:
    """The bytes of all learned values stored as ``name``: an element type, or a mixture of llama.cpp's.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> round(bytes_as(keep_books(load("llama-2-7b")), "q4_k_m") / 2**30, 2)
    3.8
    """
    mixture = name.lower()
    if mixture not in _MIXTURES:
        kind = type_named(name)
        block, size = TYPES[kind]
        total = ledger.totals.parameters
        return counted(-(-least(total) // block) * size, unknowns_of(total))
    exact, shares = 0, _Shares(ledger)
    for entry in ledger:
        shared = set() if entry.layer.share is None else {s.name for s in ledger[entry.layer.share].effect.slots}
        for slot in entry.effect.slots:
            if slot.role in ("weight", "bias", "parameter") and slot.name not in shared:
                exact += _bytes_of(entry, slot, mixture, shares)
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


def _bytes_of(entry: Entry, slot: Slot, mixture: str, shares: _Shares) -> int:
    shape = [size for size in slot.shape if not isinstance(size, Unknown)]
    values = 1
    for size in shape:
        values *= size
    if len(shape) < 2 or slot.role != "weight" or _stays(entry, shares):
        return 4 * values
    kind = _type_of(entry, slot, mixture, shares)
    row = shape[-1] if not entry.layer.attributes.get("transposed") else shape[0]
    if row % TYPES[kind][0]:
        kind = _FALLBACK.get(kind, "f16")
        kind = kind if row % TYPES[kind][0] == 0 else "f16"
    return bytes_in(values, kind)


def _stays(entry: Entry, shares: _Shares) -> bool:
    """What is left in 32 bits: small convolutions, tables of places and distances, what chooses among experts."""
    if entry.kind in ("causal_conv1d", "parameter"):
        return True
    if entry.kind == "embedding":
        return bool(entry.layer.attributes["num_embeddings"] != shares.words)
    return shares.experts > 1 and entry.layer.attributes.get("out_features") == shares.experts


def _type_of(entry: Entry, slot: Slot, mixture: str, shares: _Shares) -> str:
    base, head, rules = _MIXTURES[mixture]
    types = dict([rule.split("=") for rule in rules.split()])
    path = entry.layer.path
    if path not in shares.blocks:
        is_head = entry.kind == "linear" or (entry.kind == "embedding" and not shares.untied)
        return head if is_head else types.get("table", base)
    name = f"{path}.{slot.name}".removesuffix(".weight")
    role = next((role for role, ends in _ROLES.items() if name.endswith(ends)), "")
    if shares.experts == 8 and role in ("value", "key"):  # Mixtral's: small beside its experts
        return "q4_k" if base in _FEWEST else "q8_0"
    if shares.experts == 8 and role == "out":
        return "q5_k" if mixture in _OUT_OF_EIGHT else base
    kind = _chosen(types.get(role, ""), base, *shares.blocks[path], shares.grouped)
    return "q5_k" if role == "value" and shares.large and kind in ("q3_k", "q4_k") else kind


_OUT_OF_EIGHT = frozenset(
    "q2_k q3_k_s q3_k_m q4_k_s q4_k_m iq4_nl iq4_xs iq3_s iq3_m iq3_xs iq3_xxs iq2_m iq2_s iq2_xs iq2_xxs iq1_m "
    "iq1_s".split()
)
"""Mixtures that give attention's output five bits where a layer has eight experts."""
_FEWEST = frozenset(("iq2_s", "iq2_xs", "iq2_xxs", "iq1_m", "iq1_s"))


def _chosen(rule: str, base: str, number: int, count: int, grouped: bool) -> str:
    for one in rule.split(",") if rule else ():
        when, _, kind = one.rpartition(":")
        if not when or _WHEN[when](number, count, grouped):
            return kind
    return base
