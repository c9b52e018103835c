"""Operations that need more than their shapes: results whose size depends on values, packed sequences, recurrences.

Where the values are known they are used. Where they are not, a result whose *size* depends on them is given an assumed
size and marked: what is contracted with it later is Unknown, everything else is exact. A *number* read off such a
tensor stops the pass: what the model does next cannot be told.
"""

from __future__ import annotations

from operator import and_, not_, or_

import torch

from netledger.errors import ModelError
from netledger.registry import Table, place_of
from netledger.sources.pytorch.tracing.call_tree import count
from netledger.sources.pytorch.tracing.meta_tensors import Ordinary, marked, storage_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

    Handler = Callable[[Tracer, Any, tuple[Any, ...], dict[str, Any]], Any]

SPECIAL: Table[Handler] = Table("treatment of")
"""``namespace::name`` → how an operation that needs values is treated."""


class DataDependent(ModelError):
    """The pass needs a value that is not known: it depends on the weights or on the data."""


_NO_DATA = (
    "Cannot copy out of meta tensor",
    "can't convert meta device",
    "Tensor.item() cannot be called on meta",
    "cannot be called on meta tensors",
    "data-dependent",
    "is on meta device",
    "tolist() shouldn't be called",
    "Meta tensors",
    "fake impl",
    "meta device",
    "Meta backend",
)


def asks_for_values(error: BaseException) -> bool:
    """Whether it was raised because a tensor has no values here."""
    return isinstance(error, DataDependent) or any(text in str(error) for text in _NO_DATA)


def line_of(error: BaseException) -> str:
    """What an error says in its first line, without PyTorch's advice on its compiler and its lists of backends.

    >>> line_of(NotImplementedError("Could not run 'aten::mm'. This could be because the operator doesn't exist"))
    "Could not run 'aten::mm'."
    """
    first = (str(error).strip().splitlines() or [type(error).__name__])[0]
    return first.partition(" You may have run into")[0].partition(" This could be because")[0]


def special(*names: str) -> Callable[[Handler], Handler]:
    """Register how some operations of ``aten`` (or of another namespace, written out) are treated."""

    def register(function: Handler) -> Handler:
        for name in names:
            SPECIAL.register(name if "::" in name else f"aten::{name}", function, place_of(function))
        return function

    return register


