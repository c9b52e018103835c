"""Stored numbers that nobody trained, told from their names and from a look at their first values.

Exporters write a model's buffers and what it works out in its code (masks, tables of positions, grids, what images are
scaled by) as they write weights. No training arrives at numbers like these: a mask of 0 and -∞, a wave or a straight
line down every column, a geometric series, the published means of ImageNet.
"""

from __future__ import annotations

from netledger.sources.onnx.ops import OPERATORS
from netledger.sources.tensors.roles import role_of
from netledger.sources.worked_out import FEWEST, MOST_OF_A_LINE, is_fourier, is_worked_out, recurs

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.sources.onnx.tensors import StoredTensor

LOOKED_AT = 65_536
"""So many of a tensor's values are looked at."""
_FIRST_LOOK = 2_048
"""So many where they are all the same."""
COMBINING = frozenset("Add Sub Mul Div Sum Concat Mean Neg Where".split())
"""Operators beside which worked-out numbers stand."""
NORMALISING = frozenset("InstanceNormalization LayerNormalization BatchNormalization GroupNormalization".split())
_MULTIPLYING = frozenset("MatMul Gemm".split())


def generated(name: str) -> bool:
    """Whether a tensor's name was made up by an exporter for a number in the code.

    >>> [generated(name) for name in ("/model.22/Constant_output_0", "onnx::Mul_12", "val_68", "layer.gamma", "val_w")]
    [True, True, True, False, False]
    """
    if any(word in name for word in _WORDS) or not name.strip("_/0123456789"):
        return True
    return name.startswith(_NUMBERED) and not name.rpartition("_")[2].strip("0123456789")


_WORDS = ("::", "onstant", "const_", "_output_0")
"""Parts of such a name. ``/attn/Sqrt_output_0`` is what a node put out that was worked out and left away."""
_NUMBERED = ("val_", "lifted_tensor_", "scalar_tensor_default")
"""How torch.export and the exporter built on it begin the names of numbers in the code."""


def in_traced_code(name: str) -> bool:
    """Whether PyTorch's tracing exporter named a number in the code so: parameters and buffers have their own names.

    >>> in_traced_code("/model.22/Constant_12_output_0"), in_traced_code("onnx::MatMul_12")
    (True, False)
    """
    head, _, end = name.rpartition("/")
    return not end.removeprefix("Constant").removesuffix("_output_0").strip("_0123456789") and head != name != end


def in_algebra(name: str) -> bool:
    """Whether skl2onnx named a tensor so that stands in a formula of its: after the operator that reads it.

    >>> in_algebra("Ad_Addcst1"), in_algebra("pref_Powcst"), in_algebra("intercepts1")
    (True, True, False)
    """
    operator, cst, end = name.rpartition("_")[2].rpartition("cst")
    return bool(cst) and operator in OPERATORS and not end.strip("0123456789")


def says_grid(name: str) -> bool:
    """Whether a tensor's name says that it holds coordinates or numbers in a row.

    >>> says_grid("head.anchors"), says_grid("bin_index_range_2"), says_grid("head.weight")
    (True, True, False)
    """
    return any(word in name.lower() for word in ("anchor", "grid", "stride", "index_range"))


def is_paddles(name: str) -> bool:
    """Whether PaddlePaddle named a parameter so: its exporter writes parameters as ``Constant`` nodes, numbers as well.

    >>> is_paddles("mobile_one_block_0.w_0"), is_paddles("conv2d_3.b_0"), is_paddles("p2o.helper.constant.4")
    (True, True, False)
    """
    end = name.rpartition(".")[2]
    return end[:2] in ("w_", "b_") and end[2:].isdecimal()


def is_filled(tensor: StoredTensor) -> bool:
    """Whether a tensor of real numbers holds one number alone, 0 or 1, under a name that an exporter made up."""
    if "float" not in tensor.dtype or tensor.elements < 2 or not generated(tensor.name):
        return False
    if (tensor.first(1) or ())[:1] not in ((0.0,), (1.0,)):
        return False
    return set(tensor.first(LOOKED_AT) or ()) in ({0.0}, {1.0})


