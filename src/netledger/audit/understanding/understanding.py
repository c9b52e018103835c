"""``understand(text)``: each source is asked in the order of trust, what they find is put together and weighed."""

from __future__ import annotations

from netledger.audit.reading.lines.consoles import without_writers
from netledger.audit.understanding.building.branches import find_branches
from netledger.audit.understanding.building.network import alternatives
from netledger.audit.understanding.code.beside import prose_beside_code
from netledger.audit.understanding.code.sources import UnknownCode, read_code
from netledger.audit.understanding.counts.lines import counted_lines, descriptions
from netledger.audit.understanding.counts.proven import have_counts
from netledger.audit.understanding.described import Described, Understanding
from netledger.audit.understanding.marks.tails import tail_of
from netledger.audit.understanding.names import names_in
from netledger.audit.understanding.printed.frameworks import framework_of
from netledger.audit.understanding.printed.printouts import read_printed, read_tensors
from netledger.audit.understanding.printed.summaries import read_summary
from netledger.audit.understanding.prose.lines import WEIGHTED, Found, read_lines, undescribed
from netledger.audit.understanding.prose.remarks import apply_remarks
from netledger.audit.understanding.prose.tables import read_tables
from netledger.audit.understanding.transformers.adapters import from_adapters
from netledger.audit.understanding.transformers.forms import from_transformer
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

MOST_WORKED = 200
"""Layers that a person works out line by line."""
MOST_CHARACTERS = 200_000
"""Of a text that is read as a description."""
UNREAD = ("convlstm", "conv lstm", "conv-lstm", "convgru", "conv gru", "conv-gru")
"""Layers of more than one word's kind, of which words and calls in a list would be read as another layer."""


def understand(text: str) -> Understanding:
    """The networks that a text describes and names.

    >>> found = understand("784 inputs, two hidden layers of 512 and 256 units, 10 outputs").networks[0]
    >>> [(layer.path, layer.attributes["out_features"]) for layer in found.network if layer.kind == "linear"]
    [('dense1', 512), ('dense2', 256), ('output', 10)]
    >>> understand("GPT-5 has 10T parameters").unknown
    ('GPT-5',)
    """
    named = names_in(text)
    known = tuple([name for name in named if name.name is not None])
    unknown = tuple([name.words for name in named if name.name is None])
    return Understanding(tuple(described(text)), known, unknown)


def described(text: str) -> list[Described]:
    """The networks that a text describes, the most trusted first."""
    lines = without_writers(text[:MOST_CHARACTERS].split("\n"))
    found: list[Described] = []
    unread = any(name in line.lower() for line in lines for name in UNREAD)
    for source in SOURCES:
        if unread and source in (from_tables, from_lines):
            continue
        try:
            found = source(lines)
        except UnknownCode:
            return []
        except (NetledgerError, RecursionError):
            continue
        if unread and found and found[0].how == "list":
            found = []  # calls among words
        if found:
            break
    return found


def from_lines(lines: list[str]) -> list[Described]:
    """Lists, sentences and chains of sizes."""
    starts = {i + 1: [part.start for part in parts if not part.is_open] for i, parts in counted_lines(lines).items()}
    counted = {line_no: tuple(own) for line_no, own in starts.items()}
    return [one.replace(counted=counted) for one in _from_words(descriptions(lines))]


def _from_words(lines: list[str]) -> list[Described]:
    found = read_lines(enumerate(lines, 1))
    if 0 < sum(1 for piece in found.mentioned if piece.is_label) <= MOST_WORKED:
        worked = _worked_out(lines)
        if worked:
            return worked
    return _described(found, lines)


def _worked_out(lines: list[str]) -> list[Described]:
    """What lines describe together with the calculations of the layers that they only name; nothing where these do
    not make one chain.
    """
    from netledger.audit.understanding.prose.worked import complete

    found = read_lines(enumerate(lines, 1))
    if not complete(found, lines):
        return []
    described = _described(found, lines)
    return described if all(one.whole and len(one.conflicts) <= 1 for one in described) else []


def from_tables(lines: list[str]) -> list[Described]:
    """Tables with headings, beside which the lines above may say the input."""
    found = read_tables(enumerate(lines, 1))
    weighted = [piece for piece in found.pieces if piece.kind in WEIGHTED]
    if len(weighted) < 1:
        return []
    if not any(piece.kind == "input" for piece in found.pieces):
        first = found.pieces[0].line_no
        before = read_lines([(n, line) for n, line in enumerate(lines[: first - 1], 1)], inputs=True).pieces
        found.pieces = [*before[-1:], *found.pieces]
    return _described(found, lines)


