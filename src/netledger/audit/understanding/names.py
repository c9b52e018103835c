"""Networks that a text names: catalogue names as people write them, and names that no entry has."""

from __future__ import annotations

from itertools import pairwise

from netledger import catalogue
from netledger.audit.reading.characters.cleaning import BULLETS
from netledger.audit.reading.tokens.words import is_east_asian
from netledger.audit.words.describing_more import CHANGED, LIKE
from netledger.catalogue.model_entries import key_of, run_together
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

LONGEST = 5
"""Words of one name at most: ``Llama 3.2 1B Instruct``."""
FAMILIES = (
    "gpt", "bert", "llama", "mixtral", "mistral", "qwen", "gemma", "phi", "deepseek", "claude", "gemini", "t5", "vit",
    "resnet", "vgg", "alexnet", "lenet", "densenet", "efficientnet", "mobilenet", "inception", "googlenet", "whisper",
    "mamba", "roberta", "distilbert", "swin", "convnext", "yolo", "unet", "squeezenet", "zfnet", "falcon", "bloom",
    "opt",
    "palm", "chinchilla", "xception", "shufflenet", "nasnet", "mnasnet", "regnet", "clip", "dino", "electra", "albert",
)  # fmt: skip
"""Names of published networks: a word that begins with one and that the catalogue does not know is said."""
ORDINARY = frozenset("opt clip dino palm phi vit transformer inception mamba bloom falcon swift".split())
"""Such names that are ordinary words too: alone they name nothing."""
WIDE_GAP = "   "
"""What stands between two cells of a row without a sign."""
SEPARATORS = "\t|&;"
"""Signs that do; a comma does where no space is behind it."""
MOST_CHARACTERS = 60_000
"""Of a text in which names are looked for."""
MOST_BETWEEN = 4
"""Words from a family's name to the size of one of its models: ``Llama 2, the version with 13B``."""
MODEL_SIZES = frozenset("small base medium large huge xl xxl".split())
"""What the models of a family are called by their size."""
PREFERRED = (
    "alexnet", "alexnet/ungrouped", "alexnet/one-weird-trick", "alexnet/torchvision", "lenet5", "vgg16",
)  # fmt: skip
"""The forms that people mean, where several have the same figures."""


_PLAIN = {
    **{code: chr(code - 0xFEE0) for code in range(0xFF01, 0xFF5F)}, 0xFF1A: " ", 0x3000: " ", 0x3001: ",", 0x3002: ".",
    **dict.fromkeys(map(ord, BULLETS), " "),
}  # fmt: skip
"""Wide signs and those of lists, each as one plain sign."""


class Named(Record):
    """A mention: the catalogue's ``name`` (None where it has none), the words, the line, and the columns there."""

    __slots__ = ("name", "words", "line_no", "start", "end")
    name: str | None
    words: str
    line_no: int
    start: int
    end: int

    def __init__(self, name: str | None, words: str, line_no: int, start: int = 0, end: int = 0) -> None:
        self._fill(name, words, line_no, start, end)

    @property
    def key(self) -> str:
        """What it is told apart by: the catalogue's name, else the words."""
        return self.name or self.words


def names_in(text: str) -> list[Named]:
    """Every network that a text names, in order, each once.

    >>> [found.name for found in names_in("VGG-16 against AlexNet")]
    ['vgg16', 'alexnet']
    >>> [(found.name, found.words) for found in names_in("GPT-5 has 10T parameters")]
    [(None, 'GPT-5')]
    """
    found: dict[str, Named] = {}
    for named in mentions(text):
        found.setdefault(named.name or named.words.lower(), named)
    return list(found.values())


def mentions(text: str) -> Iterator[Named]:
    """Every mention of a network, in order."""
    for line_no, line in enumerate(text[:MOST_CHARACTERS].split("\n"), 1):
        yield from _in_line(line, line_no)


def _in_line(line: str, line_no: int) -> Iterator[Named]:
    placed = _words(line)
    words = [word for word, _ in placed]
    i = 0
    while i < len(words):
        if not _may_begin(words[i]):
            i += 1
            continue
        start = placed[i][1]
        for length in range(min(LONGEST, _in_one_cell(line, placed, i)), 0, -1):
            text = " ".join(words[i : i + length])
            name = resolve(text)
            if name is not None and (length > 1 or text.lower() not in ORDINARY):
                last, place = placed[i + length - 1]
                after = words[i + length] if i + length < len(words) else ""
                beside = bool(after) and placed[i + length][1] == place + len(last) + 1
                if length == 1 and beside and _is_size(after) and not any(c.isdigit() for c in text):
                    yield Named(None, f"{text} {after}", line_no, start, placed[i + length][1] + len(after))
                    i += length
                    break
                before, begins = placed[i - 1] if i else ("", 0)
                sized = _of_size(text, before) if before and begins + len(before) + 1 == start else None
                if sized is not None:
                    yield Named(sized, f"{before} {text}", line_no, begins, place + len(last))
                elif not _is_changed(before, after):
                    behind = [word for word in words[i + length : i + length + MOST_BETWEEN] if _is_size(word)]
                    name = next((one for word in behind if (one := _of_size(text, word)) is not None), name)
                    yield Named(name, text, line_no, start, place + len(last))
                i += length - 1
                break
        else:
            if _is_family(words[i]):
                yield Named(None, words[i], line_no, start, start + len(words[i]))
        i += 1


