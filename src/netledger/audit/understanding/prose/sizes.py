"""The numbers of one clause by what they are: each by the word beside it, the others loose."""

from __future__ import annotations

from netledger.audit.understanding.prose.heads import is_ordinal
from netledger.audit.understanding.prose.implied import as_sizes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.audit.understanding.marks.scanning import Mark
    from netledger.audit.understanding.prose.heads import Head


class Sizes:
    """The numbers of one clause by what they are; ``loose`` those that no word claims."""

    def __init__(self, clause: list[Mark], head: Head) -> None:
        self.by_role: dict[str, list[Any]] = {}
        self.words = {str(mark.value) for mark in clause if mark.sort == "word"}
        self.loose: list[int] = []
        self.loose_sizes: list[tuple[int, ...]] = []
        self.pair: tuple[int, int] | None = None
        self.pairs: list[tuple[int, int]] = []
        """What each of several layers reads and makes: ``(64 -> 128 and 128 -> 128)``."""
        self.out_shape: tuple[int, ...] | None = None
        self.times = 1
        self.weak = False
        """Whether a number stands behind a colon or in a column, as a result would."""
        self.late = False
        """Whether the number that waits stands behind a calculation: then only a word beside it makes it a size."""
        self.gaps = any(mark.value == "gap" for mark in clause)
        self.list: list[int] = []
        self.axes = next(
            (int(mark.text) for mark in clause if mark.text in ("1", "2", "3") and mark.sort in ("kind", "word")), 0
        )
        self.widths: list[int] = []
        """The numbers that may each be a layer's width, in order: those that no word claims, units and filters."""
        self.repeats = 1
        """How often all that the sentence describes stands there: ``repeated 3 times``."""
        self.head = head
        self.said: set[int] = set()
        """Its numbers, each of which a layer must hold that was read as it is meant."""
        _Walk(self, [mark for i, mark in enumerate(clause) if not is_ordinal(clause, i)]).run()

    def take(self, *roles: str) -> Any:
        """The first number or sizes of the first of these roles."""
        for role in roles:
            if self.by_role.get(role):
                return self.by_role[role][0]
        return None

    def number(self, *roles: str) -> int | None:
        """The first whole number of one of these roles."""
        for role in roles:
            for value in self.by_role.get(role, ()):
                if isinstance(value, int):
                    return value
        return None

    def sizes(self, *roles: str) -> tuple[int, ...] | None:
        """The first sizes of one of these roles."""
        for role in roles:
            for value in self.by_role.get(role, ()):
                if isinstance(value, tuple):
                    return value
        return None

    def give(self, role: str, value: Any) -> None:
        """Take a number of a role."""
        if role in ("units", "filters", "output") and isinstance(value, int):
            self.widths.append(value)
        self.by_role.setdefault(role, []).append(value)

    @property
    def trails(self) -> bool:
        """Whether a number that no word claims stands behind one that is said to be units: no second width."""
        claimed = [value for role in ("units", "filters", "output") for value in self.by_role.get(role, ())]
        return len(self.widths) > 1 and self.widths[0] in claimed and self.widths[-1] not in claimed

    def say(self, mark: Mark) -> None:
        """Remember a number that a layer must hold."""
        if mark.text != "after" and not self.weak:
            self.said.update(as_sizes(mark) or [int(str(mark.value))])

    def release(self, waiting: Any) -> None:
        """Take a number that no word claims."""
        if waiting is None or self.late:
            return
        if isinstance(waiting, int):
            self.loose.append(waiting)
            self.widths.append(waiting)
        elif waiting is not None:
            self.loose_sizes.append(waiting)

    def flow(self, arrows: list[Any]) -> None:
        """``64 → 128``, ``-> 10x10x16``, ``784 → 128 → 10``, ``32x32x3 -> 28x28x6``."""
        shapes = [value for value in arrows if isinstance(value, tuple)]
        plain = [value for value in arrows if isinstance(value, int)]
        if shapes:
            self.out_shape = shapes[-1]
            if len(shapes) > 1 and isinstance(arrows[0], tuple):
                self.give("input", shapes[0])
            if self.head.kind in ("flatten", "linear") and plain:
                self.give("input", shapes[0])
                self.out_shape = None
                self.give("units", plain[-1])
            return
        if len(plain) == 2:
            self.pair = (plain[0], plain[1])
        elif len(plain) == 1:
            self.give("output", plain[0])
        elif plain:
            self.list = plain


