"""torchao's tensors in a safetensors file: ``_weight_qdata`` with its scales, their class in the file's metadata.

Source: ``torchao/prototype/safetensors`` and the classes that ``safetensors_utils.py`` there allows.
"""

from __future__ import annotations

from netledger.network import elements_of
from netledger.sources.quantised.counts import hold, pack, times
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Tensor
    from netledger.sources.quantised.counts import Config, Held


def torchao(module: str, held: Held, keys: list[str], config: Config) -> str | None:
    """Each ``…_qdata`` by what the metadata says of it; without that, one value an element in eight-bit types."""
    for key in keys:
        head = key.removesuffix("qdata")
        data, scale = held[key], held.get(f"{head}scale")
        pack(held, *[name for name in held if name.startswith(head) and name != key])
        stated = _stated(config, f"{module}.{head.strip('_')}")
        hold(held, key, _as_stated(data, stated) or _by_scale(data, scale))
    return "torchao"


_VALUES = {"Int8Tensor": 1, "IntxUnpackedToInt8Tensor": 1, "Float8Tensor": 1, "NVFP4Tensor": 2}
"""Classes whose ``qdata`` is as long as the weight, or packed along its last dimension: the values of an element."""


def _stated(config: Config, name: str) -> dict[str, Any]:
    """The class and the attributes of a tensor, which the metadata keeps as JSON under the tensor's name."""
    from json import loads

    metadata = config.get("metadata")
    text = metadata.get(name) if isinstance(metadata, dict) else None
    try:
        found = loads(text) if isinstance(text, str) else None
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _as_stated(data: Tensor, stated: dict[str, Any]) -> int | Unknown | None:
    """The values by the stated shape, or by the class; ``None`` where neither says."""
    attributes = stated.get("_data")
    attributes = attributes if isinstance(attributes, dict) else {}
    shape, element = attributes.get("shape"), attributes.get("elem_dtype")
    stored = elements_of(data.shape)
    if isinstance(shape, list) and isinstance(stored, int) and all(type(size) is int and size > 0 for size in shape):
        count = elements_of(shape)
        return count if isinstance(count, int) and count <= 32 * stored else None  # an element has 32 bits at most
    many = _VALUES.get(str(stated.get("_type")))
    if stated.get("_type") == "MXTensor" and isinstance(element, dict):
        many = 2 if str(element.get("_data")).startswith("float4") else 1 if data.dtype.startswith("float8") else None
    return None if many is None else times(data, many)


def _by_scale(data: Tensor, scale: Tensor | None) -> int | Unknown:
    """int8 with one scale, or one for a row, is not grouped: eight bits each; grouped int8 may be two values a byte."""
    rows = data.shape[0] if data.shape else 1
    whole = scale is not None and elements_of(scale.shape) in (1, rows)
    if data.dtype.startswith("float8") or (data.dtype == "int8" and whole and len(data.shape) == 2):
        return elements_of(data.shape)
    return Unknown("packed as torchao: the logical number of values is not stored with it")
