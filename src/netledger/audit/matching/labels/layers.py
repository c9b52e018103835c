"""What a label says about which layer is meant: by name, by family, by number.

A cost below 0 speaks for the layer, above 0 against it; 0 where the label says nothing.
"""

from __future__ import annotations

from netledger.audit.matching.books.categories import FUSED, NORMS, OUTWARD, PROJECTION
from netledger.audit.matching.books.quantities import broad
from netledger.audit.matching.labels.wording import is_in_key, key_of
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.weights import (
    ANOTHERS_NAME,
    ANOTHERS_PROJECTION,
    FAMILY,
    LOOSE_FAMILY,
    ORDINAL,
    OTHER_FAMILY,
    OTHER_ORDINAL,
    OVERALL_ORDINAL,
    OWN_NAME,
    SHARED_NAME,
    STRANGE_ORDINAL,
    SURE,
    SYNONYM,
)
from netledger.audit.words import AND, BLOCKS, PARTS, TRANSPOSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.labels.wording import Wording

FITS = {
    "conv": {"conv", "depthwise", "separable", "partial", "lora"},
    "depthwise": {"depthwise", "separable", "conv"},
    "pointwise": {"conv", "separable", "linear"},
    "linear": {"linear", "lora", "other"},
    "lstm": {"lstm"},
    "gru": {"gru"},
    "rnn": {"rnn", "lstm", "gru"},
    "batchnorm": {"batchnorm", "norm"},
    "norm": {"norm", "batchnorm"},
    "embedding": {"embedding", "parameter", "tied", "linear", "conv"},
    "attention": {"linear", "parameter", "other", "lora", "conv", "attention"},
    "ffn": {"linear", "other", "lora", "conv"},
    "pool": {"pool", "subsample"},
    "flatten": {"flatten"},
    "dropout": set(),
    "head": {"linear", "tied", "embedding", "conv"},
    "pooler": {"linear"},
    "lora": {"lora"},
}  # fmt: skip
"""The families of layers that a word of a label can stand for."""

LOOSELY = {
    "embedding": {"linear", "conv", "tied"},
    "attention": {"conv"},
    "ffn": {"conv"},
    "head": {"embedding", "conv"},
}
"""Families that a word may mean, but mostly does not."""

CATEGORIES = {"attention": "attention", "ffn": "feed-forward"}
"""The part of a transformer that a family's word names."""
SYNONYMS = {
    **PARTS, "output": ("out",), "projection": ("proj",), "query": ("q", "q_proj"), "key": ("k", "k_proj"),
    "value": ("v", "v_proj"), "patch": ("patch",), "cls": ("cls",), "class": ("cls", "head"), "down": ("down",),
    "up": ("up",),
    "gate": ("gate",), "classifier": ("head", "fc", "classifier"), "head": ("head", "lm_head"),
    "router": ("gate", "router"),
    **dict.fromkeys(("wq", "qweight"), ("q", "q_proj", "query")),
    **dict.fromkeys(("wk", "kweight"), ("k", "k_proj", "key")),
    **dict.fromkeys(("wv", "vweight"), ("v", "v_proj", "value")),
    "wo": ("o", "o_proj", "out_proj"),
    "intermediate": ("intermediate", "fc1", "c_fc"), "unembedding": ("lm_head", "head"),
}  # fmt: skip
"""What layers are called in code for what people call them."""


MOST_DEEP = 1
"""Dots in the name of a layer that is in no block of blocks: ``features.0``."""
SIMPLE = ("simplernn", "simple_rnn")
"""What Keras calls a recurrent layer without gates."""
LEAST_STEM = 2
"""Letters, and more, of a name that several layers have with a number behind it: ``dec1`` and ``dec2``."""


