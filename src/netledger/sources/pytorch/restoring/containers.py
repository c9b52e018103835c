"""What containers, classes and slots hold, and how it is put back; dictionaries may have methods of their own."""

from __future__ import annotations

import types
from collections import OrderedDict, defaultdict, deque
from operator import is_

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

EMPTY: dict[Any, Any] = {}
MISSING = object()


def held_in(mapping: Any) -> dict[Any, Any]:
    """What a mapping holds, without its own methods: those of a lazy one import or compute what they give."""
    if _is_plain(mapping):
        return dict(mapping) if mapping else EMPTY
    return dict(dict.items(mapping))


def _is_plain(mapping: Any) -> bool:
    kind = type(mapping)
    return kind in (dict, OrderedDict, defaultdict) or (
        kind.__iter__ in (dict.__iter__, OrderedDict.__iter__) and kind.__getitem__ is dict.__getitem__
    )


def slots_of(kind: type) -> tuple[str, ...]:
    """The names of a class's slots, those of its bases too."""
    return tuple([name for base in kind.__mro__ for name, member in vars(base).items() if type(member) is _MEMBER])


_MEMBER = types.MemberDescriptorType


def set_slot(owner: Any, name: str, held: Any) -> None:
    try:
        delattr(owner, name) if held is MISSING else object.__setattr__(owner, name, held)
    except (AttributeError, TypeError):
        return


def restore(container: Any, content: Any) -> None:
    if isinstance(container, dict):
        now = container if type(container) is dict or _is_plain(container) else dict(dict.items(container))
        if len(now) == len(content) and all(map(is_, now, content)) and all(map(is_, now.values(), content.values())):
            return
        base = OrderedDict if isinstance(container, OrderedDict) else dict
        base.clear(container)
        for name, value in content.items():
            base.__setitem__(container, name, value)
    elif isinstance(container, list):
        if len(container) != len(content) or not all(map(is_, container, content)):
            container[:] = content
    elif isinstance(container, deque):
        if list(map(id, container)) != list(map(id, content)):
            container.clear()
            container.extend(content)
    elif set(map(id, container)) != set(map(id, content)):
        container.clear()
        container.update(content)


def restore_class(holder: Any, content: dict[str, Any]) -> None:
    now = vars(holder)
    for name in [name for name in now if name not in content]:
        if not name.startswith("__"):
            delattr(holder, name)
    for name, value in content.items():
        if now.get(name, MISSING) is not value and not name.startswith("__"):
            setattr(holder, name, value)
