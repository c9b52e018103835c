"""Layers that stand beside others: towers that are put together, two heads of one layer, a projection past a block.

Texts list layers one below the other, and most of them read what the one above makes. One that says it reads another
number is a branch where that number is made, or put together, elsewhere; else its size is a slip, or the text leaves
something out.
"""

from __future__ import annotations

from netledger.audit.understanding.marks.cleaning import source_of
from netledger.audit.understanding.marks.scanning import is_wide, plain
from netledger.audit.understanding.pieces import NORMS, POOLS, SILENT
from netledger.audit.understanding.prose.own_names import leading_name
from netledger.audit.words.describing_more import BRANCHES, FORK_SIGNS, FORKS, TWINS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from netledger.audit.understanding.pieces import Piece

FAMILY = {"linear": "linear", "conv": "conv", "transposed": "conv", "depthwise": "conv", "pointwise": "conv"}
"""Kinds of which the one above says what the next reads, and which of them can stand behind each other."""
PASSING = (*NORMS, *POOLS, *SILENT)
"""Kinds that hand on as many values as they get."""
_WORDS = frozenset([word for word in BRANCHES.split("|") if not is_wide(word[0])])
_SIGNS = tuple([word for word in BRANCHES.split("|") if is_wide(word[0])])


class _Chain:
    """Layers of which each reads the one before. ``strays``: whether the first says that it reads something else than
    what stands above it; ``end``: what the last makes; ``is_read``: whether something reads that.
    """

    def __init__(self, *, strays: bool = False) -> None:
        self.pieces: list[Piece] = []
        self.strays, self.is_read, self.is_known = strays, False, False
        self.end: int | None = None

    @property
    def first(self) -> Piece:
        """Its first layer."""
        return self.pieces[0]


def find_branches(pieces: Sequence[Piece], lines: Sequence[str]) -> list[str]:
    """Mark the layers that read something else than what the layer above makes; the ones that nothing calls so, in
    words.

    >>> from netledger.audit.understanding.prose.lines import read_lines
    >>> lines = ["user: dense 50 -> 32", "item: dense 120 -> 32", "fc: dense 64 -> 1"]
    >>> pieces = read_lines(enumerate(lines, 1)).pieces
    >>> find_branches(pieces, lines), [piece.is_branch for piece in pieces]
    ([], [False, True, True])
    """
    _set_beside(pieces, lines)
    chains = list(_chains(pieces))
    doubts = []
    for i, chain in enumerate(chains):
        if chain.strays:
            chain.is_known = _is_put_together(chains[:i], chain) or _is_beside(chains[i - 1], chain)
    made: list[int | None] = []
    for chain in chains:
        first = chain.first if chain.pieces else None
        if chain.strays and first is not None:
            told = chain.is_known or chain.is_read or (first.reads in made and _is_told(first, lines))
            first.is_branch = told or first.reads in made
            if first.is_branch and not told:
                doubts.append(
                    f"line {first.line_no}: it reads {first.reads:,}, and the layer above makes another number"
                )
        made += [width for piece in chain.pieces for width in (piece.reads, piece.out)]
    return doubts


def _set_beside(pieces: Sequence[Piece], lines: Sequence[str]) -> None:
    """Let layers that are named as such, or said to read the same, read the same: ``mu`` and ``log_var``."""
    above: Piece | None = None
    forks: dict[str, Piece] = {}
    for piece in pieces:
        if piece.kind in PASSING:
            continue
        begins = above is None or above.line_no != piece.line_no
        line = lines[piece.line_no - 1] if 0 < piece.line_no <= len(lines) else ""
        fork = _fork(line) if begins and FAMILY.get(piece.kind) else ""
        if fork and fork in forks:
            piece.beside = forks[fork]
        elif fork:
            forks[fork] = piece
        elif begins and above is not None and FAMILY.get(piece.kind):
            if piece.kind == above.kind and _are_twins(lines[above.line_no - 1], line):
                piece.beside = above.beside or above
        ends = piece.kind == "input" or (FAMILY.get(piece.kind) and not fork and piece.beside is None)
        if piece.kind == "concat" or (ends and begins):
            forks = {}
        above = piece


