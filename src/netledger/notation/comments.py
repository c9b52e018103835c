"""The comments of a description, by the statement that each stands above or behind."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast


class Comments:
    """Every line that holds a ``#``, and how far the reader has read.

    A ``#`` inside a string literal is told by the statement's end, which the reader knows: here every line's last
    candidate is kept, and lines inside a statement are dropped.
    """

    __slots__ = ("lines", "read_to")

    def __init__(self, text: str) -> None:
        self.lines = {number: line for number, line in enumerate(text.splitlines(), 1) if "#" in line}
        self.read_to = 0

    def of(self, statement: _ast.stmt) -> tuple[str, ...] | str | None:
        """The comment lines directly above a statement and the one behind it: (above…, behind) or just behind."""
        if not self.lines:
            return None
        above = [
            self.lines[number].strip()
            for number in range(self.read_to + 1, statement.lineno)
            if number in self.lines and self.lines[number].lstrip().startswith("#")
        ]
        end = statement.end_lineno or statement.lineno
        line = self.lines.get(end, "")
        behind = line.encode()[statement.end_col_offset or 0 :].decode("utf-8", "replace").strip()
        behind = behind[1:].strip() if behind.startswith("#") else ""
        self.read_to = end
        lines = [text.lstrip("#").strip() for text in above]
        return (*lines, behind) if lines else (behind or None)

    def below(self) -> tuple[str, ...]:
        """The comment lines after the last statement, which belong to the network."""
        rest = [text.strip() for number, text in self.lines.items() if number > self.read_to]
        return tuple([text.lstrip("#").strip() for text in rest if text.startswith("#")])
