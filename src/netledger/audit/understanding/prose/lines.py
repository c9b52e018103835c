"""The lines of a text → the layers that they describe: lists, sentences, headings, chains of sizes."""

from __future__ import annotations

from itertools import pairwise

from netledger.audit.reading.tokens.words import family_of, is_total
from netledger.audit.understanding.marks.scanning import marks
from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT, Piece
from netledger.audit.understanding.prose.chains_of_sizes import chain, mixed_chain
from netledger.audit.understanding.prose.clauses import clauses
from netledger.audit.understanding.prose.own_names import coded, item_form, leading_name, stem_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


WEIGHTED = (*CONVOLUTIONS, *RECURRENT, "linear", "embedding")


class Found:
    """The pieces of a text; ``mentioned`` are names and kinds of layers that stand there without sizes."""

    def __init__(self) -> None:
        self.pieces: list[Piece] = []
        self.mentioned: list[Piece] = []
        self.doubts: list[str] = []
        self.how = "list"

    @property
    def lines(self) -> frozenset[int]:
        """Where the pieces stand."""
        return frozenset([piece.line_no for piece in self.pieces])


def read_lines(numbered: Iterable[tuple[int, str]], *, inputs: bool = False) -> Found:
    """The layers that lines describe, each once, in order; ``inputs``: what they say of the input alone.

    >>> found = read_lines([(1, "MLP 784-128-10"), (2, "784*128 + 128 = 100480")])
    >>> [(piece.kind, piece.out) for piece in found.pieces]
    [('input', None), ('linear', 128), ('linear', 10)]
    """
    found = Found()
    numbered = list(numbered)
    legend = False
    several = 0
    told: list[Piece] = []
    for line_no, line in numbered:
        if not line.strip():
            continue
        legend = legend or "conv-k-n" in line.lower()
        by_name = coded(line, line_no, legend=legend)
        if by_name:
            told.extend(by_name)
            for piece in by_name:
                piece.is_coded = True  # such names are of a kind, not of one layer
            continue
        new = chain(line, line_no) or mixed_chain(line, line_no)
        if new and told and told[-1].kind == "linear" and new[0].in_shape == (told[-1].out,):
            new = new[1:]  # the decoder's chain goes on where the encoder's ended
        new = new or clauses(line, line_no) or ([] if told else _image_in_a_title(line, line_no))
        several += len([piece for piece in new if piece.kind in WEIGHTED and piece.says()]) > 1
        told.extend(new)
    _accept_bare(told)
    _read_joined(told, dict(numbered))
    begun = 0
    for norm, layer in pairwise(told):
        first = norm.line_no > begun and norm.line_no == layer.line_no
        begun = norm.line_no
        if first and norm.kind in NORMS and not norm.says() and layer.kind in CONVOLUTIONS:
            norm.out = layer.reads  # "BN + 1x1 conv (64 -> 16)"
    for piece in without_labels(_told_once(told, dict(numbered))):
        if piece.is_coded:
            found.pieces.append(piece)
        else:
            _add(found, piece)
    if inputs:
        found.pieces = [piece for piece in found.pieces if piece.kind == "input"]
        return found
    _drop_unread_inputs(found)
    if several and several >= len(found.lines) - 1:
        found.how = "prose"
    return found


def _image_in_a_title(line: str, line_no: int) -> list[Piece]:
    """``CIFAR-10 (32x32x3)`` above the first layer: what it reads."""
    found = marks(line) if "=" not in line else []
    shapes = [mark.value for mark in found if mark.sort == "sizes"]
    others = [mark for mark in found if mark.sort == "kind" or mark.value in ("output", "kernel", "filters")]
    if len(shapes) != 1 or others or not isinstance(shapes[0], tuple) or len(shapes[0]) != SIDES_OF_IMAGE:
        return []
    height, width, channels = shapes[0]
    if channels not in (1, 3) or height != width or height < LEAST_IMAGE:
        return []
    piece = Piece("input", line_no)
    piece.in_shape = shapes[0]
    return [piece]


SIDES_OF_IMAGE = 3
"""Height, width and channels."""
LEAST_IMAGE = 8
"""Pixels of an image's side; less is a kernel's."""


