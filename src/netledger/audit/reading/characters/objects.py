"""Objects of JSON, JavaScript and Python that hold a text: what their strings say, and tables given by columns."""

from __future__ import annotations

from netledger.audit.reading.tokens.words import quantity_of

LEAST_WORDS = 4
"""Words of a string that is a sentence, at least."""
LONGEST_OBJECT = 4_000
"""Characters of a line that is looked at."""
PUNCTUATION = "{}[]():,; \t"


def spoken(row: str) -> str:
    """What the strings of an object say, in their place, where a line is one; else the line itself.

    >>> spoken('{ head: "MLP", text: "Two layers: 4*8 + 8*4 = 64 weights." },').split()
    ['MLP:', 'Two', 'layers:', '4*8', '+', '8*4', '=', '64', 'weights..']
    >>> spoken('it says "4*8 + 8*4 = 64" there')
    'it says "4*8 + 8*4 = 64" there'
    """
    if row.count(QUOTE) < 2 or len(row) > LONGEST_OBJECT:
        return row
    pieces = row.split(QUOTE)
    around, inside = pieces[::2], pieces[1::2]
    if len(around) != len(inside) + 1 or not all(map(_is_structure, around)) or not any(map(_is_sentence, inside)):
        return row
    if ":" not in "".join(around):
        return row
    said = []
    for before, string, after in zip(around, inside, around[1:], strict=False):
        is_key = after.lstrip().startswith(":")
        sign = " " if is_key else ENDS[_is_sentence(string)]
        said.append(" " * (len(before) + 1) + (" " * len(string) if is_key else string) + sign)
    return "".join([*said, " " * len(around[-1])])


QUOTE = '"'
ENDS = (":", ".")
"""What stands behind a string: it heads the next one, or is a sentence."""


def _is_structure(text: str) -> bool:
    """Whether what stands outside the strings is brackets, commas and at most one name before a colon."""
    name = text.strip(PUNCTUATION)
    return not name or (name.isidentifier() and text.rstrip().endswith(":"))


def _is_sentence(text: str) -> bool:
    return len(text.split()) >= LEAST_WORDS and any(map(str.isdigit, text))


def counts_by_name(rows: list[str]) -> list[str]:
    """The lines, each list of counts below a list of names put as what each name has, as in a frame of columns.

    >>> counts_by_name(['"layer": ["in", "fc1"],', '"units": [4, 8],', '"params": ["-", "40"],'])[2]
    'fc1: 40'
    """
    out, names = list(rows), list[str]()
    for i, row in enumerate(rows):
        column = _column(row)
        if column is None:
            names = []
            continue
        head, values = column
        if not names:
            names = values if any(value[:1].isalpha() for value in values) else []
        elif len(values) == len(names) and any(quantity_of(word) == "params" for word in head.split()):
            pairs = [f"{name}: {value}" for name, value in zip(names, values, strict=True) if value[:1].isdigit()]
            out[i] = "; ".join(pairs) if pairs else row
    return out


def _column(row: str) -> tuple[str, list[str]] | None:
    """The head and the values of ``"head": [value, "value", …],``; ``None`` for any other line."""
    head, colon, rest = row.strip().rstrip(",").partition(":")
    rest = rest.strip()
    if not colon or len(row) > LONGEST_OBJECT or not (rest.startswith("[") and rest.endswith("]")):
        return None
    pieces = rest[1:-1].split(QUOTE)
    values = [
        value.strip()
        for i, piece in enumerate(pieces)
        for value in ([piece] if i % 2 else piece.split(","))
        if value.strip()
    ]
    return (head.strip(" \"'"), values) if len(values) >= LEAST_VALUES else None


LEAST_VALUES = 2
"""Of a list that is a column."""
