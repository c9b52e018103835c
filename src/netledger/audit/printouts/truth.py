"""What is known of a whole printout before its figures are judged."""

from __future__ import annotations


class Truth:
    """What is known of the whole: ``sums`` that the rows make (least and most; the first is the plain one),
    ``is_known``: whether each row is its layer's own count; ``network``: the totals of the network given, by how they
    are counted; ``trained``: of it; ``frozen``: what the rows say is not trained, where they say it.
    """

    __slots__ = (
        "faulty",
        "frozen",
        "has_rows",
        "is_known",
        "is_partial",
        "may_have_tables",
        "name",
        "network",
        "slips",
        "stated",
        "statistics",
        "sums",
        "trained",
        "width",
    )

    def __init__(self, sums: list[tuple[float, float]], is_known: bool) -> None:
        self.sums, self.is_known = sums, is_known
        self.has_rows = any(high for _, high in sums)
        self.network: dict[str, int] = {}
        self.slips: dict[int, tuple[str, str]] = {}
        """Totals by which the tool is known to miss the network's: the kind of fault, and why."""
        self.trained: int | None = None
        self.frozen: int | None = None
        self.faulty: int | None = None
        """The first line of a row that is wrong by itself."""
        self.is_partial = False
        """Whether some layers do not say what they are made of, so that all rows together are too few."""
        self.may_have_tables = False
        """Whether attention of somebody's own is printed, which may have a table of positions."""
        self.statistics: int | None = None
        """Running statistics among what the rows count, which are never trained."""
        self.width = 0
        """Of what its embeddings and norms hold; 0 where all that it has is shown."""
        self.stated: float = 0
        """What the rows add to as they are printed."""
        self.name = "the network"
