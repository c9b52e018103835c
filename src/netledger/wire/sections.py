"""Text in sections: ``[name]`` and ``key=value`` lines, as Darknet and cuda-convnet keep their networks."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import STRUCTURE_BYTES, TEXT_LAYERS
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_BYTES = min(STRUCTURE_BYTES, 16 * 1024 * 1024)
"""The largest text file that is read whole."""


class Section(Record):
    """One ``[name]`` with its options in order; ``line`` is where it starts, from 1."""

    __slots__ = ("name", "line", "options")
    name: str
    line: int
    options: Mapping[str, str]

    def __init__(self, name: str, line: int, options: Mapping[str, str]) -> None:
        self._fill(name, line, options)


def sections(text: str) -> list[Section]:
    r"""The sections of a text, in order. ``#`` and ``;`` begin a comment line; spaces around ``=`` do not count.

    What is neither a section, an option nor a comment is a ``FormatError`` with its line.

    >>> [(s.name, dict(s.options)) for s in sections("[net]\nheight = 224\n# a comment\n[convolutional]\n")]
    [('net', {'height': '224'}), ('convolutional', {})]
    """
    found: list[Section] = []
    options: dict[str, str] = {}
    for number, raw in enumerate(text.split("\n"), 1):
        line = raw.strip()
        if not line or line[0] in "#;":
            continue
        if line[0] == "[":
            if not line.endswith("]"):
                raise _at(FormatError(f"a section that does not end: {line[:60]}"), number)
            if len(found) >= TEXT_LAYERS:
                raise LimitError(f"more than {TEXT_LAYERS:,} sections")
            options = {}
            found.append(Section(line[1:-1].strip(), number, options))
            continue
        key, equals, value = line.partition("=")
        if not equals or not found:
            what = "an option outside any section" if equals else "neither [section] nor key=value"
            raise _at(FormatError(f"{what}: {line[:60]}"), number)
        options[key.strip()] = value.strip()
    return found


def _at(error: FormatError, line: int) -> FormatError:
    error.at(line=line)
    return error
