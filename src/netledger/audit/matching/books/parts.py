"""A network as an auditor needs it: each layer's true formula as named factors, read off the ledger's own formulas.

A :class:`Part` is one layer, or the same layer of every repetition of a block; its :class:`Term` objects are the
products that add up to its count. A part whose terms do not add up to the ledger's count is an error.
"""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.matching.books.categories import FAMILIES, RECURRENT, categorise
from netledger.audit.matching.books.terms import Term, terms_of
from netledger.audit.words import STEPS
from netledger.errors import FormulaError
from netledger.ledger import keep_books

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.ledger import Entry, Ledger
    from netledger.network import Network


class Part:
    """A layer (or the same layer of every repetition): name, family, terms, and sizes that people multiply by."""

    __slots__ = (
        "biases", "categories", "entry", "family", "full", "groups", "heads", "index", "kind", "macs", "name",
        "out_shape", "paths", "positions", "statistics", "terms", "tied_to", "weights",
    )  # fmt: skip

    def __init__(self, entry: Entry, index: int) -> None:
        self.entry, self.name, self.kind, self.index = entry, entry.path, entry.kind, index
        self.family = FAMILIES.get(entry.kind, "other")
        self.paths = [entry.path]
        self.categories: tuple[str, ...] = ()
        self.tied_to = _tied_to(entry)
        if self.tied_to is not None:
            self.family = "tied"
        self.hold(() if self.tied_to is not None else terms_of(entry))
        self.groups = _whole(entry.layer.attributes.get("groups", 1), 1)
        self.heads = _whole(entry.layer.attributes.get("num_heads", 0), 0)
        if self.family == "conv" and self.groups > 1 and self.terms and self.terms[0].size("in") == 1:
            self.family = "depthwise"
        self.statistics = 2 * self.terms[0].value if self.family == "batchnorm" and self.terms else 0
        self.out_shape = _sizes(entry.outputs[0]) if entry.outputs else None
        self.positions = _positions(self.out_shape, entry.kind)
        self.macs = entry.macs if isinstance(entry.macs, int) else None
        if self.tied_to is None and isinstance(entry.parameters, int) and self.full != entry.parameters:
            raise FormulaError(f"{self.name}: the formula's terms give {self.full:,}, the ledger {entry.parameters:,}")

    def hold(self, terms: tuple[Term, ...]) -> None:
        """Set its terms, and with them ``weights``, ``biases`` and ``full``."""
        self.terms = terms
        self.weights = sum([term.value for term in terms if term.role == "weight"])
        self.biases = sum([term.value for term in terms if term.role == "bias"])
        self.full = self.weights + self.biases

    def __repr__(self) -> str:
        return f"<{self.shown} {self.full}>"

    @property
    def has_two_vectors(self) -> bool:
        """Whether a recurrent layer has a bias vector for its inputs and one for its state."""
        count = sum(1 for term in self.terms if term.role == "bias")
        return self.family in ("lstm", "gru", "rnn") and count > 0 and count % 2 == 0

    @property
    def times(self) -> int:
        """How many layers it stands for."""
        return len(self.paths)

    @property
    def shown(self) -> str:
        """Its name for a sentence; the number of the repetition left out where it stands for several."""
        return self.name if self.times == 1 else _template(self.paths[0], self.paths[-1])

    @property
    def leaf(self) -> str:
        """The last piece of its name that is no number."""
        pieces = [piece for piece in self.name.split(".") if not piece.isdigit()]
        return pieces[-1] if pieces else self.name

    @property
    def kernel(self) -> tuple[int, ...]:
        """The sides of its kernel; empty where it has none."""
        return self.terms[0].sizes("kernel") if self.terms else ()

    @property
    def seen(self) -> int:
        """How many channels or features each output reads."""
        return self.terms[0].size("in") if self.terms else 0

    @property
    def out(self) -> int:
        """How many channels or features it makes."""
        if not self.terms:
            return 0
        return self.terms[0].size("out") * self.terms[0].size("hidden")

    def written(self, *, bias: bool = True) -> str:
        """Its formula in numbers, as people post it."""
        return " + ".join([term.written() for term in self.terms if bias or term.role == "weight"]) or "0"


