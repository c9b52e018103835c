"""One line of text without its dress: LaTeX, Markdown, full-width and typographic characters become plain signs."""

from __future__ import annotations

from netledger.audit.reading.characters.latex import brace_pairs, without_bounds, without_latex

_WIDE = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)}
_SIGNS: dict[int, str | int | None] = {
    **_WIDE,
    **dict.fromkeys(map(ord, "×✕✖⨯╳⨉"), "×"),
    **dict.fromkeys(map(ord, "·∙⋅•‧・"), "·"),
    **dict.fromkeys(map(ord, "∗⁎﹡"), "*"),
    **dict.fromkeys(map(ord, "÷⁄∕"), "/"),
    **dict.fromkeys(map(ord, "−﹣➖"), "-"),
    **dict.fromkeys(map(ord, "➕﬩"), "+"),
    ord("➗"): "/",
    ord("🟰"): "=",
    **{first + digit: str(digit) for first in (0x0660, 0x06F0, 0x0966) for digit in range(10)},
    ord("٬"): ",",
    ord("٫"): ".",
    **dict.fromkeys(map(ord, "–—―"), " – "),
    **dict.fromkeys(map(ord, "≃≅≒≐∼～"), "≈"),
    **dict.fromkeys(map(ord, "⇒➜➔➡⟶⟹↦⇨►▶"), "→"),
    **dict.fromkeys(map(ord, "「」『』“”„«»‘’"), " "),
    **dict.fromkeys(map(ord, "【〔［"), "["),
    **dict.fromkeys(map(ord, "】〕］"), "]"),
    **dict.fromkeys(map(ord, "├└┌┐┘┤┬┴┼─━╌╴╭╰│┃║"), " "),
    **dict.fromkeys([0x200B, 0x200C, 0x200D, 0x2060, 0xFEFF, 0x00AD, 0xFE0E, 0xFE0F], None),
    **dict.fromkeys([*range(0x2460, 0x24FF), *range(0x2776, 0x2794)], " "),
    **dict.fromkeys([0x00A0, 0x2002, 0x2003, 0x2004, 0x2005, 0x2007, 0x3000], " "),
    **dict.fromkeys([0x2006, 0x2008, 0x2009, 0x200A, 0x202F], "\u2009"),
    **{0x2080 + digit: str(digit) for digit in range(10)},
    ord("、"): ", ",
    ord("。"): " . ",
    ord("，"): ", ",
    ord("；"): "; ",
    **dict.fromkeys(map(ord, "⌊⌈"), "("),
    **dict.fromkeys(map(ord, "⌋⌉"), ")"),
    ord("∑"): "Σ",
    ord("≡"): "=",
    ord("＝"): "=",
    ord("≠"): " != ",
}

MOST_MARKS = 120
"""Stars or underscores of a line beyond which they are no emphasis."""

_ENTITIES = {
    "&times;": "×", "&middot;": "·", "&sdot;": "·", "&nbsp;": " ", "&thinsp;": "\u2009", "&lt;": "<", "&gt;": ">",
    "&asymp;": "≈", "&minus;": "-", "&rarr;": "→", "&sup2;": "^2", "&sup3;": "^3", "&#215;": "×", "&#42;": "*",
    "&amp;": "&",
}  # fmt: skip
_TAGS = {
    "sup": "^(", "/sup": ")", "br": " ; ", "br/": " ; ", "td": "|", "th": "|",
    **dict.fromkeys("b /b strong /strong sub /sub /td /th tr /tr code /code i /i em /em p /p span /span".split(), ""),
    **dict.fromkeys("div /div table /table tbody /tbody thead /thead li /li ul /ul ol /ol a /a pre /pre".split(), ""),
    **dict.fromkeys("u /u font /font tfoot /tfoot".split(), ""),
}  # fmt: skip
"""What tags of HTML become; other things in angle brackets stay."""
LONGEST_TAG = 200
_RAISED = dict(zip("⁰¹²³⁴⁵⁶⁷⁸⁹⁻", "0123456789-", strict=True))


