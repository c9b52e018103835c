"""Text → syntax tree, by Python's own parser."""

from __future__ import annotations

from netledger.errors import LimitError, NotationError
from netledger.limits import DESCRIPTION_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast

_PARSE_ONLY = 0x400  # ast.PyCF_ONLY_AST, without importing ast


def syntax_tree(text: str) -> _ast.Module:
    """The tree of a description, by Python's own parser; what is none is a ``NotationError`` at its place."""
    if len(text) > DESCRIPTION_BYTES:
        raise LimitError(f"a description of {len(text):,} characters, more than {DESCRIPTION_BYTES:,}")
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # one is shown with a line of a file '<description>', where there is one
            tree: _ast.Module = compile(text, "<description>", "exec", _PARSE_ONLY, dont_inherit=True)
        return tree
    except SyntaxError as error:
        raise _syntax_fault(error, text) from None
    except (ValueError, MemoryError, RecursionError, OverflowError) as error:
        why = "holds a NUL character" if isinstance(error, ValueError) else "nested too deeply"
        raise NotationError(f"not a description: {why}") from None


def line_of(text: str, number: int) -> str | None:
    """The line of that number as Python counts them; a form feed or a separator of Unicode ends none."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return lines[number - 1] if number <= len(lines) else None


def _syntax_fault(error: SyntaxError, text: str) -> NotationError:
    fault = NotationError(f"not a description: {(error.msg or 'invalid syntax').split(' (<')[0]}")
    if error.lineno is not None:
        fault.at(line=error.lineno, column=max(error.offset or 1, 1))
        fault.source_line = line_of(text, error.lineno)
    return fault
