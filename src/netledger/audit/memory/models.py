"""Which network an amount of memory is about: the one at hand, or another one that the same text names."""

from __future__ import annotations

from functools import lru_cache

from netledger.audit.memory.kept import kept_by
from netledger.audit.memory.mentions import tokens_of
from netledger.audit.understanding.names import mentions
from netledger.audit.words.memory import DEPTHS, LAYERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.memory.caches import Caches
    from netledger.audit.memory.kept import KeptValues
    from netledger.audit.memory.places import Around

SAME = 0.01
"""By what share two networks of one name may differ in size."""
NEAR_SIZE = 0.05
"""By what share a network's size may differ from the one in its name."""

_others: dict[str, tuple[int, KeptValues | None]] = {}
"""How many parameters networks of the catalogue have and what they keep, worked out once."""


def model_of(place: Around, caches: Caches) -> tuple[KeptValues | None, bool]:
    """What the network that is spoken of keeps, and whether the text leaves no doubt which one it is."""
    own = caches.kept
    for tokens in (place.tail, place.outer, place.row, place.column):
        found = _named_in(" ".join([token.text for token in tokens]), caches.total)
        if found:
            return _kept(found[-1], caches), True
    for text in place.above:
        found = _named_in(text, caches.total)
        if found:
            alike = set(found)
            return (_kept(found[-1], caches), True) if len(alike) == 1 else (own if "" in alike else None, False)
        if own is not None and own.layers in _depths(text):
            return own, True
    return own, True


def _kept(name: str, caches: Caches) -> KeptValues | None:
    """What a network keeps by its name: "" the one at hand, "?" one that is not known."""
    if not name:
        return caches.kept
    if name == "?":
        return None
    return _of_catalogue(name)[1]


def _of_catalogue(name: str) -> tuple[int, KeptValues | None]:
    if name not in _others:
        from netledger.audit.matching.books.parts import Books
        from netledger.catalogue import load

        books = Books(load(name))
        _others[name] = books.total, kept_by(books)
    return _others[name]


@lru_cache(maxsize=1024)
def _named_in(text: str, total: int) -> list[str]:
    """The networks that a piece of text names, in order: "" the one at hand, "?" unknown ones."""
    if not any(character.isdigit() for character in text):
        return []
    found = [_by_name(named.name, named.words, total) for named in mentions(text)]
    if found:
        return found
    tokens = tokens_of(text)
    sizes = [
        token for token, after in zip(tokens, [*tokens[1:], None], strict=False)
        if token.kind == "num" and token.suffix == 10**9 and not token.unit
        and not (after is not None and after.text.lower().startswith(("param", "token")))
    ]  # fmt: skip
    return ["" if _is_size(float(token.value), total) else "?" for token in sizes]


@lru_cache(maxsize=1024)
def _depths(text: str) -> list[float]:
    """How many layers a piece of text gives a network: ``L=12``, ``12 layers``."""
    tokens = tokens_of(text)
    found = []
    for i, token in enumerate(tokens):
        after = tokens[i + 1].text.lower() if i + 1 < len(tokens) else ""
        named = i > 1 and tokens[i - 1].text == "=" and tokens[i - 2].text.lower() in DEPTHS
        if token.kind == "num" and (named or after.startswith(LAYERS)):
            found.append(token.value)
    return found


def _by_name(name: str | None, words: str, total: int) -> str:
    if name is not None:
        return "" if abs(_of_catalogue(name)[0] - total) <= SAME * total else name
    sizes = [token for token in tokens_of(words.replace("-", " ")) if token.kind == "num" and token.suffix == 10**9]
    return "" if any(_is_size(float(token.value), total) for token in sizes) else "?"


def _is_size(value: float, total: int) -> bool:
    """Whether a network of so many parameters is called by this size: 7B is 6.74 or 7.62 billion."""
    if abs(value - total) <= NEAR_SIZE * total:
        return True
    billions, shown = total / 10**9, value / 10**9
    return shown == int(shown) and shown in (int(billions), round(billions))
