"""What a running model takes, as a document."""

from __future__ import annotations

from netledger.documents.model import (
    Column,
    Document,
    Facts,
    Heading,
    Paragraph,
    Points,
    Quantity,
    Row,
    Runs,
    Table,
    Verdict,
)
from netledger.layers.sizes import shape_text
from netledger.unknown import exactly, least, reasons

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.documents.model import Value
    from netledger.predict.fitting import Fit
    from netledger.predict.running import Running
    from netledger.predict.runtimes import Kept
    from netledger.unknown import Number

_SORTS = {
    "full": "attention", "sliding": "sliding attention", "latent": "latent attention (MLA)",
    "cross": "cross-attention", "convolution": "convolution state", "state": "recurrent state",
    "draft": "layers that draft words",
}  # fmt: skip
GB, MIB = 10**9, 2**20

_COLUMNS = (
    Column("sort", "what keeps", wrap=True),
    Column("layers", "layers", "number"),
    Column("cells", "cells", "number"),
    Column("values", "values a cell", "number", priority=3),  # these two stand in the formula too
    Column("type", "type", priority=2),
    Column("formula", "bytes", "formula", priority=1, wrap=True),
    Column("bytes", "=", "number"),
    Column("mib", "MiB", "number"),
)


def running_document(running: Running, answer: str | None = None, fit: Fit | None = None) -> Document:
    """Weights, cache, state, their sum, what was assumed; ``answer`` is a sentence put first, ``fit`` what it tells."""
    blocks: list[Any] = [] if answer is None else [Paragraph(answer)]
    facts: list[tuple[str, Value]] = [(f"weights ({running.weight_type})", _sized(running.weights))]
    facts += [(name, _sized(count)) for name, count in running.training]
    if running.cache:
        facts.append(("cache", _sized(sum(row.bytes for row in running.cache))))
    if running.state:
        facts.append(("state", _sized(sum(row.bytes for row in running.state))))
    if running.per_token:
        facts.append(("one more position", Runs(running.per_token, " bytes")))
    facts += list(_positions(running))
    facts.append(("in all", _sized(running.total)))
    blocks.append(Facts(facts))
    if running.rows:
        rows = [Row(_cells(row)) for row in running.rows]
        total = sum(row.bytes for row in running.rows)
        footer = Row(("total", None, None, None, None, None, total, _mib(total)), role="total")
        blocks += [Heading("What is kept"), Table(_COLUMNS, rows, (footer,))]
    blocks += [Heading("Assumed"), Points([Runs(text) for text in running.assumed])]
    return Document(f"{running.model.name}: memory", blocks, lambda: running_data(running) | _fit_data(fit))


def _positions(running: Running) -> Iterator[tuple[str, Value]]:
    """How the context's positions are shared between words and what is read beside them."""
    pictures, context, beyond = running.pictures, running.setting.context, running.beyond
    if beyond is not None:
        yield "positions", Verdict("note", beyond)
    if not pictures:
        return
    words = context - sum(taken for _, taken in pictures)
    said = ", ".join([f"{taken:,} for an input of {shape_text(shape)}" for shape, taken in pictures])
    if words < 0:
        yield "positions", Verdict("note", f"{context:,} are too few: {said}")
    else:
        yield "positions", Runs(context, f" = {words:,} for words, {said}")


def _cells(row: Kept) -> tuple[Value, ...]:
    name = _SORTS[row.keeps.sort]
    if row.keeps.window is not None:
        name = f"{name}, window {row.keeps.window:,}"
    types = row.key_type if row.key_type == row.value_type or not row.value else f"{row.key_type}, {row.value_type}"
    return name, row.keeps.layers, row.cells, row.key + row.value, types, formula_text(row), row.bytes, _mib(row.bytes)


def formula_text(row: Kept) -> str:
    """``32·8,192·(1,024 + 1,024)·2``, block types as bytes over values.

    >>> from netledger.predict.cache import Keeps
    >>> from netledger.predict.runtimes import Kept
    >>> formula_text(Kept(Keeps("full", 32, 1024, 1024), 8192, 1024, 1024, "f16", "f16"))
    '32·8,192·(1,024 + 1,024)·2'
    """
    head = f"{row.keeps.layers:,}·{row.cells:,}"
    if not row.value:
        return f"{head}·{row.key:,}·{_each(row.key_type)}"
    if row.key_type == row.value_type:
        return f"{head}·({row.key:,} + {row.value:,})·{_each(row.key_type)}"
    return f"{head}·({row.key:,}·{_each(row.key_type)} + {row.value:,}·{_each(row.value_type)})"


