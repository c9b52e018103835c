"""Network ↔ JSON: netledger's own versioned form, and the ``architecture`` documents that other programs write."""

from __future__ import annotations

from netledger.errors import FormatError, NotationError
from netledger.limits import LAYERS, NESTING
from netledger.network import Layer, Network, Tensor
from netledger.notation.fields import EVIDENCE, LAYER, NETWORK, TENSOR, check_unused, checked, no_evidence
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

SCHEMA = "netledger.network/1"


def network_to_json(network: Network) -> dict[str, Any]:
    """The network as JSON data; fields at their defaults are left out."""
    if any(name in network.meta for name in EVIDENCE):
        network = network.replace(meta={key: value for key, value in network.meta.items() if key not in EVIDENCE})
    fields = _fields(network, Network(network.name), skip=("layers",))
    return {"schema": SCHEMA, **fields, "layers": [_layer_to_json(layer) for layer in network.layers]}


def network_from_json_text(text: str, name: str) -> Network:
    """The network in a JSON text."""
    from netledger.notation.strict_json import parse_json

    raw = text.encode("utf-8", "surrogatepass")
    try:
        data = parse_json(raw)
    except FormatError as error:
        fault = NotationError(error.why if error.why.startswith("not JSON") else f"not a description: {error.why}")
        if error.byte is not None:
            head = raw[: error.byte].decode("utf-8", "replace")
            fault.at(line=head.count("\n") + 1, column=len(head) - head.rfind("\n"))
        raise fault from None
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
    checked("a network", NETWORK, known)
    no_evidence(known.get("meta", {}))
    built = [_layer_from_json(layer, i) for i, layer in enumerate(layers)]
    paths = {layer.path for layer in built}
    if len(paths) != len(built):
        raise NotationError("two layers have the same path")
    check_unused(built)
    return Network(known.pop("name", "network"), tuple(built), **known)


def _layer_to_json(layer: Layer) -> dict[str, Any]:
    fields = _fields(layer, Layer(layer.path, layer.kind), skip=("tensors",))
    if layer.tensors:
        fields["tensors"] = [_fields(tensor, Tensor("", "", ()), skip=()) for tensor in layer.tensors]
    return {"path": layer.path, "kind": layer.kind, **fields}


def _layer_from_json(data: Any, index: int) -> Layer:
    what = f"layer {index}"
    if not isinstance(data, dict):
        raise NotationError(f"{what}: a layer is an object")
    known = checked(what, LAYER, {key: _decode(value) for key, value in data.items() if key != "tensors"})
    missing = next((name for name in ("path", "kind") if name not in known), None)
    if missing is not None:
        raise NotationError(f"{what}: '{missing}' is missing")
    tensors = data.get("tensors", [])
    if not isinstance(tensors, list):
        raise NotationError(f"{what}: 'tensors' is a list")
    return Layer(tensors=tuple([_tensor_from_json(tensor, what) for tensor in tensors]), **known)


def _tensor_from_json(data: Any, what: str) -> Tensor:
    if not isinstance(data, dict) or not {"name", "role", "shape"} <= data.keys():
        raise NotationError(f"{what}: a tensor is an object with 'name', 'role' and 'shape'")
    return Tensor(**checked(f"{what}, a tensor", TENSOR, {key: _decode(value) for key, value in data.items()}))


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
            if not isinstance(value["unknown"], str):
                raise NotationError("an 'unknown' says why, in a text")
            return Unknown(value["unknown"])
        if set(value) == {"map"} and isinstance(value["map"], list):
            return dict([_decode_pair(pair) for pair in value["map"]])
        return {key: _decode(item) for key, item in value.items()}
    return value


def _decode_pair(pair: Any) -> tuple[Any, Any]:
    if not isinstance(pair, list) or len(pair) != 2:
        raise NotationError("a 'map' is a list of pairs")
    key, value = map(_decode, pair)
    try:
        hash(key)
    except TypeError:
        raise NotationError("a key of a 'map' is a number, a text or a list of them") from None
    return key, value
