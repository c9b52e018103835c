"""Numbers that layers' own names are given, away from where they are described: ``fc1 = 100480``, ``the second conv has
4,640``. Each may be a layer's width, or its count.
"""

from __future__ import annotations

from netledger.audit.reading.tokens.words import family_of
from netledger.audit.understanding.counts.proven import are_proven, counts_of
from netledger.audit.understanding.prose.own_names import leading_name, stem_of
from netledger.audit.words import ALL, EACH, LAYERS, TRANSPOSED

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    from netledger.audit.reading.statements.statement import Statement
    from netledger.ledger import Entry
    from netledger.network import Network

FAMILIES = {
    "linear": "linear", "lstm": "lstm", "gru": "gru", "rnn": "rnn", "embedding": "embedding", "batch_norm": "batchnorm",
    "layer_norm": "norm", "rms_norm": "norm", "conv1d": "conv", "conv2d": "conv", "conv3d": "conv",
    "separable_conv2d": "conv", "conv_transpose1d": "transposed", "conv_transpose2d": "transposed",
    "conv_transpose3d": "transposed",
}  # fmt: skip
"""What words call the kinds of layers."""
MAY_COUNT = ("", "params", "setting", "shape", "features")
"""The sorts of numbers, as they are read, that may be a layer's count."""


def is_number(statement: Statement) -> bool:
    """Whether it is a number alone, not of something else that is counted."""
    plain = len(statement.members) == 1 and statement.members[0].node is not None
    return plain and statement.quantity in MAY_COUNT


def is_count_of(statement: Statement, entry: Entry) -> bool:
    """Whether what a statement gives is what a person may count of a layer, as far as it is rounded."""
    value, error = statement.value, statement.error
    return value is not None and any(count > 0 and abs(count - value) <= error for count in counts_of(entry))


class LayerNames:
    """What the layers of a described network may be called: by their paths, the names that their lines begin with, and
    their kinds with a number.
    """

    def __init__(self, network: Network, places: Mapping[str, int], lines: Sequence[str]) -> None:
        from netledger.ledger import keep_books

        self.entries = {entry.path: entry for entry in keep_books(network).entries if any(counts_of(entry))}
        self.by_name: dict[str, str] = {path.lower(): path for path in self.entries}
        self.stems = {stem for path in self.by_name if (stem := stem_of(path))} - {""}
        self.by_family: dict[str, list[str]] = {}
        here: dict[int, list[str]] = {}
        for path, entry in self.entries.items():
            self.by_family.setdefault(FAMILIES.get(entry.layer.kind, ""), []).append(path)
            here.setdefault(places.get(path, 0), []).append(path)
        for line_no, paths in here.items():
            parts = lines[line_no - 1].split(";") if 0 < line_no <= len(lines) else []
            for part, path in zip(parts, paths, strict=False) if len(parts) == len(paths) or not paths[1:] else ():
                name = leading_name(part)
                if name and family_of(name) is None:
                    self.by_name.setdefault(name, path)

    def find(self, statement: Statement, family: str = "") -> str:
        """The layer that a statement is about, "" where it names none; ``family``: of the layer told of before it."""
        words = [word.lower() for word in statement.label]
        named = {self.by_name[word] for word in words if word in self.by_name}
        if len(named) == 1:
            return named.pop()
        if any(stem in self.stems and word not in self.by_name for word in words if (stem := stem_of(word))):
            return ""  # "fc1" where the others are called fc2 and fc3
        own = self.family_of(statement)
        paths = self.by_family.get(own or family, [])
        number = statement.ordinal()
        if number is None:
            return paths[0] if len(paths) == 1 and own else ""
        return paths[number - (number > 0)] if -len(paths) <= number <= len(paths) and number and paths else ""

    def tells(self, statement: Statement) -> bool:
        """Whether a statement's words tell its layer, by a name or by its place among those of its kind."""
        named = any(word.lower() in self.by_name for word in statement.label)
        return named or (statement.ordinal() is not None and bool(self.find(statement)))

    @staticmethod
    def family_of(statement: Statement) -> str:
        """The one family that a statement's words name, blocks apart."""
        found = {family for family in statement.families() if family in FAMILIES.values()}
        if found == {"conv"} and any(word.lower().startswith(TRANSPOSED) for word in statement.label):
            return "transposed"
        return found.pop() if len(found) == 1 else ""


def named_counts(statements: Sequence[Statement], names: LayerNames, described: Collection[int]) -> dict[int, str]:
    """The layers that are given such numbers, by the place of the statement; none where they are not its counts.

    ``described``: the lines that say sizes.
    """
    found: dict[int, str] = {}
    family = ""
    for i, statement in enumerate(statements):
        if i and statements[i - 1].line_no != statement.line_no:
            family = ""
        if statement.line_no in described or not is_number(statement) or statement.is_total:
            continue
        path = names.find(statement, family)
        family = names.family_of(statement) or family
        entry = names.entries.get(path)
        if entry is not None and statement.value not in entry.layer.attributes.values():
            found[i] = path
    equal = sum(is_count_of(statements[i], names.entries[path]) for i, path in found.items())
    return found if found and are_proven(equal, len(found)) else {}


def layers_left(statements: Sequence[Statement], names: LayerNames, places: Mapping[str, int]) -> frozenset[int]:
    """The lines about one layer each that a described network lacks: beside lines that describe layers of their kind
    and say what these have, or more of them than there are layers.
    """
    placed = {line_no for path, line_no in places.items() if path in names.entries}
    lines: dict[str, dict[int, Statement]] = {}
    own: set[str] = set()
    for statement in statements:
        family = names.family_of(statement)
        if not family or statement.is_total or statement.value is None or _is_of_several(statement):
            continue
        if statement.line_no in placed:
            own.add(family)
        elif not names.tells(statement):
            lines.setdefault(family, {})[statement.line_no] = statement
    left: set[int] = set()
    for family, elsewhere in lines.items():
        entries = [names.entries[path] for path in names.by_family.get(family, [])]
        sums = [sum(counts) for counts in zip(*map(counts_of, entries), strict=True)]
        if family in own or len(elsewhere) > len(entries):
            left |= {line_no for line_no, statement in elsewhere.items() if statement.value not in sums}
    return frozenset(left)


def _is_of_several(statement: Statement) -> bool:
    """Whether words speak of several layers of a kind: ``all convs``, ``dense layers``."""
    words = [word.lower() for word in statement.label]
    several = any(word in LAYERS or word in ALL or word in EACH for word in words)
    return several or statement.times > 1 or any(word.endswith("s") and family_of(word) for word in words)
