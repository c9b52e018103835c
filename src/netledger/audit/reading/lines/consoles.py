"""What is no prose: code, a console's session, a chat. A prompt and the number printed below it are one line."""

from __future__ import annotations

SIGNS_OF_CODE = (
    "nn.", "Conv1d(", "Conv2d(", "Conv3d(", "Linear(", "Sequential(", "layers.", "Dense(", "Conv2D(", "Conv1D(",
    "model.add(", "LSTM(", "GRU(", "SimpleRNN(", "Embedding(", "ConvTranspose1d(", "ConvTranspose2d(",
    "Conv2DTranspose(", "SeparableConv2D(", "DepthwiseConv2D(", "ConvLSTM2D(", "BatchNorm1d(", "BatchNorm2d(",
    "BatchNormalization(", "LayerNorm(", "Bidirectional(",
)  # fmt: skip
"""What a text has where there is code of layers in it."""


def has_code(text: str) -> bool:
    """Whether it is worth parsing anything as code: cheap, and most texts have none."""
    return any(sign in text for sign in SIGNS_OF_CODE)


PROMPTS = (">>> ", "In [")
"""How the line of a prompt begins."""
LONGEST = 400
"""Characters of a line that asks something."""


def answered(rows: list[str]) -> list[str]:
    """The lines, a bare number below a prompt put behind what the prompt asks for.

    >>> answered([">>> d = 4", ">>> n = d*d + d  # one layer", ">>> n", "20", "done"])
    ['d = 4', 'n = d*d + d  # one layer', '', 'n = d*d + d = 20', 'done']
    """
    if not any(row.startswith(PROMPTS) for row in rows):
        return rows
    out: list[str] = []
    formulas: dict[str, str] = {}
    asked = ""
    for row in rows:
        said = _asked(row)
        if said is None:
            value = _without_prompt(row.strip())
            if asked and _is_number(value):
                shown = f"{asked} = {formulas[asked]}" if asked in formulas else asked
                out[-1] = "" if asked in formulas or not asked.isidentifier() else out[-1]
                row = f"{shown} = {value}"
            asked = ""
            out.append(row)
            continue
        out.append(said)
        asked = said.partition("#")[0].strip()
        name, sign, formula = asked.partition("=")
        if sign and name.strip().isidentifier() and not formula.startswith("="):
            formulas[name.strip()] = formula.strip()
            asked = ""
    return out


def _asked(row: str) -> str | None:
    """What stands behind a prompt."""
    if row.startswith(">>> ") and len(row) < LONGEST:
        return row[4:]
    if row.startswith("In [") and "]: " in row[:12]:
        return row.partition("]: ")[2]
    return None


def _without_prompt(text: str) -> str:
    """What stands behind ``Out[13]: ``."""
    return text.partition("]: ")[2] if text.startswith("Out[") and "]: " in text[:12] else text


def _is_number(text: str) -> bool:
    return text.replace(",", "").replace("_", "").replace(".", "", 1).isdecimal()


LEAST_SAID = 2
"""Lines of a chat from which on its times and names are no part of what is said."""
LONGEST_WRITER = 25
"""Letters of a name that a time stands before."""


def without_writers(rows: list[str]) -> list[str]:
    """The lines of a chat without the time and the name before each, kept in place as spaces.

    >>> without_writers(["[9:05] bo: conv1 3*3*3*8 = 216", "[9:06] bo: fc 10*2 = 20"])[1]
    '           fc 10*2 = 20'
    """
    said = [_where_said(row) for row in rows]
    if sum(1 for place in said if place) < LEAST_SAID:
        return rows
    return [" " * place + row[place:] for place, row in zip(said, rows, strict=True)]


def _where_said(row: str) -> int:
    """Where what somebody says begins, behind ``[10:46] anna: ``; 0 where a line begins otherwise."""
    bare = row.lstrip(" [(>")
    if bare[:1].isalpha():
        bare = bare.partition(" ")[2]  # "[\uc624\ud6c4 11:42] …": the half of the day
    time = bare[:8].rstrip("]) -").split(" ")[0].rstrip("])")
    hours, colon, minutes = time.partition(":")
    if not colon or not hours.isdigit() or len(hours) > 2 or not minutes[:2].isdigit() or len(minutes) < 2:
        return 0
    begin = len(row) - len(bare) + len(time)
    end = row.find(": ", begin, begin + LONGEST_WRITER + 4)
    name = row[begin:end].strip(" ])-\u2013")
    return end + 2 if end > 0 and name and name[0].isalpha() and len(name) <= LONGEST_WRITER else 0