def _add(found: Found, piece: Piece) -> None:
    if piece.kind in WEIGHTED and not piece.says():
        found.mentioned.append(piece)
        return
    if piece.kind in NORMS and piece.count is not None and piece.count in (width := _width_above(found), 2 * width):
        piece.is_label = False  # "bn: 96", "bn: 192" behind 96 channels: its width, or a gain and a shift of each
    if piece.kind in NORMS and not piece.says() and (piece.is_label or not _has_width(found)):
        found.mentioned.append(piece)
        return
    if piece.kind == "input" and (not piece.says() or (piece.attributes.pop("unsaid", False) and found.pieces)):
        return
    known = next(
        (other for other in found.pieces if piece.name and other.name == piece.name and other.line_no != piece.line_no),
        None,
    )
    if known is None:
        found.pieces.append(piece)
        return
    if (known.kind in POOLS and piece.kind in POOLS) or known.kind == piece.kind:
        _complete(found, known, piece)
    else:
        piece.name = ""
        found.pieces.append(piece)


def _accept_bare(told: list[Piece]) -> None:
    """``FC1: 256`` right below a line that describes a layer says its units; elsewhere, and where the layer has been
    described, it may be its count.
    """
    described = 0
    known: set[str] = set()
    for piece in told:
        may_be = piece.bare is not None and not piece.says() and piece.name not in known
        if may_be and described and piece.line_no - described in (0, 1):
            piece.out, piece.is_doubtful = piece.bare, False
        if piece.says() and not piece.is_label:
            described = piece.line_no
            known.update([piece.name] if piece.name else ())


def _read_joined(told: list[Piece], lines: dict[int, str]) -> None:
    """``concatenate with c4``: the layers above that a place where values meet names."""
    names: set[str] = set()
    unnamed: dict[str, Piece] = {}
    for piece in told:
        line = lines.get(piece.line_no, "")
        if piece.kind == "concat" and piece.out is None:
            words = "".join([c if c.isalnum() or c in "_." else " " for c in line]).split()
            for word in words:
                if word in unnamed and word not in names:
                    unnamed[word].name = word  # "concat with enc"
                    names.add(word)
            piece.attributes["with"] = tuple([word for word in words if word in names])
            piece.name = ""
        if piece.name:
            names.add(piece.name)
        elif piece.kind in WEIGHTED and family_of(leading_name(line)) is None:
            unnamed.setdefault(leading_name(line), piece)


def _has_width(found: Found) -> bool:
    """Whether the layer above, poolings aside, is one that a norm can be behind."""
    above = next((piece for piece in reversed(found.pieces) if piece.kind not in (*POOLS, *SILENT, "gap")), None)
    return above is not None and above.kind in WEIGHTED


def _width_above(found: Found) -> int:
    """What the layer with weights makes that stands last; 0 where nobody knows."""
    above = next((piece for piece in reversed(found.pieces) if piece.kind in WEIGHTED), None)
    return (above.out or 0) if above is not None else 0


def _told_once(told: list[Piece], lines: dict[int, str]) -> list[Piece]:
    """The pieces without a list of layers that headings of calculations tell once more, each above its own:
    ``- 1x1 conv 64 -> 16``, and below the list ``Step 1: BN + 1x1 conv (64 -> 16)`` above ``Weights = 64*16``.
    """
    sized = [piece for piece in told if piece.kind in WEIGHTED and piece.says()]
    heads = [
        piece for piece in sized if not piece.is_label and "=" not in lines[piece.line_no] and _heads(piece, lines)
    ]
    first = heads[0].line_no if heads else 0
    listed = [piece for piece in sized if piece.line_no < first]
    if len(heads) < LEAST_TOLD or len(listed) != len(heads) or len(sized) != 2 * len(heads):
        return told
    if not all(_restates(head, piece) for head, piece in zip(heads, listed, strict=True)):
        return told
    return [piece for piece in told if piece.line_no >= first or piece.kind == "input"]


LEAST_TOLD = 2
"""Layers of a list that headings tell once more."""


def _heads(piece: Piece, lines: dict[int, str]) -> bool:
    """Whether an equation stands right below the line of a piece."""
    return "=" in next((line for n in range(1, 3) if (line := lines.get(piece.line_no + n, "")).strip()), "")