def prepared(tracer: Tracer, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The arguments with every tensor replaced."""
    from netledger.sources.pytorch.tracing.arguments import Arguments

    return Arguments(tracer.shadows, args, kwargs)


def empty(shape: Any, like: Any) -> Any:
    """A tensor without values."""
    return torch.empty([int(size) for size in shape], dtype=like.dtype, device="meta")


@special("item", "_local_scalar_dense", "is_nonzero", "equal", "allclose")
def read_value(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A Python number out of a tensor."""
    arguments = prepared(tracer, args, kwargs)
    if arguments.metas and not tracer.shadows.real:
        answer = _answer(tracer, arguments.args[0])
        if answer is not None:
            return answer
        raise DataDependent("it reads the value of a tensor that depends on the weights or the data")
    return func(*arguments.args, **arguments.kwargs)


@special("isnan", "isinf", "isfinite")
def checks(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Tests for broken values: where the model asks whether there are any, there are none."""
    return _holding(tracer.run(func, args, kwargs)[0], "isfinite" in func.name())


def _holding(out: Any, answer: bool | None) -> Any:
    """A tensor without values whose values are all taken to be the same answer to such a test."""
    if out.is_meta and answer is not None:
        out.holds = answer
    return out


def _answer(tracer: Tracer, tensor: Any) -> bool | None:
    """The answer that all values of a tensor are taken to be, unless it was written since."""
    answer: bool | None = getattr(tensor, "holds", None)
    return None if answer is not None and storage_of(tensor) in tracer.shadows.written_answers else answer


_JOINED: dict[str, Callable[..., bool]] = {"not": not_, "and": and_, "or": or_}


@special(*[f"{kind}_{how}" for kind in ("logical", "bitwise") for how in _JOINED], "__and__", "__or__")
def joined_checks(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``~isfinite(x)`` and ``isnan(x) | isinf(x)`` are such tests too."""
    out, ran, _ = tracer.run(func, args, kwargs)
    answers = [_answer(tracer, one) for one in ran]
    known = None not in answers and len(ran) == len(args)
    how = func.name().partition(".")[0].strip("_").rpartition("_")[2]
    return _holding(out, _JOINED[how](*answers) if known else None)


@special("all", "_is_all_true")
def all_of_them(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Whether all hold: so they do where the model insists on it."""
    out, ran, _ = tracer.run(torch.ops.aten.all.default if "is_all_true" in func.name() else func, args, kwargs)
    if out.is_meta:
        out.is_all = True
    return _holding(out, _answer(tracer, ran[0]))


@special("any", "_is_any_true")
def any_of_checks(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``isnan(x).any()`` stays such a test."""
    out, ran, _ = tracer.run(torch.ops.aten.any.default if "is_any_true" in func.name() else func, args, kwargs)
    return _holding(out, _answer(tracer, ran[0]))


def _selected(tracer: Tracer, func: Any, shapes: list[tuple[Any, Any]]) -> Any:
    """Results of an assumed size, marked."""
    name = func.name().partition(".")[0].rpartition("::")[2]
    place = tracer.stack[-1].path or "the model"
    tracer.assumed[f"{tracer.assumed_size} value selected by {name} in {place}, which depends on the data"] = None
    results = [torch.empty(shape, dtype=dtype, device="meta") for shape, dtype in shapes]
    for result in results:
        result.depends_on_data = True
    return results[0] if len(results) == 1 else tuple(results)


@special(
    "nonzero",
    "argwhere",
    "masked_select",
    "unique_consecutive",
    "unique_dim",
    "_unique",
    "_unique2",
    "bincount",
    "torchvision::nms",
)
def selection(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Results as large as the data say."""
    arguments = prepared(tracer, args, kwargs)
    if not arguments.metas or tracer.shadows.real:
        return tracer.run(func, args, kwargs)[0]
    name = func.name().partition(".")[0].rpartition("::")[2]
    x = arguments.args[0]
    if name in ("nonzero", "argwhere"):
        return _selected(tracer, func, [((tracer.assumed_size, x.dim()), torch.int64)])
    if name in ("nms", "bincount"):
        return _selected(tracer, func, [((tracer.assumed_size,), torch.int64)])
    if name == "masked_select":
        mask = arguments.args[1]
        if not mask.is_meta:
            full = torch.broadcast_shapes(x.shape, mask.shape)
            return empty((int(mask.expand(full).sum()),), x)
        return _selected(tracer, func, [((tracer.assumed_size,), x.dtype)])
    counted = [((tracer.assumed_size,), x.dtype), (tuple(x.shape), torch.int64), ((tracer.assumed_size,), torch.int64)]
    return _selected(tracer, func, counted[: len(func._schema.returns)])


@special("nonzero_numpy", "where")
def nonzero_numpy(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``torch.where(condition)``: one tensor for each dimension."""
    if len(args) > 1:
        return tracer.run(func, args, kwargs)[0]
    with tracer:
        return list(torch.nonzero(args[0]).unbind(1))


@special("repeat_interleave")
def repeat_interleave(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Repeats given by a tensor: the result is as long as they sum to."""
    overload = func._overloadname
    if overload == "self_int":
        return tracer.run(func, args, kwargs)[0]
    arguments = prepared(tracer, args, kwargs)
    repeats = arguments.args[0] if overload == "Tensor" else arguments.args[1]
    size = arguments.kwargs.get("output_size")
    if (repeats.is_meta and size is None) or not arguments.metas or tracer.shadows.real:
        if repeats.is_meta and not tracer.shadows.real:
            raise DataDependent("it repeats by a tensor that depends on the weights or the data")
        return tracer.run(func, args, kwargs)[0]
    total = int(repeats.sum()) if size is None else int(size)
    if overload == "Tensor":
        return torch.empty((total,), dtype=torch.int64, device="meta")
    x, dim = arguments.args[0], arguments.args[2] if len(arguments.args) > 2 else arguments.kwargs.get("dim")
    if dim is None:
        return empty((total if repeats.numel() > 1 else x.numel() * int(repeats.sum()),), x)
    shape = list(x.shape)
    shape[dim] = total if repeats.numel() > 1 else shape[dim] * int(repeats.sum())
    return empty(shape, x)


@special("narrow")
def narrow(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A part of a tensor; where it begins may be a number in a tensor."""
    if len(args) > 2 and isinstance(args[2], torch.Tensor) and not tracer.shadows.real:
        start = read_value(tracer, torch.ops.aten._local_scalar_dense.default, (args[2],), {})
        func, args = torch.ops.aten.narrow.default, (*args[:2], int(start), *args[3:])
    return tracer.run(func, args, kwargs)[0]


@special("tensor_split")
def tensor_split(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Parts of a tensor; where they begin, or how many they are, may be numbers in a tensor."""
    if len(args) > 1 and isinstance(args[1], torch.Tensor) and not tracer.shadows.real:
        where = tracer.shadows.of(args[1])
        if where.is_meta:
            raise DataDependent("it splits by a tensor that depends on the weights or the data")
        with tracer:
            return torch.tensor_split(args[0], where.tolist(), *args[2:], **kwargs)
    return tracer.run(func, args, kwargs)[0]


@special("index")
def index(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Indexing by masks: as many as are true, where that is known."""
    if tracer.shadows.real:
        return tracer.run(func, args, kwargs)[0]
    arguments = prepared(tracer, args, kwargs)
    indices, unknown = [], False
    for one in arguments.args[1]:
        if one is None or one.dtype not in (torch.bool, torch.uint8):
            indices.append(one)
        elif one.is_meta:
            unknown = True
            indices += [empty((tracer.assumed_size,), torch.empty(0, dtype=torch.int64))] * one.dim()
        else:
            indices += [own(tracer, part) for part in one.nonzero().unbind(1)]
    out = tracer.run(func, (arguments.args[0], indices), kwargs)[0]
    if unknown:
        place = tracer.stack[-1].path or "the model"
        tracer.assumed[f"{tracer.assumed_size} value selected by a mask in {place}, which depends on the data"] = None
        out.depends_on_data = True
    return out


def own(tracer: Tracer, tensor: Any) -> Any:
    """A tensor with values made here, as an ordinary one."""
    if tensor.is_inference():
        with Ordinary():
            tensor = torch.empty_like(tensor).copy_(tensor)
    tracer.shadows.keep(tensor)
    return tensor


@special("lift_fresh")
def just_made(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """``torch.tensor([2, 3])``: numbers that the model has just written, in memory that may be somebody else's."""
    tensor = args[0]
    shadows = tracer.shadows
    if shadows.real or tracer.autograd or tensor.is_meta or id(tensor) in shadows.states or not shadows.affords(tensor):
        return tracer.run(func, args, kwargs)[0]
    with Ordinary():
        copy = torch.empty_like(tensor).copy_(tensor)
    shadows.keep(copy)
    return copy


@special("new_zeros", "new_ones", "new_full", "zeros_like", "ones_like", "full_like")
def filled_like(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Counts and flags made beside a tensor: their values are known, whatever that tensor's are."""
    out, ran, named = tracer.run(func, args, kwargs)
    if not out.is_meta or out.dtype.is_floating_point or out.dtype.is_complex or getattr(out, "depends_on_data", False):
        return out
    with Ordinary():
        known = torch.empty(out.shape, dtype=out.dtype)
        if not tracer.shadows.affords(known):
            return out
        name = func.name().partition(".")[0]
        value = (ran[-1] if len(ran) > 1 else named["fill_value"]) if "full" in name else int("ones" in name)
        known.fill_(value)
    return own(tracer, marked(known, vars(out)))


# ---------------------------------------------------------------------- sequences


@special("_pack_padded_sequence")
def pack(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Sequences of known lengths packed: as many rows as they have steps."""
    arguments = prepared(tracer, args, kwargs)
    x, lengths, _ = arguments.args
    if tracer.shadows.real or not x.is_meta:
        return tracer.run(func, args, kwargs)[0]
    if lengths.is_meta:
        raise DataDependent("the lengths of its sequences depend on the weights or the data")
    steps = [int(length) for length in lengths.tolist()]
    active = [sum(1 for length in steps if length > t) for t in range(max(steps, default=0))]
    data = empty((sum(steps), *x.shape[2:]), x)
    marks = {name: True for name in ("carries_gradient",) if hasattr(x, name)}
    data.__dict__.update(marks)
    return data, own(tracer, torch.tensor(active, dtype=torch.int64))


@special("_pad_packed_sequence")
def unpack(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Packed sequences padded to the longest."""
    arguments = prepared(tracer, args, kwargs)
    data, sizes, batch_first, _, total = arguments.args
    if tracer.shadows.real or not data.is_meta or sizes.is_meta:
        return tracer.run(func, args, kwargs)[0]
    active = [int(size) for size in sizes.tolist()]
    length = max(int(total), len(active))
    shape = (active[0], length) if batch_first else (length, active[0])
    lengths = [sum(1 for size in active if size > i) for i in range(active[0])]
    out = empty((*shape, *data.shape[1:]), data)
    if hasattr(data, "carries_gradient"):
        out.carries_gradient = True
    return out, own(tracer, torch.tensor(lengths, dtype=torch.int64))


@special("lstm", "gru", "rnn_tanh", "rnn_relu")
def recurrence(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """Recurrent layers at once, whatever kernels or loops would run them."""
    from netledger.sources.pytorch.rules.operations import RULES

    name = func.name().partition(".")[0]
    if tracer.shadows.real:
        out, ran, named = tracer.run(func, args, kwargs)
    else:
        arguments = prepared(tracer, args, kwargs)
        arguments.args = (arguments.args[0], *arguments.args[1:])
        out, ran, named = _recurrent_result(func, arguments.args), arguments.args, arguments.kwargs
        tracer.mark(func, arguments, out)
    count(tracer, name, RULES.get(name), out, ran, named)
    return out


def _recurrent_result(func: Any, args: tuple[Any, ...]) -> Any:
    packed = not isinstance(args[3], bool)
    x, hidden, start = (args[0], args[2], 4) if packed else (args[0], args[1], 3)
    states = list(hidden) if isinstance(hidden, (list, tuple)) else [hidden]
    directions = 2 if args[start + 4] else 1
    out = empty((*x.shape[:-1], states[0].shape[-1] * directions), x)
    return (out, *[empty(state.shape, x) for state in states])


# ---------------------------------------------------------------------- operations of other sorts


@special("_fft_r2c", "_fft_c2c", "_fft_c2r")
def fourier(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """No contraction: reported as an operation of another sort."""
    from netledger.sources.pytorch.rules.contraction import Contraction

    out, ran, named = tracer.run(func, args, kwargs)
    shape = tuple(ran[0].shape) if func.name() != "aten::_fft_c2r" else tuple(out.shape)
    dims = tuple([int(dim) % len(shape) for dim in ran[1]])
    found = Contraction("fft", (), (tuple(ran[0].shape),), {"dims": dims, "transformed": shape})
    count(tracer, func.name(), lambda seen: found, out, ran, named)
    return out


@special("cumsum", "cumprod", "logcumsumexp", "cummax", "cummin")
def scan(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """A running sum, product or maximum of real numbers: one operation of another sort for each step but the first."""
    from netledger.sources.pytorch.rules.contraction import Contraction

    out, ran, named = tracer.run(func, args, kwargs)
    x, dim = ran[0], int(ran[1] if len(ran) > 1 else named["dim"])
    if x.is_floating_point() and x.dim():
        steps = x.numel() - x.numel() // max(x.shape[dim], 1)
        found = Contraction("scan", (), (tuple(x.shape),), {"operations": steps})
        count(tracer, func.name(), lambda seen: found, out, ran, named)
    return out
