"""The notation: Network ↔ text (``.net``) and JSON, both ways without loss.

A description is straight-line Python that is never run: assignments of calls, parsed with Python's own parser, so that
editors colour it and errors point at line and column::

    network(title="A small network", source="example")
    image = input(3, 32, 32)
    conv1 = conv2d(16, kernel_size=3, padding=1)
    relu()
    flatten()
    head = linear(10)

Names are inputs, literals are arguments; kinds are PyTorch's function names; a layer that names no input reads the one
above. ``docs/reference/notation.md`` is the whole of it.
"""

from __future__ import annotations

from netledger.errors import NotationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Network
    from netledger.notation.family.sizes import Sizes

__all__ = ["expand", "from_json", "from_json_text", "parse", "to_json", "to_text"]


def parse(text: str, name: str = "network") -> Network:
    r"""The network that a description tells of.

    Raises ``NotationError`` with line, column and the offending line. Layers whose sizes are known are checked by
    their rules as they are read. Code of PyTorch's or Keras' layers, one below the other, is understood too.

    >>> parse("image = input(3, 8, 8)\nconv = conv2d(4, kernel_size=3)")["conv"].attributes
    {'out_channels': 4, 'kernel_size': 3}
    """
    from netledger.notation.reading import read_text

    try:
        return read_text(text, name)
    except NotationError as error:
        from netledger.notation.frameworks.code import as_notation

        translated = as_notation(text)
        if translated is None:
            from netledger.notation.frameworks.pytorch import hint_for

            error.hint = error.hint or hint_for(text, error.line)
            raise
    try:
        return read_text(translated, name)
    except NotationError as error:  # its place is one in the translation, which nobody has seen
        lines, line = translated.split("\n"), error.line or 0
        error.line, error.column, error.source_line = None if "\n" in text.strip() else 1, None, None
        if 0 < line <= len(lines):
            error.hint = error.hint or f"this is what was read: {lines[line - 1].strip()}"
        raise


def expand(
    text: str, sizes: Sizes, name: str, library: Callable[[str], str] | None = None,
    families: Callable[[str], str | None] | None = None,
) -> Network:  # fmt: skip
    r"""The network of a family's text with the values of a configuration.

    ``library`` gives the text of a module, ``families`` that of another family, by its model type.

    >>> from netledger.notation.family.sizes import Sizes
    >>> family = 'd = size("width", 8)\nimage = input(d)\nfc = linear(2 * d)'
    >>> expand(family, Sizes({"width": 3}), "tiny")["fc"].attributes
    {'out_features': 6}
    """
    from netledger.notation.reading import read_text

    return read_text(text, name, sizes, library, families)


def to_text(network: Network) -> str:
    """The canonical description of a network: :func:`parse` of it gives the network back.

    >>> print(to_text(parse("image=input(3,8,8); conv=conv2d(4, 3, bias=False)")), end="")
    image = input(3, 8, 8)
    conv = conv2d(4, kernel_size=3, bias=False)
    """
    from netledger.notation.writing import write_text

    return write_text(network)


def to_json(network: Network) -> dict[str, Any]:
    """The network as plain JSON data, for programs: :func:`from_json` of it gives the network back."""
    from netledger.notation.json_form import network_to_json

    return network_to_json(network)


def from_json(data: Any, name: str = "network") -> Network:
    """A network from JSON data: :func:`to_json`'s form, or an ``architecture`` document (a list of layer types)."""
    from netledger.notation.json_form import network_from_json

    return network_from_json(data, name)


def from_json_text(text: str, name: str = "network") -> Network:
    """The same from text; what is no JSON is a ``NotationError`` with line and column."""
    from netledger.notation.json_form import network_from_json_text

    return network_from_json_text(text, name)
