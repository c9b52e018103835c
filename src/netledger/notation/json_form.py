"""Network ↔ JSON: netledger's own versioned form, and the ``architecture`` documents that other programs write."""

from __future__ import annotations

import json

from netledger.errors import NotationError
from netledger.limits import LAYERS, NESTING
from netledger.network import Layer, Network, Tensor
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "netledger.network/1"


def network_to_json(network: Network) -> dict[str, Any]:
    """The network as JSON data; fields at their defaults are left out."""
    fields = _fields(network, Network(network.name), skip=("layers",))
    return {"schema": SCHEMA, **fields, "layers": [_layer_to_json(layer) for layer in network.layers]}


def network_from_json_text(text: str, name: str) -> Network:
    """The network in a JSON text."""
    try:
        data = json.loads(text, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        fault = NotationError(f"not JSON: {error.msg.lower()}")
        fault.at(line=error.lineno, column=error.colno)
        raise fault from None
    except (RecursionError, ValueError) as error:
        why = "nested too deeply" if isinstance(error, RecursionError) else str(error)[:80]
        raise NotationError(f"not a description: {why}") from None
    return network_from_json(data, name)


def network_from_json(data: Any, name: str) -> Network:
    """The network in JSON data, of either form."""
    _check_depth(data)
    if isinstance(data, dict) and data.get("schema") == SCHEMA:
        return _own_form(data)
    if isinstance(data, list) or (isinstance(data, dict) and "architecture" in data):
        from netledger.notation.architecture import network_from_architecture

        return network_from_architecture(data, name)
    if isinstance(data, dict) and data.get("schema") == "netledger.ledger/1":
        from netledger.notation.ledger_form import network_from_ledger

        return network_from_ledger(data, name)
    if isinstance(data, dict) and isinstance(data.get("schema"), str):
        raise NotationError(f"schema '{data['schema']}' is not read here: expected '{SCHEMA}' or an 'architecture'")
    raise NotationError(f"expected an object with 'schema': '{SCHEMA}', or with an 'architecture' list")


def _refuse_constant(text: str) -> None:
    raise ValueError(f"{text} is no JSON number")


def _check_depth(data: Any) -> None:
    waiting = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > NESTING:
            raise NotationError(f"nested deeper than {NESTING}")
        if isinstance(value, dict):
            waiting.extend([(item, depth + 1) for item in value.values()])
        elif isinstance(value, list):
            waiting.extend([(item, depth + 1) for item in value])


# ---------------------------------------------------------------------- our own form


def _own_form(data: dict[str, Any]) -> Network:
    layers = data.get("layers")
    if not isinstance(layers, list) or len(layers) > LAYERS:
        raise NotationError(f"'layers' must be a list of at most {LAYERS:,}")
    known = {key: _decode(value) for key, value in data.items() if key not in ("schema", "layers")}
    unknown = known.keys() - set(Network.__slots__)
    if unknown:
        raise NotationError(f"a network has no field '{sorted(unknown)[0]}'")
    built = [_layer_from_json(layer, i) for i, layer in enumerate(layers)]
    paths = {layer.path for layer in built}
    if len(paths) != len(built):
        raise NotationError("two layers have the same path")
    return Network(known.pop("name", "network"), tuple(built), **known)


def _layer_to_json(layer: Layer) -> dict[str, Any]:
    fields = _fields(layer, Layer(layer.path, layer.kind), skip=("tensors",))
    if layer.tensors:
        fields["tensors"] = [_fields(tensor, Tensor("", "", ()), skip=()) for tensor in layer.tensors]
    return {"path": layer.path, "kind": layer.kind, **fields}


def _layer_from_json(data: Any, index: int) -> Layer:
    try:
        known = {key: _decode(value) for key, value in data.items() if key != "tensors"}
        tensors = tuple(
            [Tensor(**{key: _decode(value) for key, value in tensor.items()}) for tensor in data.get("tensors", ())]
        )
        layer = Layer(tensors=tensors, **known)
    except (AttributeError, TypeError) as error:
        raise NotationError(f"layer {index}: {str(error).replace('Layer.__init__() ', '')}") from None
    if not isinstance(layer.path, str) or not isinstance(layer.kind, str):
        raise NotationError(f"layer {index}: path and kind are strings")
    return layer


def _fields(record: Any, default: Any, skip: tuple[str, ...]) -> dict[str, Any]:
    result = {}
    for key in record.__slots__:
        value = getattr(record, key)
        if key not in skip and (key in ("name", "role", "shape") or value != getattr(default, key)):
            result[key] = _encode(value)
    return result


def _encode(value: Any) -> Any:
    if isinstance(value, Unknown):
        return {"unknown": value.reason}
    if isinstance(value, tuple):
        return [_encode(item) for item in value]
    if isinstance(value, dict):
        return (
            {"map": [[_encode(key), _encode(item)] for key, item in value.items()]}
            if _odd(value)
            else {key: _encode(item) for key, item in value.items()}
        )
    return value


def _odd(value: dict[Any, Any]) -> bool:
    """Whether a dict cannot stand as a JSON object: keys that are no strings, or that would read as something else."""
    return not all(isinstance(key, str) for key in value) or set(value) in ({"unknown"}, {"map"})


def _decode(value: Any) -> Any:
    if isinstance(value, list):
        return tuple([_decode(item) for item in value])
    if isinstance(value, dict):
        if set(value) == {"unknown"}:
            return Unknown(str(value["unknown"]))
        if set(value) == {"map"} and isinstance(value["map"], list):
            return {_decode(key): _decode(item) for key, item in value["map"]}
        return {key: _decode(item) for key, item in value.items()}
    return value