def _fork(line: str) -> str:
    """The word for one of several things beside each other that a line begins with, where it numbers them."""
    words = "".join([sign if sign.isalnum() else " " for sign in plain(line)]).split()
    number = words[1] if len(words) > 1 else ""
    if (
        words
        and words[0].rstrip("0123456789") in _FORKS
        and (number.isdecimal() or len(number) == 1 or words[0][-1:].isdecimal())
    ):
        return words[0].rstrip("0123456789")
    return next((sign for sign in FORK_SIGNS if words and words[0].startswith(sign)), "")


def _are_twins(above: str, line: str) -> bool:
    """Whether two lines name layers that read the same, or say the same of what they read."""
    names = [leading_name(text) for text in (above, line)]
    if any(set(names) <= twins for twins in _TWINS) and names[0] != names[1]:
        return True
    (a, b), (c, d) = source_of(above), source_of(line)
    return b > a and above[a:b].strip(" ,()") == line[c:d].strip(" ,()")


_FORKS = frozenset(FORKS.split())
_TWINS = [frozenset(names.split()) for names in TWINS]


def _chains(pieces: Sequence[Piece]) -> Iterator[_Chain]:
    """The chains of a description, those that only a word puts together given their width on the way."""
    chain, family = _Chain(), ""
    ends: list[int] = []
    """What the chains make that nothing has read yet."""
    for piece in pieces:
        own = FAMILY.get(piece.kind, "")
        if piece.kind in PASSING:
            continue
        if piece.kind == "concat":
            _put_together(piece, [*ends, *([chain.end] if chain.end is not None else [])])
        plainly = bool(own and own == family) and not (piece.is_worked or piece.is_branch or piece.beside)
        strays = plainly and None not in (piece.reads, chain.end) and piece.reads != chain.end
        begins = strays or piece.kind == "input" or piece.beside is not None
        if begins or own != family:
            yield chain
            ends = [*ends, chain.end] if begins and chain.end is not None else ends if piece.kind != "concat" else []
            chain, family = _Chain(strays=strays), own
        if own:
            chain.pieces.append(piece)
            chain.end = piece.out
    yield chain


def _put_together(piece: Piece, ends: list[int]) -> None:
    """Let what puts values together make as many as the ends that nothing has read make, where nobody says it."""
    if piece.out is None and not piece.attributes.get("with") and len(ends) > 1:
        piece.out = sum(ends)


def _is_put_together(before: Sequence[_Chain], chain: _Chain) -> bool:
    """Whether a chain reads what several others above it make, one behind the other; these are then read."""
    ends: list[_Chain] = []
    for other in reversed(before):
        if other.is_read or other.end is None:
            break
        ends.append(other)
        if len(ends) > 1 and sum([one.end or 0 for one in ends]) == chain.first.reads:
            for one in ends:
                one.is_read = True
            return True
    return _joins(before, chain)


def _joins(before: Sequence[_Chain], chain: _Chain) -> bool:
    """Whether a convolution reads what the one above makes beside what an earlier one makes."""
    above, first = before[-1], chain.first
    if FAMILY.get(first.kind) != "conv" or above.end is None or first.reads is None:
        return False
    made = {width for one in before for piece in one.pieces for width in (piece.reads, piece.out)}
    return first.reads - above.end in made


def _is_beside(above: _Chain, chain: _Chain) -> bool:
    """Whether a layer is as the one above it, or leads past a block by a kernel of one: both read the same."""
    first, last = chain.first, above.pieces[-1]
    if (first.reads, first.out) == (last.reads, last.out):
        return True
    reads = [piece.reads for piece in above.pieces]
    return set(first.kernel or (0,)) == {1} and first.out == above.end and first.reads in reads


def _is_told(piece: Piece, lines: Sequence[str]) -> bool:
    """Whether the line of a layer says that it stands beside others: ``value head``, ``skip``."""
    line = lines[piece.line_no - 1] if piece.line_no <= len(lines) else ""
    words = "".join([sign if sign.isalpha() else " " for sign in plain(line)]).split()
    return not _WORDS.isdisjoint(words) or any(sign in line for sign in _SIGNS)
