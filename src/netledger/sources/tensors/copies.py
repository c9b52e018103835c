"""A second copy of a network's weights in one file: averaged ones (EMA, SWA), a teacher's, a target's, the best so far.

It is told by two things together: a word in its name, and the same tensors elsewhere in the file. A file that holds
the averaged weights alone holds a model. Sources of the layouts: ``torch.optim.swa_utils``, timm's ``state_dict_ema``,
YOLOv5's ``ema``, torch_ema's ``shadow_params``, ema_pytorch's ``online_model`` and ``ema_model``, the ``LitEma`` of
latent diffusion (whose names have lost their dots), DINO's ``student`` and ``teacher``, MoCo's ``encoder_q`` and
``encoder_k``, StyleGAN2's ``g_ema``, Stable-Baselines3's ``q_net`` and ``q_net_target``.
"""

from __future__ import annotations

from netledger.printable import printable
from netledger.sources.tensors.roles import spellings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from netledger.network import Tensor

_AVERAGED = frozenset(("averaged", "ema", "emas", "polyak", "shadow", "swa"))
"""Words of a name below which averaged weights stand, wherever they are in it."""
_KEPT = frozenset(
    ("average", "avg", "backup", "best", "copy", "current", "momentum", "old", "previous", "slow", "target", "teacher")
)
"""Words that say so of a whole part of a checkpoint; in a flat list of names only beside the one that is copied: a
layer may be a ``target_embedding``."""
_ORIGINALS = {"target": ("online", "policy"), "teacher": ("student",), "momentum": ("base", "online"), "k": ("q",)}
"""A word for a copy → what its original is called, where it has not just one word less (``critic_target``)."""
_ENCODER_K = frozenset(("encoder", "k"))
_DEEP = 3
"""Copies stand near the root: so many parts of a name are looked at."""
_FEWEST, _FEWEST_OF_A_PAIR = 2, 4
"""A copy inside one flat list of names has so many tensors at least: one of a layer's shape is no sign."""
_MOST = 64
"""A file of more places that sound like copies holds something else."""
_MOST_PLACES = 4096
"""As many places near the root are looked through for pairs."""


def without_copies(tensors: Sequence[Tensor], parts: Collection[str] = ()) -> tuple[Sequence[Tensor], tuple[str, ...]]:
    """The tensors with each copy as state of training, and what is said of it; ``parts`` are a checkpoint's own.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"{part}.fc.{name}", "weight", (4,)) for part in ("net", "net_ema") for name in ("w", "v")]
    >>> tensors, notes = without_copies(held)
    >>> [tensor.role for tensor in tensors], notes[0]
    (['weight', 'weight', 'state', 'state'], "'net_ema' repeats the tensors of 'net': a copy, counted once")
    """
    joined = spellings([tensor.name for tensor in tensors]).lower()
    if not any(word in joined for word in (*_AVERAGED, *_KEPT, "encoder_k")):
        return tensors, ()
    pairs = _pairs(tensors, parts)
    marked: dict[str, list[Tensor]] = {}
    others: dict[str, list[Tensor]] = {}
    known: dict[str, frozenset[str]] = {}
    for tensor in tensors:
        if tensor.role == "state":
            continue
        place = _marked(tensor.name, parts, pairs, known)
        if place:
            marked.setdefault(place, []).append(tensor)
        else:
            for prefix in _prefixes(tensor.name):
                others.setdefault(prefix, []).append(tensor)
    copied = _copied(marked, others, parts, pairs) if 0 < len(marked) <= _MOST else {}
    again = {tensor.name for place in copied for tensor in marked[place]}
    said = [f"{_shown(place)} repeats the tensors of {_shown(copied[place])}: a copy, counted once" for place in copied]
    return [tensor.replace(role="state") if tensor.name in again else tensor for tensor in tensors], tuple(said)


def _copied(
    marked: Mapping[str, list[Tensor]],
    others: dict[str, list[Tensor]],
    parts: Collection[str],
    pairs: Mapping[str, str],
) -> dict[str, str]:
    """Place of a copy → the place that it repeats."""
    found: dict[str, str] = {}
    words = {of: _words(of) for of in (*others, *marked)}
    for place, held in marked.items():
        if len(held) < (1 if place in parts else _FEWEST_OF_A_PAIR if place in pairs else _FEWEST):
            continue
        own = words[place]
        nearest = (
            [pairs[place]] if place in pairs else sorted(others, key=lambda of: (not of, own.isdisjoint(words[of])))
        )
        of = next((of for of in nearest if of in others and _repeats(place, held, of, others[of])), None)
        if of is None:
            others[place] = held  # the first that is left is a model, which the next may repeat
        else:
            found[place] = of
    return found