BULLETS = frozenset(
    "・•●○◦◆◇■□▪▫‣⁃★☆※◎▶►▸▹✓✔✗✘❌✅➤➢❖" + "".join(map(chr, [*range(0x2460, 0x24FF), *range(0x2776, 0x2794)]))
)
"""Signs, circled figures among them, that begin an item of a list."""


def _without_bullet(line: str) -> str:
    """``・バイアス``, ``① input``: what begins an item is no part of the calculation."""
    bare = line.lstrip()
    if bare[:1] not in BULLETS:
        return line
    return f"{line[: len(line) - len(bare)]}- {bare.lstrip(''.join(BULLETS)).lstrip()}"


def _thousands_joined(line: str) -> str:
    """``12 800`` with a space that does not break stays one number, between columns too."""
    place = line.find("\u00a0", 1)
    while place > 0:
        three, after = line[place + 1 : place + 4], line[place + 4 : place + 5]
        if line[place - 1].isdigit() and len(three) == 3 and three.isdigit() and not after.isdigit():
            line = f"{line[:place]}\u2009{line[place + 1 :]}"
        place = line.find("\u00a0", place + 1)
    return line


def clean(line: str) -> str:
    r"""The line in plain signs: ``×`` and ``*`` multiply, ``→`` is every arrow, ``^`` a power.

    >>> clean(r"- conv1: \( (11 \times 11) \times 3 = 3{,}630 \)").strip()
    '- conv1:  (11 × 11) × 3 = 3,630'
    >>> clean("| fc6 | 9216\\*4096 = **37,748,736** |")
    '| fc6 | 9216*4096 = 37,748,736 |'
    """
    if not line.isascii():
        line = _without_bullet(line)
        line = _thousands_joined(line).translate(_SIGNS)
        line = _without_raised(line)
    if "&" in line:
        for entity, plain in _ENTITIES.items():
            line = line.replace(entity, plain)
    if "<" in line and ">" in line:
        line = _without_tags(line)
    if "{" in line and "\\" not in line and "$" not in line and "^{" not in line and "_{" not in line:
        line = _with_brackets(line)
    if "\\sum" in line or "\\prod" in line or "Σ_" in line:
        line = without_bounds(line)
    if "\\" in line or "$" in line or "{" in line:
        line = without_latex(line)
    if "`" in line:
        line = line.replace("`", "")
    if "w/o " in line:
        line = line.replace("w/o ", "without ")
    if "~~" in line:
        line = _without_struck(line)
    if " ..." in line:
        line = _with_leaders(line)
    if line.count(DOT) >= LEAST_DOTS:
        line = _with_dots_that_list(line)
    return _without_emphasis(line) if "*" in line or "__" in line else line


DOT = " · "
LEAST_DOTS = 2
"""Dots between spaces of a line that may list things, at least; one alone multiplies."""
LEAST_LETTERS = 2
"""Of a name behind such a dot; a shorter one is a factor."""


def _with_dots_that_list(line: str) -> str:
    """Dots that stand between names with their numbers multiply nothing.

    >>> _with_dots_that_list("conv 448 · bn 32 · fc 10,250"), _with_dots_that_list("3 · width · 5")
    ('conv 448 ; bn 32 ; fc 10,250', '3 · width · 5')
    """
    first, *others = [piece.strip(" *`_") for piece in line.split(DOT)]
    if any(map(str.isdigit, first)) and all(map(_names_a_number, others)):
        return line.replace(DOT, " ; ")
    return line


def _names_a_number(piece: str) -> bool:
    """Whether a piece begins with a word, and a number follows behind it."""
    word, _, rest = piece.partition(" ")
    named = len(word) >= LEAST_LETTERS and word[0].isalpha()
    return named and rest.lstrip(" *`_(≈~:")[:1].isdigit()


def _with_leaders(line: str) -> str:
    """Dots that lead from a formula to its result are an equals sign.

    >>> _with_leaders("3*64 + 64 ........ 256"), _with_leaders("1, 2, ..., 8")
    ('3*64 + 64 =        256', '1, 2, ..., 8')
    """
    start = line.find(" ...")
    while start >= 0:
        end = start + 1
        while line[end : end + 1] == ".":
            end += 1
        before, after = line[:start].rstrip(), line[end:].lstrip()
        if before[-1:].isdigit() or before[-1:] == ")":
            if after[:1].isdigit() and line[end : end + 1] == " ":
                line = f"{line[: start + 1]}={' ' * (end - start - 2)}{line[end:]}"
        start = line.find(" ...", end)
    return line


