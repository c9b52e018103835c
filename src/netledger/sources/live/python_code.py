"""A file of Python code given as if it were a network: what in it can be shown, told without running it."""

from __future__ import annotations

from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

    from netledger.sources.files import InputFile

_MOST_BYTES = 2_000_000
_SHOWN = 6


def refuse(file: InputFile) -> NoReturn:
    """Say which of the file's classes is to be named, as in ``model.py:Net``."""
    found = models_in(file.read_at(0, min(file.size, _MOST_BYTES)))
    path = file.path
    if not found:
        raise UsageError("this is code: name what makes the model, as in model.py:build", hint=f"{path}:NAME")
    more = f" (of {len(found)})" if len(found) > _SHOWN else ""
    raise UsageError(
        f"this is code, which holds {', '.join(found[:_SHOWN])}{more}: name one",
        hint=f"netledger show {path}:{found[0]}",
    )


def models_in(code: bytes) -> list[str]:
    r"""The classes that are modules by their bases; where there are none, functions that may make one.

    >>> models_in(b"class A(nn.Module): pass\nclass B(A): pass\nclass C: pass\ndef f(): pass")
    ['A', 'B']
    """
    import ast

    try:
        body = ast.parse(code).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return []
    found: list[str] = []
    for one in body:
        if isinstance(one, ast.ClassDef):
            bases = [base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "") for base in one.bases]
            if any(base.endswith(("Module", "Model", "Sequential")) or base in found for base in bases):
                found.append(one.name)
    functions = [one.name for one in body if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")]
    return found or functions
