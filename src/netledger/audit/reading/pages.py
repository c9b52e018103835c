"""A pasted page → its passages: who wrote which lines, and which lines are no part of what anybody wrote.

Question-and-answer pages, forums, issues, mailing lists and chats announce a writer in few ways: a line of reputation
or votes below a name, ``u/name • 3 yr. ago``, ``name commented on …``, ``On …, name wrote:``, ``name: …`` in a chat.
What is not announced is one passage.
"""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

COUNTERS = ("reputation", "upvotes", "downvotes", "votes", "views", "score", "answers", "comments", "badges", "karma")
"""What a page counts beside what people write."""
AFTER = ("upvotes", "upvote", "comments", "comment", "votes", "vote", "views", "answers", "answer", "replies", "points")
"""Words of such counts that come behind the number."""
AGO = ("ago", "yesterday")
STAMPS = ("asked", "answered", "edited", "modified", "viewed", "posted", "updated", "joined", "last reply")
"""Words that begin a line about when something was written."""
BUTTONS = frozenset(
    "share reply follow report save award edit delete flag improve link permalink sort best newest oldest copy".split()
)
"""Lines of nothing but such words are buttons."""
UNITS = ("sec", "min", "hour", "day", "week", "month", "year", "yr", "mo")
LONGEST_NAME = 60


class Passage(Record):
    """Lines ``from_line`` to ``to_line`` by ``author``; ``noise``: those among them that are no text of theirs."""

    __slots__ = ("from_line", "to_line", "author", "noise")
    from_line: int
    to_line: int
    author: str | None
    noise: frozenset[int]

    def __init__(
        self, from_line: int, to_line: int, author: str | None = None, noise: frozenset[int] = frozenset()
    ) -> None:
        self._fill(from_line, to_line, author, noise)


def passages(text: str) -> list[Passage]:
    r"""The passages of a text; an ordinary text is one.

    >>> page = "anna\n\nReputation: 3\n\nfc: 4*5 = 20\n\nVotes: 7\n\nben\n\nReputation: 9\n\nfc: 4*5+5 = 25"
    >>> [(p.author, p.from_line) for p in passages(page)]
    [('anna', 1), ('ben', 9)]
    """
    lines = text.split("\n")
    noise: set[int] = set()
    starts: list[tuple[int, str]] = []
    for number, author, silent in _announcements(lines):
        noise.update(silent)
        if author is not None:
            starts.append((number, author))
    if len(starts) < 2:
        return [Passage(1, len(lines), starts[0][1] if starts else None, frozenset(noise))]
    found = []
    if any(line.strip() for line in lines[: starts[0][0] - 1]):
        found.append(Passage(1, starts[0][0] - 1, None, frozenset(n for n in noise if n < starts[0][0])))
    for i, (start, author) in enumerate(starts):
        end = starts[i + 1][0] - 1 if i + 1 < len(starts) else len(lines)
        found.append(Passage(start, end, author, frozenset(n for n in noise if start <= n <= end)))
    return found


def _announcements(lines: list[str]) -> Iterator[tuple[int, str | None, list[int]]]:
    """``(line, author, lines that are noise)`` of every writer announced; author None where only noise was found."""
    for i, raw in enumerate(lines):
        line = raw.strip()
        if not line or len(line) > 200:
            continue
        lower = line.lower()
        if lower.startswith("reputation:"):
            names = _names_above(lines, i)
            if names:
                yield names[0] + 1, lines[names[0]].strip(), [n + 1 for n in [*names, i]]
            else:
                yield i + 1, None, [i + 1]
        elif (author := _byline(line, lower)) is not None:
            yield i + 1, author, [i + 1]
        elif is_noise(line, lower):
            yield i + 1, None, [i + 1]


def _names_above(lines: list[str], place: int) -> list[int]:
    """The lines of the name above a line of reputation: one, or the same twice."""
    found: list[int] = []
    i = place - 1
    while i >= 0 and place - i <= 4:
        line = lines[i].strip()
        if line:
            if found and line != lines[found[0]].strip():
                break
            if len(line) > LONGEST_NAME:
                break
            found.insert(0, i)
        i -= 1
    return found


def _byline(line: str, lower: str) -> str | None:
    """The writer that a line announces by itself."""
    words = lower.split()
    dated = any(word.strip(".,)") in AGO for word in words) or (" on " in lower and lower[-4:].isdigit())
    for sign in (" • ", " · ", " | "):
        if sign in line and dated and len(line) < 120:
            return line.split(sign)[0].strip()
    for verb in (" commented", " answered", " replied", " opened this issue", " wrote:", " said:", " writes:"):
        at = lower.find(verb)
        if 0 < at < 100 and (dated or verb.endswith(":") or len(words) < 10) and not any(c in line for c in "=×*"):
            name = line[:at].split(",")[-1].strip()
            return name or None
    if lower.startswith("from: ") and len(line) < 100:
        return line[6:].strip()
    return None


def is_noise(line: str, lower: str) -> bool:
    """Whether a line is a page's own: counts of votes, dates, buttons, a subreddit's name."""
    words = lower.replace(":", " ").split()
    if not words or any(sign in line for sign in "=×*→"):
        return False
    first, last = words[0], words[-1].strip(".")
    numbers = [word for word in words if word.replace(",", "").replace(".", "").strip("()k+").isdigit()]
    if first in COUNTERS and len(words) <= 3 and (len(numbers) == 1 or len(words) == 1):
        return True
    if len(words) == 2 and numbers and last in AFTER:
        return True
    if lower.startswith(STAMPS) and len(words) <= 14 and (last in AGO or any(u in lower for u in UNITS) or numbers):
        return True
    if last in AGO and len(words) <= 8:
        return True
    if set(words) <= BUTTONS or lower.startswith(("r/", "u/")):
        return True
    return bool(
        len(words) <= 3 and lower.startswith(("related question", "sign up", "log in", "add a comment", "show "))
    )


def lines_of(text: str, passage: Passage) -> str:
    """The text of a passage in its place: every other line, and its noise, is left blank, so that numbers stay."""
    kept = []
    for number, line in enumerate(text.split("\n"), 1):
        inside = passage.from_line <= number <= passage.to_line and number not in passage.noise
        kept.append(line if inside else "")
    return "\n".join(kept)
