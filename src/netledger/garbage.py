"""Cyclic garbage collection put off while many objects are made that stay: it would look at all of them every time.

>>> import gc
>>> with Paused():
...     gc.isenabled()
False
>>> gc.isenabled()
True
"""

from __future__ import annotations

import gc


class Paused:
    """A context in which nothing is collected; behind it, also after an exception, collection is as it was.

    Where it was on, what was made inside is looked at once, by the collection that Python then makes by itself.
    Contexts may be nested, and entered by several threads.
    """

    __slots__ = ("was_on",)

    def __enter__(self) -> None:
        self.was_on = gc.isenabled()
        gc.disable()

    def __exit__(self, *error: object) -> None:
        if self.was_on:
            gc.enable()


class Seldom:
    """A context in which new objects are looked at rarely: of a short command never, of a long one now and then.

    >>> before = gc.get_threshold()
    >>> with Seldom():
    ...     gc.get_threshold()[0] > before[0]
    True
    >>> gc.get_threshold() == before
    True
    """

    __slots__ = ("before",)

    def __enter__(self) -> None:
        self.before = gc.get_threshold()
        if self.before[0]:  # 0: whoever runs us wants none
            gc.set_threshold(max(_MADE, self.before[0]), *self.before[1:])

    def __exit__(self, *error: object) -> None:
        gc.set_threshold(*self.before)


_MADE = 50_000
"""So many new objects (some 5 MB) are looked at together; Python's own 700 stop a short command forty times."""


def last() -> None:
    """The process ends: what there is needs no look while the interpreter takes itself down."""
    gc.freeze()
