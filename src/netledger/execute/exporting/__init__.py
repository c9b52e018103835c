"""A network written for others: ONNX (with weights), a readable PyTorch module, Caffe prototxt, our own notation.

>>> from netledger.catalogue import load
>>> source = text_of(load("alexnet/torchvision"), "pytorch")
>>> "self.features.add_module('3', nn.Conv2d(64, 192, kernel_size=5, padding=2))" in source
True
"""

from __future__ import annotations

from pathlib import Path

from netledger.errors import NetledgerError, UsageError, or_list

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Network

SUFFIXES = {".onnx": "onnx", ".py": "pytorch", ".prototxt": "caffe", ".net": "net", ".json": "json"}
"""Which format a file's suffix means."""


def _net(network: Network) -> str:
    from netledger.notation import to_text

    return to_text(network)


def _json(network: Network) -> str:
    import json

    from netledger.notation import to_json

    return json.dumps(to_json(network), indent=2, ensure_ascii=False) + "\n"


def _pytorch(network: Network) -> str:
    from netledger.execute.exporting.pytorch_source import to_source

    return to_source(network)


def _caffe(network: Network) -> str:
    from netledger.execute.exporting.prototxt import to_prototxt

    return to_prototxt(network)


TEXTS: dict[str, Callable[[Network], str]] = {"net": _net, "json": _json, "pytorch": _pytorch, "caffe": _caffe}
"""Every format that is text, by name."""
FORMATS = ("onnx", *TEXTS)


def format_for(path: str | Path, format: str | None) -> str:
    """The format asked for, else the one that the file's suffix means."""
    if format is not None:
        if format not in FORMATS:
            raise UsageError(f"no format '{format}': there are {or_list(list(FORMATS))}")
        return format
    found = SUFFIXES.get(Path(path).suffix.lower())
    if found is None:
        raise UsageError(f"the suffix of '{path}' names no format: --to {', '.join(FORMATS)}, or {' '.join(SUFFIXES)}")
    return found


def text_of(network: Network, format: str) -> str:
    """A network in one of the text formats."""
    try:
        return TEXTS[format](network)
    except NetledgerError as error:
        raise error.at(file=network.name) from None


def export(
    network: Network | Any, path: str | Path, *, format: str | None = None, weights: str | Path | None = None,
    seed: int = 0, batch: int | None = None,
) -> None:  # fmt: skip
    """Write a network to a file, whole or not at all.

    ``weights`` is a checkpoint of ``netledger train`` or a state dict; without it they are initialised as the
    description says, from ``seed``. Only ONNX holds weights. ``batch`` fixes ONNX's batch size.
    """
    from netledger.execute.checkpoint import write_atomically

    network = network if not isinstance(network, str) else _read(network)
    chosen = format_for(path, format)
    if chosen == "onnx":
        from netledger.execute.exporting.onnx_file import to_onnx
        from netledger.execute.exporting.weights import module_with

        data = to_onnx(module_with(network, weights, seed), batch).SerializeToString()
    else:
        if weights is not None:
            raise UsageError(f"{chosen} holds no weights; ONNX does")
        data = text_of(network, chosen).encode()
    write_atomically(Path(path), lambda stream: stream.write(data))


def _read(what: str) -> Network:
    from netledger.sources import read

    return read(what)


__all__ = ["FORMATS", "export", "format_for", "text_of"]