def without_labels(told: list[Piece]) -> list[Piece]:
    """The pieces without those that stand before a calculation and say once more what the description has said."""
    sized = [piece for piece in told if piece.kind in WEIGHTED and piece.says()]
    pure = [piece for piece in sized if not piece.is_label]
    if len(pure) < len(sized) - len(pure):
        return told
    kept = []
    for piece in told:
        same = next((other for other in pure if piece.is_label and piece in sized and _restates(piece, other)), None)
        if same is None:
            kept.append(piece)
        else:
            pure.remove(same)
    return kept


def _restates(label: Piece, piece: Piece) -> bool:
    """Whether a label can be about a layer of the description: nothing that both say differs."""
    if label.kind != piece.kind and not {label.kind, piece.kind}.isdisjoint(_SPECIAL):
        return False
    if _broad(label.kind) != _broad(piece.kind) or (label.name and piece.name and label.name != piece.name):
        return False
    return all(
        getattr(label, name) in (None, getattr(piece, name)) or getattr(piece, name) is None
        for name in ("out", "kernel", "reads")
    )


def _complete(found: Found, known: Piece, again: Piece) -> None:
    """A second description of the same layer fills what the first leaves open; where they differ neither is trusted."""
    for name in ("out", "reads", "kernel", "stride", "padding", "groups", "bias", "in_shape", "out_shape"):
        value, old = getattr(again, name), getattr(known, name)
        if value is None:
            continue
        if old is None:
            setattr(known, name, value)
        elif old != value and not (name in ("stride", "padding") and {old, value} <= {0, 1, "valid"}):
            found.doubts.append(f"{known.name}: described twice, lines {known.line_no} and {again.line_no}")


def _drop_unread_inputs(found: Found) -> None:
    """An input is one only where a layer follows; of two in a row the one with more sizes stays."""
    kept: list[Piece] = []
    for piece in found.pieces:
        if piece.kind == "input" and kept and kept[-1].kind == "input":
            last = kept[-1]
            if piece.in_shape is None or (last.in_shape is not None and len(last.in_shape) >= len(piece.in_shape)):
                last.reads = last.reads or piece.reads
                continue
            piece.reads = piece.reads or last.reads
            kept.pop()
        kept.append(piece)
    late = [kept.pop() for _ in range(len(kept)) if kept[-1].kind == "input"]
    if late and kept and not any(piece.kind == "input" for piece in kept):
        kept.insert(0, late[-1])  # "…; the input has 3 channels"
    found.pieces = kept


def undescribed(found: Found, lines: Sequence[str]) -> list[Piece]:
    """Layers with parameters that the text speaks of and does not describe: by their own names, or more of a kind.

    Their names are those of the text.
    """
    told = [piece for piece in found.pieces if piece.kind != "input"]
    names = {piece.name.lower() for piece in told} | {leading_name(lines[piece.line_no - 1]) for piece in told}
    numbered = {stem_of(name) for name in names} - {""}
    forms = [form for piece in told if piece.kind in WEIGHTED and (form := item_form(lines[piece.line_no - 1]))]
    kinds: dict[str, int] = {}
    exact = {piece.kind for piece in told}
    for piece in told:
        kinds[_broad(piece.kind)] = kinds.get(_broad(piece.kind), 0) + 1
    missing = []
    for piece in found.mentioned:
        line = lines[piece.line_no - 1]
        name, several, leading = piece.name.lower(), kinds.get(_broad(piece.kind), 0), leading_name(line)
        number = name[len(name.rstrip("0123456789")) :]
        own = leading not in names and (family_of(leading) is None or bool(stem_of(leading)))
        if own and forms.count(item_form(line)) >= LEAST_LISTED and not is_total(leading):
            piece.name = piece.name or leading  # an item of a list as the others, of which nothing more is said
            missing.append(piece)
        elif name and name not in names and number:
            if int(number) > several or stem_of(name) in numbered:
                missing.append(piece)  # "fc1" beside "fc2" and "fc3"
        elif not name and (not several or (piece.kind in _SPECIAL and piece.kind not in exact)):
            missing.append(piece)
    return missing


LEAST_LISTED = 2
"""Layers with a name of their own that make a list."""


_SPECIAL = ("depthwise", "separable", "transposed")
"""Convolutions that an ordinary one does not describe."""


def _broad(kind: str) -> str:
    return "conv" if kind in CONVOLUTIONS else kind
