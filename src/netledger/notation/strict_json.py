"""JSON from strangers: UTF-8, no key twice, no NaN, no fractions unless asked for, no endless depth."""

from __future__ import annotations

import json

from netledger.errors import DataError, FormatError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Pairs = list[tuple[str, Any]]


def parse_json(data: bytes, *, hook: Callable[[Pairs], Any] | None = None, fractions: bool = True) -> Any:
    """The value that ``data`` holds, each object made by ``hook`` from its pairs (by default a ``dict``).

    Stricter than ``json.loads``: a key that stands twice in one object, ``NaN``, ``Infinity``, a number out of all
    proportion and bytes that are no UTF-8 are each a ``FormatError`` that names the byte. ``fractions=False`` refuses
    every number that is no integer, ``-0`` too: as an integer it has no sign to keep.

    >>> parse_json(b'{"a": [1, 2]}')
    {'a': [1, 2]}
    >>> parse_json(b'{"a": 1, "a": 2}')
    Traceback (most recent call last):
    netledger.errors.FormatError: the key 'a' stands twice in one object
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise FormatError("not UTF-8 text").at(byte=error.start) from None
    if hook is None:  # a reader with its own hook says itself which name it is
        _whole_characters(text)
    try:
        return json.loads(
            text,
            object_pairs_hook=hook or unique,
            parse_constant=_no_constant,
            parse_float=None if fractions else _no_fraction,
            parse_int=_integer if not fractions and b"-0" in data else None,
        )
    except json.JSONDecodeError as error:
        at = len(text[: error.pos].encode("utf-8", "surrogatepass"))
        raise FormatError(f"not JSON: {error.msg.lower()}").at(byte=at) from None
    except RecursionError:
        raise FormatError("JSON nested too deep") from None
    except DataError:
        raise
    except ValueError:  # the interpreter's own limit on the digits of an integer
        raise FormatError("a number of thousands of digits") from None


def _whole_characters(text: str) -> None:
    r"""Half a character, as an escape may write one (``\ud800``), is no text: a ``FormatError``."""
    at = text.find("\\u")
    while at >= 0:
        before = at
        while before and text[before - 1] == "\\":
            before -= 1
        unit = text[at + 2 : at + 4].lower()
        length = 2
        if (at - before) % 2 == 0 and unit[:1] == "d" and unit[1:] in "89abcdef":
            second = text[at + 6 : at + 10].lower()
            if unit[1:] in "cdef" or second[:3] != "\\ud" or second[3:] not in tuple("cdef"):
                raise FormatError("half a character (a surrogate alone)").at(byte=len(text[:at].encode()))
            length = 12
        at = text.find("\\u", at + length)


def unique(pairs: Pairs) -> dict[str, Any]:
    """A ``dict`` of the pairs of one object; a key that stands twice is a ``FormatError``."""
    made = dict(pairs)
    if len(made) != len(pairs):
        raise FormatError(f"the key '{twice([key for key, _ in pairs])}' stands twice in one object")
    return made


def twice(names: list[str]) -> str:
    """The first of ``names`` that has stood before.

    >>> twice(["a", "b", "a"])
    'a'
    """
    seen = set[str]()
    for name in names:
        if name in seen:
            return name
        seen.add(name)
    return ""


def _no_constant(word: str) -> Any:
    raise FormatError(f"'{word}' is no JSON number")


def _integer(text: str) -> int:
    if text == "-0":
        raise FormatError("-0 is no integer")
    return int(text)


def _no_fraction(text: str) -> Any:
    shown = text if len(text) <= 40 else text[:40] + "…"
    raise FormatError(f"{shown} is no integer")
