"""Descriptions that say more than one network: with loops, functions, choices or named sizes, they stay their author's.

Written out as the layers that they stand for, these would be lost; so only spaces at the ends of lines, what ends a
line and empty lines at the end of the text are put right.
"""

from __future__ import annotations

import _ast

from netledger.notation.syntax import parts_of, syntax_trees

_STATEMENTS = (_ast.For, _ast.If, _ast.FunctionDef, _ast.ImportFrom)
_SIZES = frozenset(("size", "flag", "option", "architecture", "part", "labels", "require", "unused", "told"))


def is_program(text: str) -> bool:
    r"""Whether a description has loops, functions, choices or named sizes; what is none is a ``NotationError``.

    >>> is_program("for i in range(3):\n    linear(4, name=f'fc{i}')"), is_program("image = input(3, 8, 8)")
    (True, False)
    """
    return any(isinstance(one, _STATEMENTS) or _names_a_size(one) for tree in syntax_trees(text) for one in tree.body)


def lists_models(text: str) -> bool:
    """Whether a description is a list of models, ``model(…)`` each: families with the values of their sizes."""
    statements = [one for tree in syntax_trees(text) for one in tree.body]
    calls = [one.value.func for one in statements if isinstance(one, _ast.Expr) and isinstance(one.value, _ast.Call)]
    named = [one for one in calls if isinstance(one, _ast.Name) and one.id == "model"]
    return 0 < len(named) == len(statements)


def tidied(text: str) -> str:
    r"""The text without spaces at the ends of lines, and with one line end at its own.

    >>> tidied("x = input(4)  \r\n\r\n")
    'x = input(4)\n'
    """
    lines = [line.rstrip() for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n")]
    return "\n".join(lines).rstrip("\n") + "\n"


def _names_a_size(statement: _ast.stmt) -> bool:
    """Whether a size is asked for anywhere in it."""
    called = [part.func for part in parts_of(statement) if isinstance(part, _ast.Call)]
    return any(isinstance(one, _ast.Name) and one.id in _SIZES for one in called)
