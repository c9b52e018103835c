"""Text → syntax tree, by Python's own parser, and the comments, which that leaves out."""

from __future__ import annotations

import _ast

from netledger.errors import LimitError, NotationError
from netledger.limits import DESCRIPTION_BYTES, PARSED_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

_SIZES = r"\b\d{1,9}(?:[x×]\d{1,9}){1,7}\b"
_LONGEST = 1_000
"""Characters of a line that are looked at for a hint."""
_PARSE_ONLY = 0x400  # ast.PyCF_ONLY_AST, without importing ast
_NO_FILE = "<\ud800>"
"""A name that no file can have: of a text that is none the parser opens the file that it is told, to show its line."""


def syntax_tree(text: str) -> _ast.Module:
    """The tree of a short text, by Python's own parser; what is none is a ``NotationError`` at its place."""
    if len(text) > PARSED_BYTES:
        raise LimitError(f"a description of {len(text):,} characters, more than {PARSED_BYTES:,}")
    return _parsed(text, text, 0)


def syntax_trees(text: str) -> Iterator[_ast.Module]:
    """The trees of a description, one after the other, each of a piece up to where a statement may begin: the parser's
    work and memory stay in proportion.
    """
    if len(text) > DESCRIPTION_BYTES:
        raise LimitError(f"a description of {len(text):,} characters, more than {DESCRIPTION_BYTES:,}")
    end = _end_of_piece(text, 0)
    yield _parsed(text[:end], text, 0)
    start = line = 0
    while end < len(text):
        line += _lines(text[start:end])
        start, end = end, _end_of_piece(text, end)
        yield _parsed(text[start:end], text, line)


def _end_of_piece(text: str, start: int) -> int:
    """Behind the last line within reach that a line follows that may begin a statement."""
    if len(text) - start <= PARSED_BYTES:
        return len(text)
    end = start + PARSED_BYTES
    while (end := text.rfind("\n", start, end)) >= 0:
        first = text[end + 1 : end + 5]
        if first[:1].isidentifier() and first not in ("else", "elif"):
            return end + 1
    raise LimitError(f"a statement of more than {PARSED_BYTES:,} characters")


def _lines(piece: str) -> int:
    """How many lines end in it, as Python counts them."""
    return piece.count("\n") + piece.count("\r") - piece.count("\r\n")


def _parsed(piece: str, text: str, line: int) -> _ast.Module:
    """The tree of a piece of the text that has so many lines before it."""
    try:
        if not _may_be_warned_of(piece):
            return _tree(piece, line)
        import warnings

        with warnings.catch_warnings(action="ignore"):
            return _tree(piece, line)
    except SyntaxError as error:
        raise _syntax_fault(error, text) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        why = "holds a NUL character" if isinstance(error, ValueError) else "nested too deeply"
        raise NotationError(f"not a description: {why}") from None


def _tree(piece: str, line: int) -> _ast.Module:
    tree: _ast.Module = compile("\n" * line + piece, _NO_FILE, "exec", _PARSE_ONLY, dont_inherit=True)
    return tree


def _may_be_warned_of(piece: str) -> bool:
    r"""Whether Python may warn of what it parses: of an escape that it does not know, of digits glued to a word.

    >>> _may_be_warned_of("x = input(3, 5e-4)"), _may_be_warned_of("x = 1if y else 2"), _may_be_warned_of(r"'\d'")
    (False, True, True)
    """
    plain = piece.translate(_DIGITS)
    return any(sign in plain for sign in _WARNED_OF)


_DIGITS = dict.fromkeys(range(49, 58), "0")
_WARNED_OF = ("\\", "0and", "0else", "0for", "0if", "0in", "0is", "0or", "0not", "finally")
"""What Python warns of, with every digit a 0."""


def line_of(text: str, number: int) -> str | None:
    """The line of that number as Python counts them; a form feed or a separator of Unicode ends none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[number - 1] if number <= len(lines) else None


def _syntax_fault(error: SyntaxError, text: str) -> NotationError:
    fault = NotationError(f"not a description: {(error.msg or 'invalid syntax').split(' (<')[0]}")
    if error.lineno is not None:
        fault.at(line=error.lineno, column=max(error.offset or 1, 1))
        fault.source_line = line_of(text, error.lineno)
        import re  # a start that finds no fault is not to pay for it

        sizes = re.search(_SIZES, (fault.source_line or "")[:_LONGEST])
        if sizes is not None:
            fault.hint = f"sizes are written with commas: {sizes[0].replace('x', ', ').replace('×', ', ')}"
    return fault


def parts_of(node: _ast.AST) -> Iterator[_ast.AST]:
    """A syntax tree's nodes, itself among them, in no order that means anything."""
    waiting = [node]
    while waiting:
        part = waiting.pop()
        yield part
        for field in part._fields:
            value = getattr(part, field, None)
            waiting += [item for item in (value if isinstance(value, list) else [value]) if isinstance(item, _ast.AST)]


class Comments:
    """Every line that holds a ``#``, and how far the reader has read.

    A ``#`` inside a string literal is told by the statement's end, which the reader knows: here every line's last
    candidate is kept, and lines inside a statement are dropped.
    """

    __slots__ = ("lines", "read_to")

    def __init__(self, text: str) -> None:
        self.lines = {number: line for number, line in enumerate(text.splitlines(), 1) if "#" in line}
        self.read_to = 0

    def of(self, statement: _ast.stmt) -> tuple[str, ...] | str | None:
        """The comment lines directly above a statement and the one behind it: (above…, behind) or just behind."""
        if not self.lines:
            return None
        above = [
            self.lines[number].strip()
            for number in range(self.read_to + 1, statement.lineno)
            if number in self.lines and self.lines[number].lstrip().startswith("#")
        ]
        end = statement.end_lineno or statement.lineno
        line = self.lines.get(end, "")
        behind = line.encode()[statement.end_col_offset or 0 :].decode("utf-8", "replace").strip()
        behind = behind[1:].strip() if behind.startswith("#") else ""
        self.read_to = end
        lines = [text.lstrip("#").strip() for text in above]
        return (*lines, behind) if lines else (behind or None)

    def below(self) -> tuple[str, ...]:
        """The comment lines after the last statement, which belong to the network."""
        rest = [text.strip() for number, text in self.lines.items() if number > self.read_to]
        return tuple([text.lstrip("#").strip() for text in rest if text.startswith("#")])
