"""The shapes that a live model is fed, in any of the ways in which people give them; PyTorch's source has its own."""

from __future__ import annotations

from netledger.dtypes import dtype_named
from netledger.errors import UsageError
from netledger.records import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.sources import Options


class FedInput(Record):
    """One input: its name (``""``: by its place), sizes, element type (``""``: the model's own) and, where data were
    given, those. ``exact``: with its batch; else one may be missing in front.
    """

    __slots__ = ("name", "shape", "dtype", "exact", "data")
    name: str
    shape: tuple[int, ...]
    dtype: str
    exact: bool
    data: Any

    def __init__(
        self, name: str, shape: tuple[int, ...], dtype: str = "", exact: bool = True, data: Any = None
    ) -> None:
        self._fill(name, shape, dtype, exact, data)

    def batched(self, batch: int = 1) -> FedInput:
        """With a batch in front where it may miss one."""
        return self if self.exact else self.replace(shape=(batch, *self.shape), exact=True)


def fed_inputs(options: Options) -> list[FedInput]:
    """What ``input_data``, ``input_size``, ``--input`` and a positional shape say; empty where nothing was said.

    >>> from netledger.sources import Options
    >>> fed_inputs(Options(settings={"input_size": (2, 8), "dtypes": ["int32"]}))
    [FedInput(name='', shape=(2, 8), dtype='int32', exact=True, data=None)]
    """
    settings = options.settings
    data, size = settings.get("input_data"), settings.get("input_size")
    if data is not None:
        found = _of_data(data)
    elif size is not None:
        found = _of_sizes(size, settings)
    else:
        found = [FedInput(*written_input(one)) for one in settings.get("specs") or ()]
        found += [FedInput(name, _whole(shape), "", False) for name, shape in options.inputs.items()]
    return found + [one for value in settings.get("more_data") or () for one in _of_data(value)]


def _of_data(data: Any) -> list[FedInput]:
    if isinstance(data, dict):
        return [one.replace(name=str(name)) for name, value in data.items() for one in _of_data(value)]
    if isinstance(data, list | tuple):
        return [one for value in data for one in _of_data(value)]
    if not hasattr(data, "shape"):
        raise UsageError(f"input data are arrays, not a {type(data).__name__}")
    dtype = str(getattr(data, "dtype", "")).removeprefix("torch.")
    return [FedInput("", _whole(data.shape), dtype, True, data)]


def _of_sizes(size: Any, settings: Mapping[str, Any]) -> list[FedInput]:
    if isinstance(size, dict):
        named = [(str(name), shape) for name, shape in size.items()]
    elif all(hasattr(one, "__index__") or one is None for one in size):
        named = [("", size)]
    else:
        named = [("", shape) for shape in size]
    dtypes = [str(one) for one in settings.get("dtypes") or ()]
    dtypes += [""] * (len(named) - len(dtypes))
    return [
        FedInput(name, _whole(shape), dtype.removeprefix("torch."))
        for (name, shape), dtype in zip(named, dtypes, strict=False)
    ]


def written_input(text: str) -> tuple[str, tuple[int, ...], str, bool]:
    """An input as it is written on the command line, for every framework: name, sizes, element type, whether the sizes
    are complete; in brackets they are, with ``x`` the batch is added.

    >>> written_input("3x224x224"), written_input("input_ids=int64[1,128]")
    (('', (3, 224, 224), '', False), ('input_ids', (1, 128), 'int64', True))
    """
    head, equals, rest = text.partition("=")
    name, body = (head.strip(), rest.strip()) if equals else ("", text.strip())
    dtype, bracket, sizes = body.partition("[")
    complete = bool(bracket) and sizes.endswith("]")
    plain = sizes[:-1].strip() if complete else body.replace("×", "x").replace("x", ",")
    try:
        shape = tuple([int(size) for size in plain.split(",")]) if plain or not complete else ()
    except ValueError as error:
        raise UsageError(f"input '{text}' is no shape: write 3x224x224, or name=int64[1,128]") from error
    return name, shape, dtype_named(dtype.strip()) if complete and dtype.strip() else "", complete


def _whole(shape: Any) -> tuple[int, ...]:
    """A shape's sizes; ``-1`` and ``None`` are a batch of one, as in other tools."""
    if not hasattr(shape, "__iter__"):
        shape = (shape,)
    sizes = [1 if size is None or size == -1 else size for size in shape]
    if not all(hasattr(size, "__index__") and size >= 0 for size in sizes):
        raise UsageError(f"an input of a live model needs every size, as in (1, 3, 224, 224), not {sizes!r:.80}")
    return tuple([int(size) for size in sizes])
