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
_LIST = re.compile(r"^\s+(\w+) = (\[CONSTANTS\.c[^\]\n]*\])$", re.M)
_CALL = re.compile(r"(?:torch|ops\.\w+)\.(\w+)\(")
_TRAINING = re.compile(r"^  training : bool$", re.M)
_MODULE = re.compile(r"^class \w+\(Module\)", re.M)
_CONSTANT = re.compile(r"CONSTANTS\.c(\d+)")
_MOST_ARGUMENT_BYTES = 4000


def code_of(archive: Archive, folder: str) -> dict[str, str]:
    """``{module: source}`` of an archive's code, which is in this folder of it."""
    found: dict[str, str] = {}
    read = 0
    for name, member in archive.members.items():
        if name.startswith(folder) and name.endswith(".py"):
            read += member.size
            if read > _CODE_BYTES:
                raise LimitError(f"more than {_CODE_BYTES:,} bytes of code")
            module = name.removeprefix(folder).removesuffix(".py").replace("/", ".")
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


def is_frozen(code: dict[str, str]) -> bool:
    r"""Whether modules have lost what every scripted one has, its ``training``: freezing makes constants of the rest.

    >>> is_frozen({"m": "class Net(Module):\n  __parameters__ = []\n"})
    True
    """
    modules = sum([len(_MODULE.findall(text)) for text in code.values()])
    return modules > sum([len(_TRAINING.findall(text)) for text in code.values()])


def holds_mkldnn(code: dict[str, str]) -> bool:
    """Whether constants are in oneDNN's layout (``optimize_for_inference``): PyTorch does not write those."""
    return any("ops.prim.ConstantMKLDNNTensor(" in text for text in code.values())


def constants_by_use(code: dict[str, str]) -> dict[int, str]:
    r"""``{number of a constant: role}`` where an operation that reads it tells what it is.

    >>> constants_by_use({"m": "    y = torch.linear(x, CONSTANTS.c0, CONSTANTS.c1)\n"})
    {0: 'weight', 1: 'bias'}
    """
    found: dict[int, str] = {}
    for text in code.values():
        named = {match[1]: f"CONSTANTS.c{match[2]}" for match in _ALIAS.finditer(text)}
        named |= {match[1]: match[2] for match in _LIST.finditer(text)}
        for match in _CALL.finditer(text):
            roles = _PLACES.get(match[1])
            if roles is None:
                continue
            arguments = [named.get(part.strip(), part) for part in _arguments(text, match.end())]
            for place, argument in enumerate(arguments):
                role = roles.get(place)
                if role is not None and (match[1] != "add" or _PRODUCTS.match(arguments[1 - place].strip())):
                    for number in _constants_in(argument, role):
                        found.setdefault(number, role)
    return found


def _constants_in(argument: str, role: str) -> list[int]:
    """The constants that an argument is: one, or the list of them that a recurrent layer reads."""
    numbers = [int(number) for number in _CONSTANT.findall(argument)]
    return numbers if role == RECURRENT else numbers[:1]


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
RECURRENT = "recurrent"
"""Of a recurrent layer: a matrix is a weight, a vector a bias."""
PACKED = "packed"
"""PyTorch's quantised layers keep weight, bias, scales and zero points as one object."""
_CELLS = {2: RECURRENT, 3: RECURRENT}
_OBJECT, _OBJECT_FIRST = {1: PACKED}, {0: PACKED}
_PRODUCTS = re.compile(r"torch\.(?:matmul|mm|bmm)\(")
_PLACES: dict[str, dict[int, str]] = {
    **dict.fromkeys(
        ("linear", "_convolution", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
         "conv_transpose3d", "mkldnn_linear", "_convolution_mode", "convolution"), _LAYER),
    **dict.fromkeys(("matmul", "mm", "bmm"), _PRODUCT), **dict.fromkeys(("addmm", "baddbmm"), _SUM),
    **dict.fromkeys(("batch_norm", "instance_norm"), _STATISTICS), **dict.fromkeys(("layer_norm", "group_norm"), _NORM),
    **dict.fromkeys(("embedding", "embedding_bag"), _TABLE),
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _CELLS),
    **dict.fromkeys(
        ("linear_dynamic", "linear_relu_dynamic", "linear_dynamic_fp16", "linear_relu", "conv2d_relu", "conv1d_relu",
         "conv3d_relu", "conv2d_dynamic", "conv1d_dynamic"), _OBJECT),
    **dict.fromkeys(("embedding_byte", "embedding_bag_byte", "embedding_bag_4bit"), _OBJECT_FIRST),
    "add": {0: "bias", 1: "bias"},
    "prelu": {1: "weight"}, "bilinear": {2: "weight", 3: "bias"}, "rms_norm": {2: "weight"},
}  # fmt: skip
"""Operation → which of its arguments is learned, and as what."""
