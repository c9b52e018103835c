"""Low-rank adapters that a text puts on a network it names or gives the sizes of: their rank and their matrices."""

from __future__ import annotations

from netledger.audit.understanding.described import Described
from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.transformers.words import read_stated
from netledger.ledger import keep_books
from netledger.network import Layer, Network

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.understanding.transformers.words import Stated

RANKS = frozenset(("r", "rank", "lora_r", "lora_rank"))
"""Words before the rank."""
HIGHEST = 4096
"""Rank; a higher one is no adapter's."""
SPOKEN = {
    "wq": "q_proj", "wk": "k_proj", "wv": "v_proj", "wo": "o_proj", "w_q": "q_proj", "w_k": "k_proj", "w_v": "v_proj",
    "w_o": "o_proj", "q": "q_proj", "k": "k_proj", "v": "v_proj", "o": "o_proj", "query": "q_proj", "key": "k_proj",
    "value": "v_proj", "output": "o_proj",
}  # fmt: skip
"""Other names of the matrices that adapters are put on."""
ABOUT = ("lora", "adapter", "target", "rank", "r=", "r =")
"""What a line says that is about the adapters."""


def adapted(network: Network, text: str) -> Network | None:
    """The network with the adapters that a text describes; ``None`` where it does not say rank and targets.

    >>> from netledger.catalogue import load
    >>> llama = load("llama-2-7b")
    >>> tuned = adapted(llama, "LoRA with r=8 on q_proj and v_proj")
    >>> len(tuned.layers) - len(llama.layers), tuned.title
    (64, 'llama-2-7b with adapters of rank 8 on q_proj and v_proj')
    >>> adapted(llama, "LoRA on q_proj") is None
    True
    """
    lines = [line for line in text.split("\n") if any(word in line.lower() for word in ABOUT)]
    ranks = list(dict.fromkeys([rank for line in lines for rank in _ranks(line)]))
    matrices = list(_matrices(network))
    names = {name for name, *_ in matrices}
    targets = _listed(text, names) or [word for line in lines for word in _named(line, names)]
    targets = list(dict.fromkeys(targets))
    if len(ranks) != 1 or not targets:
        return None
    layers = [
        Layer(
            f"{path}.lora",
            "lora",
            {"out_features": rows, "rank": ranks[0], "in_features": columns},
            (),
            (f"{path}.lora",),
        )
        for name, path, rows, columns in matrices
        if name in targets
    ]
    title = f"{network.name} with adapters of rank {ranks[0]} on {' and '.join(targets[:4])}"
    return network.replace(name=title, title=title, layers=(*network.layers, *layers), published={})


def from_adapters(lines: list[str]) -> list[Described]:
    """The adapters of a transformer whose sizes the text says, without the transformer itself.

    >>> found = from_adapters(["LoRA r=8 on q_proj and v_proj, d_model = 1024, 12 layers"])
    >>> keep_books(found[0].network).totals.parameters
    393216
    """
    text = "\n".join(lines)
    if "lora" not in text.lower():
        return []
    stated = read_stated(lines)
    matrices = _of_stated(stated) | dict(_sized(lines))
    about = [line for line in lines if any(word in line.lower() for word in ABOUT)]
    ranks = set(_ranks(text.replace("\n", " . ")))
    targets = _listed(text, set(matrices)) or [word for line in about for word in _named(line, set(matrices))]
    if len(ranks) != 1 or not targets:
        return []
    times = stated.get("layers") or 1
    (rank,) = ranks
    layers = [
        Layer(f"layers.{i}.{name}.lora", "lora", {"out_features": rows, "rank": rank, "in_features": columns})
        for i in range(times)
        for name, (rows, columns) in matrices.items()
        if name in targets
    ]
    network = Network("described", tuple(layers), title="the adapters that the text describes")
    whole = not stated.clashes
    return [Described(network, "config", frozenset(stated.lines), {layer.path: 0 for layer in layers}, (), whole)]


def _sized(lines: list[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """``q_proj (4096 -> 1024)``: a matrix by its name, and what it reads and makes."""
    for line in lines:
        found = marks(line)
        for i, mark in enumerate(found):
            first, arrow, second = [*found[i : i + 3], None, None][:3]
            if mark.sort != "number" or arrow is None or second is None:
                continue
            name = line[: mark.start].rstrip(" (:").rpartition(" ")[2].strip("`*_,.")
            name = SPOKEN.get(name.lower(), name)
            if arrow.value == "->" and second.sort == "number" and name in SPOKEN.values():
                yield name, (int(str(second.value)), int(str(first.value if first else 0)))


def _of_stated(stated: Stated) -> dict[str, tuple[int, int]]:
    """The matrices of one layer by their names: outputs and inputs."""
    hidden, heads, kv, each = (stated.get(role) for role in ("hidden", "heads", "kv heads", "head dim"))
    if hidden is None:
        return {}
    each = each or (hidden // heads if heads else None)
    queries = heads * each if heads and each else hidden
    keys = kv * each if kv and each else stated.get("kv dim") or queries
    found = {
        "q_proj": (queries, hidden), "k_proj": (keys, hidden), "v_proj": (keys, hidden), "o_proj": (hidden, queries),
    }  # fmt: skip
    wide = stated.get("ffn")
    if wide is not None:
        found |= {"gate_proj": (wide, hidden), "up_proj": (wide, hidden), "down_proj": (hidden, wide)}
    return found


def _matrices(network: Network) -> Iterator[tuple[str, str, int, int]]:
    """Every matrix of a linear layer: its own name, its path, its outputs and inputs."""
    for entry in keep_books(network).entries:
        for slot in entry.effect.slots:
            if slot.role == "weight" and len(slot.shape) == 2 and entry.kind == "linear":
                rows, columns = slot.shape
                if isinstance(rows, int) and isinstance(columns, int):
                    yield entry.path.rpartition(".")[2], entry.path, rows, columns


def _ranks(line: str) -> Iterator[int]:
    """The numbers behind a word for the rank: ``r=8``, ``rank of 16``, ``lora_r: 4``."""
    words = "".join([c if c.isalnum() or c == "_" else " " for c in line.lower()]).split()
    for before, word, after in zip(words, [*words[1:], ""], [*words[2:], "", ""], strict=False):
        number = after if word == "of" else word
        if before in RANKS and number.isdecimal() and 0 < int(number) <= HIGHEST:
            yield int(number)


def _listed(text: str, names: set[str]) -> list[str]:
    """What ``target_modules=[…]`` lists."""
    inner = text.partition("target_modules")[2].partition("[")[2].partition("]")[0]
    listed = [word.strip(" '\"\n") for word in inner.split(",")]
    return [word for word in listed if word in names]


def _named(line: str, names: set[str]) -> Iterator[str]:
    """The matrices that a line names, as the network or as people call them."""
    for word in "".join([c if c.isalnum() or c in "_." else " " for c in line]).split():
        bare = word.rpartition(".")[2] if "." in word.strip(".") else word.strip(".")
        for name in (bare, SPOKEN.get(bare.lower(), "")):
            if name in names:
                yield name
                break
