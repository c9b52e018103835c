"""Source code in a text → statements: of a fenced block, behind ``>>>``, half a class, among prose. Parsed, never run.

Each statement is parsed by itself, so that a line which is no Python costs nothing but itself.
"""

from __future__ import annotations

from netledger.audit.reading.lines.consoles import has_code
from netledger.audit.understanding.code.inline_calls import depth, listed_calls, torch_calls

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast

LONGEST = 60
"""Lines of one statement at most."""
NO_LINE = -1
"""The last line of what stands within a sentence: no line is all of it."""
LISTED = -2
"""As the last line: a sentence lists layers as their calls, and is no code."""
MOST = 20_000
"""Characters of one statement at most."""


class Statement:
    """A parsed statement, its first and last line, and the statements that are indented below it."""

    __slots__ = ("below", "indent", "is_else", "last_line", "line_no", "node")

    def __init__(
        self, node: ast.stmt, line_no: int, indent: int, *, is_else: bool = False, last_line: int = 0
    ) -> None:  # fmt: skip
        self.node, self.line_no, self.indent, self.is_else = node, line_no, indent, is_else
        self.last_line = last_line or line_no
        self.below: list[Statement] = []


def statements(lines: list[str]) -> list[Statement]:
    """The statements of a text, those below a ``class``, ``def``, ``for`` or ``if`` inside it.

    >>> [type(s.node).__name__ for s in statements(["My net:", ">>> fc = nn.Linear(4, 2)  # 10", "What do you think?"])]
    ['Assign']
    """
    found: list[Statement] = []
    open_blocks: list[Statement] = []
    i = 0
    while i < len(lines):
        text = _bare(lines[i])
        if not _may_be_code(text):
            i += 1
            continue
        source, taken = _whole(lines, i, text)
        node = _parsed(source)
        if node is None or _is_listing(node):
            found.extend(_inline(lines[i], i + 1))
            i += 1
            continue
        is_else = source.lstrip().startswith(("elif ", "else"))
        statement = Statement(node, i + 1, len(text) - len(text.lstrip()), is_else=is_else, last_line=i + taken)
        while open_blocks and open_blocks[-1].indent >= statement.indent:
            open_blocks.pop()
        (open_blocks[-1].below if open_blocks else found).append(statement)
        if source.rstrip().endswith(":"):
            open_blocks.append(statement)
        i += taken
    return found


def _inline(line: str, line_no: int) -> list[Statement]:
    """Calls of layers within a sentence: in backticks, or PyTorch's: ``nn.GRU(40, 9), then nn.Linear(9, 6)``."""
    pieces = [piece.strip() for piece in line.split("`")[1::2]]
    coded = any(map(has_code, pieces))
    pieces = [piece for piece in pieces if coded and piece[:1].isupper() and piece.endswith(")")] or [
        piece for piece in pieces if has_code(piece)
    ]
    if "nn." in line and not pieces:
        pieces = [f"{_target(line[:at])}{call}" for at, call in torch_calls(line)]
    listed = [] if pieces else [call.statement for call in listed_calls(line)]
    nodes = [_parsed(piece) for piece in pieces or listed]
    if listed and None in nodes:
        return []  # "GRU(10, 20), Linear(20 -> 5)": words, and no calls
    last = LISTED if listed else NO_LINE
    return [Statement(node, line_no, 0, last_line=last) for node in nodes if node is not None]


def _is_listing(node: ast.stmt) -> bool:
    """``conv1 - Conv2d(3, 16, 3) - 448``: dashes between the columns of a list, and no difference of layers."""
    import ast

    from netledger.audit.understanding.code.expressions import names_layers

    if not isinstance(node, ast.Expr):
        return False
    columns = node.value.elts if isinstance(node.value, ast.Tuple) else [node.value]  # "- 4,608" holds a comma
    return any(isinstance(column, ast.BinOp) and names_layers(column) for column in columns)


def _target(before: str) -> str:
    """``enc = `` before a call in a line that is no code as a whole, where it gives the layer its name."""
    name = before.strip().removesuffix("=").strip()
    return f"{name} = " if before.rstrip().endswith("=") and name.isidentifier() else ""


def _bare(line: str) -> str:
    """A line without a prompt and its comment, tabs as spaces."""
    text = line.expandtabs(4).rstrip()
    stripped = _unquoted(text)
    for prompt in (">>> ", "... "):
        if text.lstrip().startswith(prompt):
            stripped = text.lstrip()[len(prompt) :]
            break
    return _without_comment(stripped)


def _unquoted(text: str) -> str:
    """A line without the signs of a quotation, its indentation kept."""
    while text.lstrip().startswith("> ") and not text.lstrip().startswith(">>"):
        text = text.lstrip()[2:]
    return text


def _without_comment(text: str) -> str:
    at = comment_at(text)
    return text if at is None else text[:at].rstrip()


def comment_at(text: str) -> int | None:
    """Where the comment of a line begins, if it has one."""
    quote = ""
    for i, character in enumerate(text):
        if quote:
            quote = "" if character == quote else quote
        elif character in "'\"":
            quote = character
        elif character == "#":
            return i
    return None


def _may_be_code(text: str) -> bool:
    bare = text.lstrip()
    return (
        "(" in bare
        or "=" in bare
        or (bare.startswith(("if ", "elif ")) and bare.endswith(":") and len(bare) < 300)
        or (bare.startswith(("return ", "class ", "def ", "for ", "else", "try")) and len(bare) < 300)
    )


def _whole(lines: list[str], start: int, first: str) -> tuple[str, int]:
    """The statement that begins on a line: as many lines as its brackets need."""
    source, still_open, taken = first.strip(), depth(first), 1
    while still_open > 0 and start + taken < len(lines) and taken < LONGEST and len(source) < MOST:
        more = _bare(lines[start + taken])
        if more.strip().startswith("```"):
            break
        source += "\n" + more
        still_open += depth(more)
        taken += 1
    if still_open > 0:  # half a statement: its brackets are closed where the text ends
        source, taken = first.strip(), 1
    return source, taken


def _parsed(source: str) -> ast.stmt | None:
    import ast
    import warnings

    text = source.rstrip().rstrip(",")
    for prefix, more in (("elif ", "if "), ("else", "if True")):
        if text.startswith(prefix):
            text = more + text[len(prefix) :]
    if text.endswith(":"):
        text += " pass"
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return tree.body[0] if tree.body else None
