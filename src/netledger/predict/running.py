"""What a model takes when it runs or is trained: weights, cache, state, and what training adds."""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.ledger.views import Shown
from netledger.predict.cache import DRAFT
from netledger.predict.element_types import TYPES, bytes_in, type_named
from netledger.predict.runtimes import Kept, Runtime, Setting
from netledger.printable import printable
from netledger.records import Record
from netledger.unknown import Count, Unknown, least, sum_up

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.ledger import Ledger
    from netledger.network import Network
    from netledger.predict.cache import Keeps
    from netledger.unknown import Number


class Model(Record):
    """What is asked about: its books, what its layers keep, where the weights' bytes come from."""

    __slots__ = ("name", "ledger", "keeps", "absorbed", "stored")
    name: str
    ledger: Ledger
    keeps: tuple[Keeps, ...]
    absorbed: bool
    stored: bool

    def __init__(
        self, name: str, ledger: Ledger, keeps: Sequence[Keeps], absorbed: bool = True, stored: bool = False
    ) -> None:
        self._fill(name, ledger, tuple(keeps), absorbed, stored)


class Running(Shown, Record):
    """The parts: ``rows`` of what is kept, the weights' bytes and type, what training adds, and what was assumed."""

    __slots__ = ("model", "setting", "runtime", "rows", "weights", "weight_type", "training", "assumed")
    DOCUMENT = "netledger.documents.running:running_document"
    model: Model
    setting: Setting
    runtime: Runtime
    rows: tuple[Kept, ...]
    weights: Number
    weight_type: str
    training: tuple[tuple[str, Number], ...]
    assumed: tuple[str, ...]

    def __init__(
        self, model: Model, setting: Setting, runtime: Runtime, rows: Sequence[Kept], weights: Number, weight_type: str,
        training: Sequence[tuple[str, Number]], assumed: Sequence[str],
    ) -> None:  # fmt: skip
        self._fill(model, setting, runtime, tuple(rows), weights, weight_type, tuple(training), tuple(assumed))

    @property
    def pictures(self) -> list[tuple[tuple[int, ...], int]]:
        """What a running model reads beside words: each picture's or sound's shape, and the positions it takes."""
        from netledger.predict.pictures import positions_of_pictures

        return [] if self.training else positions_of_pictures(self.model.ledger)

    def __repr__(self) -> str:
        total = self.total
        said = f"{total:,} bytes" if isinstance(total, int) else str(total)
        return f"<Memory of {printable(self.model.name)}: {said} at a context of {self.setting.context:,}>"

    @property
    def beyond(self) -> str | None:
        """What is to be said of positions beyond those that the model reads."""
        from netledger.predict.positions import beyond_own

        return None if self.training else beyond_own(self.model, self.setting, self.runtime)

    @property
    def cache(self) -> tuple[Kept, ...]:
        """Rows that grow with the positions."""
        return tuple([row for row in self.rows if row.grows])

    @property
    def state(self) -> tuple[Kept, ...]:
        """Rows of a fixed size for each sequence."""
        return tuple([row for row in self.rows if not row.grows])

    @property
    def per_token(self) -> int:
        """Bytes that one more position of one sequence takes, where no window has closed."""
        return sum(
            row.keeps.layers
            * (bytes_in(row.key, row.key_type) + (bytes_in(row.value, row.value_type) if row.value else 0))
            for row in self.cache
            if row.keeps.sort in ("full", "latent")
        )

    @property
    def total(self) -> Number:
        """All bytes that could be derived."""
        kept = sum(row.bytes for row in self.rows)
        return sum_up([self.weights, kept, *[count for _, count in self.training]])


def model_of(network: Network, runtime: str = "none") -> Model:
    """The model that a network is: a GGUF file's metadata say what it keeps, else its own attention layers."""
    from netledger.ledger import keep_books
    from netledger.predict.cache import kept_by

    metadata = network.meta.get("metadata")
    if network.meta.get("format") == "gguf" and isinstance(metadata, dict):
        from netledger.predict.gguf_layout import kept_by_gguf, lacks_absorbed

        return Model(
            network.name, keep_books(network), kept_by_gguf(metadata, runtime), not lacks_absorbed(metadata), True
        )
    stored = any(layer.tensors for layer in network.layers)
    return Model(network.name, keep_books(network), kept_by(network, runtime), True, stored)


def inference_of(
    network: Network, context: int | None = None, batch: int = 1, weights: str | None = None, cache: str = "f16"
) -> Running:
    """What inference takes: weights as stored or in another type, a cache of so many positions, state; no runtime's
    rounding.

    >>> from netledger.catalogue import load
    >>> inference_of(load("llama-2-7b"), 2048).total
    14550573056
    """
    from netledger.predict.positions import own_context, own_encoder_context
    from netledger.predict.runtimes import runtime_named

    model, (key, value) = model_of(network), cache_types(cache)
    setting = Setting(context or own_context(model), batch, own_encoder_context(model), key, value)
    return run(model, setting, runtime_named("none"), weights or "as-stored", "inference", "adamw", 0)


def cache_types(text: str) -> tuple[str, str]:
    """The types of keys and values: ``q8_0``, or ``q8_0,f16``.

    >>> cache_types("q8_0"), cache_types("k=q8_0, v=f16")
    (('q8_0', 'q8_0'), ('q8_0', 'f16'))
    """
    key, _, value = text.partition(",")
    return known_type(key.strip().removeprefix("k=")), known_type((value or key).strip().removeprefix("v="))


