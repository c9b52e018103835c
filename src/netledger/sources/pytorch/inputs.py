"""What a model is fed: what was given, in any of the ways people give it."""

from __future__ import annotations

import torch

from netledger.errors import UsageError
from netledger.records import Record
from netledger.sources.live.given import written_input
from netledger.sources.live.settings import SETTINGS, meant
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.sources import Options


class Spec(Record):
    """One input: its name (``""`` for the next positional one), shape and element type (``""``: the model's own).

    ``exact`` says that the shape is complete; otherwise it may lack the batch. ``filled`` says that a pass on shapes
    knows its values, ones, where a model asks whether it is empty.
    """

    __slots__ = ("name", "shape", "dtype", "exact", "filled")
    name: str
    shape: tuple[int, ...]
    dtype: str
    exact: bool
    filled: bool

    def __init__(
        self, name: str, shape: tuple[int, ...], dtype: str = "", exact: bool = True, filled: bool = False
    ) -> None:
        self._fill(name, shape, dtype, exact, filled)


def parse_spec(text: str) -> Spec:
    """An input as it is written on the command line; sizes in brackets are complete, with ``x`` the batch is added.

    >>> parse_spec("3x224x224")
    Spec(name='', shape=(3, 224, 224), dtype='', exact=False, filled=False)
    >>> parse_spec("input_ids=int64[1,128]")
    Spec(name='input_ids', shape=(1, 128), dtype='int64', exact=True, filled=False)
    """
    return Spec(*written_input(text))


class Given:
    """One way to call a model: positional and named inputs, as specifications or as data."""

    def __init__(
        self, args: tuple[Any, ...] = (), kwargs: Mapping[str, Any] | None = None, assumed: tuple[str, ...] = ()
    ) -> None:
        self.args, self.kwargs, self.assumed = args, dict(kwargs or {}), assumed

    def arguments(self, model: Any, real: bool) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments themselves: tensors without values for specifications, data as they are."""

        def made(value: Any) -> Any:
            if isinstance(value, list) and any(isinstance(one, Spec) for one in value):
                return [made(one) for one in value]
            if isinstance(value, Spec):
                return _made(value, model, real)
            return _copied(value) if real else value

        return tuple([made(value) for value in self.args]), {name: made(value) for name, value in self.kwargs.items()}

    @property
    def made_up(self) -> bool:
        """Whether some of its values are nobody's data."""
        rows = [value if isinstance(value, list) else [value] for value in (*self.args, *self.kwargs.values())]
        return any(isinstance(one, Spec) for row in rows for one in row)

    def shapes(self) -> Iterator[tuple[str, tuple[int, ...], str]]:
        """Every tensor input: a name, its shape and its element type."""
        from netledger.dtypes import dtype_name
        from netledger.sources.pytorch.tracing.arguments import shape_of, tensors_in

        named = [("input" if len(self.args) == 1 else f"input_{i + 1}", value) for i, value in enumerate(self.args)]
        for label, value in [*named, *self.kwargs.items()]:
            specs = (
                [value]
                if isinstance(value, Spec)
                else [s for s in value if isinstance(s, Spec)]
                if type(value) is list
                else []
            )
            if specs:
                for i, spec in enumerate(specs):
                    yield (label if len(specs) == 1 else f"{label}.{i}"), spec.shape, spec.dtype or "float32"
                continue
            tensors = tensors_in((value,))
            for i, tensor in enumerate(tensors):
                yield (label if len(tensors) == 1 else f"{label}.{i}"), shape_of(tensor), dtype_name(tensor.dtype)

    def __str__(self) -> str:
        from netledger.layers.sizes import shape_text

        return ", ".join([f"{label} {shape_text(shape)} {dtype}" for label, shape, dtype in self.shapes()]) or "nothing"


def _copied(value: Any) -> Any:
    """Data that a run with values may write."""
    if isinstance(value, torch.Tensor):
        return value.detach().clone().requires_grad_(value.requires_grad)
    if type(value) in (list, tuple):
        return type(value)([_copied(one) for one in value])
    return {name: _copied(one) for name, one in value.items()} if type(value) is dict else value


def _made(spec: Spec, model: Any, real: bool) -> Any:
    dtype = getattr(torch, spec.dtype, None) if spec.dtype else _own_dtype(model)
    if dtype is None:
        raise UsageError(f"PyTorch has no element type '{spec.dtype}'")
    if real:
        device = next((tensor.device for tensor in model.parameters()), torch.device("cpu"))
        ones = spec.filled or "mask" in spec.name  # a mask of zeros hides all there is
        return torch.full(spec.shape, float(ones), dtype=dtype, device=device)
    if not spec.filled and (dtype.is_floating_point or dtype.is_complex):
        return torch.empty(spec.shape, dtype=dtype, device="meta")
    count = 1
    for size in spec.shape:
        count *= size
    from netledger.limits import KNOWN_ELEMENTS

    return torch.ones(spec.shape, dtype=dtype, device="cpu" if count <= KNOWN_ELEMENTS else "meta")


