"""How lines are laid out: each takes ``(label, expression, value)`` and the total, and gives the text's lines."""

from __future__ import annotations


class Sheet:
    """What is to be laid out, already in words and digits."""

    def __init__(self, rows, total, language, word):
        self.rows, self.total, self.language, self.word = rows, total, language, word


def _lines(form, closing="{word}: {v}"):
    def lay(sheet):
        unit = sheet.language.unit
        lines = [form.format(label=label, e=e, v=v, unit=unit, n=n) for n, (label, e, v) in enumerate(sheet.rows, 1)]
        return lines + ([closing.format(word=sheet.word, v=sheet.total, unit=unit)] if sheet.total else [])

    return lay


def _prose(sheet):
    language = sheet.language
    lines = [language.sentence.format(label=label, e=e, v=v) for label, e, v in sheet.rows]
    return lines + ([language.sum_sentence.format(v=sheet.total)] if sheet.total else [])


def _markdown(sheet):
    head = "| " + " | ".join(sheet.language.head) + " |"
    rows = [f"| {label} | {e} | {v} |" for label, e, v in sheet.rows]
    return [head, "|---|---|---|", *rows, *([f"| **{sheet.word}** | | **{sheet.total}** |"] if sheet.total else [])]


def _separated(sign):
    def lay(sheet):
        rows = [sign.join(row) for row in sheet.rows]
        return [
            sign.join(sheet.language.head),
            *rows,
            *([sign.join((sheet.word, "", sheet.total))] if sheet.total else []),
        ]

    return lay


def _latex(sheet):
    def digits(number):
        return number.replace(",", "{,}")

    rows = [rf"{label} & ${e}$ & {digits(v)} \\" for label, e, v in sheet.rows]
    end = [r"\hline", rf"{sheet.word} & & {digits(sheet.total)} \\"] if sheet.total else []
    return [r"\begin{tabular}{lrr}", " & ".join(sheet.language.head) + r" \\ \hline", *rows, *end, r"\end{tabular}"]


def _html(sheet):
    head = "".join(f"<th>{word}</th>" for word in sheet.language.head)
    rows = [f"<tr><td>{label}</td><td>{e}</td><td>{v}</td></tr>" for label, e, v in sheet.rows]
    end = [f"<tr><td>{sheet.word}</td><td></td><td>{sheet.total}</td></tr>"] if sheet.total else []
    return ["<table>", f"<tr>{head}</tr>", *rows, *end, "</table>"]


def _gaps(sheet):
    wide = max(len(label) for label, _, _ in sheet.rows) + 3
    long = max(len(e) for _, e, _ in sheet.rows) + 3
    rows = [label.ljust(wide) + e.ljust(long) + v.rjust(12) for label, e, v in sheet.rows]
    return rows + ([sheet.word.ljust(wide) + " " * long + sheet.total.rjust(12)] if sheet.total else [])


def _one_line(sheet):
    end = [f"{sheet.word}: {sheet.total}"] if sheet.total else []
    return ["; ".join([*(f"{label}: {e} = {v}" for label, e, v in sheet.rows), *end])]


LAYOUTS = {
    "colon": _lines("{label}: {e} = {v}"),
    "equals": _lines("{label} = {e} = {v}", "{word} = {v}"),
    "unit": _lines("{label}: {e} = {v} {unit}", "{word}: {v} {unit}"),
    "arrow": _lines("{label} -> {e} = {v}", "{word} -> {v}"),
    "bullets": _lines("- {label}: {e} = {v}", "- {word}: {v}"),
    "numbered": _lines("{n}. {label}: {e} = {v}", "{word}: {v}"),
    "comments": _lines("# {label}: {e} = {v}", "# {word}: {v}"),
    "result first": _lines("{v} = {e} ({label})", "{v} {word}"),
    "bare": _lines("{e} = {v}", "{word}: {v}"),
    "value only": _lines("{label}: {v}", "{word}: {v}"),
    "prose": _prose,
    "markdown": _markdown,
    "tab": _separated("\t"),
    "semicolon": _separated(";"),
    "latex": _latex,
    "html": _html,
    "gaps": _gaps,
    "one line": _one_line,
}
SIGNS = {"latex": (r"\times ", r" \times ", r" \cdot "), "html": ("*", " × ", "&times;")}
"""Signs of multiplication by layout; elsewhere the ones that everybody types."""
PLAIN_SIGNS = ("*", "*", " * ", "x", " x ", "×", " × ", "·")
