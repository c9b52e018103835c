"""Words that make a layer without naming its kind: ``input``, ``10 outputs``, ``hidden layers``, ``32 filters``."""

from __future__ import annotations

from netledger.audit.understanding.marks.scanning import TIMES
from netledger.audit.understanding.pieces import SILENT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from netledger.audit.understanding.marks.scanning import Mark

SHORT = 4
"""Letters of ``in``, ``out``, ``cout`` at most."""


def flows_in(part: list[Mark], at: int) -> bool:
    """``28x28x1 -> conv 3x3``: what stands before the first arrow to a layer is the input."""
    if (at and part[at - 1].value not in (":", "(")) or not _no_layer_before(part, at):
        return False
    end = at + 1
    while end < len(part) and part[end].value in _OF_INPUT:
        end += 1
    if end >= len(part) or part[end].value != "->":
        return False
    rest = part[end + 1 :]
    behind = next((i for i, mark in enumerate(rest) if mark.sort == "break"), len(rest))
    return any(mark.sort == "kind" for mark in rest[:behind])


_OF_INPUT = ("image", "rgb", "gray", "channels", "features", "units", ",", "by", ")")


def _stretch(part: list[Mark], at: int) -> tuple[int, int]:
    """The marks between the commas (arrows, brackets) around one."""
    start, end = at, at + 1
    while start > 0 and part[start - 1].value not in _ENDS:
        start -= 1
    while end < len(part) and part[end].value not in _ENDS and not _heads_on(part, start, end):
        end += 1
    return start, end


def _heads_on(part: list[Mark], start: int, at: int) -> bool:
    """Whether a colon ends what has its sizes: ``input 28x28 grayscale: conv …``."""
    return part[at].value == ":" and any(mark.sort == "sizes" for mark in part[start:at])


_ENDS = (",", "->", ")", "(", "+", "and")


def _no_layer_before(part: list[Mark], at: int) -> bool:
    return not any(mark.sort == "kind" and mark.value not in SILENT for mark in part[:at])


def _is_argument(part: list[Mark], at: int) -> bool:
    """``in=3``, ``out=16``: a size of the layer that is named before."""
    short = part[at].end - part[at].start <= SHORT
    return short and at + 1 < len(part) and part[at + 1].value == "="


def _as_input(part: list[Mark], at: int) -> str | None:
    """``input`` begins a description where no layer stands before it, or where its stretch is about nothing else."""
    if _is_argument(part, at) or any(_has_its_input(part, i) for i in _outputs(part, at)):
        return None
    if not at and len(part) > 2 and part[1].value == "->" and part[2].sort in ("number", "sizes"):
        return "input"
    start, end = _stretch(part, at)
    others = [mark for mark in part[start:end] if mark.sort == "kind"]
    sized = [mark for mark in part[start:end] if mark.sort in ("number", "sizes")] or any(
        mark.value in ("rgb", "gray") for mark in part[start:end]
    )
    if (
        not others
        and sized
        and (_no_layer_before(part, at) or (start and part[start - 1].value == "," and _is_bare(part, at)))
    ):
        return "input"
    if (
        not others
        and not sized
        and at + 1 < len(part)
        and part[at + 1].value in ("(", ":")
        and _no_layer_before(part, at)
    ):
        return "input"
    return None


def _is_bare(part: list[Mark], at: int) -> bool:
    return any(mark.value in ("hidden", "output") for mark in part)


def _as_output(part: list[Mark], at: int) -> str | None:
    """``10 outputs``, ``output layer: 10``: the last layer, where its stretch names no other."""
    if _is_argument(part, at):
        return None
    if not at and [mark.value for mark in part[1:3]] == [":", "calculation"]:
        return "output"  # "output: 450*26 + 26"
    if _has_its_input(part, at):
        return None
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(
        (mark.sort in ("kind", "sizes") and mark.value != "activation")
        or mark.value in ("filters", "channels", "in_channels", "input")
        for mark in stretch
    ):
        return None
    beside = part[max(start, at - 1) : at + 2]
    layered = part[at].text == "layer" or any(mark.value == "layer" for mark in beside)
    own = [mark for mark in stretch if mark.sort == "number"]
    linear = max((i for i in range(start) if part[i].value == "linear"), default=start)
    beside_hidden = any(mark.sort == "number" for mark in part[linear:start])
    beside_hidden |= any(mark.value in ("hidden", "input") for mark in part[:at]) or _no_layer_before(part, at)
    single = not own and at + 1 < end and part[at + 1].value == "units" and not _no_layer_before(part, at)
    if single and not layered:
        return "output"  # "a sigmoid output neuron"
    if layered or (own and beside_hidden and not (start and part[start - 1].value in ("->", "("))):
        return "output" if layered or own else None
    return None