class Labels:
    """Costs of labels against the parts of a network; what each part may be called is worked out once."""

    def __init__(self, books: Books) -> None:
        self.names: dict[int, set[str]] = {}
        self.ordinals: dict[int, tuple[int, int]] = {}
        self.places: dict[tuple[str, tuple[str, ...]], int] = {}
        """How many layers there are of a family, of each part of a transformer apart."""
        self._costs: dict[tuple[Wording, int], float] = {}
        self._sure: dict[Wording, list[Part]] = {}
        self.parts_of: dict[str, list[Part]] = {}
        self.first_number = 1
        """What number the text gives the first layer: 0, or 2 where it counts the input as one."""
        whole: dict[str, list[Part]] = {}
        counts: dict[str, int] = {}
        self.weighted = 0
        self.present = {category for part in books.weighted for category in part.categories}
        self.projections: dict[int, str] = {}
        self._projections: list[Part] = []
        self._inward: set[str] = set()
        """What a layer makes that makes queries, keys and values at once."""
        self.shared = {part.tied_to for part in books.parts if part.tied_to is not None}
        """Tables that the output uses too: also what a text calls its last linear layer."""
        self.adapted = any(part.family == "lora" for part in books.parts)
        for part in books.parts:
            projection = PROJECTION.get(part.leaf.lower())
            fused = FUSED in part.categories and projection is None
            self._inward |= {"q", "k", "v"} if fused else set()
            if part.categories == ("attention",) and part.leaf in OUTWARD:
                projection = "o"
            if projection is not None and part.full:
                self.projections[id(part)] = projection
                self._projections.append(part)
            for name in self._names_of(part):
                self.names.setdefault(id(part), set()).add(name)
                self.parts_of.setdefault(name, []).append(part)
            whole.setdefault(key_of(part.name), []).append(part)
            if part.full:
                self.weighted += 1
                family = broad(part.family)
                counts[family] = counts.get(family, 0) + 1
                kind = family, part.categories
                self.places[kind] = self.places.get(kind, 0) + 1
                self.ordinals[id(part)] = (self.places[kind], self.weighted)
        self.stems: set[str] = set()
        for part in books.parts:
            stem = key_of(part.name).rstrip("0123456789")
            if len(stem) > LEAST_STEM and stem != key_of(part.name) and family_of(stem) is None and stem not in whole:
                self.stems.add(stem)
                self.names.setdefault(id(part), set()).add(stem)
                self.parts_of.setdefault(stem, []).append(part)
        for part in books.parts:
            stem, _, number = part.name.rpartition("_")
            if stem and number.isdigit() and key_of(stem) in whole:  # "CONV3-32" and "CONV3-32_2" share the name
                self.names.setdefault(id(part), set()).add(key_of(stem))
                whole[key_of(stem)].append(part)
        self.counts = counts
        deep = any(part.times > 1 or part.name.count(".") > MOST_DEEP for part in books.weighted)
        self.chain = [] if self.present or deep else [p for p in books.parts if p.full and p.family not in NORMS]
        """The layers that ordinals can number: of a network without repeated blocks, and blocks of blocks."""
        self.parts_of.update(whole)  # a layer's whole name is nobody else's last piece

    def placed(self, wording: Wording) -> Part | None:
        """The one layer that an ordinal and a family name: ``the fifth convolution``, ``the last layer``."""
        place, families = wording.ordinal, set(wording.layers)
        if not wording.is_placed or place is None or self.first_number != 1 or len(families) > 1 or wording.heading:
            return None
        if not families and (place > 0 or "block" not in wording.families):
            return None  # pools count among layers for some
        fitting = [part for part in self.chain if all(_can_be(part, family) for family in families)]
        if families and len({part.family for part in fitting}) != 1:
            return None
        at = place - 1 if place > 0 else len(fitting) + place
        return fitting[at] if 0 <= at < len(fitting) else None

    def _names_of(self, part: Part) -> set[str]:
        pieces = [piece for piece in part.name.split(".") if piece and not piece.isdigit()]
        names = {key_of(part.name), key_of(part.shown)}
        if pieces:
            names |= {key_of(pieces[-1]), key_of("".join(pieces[-2:]))}
            digits = [piece for piece in part.name.split(".") if piece.isdigit()]
            if digits and part.times == 1:
                names.add(key_of(pieces[-1] + digits[-1]))
            _, _, numbered = pieces[-1].rpartition("_")
            if numbered.isdigit() and pieces[-1].count("_") > 1:
                names.add(key_of("".join(pieces[-1].split("_")[-2:])))  # "dw2" for conv_dw_2
            if len(pieces) > 1 and pieces[-1][0] == "l" and pieces[-1][1:].isdigit():
                names |= {key_of(f"{pieces[-2]}layer{pieces[-1][1:]}"), key_of(f"layer{pieces[-1][1:]}")}
            if part.family == "lora" and len(pieces) > 1:
                names.add(key_of(pieces[-2]))
        return {name for name in names if name} | _as_blocks(part.shown) | _unabridged(pieces)

    def cost(self, wording: Wording, part: Part) -> float:
        """From -4.6 (its own name and number) over 0 to 4 (the label says something else)."""
        key = wording, id(part)
        kept = self._costs.get(key)
        if kept is None:
            kept = self._costs[key] = self._cost(wording, part) if wording.words else 0.0
        return kept

    def _cost(self, wording: Wording, part: Part) -> float:
        by_name = self.by_name(wording, part)
        cost = by_name
        if _says_transposed(wording) and part.family == "conv":
            transposed = part.kind.startswith("conv_transpose")
            cost += FAMILY if transposed else OTHER_FAMILY  # "up-conv 64→32: …" is no plain convolution
        if part.family in ("lstm", "gru") and any(word.lower().startswith(SIMPLE) for word in wording.words):
            cost += OTHER_FAMILY  # its name says that it has no gates
        fits = [self._fits(family, part) for family in wording.families if family in FITS]
        if fits:
            loose = all(part.family in LOOSELY.get(family, ()) for family in wording.families if family in FITS)
            of_category = any(family in ("attention", "ffn") for family in wording.families) and part.categories
            if any(fits):
                cost += LOOSE_FAMILY if loose and not of_category else FAMILY
            elif by_name > SHARED_NAME and not (part.name in self.shared and "linear" in wording.families):
                cost += OTHER_FAMILY
        return cost + self._by_number(wording, part, by_name)

    def _fits(self, family: str, part: Part) -> bool:
        """Whether a word can stand for a layer's family; attention and feed-forward are told apart where names do."""
        category = CATEGORIES.get(family)
        known = category in self.present and bool(part.categories)
        return _can_be(part, family) and (not known or category in part.categories)

    def by_name(self, wording: Wording, part: Part) -> float:
        """The share of the cost that names give."""
        names = self.names.get(id(part), set())
        best, elsewhere = 0.0, False
        for i, key in enumerate(wording.keys):
            owners = self.parts_of.get(key)
            if owners is not None and (len(key) > 1 or i == 0 or len(wording.keys) <= 2):
                if any(owner is part for owner in owners):
                    only = len(owners) == 1 or (part.family == "lora" and _only_adapter(owners))
                    best = min(best, OWN_NAME if only else SHARED_NAME)
                elif (
                    (len(owners) == 1 or key in PROJECTION or key in self.stems)
                    and (i == 0 or len(key) > 2)
                    and (not family_alone(key) or family_of(key) == "block")
                ):
                    elsewhere = True
            elif len(key) >= 4 and key[-1].isdigit() and any(_continues(name, key) for name in names):
                best = min(best, SHARED_NAME)  # conv5 for conv5_1, conv5_2, conv5_3
            elif len(key) >= LEAST_CUT and any(name.startswith(key) for name in names):
                if part.family not in NORMS or family_of(key) in (None, "norm", "batchnorm", "block"):
                    best = min(best, SHARED_NAME)  # kv_a_proj for kv_a_proj_with_mqa; no embeddings for their norm
            shorts = SYNONYMS.get(key)
            if shorts and any(
                name == short or (len(short) > 1 and name.startswith(key_of(short)))
                for short in shorts
                for name in names
            ):
                best = min(best, SYNONYM)
        if best == 0 and not elsewhere:
            if self._names_another(wording, part):
                return ANOTHERS_PROJECTION
            if self.named_projections(wording) == {self.projections.get(id(part))}:
                return SYNONYM
        return best if best < 0 else (ANOTHERS_NAME if elsewhere else 0.0)

    def is_anothers(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label names another projection than the one layer that a quantity is of."""
        return len(quantity.cover) == 1 and self._names_another(wording, quantity.first)

    def are_anothers(self, wording: Wording, quantity: Quantity) -> bool:
        """Whether a label names other projections than some of the layers that a quantity is of."""
        return any(self._names_another(wording, part) for part, _ in quantity.cover)

    def _names_another(self, wording: Wording, part: Part) -> bool:
        """Whether a label names other projections than this one, which the network has: ``Wk`` is not ``q_proj``."""
        own, named = self.projections.get(id(part)), self.named_projections(wording)
        return (
            own is not None
            and bool(named)
            and own not in named
            and named <= {*self.projections.values(), *self._inward}
        )

    def lists_projections(self, wording: Wording, parts: list[Part]) -> bool:
        """Whether a label names several projections of attention, and more than one of them is meant."""
        meant = {self.projections.get(id(part)) for part in parts} - {None}
        return len(meant & self.named_projections(wording)) > 1

    def named_projections(self, wording: Wording) -> set[str]:
        """The projections of attention that a label speaks of, by words or by letters alone: ``Wk``, ``k, v``."""
        letters = _is_of_letters(wording)
        return {PROJECTION[key] for key in wording.keys if key in PROJECTION and (len(key) > 1 or letters)}

    def _by_number(self, wording: Wording, part: Part, by_name: float) -> float:
        if wording.ordinal is None or id(part) not in self.ordinals or not wording.families:
            return 0.0  # "part 2" numbers lines, not layers
        placed = self.placed(wording)
        if placed is not None and by_name > SHARED_NAME:
            return SURE - FAMILY if placed is part else ANOTHERS_NAME - FAMILY
        own, overall = self.ordinals[id(part)]
        if not wording.by_framework:
            own, overall = own - 1 + self.first_number, overall - 1 + self.first_number
        last = self.places[broad(part.family), part.categories], self.weighted
        if wording.by_framework:
            return LOOSE_FAMILY if wording.ordinal in (own, own - 1) else 0.0
        if wording.ordinal == own or (wording.ordinal == -1 and own == last[0]):
            return ORDINAL if wording.layers else OVERALL_ORDINAL
        if wording.ordinal == overall or (wording.ordinal == -1 and overall == last[1]):
            return LOOSE_FAMILY if wording.layers else ORDINAL
        if by_name <= SHARED_NAME:
            return 0.0
        return OTHER_ORDINAL if 0 < wording.ordinal <= last[0] else STRANGE_ORDINAL

    def sure(self, wording: Wording) -> list[Part]:
        """The parts that a label names: by their own name, or by family and number together."""
        found = self._sure.get(wording)
        if found is None:
            found = self._sure[wording] = []
            letters = _is_of_letters(wording)
            several = letters and not self.adapted and len({PROJECTION.get(k, "") for k in wording.keys} - {""}) > 1
            for key in wording.keys:
                owners = self.parts_of.get(key) or (self._projecting(key) if several else [])
                if _only_adapter(owners):
                    owners = [part for part in owners if part.family == "lora"]  # "q_proj" of a network with adapters
                if family_alone(key) and owners and self.counts.get(broad(owners[0].family), 0) > 1:
                    continue  # "LayerNorm" is any of them, though one is called so
                if len(owners) == 1 and (len(key) > 1 or letters) and owners[0] not in found:
                    found.append(owners[0])
            placed = self.placed(wording)
            if placed is not None and not found:
                found.append(placed)
        return found

    def _projecting(self, key: str) -> list[Part]:
        """The projections of attention that a word or a letter means: ``K`` of ``K and V``."""
        meant = PROJECTION.get(key)
        return [part for part in self._projections if self.projections[id(part)] == meant] if meant else []

    def named(self, wording: Wording) -> set[int]:
        """The parts that words of a label are names of, several of one name too: ``q_proj and v_proj``."""
        keys = [key for key in wording.keys if len(key) > 2 and not family_alone(key)]
        return {id(part) for key in keys for part in self.parts_of.get(key, ())}


def _can_be(part: Part, family: str) -> bool:
    """Whether a word can stand for a layer: by its family; a convolution of a whole map is called a dense layer too."""
    if family == "linear" and part.family == "conv" and part.positions == 1:
        return True
    return part.family in FITS.get(family, ())


def _is_of_letters(wording: Wording) -> bool:
    """Whether single letters of a label are names: where it has hardly any words, or only such: ``k, v``."""
    return len(wording.keys) <= 2 or all(len(word) == 1 or word.lower() in AND for word in wording.words)


def _says_transposed(wording: Wording) -> bool:
    return any(word.lower().rpartition(".")[2].startswith(TRANSPOSED) for word in wording.words)


def _only_adapter(owners: Iterable[Part]) -> bool:
    """Whether one of the layers of a name is an adapter."""
    return sum(part.family == "lora" for part in owners) == 1


def family_alone(key: str) -> bool:
    """Whether a name is only that of a family: ``dense``, ``conv2d``, ``embedding``."""
    return family_of(key) is not None and not key[-1].isdigit()


def _continues(name: str, key: str) -> bool:
    return name.startswith(key) and name[len(key) : len(key) + 1].isdigit()


def _as_blocks(name: str) -> set[str]:
    """``conv3_2`` is Keras' ``block3_conv2``; both mean the second convolution of the third block."""
    stem = name.rstrip("0123456789")
    head, _, last = name.partition("_")
    kind = head.rstrip("0123456789")
    if not stem.endswith("_") or not last.isdigit() or kind == head or not kind.isalpha():
        return set()
    return {f"block{head[len(kind) :]}{kind}{last}"}


LEAST_CUT = 7
"""Letters of a name of which the end is left out."""
SHORT_FOR = {"enc": "encoder", "dec": "decoder", "emb": "embedding", "fc": "dense"}
"""What beginnings of names in code stand for."""


def _unabridged(pieces: list[str]) -> set[str]:
    """``dec1`` as people write it out: ``decoder 1``."""
    last = key_of(pieces[-1]) if pieces else ""
    stem = last.rstrip("0123456789")
    return {SHORT_FOR[stem] + last[len(stem) :]} if stem in SHORT_FOR and stem != last else set()


def is_called(name: str, keys: list[str]) -> bool:
    """Whether words call a block by its name, in one or many, in another language: ``one expert`` of ``experts``."""
    one = name.removesuffix("s")
    if name in keys or one in keys:
        return True
    return any(translated == one and is_in_key(word, key) for word, translated in BLOCKS.items() for key in keys)


def in_english(names: set[str]) -> set[str]:
    """Names of blocks, and what code calls those that another language names: ``解码器`` is ``decoder``."""
    return names | {plain for word, plain in BLOCKS.items() for name in names if is_in_key(word, name)}


def blocks_of(part: Part) -> set[str]:
    """The names of the blocks that a part is in, in one and in several: ``critics`` is ``critic`` too."""
    names = {key_of(piece) for path in part.paths[:1] for piece in path.split(".")[:-1] if not piece.isdigit()}
    return names | {name[:-1] for name in names if name.endswith("s")}
