"""Random networks written down by random hands, right or with one fault: the truth is known by construction.

Network × language × layout × labels × signs × fault are drawn one by one. Words, layouts and formulas are the tests'
own; nothing of the auditor is used.
"""

from __future__ import annotations

from tests.audit.writers.descriptions import DESCRIPTIONS, listed
from tests.audit.writers.formulas import WRITERS, text
from tests.audit.writers.formulas import value as value_of
from tests.audit.writers.languages import LANGUAGES, kind_label
from tests.audit.writers.layouts import LAYOUTS, PLAIN_SIGNS, SIGNS, Sheet
from tests.audit.writers.networks import NETWORKS

EXTRA = ("arithmetic", "digit_slip", "wrong_sum", "missing_layer", "extra_layer", "counted_pooling")

NAMELESS = ("bare",)
"""Layouts that show no labels: nobody can know there that a line is a pooling layer."""


class Written:
    """A text with its truth. ``faults``: line → (kind, what should stand there or None); ``root`` the fault itself."""

    def __init__(self, net, lines, faults, root, total, drawn):
        self.net, self.text, self.faults, self.root = net, "\n".join(lines), faults, root
        self.total, self.drawn = total, drawn
        self.document = net.document()


class Row:
    def __init__(self, label, tree, value, layer=True):
        self.label, self.tree, self.value, self.layer = label, tree, value, layer


def written(pick, fault=False, described=False):
    """A random text; ``described``: the network is written out above the calculation."""
    net = pick.choice(NETWORKS)(pick)
    while described and not net.described:
        net = pick.choice(NETWORKS)(pick)
    name = pick.choice(sorted(LANGUAGES))
    layout = pick.choice(sorted(LAYOUTS))
    rows, faults = _rows(net, pick, LANGUAGES[name], layout)
    true = sum(row.value for row in rows)
    root, has_total = None, pick.random() < 0.8
    if fault:
        root, has_total = _spoil(rows, faults, pick, has_total, layout)
    total = sum(row.value for row in rows)
    if root and root[1] == "wrong_sum":
        total = _slip(total, pick)
    head, how = _description(net, pick, name) if described else ([], "given")
    sheet = _sheet(rows, total if has_total else None, LANGUAGES[name], layout, pick)
    lines = LAYOUTS[layout](sheet)
    places = _places(rows, root, total, true, has_total, len(head), layout, lines)
    drawn = {"language": name, "layout": layout, "described": how, "fault": root[1] if root else "none"}
    return Written(net, [*head, *lines], places, root and root[1], total if has_total else None, drawn)


def _rows(net, pick, language, layout):
    counts, rows, faults = {}, [], []
    named = pick.random() < 0.6
    for entry in net.layers:
        if entry["type"] not in WRITERS:
            continue
        line = WRITERS[entry["type"]](entry, pick)
        group = "conv" if entry["type"].startswith("conv") else entry["type"]
        counts[group] = counts.get(group, 0) + 1
        label = entry["name"] if named else kind_label(language, entry, counts[group])
        rows.append(Row(label, pick.choice(line.forms), line.value))
        faults.append(line.faults)
    return rows, faults


def _slip(number, pick):
    """One digit changed: the second last where the number is short, any other one else."""
    digits = list(str(number))
    at = pick.randrange(1, len(digits)) if len(digits) > 1 else 0
    digits[at] = str((int(digits[at]) + pick.choice([1, 2, 4, 5])) % 10)
    return int("".join(digits))


def _spoil(rows, faults, pick, has_total, layout):
    """Make one fault; ``((row or None for the total, kind, what should stand there), whether a total stands)``."""
    at = pick.randrange(len(rows))
    kinds = [*faults[at], *faults[at], *EXTRA]
    kind = pick.choice([k for k in kinds if not (layout == "value only" and k == "arithmetic")])
    row = rows[at]
    right = row.value
    if kind in ("arithmetic", "digit_slip"):
        row.value = _slip(right, pick) if kind == "digit_slip" else right + pick.choice([10, 100, 90, 1000])
        return (row, "arithmetic", right), has_total
    if kind == "wrong_sum":
        return (None, kind, None), True
    if kind == "missing_layer":
        inner = [r for r in rows[1:-1] if r.value not in [o.value for o in rows if o is not r]]
        if inner:
            rows.remove(pick.choice(inner))
            return (None, kind, None), True
        kind = "extra_layer"
    if kind == "extra_layer":
        n = pick.choice([37, 41, 53])
        extra = Row("extra", ("+", ("*", n, n), n), n * n + n)
        rows.insert(len(rows) - 1, extra)
        return (extra, kind, 0), True
    if kind == "counted_pooling":
        c = next(c for c in (16, 20, 28, 36, 44, 52) if 4 * c not in [row.value for row in rows])
        extra = Row("pool1", ("*", 2, 2, c), 4 * c)
        rows.insert(1, extra)
        return (extra, "extra_layer" if layout in NAMELESS else kind, 0), True
    row.tree = faults[at][kind]
    row.value = value_of(row.tree)
    return (row, kind, right), has_total


def _sheet(rows, total, language, layout, pick):
    sign = pick.choice(SIGNS.get(layout, PLAIN_SIGNS))
    separator = pick.choice(language.separators)

    def digits(number):
        return f"{number:,}".replace(",", separator)

    shown = [(row.label, text(row.tree, sign), digits(row.value)) for row in rows]
    return Sheet(shown, digits(total) if total is not None else "", language, pick.choice(language.total))


def _description(net, pick, language):
    while True:
        how = pick.choice(sorted(DESCRIPTIONS))
        lines = listed(net, language) if how == "list" else DESCRIPTIONS[how](net)
        if lines:
            return [*lines, ""], how


def _places(rows, root, total, true, has_total, offset, layout, lines):
    """The faulty lines of the text, by the order of the rows in it."""
    if root is None:
        return {}
    head = {"markdown": 2, "tab": 1, "semicolon": 1, "latex": 2, "html": 2}.get(layout, 0)
    row, kind, right = root
    numbers = {id(r): offset + head + n for n, r in enumerate(rows, 1)}
    last = offset + head + len(rows) + (2 if layout == "latex" else 1)
    if layout == "one line":
        numbers, last = dict.fromkeys(numbers, offset + 1), offset + 1
    places = {}
    if has_total and total != true:
        places[last] = [("propagated" if row is not None else kind, true)]
    if row is not None:
        places.setdefault(numbers[id(row)], []).insert(0, (kind, right))
    return places
