"""``netledger.summary``: the ledger of anything, printed and returned; torchinfo's argument names are understood.

>>> ledger = summary("alexnet", verbose=0)
>>> ledger.total_params, ledger.total_mult_adds
(60965224, 724406816)
"""

from __future__ import annotations

import sys

from netledger.errors import UsageError
from netledger.ledger import Ledger, keep_books
from netledger.sources import Options, read

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import IO, Any

    Shapes = Sequence[int] | Sequence[Sequence[int]] | Mapping[str, Sequence[int]]


def count(
    network: object,
    *,
    input_size: Shapes | None = None,
    batch: int = 1,
    dtype: str | None = None,
    from_format: str | None = None,
    dims: Mapping[str, int] | None = None,
    **settings: Any,
) -> Ledger:
    """The ledger of a network, not printed.

    ``network`` is what ``netledger show`` takes: a catalogue name, a file, a description - or a
    :class:`~netledger.network.Network` or a live model (``torch.nn.Module``, Keras 3,
    Flax ``nnx.Module``). ``input_size`` replaces the shape it is fed (a
    shape, several in order, or by name); ``settings`` go to the source (``input_data``, ``args``, ``device``, …).

    >>> count("conv2d(256, kernel_size=5, in_channels=96)").total_params
    614656
    """
    given = {name: value for name, value in settings.items() if value is not None}
    if isinstance(input_size, str):  # as on the command line
        given["specs"], input_size = [*given.get("specs", ()), input_size], None
    elif hasattr(input_size, "__array__"):
        if getattr(input_size, "ndim", 0) == 1:  # an array of sizes
            input_size = tuple([int(size) for size in input_size])  # type: ignore[union-attr, arg-type]
        else:  # data where its shape was asked for
            given["input_data"], input_size = input_size, None
    inputs = _named_shapes(input_size)
    if inputs and (not isinstance(next(iter(inputs)), str) or _is_live(network)):
        given["input_size"] = input_size
        inputs = {}
    network_read = read(network, format=from_format, options=Options(inputs, dims, given))
    return keep_books(network_read, batch=batch, dtype=dtype)


def _is_live(network: object) -> bool:
    """Whether it is a model, whose ``input_size`` is complete: it has its batch, as torchinfo's has."""
    if isinstance(network, str) or hasattr(network, "__fspath__"):
        return False
    from netledger.sources.live import is_live

    return is_live(network)


def _named_shapes(input_size: Shapes | None) -> dict[Any, tuple[int, ...]]:
    """Shapes by input name; ``""`` for the only one, numbers where several come in order."""
    if input_size is None:
        return {}
    if hasattr(input_size, "items"):
        return {name: tuple(shape) for name, shape in input_size.items()}
    if hasattr(input_size, "__index__"):
        return {"": (int(input_size),)}
    if all(hasattr(size, "__index__") or size is None for size in input_size):
        below = [size for size in input_size if size is not None and int(size) < -1]  # type: ignore[arg-type]  # -1: any batch
        if below:
            raise UsageError(f"an input size is whole numbers, as in (1, 3, 224, 224), not {below[0]!r}")
        return {"": tuple(input_size)}  # type: ignore[arg-type]
    if not all(hasattr(size, "__iter__") and not isinstance(size, str) for size in input_size):
        wrong = next(size for size in input_size if not hasattr(size, "__index__") and size is not None)
        raise UsageError(f"an input size is whole numbers, as in (1, 3, 224, 224), not {wrong!r}")
    shapes = [tuple(shape) for shape in input_size]  # type: ignore[arg-type]
    return {"": shapes[0]} if len(shapes) == 1 else dict(enumerate(shapes))


def summary(
    network: object = None,
    input_size: Shapes | None = None,
    *more: Any,
    batch: int = 1,
    dtype: str | None = None,
    depth: int | None = None,
    layers: Sequence[str] = (),
    formulas: str = "numbers",
    col_names: Sequence[str] | str | None = None,
    format: str | None = None,
    file: IO[str] | None = None,
    verbose: int = 1,
    **settings: Any,
) -> Ledger:
    """Print the ledger of a network and return it.

    Arguments are those of :func:`count` and of ``netledger show``; torchinfo's ``input_size``, ``input_data``,
    ``col_names``, ``depth`` and ``verbose=0`` (print nothing) mean what they mean there. In a notebook nothing is
    printed: the ledger returned shows itself there, as it was asked to. What follows in order is read as those who
    write it so mean it: torchsummary's batch size and device, further inputs of a model. ``model=`` is a network too.
    """
    _check_depth(depth)
    network = settings.pop("model", None) if network is None else network
    settings = {**_in_order(more), **settings}
    ledger = count(network, input_size=input_size, batch=batch, dtype=dtype, **settings)
    view: dict[str, Any] = {"depth": depth, "layers": tuple(layers), "formulas": formulas}
    if col_names is not None:
        chosen = [col_names] if isinstance(col_names, str) else col_names
        view["columns"] = ("layer", "kind", *[name for name in chosen if name not in ("layer", "kind")])
    _check_columns(view)
    ledger = ledger.replace(view=view)
    if verbose and not (file is None and format is None and in_notebook()):
        ledger.print(file, format)
    return ledger


def _in_order(more: Sequence[Any]) -> dict[str, Any]:
    """Arguments without a name: a number is a batch size, a word or a device is one, anything else a further input.

    >>> _in_order((8, "cpu"))
    {'batch_size': 8, 'device': 'cpu'}
    """
    named: dict[str, Any] = {}
    for value in more:
        if hasattr(value, "__array__") or isinstance(value, list | tuple | dict):
            named["more_data"] = (*named.get("more_data", ()), value)
        elif value is not None:
            named["batch_size" if hasattr(value, "__index__") else "device"] = value
    return named


def _check_depth(depth: object) -> None:
    """A depth is said at once, not when a notebook comes to show the result."""
    if depth is not None and (isinstance(depth, bool) or not hasattr(depth, "__index__") or int(depth) < 1):
        raise UsageError(f"depth is how many parts of the path are kept, a whole number from 1, not {depth!r}")


def _check_columns(view: Mapping[str, Any]) -> None:
    """A column that is none is said at once, not when a notebook comes to show the result."""
    if "columns" in view:
        check = __import__("netledger.documents.ledger.columns", fromlist=["columns_named"]).columns_named
        check(view["columns"])


def in_notebook() -> bool:
    """Whether this runs in a Jupyter kernel, which displays the value of a cell itself."""
    ipython = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython is not None else None
    return shell is not None and getattr(shell, "kernel", None) is not None
