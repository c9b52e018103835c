"""What a person writes beside code: the comments behind its layers are claims, the code itself is none."""

from __future__ import annotations

from netledger.audit.reading.tokens.words import quantity_of
from netledger.audit.understanding.code.comments_above import subjects_above
from netledger.audit.understanding.code.inline_calls import without_arguments
from netledger.audit.understanding.code.statements import LISTED, Statement, comment_at, statements

TYPE_CHECKING = False
if TYPE_CHECKING:
    import ast
    from collections.abc import Iterator

PASSING = frozenset("x h y z out output outputs inputs model net layer layers self network features seq".split())
"""Names of code for what passes through, or for all of it: they name no layer."""


def claims_beside_code(text: str) -> str:
    r"""The text without its code: of a line that makes a layer its name and what the comment behind it works out.

    Everything that is left stands in its place.

    >>> claims_beside_code("fc1 = nn.Linear(784, 128)  # 784*128 + 128 = 100480\nwhy?").split("\n")
    ['fc1                        : 784*128 + 128 = 100480', 'why?']
    """
    lines = text.split("\n")
    above = subjects_above(lines)
    for first, last, names in _code_lines(statements(lines)):
        if last == LISTED:
            lines[first - 1] = without_arguments(lines[first - 1])
        for line_no in range(first, min(last, len(lines)) + 1):
            lines[line_no - 1] = _claim(lines[line_no - 1], names.get(line_no, []))
    return "\n".join([above.get(i, line) for i, line in enumerate(lines)])


def prose_beside_code(lines: list[str]) -> list[str]:
    """What is said beside code: the lines that are none, and of the others the comments.

    >>> prose_beside_code(["Digits, 28x28x1:", "x = Dense(10)(inputs)  # 10 classes"])
    ['Digits, 28x28x1:', ' 10 classes']
    """
    said = list(lines)
    for first, last, _ in _code_lines(statements(lines)):
        for i in range(first - 1, min(last, len(lines))):
            at = comment_at(lines[i])
            said[i] = "" if at is None else lines[i][at:].lstrip("#")
    return said


def _claim(line: str, names: list[str]) -> str:
    """The comment of a line of code that makes one layer or several, behind the layer's name."""
    at = comment_at(line)
    if at is None:
        return ""
    comment = line[at:].lstrip("#")
    counted = any(quantity_of(word.strip(":.,;()")) in ("params", "weights", "biases") for word in comment.split())
    if not any(character.isdecimal() for character in comment) or not (names or counted):
        return ""
    if not counted and not _is_worked_out(comment):
        return ""
    start = len(line) - len(line.lstrip(" \t>."))
    name = names[0][: max(0, at - 1 - start)] if len(names) == 1 else ""
    head = line[:start].replace(">", " ").replace(".", " ") + name
    return f"{head:<{at}}{':' if name else ' '}{' ' * (len(line) - at - len(comment) - 1)}{comment}"


def _is_worked_out(comment: str) -> bool:
    """Whether a comment works something out or is one number: ``5*5*6 + 6``, ``= 156``, ``1,290``; no shape."""
    if "=" in comment or "+" in comment or "≈" in comment or "*" in comment:
        return True
    bare = comment.strip().strip("~")
    return bool(bare) and all(c.isdecimal() or c in ",._' kKM" for c in bare) and len(bare) > 1


def _code_lines(found: list[Statement], *, inside: bool = False) -> Iterator[tuple[int, int, dict[int, list[str]]]]:
    """The first and last line of each statement that is code of a network, with the layers that its lines make."""
    import ast

    from netledger.audit.understanding.code.expressions import makes_layers, names_layers

    for statement in found:
        node = statement.node
        makes = names_layers(node)
        defines = isinstance(node, ast.ClassDef | ast.FunctionDef)
        if makes or (defines and makes_layers(statement)) or (inside and _runs(node)):
            yield statement.line_no, statement.last_line, _names(statement) if makes else {}
        yield from _code_lines(statement.below, inside=inside or (defines and makes_layers(statement)))


def _runs(node: ast.stmt) -> bool:
    """Whether a statement in a class or function calls something: no mere arithmetic, and no text."""
    import ast

    return any(isinstance(inner, ast.Call) for inner in ast.walk(node))


def _names(statement: Statement) -> dict[int, list[str]]:
    """What the layers are called that the lines of a statement make."""
    import ast

    from netledger.audit.understanding.code.layers import KERAS, TORCH

    found: dict[int, list[str]] = {}
    for inner in ast.walk(statement.node):
        if not isinstance(inner, ast.Call):
            continue
        name = inner.func.attr if isinstance(inner.func, ast.Attribute) else getattr(inner.func, "id", "")
        entry = TORCH.get(name) or KERAS.get(name)
        if entry is not None and entry[0] not in ("maxpool", "avgpool", "gap", "flatten", "dropout", "input"):
            found.setdefault(statement.line_no + inner.lineno - 1, []).append(name)
    target = _target(statement.node)
    if target and sum(len(names) for names in found.values()) == 1:
        found = {line_no: [target] for line_no in found}
    return found


def _target(node: ast.stmt) -> str:
    """The name that a layer is given: ``self.conv1 = …``; none that stands for any value."""
    import ast

    targets = node.targets if isinstance(node, ast.Assign) else []
    if len(targets) != 1:
        return ""
    one = targets[0]
    name = one.attr if isinstance(one, ast.Attribute) else one.id if isinstance(one, ast.Name) else ""
    return "" if name in PASSING else name
