"""What code builds: modules with their layers in order, and a value that went through one."""

from __future__ import annotations

from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

MOST_LAYERS = 20_000
"""That code is read for; more are no network that somebody writes about."""
MOST_TIMES = 512
"""That a loop or a list repeats something."""


class Module:
    """Layers together: ``items`` by name, in order; ``named``: whether layers are called by their places (PyTorch)."""

    def __init__(self, sort: str, *, named: bool = True) -> None:
        self.sort, self.named = sort, named
        self.items: dict[str, Any] = {}

    def add(self, item: Any, name: str = "") -> None:
        """Put a layer at the end, by its number where it has no name."""
        self.items[name or str(len(self.items))] = item

    def pieces(self, prefix: str = "") -> Iterator[Piece]:
        """Every layer below, named as PyTorch names it."""
        for name, item in self.items.items():
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(item, Module):
                yield from item.pieces(path)
            elif isinstance(item, Piece):
                again = item.copy()
                again.name = path if self.named and not path.isdigit() else item.name
                yield again

    def by_path(self, prefix: str = "") -> Iterator[tuple[str, Piece]]:
        """Every layer below, itself and not a copy, with its path."""
        for name, item in self.items.items():
            path = f"{prefix}.{name}" if prefix else name
            if isinstance(item, Module):
                yield from item.by_path(path)
            elif isinstance(item, Piece):
                yield path, item

    def read(self, shape: tuple[int, ...]) -> None:
        """Say what the first layer reads: ``model.build((None, 28, 28, 1))``."""
        first = next(iter(self.items.values()), None)
        if isinstance(first, Piece) and first.kind == "input":
            first.in_shape, first.first = shape, False
            return
        image = Piece("input", first.line_no if isinstance(first, Piece) else 0)
        image.in_shape, image.first = shape, False
        self.items = {"input": image, **self.items}


class Applied:
    """A value of Keras' functional form: what the last layer before it was."""

    def __init__(self, after: Piece | None) -> None:
        self.after = after
