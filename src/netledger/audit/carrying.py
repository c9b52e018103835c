"""The lines of a calculation as the tree of sums that they are: what a wrong line does to the sums above it.

A line whose value is the sum of the lines before it, or a number of times that sum, works on with them. Where a total
is wrong though its lines add up to it, and all but one are right, that one must be what the rest of the network is.
"""

from __future__ import annotations

from netledger.audit.group_causes import group_cause
from netledger.audit.judgement import OTHER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.judgement import Judgement
    from netledger.audit.judging import Judge
    from netledger.audit.quantities import Held
    from netledger.audit.reading.tokens import Value

MOST_ITEMS = 400


class Item:
    """A line in the tree: its value, what should stand there where that is known, and the lines that it adds up."""

    __slots__ = ("judgement", "value", "known", "children", "times", "error")

    def __init__(self, judgement: Judgement, value: Value) -> None:
        self.judgement, self.value = judgement, value
        self.error = judgement.error
        self.known: Value | None = _known(judgement)
        self.children: list[Item] = []
        self.times = 1

    def leaves(self, times: int = 1) -> Iterator[tuple[Item, int]]:
        """The lines at the bottom, with how often each counts in this one."""
        if not self.children:
            yield self, times
        for child in self.children:
            yield from child.leaves(times * self.times)

    def inner(self) -> Iterator[tuple[Item, int]]:
        """The sums in it, this one included, the innermost first, with how often each counts."""
        for child in self.children:
            for item, times in child.inner():
                yield item, times * self.times
        if self.children:
            yield self, 1

    def should(self) -> Value | None:
        """What should stand there, from the bottom up; ``None`` where that is not known."""
        if not self.children:
            return self.known
        total: Value = 0
        for child in self.children:
            one = child.should()
            if one is None:
                return None
            total += one
        return total * self.times