def from_code(lines: list[str]) -> list[Described]:
    """PyTorch and Keras code."""
    read = read_code(lines)
    if read is None:
        return []
    found, framework = read
    if framework == "keras" and found.pieces[0].kind != "input":
        _read_what_is_said(found, lines)
    described = _described(found, lines, framework, shapes=framework == "keras", literal=True)
    described = [one.replace(counted=_counted_calls(one, lines)) for one in described]
    listed = found.how == "list"  # calls in a sentence: its words may say more than these
    return [] if listed and not all(one.whole for one in described) else described


def _counted_calls(one: Described, lines: list[str]) -> dict[int, tuple[int, ...]]:
    """The lines of code that end in what their layer has: ``Dense(10): 1290``, ``nn.Linear(84, 10)  # 850``."""
    tails = {line_no: [tail] for line_no in one.places.values() if (tail := tail_of(lines[line_no - 1])) is not None}
    proven = bool(tails) and have_counts(tails, one.network, one.places)
    return {line_no: (tail.start,) for line_no, (tail,) in tails.items()} if proven else {}


def _read_what_is_said(found: Found, lines: list[str]) -> None:
    """Let the first layer of code read the input that the words beside it say."""
    said = read_lines(enumerate(prose_beside_code(lines), 1), inputs=True).pieces[-1:]
    for image in said:
        first = found.pieces[0]
        if first.source is not None:
            image.key = 1 + max([piece.key for piece in found.pieces])
            first.source = (image.key,)
        found.pieces.insert(0, image)


def from_printed(lines: list[str]) -> list[Described]:
    """``print(model)``."""
    if sum(1 for line in lines if line.lstrip("> │|").startswith("(") and "): " in line) < 1:
        return []
    return _described(read_printed(lines), lines, "pytorch", shapes=False, literal=True)


def from_tensors(lines: list[str]) -> list[Described]:
    """Tensors with their shapes."""
    if not any(".weight" in line for line in lines):
        return []
    return _described(read_tensors(lines), lines, "pytorch", shapes=False, literal=True)


def from_summary(lines: list[str]) -> list[Described]:
    """What Keras, torchsummary and torchinfo print."""
    if not any("None," in line or "[-1," in line or ("─" in line and ": " in line) for line in lines):
        return []
    found, assumed = read_summary(enumerate(lines, 1))
    framework = framework_of(lines) or ("keras" if any("(None" in line for line in lines) else "pytorch")
    return _described(found, lines, framework, shapes=False, assumed=assumed)


def _described(
    found: Found,
    lines: list[str],
    framework: str = "",
    *,
    shapes: bool = True,
    literal: bool = False,
    assumed: Sequence[str] = (),
) -> list[Described]:
    if found.how in ("table", "list", "prose"):
        apply_remarks(found, lines)
        found.doubts += find_branches(found.pieces, lines)
    if not found.pieces:
        return []
    described = []
    said = any(piece.in_shape or piece.out_shape for piece in found.pieces if not piece.is_worked)
    for built in alternatives(found.pieces, framework or framework_of(lines), shapes=shapes, literal=literal):
        if not built.weighted:
            continue
        missing = undescribed(found, lines)
        whole = not (built.open or found.doubts or missing or built.doubtful)
        left = built.left | {piece.line_no for piece in missing}
        contested = () if whole else built.contested
        doubtful = built.doubtful | {path for path, line_no in built.places.items() if line_no in contested}
        names = frozenset([piece.name.lower() for piece in missing]) - {""}
        built.assumed = [*assumed, *built.assumed]
        described.append(
            Described(
                built.network(), found.how, found.lines, built.places, tuple(dict.fromkeys(built.assumed)), whole,
                tuple(built.conflicts), frozenset(doubtful),
                not built.unproven and (said or not built.begins_worked), None,
                frozenset(left - set(built.places.values())), names,
            )
        )  # fmt: skip
    return described


SOURCES: list[Callable[[list[str]], list[Described]]] = [
    from_printed,
    from_code,
    from_tensors,
    from_summary,
    from_adapters,
    from_transformer,
    from_tables,
    from_lines,
]
"""From the most trusted: code, printouts, tables, then what is said in words."""
