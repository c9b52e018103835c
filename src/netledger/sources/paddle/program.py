"""Paddle's older programs (``.pdmodel``): blocks of variables with shapes and of operators that name them.

Source: ``paddle/fluid/framework/framework.proto``.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, RANK
from netledger.sources.paddle.graph import PaddleOp, PaddleValue
from netledger.sources.paddle.operators import plain
from netledger.sources.paddle.values import DTYPES, TENSOR
from netledger.wire.cursor import Cursor
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.files import InputFile
    from netledger.wire.protobuf import Span

_PROGRAM = {1: ("blocks", "span", True)}
_BLOCK = {3: ("vars", "span", True), 4: ("ops", "span", True)}
_VAR = {
    1: ("name", "text", False), 2: ("type", "span", False), 3: ("persistable", "int", False),
    5: ("parameter", "int", False), 6: ("frozen", "int", False),
}  # fmt: skip
_TYPE = {1: ("kind", "int", False), 3: ("tensor", "span", False)}
_LOD = {1: ("tensor", "span", False)}
_OP = {
    1: ("inputs", "span", True),
    2: ("outputs", "span", True),
    3: ("type", "text", False),
    4: ("attrs", "span", True),
}
_ARGUMENTS = {1: ("name", "text", False), 2: ("values", "text", True)}
_ATTR = {
    1: ("name", "text", False), 3: ("i", "int", False), 5: ("s", "span", False), 10: ("b", "int", False),
    13: ("l", "int", False),
}  # fmt: skip
_STATED = frozenset(
    "transpose_X transpose_Y trans_x trans_y x_num_col_dims in_num_col_dims data_format equation".split()
)
_LOD_TENSOR = 7


def read_program(file: InputFile) -> tuple[dict[str, PaddleValue], list[list[PaddleOp]]]:
    """The variables by name, and the operators of each block."""
    cursor = Cursor(file)
    spans = decode(cursor, [(0, file.size)], _PROGRAM, "program").get("blocks", [])
    if not spans:
        raise FormatError("a program without blocks")
    values: dict[str, PaddleValue] = {}
    blocks: list[list[PaddleOp]] = []
    count = 0
    for span in spans:
        block = decode(cursor, [span], _BLOCK, "block")
        count += len(block.get("ops", [])) + len(block.get("vars", []))
        if count > LAYERS:
            raise LimitError(f"more than {LAYERS:,} operators and variables").at(byte=span[0])
        for place in block.get("vars", []):
            value = _value(cursor, place)
            values.setdefault(value.name, value)
        blocks.append([_op(cursor, place) for place in block.get("ops", [])])
    return values, blocks


def _value(cursor: Cursor, span: Span) -> PaddleValue:
    said = decode(cursor, [span], _VAR, "variable")
    type = decode(cursor, [said["type"]] if "type" in said else [], _TYPE, "type")
    found = PaddleValue(said.get("name", ""))
    if type.get("kind") != _LOD_TENSOR or "tensor" not in type:
        return found
    inner = decode(cursor, [type["tensor"]], _LOD, "type")
    tensor = decode(cursor, [inner["tensor"]] if "tensor" in inner else [], TENSOR, "type")
    dims = tensor.get("dims", [])
    if len(dims) > RANK:
        raise LimitError(f"{len(dims):,} dimensions, more than {RANK}").at(byte=span[0])
    found.dtype = DTYPES.get(tensor.get("dtype", 0), "")
    found.shape = tuple([size if size >= 0 else None for size in dims])
    found.stored, found.trained = bool(said.get("persistable")), not said.get("frozen")
    return found


def _op(cursor: Cursor, span: Span) -> PaddleOp:
    said = decode(cursor, [span], _OP, "operator")
    attributes: dict[str, Any] = {}
    for place in said.get("attrs", []):
        attr = decode(cursor, [place], _ATTR, "attribute")
        name = attr.get("name", "")
        if "s" in attr and name in _STATED:
            start, end = attr["s"]
            attributes[name] = cursor.source.read_at(start, min(end - start, 2_000)).decode("utf-8", "replace")
        elif name in _STATED:
            attributes[name] = next((attr[key] for key in ("i", "b", "l") if key in attr), 0)
    op = PaddleOp(plain(said.get("type", "")), attributes)
    for place in said.get("inputs", []):
        argument = decode(cursor, [place], _ARGUMENTS, "input")
        op.inputs[argument.get("name", "")] = argument.get("values", [])
    made = [decode(cursor, [place], _ARGUMENTS, "output") for place in said.get("outputs", [])]
    made.sort(key=lambda one: one.get("name") not in ("Out", "Output", "Y"))  # what the others are made beside
    op.outputs = [name for one in made for name in one.get("values", [])]
    return op
