"""How the layers of one sentence go together: ``each followed by``, ``all without bias``, ``ends each block``."""

from __future__ import annotations

from netledger.audit.understanding.pieces import CONVOLUTIONS, NORMS, POOLS, RECURRENT, SILENT, Piece

SHARED = ("padding", "bias", "stride")
"""What ``all`` and ``both`` can say of the layers before."""


def joined(before: list[Piece], new: list[Piece], words: set[str]) -> list[Piece]:
    """The layers of a sentence with those of its next clause, whose words say how they belong to the ones before.

    >>> convs, norm = [Piece("conv", 1), Piece("conv", 1)], Piece("batchnorm", 1)
    >>> [piece.kind for piece in joined(convs, [norm], {"each"})]
    ['conv', 'batchnorm', 'conv', 'batchnorm']
    """
    if len(new) == 1 and "each" in words and new[0].kind in (*NORMS, *POOLS):
        return _behind_each(before, new[0], by_block="block" in words)
    if before and new and before[-1].kind == new[0].kind and before[-1].kind in RECURRENT:
        heading, layer = before[-1], new[0]
        if heading.out is None and layer.reads is None:  # "an RNN: 65 inputs, one RNN layer of 100 units"
            layer.reads = heading.reads
            return [*before[:-1], *new]
    remark = len(new) == 1 and new[0].kind in CONVOLUTIONS and not new[0].says() and not new[0].is_label
    if remark and any(piece.kind in CONVOLUTIONS and piece.says() for piece in before):
        for piece in before:  # "conv1 5x5x20, … fc2 10 (convolutions without padding)"
            _share(piece, new[0])
        return before
    if "all" in words and new:
        for piece in before:
            _share(piece, new[-1])
    return [*before, *new]


def _share(piece: Piece, last: Piece) -> None:
    """Give a layer what is said of all of its kind."""
    if (piece.kind in CONVOLUTIONS) != (last.kind in CONVOLUTIONS) or piece.kind in (*NORMS, *POOLS, *SILENT):
        return
    for name in SHARED:
        if getattr(piece, name) is None:
            setattr(piece, name, getattr(last, name))


def _behind_each(pieces: list[Piece], follower: Piece, *, by_block: bool) -> list[Piece]:
    """One norm or pooling behind each layer of the sentence, or behind each run of alike ones, that has none."""
    found: list[Piece] = []
    for i, piece in enumerate(pieces):
        found.append(piece)
        after = pieces[i + 1] if i + 1 < len(pieces) else None
        if piece.kind not in (*CONVOLUTIONS, "linear") or (after is not None and after.kind == follower.kind):
            continue
        if by_block and after is not None and after.out == piece.out:
            continue
        if piece.kind in CONVOLUTIONS or follower.kind in NORMS:
            found.append(follower.copy())
    return found if len(found) > len(pieces) else [*pieces, follower]
