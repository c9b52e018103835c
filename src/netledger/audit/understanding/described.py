"""What is understood of a text: the networks that it describes, and the models that it names."""

from __future__ import annotations

from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.audit.understanding.names import Named
    from netledger.network import Network


class Described(Record):
    """A network that a text describes.

    ``how``: ``code printout table list prose``; ``lines`` where it is described; ``places``: layer → line; ``assumed``:
    what the text leaves open; ``whole``: whether all of it was understood, so that totals may be judged by it;
    ``conflicts``: sizes that the text states and its own layers do not give; ``doubtful``: layers that may have been
    misread, for the text says numbers beside them that they do not hold; ``proves``: whether the text says its sizes
    in other words than the calculations that are judged by it, so that something can be right by it; ``counted``: of
    the lines that describe layers, each followed by its count, where these numbers begin; ``left``: lines about layers
    that the network lacks, for they were not understood; ``left_names``: what the text calls these.
    """

    __slots__ = (
        "network", "how", "lines", "places", "assumed", "whole", "conflicts", "doubtful", "proves", "counted", "left",
        "left_names",
    )  # fmt: skip
    network: Network
    how: str
    lines: frozenset[int]
    places: Mapping[str, int]
    assumed: tuple[str, ...]
    whole: bool
    conflicts: tuple[str, ...]
    doubtful: frozenset[str]
    proves: bool
    counted: Mapping[int, tuple[int, ...]]
    left: frozenset[int]
    left_names: frozenset[str]

    def __init__(
        self, network: Network, how: str, lines: frozenset[int], places: Mapping[str, int],
        assumed: tuple[str, ...] = (), whole: bool = True, conflicts: tuple[str, ...] = (),
        doubtful: frozenset[str] = frozenset(), proves: bool = True,
        counted: Mapping[int, tuple[int, ...]] | None = None, left: frozenset[int] = frozenset(),
        left_names: frozenset[str] = frozenset(),
    ) -> None:  # fmt: skip
        self._fill(
            network, how, lines, places, assumed, whole, conflicts, doubtful, proves, counted or {}, left, left_names
        )

    def __hash__(self) -> int:
        return hash((self.how, self.lines))

    @property
    def follows_textbooks(self) -> bool:
        """Whether recurrent layers were given one bias vector, for nothing says how many they have."""
        return any("textbooks" in text for text in self.assumed)


class Understanding(Record):
    """``networks``, the best first; ``names`` that the catalogue has; ``unknown``: names that it lacks."""

    __slots__ = ("networks", "names", "unknown")
    networks: tuple[Described, ...]
    names: tuple[Named, ...]
    unknown: tuple[str, ...]

    def __init__(self, networks: tuple[Described, ...], names: tuple[Named, ...], unknown: tuple[str, ...]) -> None:
        self._fill(networks, names, unknown)
