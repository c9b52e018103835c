"""Which format a file has: by its first bytes, the formats of its suffix asked first; never a guess between two."""

from __future__ import annotations

from netledger.errors import FormatError, UsageError, nearest, or_list
from netledger.registry import load
from netledger.sources import FORMATS, SOURCES, refused

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources import Source
    from netledger.sources.files import InputFile

HEAD_BYTES = 4096
"""How much of a file a format may look at to recognise it."""


def holds(name: str) -> bool:
    """Whether a file of this name in a folder is a model: of a suffix that says so (``.json`` and ``.bin`` say little).

    >>> holds("a.onnx"), holds("model.safetensors.index.json"), holds("settings.json")
    (True, True, False)
    """
    lower = name.lower()
    vague = lower.endswith((".json", ".pkl", ".tar", ".xml", ".zip")) and not lower.endswith(".index.json")
    return bool(of_suffix(lower)) and not vague


def recognise(file: InputFile) -> Source:
    """The format of an open file: by content, the formats of its suffix asked first. Never a guess between two."""
    if file.size == 0:
        raise FormatError("the file is empty")
    head = file.read_at(0, min(HEAD_BYTES, file.size))
    lower = file.path.lower()
    if lower.endswith(".py"):
        load("netledger.sources.live.python_code:refuse")(file)
    by_suffix = of_suffix(lower)
    for names in (by_suffix, [name for name in FORMATS if name not in by_suffix]):
        claim = _only([source for source in map(source_named, names) if source.sniff(head)])
        if claim is not None:
            return claim
    plugin = _of_plugins(head, lower)
    if plugin is not None:
        return plugin
    foreign = (None if by_suffix else refused.name_of_suffix(lower)) or refused.name_of(head, lower)
    if foreign is not None:
        raise FormatError(refused.said_of(foreign))
    if lower.endswith(".bin") and not head.startswith((b"\x80", b"PK")):
        raise FormatError(
            "these are values without a header: nothing in them says what they are",
            hint=refused.described_by(file.path),
        )
    if len(by_suffix) == 1:  # its own reader says best what is wrong with it
        return source_named(by_suffix[0])
    if by_suffix:
        titles = " nor a ".join([source_named(name).title for name in by_suffix])
        raise FormatError(f"this is neither a {titles}, whatever its name says")
    if lower.endswith((".txt", ".md")):
        raise FormatError(
            "this is text, no file of a network", hint=f"netledger audit {file.path} judges calculations in it"
        )
    raise FormatError(f"not a format that netledger knows; it reads {', '.join(FORMATS)}")


def _only(claims: list[Source]) -> Source | None:
    """The one format that claims a file; two are never guessed between."""
    if len(claims) > 1:
        raise UsageError(f"it can be read as {or_list([source.name for source in claims])}: say which with --from")
    return claims[0] if claims else None


def _of_plugins(head: bytes, path: str) -> Source | None:
    """The format of another package that claims a file: by its first bytes, else by its name."""
    sources = SOURCES.offered()
    by_content = _only([source for source in sources if source.sniff(head)])
    return by_content or _only([source for source in sources if path.endswith(source.suffixes)])


def of_suffix(path: str) -> list[str]:
    """The formats of the longest suffix that fits: an ``.index.json`` is no ``.json``."""
    all_suffixes = [(suffix, name) for name, (_, suffixes) in FORMATS.items() for suffix in suffixes]
    fitting = [(suffix, name) for suffix, name in all_suffixes if path.endswith(suffix)]
    longest = max([len(suffix) for suffix, _ in fitting], default=0)
    return [name for suffix, name in fitting if len(suffix) == longest]


def source_named(name: str) -> Source:
    """A format by its name; one that nobody knows is a ``UsageError``."""
    found = SOURCES.find(name)
    if found is None:
        near = nearest(name, tuple(FORMATS))
        known = f"did you mean {or_list(near)}?" if near else f"netledger reads {', '.join(FORMATS)}"
        raise UsageError(f"--from: unknown format '{name}': {known}")
    return found
