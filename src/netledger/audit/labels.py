"""How well a statement's label fits a layer: by name, by family, by ordinal."""

from __future__ import annotations

from netledger.audit.reading.words import family_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.reading.statement import Statement
    from netledger.audit.truth import Part, Truth

    Reading = tuple[list[str], list[str], list[str], int | None, bool]

_GROUPS = {
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
    "attention": {"linear", "parameter", "other", "lora", "conv"},
    "ffn": {"linear", "other", "lora", "conv"},
    "pool": {"pool", "subsample"},
    "flatten": {"flatten"},
    "dropout": set(),
    "head": {"linear", "tied", "embedding", "conv"},
    "pooler": {"linear"},
    "lora": {"lora"},
}  # fmt: skip

_LOOSELY = {
    "embedding": {"linear", "conv", "tied"},
    "attention": {"conv"},
    "ffn": {"conv"},
    "head": {"embedding", "conv"},
}
"""Families that a word may mean, but mostly does not."""

_SYNONYMS = {
    "position": ("pos", "wpe"), "positional": ("pos", "wpe"), "pos": ("pos", "wpe"), "位置": ("pos", "wpe"),
    "위치": ("pos", "wpe"),
    "token": ("tok", "wte", "word"), "word": ("word", "wte", "tok"), "segment": ("type", "segment"),
    "type": ("type", "segment"),
    "词": ("word", "wte", "tok"), "토큰": ("tok", "wte", "word"), "output": ("out",), "projection": ("proj",),
    "query": ("q",), "key": ("k",),
    "value": ("v",), "patch": ("patch",), "cls": ("cls",), "class": ("cls", "head"), "down": ("down",),
    "up": ("up",), "gate": ("gate",),
    "classifier": ("head", "fc", "classifier"), "head": ("head",), "intermediate": ("intermediate", "fc1", "c_fc"),
}  # fmt: skip
"""What layers are called in code for what people call them."""

SURE = 5.0
"""From here on a label names the layer."""