def is_looked_at(key: str, tensor: StoredTensor) -> bool:
    """Whether :func:`is_untrained` depends on more than the tensor's name, sizes and type."""
    if tensor.elements < 2 or "float" not in tensor.dtype or tensor.name.endswith(_NAMED):
        return False
    if key == "Conv":
        return _transformed(tensor)[1] > 0
    told = tensor.made == "Constant" or generated(tensor.name)
    wide = sum([size > 1 for size in tensor.dims])
    if key in NORMALISING:
        return told
    if key in _MULTIPLYING:
        return wide == 1 if told else True
    return key in COMBINING and (told or wide > 1 or tensor.elements == 3)


_NAMED = (".weight", ".bias", ".kernel", "_weight", "_bias", "/kernel", "/bias", "_quantized")


def is_untrained(key: str, index: int, tensor: StoredTensor) -> bool:
    """Whether input ``index`` of an operator holds numbers that were put there and never trained."""
    if tensor.elements < 2 or "float" not in tensor.dtype:
        return False
    if is_buffer(tensor.name, tensor.dtype, tensor.dims):
        return True
    if not is_looked_at(key, tensor):
        return False
    if key == "Conv":
        return is_transform(tensor)
    if not _is_worth_a_look(tensor):
        return False
    values = tensor.first(_FIRST_LOOK)
    if values and len(set(values)) > 1:
        values = tensor.first(LOOKED_AT)
    if not values:
        return False
    if key in NORMALISING:
        return set(values) == ({1.0} if index == 1 else {0.0})
    return _masks_nothing(values, tensor) or is_worked_out(values, tensor.dims)


def is_transform(tensor: StoredTensor) -> bool:
    """Whether a convolution's filters on one channel are a windowed Fourier basis: it works out a spectrum."""
    rows, width = _transformed(tensor)
    if not width:
        return False
    return all(is_fourier(tensor.first(most) or (), rows, width) for most in (8 * width, max(LOOKED_AT, 8 * width)))


def _transformed(tensor: StoredTensor) -> tuple[int, int]:
    """The number and the length of filters that lie along one line on one channel; 0 of others."""
    rows, *sizes = tensor.dims or (0,)
    width = max(sizes, default=0)
    return (rows, width) if 8 <= width == tensor.elements // max(rows, 1) <= LOOKED_AT and rows >= 16 else (0, 0)


def _is_worth_a_look(tensor: StoredTensor) -> bool:
    """Whether the first row lets it be such a table; a weight's says no, and nothing else of it is read."""
    width = tensor.dims[-1]
    row = tensor.first(min(width, MOST_OF_A_LINE))
    if not row:
        return False
    return width < FEWEST or all(value in (0, 1) or value <= -1e4 for value in row) or recurs(row)


def is_buffer(name: str, dtype: str, shape: tuple[int, ...]) -> bool:
    """Whether its name is a buffer's, or that of a function that fills a tensor.

    >>> [is_buffer(name, "float32", (1, 8)) for name in ("zeros_2", "norm.running_mean", "norm.weight", "zeros.weight")]
    [True, True, False, False]
    """
    if "/" in name or ":" in name:
        return False
    if "." not in name and name.rstrip("0123456789").removesuffix("_") in _FILLED:
        return True
    return role_of(name, dtype, shape) in ("buffer", "running_statistic")


_FILLED = frozenset(
    "zeros ones full triu tril arange linspace eye zeros_like ones_like full_like new_zeros new_ones new_full "
    "zero_tensor".split()
)
"""torch.export names a tensor by the operator that made it, skl2onnx the zeros that it spreads over a shape."""


def _masks_nothing(values: Sequence[float], tensor: StoredTensor) -> bool:
    """A square of 0 under a name that an exporter made up."""
    *leading, rows, columns = (1, *tensor.dims)
    square = rows == columns > 1 and max(leading, default=0) == 1 < len(leading)
    return square and set(values) == {0.0} and generated(tensor.name)