def _own_dtype(model: Any) -> Any:
    """The type of what the model reads: its own, integers where the first layer looks them up."""
    first = next((module for module in model.modules() if any(True for _ in module.parameters(recurse=False))), None)
    return torch.int64 if isinstance(first, _LOOKED_UP) else getattr(torch, float_type(model))


_LOOKED_UP = (torch.nn.Embedding, torch.nn.EmbeddingBag)


def _with_indices(ways: list[Given], model: Any) -> Iterator[Given]:
    """Ways to call a model that looks numbers up: whole numbers for one input of no stated type, then for all."""
    if not any(isinstance(module, _LOOKED_UP) for module in model.modules()):
        return
    for way in ways:
        places: list[tuple[int | str, Any]] = [*enumerate(way.args), *way.kwargs.items()]
        untyped = [place for place, value in places if isinstance(value, Spec) and not value.dtype]
        for chosen in dict.fromkeys([*[(place,) for place in untyped], tuple(untyped)] if untyped else ()):
            made = {place: value.replace(dtype="int64") if place in chosen else value for place, value in places}
            kwargs = {place: value for place, value in made.items() if isinstance(place, str)}
            args = tuple([value for place, value in made.items() if isinstance(place, int)])
            yield Given(args, kwargs, (*way.assumed, "whole numbers where the model looks its input up"))


def float_type(model: Any) -> str:
    """The floating-point type that a model computes in.

    >>> float_type(torch.nn.Linear(2, 2).half())
    'float16'
    """
    types = (tensor.dtype for tensor in model.parameters() if tensor.is_floating_point() and tensor.element_size() > 1)
    return str(next(types, torch.get_default_dtype())).removeprefix("torch.")


# ---------------------------------------------------------------------- what was given


def given_inputs(model: Any, options: Options) -> list[Given] | None:
    """The ways to call the model that its user's words mean; ``None`` where nothing was said."""
    _check_words(options.settings)
    ways, more = _given_inputs(model, options), options.settings.get("more_data", ())
    if ways:
        ways += _with_indices(ways, model)
    more = tuple([_as_tensors(value) for value in more])
    return [Given((*way.args, *more), way.kwargs, way.assumed) for way in ways] if ways and more else ways


def _check_words(settings: Mapping[str, Any]) -> None:
    """The mode and the device are some that there are."""
    mode, device = settings.get("mode", "eval"), settings.get("device")
    if mode not in ("eval", "train", "same"):
        raise UsageError(f"mode is 'eval', 'train' or 'same', not {mode!r}")
    try:
        torch.device(device or "cpu")
    except (RuntimeError, TypeError):
        raise UsageError(f"PyTorch has no device {device!r}: write 'cpu', 'cuda', 'mps', …") from None


def _as_tensors(value: Any) -> Any:
    """Data with NumPy's arrays as tensors."""
    if hasattr(value, "__array__") and hasattr(value, "dtype") and not isinstance(value, torch.Tensor):
        return torch.as_tensor(value)
    if type(value) in (list, tuple):
        return type(value)([_as_tensors(one) for one in value])
    return {name: _as_tensors(one) for name, one in value.items()} if type(value) is dict else value


def _given_inputs(model: Any, options: Options) -> list[Given] | None:
    settings = options.settings
    extra = {name: value for name, value in settings.items() if name not in SETTINGS}
    _check_names(model, extra)
    data, size = settings.get("input_data"), settings.get("input_size")
    if data is not None:
        return [from_data(_as_tensors(data), extra)]
    if size is not None:
        return _from_sizes(size, settings, extra)
    specs = [parse_spec(spec) if isinstance(spec, str) else spec for spec in settings.get("specs") or ()]
    specs += [_spec_of(name, shape) for name, shape in options.inputs.items()]
    if specs:
        batch = int(settings.get("batch") or 1)
        with_batch = [spec if spec.exact else spec.replace(shape=(batch, *spec.shape), exact=True) for spec in specs]
        ways = [_called(with_batch, extra)]
        if any(not spec.exact for spec in specs):
            ways.append(_called(specs, extra))
        return ways
    return [Given((), extra)] if extra else None


def _check_names(model: Any, extra: Mapping[str, Any]) -> None:
    """An argument that is neither a setting nor one of the model's is a slip of the pen."""
    import inspect

    if not extra:
        return
    try:
        known = inspect.signature(model.forward).parameters
    except (TypeError, ValueError):
        return
    if any(parameter.kind is parameter.VAR_KEYWORD for parameter in known.values()):
        return
    for name in extra:
        if name not in known:
            said = f"{name} is no setting, and {type(model).__name__}.forward takes no {name}"
            raise UsageError(said + meant(name, known))


