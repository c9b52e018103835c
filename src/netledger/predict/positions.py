"""How many positions a model reads: what is asked for unless others are, and what is said of those beyond its own."""

from __future__ import annotations

from netledger.catalogue.family import OF_ENCODER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.predict.running import Model
    from netledger.predict.runtimes import Runtime, Setting


def own_context(model: Model) -> int:
    """The positions that are asked about unless others are: the model's own, at most 4096.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> own_context(model_of(load("llama-3.1-8b"))), own_context(model_of(load("gpt2")))
    (4096, 1024)
    """
    own = positions_of(model)
    return 4096 if own is None else min(own, 4096)


def positions_of(model: Model) -> int | None:
    """The positions that a model reads by its configuration or its file's metadata, an encoder's left out.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> positions_of(model_of(load("llama-3.1-8b")))
    131072
    """
    meta = model.ledger.network.meta
    metadata = meta.get("metadata")
    if isinstance(metadata, dict):
        stated = metadata.get(f"{metadata.get('general.architecture')}.context_length")
        return stated if type(stated) is int and stated > 0 else None
    own = [count for key, count in meta.get("positions", {}).items() if key not in OF_ENCODER]
    return own[0] if own else None


def own_encoder_context(model: Model) -> int | None:
    """The encoder's own positions, where layers attend to one and the configuration says how many it reads.

    A stack of convolutions before Whisper's encoder halves its frames to exactly these.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> own_encoder_context(model_of(load("whisper-tiny")))
    1500
    """
    if all(keeps.sort != "cross" for keeps in model.keeps):
        return None
    positions = model.ledger.network.meta.get("positions", {})
    own: int | None = next((positions[key] for key in OF_ENCODER if key in positions), None)
    if own is not None:
        return own
    read = [entry.output_shape for entry in model.ledger if entry.kind == "input"]
    sides = {len(shape) for shape in read if isinstance(shape, tuple)}
    if 3 in sides:
        return _places_attended_to(model)
    return next(iter(positions.values()), None) if sides == {1} else None


def _places_attended_to(model: Model) -> int | None:
    """How many places of a picture the layers attend to that attend to what an encoder has seen."""
    crossing = (entry for entry in model.ledger if entry.kind == "attention" and entry.layer.attributes.get("cross"))
    seen = [entry.inputs[1] for entry in crossing]
    places = (shape[0] for shape in seen if isinstance(shape, tuple))
    return next((count for count in places if isinstance(count, int)), None)


_BEFORE_THE_FIRST = 2
"""Rows that a table of positions may have before its first (OPT, BART), for places that are padded."""


def learned_positions(model: Model) -> int | None:
    """The positions of a model that are rows of a table it learned: beyond the last it reads nothing; ``None`` where
    they are computed.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> learned_positions(model_of(load("gpt2"))), learned_positions(model_of(load("llama-2-7b")))
    (1024, None)
    """
    own = positions_of(model)
    if own is None:
        return None
    rows = range(own, own + _BEFORE_THE_FIRST + 1)
    found = any(
        any(size in rows for size in slot.shape)
        for entry in model.ledger
        for name, slot in entry.tensor_names()
        if "wpe" in name or "position" in name
    )
    return own if found else None


def beyond_own(model: Model, setting: Setting, runtime: Runtime) -> str | None:
    """What is to be said where each sequence has more positions than the model reads; ``None`` where it has not.

    >>> from netledger.catalogue import load
    >>> from netledger.predict.running import model_of
    >>> from netledger.predict.runtimes import RUNTIMES, Setting
    >>> beyond_own(model_of(load("gpt2")), Setting(2048), RUNTIMES["none"])
    '2,048 are more than the 1,024 that it has learned: it cannot read those beyond'
    """
    heard = own_encoder_context(model)
    if heard is not None and setting.encoder is not None and setting.encoder > heard:
        return f"{setting.encoder:,} of the encoder are more than the {heard:,} that its configuration states"
    own = positions_of(model)
    asked = -(-setting.context // runtime.shares(setting))
    if own is None or asked <= own:
        return None
    if learned_positions(model) is not None:
        return f"{asked:,} are more than the {own:,} that it has learned: it cannot read those beyond"
    return f"{asked:,} are more than the {own:,} that its configuration states"
