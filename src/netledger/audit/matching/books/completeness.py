"""Whether a quantity is all of what a label speaks of: attention without one of its matrices is not."""

from __future__ import annotations

from netledger.audit.matching.books.categories import OUTPUTS
from netledger.audit.reading.tokens.words import family_of
from netledger.audit.weights import SOME_OF_A_KIND

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.books.parts import Books, Part
    from netledger.audit.matching.books.place import Place
    from netledger.audit.matching.books.quantities import Quantity
    from netledger.audit.matching.items.item import Item
    from netledger.audit.matching.labels.layers import Labels
    from netledger.audit.matching.labels.wording import Wording

ONLY_ONE = 3
"""By what it is dearer where no more than half of attention's matrices are meant."""


class Completeness:
    """What it costs that a quantity leaves out matrices of which a label speaks."""

    def __init__(self, books: Books, labels: Labels) -> None:
        self.books, self.labels = books, labels

    def cost(self, item: Item, quantity: Quantity, place: Place) -> float:
        """What is called attention, or feed-forward, is all of it: dear without one of its matrices, unless another
        line has that.
        """
        said = item.wording
        if not {"attention", "ffn"} & set(said.layers) or self.labels.sure(said):
            return 0.0
        cover = [part for part, _ in quantity.cover]
        if quantity.what.startswith("queries, keys and values"):
            return 0.0  # what the label says of these is counted there
        for family, category in (("attention", "attention"), ("ffn", "feed-forward")):
            if family not in said.layers or not all(category in part.categories for part in cover):
                continue
            absent = self._absent_from(cover, category, said)
            if any(not place.is_taken_without(part, cover[0], item) for part in absent):
                return SOME_OF_A_KIND * (ONLY_ONE if len(cover) <= len(absent) > 1 else 1)
        return 0.0

    def _absent_from(self, cover: list[Part], category: str, said: Wording) -> list[Part]:
        """The matrices of a block without which some of them are not all: attention's output, a gated layer's third."""
        if category == "attention" and says_inward(said.words):
            return []
        alone = category == "attention" and _says_attention_alone(said)
        if category == "attention" and not alone and any(_leads_out(part) for part in cover):
            return []
        if category == "feed-forward" and len(cover) < 2:
            return []  # "feed-forward 1: 768*3072" may be any of them
        block = _block_of(cover[0], attention=category == "attention")
        like = [p for p in self.books.weighted if _block_of(p, attention=category == "attention") == block]
        if category == "attention" and not alone:
            return [part for part in like if _leads_out(part)]
        same = [part for part in like if category in part.categories and (alone or part.weights == cover[0].weights)]
        return [part for part in same if not any(part is other for other in cover)]


def says_inward(words: list[str]) -> bool:
    """Whether a label speaks of queries, keys and values: ``QKV``, ``W_Q``, ``query``.

    >>> says_inward(["W_Q"]), says_inward(["attention"])
    (True, False)
    """
    lower = [word.lower().replace("_", "") for word in words]
    return any(word.startswith(("qkv", "quer", "wq", "q")) and not word.startswith("quant") for word in lower)


def says_only_inward(words: list[str]) -> bool:
    """Whether a label is nothing but queries, keys and values together: ``QKV``."""
    return bool(words) and all(word.lower().replace("_", "").startswith("qkv") for word in words)


def _block_of(part: Part, *, attention: bool) -> str:
    """The block that a layer is in; of attention the one that is repeated, whatever its matrices' own paths are."""
    name = part.shown
    return name[: name.rindex("*")] if attention and "*" in name else name.rpartition(".")[0]


def _leads_out(part: Part) -> bool:
    """Whether a matrix is attention's last one."""
    inward = "queries, keys and values" in part.categories
    return part.leaf in OUTPUTS or (part.leaf == "output" and "attention" in part.categories and not inward)


def _says_attention_alone(wording: Wording) -> bool:
    """Whether a label is nothing but a word for attention: ``self-attention``, and not ``attention output``."""
    return all(family_of(word) in ("attention", "block") or word.isdigit() for word in wording.words)