def _spec_of(name: str, shape: Any) -> Spec:
    if isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape):
        raise UsageError("an input of a live model needs every size")
    return Spec(name, tuple(shape), "int64" if _is_ids(name) else "", False)


def _is_ids(name: str) -> bool:
    return name.endswith(("ids", "_mask", "labels", "tokens"))


def _called(specs: list[Spec], extra: dict[str, Any]) -> Given:
    return Given(tuple([spec for spec in specs if not spec.name]), {**{s.name: s for s in specs if s.name}, **extra})


def from_data(data: Any, extra: dict[str, Any]) -> Given:
    """The call that passes these data: a mapping by name, a sequence in order, anything else as the only input."""
    if isinstance(data, dict) or (hasattr(data, "keys") and hasattr(data, "items")):
        return Given((), {**dict(data.items()), **extra})
    if isinstance(data, (list, tuple)) and not hasattr(data, "_fields"):
        return Given(tuple(data), extra)
    return Given((data,), extra)


def _from_sizes(size: Any, settings: Mapping[str, Any], extra: dict[str, Any]) -> list[Given]:
    """Torchinfo's ``input_size``: one shape with its batch, several, or several by name."""
    names = list(size) if hasattr(size, "items") else []
    dtypes = _dtypes_said(settings.get("dtypes"), names)
    several = [one for shape in size.values() for one in _shapes(shape)] if names else _shapes(size)
    dtypes += ["int64" if names and _is_ids(names[len(dtypes)]) else "" for _ in several[len(dtypes) :]]
    where, many = settings.get("batch_dim"), settings.get("batch_size")
    if many is not None:  # torchsummary's: its shapes have no batch, and -1 is any
        several = [(1 if int(many) == -1 else int(many), *shape) for shape in several]
    elif where is not None:
        several = [(*shape[:where], 1, *shape[where:]) for shape in several]
    specs = [
        Spec(name, shape, dtype)
        for name, shape, dtype in zip(names or [""] * len(several), several, dtypes, strict=False)
    ]
    ways = [_called(specs, extra)]
    if where is None and many is None and all(len(spec.shape) < 4 for spec in specs):
        batched = _called([spec.replace(shape=(1, *spec.shape)) for spec in specs], extra)
        ways.append(Given(batched.args, batched.kwargs, ("a batch of one before each input size",)))
    return ways


def _dtypes_said(dtypes: Any, names: list[str]) -> list[str]:
    """One type for each input: of a list, of a single one, or by name.

    >>> _dtypes_said(torch.long, []), _dtypes_said({"y": "half"}, ["x", "y"])
    (['int64'], ['', 'half'])
    """
    if dtypes is None:
        return []
    if hasattr(dtypes, "items"):
        return [_dtype_said(dtypes[name]) if name in dtypes else "" for name in names]
    return [_dtype_said(dtype) for dtype in (dtypes if isinstance(dtypes, list | tuple) else [dtypes])]


def _dtype_said(dtype: Any) -> str:
    """A type by name, also where it is said as PyTorch's old tensor types, NumPy's types or Python's.

    >>> _dtype_said(torch.LongTensor), _dtype_said(torch.float16), _dtype_said("torch.LongTensor"), _dtype_said(int)
    ('int64', 'float16', 'int64', 'int64')
    """
    if isinstance(dtype, type) and not isinstance(getattr(dtype, "dtype", None), torch.dtype):
        return "int64" if dtype is int else dtype.__name__.rstrip("_")  # Python's, NumPy's
    if isinstance(dtype, str) and dtype.endswith("Tensor"):
        dtype = getattr(torch, dtype.removeprefix("torch."), dtype)
    known = getattr(dtype, "dtype", dtype) if isinstance(dtype, type) or hasattr(dtype, "is_cuda") else dtype
    return str(known).removeprefix("torch.")


def _shapes(size: Any) -> list[tuple[int, ...]]:
    """One shape or several, whatever sort of integers and sequences they are written in."""
    if hasattr(size, "__index__"):
        return [(_size(size),)]
    if size is None or isinstance(size, str):
        raise UsageError(f"an input size is a shape, as in (1, 3, 224, 224), not {size!r}")
    if all(hasattr(one, "__index__") or one is None for one in size):
        return [tuple([_size(one) for one in size])]
    return [tuple([_size(one) for one in shape]) for shape in size]


def _size(size: Any) -> int:
    """A size; ``-1`` and ``None`` are a batch of one, as in other tools."""
    number = 1 if size is None else int(size.__index__())
    return 1 if number == -1 else number
