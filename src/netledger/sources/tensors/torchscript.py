"""TorchScript archives: what their code says of their tensors. It is read as text, never run.

A class lists its ``__parameters__`` and ``__buffers__``. A frozen archive has none left: its weights are constants, and
what reads them tells what they are. Source: ``torch/csrc/jit/serialization/python_print.cpp`` of PyTorch.
"""

from __future__ import annotations

import re

from netledger.errors import LimitError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.wire.zip import Archive

    Classes = dict[str, tuple[frozenset[str], frozenset[str]]]

_CODE_BYTES = 64 * 1024 * 1024
_CLASS = re.compile(r"^class (\w+)\(", re.M)
_LISTED = re.compile(r"^  __(parameters|buffers)__ = \[([^\]\n]*)\]", re.M)
_QUOTED = re.compile(r'"([^"\n]*)"')
_ALIAS = re.compile(r"^\s+(\w+) = (?:torch\.(?:t|detach|numpy_T|contiguous)\()?CONSTANTS\.c(\d+)(?:[,)][^\n]*)?$", re.M)
_CALL = re.compile(r"(?:torch|ops\.aten)\.(\w+)\(")
_CONSTANT = re.compile(r"CONSTANTS\.c(\d+)")
_MOST_ARGUMENT_BYTES = 4000


def code_of(archive: Archive, root: str) -> dict[str, str]:
    """``{module: source}`` of the archive's code."""
    found: dict[str, str] = {}
    read = 0
    for name, member in archive.members.items():
        if name.startswith(f"{root}code/") and name.endswith(".py"):
            read += member.size
            if read > _CODE_BYTES:
                raise LimitError(f"more than {_CODE_BYTES:,} bytes of code")
            module = name.removeprefix(f"{root}code/").removesuffix(".py").replace("/", ".")
            found[module] = archive.read(name).decode("utf-8", "replace")
    return found


def classes_of(code: dict[str, str]) -> Classes:
    r"""``{class: (parameters, buffers)}`` as the code lists them.

    >>> text = 'class Net(Module):\n  __parameters__ = ["w", ]\n  __buffers__ = []\n'
    >>> {name: [sorted(part) for part in parts] for name, parts in classes_of({"__torch__": text}).items()}
    {'__torch__.Net': [['w'], []]}
    """
    found: Classes = {}
    for module, text in code.items():
        starts = [*_CLASS.finditer(text)]
        ends = [*[match.start() for match in starts], len(text)][1:]
        for start, after in zip(starts, ends, strict=False):
            listed = {
                match[1]: frozenset(_QUOTED.findall(match[2])) for match in _LISTED.finditer(text, start.end(), after)
            }
            none = frozenset[str]()
            found[f"{module}.{start[1]}"] = (listed.get("parameters", none), listed.get("buffers", none))
    return found


def constants_by_use(code: dict[str, str]) -> dict[int, str]:
    r"""``{number of a constant: role}`` where an operation that reads it tells what it is.

    >>> constants_by_use({"m": "    y = torch.linear(x, CONSTANTS.c0, CONSTANTS.c1)\n"})
    {0: 'weight', 1: 'bias'}
    """
    found: dict[int, str] = {}
    for text in code.values():
        named = {match[1]: int(match[2]) for match in _ALIAS.finditer(text)}
        for match in _CALL.finditer(text):
            roles = _PLACES.get(match[1])
            if roles is None:
                continue
            for place, argument in enumerate(_arguments(text, match.end())):
                number = _number_in(argument, named)
                if number is not None and place in roles:
                    found.setdefault(number, roles[place])
    return found


def _number_in(argument: str, named: dict[str, int]) -> int | None:
    constant = _CONSTANT.search(argument)
    return int(constant[1]) if constant else named.get(argument.strip())


def _arguments(text: str, at: int) -> list[str]:
    """The arguments of the call whose bracket opens before ``at``."""
    parts: list[str] = []
    depth, begin = 0, at
    for i in range(at, min(len(text), at + _MOST_ARGUMENT_BYTES)):
        sign = text[i]
        if sign in "([":
            depth += 1
        elif sign in ")]":
            if not depth:
                return [*parts, text[begin:i]]
            depth -= 1
        elif sign == "," and not depth:
            parts.append(text[begin:i])
            begin = i + 1
    return parts


_LAYER = {1: "weight", 2: "bias"}
_NORM = {2: "weight", 3: "bias"}
_PRODUCT = {0: "weight", 1: "weight"}
_SUM = {0: "bias", 1: "weight", 2: "weight"}
_STATISTICS = {1: "weight", 2: "bias", 3: "running_statistic", 4: "running_statistic"}
_TABLE = {0: "weight"}
_PLACES: dict[str, dict[int, str]] = {
    **dict.fromkeys(
        ("linear", "_convolution", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
         "conv_transpose3d", "mkldnn_linear", "_convolution_mode", "convolution"), _LAYER),
    **dict.fromkeys(("matmul", "mm", "bmm"), _PRODUCT), **dict.fromkeys(("addmm", "baddbmm"), _SUM),
    **dict.fromkeys(("batch_norm", "instance_norm"), _STATISTICS), **dict.fromkeys(("layer_norm", "group_norm"), _NORM),
    **dict.fromkeys(("embedding", "embedding_bag"), _TABLE),
    "prelu": {1: "weight"}, "bilinear": {2: "weight", 3: "bias"}, "rms_norm": {2: "weight"},
}  # fmt: skip
"""Operation → which of its arguments is learned, and as what."""
