"""Networks as data: one ``.net`` file each, with where it was published and what was claimed about it.

``alexnet`` is ``alexnet.net``; ``alexnet/ungrouped`` is ``alexnet/ungrouped.net``. Adding a network is adding a file.
"""

from __future__ import annotations

import os

from netledger.errors import NotFoundError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would cost start-up time
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-./")


def _file_of(name: str) -> str:
    return os.path.join(_FOLDER, *name.split("/")) + ".net"  # noqa: PTH118


def has(name: str) -> bool:
    """Whether the catalogue holds a network of this name.

    >>> has("alexnet"), has("../alexnet")
    (True, False)
    """
    plain = 0 < len(name) < 100 and _ALLOWED.issuperset(name) and all(name.split("/")) and ".." not in name
    return plain and not name.startswith(".") and os.path.isfile(_file_of(name))  # noqa: PTH113


def names() -> list[str]:
    """Every name, sorted: a family's head before its members."""
    found: list[str] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(os.path.join(_FOLDER, prefix)) as entries:  # noqa: PTH118
            for entry in entries:
                if entry.name.endswith(".net"):
                    found.append(prefix + entry.name.removesuffix(".net"))
                elif entry.is_dir() and not entry.name.startswith("_"):
                    waiting.append(f"{prefix}{entry.name}/")
    return sorted(found)


def text_of(name: str) -> str:
    """The description as it is kept; a name that is none is a ``NotFoundError`` with the nearest names."""
    if not has(name):
        raise NotFoundError(f"no network '{name}' in the catalogue", near=nearest(name, names()))
    with open(_file_of(name), encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def load(name: str) -> Network:
    """The network of this name.

    >>> [layer.path for layer in load("alexnet")][:3]
    ['image', 'conv1', 'relu1']
    """
    from netledger.notation import parse

    return parse(text_of(name), name=name)
