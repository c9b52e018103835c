"""Predicted and measured, side by side; and the scores of a trained network."""

from __future__ import annotations

from netledger.documents.model import Column, Document, Paragraph, Quantity, Row, Table, Verdict
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from netledger.documents.model import Value
    from netledger.train.evaluation import Score
    from netledger.unknown import Count

    Comparison = tuple[str, int | Count, int | None, float]
    """What, the prediction, the measurement (``None``: not measured), how far they may be apart (a share)."""


def verify_document(name: str, batch: int, rows: Sequence[Comparison], how: str) -> Document:
    """Predictions with their measurements; a ✓ where they are as near as was promised."""
    table = Table(
        (
            Column("what", "what"), Column("predicted", "predicted", "number"),
            Column("measured", "measured", "number"), Column("ratio", "measured / predicted", "number"),
            Column("verdict", "", "verdict"),
        ),
        [Row(_cells(*row)) for row in rows],
    )  # fmt: skip
    return Document(f"{name}: predicted and measured", (Paragraph(how), table), lambda: verify_data(name, batch, rows))


def _cells(what: str, predicted: int | Count, measured: int | None, within: float) -> tuple[Value, ...]:
    if measured is None:
        return what, predicted, None, None, Verdict("unread", "not measured here")
    exact = predicted if isinstance(predicted, int) else None
    if exact is None:
        return what, predicted, measured, Unknown("the prediction is not exact"), Verdict("unread", "not predicted")
    verdict = Verdict("ok" if agrees(exact, measured, within) else "wrong")
    if not exact:
        return what, predicted, measured, None, verdict
    return what, predicted, measured, Quantity(measured / exact, "", 4), verdict


def agrees(predicted: int | Count, measured: int | None, within: float) -> bool:
    """Whether a measurement is as near to its prediction as was promised (0: equal)."""
    exact = predicted if isinstance(predicted, int) else None
    if measured is None or exact is None:
        return True
    return abs(measured - exact) <= within * abs(exact)


def verify_data(name: str, batch: int, rows: Sequence[Comparison]) -> dict[str, Any]:
    """The same as plain values, for JSON."""
    return {
        "schema": "netledger.verification/1",
        "network": name,
        "batch": batch,
        "comparisons": [
            {
                "what": what,
                "predicted": predicted if isinstance(predicted, int) else None,
                "measured": measured,
                "agrees": agrees(predicted, measured, within),
            }
            for what, predicted, measured, within in rows
        ],
    }


def scores_document(name: str, scores: Sequence[Score]) -> Document:
    """Accuracies over one view and ten."""
    rows = [
        Row((
            "one view" if score.views == 1 else f"{score.views} views averaged", Quantity(100 * score.top1, "%", 2),
            Quantity(100 * score.top5, "%", 2), Quantity(score.loss, "", 4), score.images, score.skipped,
        ))
        for score in scores
    ]  # fmt: skip
    columns = (
        Column("views", "views"), Column("top1", "top-1", "number"), Column("top5", "top-5", "number"),
        Column("loss", "loss", "number"), Column("images", "images", "number"),
        Column("skipped", "could not be read", "number", 1),
    )  # fmt: skip
    data = [
        {"views": s.views, "top1": s.top1, "top5": s.top5, "loss": s.loss, "images": s.images, "skipped": s.skipped}
        for s in scores
    ]
    whole = {"schema": "netledger.scores/1", "checkpoint": name, "scores": data}
    return Document(f"{name}: accuracy", (Table(columns, rows),), lambda: whole)
