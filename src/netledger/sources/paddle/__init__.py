"""Paddle's inference models: a program (``.pdmodel``, or the ``.json`` of PIR) with the ``.pdiparams`` beside it."""

from __future__ import annotations

from netledger.errors import FormatError, NotFoundError, UsageError
from netledger.network import Network, elements_of
from netledger.sources import Options, Source
from netledger.sources.files import stem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.sources.paddle.graph import PaddleGraph, PaddleOp, PaddleValue

__all__ = ["PADDLE", "network_of_pir"]


def _read(file: InputFile, options: Options) -> Network:
    from netledger.sources.paddle.program import read_program

    values, blocks = read_program(file)
    return _network(values, blocks, file, options, "Paddle program")


def network_of_pir(data: Any, file: InputFile, options: Options) -> Network:
    """The network of a program in JSON."""
    from netledger.sources.paddle.pir import read_pir

    values, blocks = read_pir(data)
    return _network(values, blocks, file, options, "Paddle program (PIR)")


def _network(
    values: Mapping[str, PaddleValue],
    blocks: Sequence[Sequence[PaddleOp]],
    file: InputFile,
    options: Options,
    source: str,
) -> Network:
    from netledger.sources.paddle.graph import PaddleGraph

    graph = PaddleGraph(values, blocks)
    outputs = graph.run()
    own = {layer.path: layer.attributes.get("shape") for layer in graph.layers if layer.kind == "input"}
    for name, shape in options.inputs.items():
        if not any(shape in (size, (size or ())[1:]) for path, size in own.items() if name in ("", path)):
            raise UsageError("a Paddle program states every shape: another input cannot be derived from it")
    stored, notes = _stored(graph, file)
    return Network(
        stem(file.path), graph.layers, source=source, notes=tuple(notes), batched=True, outputs=outputs,
        assumed=tuple(graph.assumed), meta={"format": "paddle", **({"stored": stored} if stored else {})},
    )  # fmt: skip


def _stored(graph: PaddleGraph, file: InputFile) -> tuple[dict[str, int], list[str]]:
    """What the combined file holds, each array held against the value that it belongs to."""
    from netledger.sources.paddle.values import arrays_in

    name = f"{stem(file.path)}.pdiparams"
    try:
        with file.sibling(name) as params:
            arrays = arrays_in(params)
    except NotFoundError:
        return {}, [f"{name[:80]} is not beside it: that the values are there was not checked"]
    wanted = graph.stored()
    if len(arrays) != len(wanted):
        raise FormatError(f"{name[:80]} holds {len(arrays):,} arrays, the program states {len(wanted):,}")
    for value, array in zip(wanted, arrays, strict=True):
        if (value.shape, value.dtype) != (array.shape, array.dtype):
            shown = "×".join(map(str, array.shape))
            raise FormatError(f"{name[:80]} holds {array.dtype} {shown} for it").at(
                item=f"'{(value.called or value.name)[:80]}'"
            )
    counts = {
        "elements": sum([int(elements_of(one.shape)) for one in arrays]),
        "bytes": sum([one.nbytes for one in arrays]),
    }
    return counts, []


def _is_program(head: bytes) -> bool:
    """A first block of number 0 that has a parent: fields 1, then 1 and 2."""
    at = 1
    while head[at : at + 1] >= b"\x80" and at < 6:
        at += 1
    return head[:1] == b"\x0a" and head[at + 1 : at + 4] == b"\x08\x00\x10"


PADDLE = Source("paddle", "Paddle program", (".pdmodel",), _is_program, _read, reads_inputs=True)
