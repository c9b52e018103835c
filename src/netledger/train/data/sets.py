"""What a set of labelled images is to the rest: how many, of which classes, and the pixels of some of them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    class Images(Protocol):
        """A labelled set of images."""

        classes: tuple[str, ...]
        labels: Any
        size: int

        def __len__(self) -> int: ...

        def load(self, indices: list[int], geometry: Any, generator: Any) -> tuple[Any, list[int], list[str]]:
            """Source images ``N×C×S×S`` (uint8), which of the indices they are, and the names of unreadable files."""
            ...


class Data:
    """A training and a validation set with the same classes."""

    def __init__(self, train: Images, validation: Images, what: str, notes: tuple[str, ...] = ()) -> None:
        self.train, self.validation, self.what, self.notes = train, validation, what, notes

    @property
    def classes(self) -> tuple[str, ...]:
        """The classes' names, in label order."""
        return self.train.classes