class Labels:
    """Scores labels against the parts of a network; what each part may be called is worked out once."""

    def __init__(self, truth: Truth) -> None:
        self.names: dict[int, set[str]] = {}
        self._kept: dict[int, Reading] = {}
        self.ordinals: dict[int, tuple[int, int]] = {}
        counts: dict[str, int] = {}
        weighted = 0
        for part in truth.parts:
            pieces = [piece for piece in part.name.split(".") if piece and not piece.isdigit()]
            names = {_key(part.name), _key(part.shown)}
            if pieces:
                names.add(_key(pieces[-1]))
                names.add(_key("".join(pieces[-2:])))
            self.names[id(part)] = {name for name in names if name}
            self.names[id(part)] |= _as_blocks(part.shown)
            if part.full:
                weighted += 1
                family = _broad(part.family)
                counts[family] = counts.get(family, 0) + 1
                self.ordinals[id(part)] = (counts[family], weighted)
        self.counts, self.weighted = counts, weighted
        leaves: dict[str, int] = {}
        for part in truth.parts:
            for name in self.names[id(part)]:
                leaves[name] = leaves.get(name, 0) + 1
        self.unique = {name for name, times in leaves.items() if times == 1}

    def score(self, statement: Statement, part: Part) -> float:
        """From -4 (the label says something else) over 0 (it says nothing) to 8 (it is the layer's own name)."""
        words, keys, families, ordinal, by_framework = self._read(statement)
        if not words:
            return 0.0
        score = self._by_name(keys, part)
        if families:
            fits = [part.family in _GROUPS[family] for family in families if family in _GROUPS]
            if fits:
                loose = any(fits) and all(part.family in _LOOSELY.get(family, ()) for family in families)
                score += (0.5 if loose else 2.0) if any(fits) else (-4.0 if score < SURE else 0.0)
        if ordinal is not None and id(part) in self.ordinals:
            own, overall = self.ordinals[id(part)]
            last = self.counts[_broad(part.family)], self.weighted
            if by_framework:
                return score + (1.0 if ordinal in (own, own - 1) else 0.0)
            if ordinal == own or (ordinal == -1 and own == last[0]):
                score += 3.0 if families else 1.5
            elif ordinal == overall or (ordinal == -1 and overall == last[1]):
                score += 3.0 if not families else 0.5
            elif score < SURE:
                score -= 1.5
        return score

    def only_names(self, statement: Statement, part: Part) -> bool:
        """Whether a label is nothing but the layer's name, so that its whole count must follow."""
        names = self.names[id(part)]
        words = label_words(statement)
        if not statement.label or not words:
            return False
        meant = [word for word in words if not word.isdigit() and family_of(word) != "block"]
        return bool(meant) and all(
            _key(word) in names or (family_of(word) is not None and part.family != "separable") for word in meant
        )

    def _read(self, statement: Statement) -> Reading:
        """What a label says, worked out once for each statement."""
        kept = self._kept.get(id(statement))
        if kept is None:
            words = label_words(statement)
            remarks = set(statement.inner) if statement.label else set()
            silent = {word for word in words if word in remarks or word.lower().startswith("input")}
            families = [
                family
                for word in words
                if (family := family_of(word)) is not None and not (family == "dropout" and word in silent)
            ]
            keys = [_key("".join(words)), *map(_key, words)]
            kept = self._kept[id(statement)] = (
                words,
                keys,
                families,
                statement.ordinal(),
                _numbered_by_framework(statement),
            )
        return kept

    def by_name(self, statement: Statement, part: Part) -> float:
        """The share of the score that the layer's own name gives."""
        return self._by_name(self._read(statement)[1], part)

    def _by_name(self, keys: list[str], part: Part) -> float:
        names = self.names[id(part)]
        whole = keys[0]
        if whole in names:
            return 6.0 if whole in self.unique else 4.0
        best = 0.0
        for key in keys[1:]:
            if len(key) >= 2 and key in names:
                best = max(best, 6.0 if key in self.unique else 4.0)
            elif len(key) == 1 and key in names:
                best = max(best, 4.0)
            elif (
                len(key) >= 4
                and key[-1].isdigit()
                and any(name.startswith(key) and name[len(key)].isdigit() for name in names)
            ):
                best = max(best, 4.0)  # conv5 for conv5_1, conv5_2, conv5_3
            elif len(key) >= 4 and any(key in name for name in names):
                best = max(best, 1.5)
            shorts = _SYNONYMS.get(key)
            if shorts and any(
                name.startswith(short) for short in shorts for name in names if len(short) > 1 or name == short
            ):
                best = max(best, 3.0)
        return best


def _numbered_by_framework(statement: Statement) -> bool:
    """``dense_2`` and ``Conv2d-7`` count from 0, from 1, or over all layers: their number says little."""
    return any(
        word[-1:].isdigit() and word.rstrip("0123456789")[-1:] in ("_", "-") and family_of(word)
        for word in statement.label
    )


def label_words(statement: Statement) -> list[str]:
    """The words that name a statement: its label, or the heading above where it has none of its own."""
    words = [word for word in statement.label if not _says_only_what(word)]
    if words or statement.inner:
        return [*words, *[word for word in statement.inner if not _says_only_what(word)]]
    return [word for word in statement.heading if not word.isdigit()][:4]


def _says_only_what(word: str) -> bool:
    from netledger.audit.reading.words import quantity_of

    return quantity_of(word) in ("params", "bytes", "ops") and family_of(word) is None


def _as_blocks(name: str) -> set[str]:
    """``conv3_2`` is Keras' ``block3_conv2``; both mean the second convolution of the third block."""
    stem = name.rstrip("0123456789")
    head, _, last = name.partition("_")
    kind = head.rstrip("0123456789")
    if not stem.endswith("_") or not last.isdigit() or kind == head or not kind.isalpha():
        return set()
    return {f"block{head[len(kind) :]}{kind}{last}"}


def _broad(family: str) -> str:
    return {"depthwise": "conv", "partial": "conv", "batchnorm": "norm"}.get(family, family)


def _key(name: str) -> str:
    return "".join([character for character in name.lower() if character.isalnum()])