def _outputs(part: list[Mark], at: int) -> list[int]:
    """Where a word for what goes out stands right behind an input and its number."""
    return [i for i in range(at + 1, min(at + 4, len(part))) if part[i].value == "output"]


def _has_its_input(part: list[Mark], at: int) -> bool:
    """Whether a layer is named before, and behind that what it reads: ``dense1: input 784, output 100`` is one."""
    kind = next((i for i in range(at - 1, -1, -1) if part[i].sort == "kind"), -1)
    between = part[kind + 1 : at] if kind >= 0 and part[kind].value in ("linear", "lstm", "gru", "rnn") else []
    reads = next((i for i, mark in enumerate(between) if mark.value == "input"), len(between))
    before = [mark for mark in between[:reads] if mark.sort == "number"]
    numbered = not before or (len(before) == 1 and any(mark.value == ":" for mark in between[:reads]))
    after = [mark.sort for mark in between[reads + 1 :]]
    return numbered and after == ["number", "break"]


def _as_hidden(part: list[Mark], at: int) -> str | None:
    """``hidden layers of 512 and 256``, ``300 inputs, 64 hidden units``; not the ``hidden size`` of a layer named."""
    start, end = _stretch(part, at)
    near = part[max(start, at - 2) : at + 3]
    if any(mark.sort == "kind" and mark.value not in SILENT for mark in part[start:end]):
        return None
    if any("layer" in (mark.value, mark.text) for mark in near):
        return "linear"
    counted = any(mark.sort == "number" for mark in part[start : at + 1]) and any(m.value == "units" for m in near)
    return "linear" if counted and _follows_an_input(part, start) else None


def _as_hidden_units(part: list[Mark], at: int) -> str | None:
    """``2 inputs, 3 hidden units, 1 output``: a layer, where no word says ``hidden`` or ``layer`` apart."""
    start, _ = _stretch(part, at)
    counted = at > start and part[at - 1].sort == "number"
    said = any(mark.value == "hidden" or "layer" in (mark.value, mark.text) for mark in part)
    return "linear" if counted and not said and _follows_an_input(part, start) else None


def _as_units(part: list[Mark], at: int) -> str | None:
    """As hidden units; or ``D1 70 units:``, a layer by its own name of which nothing but its units is said."""
    named = at == NAMED and part[0].sort == "label" and part[0].start <= MOST_INDENT and part[1].sort == "number"
    return "linear" if named and _no_layer_before(part, len(part)) else _as_hidden_units(part, at)


NAMED = 2
"""Where the word for units stands behind a name and a number."""
MOST_INDENT = 8
"""Characters before the name that a line begins with."""


def _follows_an_input(part: list[Mark], start: int) -> bool:
    """Whether an input stands before, in a part that names no layer which could have the units."""
    before = any(mark.value in ("input", "features") for mark in part[:start])
    return before and _no_layer_before(part, len(part))


def _as_filters(part: list[Mark], at: int) -> str | None:
    """``32 filters of 5x5``, ``32 kernels of size 5x5``: a convolution where no kind word says so."""
    if any(mark.sort == "kind" and mark.value not in SILENT for mark in part):
        return None
    sized = any(
        mark.sort == "sizes" and len(as_sizes(mark)) in (2, 3) and max(as_sizes(mark)[:2]) <= 15 for mark in part
    )
    return "conv" if sized and not any(mark.value in ("filters", "kernel") for mark in part[:at]) else None


def _as_picture(part: list[Mark], at: int) -> str | None:
    """``32x32 RGB images`` is an input where no layer is named before it and nobody says ``input``."""
    start, end = _stretch(part, at)
    stretch = part[start : next((i for i in range(at, end) if part[i].value == ":"), end)]
    if any(mark.sort == "kind" or mark.value in ("filters", "input", "units") for mark in stretch):
        return None
    sized = any(mark.sort == "sizes" and len(as_sizes(mark)) in (2, 3) and max(as_sizes(mark)) >= 8 for mark in stretch)
    counted = part[at].value == "image" and any(
        mark.value in ("channels", "in_channels", "rgb", "gray") for mark in part[start:at]
    )
    return "input" if (sized or counted) and _no_layer_before(part, at) else None