class _Walk:
    """One walk over the marks of a clause, which gives its numbers to the words beside them."""

    def __init__(self, sizes: Sizes, clause: list[Mark]) -> None:
        self.sizes, self.clause = sizes, clause
        self.waiting: Any = None
        """A number that no word has claimed yet."""
        self.role: str | None = None
        """A word whose number has not come yet."""
        self.arrows: list[list[Any]] = []
        """The numbers that arrows join, run by run."""
        self.arrow = False
        """Whether an arrow stands right before."""

    def run(self) -> None:
        """Take every mark in order."""
        for i, mark in enumerate(self.clause):
            take = BY_SORT.get(mark.sort) or BY_VALUE.get(mark.value)
            if take is not None:
                take(self, i, mark)
        self._let_go()
        runs = self.arrows
        pairs = [(run[0], run[1]) for run in runs if len(run) == 2 and all(isinstance(end, int) for end in run)]
        if len(pairs) > 1 and len(pairs) == len(runs):
            self.sizes.pairs = pairs
        elif len(pairs) == 1 and len(runs) > 1:
            self.sizes.pair = pairs[0]
            self.sizes.flow([value for run in runs if tuple(run) != pairs[0] for value in run])
        else:
            self.sizes.flow([value for run in runs for value in run])

    def _let_go(self) -> None:
        """The number that waits is claimed by no word."""
        self.sizes.release(self.waiting)
        self.waiting = None

    def number(self, i: int, mark: Mark) -> None:
        """A number, or sizes: one end of an arrow, a stride, what the word before says, or one that waits."""
        clause, sizes = self.clause, self.sizes
        if i + 1 == len(clause) or clause[i + 1].value != "times":
            sizes.say(mark)
        if self.arrow and self.arrows and i > 1 and clause[i - 2].value == self.arrows[-1][-1]:
            self.arrows[-1].append(mark.value)
            self.arrow = False
            return
        if self.arrow or _before_arrow(clause, i):
            self.arrows.append([mark.value])
            self.arrow = False
            return
        if _is_slashed(clause, i):  # "7x7/2"
            sizes.give("stride", mark.value)
            return
        role = self.role
        if role is not None and not (role in ("input", "output") and _is_of_next(clause, i)):
            sizes.give(role, mark.value)
            once = isinstance(mark.value, int) or role in ("kernel", "stride", "padding", "input")
            self.role = None if once else role
            return
        counted = isinstance(self.waiting, int) and mark.sort == "sizes" and i + 1 < len(clause)
        if counted and clause[i + 1].value == "filters":  # "16 3x3 filters"
            sizes.give("filters", self.waiting)
        else:
            sizes.release(self.waiting)
        self.waiting = mark.value
        before = clause[i - 1] if i else None
        sizes.weak |= before is not None and before.value in (":", "gap", "=", "calculation", "|")
        sizes.late = mark.text == "after"

    def count(self, i: int, mark: Mark) -> None:
        """A number in words: of layers, or of nothing that counts here."""
        if _counts_layers(self.clause, i) and int(str(mark.value)) > 1:
            self.sizes.times = int(str(mark.value))

    def size(self, i: int, mark: Mark) -> None:
        """A word for a size: of the number before it, or of the one that comes."""
        named = str(mark.value)
        if self.waiting is not None and not _prefixes(self.clause, i, named):
            self.sizes.give(named, self.waiting)
            keep = isinstance(self.waiting, tuple) and named == "filters"
            self.waiting, self.role = None, named if keep else None
        elif self.arrows and not self.arrow and self.role is None and self.clause[i - 1].sort in ("number", "sizes"):
            self.sizes.give("pair", named)
        else:
            self._let_go()
            self.role = self._joined(self.role, named)

    @staticmethod
    def _joined(role: str | None, named: str) -> str:
        """``input`` with ``channels``, ``features`` is the input's; ``output`` with ``channels`` the filters."""
        if role == "input" and named in ("channels", "features", "units", "dimension"):
            return "in_channels" if named == "channels" else "features"
        if role == "output" and named in ("channels", "features", "units", "dimension"):
            return "filters" if named == "channels" else "units"
        return role if role is not None and named == "extent" else named

    def end(self, i: int, mark: Mark) -> None:
        """A sign at which words cease to claim numbers."""
        self.arrow = mark.value == "->" and i + 1 < len(self.clause)
        if mark.value == ":" and self.clause[i - 1].value != self.role:
            self.role = None
        if mark.value == "(" and self.waiting is not None:
            self._let_go()
        elif mark.value == "/" and i + 1 < len(self.clause) and _is_slashed(self.clause, i + 1):
            pass
        elif mark.value in (",", ")", "-", "->", "+", "/", "gap") and not (mark.value == "-" and self.role):
            self._let_go()
            self.role = None

    def times(self, i: int, mark: Mark) -> None:
        """``3 times``: the number says how often."""
        if isinstance(self.waiting, int):
            self.sizes.repeats, self.waiting = self.waiting, None

    def image(self, i: int, mark: Mark) -> None:
        """``28x28 image``: the sizes are the input's."""
        if isinstance(self.waiting, tuple):
            self.sizes.give("input", self.waiting)
            self.waiting = None

    def join(self, i: int, mark: Mark) -> None:
        """``32 and 64``: the number before is claimed by no word behind."""
        self._let_go()

    def to(self, i: int, mark: Mark) -> None:
        """``from 64 to 128``: an arrow in words."""
        if not _before_to(self.clause, i):
            return
        self.arrow = True
        if self.waiting is not None:
            self.arrows.append([self.waiting])
            self.waiting = None
        elif self.role is None and self.sizes.loose:
            self.arrows.append([self.sizes.loose.pop()])