def _of_size(name: str, size: str) -> str | None:
    """The model of a family whose size stands beside its name: ``the 13B Llama 2``, ``GPT-2 has 1.5B``."""
    told = _is_size(size) or size.lower() in MODEL_SIZES
    return resolve(f"{name} {size}") if told else None


def _in_one_cell(line: str, placed: list[tuple[str, int]], first: int) -> int:
    """How many words from the first on stand in one cell of a row: a name ends where its cell does."""
    count = 1
    for (word, place), (_, following) in pairwise(placed[first : first + LONGEST]):
        between = line[place + len(word) : following]
        if WIDE_GAP in between or len(_cells(between)) > 1:
            break
        count += 1
    return count


def _is_changed(before: str, after: str) -> bool:
    """``mini U-Net``, ``GPT-2 style``: a network of one's own that is named after a published one."""
    return before.lower() in CHANGED or after.lower() in LIKE


def _words(line: str) -> list[tuple[str, int]]:
    """The words of a line without their punctuation, and the column of each."""
    kept, place = [], 0
    line = line if line.isascii() else line.translate(_PLAIN)
    for word in _pieces(_apart(line.replace("/", " / "))):
        bare = word.strip("()[]{}&,.;:!?\"'`*_#<>|“”‘’")
        for suffix in ("'s", "’s"):
            bare = bare.removesuffix(suffix)
        if bare:
            place = line.find(bare, place)
            kept.append((bare, place))
            place += len(bare)
    return kept


def _pieces(line: str) -> Iterator[str]:
    """What stands between spaces, and between the cells of a row that begins with a name: ``GPT-2,124M``; of a link
    what it shows.
    """
    for word in line.split():
        piece = word.partition("](")[0]
        if piece:
            yield from _cells(piece) if piece[0].isalpha() else (piece,)


def _cells(text: str) -> list[str]:
    """What stands between signs that separate cells."""
    cells = [""]
    for character, after in zip(text, [*text[1:], ""], strict=False):
        if character in SEPARATORS or (character == "," and after != " "):
            cells.append("")
        else:
            cells[-1] += character
    return cells


def _apart(line: str) -> str:
    """The line with a space where letters meet those of a script without spaces: ``AlexNet共有八层``."""
    if line.isascii():
        return line
    out = [line[:1]]
    for before, character in pairwise(line):
        if character.isalnum() and before.isalnum() and is_east_asian(before) != is_east_asian(character):
            out.append(" ")
        out.append(character)
    return "".join(out)


def _is_size(word: str) -> bool:
    """``27B``, ``350M``: how large a model of a family is."""
    return word[-1:] in ("B", "b", "M") and word[:-1].replace(".", "", 1).isdecimal()


def _may_begin(word: str) -> bool:
    lower = word.lower()
    return lower.startswith(FAMILIES) or (lower[:1].isalpha() and resolve(word) is not None and lower not in ORDINARY)


def _is_family(word: str) -> bool:
    """``GPT-5``: a known family with a number of its own."""
    lower = word.lower()
    family = next((name for name in FAMILIES if lower.startswith(name)), None)
    if family is None:
        return False
    rest = lower[len(family) :]
    joined = rest[:1] in ("-", "_") and any(c.isdigit() for c in rest) and rest.replace("-", "_").count("_") > 1
    rest = rest.lstrip("-_ ")
    return bool(rest) and (rest[0].isdigit() or joined) and len(rest) <= 12 and "." not in rest[-1]


def resolve(words: str) -> str | None:
    """The catalogue's name for what people write; case, signs and spaces do not matter."""
    key = key_of(words)
    _, named, together = catalogue.spellings()
    found = named.get(key) if key else None
    if found is None and words.lower().startswith(FAMILIES):
        return together.get(run_together(key))
    return found


def variants(name: str) -> list[str]:
    """The published forms of a network, the one that people mean first."""
    family = name.partition("/")[0]
    if "/" in name:
        return [name]
    forms = [other for other in catalogue.names() if other.startswith(f"{family}/")]
    elsewhere = [other for other in catalogue.models() if other == f"{name}{IN_KERAS}"]
    return [name, *sorted(forms, key=familiarity), *elsewhere]


IN_KERAS = "-keras"
"""How the name of a network ends that Keras builds in another way than everybody else."""


def familiarity(name: str) -> int:
    """How far down a network stands among those that people mean, where several have the same figures.

    >>> familiarity("alexnet/ungrouped") < familiarity("alexnet/chainer")
    True
    """
    return PREFERRED.index(name) if name in PREFERRED else len(PREFERRED) + ("/" in name)