def _as_channels(part: list[Mark], at: int) -> str | None:
    """``clips with 3 channels;`` or ``a state of size 8,``: an input, where its part is about nothing else before."""
    start, end = _stretch(part, at)
    others = ("input", "output", "hidden", "image", "rgb", "gray", "filters")
    if any(mark.sort == "kind" or mark.value in others for mark in part[:end]):
        return None
    numbers = [mark for mark in part[start:end] if mark.sort in ("number", "sizes")]
    own = part[at].value == "channels" and at > start and part[at - 1].sort == "number" and part[at - 1] is numbers[0]
    if (len(numbers) != 1 and not own) or numbers[0].sort != "number":
        return None
    rest = [mark for mark in part[end:] if mark.sort != "break"]
    if any(mark.value == "vocabulary" for mark in part[start:end]):
        return None
    if part[at].value in ("extent", "dimension"):
        return "features" if any(mark.value in ("linear", "hidden") for mark in rest) else None
    return "features" if not rest and at > start and part[at - 1].sort == "number" else None


def _as_shortcut(part: list[Mark], at: int) -> str | None:
    """``a 1x1 projection shortcut, 64 -> 128`` is a convolution beside the others."""
    start, end = _stretch(part, at)
    sized = any(as_sizes(mark)[:2] == (1, 1) for mark in part[start:at])
    return "shortcut" if sized and not any(mark.sort == "kind" for mark in part[start : at + 1]) and end else None


def _as_features(part: list[Mark], at: int) -> str | None:
    """``13 features`` is an input where a layer follows and none stands before it, and nobody says ``input``."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(
        mark.sort in ("kind", "sizes") or mark.value in ("input", "hidden", "output", "filters") for mark in part[:end]
    ):
        return None
    numbers = [mark for mark in stretch if mark.sort == "number"]
    beside = at > start and part[at - 1].sort == "number"
    rest = [mark for mark in part[end:] if mark.sort != "break"]
    followed = not rest or any(mark.value in ("hidden", "output", "linear") for mark in rest)
    return "features" if len(numbers) == 1 and beside and followed else None


def _as_classes(part: list[Mark], at: int) -> str | None:
    """``a softmax over 10 classes`` is the last layer, where its stretch names no other and layers stand before it."""
    start, end = _stretch(part, at)
    stretch = part[start:end]
    if any(mark.sort == "kind" and mark.value not in SILENT for mark in stretch):
        return None
    if any(mark.value in ("output", "hidden", "input", "filters", "units") for mark in stretch):
        return None
    softmax = any(mark.value == "activation" for mark in stretch[: at - start])
    # "300 inputs, 64 hidden units, 15 classes"
    softmax |= any(mark.value in ("hidden", "units") for mark in part[:start])
    beside = at > start and part[at - 1].sort == "number"
    return "output" if softmax and beside else None


IMPLIED: dict[str, Callable[[list[Mark], int], str | None]] = {
    "input": _as_input,
    "output": _as_output,
    "hidden": _as_hidden,
    "units": _as_units,
    "filters": _as_filters,
    "kernel": _as_filters,
    "features": _as_features,
    "rgb": _as_picture,
    "gray": _as_picture,
    "image": _as_picture,
    "classes": _as_classes,
    "shortcut": _as_shortcut,
    "channels": _as_channels,
    "extent": _as_channels,
    "dimension": _as_channels,
}
"""Which kind of layer such a word makes where it stands, if any."""


def as_sizes(mark: Mark) -> tuple[int, ...]:
    """The sizes of a mark; none where it is no sizes."""
    return mark.value if isinstance(mark.value, tuple) else ()


def named_by_place(found: list[Mark], line: str) -> list[Mark]:
    """The marks of a line with the words that its numbers do without: of ``27 hidden`` units, of ``windows of 30 steps
    x 12 sensors`` features, whatever they are called, and no kernel.
    """
    named: list[Mark] = []
    for i, mark in enumerate(found):
        before, after = found[i - 1] if i else None, found[i + 1] if i + 1 < len(found) else None
        if mark.value == "kernel" and [other.value for other in found[i + 2 : i + 3]] == ["steps"]:
            continue
        if mark.value == "hidden" and (after is None or after.sort == "break") and _is_of(mark, before):
            mark = mark.replace(sort="size", value="units")
        named.append(mark)
        steps = found[i - 2] if i > 1 and mark.sort == "number" else None
        if steps is None or steps.value != "steps" or (after is not None and after.sort == "size"):
            continue
        if line[steps.end : mark.start].strip() in TIMES and line[mark.end : mark.end + 2].strip().isalpha():
            named.append(mark.replace(sort="size", value="features", start=mark.end))
    return named


def _is_of(mark: Mark, before: Mark | None) -> bool:
    """Whether right before a word stands how many units there are, rather than how many layers."""
    if before is None or before.sort != "number" or before.end + 1 != mark.start:
        return False
    return isinstance(before.value, int) and before.value >= LEAST_WIDTH


LEAST_WIDTH = 4
"""Units of a hidden layer; a smaller number before "hidden" may count layers."""
