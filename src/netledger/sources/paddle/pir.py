"""Paddle's newer programs (``.json`` of PIR): operators with numbered values whose types are stated.

Source: ``paddle/fluid/pir/serialize_deserialize`` of Paddle: ``#`` a name, ``%`` a number, ``TT`` a type,
``I`` and ``O`` what is read and made, ``A`` attributes.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.limits import LAYERS, MAX_DIMENSION, RANK
from netledger.sources.paddle.graph import PaddleOp, PaddleValue
from netledger.sources.paddle.operators import ARGUMENTS, plain

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_DTYPES = {
    "t_bool": "bool", "t_ui8": "uint8", "t_i8": "int8", "t_i16": "int16", "t_i32": "int32", "t_i64": "int64",
    "t_f16": "float16", "t_bf16": "bfloat16", "t_f32": "float32", "t_f64": "float64", "t_c64": "complex64",
    "t_c128": "complex128", "t_f8e4m3fn": "float8_e4m3fn", "t_f8e5m2": "float8_e5m2",
}  # fmt: skip


def is_pir(data: Any) -> bool:
    """Whether JSON is a program of Paddle.

    >>> is_pir({"base_code": {"magic": "pir"}, "program": {}}), is_pir({"base_code": 1})
    (True, False)
    """
    code = data.get("base_code") if isinstance(data, dict) else None
    return isinstance(code, dict) and code.get("magic") == "pir" and isinstance(data.get("program"), dict)


def read_pir(data: Any) -> tuple[dict[str, PaddleValue], list[list[PaddleOp]]]:
    """The values by number, and the operators of the program's block; those inside others follow."""
    values: dict[str, PaddleValue] = {}
    blocks: list[list[PaddleOp]] = []
    waiting = [_blocks(data["program"])]
    while waiting:
        for block in waiting.pop(0):
            ops = [PirOp(one) for one in _list(block.get("ops"))]
            if sum(map(len, blocks)) + len(ops) > LAYERS:
                raise LimitError(f"more than {LAYERS:,} operators")
            for op in ops:
                values.update(op.values)
                if op.regions:
                    waiting.append(op.regions)
            blocks.append(list(ops))
    if not blocks:
        raise FormatError("a program without blocks")
    return values, blocks


class PirOp(PaddleOp):
    """One operator as PIR writes it, with the values that it makes."""

    __slots__ = ("regions", "values")

    def __init__(self, data: Any) -> None:
        if not isinstance(data, dict) or not isinstance(data.get("#"), str):
            raise FormatError("an operator without its name")
        type = plain(data["#"].rpartition(".")[2])
        held = data.get("A")
        stated = [one for one in held if isinstance(one, dict)] if isinstance(held, list) else []
        super().__init__(type, {_text(one, "N"): _value_of(one.get("AT")) for one in stated})
        made = [data["O"]] if isinstance(data.get("O"), dict) else _list(data.get("O"))
        self.values = {value.name: value for one in made if (value := _value(one)) is not None}
        self.outputs = list(self.values)
        self.regions = [block for region in _list(data.get("regions")) for block in _blocks({"regions": [region]})]
        if type == "p":
            self._parameter(data)
        names = ARGUMENTS.get(type, ())
        for place, one in enumerate(_list(data.get("I"))):
            number = one.get("%") if isinstance(one, dict) else None
            if isinstance(number, int) and number > 0:
                self.inputs[names[place] if place < len(names) else f"in{place}"] = [str(number)]

    def _parameter(self, data: dict[str, Any]) -> None:
        """A stored value: its own name; whether it is saved and trained stands in the first and third of its marks."""
        held = data.get("A")
        marks = _list(data.get("OA"))
        name = held[3] if isinstance(held, list) and len(held) > 3 and isinstance(held[3], str) else ""
        for value in self.values.values():
            value.called = name or f"parameter {value.name}"
            value.stored, value.trained = (marks[0] != 0, marks[2] != 0) if len(marks) > 2 else (True, True)


def _value(one: Any) -> PaddleValue | None:
    number = one.get("%") if isinstance(one, dict) else None
    if not isinstance(number, int) or isinstance(number, bool):
        return None
    found = PaddleValue(str(number))
    said = one.get("TT")
    body = said.get("D") if isinstance(said, dict) and _text(said, "#").endswith("t_dtensor") else None
    if isinstance(body, list) and len(body) > 1 and isinstance(body[0], dict) and isinstance(body[1], list):
        sizes = body[1]
        if len(sizes) > RANK or not all(type(size) is int and -1 <= size <= MAX_DIMENSION for size in sizes):
            raise FormatError("a shape that cannot be")
        found.dtype = _DTYPES.get(_text(body[0], "#").rpartition(".")[2], "")
        found.shape = tuple([size if size >= 0 else None for size in sizes])
    return found


def _value_of(attribute: Any) -> Any:
    """What an attribute holds, where that is one number or word."""
    held = attribute.get("D") if isinstance(attribute, dict) else None
    return held if isinstance(held, int | str) else None


def _blocks(data: Any) -> list[dict[str, Any]]:
    regions = _list(data.get("regions"))
    found = [block for region in regions if isinstance(region, dict) for block in _list(region.get("blocks"))]
    return [block for block in found if isinstance(block, dict)]


def _list(data: Any) -> list[Any]:
    return data if isinstance(data, list) else []


def _text(data: dict[str, Any], key: str) -> str:
    value = data.get(key)
    return value if isinstance(value, str) else ""
