r"""Letters in LaTeX: signs that mean something there are escaped, letters that a font may not have are asked for.

>>> print(escaped("50% of \\input{x}"))
50\% of \textbackslash{}input\{x\}
"""

from __future__ import annotations

SPECIAL = {
    "\\": r"\textbackslash{}", "{": r"\{", "}": r"\}", "$": r"\$", "&": r"\&", "#": r"\#", "%": r"\%", "_": r"\_",
    "~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "<": r"\textless{}", ">": r"\textgreater{}",
    "|": r"\textbar{}", '"': r"\char34{}", "`": r"\textasciigrave{}",
    "×": r"$\times$", "·": r"$\cdot$", "≥": r"$\geq$", "≤": r"$\leq$", "…": r"\ldots{}",
    "–": r"\textendash{}", "—": r"\textemdash{}",
    "−": "$-$", "→": r"$\to$", "≈": r"$\approx$", "±": r"$\pm$", "²": "$^2$", "⌊": r"$\lfloor$", "⌋": r"$\rfloor$",
    "⌈": r"$\lceil$", "⌉": r"$\rceil$", "✓": r"$\surd$", "✗": r"$\times$", "•": r"$\bullet$",
}  # fmt: skip

LATIN = "\u0250"
"""From here on a font of LaTeX's own has no letter."""
_EAST_ASIAN = (("\u2e80", "\ud7ff"), ("\uf900", "\ufaff"), ("\uff00", "\uffef"), ("\U00020000", "\U0003ffff"))
"""First and last of what xeCJK, ctex and LuaTeX-ja set in a font of their own."""

OTHER = (
    r'\providecommand{\netledgerletters}[4]{\ifdefined\Umathchar\iffontchar\font"#2 #1\else'
    r"\ifodd#4 \ifdefined\CJKfamily#1\else\ifdefined\ltjsetparameter#1\else#3\fi\fi\else#3\fi\fi\else"
    r"\ifnum#4>1 \ifdefined\CJKfamily\begin{CJK}{UTF8}{gbsn}#1\end{CJK}\else#3\fi\else#3\fi\fi}"
)
"""Letters, the first one's number, their names, 1 if East Asian + 2 if CJKutf8's font ``gbsn`` holds them: shown where
the document's font has them or a package for them is loaded, named where not."""


def _place(character: str) -> int:
    """-1 for LaTeX's own letters, 1 for East Asian ones, 0 for others."""
    if character < LATIN or character in SPECIAL:
        return -1
    return int(any(first <= character <= last for first, last in _EAST_ASIAN))


def _in_gb(run: str) -> bool:
    """Whether CJKutf8's font ``gbsn``, which is drawn after GB 2312, holds all of it."""
    try:
        run.encode("gb2312")
    except UnicodeEncodeError:
        return False
    return True


def runs(text: str) -> list[str]:
    """``text`` cut where LaTeX's own letters, East Asian ones and others meet."""
    cut: list[str] = []
    before = -1
    for character in text:
        now = _place(character)
        if cut and now == before:
            cut[-1] += character
        else:
            cut.append(character)
        before = now
    return cut


def named(run: str) -> str:
    """What is written instead of letters that cannot be shown; nothing of LaTeX's own letters.

    >>> named("卷积")
    'U+5377 79EF'
    """
    if _place(run[0]) < 0:
        return ""
    return "U+" + " ".join([f"{ord(character):04X}" for character in run])


def _written(run: str) -> str:
    name = named(run)
    if not name:
        return "".join([SPECIAL.get(character, character) for character in run])
    sort = _place(run[0]) + 2 * _in_gb(run)
    return rf"\netledgerletters{{{run}}}{{{ord(run[0]):04X}}}{{{name}}}{{{sort}}}"


def escaped(text: str) -> str:
    """``text`` as LaTeX sets it, whatever is in it."""
    return "".join(map(_written, runs(text))).replace("--", "-{}-")


def typewritten(text: str) -> str:
    r"""What is escaped, for ``\texttt``: in the old encoding its font has a brace and a bar where dashes are."""
    for dash in (r"\textendash{}", r"\textemdash{}"):
        text = text.replace(dash, rf"\textnormal{{{dash[:-2]}}}")
    return text


def listed(line: str) -> str:
    r"""A line as it stands, in a font of one width: signs that it has not take the room of one letter. One that is too
    long is broken at a space.

    >>> print(listed("  1 ✓ a_b = 3"))
    ~~1 \makebox[.5em]{$\surd$} a\char95{}b = 3
    """
    inner = line.lstrip(" ")
    margin, inner = "~" * (len(line) - len(inner)), inner.replace("  ", "\N{NO-BREAK SPACE} ")
    parts = [part for run in runs(inner) for part in ([run] if named(run) else run)]
    return margin + "".join(map(_listed, parts))


def _listed(part: str) -> str:
    if named(part):
        return _written(part)
    if part == "\N{NO-BREAK SPACE}":
        return "~"
    sign = SPECIAL.get(part)
    if sign is None:
        return part + "{}" * (part in "-?!")
    return rf"\char{ord(part)}{{}}" if part.isascii() else rf"\makebox[.5em]{{{sign}}}"
