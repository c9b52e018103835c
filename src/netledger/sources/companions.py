"""Files that belong to a model file and stand beside it: shards, ``config.json``. Only such as a format names."""

from __future__ import annotations

from netledger.errors import DataError, FormatError, NetledgerError, NotFoundError
from netledger.sources.quantised.configuration import quantisation_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any, TypeVar

    from netledger.sources.files import InputFile

    T = TypeVar("T")

_CONFIG_BYTES = 8 * 1024 * 1024
_CONFIGS = ("config.json", "quantize_config.json")


def shard(file: InputFile, name: str) -> InputFile:
    """A part that ``file`` names, opened; a missing one breaks the format: a ``FormatError``."""
    try:
        return file.sibling(name)
    except NotFoundError as error:
        raise FormatError(f"names the part '{name}': {error.why}") from None


def read_shard(file: InputFile, name: str, read: Callable[[InputFile], T]) -> T:
    """What ``read`` makes of a part that ``file`` names; what is wrong with the part is said of the part."""
    with shard(file, name) as part:
        try:
            return read(part)
        except NetledgerError as error:
            error.at(file=part.path)
            raise


def quantisation_beside(file: InputFile) -> dict[str, Any]:
    """What ``config.json`` or ``quantize_config.json`` beside the file says of packing; ``{}`` where none is."""
    for name in _CONFIGS:
        try:
            with file.sibling(name) as config:
                stated = _read(config)
        except (NotFoundError, DataError):
            continue
        found = quantisation_of(stated) or (stated if name != "config.json" and isinstance(stated, dict) else {})
        if found:
            return found
    return {}


def ties_words(file: InputFile) -> bool:
    """Whether ``config.json`` beside the file says that the output layer is the embedding (``tie_word_embeddings``)."""
    try:
        with file.sibling("config.json") as config:
            stated = _read(config)
    except (NotFoundError, DataError):
        return False
    if not isinstance(stated, dict):
        return False
    inner = stated.get("text_config")
    said = stated.get("tie_word_embeddings", inner.get("tie_word_embeddings") if isinstance(inner, dict) else None)
    return said is True


def _read(config: InputFile) -> Any:
    from netledger.notation.strict_json import parse_json  # most files have nothing beside them to be read

    return parse_json(config.text(_CONFIG_BYTES).encode())
