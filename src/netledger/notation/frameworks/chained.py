"""Widths that layers state at both ends: where no input is given, what one gives and the next reads may not agree."""

from __future__ import annotations

from netledger.layers.kinds import KINDS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.network import Layer

_CONVOLUTIONS = ("in_channels", "out_channels", "channels")
_READS: dict[str, tuple[str, str, str]] = {
    "linear": ("in_features", "out_features", "features"),
    "embedding": ("", "embedding_dim", "features"),
    **dict.fromkeys(("lstm", "gru", "rnn"), ("input_size", "", "features")),
    **dict.fromkeys([f"conv{turned}{n}d" for turned in ("", "_transpose") for n in (1, 2, 3)], _CONVOLUTIONS),
    "batch_norm": ("num_features", "num_features", ""),
    "group_norm": ("num_channels", "num_channels", ""),
}
"""Kind → the argument that says what it reads, the one that says what it gives, and what those count ("": either)."""
_KEEP = ("netledger.layers.values.activation", "netledger.layers.windows.pooling")
_CHANGE = ("glu", "maxout")


def widths_at_odds(layers: tuple[Layer, ...]) -> Iterator[str]:
    """A sentence for each layer that states another width than the layer it reads gives.

    Followed through activations, pools and normalisations, whose widths are those of what they read; no further.

    >>> from netledger.notation import parse
    >>> network = parse("nn.Sequential(nn.Linear(3, 64), nn.ReLU(), nn.Linear(65, 2))")
    >>> list(widths_at_odds(network.layers))
    ['2 reads 65 features, but 0 gives 64']
    """
    given: dict[str, tuple[str, int, str]] = {}
    for layer in layers:
        before = given.get(layer.inputs[0]) if len(layer.inputs) == 1 else None
        reads, gives, what = _READS.get(layer.kind, ("", "", ""))
        stated = layer.attributes.get(reads)
        fits = before is None or what in ("", before[2])
        if before is not None and fits and type(stated) is int and stated != before[1]:
            yield f"{layer.path} reads {stated:,} {before[2]}, but {before[0]} gives {before[1]:,}"
        width = layer.attributes.get(gives)
        if what and type(width) is int:
            given[layer.path] = (layer.path, width, what)
        elif before is not None and _keeps(layer.kind):
            given[layer.path] = before


def _keeps(kind: str) -> bool:
    """Whether what it gives is as wide as what it reads."""
    return kind in ("identity", "batch_norm", "group_norm") or (KINDS.get(kind) in _KEEP and kind not in _CHANGE)
