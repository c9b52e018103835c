"""A ledger that was written as JSON → the network it is of: what a later state is compared with.

Only what the books were kept from is read back: layers, attributes, stored tensors, shapes. The counts themselves are
made anew; the totals that stand in the file become what was published, so that a difference shows.
"""

from __future__ import annotations

from netledger.errors import NotationError
from netledger.limits import LAYERS
from netledger.network import Layer, Network, Tensor
from netledger.notation.fields import LAYER, NETWORK, TENSOR, checked
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_CHECKED = ("parameters", "macs")


def network_from_ledger(data: dict[str, Any], name: str) -> Network:
    """The network of a ``netledger.ledger/1`` document; a ``NotationError`` where it is none."""
    layers = data.get("layers")
    if not isinstance(layers, list) or len(layers) > LAYERS:
        raise NotationError(f"'layers' must be a list of at most {LAYERS:,}")
    batched = data.get("batched") is True
    built = tuple([_layer(layer, place, batched) for place, layer in enumerate(layers)])
    if len({layer.path for layer in built}) != len(built):
        raise NotationError("two layers have the same path")
    title = data.get("title")
    dtype = _text(data.get("dtype"), "float32")
    checked("this ledger", NETWORK, {"dtype": dtype})
    return Network(
        _text(data.get("network"), name),
        built,
        title=title if isinstance(title, str) else None,
        published=_totals(data),
        batched=batched,
        dtype=dtype,
    )


def _totals(data: dict[str, Any]) -> dict[str, int]:
    totals = data.get("totals")
    if not isinstance(totals, dict):
        return {}
    least = totals.get("at_least")
    least = least if isinstance(least, list) else ()
    return {name: totals[name] for name in _CHECKED if isinstance(totals.get(name), int) and name not in least}


def _layer(data: Any, place: int, batched: bool) -> Layer:
    try:
        path, kind = data["path"], data["kind"]
        if not isinstance(path, str) or not isinstance(kind, str):
            raise TypeError("path and kind are strings")
        fields = {
            "path": path,
            "kind": kind,
            "attributes": {name: _value(value) for name, value in data["attributes"].items()},
            "inputs": tuple(data["inputs"]),
            "outputs": tuple(data["outputs"]),
            "share": data.get("tied_to"),
            "input_shapes": tuple(map(_shape, data["input_shapes"])) if batched else None,
            "output_shapes": tuple(map(_shape, data["output_shapes"])) if batched else None,
            "type": data.get("type"),
        }
        tensors = tuple([_tensor(tensor) for tensor in data["tensors"] if tensor.get("stored")])
        return Layer(tensors=tensors, **checked(f"layer {place} of this ledger", LAYER, fields))
    except (AttributeError, KeyError, TypeError) as error:
        raise NotationError(f"layer {place} of this ledger: {error}") from None


def _tensor(data: dict[str, Any]) -> Tensor:
    fields = {name: data[name] for name in ("name", "role", "dtype")}
    fields.update(shape=_shape(data["shape"]), storage=data.get("storage"), trainable=data.get("trainable", True))
    return Tensor(**checked("a tensor of this ledger", TENSOR, fields))


def _shape(value: Any) -> Any:
    if value is None:
        return Unknown("the ledger does not say")
    return tuple([Unknown("the ledger does not say") if size is None else size for size in value])


def _value(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_value(item) for item in value])
    return {key: _value(item) for key, item in value.items()} if isinstance(value, dict) else value


def _text(value: Any, otherwise: str) -> str:
    return value if isinstance(value, str) and value else otherwise
