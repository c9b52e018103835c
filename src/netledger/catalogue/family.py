"""Families: networks whose sizes are left open, one ``.net`` file a model type; a configuration gives the values.

``families/llama.net`` is the family of ``"model_type": "llama"``; what several share are functions in
``families/library/``. Adding a family is adding a file; from another package, an entry point ``netledger.families``.
"""

from __future__ import annotations

import os

from netledger.errors import ArgumentError, FormatError, NetledgerError, NotFoundError, ShapeError, nearest
from netledger.notation.family.sizes import Sizes
from netledger.registry import Table

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.network import Network

_FOLDER = os.path.join(os.path.dirname(os.path.abspath(__file__)), "families")  # noqa: PTH100, PTH118, PTH120
NETWORKS = "networks/"
"""Families that no configuration names: convolutional networks of the catalogue, by their folder and name."""
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-")


class _Own:
    """The folder's files by the model type that they are for (``-`` and ``_`` alike)."""

    def __contains__(self, model_type: object) -> bool:
        name = str(model_type)
        plain = 0 < len(name) < 60 and _ALLOWED.issuperset(name.removeprefix(NETWORKS))
        return plain and os.path.isfile(self[name])  # noqa: PTH113

    def __getitem__(self, model_type: str) -> str:
        return os.path.join(_FOLDER, model_type + ".net")  # noqa: PTH118

    def __iter__(self) -> Iterator[str]:
        with os.scandir(_FOLDER) as entries:
            return iter([entry.name.removesuffix(".net") for entry in entries if entry.name.endswith(".net")])


def _text_in(path: str) -> str:
    with open(path, encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


FAMILIES: Table[str] = Table(
    "family of model type", _Own(), "netledger.families", loads=_text_in, is_one=lambda text: isinstance(text, str)
)
"""Each family's text. A plugin offers the text of a ``.net`` file, by the model type with ``_`` for ``-``."""


def model_types() -> list[str]:
    """The model types that have a family here, sorted.

    >>> "llama" in model_types()
    True
    """
    return FAMILIES.names()


def has_family(model_type: str) -> bool:
    """Whether a family of this model type is known (``-`` and ``_`` alike), here or to an installed package."""
    return FAMILIES.find(model_type.replace("-", "_")) is not None


def family_of_class(architecture: str) -> str:
    """The model type of the family that knows a class (``LlamaForCausalLM`` → ``llama``), of several its own.

    >>> family_of_class("GPT2LMHeadModel")
    'gpt2'
    """
    wanted = f'"{architecture}": "'
    name = architecture.lower()
    for model_type in sorted(model_types(), key=lambda model_type: not name.startswith(model_type.replace("_", ""))):
        if wanted in family_text(model_type):
            return model_type
    raise NotFoundError(f"no family knows the class '{architecture}'")


def family_text(model_type: str) -> str:
    """The family's own text; a model type that has none is a ``NotFoundError`` with the nearest."""
    found = FAMILIES.find(model_type.replace("-", "_"))
    if found is None:
        raise NotFoundError(f"no family of model type '{model_type}'", near=nearest(model_type, model_types()))
    return found


def _library(module: str) -> str:
    return _text_in(os.path.join(_FOLDER, "library", module + ".net"))  # noqa: PTH118


def _text_of(model_type: str) -> str | None:
    return None if "/" in model_type else FAMILIES.find(model_type.replace("-", "_"))


def family_network(
    model_type: str, values: Mapping[str, Any], name: str, sizes: Sizes | None = None
) -> tuple[Network, Sizes]:
    """The network of a family with a configuration's values, and which of them it asked for; ``sizes`` are these
    values in a form of their own.

    A configuration that contradicts itself or lacks a size is a ``FormatError`` in one line.

    >>> network, sizes = family_network("gpt2", {"architectures": ["GPT2LMHeadModel"], "n_layer": 1}, "one block")
    >>> network["transformer.wte"].attributes, sizes.asked["n_layer"]
    ({'num_embeddings': 50257, 'embedding_dim': 768}, 1)
    """
    from netledger.notation import expand

    text = family_text(model_type)
    sizes = Sizes(values) if sizes is None else sizes
    try:
        network = expand(text, sizes, name, _library, _text_of)
    except NetledgerError as error:
        raise FormatError(f"{model_type}: {error.why}") from None
    meta = {key: value for key, value in network.meta.items() if not key.startswith("comment")}
    return network.replace(meta={**meta, "family": model_type, "positions": _positions(sizes)}), sizes


def check_family_text(text: str) -> None:
    r"""Reads the text of a family, or of functions for families, as far as it goes without a configuration.

    What is wrong in it is a ``NotationError`` at its place; that it needs a value that nobody gave is not, nor that
    its class' own defaults are no model.

    >>> check_family_text('width = size("width")\nimage = input(width)')
    """
    from netledger.notation import expand

    try:
        expand(text, Sizes({}), "family", _library, _text_of)
    except (ArgumentError, ShapeError):
        return


OF_ENCODER = ("max_source_positions", "max_encoder_position_embeddings", "encoder_positions")
"""Keys that say how many positions an encoder reads."""
_POSITIONS = (
    "max_target_positions", "max_decoder_position_embeddings", "max_position_embeddings", "n_positions", "n_ctx",
    "seq_length", "max_seq_len", "context_length", *OF_ENCODER,
)  # fmt: skip
"""Keys that say how many positions a model reads, its own answer first."""


def _positions(sizes: Sizes) -> dict[str, int]:
    """The keys of positions that are given, or that the family asks for; of a model of parts those of its language
    model, which stands behind what it reads, or alone has such keys.
    """
    known = {**sizes.asked, **sizes.given}
    stated = {key: known[key] for key in _POSITIONS if key in known}
    found = {key: value for key, value in stated.items() if type(value) is int and value > 0}
    if all(key in OF_ENCODER for key in found):
        for kind, part in reversed(sizes.parts):
            inside = {} if "qformer" in kind else _positions(part)
            if any(key not in OF_ENCODER for key in inside):
                return {**inside, **found}
    return found
