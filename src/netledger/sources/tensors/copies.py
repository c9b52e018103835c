"""A second copy of a network's weights in one file: averaged ones (EMA, SWA), a teacher's, the best so far.

It is told by two things together: a word in its name, and the same tensors elsewhere in the file. A file that holds
the averaged weights alone holds a model. Sources of the layouts: ``torch.optim.swa_utils``, timm's ``state_dict_ema``,
YOLOv5's ``ema``, torch_ema's ``shadow_params``, ema_pytorch's ``online_model`` and ``ema_model``, the ``LitEma`` of
latent diffusion (whose names have lost their dots), DINO's ``student`` and ``teacher``, StyleGAN2's ``g_ema``.
"""

from __future__ import annotations

from netledger.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from netledger.network import Tensor

_AVERAGED = frozenset(("averaged", "ema", "emas", "polyak", "shadow", "swa"))
"""Words of a name below which averaged weights stand, wherever they are in it."""
_KEPT = frozenset(
    ("average", "avg", "backup", "best", "copy", "momentum", "old", "previous", "slow", "target", "teacher")
)
"""Words that say so of a whole part of a checkpoint only: a layer may be a ``target_embedding``."""
_DEEP = 3
"""Copies stand near the root: so many parts of a name are looked at."""
_FEWEST = 2
"""A copy inside one flat list of names has so many tensors at least: one of a layer's shape is no sign."""
_MOST = 64
"""A file of more places that sound like copies holds something else."""


def without_copies(tensors: Sequence[Tensor], parts: Collection[str] = ()) -> tuple[Sequence[Tensor], tuple[str, ...]]:
    """The tensors with each copy as state of training, and what is said of it; ``parts`` are a checkpoint's own.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"{part}.fc.{name}", "weight", (4,)) for part in ("net", "net_ema") for name in ("w", "v")]
    >>> tensors, notes = without_copies(held)
    >>> [tensor.role for tensor in tensors], notes[0]
    (['weight', 'weight', 'state', 'state'], "'net_ema' repeats the tensors of 'net': a copy, counted once")
    """
    joined = "\n".join([tensor.name for tensor in tensors]).lower()
    if not any(word in joined for word in _AVERAGED) and not any(_words(part) & _KEPT for part in parts):
        return tensors, ()
    marked: dict[str, list[Tensor]] = {}
    others: dict[str, list[Tensor]] = {}
    known: dict[str, frozenset[str]] = {}
    for tensor in tensors:
        if tensor.role == "state":
            continue
        place = _marked(tensor.name, parts, known)
        if place:
            marked.setdefault(place, []).append(tensor)
        else:
            for prefix in _prefixes(tensor.name):
                others.setdefault(prefix, []).append(tensor)
    if len(marked) > _MOST:
        return tensors, ()
    copied: dict[str, str] = {}
    for place, held in marked.items():
        if len(held) >= _FEWEST or place in parts:
            nearest_first = sorted(others, key=bool, reverse=True)
            found = next((of for of in nearest_first if _repeats(place, held, of, others[of])), None)
            if found is None:
                others[place] = held  # the first that is left is a model, which the next may repeat
            else:
                copied[place] = found
    again = {tensor.name for place in copied for tensor in marked[place]}
    said = [f"{_shown(place)} repeats the tensors of {_shown(copied[place])}: a copy, counted once" for place in copied]
    return [tensor.replace(role="state") if tensor.name in again else tensor for tensor in tensors], tuple(said)


def _shown(place: str) -> str:
    return f"'{printable(place, 64)}'" if place else "the network beside it"


def _marked(name: str, parts: Collection[str], known: dict[str, frozenset[str]]) -> str:
    """The beginning of a name as far as the word for a copy; "" where there is none."""
    pieces = name.split(".", _DEEP)[:-1]
    for i, piece in enumerate(pieces):
        words = known.get(piece)
        if words is None:
            words = known[piece] = _words(piece)
        if words & _AVERAGED or (not i and piece in parts and words & _KEPT):
            return ".".join(pieces[: i + 1])
    return ""


def _words(piece: str) -> frozenset[str]:
    """``modelEMA`` and ``model_ema`` as their two words, in lower case."""
    found = [
        f" {letter}" if letter.isupper() and (before.islower() or (before.isupper() and after.islower())) else letter
        for before, letter, after in zip(f" {piece}", piece, f"{piece[1:]} ", strict=False)
    ]
    return frozenset("".join(found).replace("_", " ").replace("-", " ").lower().split())


def _prefixes(name: str) -> Iterator[str]:
    """The root, and the places near it, that a tensor stands below."""
    yield ""
    at = name.find(".")
    for _ in range(_DEEP - 1):
        if at < 0:
            return
        yield name[:at]
        at = name.find(".", at + 1)


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
    for strip in (True, False):
        wanted = {*_pairs(_inside(of, yours, strip), yours)}
        needed = {*_pairs(_inside(of, yours, strip), yours, learned_only=True)}
        for mine_too in (names, _inside(place, mine, strip=False)):
            own = {*_pairs(mine_too, mine)}
            if needed <= own <= wanted:
                return True
    return False


def _pairs(names: Sequence[str], tensors: Sequence[Tensor], learned_only: bool = False) -> Iterator[tuple[str, object]]:
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
