"""Code in a text → the network that it makes."""

from __future__ import annotations

from netledger.audit.reading.lines.consoles import has_code
from netledger.audit.understanding.code.inline_calls import MARKERS
from netledger.audit.understanding.code.statements import LISTED, NO_LINE, statements
from netledger.audit.understanding.pieces import POOLS, Piece
from netledger.audit.understanding.printed.keras_names import name_as_keras
from netledger.audit.understanding.prose.lines import Found
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.understanding.code.making import Evaluator
    from netledger.audit.understanding.code.statements import Statement


class UnknownCode(NetledgerError):
    """Code of which no layer is known: why."""


KERAS_SIGNS = (
    "Dense(",
    "Conv2D(",
    "Conv1D(",
    "keras",
    "layers.",
    "MaxPooling2D(",
    "model.add(",
    "SimpleRNN(",
    "Input(",
)
TORCH_SIGNS = ("nn.", "torch", "Conv2d(", "Linear(", "Conv1d(", "BatchNorm2d(")


def read_code(lines: list[str]) -> tuple[Found, str] | None:
    """The layers of the code in a text, and the framework; ``None`` where there is none.

    Raises ``UnknownCode`` where code makes layers of which none is known: its words are no description either.
    """
    text = "\n".join(lines)
    if not has_code(text):
        return None
    import ast

    from netledger.audit.understanding.code.definitions import call_the_rest
    from netledger.audit.understanding.code.making import Evaluator

    keras = sum(sign in text for sign in KERAS_SIGNS)
    torch = sum(sign in text for sign in TORCH_SIGNS)
    framework = "keras" if keras > torch else "pytorch"
    evaluator = Evaluator(framework)
    body = statements(lines)
    for statement in body:  # what is called may stand below the call
        if isinstance(statement.node, ast.ClassDef):
            evaluator.define(statement, evaluator.names, None)
    evaluator.run(body, evaluator.names)
    call_the_rest(evaluator)
    if not evaluator.made.items and evaluator.alone and _leaves_layers(lines, body):
        return None
    found = Found()
    found.how = "list" if any(statement.last_line == LISTED for statement in body) else "code"
    for piece in _pieces(evaluator):
        _with_input(found, piece)
    if framework == "keras":
        name_as_keras(found.pieces, lines)
    found.doubts = list(evaluator.doubts)
    if not found.pieces and evaluator.doubts and found.how == "code":
        raise UnknownCode(evaluator.doubts[0])
    return (found, framework) if found.pieces else None


def _leaves_layers(lines: list[str], body: list[Statement]) -> bool:
    """Whether lines beside single calls describe layers that are no calls: then words are what all of it is read as.
    ``Embedding(100, 8)`` above ``LSTM(8 -> 16)``, ``MaxPool 2x2`` between calls.
    """
    from netledger.audit.understanding.marks.scanning import marks
    from netledger.audit.understanding.prose.lines import WEIGHTED

    read = {line_no for statement in body for line_no in range(statement.line_no, statement.last_line + 1)}
    read.update([statement.line_no for statement in body])
    listed = all(statement.last_line in (LISTED, NO_LINE) for statement in body)
    for line_no, line in enumerate(lines, 1):
        found = marks(line) if line_no not in read and ("(" in line or listed) else []
        found = found[found[0].value == "|" :][:2] if found else []  # "| `Flatten` | (1024,) |"
        if not found or found[0].sort != "kind" or line[: found[0].start].strip(MARKERS + "`"):
            continue
        if listed and found[0].value in (*POOLS, "flatten", "gap"):
            return True
        bracketed = [mark.value for mark in found[1:]] == ["("]
        if bracketed and found[0].value in (*WEIGHTED, "bilstm", "bigru"):
            return True
    return False


def _pieces(evaluator: Evaluator) -> list[Piece]:
    """The layers of the model: the largest class or sequence of the text, or Keras' layers in their order."""
    from netledger.audit.understanding.code.definitions import make
    from netledger.audit.understanding.code.modules import Module

    if evaluator.made.items:
        return list(evaluator.made.pieces())
    candidates: list[list[Piece]] = [list(module.pieces()) for module in evaluator.instances.values()]
    candidates += [list(value.pieces()) for value in evaluator.names.values() if isinstance(value, Module)]
    made = {name for name in evaluator.instances if name}
    doubts: dict[int, list[str]] = {}
    """Of a class that nobody makes, what is not known of it, by its place among the candidates."""
    for name in list(evaluator.classes):
        if name not in made and name not in evaluator.instances:
            before, evaluator.doubts = evaluator.doubts, []
            module = make(evaluator, name, [], {})
            if isinstance(module, Module):
                doubts[len(candidates)] = evaluator.doubts
                candidates.append(list(module.pieces()))
            evaluator.doubts = before
    candidates += [_loose(evaluator), evaluator.alone]
    best = max(candidates, key=_weight)
    evaluator.doubts += doubts.get(candidates.index(best), [])
    if any(_weight(pieces) and pieces is not best and not _within(pieces, best) for pieces in candidates):
        evaluator.doubts.append("several networks in the code")
    return best


def _loose(evaluator: Evaluator) -> list[Piece]:
    """Layers of half a class or of no class: ``self.fc = …``, ``fc = …``; of half a class the modules in it too."""
    from netledger.audit.understanding.code.modules import Module

    found: list[Piece] = []
    for name, value in evaluator.names.items():
        bare = name.removeprefix("self.")
        if isinstance(value, Piece):
            again = value.copy()
            again.name = bare
            found.append(again)
        elif isinstance(value, Module) and bare != name:
            found.extend(value.pieces(bare))
    return found


def _weight(pieces: list[Piece]) -> int:
    return sum(1 for piece in pieces if piece.kind not in ("activation", "dropout", "flatten", "gap"))


def _within(pieces: list[Piece], whole: list[Piece]) -> bool:
    """Whether a part's lines are all lines of the whole."""
    return {piece.line_no for piece in pieces} <= {piece.line_no for piece in whole}


def _with_input(found: Found, piece: Piece) -> None:
    """Keras says a first layer's input in the layer itself."""
    shape = piece.attributes.pop("input_shape", None)
    if shape is not None and not found.pieces:
        image = Piece("input", piece.line_no)
        if all(isinstance(size, int) for size in shape):
            image.in_shape, image.first = shape, False
        else:
            image.reads = shape[-1] if isinstance(shape[-1], int) else None
        found.pieces.append(image)
    found.pieces.append(piece)
