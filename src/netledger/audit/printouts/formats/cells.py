"""What stands in a cell: a number with what it is rounded to, sizes, words."""

from __future__ import annotations

from netledger.audit.printouts.printout import Number

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.printouts.printout import Sizes

SCALES = {"": 1, "k": 10**3, "m": 10**6, "g": 10**9, "b": 10**9, "t": 10**12}
MOST_DIGITS = 18
REMARKS = ("<-", "←", "#", "//")
"""What begins a remark that somebody wrote behind a number."""
OPEN_SIZES = frozenset(("None", "-1", "?", "batch", "batch_size", "N"))
"""What stands for a size that is not fixed."""
BYTES = {
    "b": 1, "byte": 1, "bytes": 1, "kb": 1024, "mb": 1024**2, "gb": 1024**3, "tb": 1024**4,
}  # fmt: skip
"""Units of the sizes that Keras and torchsummary print."""


def number_of(text: str, line_no: int, at: int = 0) -> Number | None:
    """The number that a cell holds; ``at``: where the cell begins in its line.

    >>> [number_of(cell, 1).value for cell in ("44,426", "(224)", "2.3 K", "1.5M", "9978")]
    [44426, 224, 2300, 1500000, 9978]
    >>> number_of("2.3 K", 1).fits(2304), number_of("175 K", 1).fits(175_552), number_of("5.2.1", 1)
    (True, True, None)
    """
    at += len(text) - len(text.lstrip())
    bare = text.strip()
    for sign in REMARKS:
        bare = bare.partition(sign)[0].rstrip()
    if bare.startswith("(") and bare.endswith(")"):
        bare, at = bare[1:-1].strip(), at + 1
    digits, unit = _cut(bare)
    scale = SCALES.get(unit.strip().lower())
    whole, point, fraction = digits.partition(".")
    whole = _joined(whole)
    if scale is None or not whole.isdecimal() or len(whole) > MOST_DIGITS or (point and not fraction.isdecimal()):
        return None
    if len(fraction) > MOST_DIGITS:
        return None
    end = at + len(digits)
    if not point and scale == 1:
        value = int(whole)
        return Number(value, value, value, line_no, at, end)
    value = int(whole + fraction) * scale / 10 ** len(fraction)
    step = scale / 10 ** len(fraction)
    up = 0.5 if point else 1.0  # whole thousands are cut off, not rounded
    if value == int(value):
        value = int(value)
    return Number(value, value - step * 0.5000001, value + step * up * 1.0000001, line_no, at, end)


def _cut(text: str) -> tuple[str, str]:
    end = 0
    while end < len(text) and (text[end].isdigit() or text[end] in ",._"):
        end += 1
    return text[:end], text[end:]


def _joined(whole: str) -> str:
    """Thousands without what separates them; nonsense where a group has not three digits."""
    for sign in ",_":
        if sign in whole:
            first, *others = whole.split(sign)
            return whole.replace(sign, "") if first and all(len(group) == 3 for group in others) else ""
    return whole


def sizes_of(text: str) -> Sizes | None:
    """Sizes in brackets, the open ones ``None``; of several brackets the first.

    >>> sizes_of("(None, 30, 30, 8)"), sizes_of("torch.Size([16])"), sizes_of("[[2, 3], [4]]"), sizes_of("()")
    ((None, 30, 30, 8), (16,), (2, 3), ())
    """
    bare = text.strip().removeprefix("torch.Size").strip()
    while bare[:1] in ("[", "(") and bare[1:2] in ("[", "("):
        bare = bare[1:]
    if bare[:1] not in ("[", "("):
        return None
    close = min([at for at in (bare.find("]"), bare.find(")")) if at > 0], default=-1)
    if close < 0:
        return None
    sizes: list[int | None] = []
    for piece in bare[1:close].split(","):
        size = piece.strip()
        if not size:
            continue
        if size in OPEN_SIZES:
            sizes.append(None)
        elif size.isdecimal() and len(size) < 12:
            sizes.append(int(size))
        else:
            return None
    return tuple(sizes)


def pieces_of(text: str, at: int = 0) -> Iterator[tuple[str, int]]:
    """The words of a text with their places, a bracket with all that it holds being one.

    >>> [piece for piece, _ in pieces_of("Conv2d: 2-1   [2, 8, 14]  (1,168) --")]
    ['Conv2d:', '2-1', '[2, 8, 14]', '(1,168)', '--']
    """
    depth, start = 0, -1
    for i, character in enumerate(text):
        if character in " \t" and not depth:
            if start >= 0:
                yield text[start:i], at + start
            start = -1
            continue
        start = i if start < 0 else start
        depth += character in "[({"
        depth -= character in "])}" and depth > 0
    if start >= 0:
        yield text[start:], at + start


def product(sizes: Sizes) -> int | None:
    """All sizes multiplied; ``None`` where one is open."""
    whole = 1
    for size in sizes:
        if size is None:
            return None
        whole *= size
    return whole
