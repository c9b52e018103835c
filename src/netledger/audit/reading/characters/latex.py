"""LaTeX in a line of text: what its commands stand for; notes at braces and the bounds of sums are no calculation."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

_COMMANDS = {
    "times": "×", "cdot": "·", "ast": "*", "bullet": "·", "div": "/", "over": "/", "approx": "≈", "sim": "≈",
    "simeq": "≈", "cong": "≈", "equiv": "=", "to": "→", "rightarrow": "→", "Rightarrow": "→", "implies": "→",
    "longrightarrow": "→", "ne": "!=", "neq": "!=", "quad": "   ", "qquad": "   ", "newline": " ; ", "lbrack": "[",
    "rbrack": "]", "sum": "Σ", "Sigma": "Σ", "ldots": " ", "cdots": " ", "dots": " ",
}  # fmt: skip
_ESCAPED = {"(": "", ")": "", "[": "", "]": "", ",": " ", ";": " ", ":": " ", "!": "", " ": " ", "\\": " ; "}
_DROPPED_ARGUMENT = frozenset(("begin", "end", "label", "color", "tag", "hspace", "vspace"))
_LETTERS = ["alpha", "beta", "gamma", "delta", "theta", "sigma", "mu", "phi"]


def _without_notes(text: str) -> str:
    r"""LaTeX without what is written below or above a brace.

    >>> _without_notes(r"\underbrace{5\cdot 6}_{\text{weights}} + 6")
    '(5\\cdot 6) + 6'
    """
    for command in ("\\underbrace{", "\\overbrace{", "\\underset{", "\\overset{"):
        start = text.find(command)
        while start >= 0:
            opening = start + len(command) - 1
            close = _closing_brace(text, opening)
            if close < 0:
                break
            after = close + 1
            if "brace" in command and text[after : after + 1] in ("_", "^"):
                end = _closing_brace(text, after + 1) if text[after + 1 : after + 2] == "{" else after + 1
                after = end + 1 if end > 0 else after
                text = f"{text[:start]}({text[opening + 1 : close]}){text[after:]}"
            elif "set" in command:
                text = text[:start] + text[close + 1 :]
            else:
                text = f"{text[:start]}({text[opening + 1 : close]}){text[after:]}"
            start = text.find(command, start)
    return text


def without_bounds(text: str) -> str:
    r"""Sums and products without the bounds of what they run over, which are no part of what is worked out.

    >>> without_bounds(r"\sum_{l=1}^{4} n_l = 256 + 128"), without_bounds("Σ_{i=1}^L n_i")
    ('\\sum n_l = 256 + 128', 'Σ n_i')
    """
    for sign in ("\\sum", "\\prod", "Σ"):
        start = text.find(sign)
        while start >= 0:
            start += len(sign)
            end = start + len("\\limits") * text.startswith("\\limits", start)
            while text[end : end + 1] in ("_", "^"):
                closing = _closing_brace(text, end + 1) if text[end + 1 : end + 2] == "{" else end + 1
                if closing < 0:
                    break
                end = closing + 1
            text = text[:start] + text[end:]
            start = text.find(sign, start)
    return text


def _closing_brace(text: str, opening: int) -> int:
    depth = 0
    for i in range(opening, len(text)):
        depth += (text[i] == "{") - (text[i] == "}")
        if depth == 0:
            return i
    return -1


def without_latex(text: str) -> str:
    """The line without commands, dollar signs and notes; what commands stand for, in plain signs."""
    text = _without_notes(text)
    braces = _brace_roles(text)
    out: list[str] = []
    i, size = 0, len(text)
    closed = text.count("$") % 2 == 0
    in_math = False
    while i < size:
        character = text[i]
        if character == "\\":
            j = i + 1
            while j < size and text[j].isascii() and text[j].isalpha():
                j += 1
            if j == i + 1:
                following = text[j : j + 1]
                out.append(_ESCAPED.get(following, following))
                i = j + 1
                continue
            i = _command(text, text[i + 1 : j], j, out)
            continue
        if character == "$":
            in_math = closed and not in_math
        else:
            out.append(braces.get(i, "") if character in "{}" else _as_text(text, i, in_math=in_math))
        i += 1
    return "".join(out)


def _as_text(text: str, i: int, *, in_math: bool) -> str:
    """A character outside commands as it reads."""
    if text[i] == "|" and in_math:
        return " "  # $|input| \cdot |output|$ has no cells
    if text[i] == "~" and text[i - 1 : i].isdigit() and text[i + 1 : i + 4].isdigit():
        return "\u2009"  # 61~706
    return text[i]


def _command(text: str, name: str, end: int, out: list[str]) -> int:
    """Write what a command stands for; the place after it."""
    if name in _DROPPED_ARGUMENT and text[end : end + 1] == "{":
        close = text.find("}", end)
        out.append(" ")
        return close + 1 if close >= 0 else end
    if name in _LETTERS:
        out.append(name)
    else:
        out.append(_COMMANDS.get(name, ""))
    return end


def brace_pairs(text: str) -> dict[int, int]:
    """Opening brace → its closing brace, the inner ones first; what has no partner is in neither place."""
    pairs: dict[int, int] = {}
    opened: list[int] = []
    for i, character in enumerate(text):
        if character == "{":
            opened.append(i)
        elif character == "}" and opened:
            pairs[opened.pop()] = i
    return pairs


def _brace_roles(text: str) -> Mapping[int, str]:
    """What each brace becomes: brackets around an exponent and a fraction's two parts, nothing elsewhere."""
    roles: dict[int, str] = {}
    close_of = brace_pairs(text)
    for start, end in close_of.items():
        if text[start - 1 : start] == "^":
            roles[start], roles[end] = "(", ")"
        elif text[:start].endswith("frac"):
            roles[start], roles[end] = "((", ")/"
            second = end + 1
            if text[second : second + 1] == "{" and second in close_of:
                roles[second], roles[close_of[second]] = "(", "))"
            else:
                roles[start], roles[end] = "(", ")"
    return roles