def _shown(place: str) -> str:
    return f"'{printable(place, 64)}'" if place else "the network beside it"


# ---------------------------------------------------------------------- places


def _marked(name: str, parts: Collection[str], pairs: Mapping[str, str], known: dict[str, frozenset[str]]) -> str:
    """The beginning of a name as far as the word for a copy; "" where there is none."""
    pieces = name.split(".", _DEEP)[:-1]
    for i, piece in enumerate(pieces):
        words = known.get(piece)
        if words is None:
            words = known[piece] = _words(piece)
        place = ".".join(pieces[: i + 1])
        if words & _AVERAGED or place in pairs or (not i and piece in parts and words & _KEPT):
            return place
    return ""


def _pairs(tensors: Sequence[Tensor], parts: Collection[str]) -> dict[str, str]:
    """Places that are named as the copy of another beside them → that one: ``critic_target`` → ``critic``."""
    beside: dict[str, dict[frozenset[str], str]] = {}
    places = {prefix for tensor in tensors for prefix in _prefixes(tensor.name)}
    if len(places) > _MOST_PLACES:
        return {}
    for place in sorted(places - {""}):
        above, _, piece = place.rpartition(".")
        beside.setdefault(above, {}).setdefault(_words(piece), place)
    found = {}
    for held in beside.values():
        for words, place in held.items():
            for word in words & _KEPT if words != _ENCODER_K else {"k"}:
                without = words - {word}
                originals = [without, *[without | {one} for one in _ORIGINALS.get(word, ())]]
                of = next((held[original] for original in originals if original in held), None)
                if of is not None and place not in parts:
                    found[place] = of
    return found


def _words(piece: str) -> frozenset[str]:
    """``modelEMA`` and ``model_ema`` as their two words, in lower case."""
    if not piece.islower():
        spaced = [
            f" {letter}"
            if letter.isupper() and (before.islower() or (before.isupper() and after.islower()))
            else letter
            for before, letter, after in zip(f" {piece}", piece, f"{piece[1:]} ", strict=False)
        ]
        piece = "".join(spaced).lower()
    return frozenset(piece.replace("_", " ").replace("-", " ").replace(".", " ").split())


def _prefixes(name: str) -> Iterator[str]:
    """The root, and the places near it, that a tensor stands below."""
    yield ""
    at = name.find(".")
    for _ in range(_DEEP):
        if at < 0:
            return
        yield name[:at]
        at = name.find(".", at + 1)


# ---------------------------------------------------------------------- are they the same?


def _repeats(place: str, held: Sequence[Tensor], of: str, theirs: Sequence[Tensor]) -> bool:
    """Whether ``held`` are tensors of ``theirs``, all that are learned among them; single values say nothing."""
    yours = [tensor for tensor in theirs if tensor.shape]
    learned = [tensor for tensor in yours if tensor.learned]
    if not learned or len(learned) > len(held):
        return False
    mine = [tensor for tensor in held if tensor.shape]
    if not len(learned) <= len(mine) <= len(yours):
        return False
    names = _inside(place, mine)
    if all(name.isdecimal() for name in names):  # a list, in the order of the parameters
        return [tensor.shape for tensor in mine] == [tensor.shape for tensor in learned]
    ways = [{*_shapes(called, mine)} for called in (names, _inside(place, mine, strip=False))]
    for strip in (True, False):
        inside = _inside(of, yours, strip)
        wanted, needed = {*_shapes(inside, yours)}, {*_shapes(inside, yours, learned_only=True)}
        if any(needed <= own <= wanted for own in ways):
            return True
    return False


def _shapes(
    names: Sequence[str], tensors: Sequence[Tensor], learned_only: bool = False
) -> Iterator[tuple[str, object]]:
    """Names without what averaging takes from them (their dots), with the shapes."""
    for name, tensor in zip(names, tensors, strict=True):
        if tensor.learned or not learned_only:
            yield name.replace(".", "").replace("_", ""), tensor.shape


def _inside(place: str, tensors: Sequence[Tensor], strip: bool = True) -> list[str]:
    """The names below ``place``, and below all that they have in common (``module.``) where ``strip`` says so."""
    names = [tensor.name[len(place) + 1 if place else 0 :] for tensor in tensors]
    first, last = min(names), max(names)
    same = 0
    for one, other in zip(first, last, strict=False):
        if one != other:
            break
        same += 1
    shared = first[:same].rpartition(".")[0] if strip else ""
    return [name[len(shared) + 1 :] for name in names] if shared else names
