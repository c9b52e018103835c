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