class Books:
    """The network's parts under a convention of counting.

    ``bias``: whether biases count; ``statistics``: whether running statistics do (Keras' "Total params"); ``stated``:
    whether the description itself says how to count, so that the text is held to it.
    """

    __slots__ = (
        "_counts", "_name", "_sizes", "_terms", "_total", "_widths", "bias", "by_path", "figures", "framework",
        "ledger", "network", "one_vector", "parts", "stated", "statistics", "tied_once", "unknown", "weighted",
    )  # fmt: skip

    _counts: dict[int, int]
    _terms: dict[int, tuple[Term, ...]]
    _total: int | None
    _sizes: frozenset[int] | None
    _widths: list[int] | None
    _name: str | None
    figures: list[tuple[str, int, str]] | None
    """Other figures that people give for its total, once they were asked for."""

    def __init__(self, network: Network) -> None:
        counting: Mapping[str, Any] = network.meta.get("counting") or {}
        self.network = network
        self.bias: bool = counting.get("bias", True) is not False
        self.statistics: bool = counting.get("running_stats", False) is True
        self.tied_once: bool = counting.get("tied_counted_once", True) is not False
        self.stated = bool(counting)
        self.one_vector = False
        """Whether a recurrent layer's second bias vector is left out."""
        self.framework = str(network.meta.get("framework") or "")
        self.ledger: Ledger = keep_books(network)
        self.parts: list[Part] = []
        self.by_path: dict[str, Part] = {}
        self.unknown = [path for path, _ in self.ledger.unknown]
        self._widths = self._name = self._sizes = None
        self._keep_nothing()
        self._build()
        self.weighted = [part for part in self.parts if part.full]

    def _build(self) -> None:
        same: dict[tuple[Any, ...], Part] = {}
        for index, entry in enumerate(self.ledger.entries):
            part = Part(entry, index)
            if any(piece.isdigit() for piece in part.name.split(".")):
                key = (skeleton(part.name), part.kind, part.terms)
                known = same.setdefault(key, part)
                if known is not part:
                    known.paths.append(part.name)
                    self.by_path[entry.path] = known
                    continue
            self.parts.append(part)
            self.by_path[entry.path] = part
        categorise(self.parts)
        for part in self.parts:
            if part.tied_to is not None and not self.tied_once and part.tied_to in self.by_path:
                part.hold(self.by_path[part.tied_to].terms)

    def count(self, part: Part) -> int:
        """What one layer of the part counts under the convention."""
        kept = self._counts.get(id(part))
        if kept is None:
            kept = self._counts[id(part)] = self._count(part)
        return kept

    def _count(self, part: Part) -> int:
        value = part.full if self.bias or part.family in ("batchnorm", "norm") else part.weights
        if self.one_vector and self.bias and part.has_two_vectors:
            value -= part.biases // 2
        return value + (part.statistics if self.statistics else 0)

    def terms(self, part: Part) -> tuple[Term, ...]:
        """The terms of the part that count under the convention."""
        kept = self._terms.get(id(part))
        if kept is None:
            kept = self._terms[id(part)] = self._terms_counted(part)
        return kept

    def _terms_counted(self, part: Part) -> tuple[Term, ...]:
        if self.bias or part.family in ("batchnorm", "norm"):
            terms = part.terms
        else:
            terms = tuple([term for term in part.terms if term.role == "weight"])
        if self.one_vector and self.bias and part.has_two_vectors:
            biases = [term for term in terms if term.role == "bias"]
            terms = (*[term for term in terms if term.role == "weight"], *biases[: len(biases) // 2])
        if self.statistics and part.statistics:
            size = part.terms[0].value
            terms = (*terms, Term("statistic", (("out", size),)), Term("statistic", (("out", size),)))
        return terms

    @property
    def total(self) -> int:
        """The whole network's count."""
        if self._total is None:
            self._total = sum([self.count(part) * part.times for part in self.parts])
        return self._total

    @property
    def steps(self) -> frozenset[int]:
        """How many steps the sequences have that recurrent layers read: by shapes, or as the title says."""
        words = (self.network.title or "").replace(",", " ").split()
        said = [int(n) for n, word in pairwise(words) if n.isdecimal() and word.lower().startswith(STEPS)]
        for part in self.weighted:
            shape = part.entry.inputs[0] if part.entry.inputs else ()
            if part.family in RECURRENT and isinstance(shape, tuple) and len(shape) > 1 and isinstance(shape[0], int):
                said.append(shape[0])
        return frozenset(said)

    @property
    def sizes(self) -> frozenset[int]:
        """Every factor of its layers' terms."""
        if self._sizes is None:
            self._sizes = frozenset([size for part in self.weighted for term in part.terms for _, size in term.factors])
        return self._sizes

    @property
    def widths(self) -> list[int]:
        """The sizes of its layers: what people take for one another; at most 40."""
        if self._widths is None:
            parts = [part for part in self.weighted if part.terms]
            sizes = [size for part in parts for size in (part.seen * part.groups, part.out) if size > 1]
            self._widths = list(dict.fromkeys(sizes))[:40]
        return self._widths

    @property
    def name(self) -> str:
        """The network's name for a sentence: the catalogue's own where it has one."""
        if self._name is None:
            from netledger import catalogue

            name = self.network.name
            self._name = name if name and catalogue.has(name) else self.network.title or name
        return self._name

    @property
    def convention(self) -> str:
        """How it counts, in words."""
        words = "weights and biases" if self.bias else "weights only"
        if self.one_vector:
            words += ", one bias vector"
        if self.statistics:
            words += ", running statistics included"
        elif any(part.statistics for part in self.parts):
            words += ", running statistics not counted"
        if any(part.tied_to for part in self.parts):
            words += ", tied tables once" if self.tied_once else ", tied tables each time"
        return words

    def under(self, convention: str) -> Books:
        """The same books by another convention: ``weights``, ``statistics``, ``tied twice``."""
        again = Books.__new__(Books)
        for name in self.__slots__:
            setattr(again, name, getattr(self, name))
        if convention == "weights":
            again.bias = False
        elif convention == "statistics":
            again.statistics = True
        elif convention == "one vector":
            again.one_vector = True
        again._keep_nothing()
        return again

    def _keep_nothing(self) -> None:
        """Forget what was worked out under another convention."""
        self._counts, self._terms, self._total, self.figures = {}, {}, None, None


def _tied_to(entry: Entry) -> str | None:
    layer = entry.layer
    if "tied" in layer.meta or layer.kind == "tied" or entry.tied_to is not None:
        return str(layer.meta.get("tied") or entry.tied_to or layer.attributes.get("to") or "")
    return None


def skeleton(path: str) -> str:
    """A path with its numbers left open."""
    return ".".join(["*" if piece.isdigit() else piece for piece in path.split(".")])


def _template(first: str, last: str) -> str:
    ours, theirs = first.split("."), last.split(".")
    if len(ours) != len(theirs):
        return first
    return ".".join([a if a == b else "*" for a, b in zip(ours, theirs, strict=True)])


def _whole(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) else otherwise


def _sizes(shape: object) -> tuple[int, ...] | None:
    if isinstance(shape, tuple) and shape and all(isinstance(size, int) for size in shape):
        return shape
    return None


def _positions(shape: tuple[int, ...] | None, kind: str) -> int:
    """How many places a layer's filters are applied at; 1 where its output has no places."""
    if shape is None:
        return 1
    sides = int(kind[-2]) if kind[-2:-1].isdigit() and kind.endswith("d") else 0
    places = 1
    for side in shape[-sides:] if sides else ():
        places *= side
    return places
