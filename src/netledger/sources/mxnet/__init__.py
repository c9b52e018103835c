"""MXNet: a symbol's JSON with the ``.params`` beside it, or the ``.params`` alone."""

from __future__ import annotations

from netledger.errors import NotFoundError
from netledger.network import Network, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.sources.mxnet.params import MxnetArray

__all__ = ["PARAMS", "is_symbol", "network_of_symbol"]

_SYMBOL = "-symbol"
_BESIDE = ("{}-0000.params", "{}.params")


def is_symbol(data: Any) -> bool:
    """Whether JSON is a symbol of MXNet.

    >>> is_symbol({"nodes": [], "arg_nodes": [], "heads": []}), is_symbol({"nodes": []})
    (True, False)
    """
    return isinstance(data, dict) and all(key in data for key in ("nodes", "arg_nodes", "heads"))


def network_of_symbol(data: Any, file: InputFile, options: Options) -> Network:
    """The network of a symbol, with the arrays that lie beside it."""
    from netledger.sources.mxnet.symbol import SymbolReader

    name = stem(file.path).removesuffix(_SYMBOL)
    arrays, notes = _arrays_beside(file, name)
    reader = SymbolReader(data, arrays, options.inputs)
    outputs = reader.run()
    version = data.get("attrs", {}).get("mxnet_version") if isinstance(data.get("attrs"), dict) else None
    number = version[1] if isinstance(version, list) and len(version) == 2 and type(version[1]) is int else 0
    source = f"MXNet {number // 10_000}.{number // 100 % 100}.{number % 100} symbol" if number > 0 else "MXNet symbol"
    meta: dict[str, Any] = {"format": "mxnet"}
    if arrays:
        meta["stored"] = _stored(arrays.values())
    return Network(name, reader.layers, source=source, notes=tuple(notes), batched=True, outputs=outputs, meta=meta)


def _arrays_beside(file: InputFile, name: str) -> tuple[dict[str, MxnetArray], list[str]]:
    from netledger.sources.mxnet.params import arrays_in

    for pattern in _BESIDE:
        try:
            with file.sibling(pattern.format(name)) as params:
                return arrays_in(params), []
        except NotFoundError:
            continue
    return {}, [f"{_BESIDE[0].format(name)[:80]} is not beside it: what is stored was not checked"]


def _stored(arrays: Iterable[MxnetArray]) -> dict[str, int]:
    held = list(arrays)
    return {
        "elements": sum([int(elements_of(one.shape)) for one in held]), "bytes": sum([one.nbytes for one in held]),
    }  # fmt: skip


def _read_params(file: InputFile, options: Options) -> Network:
    from netledger.sources.mxnet.params import arrays_in, role_of_name
    from netledger.sources.tensors.module_tree import in_order_of_counting, layers_of, tree

    arrays = arrays_in(file)
    tensors = [
        one.tensor("running_statistic" if one.auxiliary else role_of_name(one.name)).replace(storage=None)
        for one in arrays.values()
    ]
    meta = {"format": "mxnet-params", "tensors": len(tensors), "stored": _stored(arrays.values())}
    return tree(stem(file.path), in_order_of_counting(layers_of(tensors)), meta=meta)


PARAMS = Source(
    "mxnet", "MXNet parameters", (".params",), lambda head: head[:16] == b"\x12\x01" + bytes(14), _read_params
)
