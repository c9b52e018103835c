"""Entry points of third parties, read only when a name is in none of netledger's own tables."""

from __future__ import annotations

from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


_absent: set[tuple[str, str]] = set()


def load_plugin(group: str, name: str) -> Any | None:
    """The object that an installed package offers as ``name`` in ``group``, or ``None``.

    Two packages that claim one name are a ``UsageError``, raised when that name is asked for.
    """
    if (group, name) in _absent:
        return None
    from importlib.metadata import entry_points

    found = list(entry_points(group=group, name=name))
    if len({point.value for point in found}) > 1:
        claims = " and ".join(sorted(point.value for point in found))
        raise UsageError(f"'{name}' is claimed by two plugins in {group}: {claims}")
    if found:
        return found[0].load()
    _absent.add((group, name))
    return None
