"""Protocol buffers' text format: nested ``name: value`` and ``name { … }``, as Caffe keeps its networks.

Source: the text format's specification. Read with a loop, never by recursion; nothing is known of the fields.
"""

from __future__ import annotations

import re

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES, NESTING, TEXT_FIELDS, TEXT_LAYERS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_PUNCTUATION = frozenset("{}:[],;<>")
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r"}
_ESCAPED = re.compile(r"\\(.)")
_TOKEN = re.compile(
    r"""(?:[\s\ufeff]++|\#[^\n]*+)*+          # blanks and comments
    (?:([{}<>\[\]:,;]|[^\s\ufeff{}<>\[\]:,;"'#]++)          # a sign or a word
    |("(?:[^"\\\n]|\\[^\n])*+"|'(?:[^'\\\n]|\\[^\n])*+'|["'])   # a string; a lone quote never ends
    |\Z)""",
    re.VERBOSE,
)


class Message:
    """Fields in order; a field may stand more than once. Values are strings as written, quoted ones unquoted, or
    messages; ``line`` is where the message starts, from 1, and ``None`` in what never was text.
    """

    __slots__ = ("fields", "line")

    def __init__(self, line: int | None = 1) -> None:
        self.fields: dict[str, list[Any]] = {}
        self.line = line

    def add(self, name: str, value: Any) -> None:
        """One more value of a field."""
        self.fields.setdefault(name, []).append(value)

    def all(self, name: str) -> list[Any]:
        """Every value of a field, in order."""
        return self.fields.get(name, [])

    def messages(self, name: str) -> list[Message]:
        """The values of a field that are messages."""
        return [value for value in self.all(name) if isinstance(value, Message)]

    def message(self, name: str) -> Message:
        """The field's last message; an empty one where it is absent."""
        found = self.messages(name)
        return found[-1] if found else Message(self.line)

    def texts(self, name: str) -> list[str]:
        """The values of a field that are no messages."""
        return [value for value in self.all(name) if isinstance(value, str)]

    def text(self, name: str, default: str = "") -> str:
        """The field's last plain value."""
        found = self.texts(name)
        return found[-1] if found else default

    def has(self, name: str) -> bool:
        """Whether the field is given."""
        return name in self.fields


def _unescaped(match: re.Match[str]) -> str:
    return _ESCAPES.get(match[1], match[1])


def parse(text: str) -> Message:
    """The message that a text holds.

    >>> net = parse('name: "a" layer { dim: 1 dim: 2 }')
    >>> net.text("name"), net.message("layer").texts("dim")
    ('a', ['1', '2'])
    """
    if text.count("{") + text.count(":") > TEXT_FIELDS:
        raise LimitError(f"more than {TEXT_FIELDS:,} fields")
    root = Message()
    stack = [root]
    blocks = 0
    tokens = _Tokens(text)
    while True:
        token = tokens.next()
        if token == "":
            break
        if token in ("}", ">"):
            if len(stack) == 1:
                raise tokens.fault("a closing bracket without an opening one")
            stack.pop()
            continue
        if token in (",", ";"):
            continue
        opened = _field(tokens, token, stack[-1])
        if opened is not None:
            stack.append(opened)
            blocks += len(stack) == 2
            if blocks > TEXT_LAYERS:
                raise LimitError(f"more than {TEXT_LAYERS:,} blocks")
            if len(stack) > NESTING:
                raise tokens.fault(f"nested deeper than {NESTING}")
    if len(stack) > 1:
        fault = FormatError("a bracket is never closed")
        fault.at(line=stack[-1].line)
        raise fault
    return root


def _field(tokens: _Tokens, name: str, owner: Message) -> Message | None:
    """Read one field into its owner; the message that it opens, if it opens one."""
    if name in _PUNCTUATION or tokens.quoted or not (name[0].isalpha() or name[0] == "_"):
        raise tokens.fault(f"expected a field name, not '{name[:40]}'")
    token = tokens.next()
    named = token == ":" and not tokens.quoted
    if named:
        token = tokens.next()
        if token == "[" and not tokens.quoted:
            _listed(tokens, name, owner)
            return None
    if token in ("{", "<") and not tokens.quoted:
        message = Message(tokens.line)
        owner.add(name, message)
        return message
    if token == "" or (token in _PUNCTUATION and not tokens.quoted):
        raise tokens.fault(f"field '{name[:40]}' has no value")
    if not named:
        raise tokens.fault(f"no ':' between field '{name[:40]}' and its value '{token[:40]}'")
    owner.add(name, tokens.joined(token))
    return None


def _listed(tokens: _Tokens, name: str, owner: Message) -> None:
    """``name: [1, 2, 3]``: plain values only."""
    while True:
        token = tokens.next()
        if token == "]" and not tokens.quoted:
            return
        if token == "," and not tokens.quoted:
            continue
        if token == "" or (token in _PUNCTUATION and not tokens.quoted):
            raise tokens.fault(f"field '{name[:40]}': a list of plain values was expected")
        owner.add(name, tokens.joined(token))


class _Tokens:
    """The tokens of a text, one at a time, with the line of the last one."""

    def __init__(self, text: str) -> None:
        self.source = text
        self.position = 0
        self.line = 1
        self.quoted = False

    def fault(self, why: str) -> FormatError:
        error = FormatError(why)
        error.at(line=self.line)
        return error

    def next(self) -> str:
        """The next token; the empty string at the end. ``quoted`` tells a string from a word."""
        start = self.position
        match = _TOKEN.match(self.source, start)
        assert match is not None  # blanks, then anything or the end
        self.position = match.end()
        self.line += self.source.count("\n", start, self.position)
        word, string = match[1], match[2]
        self.quoted = string is not None
        if word is not None:
            if len(word) > NAME_BYTES:
                raise self.fault(f"a word of more than {NAME_BYTES:,} characters")
            return word
        if string is None:
            return ""
        if len(string) == 1:
            raise self.fault("a string is never closed")
        return string[1:-1] if "\\" not in string else _ESCAPED.sub(_unescaped, string[1:-1])

    def joined(self, token: str) -> str:
        """A value; strings that follow each other are one."""
        pieces = [token]
        while self.quoted:
            kept = self.position, self.line
            following = self.next()
            if not self.quoted:
                self.position, self.line = kept
                break
            pieces.append(following)
        return "".join(pieces)
