"""What the two formats of ``.cfg`` share: reading an option as a number, adding layers in order."""

from __future__ import annotations

from netledger.errors import FormatError, NetledgerError
from netledger.limits import INTEGER_DIGITS
from netledger.network import Layer
from netledger.network_builder import NetworkBuilder

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Shape
    from netledger.wire.sections import Section


class Builder(NetworkBuilder):
    """Layers made of sections; what cannot be is an error at its section."""

    def add(
        self, path: str, kind: str, attributes: dict[str, Any], inputs: tuple[str, ...], section: Section, **more: Any
    ) -> Shape:
        """Append a layer; its output shape."""
        layer = Layer(path, kind, attributes, inputs, type=section.options.get("type", section.name), **more)
        try:
            return self.append(layer)[0]
        except NetledgerError as error:
            error.at(line=section.line)
            raise


def at_section(error: FormatError, section: Section) -> FormatError:
    """The error with the section's place."""
    error.at(line=section.line, item=f"[{section.name}]")
    return error


def integer(section: Section, name: str, default: int | None = None) -> int:
    """An option as a whole number."""
    text = section.options.get(name)
    if text is None:
        if default is None:
            raise at_section(FormatError(f"option '{name}' is missing"), section)
        return default
    return parse_integer(section, name, text)


def parse_integer(section: Section, name: str, text: str) -> int:
    """One whole number of an option's value."""
    found = whole_number(text)
    if found is None:
        raise at_section(FormatError(f"{name}={text[:60]} is no whole number"), section)
    return found


def whole_number(text: str) -> int | None:
    """A whole number with one sign at most, in digits from 0 to 9; ``None`` for anything else.

    >>> whole_number("-12"), whole_number("--2"), whole_number("²")
    (-12, None, None)
    """
    digits = text.strip()
    bare = digits[1:] if digits[:1] in ("+", "-") else digits
    return int(digits) if bare.isascii() and bare.isdigit() and len(bare) <= INTEGER_DIGITS else None


def integers(section: Section, name: str, default: list[int] | None = None) -> list[int]:
    """An option as whole numbers separated by commas."""
    text = section.options.get(name)
    if text is None:
        if default is None:
            raise at_section(FormatError(f"option '{name}' is missing"), section)
        return default
    return [parse_integer(section, name, part) for part in text.split(",") if part.strip()]