def _with_brackets(line: str) -> str:
    """Braces around a sum are brackets: ``4 x {(100 + 64) x 64 + 64}``.

    >>> _with_brackets("4 x {(100 + 64) x 64 + 64} x 2"), _with_brackets("61{,}706")
    ('4 x ((100 + 64) x 64 + 64) x 2', '61{,}706')
    """
    braces = brace_pairs(line)
    if not braces:
        return line
    from bisect import bisect_right

    signs = [i for i, character in enumerate(line) if character in "+*×x·"]
    characters = list(line)
    for start, end in braces.items():
        first = bisect_right(signs, start)
        if line[start + 1] in "(0123456789 " and first < len(signs) and signs[first] < end:
            characters[start], characters[end] = "(", ")"
    return "".join(characters)


def _without_raised(line: str) -> str:
    """``10¹²`` as ``10^12``; a raised figure behind a word is a footnote's."""
    if not any(character in _RAISED for character in line):
        return line
    out: list[str] = []
    i = 0
    while i < len(line):
        end = i
        while end < len(line) and line[end] in _RAISED:
            end += 1
        if end == i:
            out.append(line[i])
            i += 1
            continue
        raised = "".join([_RAISED[character] for character in line[i:end]])
        before = line[i - 1 : i]
        power = before.isdigit() or before in (")", "]") or raised in ("2", "3")
        out.append((f"^{raised} " if line[end : end + 1].isdigit() else f"^{raised}") if power else " ")
        i = end
    return "".join(out)


def _without_tags(line: str) -> str:
    """The line without tags of HTML: cells begin with bars."""
    out: list[str] = []
    place = 0
    while (start := line.find("<", place)) >= 0:
        end = line.find(">", start, start + LONGEST_TAG)
        inner = line[start + 1 : end].strip() if end > 0 else ""
        plain = _TAGS.get(inner.split(" ")[0].lower()) if inner else None
        out.append(line[place : start + 1] if plain is None else line[place:start] + plain)
        place = start + 1 if plain is None else end + 1
    return "".join([*out, line[place:]])


def _without_struck(text: str) -> str:
    parts = text.split("~~")
    return "".join(parts[::2]) if len(parts) % 2 else text


def _without_emphasis(text: str) -> str:
    """Drop ``**bold**`` and ``*italic*``; keep every star that can multiply or raise to a power."""
    for mark in ("**", "__", "*"):
        start = 0
        if text.count(mark) > MOST_MARKS:
            continue
        while (opening := text.find(mark, start)) >= 0:
            closing = _closing(text, mark, opening)
            if closing < 0:
                start = opening + len(mark)
                continue
            inner = text[opening + len(mark) : closing]
            text = text[:opening] + inner + text[closing + len(mark) :]
            start = opening + len(inner)
    return text


def _closing(text: str, mark: str, opening: int) -> int:
    """Where the emphasis that may open here closes; -1 where these stars are no emphasis."""
    before = text[:opening].rstrip()[-1:]
    after = text[opening + len(mark) : opening + len(mark) + 1]
    glued = opening > 0 and text[opening - 1] not in " \t"
    if not after or after in " \t*_" or (glued and (before.isalnum() or before in ")]")):
        return -1
    if mark == "*" and not (after.isalpha() and (not before or before in "|:-.,;(>")):
        return -1
    if mark == "__" and not after.isalnum():
        return -1
    closing = text.find(mark, opening + len(mark) + 1)
    while closing >= 0:
        inside, follows = text[closing - 1], text[closing + len(mark) : closing + len(mark) + 1]
        if inside not in " \t*" and (not follows or not (follows.isalnum() or follows in "(*_")):
            return closing
        closing = text.find(mark, closing + 1)
    return -1