BY_SORT: dict[str, Callable[[_Walk, int, Mark], None]] = {
    "number": _Walk.number, "sizes": _Walk.number, "count": _Walk.count, "size": _Walk.size, "break": _Walk.end,
}  # fmt: skip
"""What a mark of a sort does."""
BY_VALUE: dict[object, Callable[[_Walk, int, Mark], None]] = {
    "input": _Walk.size, "output": _Walk.size, "times": _Walk.times, "image": _Walk.image, "and": _Walk.join,
    "each": _Walk.join, "to": _Walk.to,
}  # fmt: skip
"""What other words do."""


def _is_slashed(clause: list[Mark], i: int) -> bool:
    """Whether a number is the stride behind a kernel's slash."""
    if (
        i < 2
        or clause[i].sort != "number"
        or clause[i - 1].value != "/"
        or clause[i - 2].sort not in ("sizes", "number")
    ):
        return False
    return clause[i - 2].end == clause[i - 1].start and clause[i - 1].end == clause[i].start


def _is_of_next(clause: list[Mark], i: int) -> bool:
    """Whether a number behind ``input`` counts what the word behind it says: ``input 1 channel, 16 features``."""
    after = clause[i + 1] if i + 1 < len(clause) else None
    if clause[i].sort != "number" or after is None or after.sort != "size" or after.value == "units":
        return False
    return not _prefixes(clause, i + 1, str(after.value))


def _counts_layers(clause: list[Mark], i: int) -> bool:
    """Whether a number in words counts layers: one follows in its stretch, or stands right before it."""
    if i and (clause[i - 1].sort == "kind" or clause[i - 1].value in ("layer", "hidden")):
        return True
    for mark in clause[i + 1 :]:
        if mark.sort == "break":
            return False
        if mark.sort == "kind" or mark.value in ("layer", "hidden") or mark.text == "layer":
            return True
    return False


def _before_arrow(clause: list[Mark], i: int) -> bool:
    """Whether a number or size stands right before an arrow to another."""
    j = i + 1
    while (
        j < len(clause)
        and clause[j].value in ("channels", "features", "units", "input", "filters")
        and clause[j].sort != "break"
    ):
        j += 1
    if not (j + 1 < len(clause) and clause[j].value == "->" and clause[j + 1].sort in ("number", "sizes")):
        return False
    this, following = clause[i], clause[j + 1]
    if this.sort == "sizes":
        return len(as_sizes(this)) == 3 or following.sort == "number"
    again = j + 2 < len(clause) and clause[j + 2].value == "->"
    return following.sort == "number" or again or (i > 0 and clause[i - 1].value == "->")


def _before_to(clause: list[Mark], i: int) -> bool:
    return 0 < i < len(clause) - 1 and clause[i + 1].sort == "number" and clause[i - 1].sort == "number"


def _prefixes(clause: list[Mark], i: int, named: str) -> bool:
    """Whether a word that follows a number is about the next one: ``16 filters``, but ``conv 16, kernel = 3``."""
    after = clause[i + 1] if i + 1 < len(clause) else None
    if after is None:
        return False
    if after.value in (":", "=") and after.sort == "break":
        return i + 2 < len(clause) and clause[i + 2].sort in ("number", "sizes")
    if named in ("stride", "padding") and after.sort == "number":
        return True
    return named == "kernel" and after.sort in ("number", "sizes") and isinstance(clause[i - 1].value, int)