def run(
    model: Model, setting: Setting, runtime: Runtime, weights: str, purpose: str, optimizer: str, lora: int,
    saved: Number | None = None,
) -> Running:  # fmt: skip
    """What it takes under a setting. ``weights`` is an element type, a mixture, or ``as-stored``; ``lora`` the
    number of values that adapters train, ``saved`` the bytes that training keeps of the forward pass, where known.
    """
    keeping = [keeps for keeps in model.keeps if keeps.sort != DRAFT or (setting.draft and runtime.drafts)]
    rows = [] if purpose != "inference" else [runtime.cells(keeps, setting) for keeps in keeping]
    count, kind, assumed = _weights(model, weights)
    assumed += model.ledger.network.assumed
    training: list[tuple[str, Number]] = []
    if purpose == "inference":
        assumed += runtime.told(setting, rows)
        if any(keeps.sort == DRAFT for keeps in keeping):
            assumed.append(f"{runtime.name}: the drafting layers have a cache of their own, in f16")
        if not model.keeps:
            assumed.append("no layer keeps anything for later positions: there is no cache")
        if any(not row.grows for row in rows) and runtime.name != "transformers":
            assumed.append("recurrent and convolution state in f32")
    else:
        training = _training(model, purpose, optimizer, lora, kind in ("float32", "f32"))
        if isinstance(saved, int):
            training.append(("saved activations", saved))
            assumed.append(f"saved activations: what PyTorch keeps of a forward pass of {setting.batch:,} examples")
        else:
            assumed.append("activations are not added: they depend on what is recomputed and on the kernels")
    assumed.append("not added: compute buffers, the allocator's rounding, a framework's own context")
    return Running(model, setting, runtime, rows, count, kind, training, assumed)


def _weights(model: Model, weights: str) -> tuple[Number, str, list[str]]:
    totals = model.ledger.totals
    if weights != "as-stored":
        from netledger.predict.weights import bytes_as, is_mixture

        if model.stored and is_mixture(weights):
            raise UsageError(f"--weights {weights}: what a stored file holds is stored already; --weights as-stored")
        name = weights.lower() if is_mixture(weights) else type_named(weights)
        told = (
            [f"{name}: some matrices have more bits, vectors stay in f32, as llama.cpp does"]
            if is_mixture(name)
            else []
        )
        return bytes_as(model.ledger, name), name, told
    if model.stored and not least(totals.parameters):
        unknown = Unknown("the file holds metadata, no tensor")
        return Count(0, frozenset((unknown,))), "as stored", ["the weights are not known: the file holds no tensor"]
    if model.stored:
        return totals.bytes, "as stored", []
    packed = model.ledger.network.meta.get("quantisation")
    if packed:
        return _quantised(model, packed)
    dtype, meta = model.ledger.network.dtype, model.ledger.network.meta
    if "values" in meta and "dtype" not in meta:
        return (
            sum_up((totals.parameters, totals.parameters)),
            "bf16",
            ["weights in bf16: no type is stated"],
        )
    return totals.bytes, dtype, [f"weights in {dtype}, as the description states"]


def _quantised(model: Model, packed: Mapping[str, Any]) -> tuple[Number, str, list[str]]:
    """What the configuration's ``quantization_config`` makes of the weights."""
    from netledger.dtypes import bytes_of
    from netledger.predict.quantised import quantised_bytes

    dtype = model.ledger.network.dtype
    rest = bytes_of(1, dtype) if "dtype" in model.ledger.network.meta else 2
    name = str(packed.get("quant_method", "quantised"))
    told = f"weights as quantization_config states ({name}); what it leaves alone takes {rest} bytes a value"
    return quantised_bytes(model.ledger, packed, rest), name, [told]


_OPTIMIZERS = {
    "adamw": 8, "adam": 8, "adamw-8bit": 2, "adam-8bit": 2, "sgd-momentum": 4, "sgd": 0, "lion": 4, "adafactor": 0,
}  # fmt: skip
"""Bytes of state a trained value."""


def _training(model: Model, purpose: str, optimizer: str, lora: int, single: bool) -> list[tuple[str, Number]]:
    """Gradients and the optimizer's state; in mixed precision master copies too: 16-bit weights, 32-bit copies.

    In ``single`` precision the weights themselves are in 32 bits: so are their gradients, and there are no copies.
    """
    if optimizer not in _OPTIMIZERS:
        raise UsageError(f"unknown optimizer '{optimizer}': known are {', '.join(_OPTIMIZERS)}")
    trained = lora if purpose == "lora" else model.ledger.totals.trainable
    parts = [("gradients (16-bit)", trained * 2), ("master copies (f32)", trained * 4)]
    if single and purpose == "training":
        parts = [("gradients (f32)", trained * 4)]
    if purpose == "lora":
        parts.insert(0, ("adapters (16-bit)", trained * 2))
    if _OPTIMIZERS[optimizer]:
        parts.append((f"optimizer ({optimizer})", trained * _OPTIMIZERS[optimizer]))
    return parts


def known_type(name: str) -> str:
    """An element type by any of its names, for a cache."""
    kind = type_named(name)
    assert kind in TYPES
    return kind