class Carrying:
    """Lays out the tree, finds the one line that must be wrong, and marks the sums that carry a wrong line."""

    def __init__(self, judge: Judge) -> None:
        self.judge, self.truth, self.judgements = judge, judge.truth, judge.judgements

    def run(self) -> None:
        """Every sum of earlier lines, the whole network's first."""
        items = self._items()
        if not 2 <= len(items) <= MOST_ITEMS:
            return
        roots = self._tree(items)
        for root in roots:
            if root.children and self._is_whole(root, roots) and root.judgement.verdict == "open":
                self._culprit(root)
        for root in roots:
            for item, _ in root.inner():
                self._carried(item, roots)

    def _items(self) -> list[Item]:
        items = []
        for judgement in self.judgements:
            statement = judgement.statement
            if judgement.verdict == "other" or judgement.value is None or statement.binding:
                continue
            if statement.quantity in OTHER or judgement.value < 1:
                continue
            items.append(Item(judgement, judgement.value))
        return items

    # -------------------------------------------------------------- the tree

    def _tree(self, items: list[Item]) -> list[Item]:
        stack: list[Item] = []
        for item in items:
            if not self._stands_alone(item.judgement):
                self._take(item, stack)
            stack.append(item)
        return stack

    def _stands_alone(self, judgement: Judgement) -> bool:
        """Whether a line is about one layer, so that it is no sum of others."""
        if judgement.statement.is_total:
            return False
        if judgement.findings:
            return True
        quantity = judgement.quantity
        return judgement.verdict == "right" and quantity is not None and quantity.role in ("full", "weights", "matrix")

    def _take(self, item: Item, stack: list[Item]) -> None:
        """Move the lines that an item adds up from the stack into it."""
        counts = _counts(item.judgement, stack[-1].value if stack else 0)
        reached: Value = 0
        allowed: Value = item.error * (1 + 1e-9)
        best: tuple[int, int] | None = None
        for taken, child in enumerate(reversed(stack), 1):
            reached += child.value
            allowed += child.error
            if reached > item.value + allowed:
                break
            for times in counts:
                if (taken > 1 or times > 1) and _near(reached * times, item.value, item.error + child.error * times):
                    if times == 1 or taken == 1 or best is None:
                        best = (taken, times)
        if best is not None:
            item.children, item.times = stack[-best[0] :], best[1]
            del stack[-best[0] :]

    def _is_whole(self, root: Item, roots: list[Item]) -> bool:
        """Whether a sum is the network's: it is called a total, or takes in every line of the text."""
        if root.judgement.statement.is_total:
            return True
        return root is roots[-1] and len(roots) == 1

    # -------------------------------------------------------------- the line that must be wrong

    def _culprit(self, root: Item) -> None:
        """Find the one line that the rest of the network is missing from, where all others are right."""
        if root.should() == self.truth.total:
            return
        leaves = list(root.leaves())
        unknown = [(leaf, times) for leaf, times in leaves if leaf.known is None]
        if unknown:
            if len(unknown) == 1:
                self._settle(root, *unknown[0])
            return
        wrong = [(leaf, times) for leaf, times in leaves if leaf.judgement.findings]
        if wrong:
            if len(wrong) == 1 and _is_doubtful(wrong[0][0].judgement):
                self._settle(root, *wrong[0])
            return
        if self._conventions(root, leaves):
            return
        for item, times in root.inner():
            if item.times > 1 and item.judgement.verdict == "open" and self._settle(root, item, times):
                return
        for leaf, times in reversed(leaves):
            if self._is_soft(leaf) and (self._one_of_many(root, leaf, times) or self._settle(root, leaf, times)):
                return

    def _conventions(self, root: Item, leaves: list[tuple[Item, int]]) -> bool:
        """Lines that count by another convention than the one they are held to, where that is all the total lacks."""
        other, short = [], self.truth.total - (root.should() or 0)
        for leaf, times in leaves:
            quantity, part = leaf.judgement.quantity, leaf.judgement.part
            if quantity is not None and part is not None and quantity.role == "convention":
                other.append((leaf, part))
                short -= (self.truth.count(part) - leaf.value) * times
        if not other or short or not self.truth.stated:
            return False
        for leaf, part in other:
            judgement, count = leaf.judgement, self.truth.count(part)
            judgement.expected = leaf.known = count
            why = f"by this convention ({self.truth.convention}) {part.shown} has {count:,}"
            self.judge.blame(judgement, "wrong_value", part.shown, count, leaf.value, why)
        return True

    def _is_soft(self, leaf: Item) -> bool:
        """Whether a line is right only for some part of what its label may mean."""
        quantity = leaf.judgement.quantity
        return quantity is not None and quantity.role in ("group", "multiple", "matrix", "weights", "bias")

    def _one_of_many(self, root: Item, leaf: Item, times: int) -> bool:
        """A block that the total takes once, though the network repeats it."""
        quantity, root_value = leaf.judgement.quantity, root.should()
        if quantity is None or root_value is None or quantity.role != "group" or leaf.error or len(quantity.parts) < 2:
            return False
        many = {part.times // held for part, held in quantity.parts}
        short = self.truth.total - root_value
        if len(many) != 1 or short <= 0 or short != leaf.value * (min(many) - times):
            return False
        judgement, true = root.judgement, self.truth.total
        judgement.expected = true
        why = f"{quantity.what} is there {min(many)} times, not {times}: {short:,} more"
        self.judge.blame(judgement, "missing_layer", quantity.what, true, root.value, why)
        return True

    def _settle(self, root: Item, suspect: Item, times: int) -> bool:
        """Give a line what the rest of the network has, where that is something of the network and there is a cause."""
        below = {id(leaf) for leaf, _ in suspect.leaves()}
        others = [(leaf, many) for leaf, many in root.leaves() if id(leaf) not in below]
        gap = self.truth.total - sum([(leaf.known or 0) * many for leaf, many in others])
        if gap < 0 or gap % times or not isinstance(gap, int):
            return False
        judgement, expected = suspect.judgement, gap // times
        if abs(expected - suspect.value) <= suspect.error:
            return False
        if suspect.children and not (expected and suspect.value % expected == 0):
            return False
        held = self._held(suspect, expected, [leaf for leaf, _ in others])
        if held and self._is_soft(suspect) and not self._may_mean(judgement, held, [leaf for leaf, _ in others]):
            return False
        cause = group_cause(self.judge, judgement, expected, held) if held is not None else None
        if cause is None or (cause.cost >= 5 and self._is_soft(suspect)):
            return False
        judgement.findings.clear()
        judgement.expected = expected
        judgement.quantity, judgement.part = None, held[0][0] if held and len(held) == 1 else None
        layer = judgement.part.shown if judgement.part is not None else None
        self.judge.blame(judgement, cause.kind, layer, expected, suspect.value, cause.why)
        suspect.known, suspect.children = expected, []
        return True

    def _may_mean(self, judgement: Judgement, held: Held, others: list[Item]) -> bool:
        """Whether a line that is right for some layers may mean others: by its label, or where those are taken."""
        taken = {id(part) for item in others for part, _ in _parts_of(item.judgement)}
        mine = {id(part) for part, _ in _parts_of(judgement)}
        if mine & taken or all(id(part) in mine for part, _ in held):
            return True
        return all(self.judge.labels.score(judgement.statement, part) > 0 for part, _ in held)

    def _held(self, suspect: Item, expected: int, others: list[Item]) -> Held | None:
        """What has the expected number: layers that no other line stands for, or a group; None where nothing has."""
        judgement = suspect.judgement
        taken = {id(part) for item in others for part, _ in _parts_of(item.judgement)}
        if expected == 0:
            mine = _parts_of(judgement)
            named = any(self.judge.labels.score(judgement.statement, part) >= 2 for part in self.judge.matcher.weighted)
            return None if named or any(id(part) not in taken for part, _ in mine) or suspect.error else ()
        rest = [part for part in self.judge.matcher.weighted if id(part) not in taken]
        count = self.truth.count
        for held in (tuple([(part, 1) for part in rest]), tuple([(part, part.times) for part in rest])):
            if sum([count(part) * many for part, many in held]) == expected:
                return held
        if judgement.statement.is_total and not suspect.children:
            return ()
        for quantity in self.judge.quantities.exactly(expected):
            piece = suspect.known is None and quantity.role in ("weights", "bias", "matrix")
            if suspect.children or piece or not any(id(part) in taken for part, _ in quantity.parts):
                return quantity.parts
        return None

    # -------------------------------------------------------------- sums that carry a wrong line

    def _carried(self, item: Item, roots: list[Item]) -> None:
        judgement = item.judgement
        wrong = [leaf.judgement for leaf, _ in item.leaves() if leaf.judgement.findings]
        if judgement.fault is not None or not wrong or not self._may_carry(judgement):
            return
        if item.value == self.truth.total:
            return
        should = item.should()
        if should is None or abs(should - item.value) <= item.error:
            return
        whole = self._is_whole(item, roots)
        if whole and judgement.statement.is_total and should != self.truth.total:
            return  # something else is missing too
        judgement.expected = should
        line = wrong[0].findings[0].line_no
        why = f"the sum of your lines is right; {self.judge.carries(wrong, item.value - should)}"
        self.judge.blame(judgement, "propagated", None, should, item.value, why, follows_from=line)

    def _may_carry(self, judgement: Judgement) -> bool:
        """Whether a sum is not judged yet, or is only by chance the number of some other group of layers."""
        quantity = judgement.quantity
        if judgement.verdict == "right" and quantity is not None and not judgement.statement.is_total:
            return quantity.role in ("group", "multiple", "weights") and not judgement.error
        return judgement.verdict == "open"


def _parts_of(judgement: Judgement) -> Held:
    """The layers that a judged line stands for."""
    if judgement.quantity is not None:
        return judgement.quantity.parts
    return ((judgement.part, 1),) if judgement.part is not None else ()


def _known(judgement: Judgement) -> Value | None:
    """What should stand in a judged line."""
    if judgement.verdict == "right":
        rounded = judgement.error and judgement.quantity is not None
        return judgement.quantity.value if rounded and judgement.quantity is not None else judgement.value
    return judgement.expected if judgement.verdict == "wrong" else None


def _is_doubtful(judgement: Judgement) -> bool:
    """Whether a line was called wrong for something that may be another mistake: not for its arithmetic."""
    return bool(judgement.findings) and all(finding.kind != "arithmetic" for finding in judgement.findings)


def _counts(judgement: Judgement, last: Value) -> list[int]:
    """The numbers that a line may take the lines before it: 1, and those in its label and its expression."""
    statement = judgement.statement
    found = {1, statement.times}
    for word in [*statement.label, *statement.inner]:
        digits = word.strip("x×()*")
        if digits.isdigit() and len(digits) <= 4:
            found.add(int(digits))
    for member in statement.expressions:
        if member.node is None:
            continue
        leaves = [leaf.value for leaf in member.node.numbers()]
        found.update([leaf for leaf in leaves if isinstance(leaf, int) and 1 < leaf <= 1000])
        if last in leaves and judgement.value is not None and isinstance(last, int) and last > 20:
            many = judgement.value // last
            if many * last == judgement.value and member.node.op == "product":
                found.add(int(many))
    return sorted(found - {0})


def _near(one: Value, other: Value, error: Value) -> bool:
    return abs(one - other) <= error * 1.000001 if error else one == other
