"""Tables of things found by name: netledger's own, what a decorator registers, and what installed packages offer.

A :class:`Table` imports what is asked for and nothing else. A name has one owner: a second one is a ``UsageError`` that
names the first, whether it comes from a decorator or from another package's entry point.
"""

from __future__ import annotations

import os
import sys

from netledger.errors import NotFoundError, UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from importlib.metadata import EntryPoint
    from typing import Any, Generic, Protocol, TypeVar

    T = TypeVar("T")

    class Places(Protocol):
        """``name → place`` of netledger's own: a dictionary, or a folder that is read like one."""

        def __contains__(self, name: object, /) -> bool: ...
        def __getitem__(self, name: str, /) -> str: ...
        def __iter__(self) -> Iterator[str]: ...
else:
    T, Generic = "T", {"T": object}  # `typing` would cost more start-up time than all tables


def load(place: str) -> Any:
    """The object at ``module:attribute``; the module itself where no attribute is named.

    >>> load("netledger.errors:or_list")(["a", "b"])
    "'a' or 'b'"
    """
    module, _, attribute = place.partition(":")
    __import__(module)
    found = sys.modules[module]
    return getattr(found, attribute) if attribute else found


class Table(Generic[T]):
    """Things of one sort by name.

    - ``sort``: what they are, for messages: ``layer kind``.
    - ``own``: where netledger's own are (``name → place``); ``loads`` makes a thing of a place, mostly by importing it.
      A place without an attribute is a module that registers its things when it is imported.
    - ``group``: the entry points that are asked for a name that is nobody's yet; empty: other packages offer none.
    - ``is_one``: whether what was loaded is a thing of this sort; without it, loading must have registered it.

    >>> colours: Table[int] = Table("colour", {"red": "example:RED"}, loads=lambda place: 0xFF0000, is_one=bool)
    >>> colours.register("blue", 0x0000FF, "example:blue")
    255
    >>> colours.get("red"), colours.get("blue"), colours.names()
    (16711680, 255, ['blue', 'red'])
    >>> colours.register("red", 0xEE0000, "other:red")
    Traceback (most recent call last):
    netledger.errors.UsageError: colour 'red' is already in example:RED; other:red cannot have it too
    """

    __slots__ = ("_found", "_is_one", "_loads", "_owners", "_points", "group", "own", "sort")

    def __init__(
        self, sort: str, own: Places | None = None, group: str = "", *,
        loads: Callable[[str], Any] = load, is_one: Callable[[Any], bool] | None = None,
    ) -> None:  # fmt: skip
        self.sort, self.own, self.group = sort, {} if own is None else own, group
        self._loads, self._is_one = loads, is_one
        self._found: dict[str, T] = {}
        self._owners: dict[str, str] = {}
        self._points: dict[str, list[EntryPoint]] | None = None

    def __contains__(self, name: str) -> bool:
        return name in self._found or name in self.own

    def register(self, name: str, thing: T, owner: str) -> T:
        """Enter a thing; ``owner`` is ``module:name`` of what makes it. The same owner may enter it again."""
        present = self.owner(name)
        module, _, _ = owner.partition(":")
        if present is not None and present not in (owner, module):
            raise UsageError(f"{self.sort} '{name}' is already in {present}; {owner} cannot have it too")
        self._found[name] = thing
        self._owners[name] = owner
        return thing

    def owner(self, name: str) -> str | None:
        """Whose a name is: ``module:name``, or a module that is not imported yet."""
        found = self._owners.get(name)
        if found is None and name in self.own:
            return self.own[name]
        return found

    def find(self, name: str) -> T | None:
        """The thing of this name, imported if need be, of an installed package last; ``None`` where there is none."""
        found = self._found.get(name)
        if found is not None:
            return found
        if name in self.own:
            place = self.own[name]
            return self._entered(name, self._loads(place), place)
        points = self._plugins().get(name) if self.group else None
        return None if points is None else self._of_plugin(name, points)

    def get(self, name: str) -> T:
        """The thing of this name; a name that nobody has is a ``NotFoundError`` with the nearest."""
        found = self.find(name)
        if found is None:
            names = self.names()
            near = nearest(name, names) or nearest(name.lower(), names)
            raise NotFoundError(f"unknown {self.sort} '{name}'", near=near)
        return found

    def names(self) -> list[str]:
        """Every name that is built in or registered, sorted; other packages are not asked."""
        listed = {*self.own}
        return sorted([*listed, *[name for name in self._found if name not in listed and name not in self.own]])

    def offered(self) -> list[T]:
        """What installed packages offer, in the order of the names."""
        return [self._of_plugin(name, points) for name, points in sorted(self._plugins().items())]

    def _plugins(self) -> dict[str, list[EntryPoint]]:
        """The group's entry points by name, read once; one that claims netledger's own name is an error."""
        if self._points is None:
            points: dict[str, list[EntryPoint]] = {}
            if _may_be_offered(self.group):
                from importlib.metadata import entry_points

                for point in entry_points(group=self.group):
                    points.setdefault(point.name, []).append(point)
            for name in points:
                if name in self.own:
                    value = points[name][0].value
                    raise UsageError(f"'{name}' in {self.group} is netledger's own; {value} claims it too")
            self._points = points
        return self._points

    def _of_plugin(self, name: str, points: list[EntryPoint]) -> T:
        by_value = {point.value: point for point in points}
        if len(by_value) > 1:
            claims = " and ".join(sorted(by_value))
            raise UsageError(f"'{name}' is claimed by two plugins in {self.group}: {claims}")
        if name in self._found:
            return self._found[name]
        value, point = by_value.popitem()
        try:
            loaded = point.load()
        except (ImportError, AttributeError) as error:
            raise UsageError(f"the plugin '{name}' ({value}) cannot be loaded: {error}") from error
        return self._entered(name, loaded, value)

    def _entered(self, name: str, loaded: Any, place: str) -> T:
        """What loading registered under this name, else what was loaded."""
        if name not in self._found:
            if self._is_one is None or not self._is_one(loaded):
                raise UsageError(f"{place} brings no {self.sort} '{name}'")
            self.register(name, loaded, place)
        return self._found[name]


def _may_be_offered(group: str) -> bool:
    """Whether an installed package may have entry points of a group: one that says so in its folder of metadata, or
    one that is no folder. ``importlib.metadata`` alone would cost as much as the rest of a short audit.
    """
    heading = f"[{group}]".encode()
    for place in dict.fromkeys(sys.path):
        try:
            with os.scandir(place or ".") as entries:
                found = [entry.path for entry in entries if entry.name.endswith((".dist-info", ".egg-info"))]
        except OSError:
            if os.path.exists(place):  # noqa: PTH110 - pathlib costs start-up time
                return True  # an archive
            continue
        for folder in found:
            try:
                with open(f"{folder}/entry_points.txt", "rb") as file:  # noqa: PTH123
                    if heading in file.read():
                        return True
            except OSError:
                continue
    return any(hasattr(finder, "find_distributions") and finder not in _KNOWN for finder in sys.meta_path)


_KNOWN = tuple([finder for finder in sys.meta_path if getattr(finder, "__name__", "") == "PathFinder"])
"""Who finds packages in the folders of the path."""


def place_of(function: Any) -> str:
    """Where a function or class is written: ``module:name``.

    >>> place_of(load)
    'netledger.registry:load'
    """
    return f"{function.__module__}:{function.__qualname__}"
