"""XML from strangers: elements with attributes and text, read in pieces; no document type, so no entity is expanded."""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES, NESTING, STRUCTURE_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from netledger.wire.cursor import Readable

_PIECE = 1 << 20
_MOST_ATTRIBUTES = 256
_ATTRIBUTE_BYTES = 1 << 20


def read_xml(
    source: Readable, opened: Callable[[str, Mapping[str, str]], None], closed: Callable[[str, str], None]
) -> None:
    """Call ``opened(name, attributes)`` and ``closed(name, text)`` for every element, in order.

    ``text`` is that directly before the end. What is not well formed, a document type and elements nested deeper than
    the limit are a ``FormatError`` or ``LimitError`` with the byte.

    >>> from netledger.wire.cursor import Buffer
    >>> read_xml(Buffer(b"<a x='1'><b>2</b></a>"), lambda *o: print("<", *o), lambda *c: print(">", *filter(None, c)))
    < a {'x': '1'}
    < b {}
    > b 2
    > a
    """
    from xml.parsers import expat

    if source.size > STRUCTURE_BYTES:
        raise LimitError(f"{source.size:,} bytes of XML, more than {STRUCTURE_BYTES:,}")
    parser = expat.ParserCreate()
    text: list[str] = []
    depth = 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal depth
        depth += 1
        text.clear()
        if depth > NESTING:
            raise LimitError(f"elements nested deeper than {NESTING}").at(byte=parser.CurrentByteIndex)
        if len(attributes) > _MOST_ATTRIBUTES or sum(map(len, attributes.values())) > _ATTRIBUTE_BYTES:
            raise LimitError(f"<{name[:60]}> has too many attributes").at(byte=parser.CurrentByteIndex)
        opened(name, attributes)

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        closed(name, "".join(text).strip())
        text.clear()

    def words(data: str) -> None:
        if len(text) < NAME_BYTES:
            text.append(data)

    def no_type(*_: object) -> None:
        raise FormatError("an XML document type, which is not read").at(byte=parser.CurrentByteIndex)

    parser.StartElementHandler, parser.EndElementHandler, parser.CharacterDataHandler = start, end, words
    parser.StartDoctypeDeclHandler = no_type
    try:
        for offset in range(0, source.size, _PIECE):
            parser.Parse(source.read_at(offset, min(_PIECE, source.size - offset)), False)
        parser.Parse(b"", True)
    except expat.ExpatError as error:
        message = expat.ErrorString(error.code)
        raise FormatError(f"not well-formed XML: {message}").at(byte=max(0, parser.ErrorByteIndex)) from None
