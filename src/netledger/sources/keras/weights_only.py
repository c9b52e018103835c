"""HDF5 files without a configuration: weights alone, or another program's arrays, as a tree of tensors."""

from __future__ import annotations

from math import prod

from netledger.network import Tensor, elements_of
from netledger.sources.keras.variables import dtype_of, stored_in
from netledger.sources.tensors.module_tree import FOLD_ABOVE, Kind, in_order_of_counting, layers_of, read_tree, tree
from netledger.sources.tensors.roles import role_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.network import Network
    from netledger.sources.keras.tensorflow_js import ListedWeights
    from netledger.wire.hdf5 import Hdf5File, Hdf5Object

_ORDERED = {
    "batch_normalization": ("gamma", "beta", "moving_mean", "moving_variance"),
    "layer_normalization": ("gamma", "beta"), "group_normalization": ("gamma", "beta"), "embedding": ("embeddings",),
    "dense": ("kernel", "bias"), "conv": ("kernel", "bias"), "conv_transpose": ("kernel", "bias"),
    "depthwise_conv": ("kernel", "bias"),
    "separable_conv": ("depthwise_kernel", "pointwise_kernel", "bias"),
    "cell": ("kernel", "recurrent_kernel", "bias"), "query_dense": ("kernel", "bias"),
    "key_dense": ("kernel", "bias"), "value_dense": ("kernel", "bias"), "output_dense": ("kernel", "bias"),
    "einsum_dense": ("kernel", "bias"), "seed_generator": ("rng_state",), "p_re_lu": ("alpha",),
    "normalization": ("moving_mean", "moving_variance", "count"), "unit_normalization": (),
    "rms_normalization": ("gamma",), "attention": ("scale", "concat_score_weight"), "additive_attention": ("scale",),
    **dict.fromkeys(("lstm_cell", "gru_cell", "simple_rnn_cell"), ("kernel", "recurrent_kernel", "bias")),
    "spectral_normalization": ("kernel_copy", "vector_u"),
}  # fmt: skip
"""What Keras 3 numbers, by the beginning of the group's name: the order in which the layer's class makes it."""
_OPTIMIZERS = ("optimizer/", "optimizer_weights/", "_optimizer/", "metrics/")
_UNNAMED = ("vars", "layers", "_layer_checkpoint_dependencies", "model_weights")


def network_of_tensors(file: Hdf5File | ListedWeights, name: str, why: str | None = None) -> Network:
    """The datasets of numbers by path; others, and ``why`` there is no network, are said among the notes."""
    tensors, odd = [], list[str]()
    held: list[Hdf5Object] = []
    numbered: dict[str, int] = {}
    narrow: dict[str, int | Unknown] = {}
    for path, one in file.objects.items():
        folder, _, last = path.rpartition("/")
        if one.shape is not None and len(one.shape) > 1 and one.dtype in ("int8", "uint8"):
            narrow.setdefault(folder, _MAYBE_PACKED)
            if last == "0":
                narrow[folder] = _unpacked(file, folder, one)
        numbered[folder] = numbered.get(folder, 0) + 1
    for one in file.objects.values():
        if one.shape is None:
            continue
        dtype = dtype_of(one)
        if dtype is None:
            odd.append(one.path)
            continue
        tensors.append(_tensor(file, one, dtype, _called(file, one, numbered), narrow))
        held.append(one)
    notes: tuple[str, ...] = (why,) if why else ()
    if odd:
        notes += (f"{len(odd):,} datasets hold no numbers and are not counted: '{odd[0][:80]}', …",)
    if file.passed_over or file.repeated:
        notes += (f"{file.passed_over + len(file.repeated):,} links lead elsewhere and were not followed",)
    meta = {"format": "hdf5", "tensors": len(tensors), "stored": stored_in(held)}
    if len(tensors) > FOLD_ABOVE:
        kinds = [Kind(each.dtype, each.shape, int(each.count), int(each.bytes)) for each in tensors]  # type: ignore[arg-type]
        return read_tree(name, [tensor.name for tensor in tensors], kinds, notes=notes, meta=meta)
    return tree(name, in_order_of_counting(layers_of(tensors)), notes=notes, meta=meta)


def _unpacked(file: Hdf5File | ListedWeights, folder: str, kernel: Hdf5Object) -> int | Unknown:
    """The values of a group's first array, of small integers, by what stands beside it (``_int4_build`` of Keras 3.15).

    Two values share a byte along the last dimension where the scales of a dense layer, or the groups that the columns
    of a table belong to (``g_idx``), are twice as many. As many scales as columns: eight bits, or four along the first.
    """
    beside = _beside(file, folder)
    if kernel.dtype == "int8" and "int8" not in [dtype for _, dtype in beside] and _has_eight_bits(file, kernel):
        return elements_of(kernel.shape or ())
    zeros = [shape for shape, dtype in beside if dtype == "int8" and len(shape) == 2]
    alone = [shape for shape, dtype in beside if dtype != "int8" and len(shape) == 1]
    if kernel.shape is None or len(kernel.shape) != 2:
        return _MAYBE_PACKED
    rows, columns = kernel.shape
    if _order_of(folder, file) == _ORDERED["embedding"]:
        wide = {shape[0] for shape in alone} if zeros else set[int]()
    else:
        wide = {shape[-1] for shape in zeros or alone}
    if len(wide) != 1 or not wide <= {2 * columns - 1, 2 * columns} - {columns}:
        return _MAYBE_PACKED
    return int(rows * wide.pop())


