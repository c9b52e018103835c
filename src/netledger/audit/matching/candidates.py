"""What a wrong line may be about, by its words."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.audit.matching.quantities import Quantity


class Candidates:
    """What statements of the same words may be about: layers that they name together, single ``parts`` (``None`` where
    these hang on the place too), groups; ``blamable``: those that a number alone can be wrong about.
    """

    __slots__ = ("blamable", "groups", "named", "parts")

    def __init__(self, named: list[Quantity], groups: list[Quantity]) -> None:
        self.named, self.groups = named, groups
        self.parts: list[Quantity] | None = None
        self.blamable: list[tuple[Quantity, float, bool]] | None = None