def _each(kind: str) -> str:
    from netledger.predict.element_types import TYPES

    block, size = TYPES[kind]
    return str(size) if block == 1 else f"{size}/{block}"


def _mib(count: int) -> Quantity:
    return Quantity(count, "MiB", digits=2, per=MIB)


def _sized(count: Number) -> Value:
    if not isinstance(count, int):
        return Runs(count, " bytes: ", reasons(count))
    decimal, binary = (("GB", GB), ("GiB", 2**30)) if count >= GB else (("MB", 10**6), ("MiB", MIB))
    return Runs(
        count, " bytes = ", Quantity(count, decimal[0], digits=2, per=decimal[1]),
        " = ", Quantity(count, binary[0], digits=2, per=binary[1]),
    )  # fmt: skip


def running_data(running: Running) -> dict[str, Any]:
    """The same as plain values, for JSON."""
    setting = running.setting
    return {
        "schema": "netledger.memory/1",
        "model": running.model.name,
        "runtime": None if running.runtime.name == "none" else running.runtime.name,
        "context": setting.context,
        "batch": setting.batch,
        **_pictures(running),
        "encoder_context": setting.encoder,
        "weights": {
            "bytes": exactly(running.weights),
            "type": running.weight_type,
            "values": exactly(running.model.ledger.totals.parameters) if isinstance(running.weights, int) else None,
        },
        "training": {name: exactly(count) for name, count in running.training},
        "cache": {
            "bytes": sum(row.bytes for row in running.cache),
            "values": sum(row.values for row in running.cache),
            "key_bytes": sum(row.key_bytes for row in running.cache),
            "value_bytes": sum(row.value_bytes for row in running.cache),
            "parts": [_part(row) for row in running.rows],
        },
        "state": {
            "bytes": sum(row.bytes for row in running.state),
            "values": sum(row.values for row in running.state),
        },
        "per_token": {"bytes": running.per_token},
        "total": {"bytes": exactly(running.total), "at_least": least(running.total)},
        **({} if running.beyond is None else {"beyond": running.beyond}),
        "assumed": list(running.assumed),
    }


def _pictures(running: Running) -> dict[str, Any]:
    """Of the context: what words have, and what pictures take; nothing where only words are read."""
    found = running.pictures
    if not found:
        return {}
    words = max(0, running.setting.context - sum(taken for _, taken in found))
    return {"words": words, "pictures": [{"shape": list(shape), "positions": taken} for shape, taken in found]}


def _fit_data(fit: Fit | None) -> dict[str, Any]:
    if fit is None:
        return {}
    from netledger.predict.fitting import ANY

    numbers = {"longest_context": fit.context, "largest_batch": fit.batch}
    plain = {name: None if count == ANY else count for name, count in numbers.items()}
    return {"within": {"bytes": fit.budget, **plain, "at": fit.at, "heaviest_weights": fit.weights}}


def _part(row: Kept) -> dict[str, Any]:
    return {
        "sort": row.keeps.sort,
        "layers": row.keeps.layers,
        "cells": row.cells,
        "values_a_cell": row.key + row.value,
        "type": row.key_type if row.key_type == row.value_type or not row.value else f"{row.key_type},{row.value_type}",
        "key_values": row.key,
        "value_values": row.value,
        "values": row.values,
        "key_type": row.key_type,
        "value_type": row.value_type,
        "window": row.keeps.window,
        "key_bytes": row.key_bytes,
        "value_bytes": row.value_bytes,
        "bytes": row.bytes,
        "mib": f"{row.bytes / MIB:.2f}",
        "formula": formula_text(row),
        "grows": row.grows,
        "first": row.keeps.paths[0] if row.keeps.paths else None,
        "last": row.keeps.paths[-1] if row.keeps.paths else None,
    }
