"""Files elsewhere, read by byte ranges: the header is fetched, the weights are not.

``https://`` and ``hf://`` need the standard library alone; ``s3://``, ``gs://`` and whatever else fsspec knows need the
extra ``remote`` and the file system's own package. Only where somebody asked for it (``--remote``, ``remote=True``).
One budget of bytes and requests covers a file and the siblings that it names.
"""

from __future__ import annotations

from netledger.registry import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.sources.remote.ranges import RangedFile

OPENERS = {
    "https": "netledger.sources.remote.hub:open_url",
    "http": "netledger.sources.remote.hub:open_url",
    "hf": "netledger.sources.remote.hub:open_of_hub",
}
"""``scheme → function (name, known tag) → file``; every other scheme is asked of fsspec."""
_OTHERS = "netledger.sources.remote.filesystems:open_by_fsspec"


def is_remote(what: str) -> bool:
    """Whether a text names something elsewhere: it begins with a scheme.

    >>> [is_remote(name) for name in ("hf://org/model", "zip://a.onnx::s3://bucket/c.zip", "./https:/x")]
    [True, True, False]
    """
    scheme, found, _ = what.partition("://")
    return bool(found) and 1 < len(scheme) < 32 and scheme.isascii() and scheme.replace("+", "").isalnum()


def without_secrets(name: str) -> str:
    """An address as it may be printed: without its query and what stands before an ``@`` of its host.

    >>> without_secrets("s3://key:secret@bucket/x?sig=1"), without_secrets("hf://org/model@main/x")
    ('s3://bucket/x', 'hf://org/model@main/x')
    """
    parts = []
    for link in name.split("::"):
        scheme, found, rest = link.partition("://")
        host, slash, path = rest.partition("?")[0].partition("/")
        parts.append(f"{scheme}{found}{host.rpartition('@')[2]}{slash}{path}")
    return "::".join(parts)


def open_remote(what: str, known: str | None = None) -> RangedFile:
    """The file that an address names. ``known`` is its tag when it was read before: ``Unchanged`` where it still is."""
    file: RangedFile = load(OPENERS.get(what.partition("://")[0], _OTHERS))(what, known)
    return file