def _has_eight_bits(file: Hdf5File | ListedWeights, kernel: Hdf5Object) -> bool:
    """Whether a byte of an array without zero points holds no two values of four bits, of which none is −8.

    Keras scales values by their largest (``abs_max_quantize``) to −7 … 7, or to −127 … 127.
    """
    head = getattr(file, "head", None)
    return head is not None and any(0x80 <= byte < 0x90 for byte in head(kernel, _LOOKED_AT))


_LOOKED_AT = 1 << 16


def _is_bias(file: Hdf5File | ListedWeights, folder: str) -> bool:
    """Whether the second array beside a kernel of small integers is a bias: the scales follow it, one an output."""
    beside = _beside(file, folder)
    if len(beside) < 2 or "int8" in (beside[0][1], beside[1][1]) or not beside[1][0]:
        return False
    outputs, scales = prod(beside[0][0]), beside[1][0]
    return prod(scales) == outputs or (scales[-1] == outputs and beside[2:3] == [(scales, "int8")])


def _beside(file: Hdf5File | ListedWeights, folder: str) -> list[tuple[tuple[int, ...], str | None]]:
    """Shapes and element types of the arrays that are numbered after a group's first."""
    found = [file.objects.get(f"{folder}/{i}") for i in range(1, _PACKED_WITH)]
    return [(one.shape, one.dtype) for one in found if one is not None and one.shape is not None]


_PACKED_WITH = 8
"""More arrays than these belong to no packed layer: bias, scales, zero points, groups, those of adapters."""


def _tensor(
    file: Hdf5File | ListedWeights, one: Hdf5Object, dtype: str, called: str, narrow: Mapping[str, int | Unknown]
) -> Tensor:
    """A dataset in its role; ``narrow`` are the groups whose kernel is of small integers: the rest unpacks it."""
    shape = one.shape or ()
    role = "state" if one.path.startswith(_OPTIMIZERS) else role_of(called, dtype, shape)
    folder, _, last = one.path.rpartition("/")
    if role in ("state", "buffer") or not (last.isascii() and last.isdigit()):
        return Tensor(called, role, shape, dtype)
    named = called.rpartition(".")[2]
    if last == "1" and named == "bias" and not (shape and (folder not in narrow or _is_bias(file, folder))):
        return Tensor(called, "scale", shape, dtype)
    if named in _FIXED:
        return Tensor(called, _FIXED[named], shape, dtype)
    if named == last and folder in narrow and not _order_of(folder, file):
        first = last == "0" and dtype in ("int8", "uint8")
        return Tensor(
            called, "weight", shape, dtype, elements=narrow[folder] if first else _NOT_TOLD, nbytes=one.nbytes
        )
    if named == last and folder in narrow:
        return Tensor(called, "zero_point" if dtype in ("int8", "uint8") else "scale", shape, dtype)
    if named == last and _order_of(folder, file) and shape in ((), (_HISTORY,)):
        return Tensor(called, "buffer" if shape else "scale", shape, dtype)
    if named == last and len(shape) < 2:
        return Tensor(called, role, shape, dtype, elements=_NOT_TOLD)
    if folder in narrow and dtype in ("int8", "uint8"):
        return Tensor(called, "weight", shape, dtype, elements=narrow[folder], nbytes=elements_of(shape))
    return Tensor(called, role, shape, dtype)


_HISTORY = 1024
"""How many maxima a layer in ``float8`` remembers of what it reads."""
_FIXED = {"kernel_copy": "constant", "vector_u": "buffer"}
_NOT_TOLD = Unknown("numbered, and its layer's class does not tell whether it is learned")
_MAYBE_PACKED = Unknown("small integers, and the file does not say whether one or two values are in each")


def _called(file: Hdf5File | ListedWeights, one: Hdf5Object, counts: dict[str, int]) -> str:
    """A dataset's name as a tensor's: parts that only say that variables follow are left out, numbers named."""
    folder, _, last = one.path.rpartition("/")
    parts = [part for part in folder.split("/") if part and part not in _UNNAMED]
    if last.isascii() and last.isdigit() and parts and len(last) < 4:
        word = parts[-1].rstrip("0123456789").rstrip("_")
        found = _order_of(folder, file)
        if word == "batch_normalization" and counts.get(folder, 4) < 4:
            found = found[4 - counts[folder] :] if counts[folder] != 3 else ("beta", "moving_mean", "moving_variance")
        last = found[int(last)] if int(last) < len(found) else last
    if parts[:1] in (["optimizer"], ["optimizer_weights"]):
        return ".".join([parts[0], "state", *parts[1:], last])
    return ".".join([*parts, last.removesuffix(":0")])


def _order_of(folder: str, file: Hdf5File | ListedWeights) -> tuple[str, ...]:
    """What the numbers in a group stand for: by the group's name, or by its layer's, where those are Keras's own."""
    own = [part for part in folder.split("/") if part and part not in _UNNAMED][-1:]
    said = getattr(file.objects.get(folder), "attributes", {}).get("name")
    for word in [*own, said] if isinstance(said, str) else own:
        plain = word.rstrip("0123456789").strip("_")
        for dimensions in ("1d", "2d", "3d"):
            plain = plain.replace(dimensions, "")
        if plain.rstrip("_") in _ORDERED:
            return _ORDERED[plain.rstrip("_")]
    return ()
