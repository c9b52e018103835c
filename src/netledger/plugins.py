"""Entry points of third parties, read only when a name or a file is in none of netledger's own tables."""

from __future__ import annotations

from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from importlib.metadata import EntryPoint
    from typing import Any


_absent: set[tuple[str, str]] = set()
"""Names of groups that nobody offers; ``*`` for a group in which nobody offers anything. They are read once."""


def load_plugin(group: str, name: str) -> Any | None:
    """The object that an installed package offers as ``name`` in ``group``, or ``None``.

    Two packages that claim one name are a ``UsageError``, raised when that name is asked for.
    """
    if (group, name) in _absent:
        return None
    from importlib.metadata import entry_points

    found = list(entry_points(group=group, name=name))
    if found:
        return _load(_owner(group, name, found))
    _absent.add((group, name))
    return None


def all_plugins(group: str, own: Container[str]) -> list[Any]:
    """What installed packages offer in ``group``, in the order of the names.

    Two packages that claim one name, or one that claims a name of ``own`` (netledger's), are a ``UsageError``.
    """
    if (group, "*") in _absent:
        return []
    from importlib.metadata import entry_points

    by_name: dict[str, list[EntryPoint]] = {}
    for point in entry_points(group=group):
        by_name.setdefault(point.name, []).append(point)
    if not by_name:
        _absent.add((group, "*"))
    for name in by_name:
        if name in own:
            raise UsageError(f"'{name}' in {group} is netledger's own; {by_name[name][0].value} claims it too")
    return [_load(_owner(group, name, by_name[name])) for name in sorted(by_name)]


def _owner(group: str, name: str, found: Iterable[EntryPoint]) -> EntryPoint:
    by_value = {point.value: point for point in found}
    if len(by_value) > 1:
        claims = " and ".join(sorted(by_value))
        raise UsageError(f"'{name}' is claimed by two plugins in {group}: {claims}")
    return next(iter(by_value.values()))


def _load(point: EntryPoint) -> Any:
    try:
        return point.load()
    except (ImportError, AttributeError) as error:
        raise UsageError(f"the plugin '{point.name}' ({point.value}) cannot be loaded: {error}") from error
