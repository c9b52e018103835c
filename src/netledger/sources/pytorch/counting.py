"""From a live model to a network: find inputs, run one pass on shapes, make the rows."""

from __future__ import annotations

import warnings

import torch

from netledger.errors import ModelError, NetledgerError
from netledger.network import Layer, Network
from netledger.sources.pytorch.inputs import Given, candidates, given_inputs
from netledger.sources.pytorch.inventory import Inventory, is_lazy
from netledger.sources.pytorch.layers import Rows, type_of
from netledger.sources.pytorch.tracing.arguments import floats_on_meta, tensors_in
from netledger.sources.pytorch.tracing.data_dependent import DataDependent
from netledger.sources.pytorch.tracing.isolation import untouched, watched
from netledger.sources.pytorch.tracing.meta_tensors import Shadows
from netledger.sources.pytorch.tracing.tracer import Tracer
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources import Options

_NO_DATA = (
    "Cannot copy out of meta tensor",
    "can't convert meta device",
    "Tensor.item() cannot be called on meta",
    "cannot be called on meta tensors",
    "data-dependent",
    "is on meta device",
    "tolist() shouldn't be called",
)


def network_of(model: Any, options: Options, *, name: str | None = None, defaults: Any = None) -> Network:
    """The network of a live model.

    ``options.inputs`` and the settings ``input_data``, ``args``, ``kwargs``, ``mode`` (``"eval"``, ``"train"``,
    ``"same"``), ``training`` (count the backward pass too) and ``real`` (run with the model's own values) say how it is
    called; without any of them an input is looked for (``defaults`` are tried first).
    """
    model = unwrapped(model)
    settings = options.settings
    with untouched(model, data_in(options)):
        _set_mode(model, settings.get("mode") or ("train" if settings.get("training") else "eval"))
        inventory = Inventory(model)
        lazy = [name for name, tensor in inventory.live.items() if is_lazy(tensor)]
        given = given_inputs(model, options)
        if lazy:
            return _parameters_only(
                model, inventory, name, f"{lazy[0]} is not initialised: run the model once, or give its sizes"
            )
        if given is not None:
            outcome = _first(model, inventory, given, settings, last_is_error=True)
        else:
            outcome = _first(model, inventory, [*(defaults or []), *candidates(model)], settings, last_is_error=False)
    if not isinstance(outcome, Outcome):
        why = "no input was given and none could be found: give one, as in --input 3x224x224"
        if outcome is not None:
            why += f" ({outcome})"
        return _parameters_only(model, inventory, name, why)
    return outcome.network(name)


def data_in(options: Options) -> tuple[Any, ...]:
    """The tensors that the user gave."""
    return tuple(tensors_in([value for value in options.settings.values() if not isinstance(value, str)]))


def unwrapped(model: Any) -> Any:
    """The model itself, without what compiles, replicates or shards it."""
    while True:
        names = {base.__name__ for base in type(model).__mro__}
        if "OptimizedModule" in names:
            model = model._orig_mod
        elif names & {"DataParallel", "DistributedDataParallel"}:
            model = model.module
        else:
            return model


def _set_mode(model: Any, mode: str) -> None:
    if mode == "same":
        return
    for module in model.modules():
        if module.training != (mode == "train"):
            module.training = mode == "train"


class Outcome:
    """One pass: what was seen, and why it stopped where it did."""

    def __init__(self, model: Any, inventory: Inventory, given: Given, tracer: Tracer, stopped: Unknown | None) -> None:
        self.model, self.inventory, self.given, self.tracer, self.stopped = model, inventory, given, tracer, stopped

    def network(self, name: str | None) -> Network:
        """The network that was seen."""
        rows = Rows(self.inventory, self.tracer.shadows.used, gradients=self.tracer.gradients)
        for event in self.tracer.root.events:
            rows.of_frame(event)  # type: ignore[arg-type]
        if self.stopped is not None:
            place = (self.tracer.failed_at.path if self.tracer.failed_at else "") or "model"
            rows.layers.append(rest(rows.unique(f"{place}.rest"), self.stopped.reason))
        rows.unused()
        inputs = [
            Layer(rows.unique(label), "input", {"shape": shape} | ({} if dtype == "float32" else {"dtype": dtype}))
            for label, shape, dtype in self.given.shapes()
        ]
        assumed = [*self.given.assumed, *self.tracer.assumed]
        network = assemble(self.model, self.inventory, [*inputs, *rows.layers], name, assumed, rows)
        several = [layer.path for layer in inputs if layer.attributes["shape"][:1] > (1,)]
        if several:
            network = network.replace(notes=(*network.notes, f"counted for the whole of {several[0]} as it was given"))
        return network


def assemble(
    model: Any, inventory: Inventory, layers: list[Layer], name: str | None, assumed: list[str], rows: Rows | None
) -> Network:
    """The network of all rows, with what is said of the whole."""
    from netledger.sources.pytorch.model_facts import facts_of

    meta, notes = facts_of(model, inventory, rows)
    types = {path: type_of(module) for path, module in inventory.modules.items()}
    dtypes = [tensor.dtype for tensors in inventory.tensors.values() for tensor in tensors if tensor.learned]
    dtype = max(dict.fromkeys(dtypes), key=dtypes.count, default="float32")
    return Network(
        name or type(model).__name__,
        layers,
        title=type_of(model),
        batched=True,
        dtype=dtype,
        assumed=tuple(assumed),
        notes=tuple(notes),
        meta={"framework": f"torch {torch.__version__}", "modules": types, **meta},
    )


def rest(path: str, why: str) -> Layer:
    """What a pass did not reach: nothing is known of what it computes, its tensors are listed all the same."""
    return Layer(
        path, "operation", {"name": "the rest of the forward pass", "reason": why}, input_shapes=(), type="not run"
    )


def _parameters_only(model: Any, inventory: Inventory, name: str | None, why: str) -> Network:
    rows = Rows(inventory, {id(tensor) for tensor in inventory.live.values()})
    rows.unused()
    layers = [layer.replace(meta={}) for layer in rows.layers]
    layers.append(rest(rows.unique("forward"), why))
    return assemble(model, inventory, layers, name, [], rows)


# ---------------------------------------------------------------------- one pass


def _first(
    model: Any, inventory: Inventory, inputs: list[Given], settings: Any, *, last_is_error: bool
) -> Outcome | NetledgerError | None:
    """The first of several inputs that the model takes; the first one's error where none is taken and one was given."""
    first_error: NetledgerError | None = None
    partial: Outcome | None = None
    for given in inputs:
        try:
            outcome = one_pass(model, inventory, given, settings)
        except NetledgerError as error:
            first_error = first_error or error
            continue
        if outcome.stopped is None:
            return outcome
        partial = partial or outcome
    if partial is not None:
        return partial
    if first_error is not None and last_is_error:
        raise first_error
    return first_error


def one_pass(model: Any, inventory: Inventory, given: Given, settings: Any) -> Outcome:
    """Run the model once on ``given``; a model that differentiates inside its forward pass is run with autograd."""
    try:
        return _one_pass(model, inventory, given, settings, autograd=False)
    except ModelError as error:
        if not any(text in str(error.__cause__ or "") for text in _NEEDS_AUTOGRAD):
            raise
        return _one_pass(model, inventory, given, settings, autograd=True)


_NEEDS_AUTOGRAD = ("does not require grad", "require grad and does not have", "Inference tensors", "requires_grad")


def _one_pass(model: Any, inventory: Inventory, given: Given, settings: Any, *, autograd: bool) -> Outcome:
    """Run the model once; what it raises is a ``ModelError`` that names the place."""
    from netledger.sources.pytorch.tracing.experts import experts_in_batches

    gradients, real = bool(settings.get("training")), bool(settings.get("real"))
    shadows = Shadows([*model.parameters(), *model.buffers()], real=real)
    tracer = Tracer(shadows, inventory.paths, gradients=gradients)
    args, kwargs = given.arguments(model, real)
    if autograd and not real:  # gradients live where their tensors do
        args, kwargs = floats_on_meta(args), floats_on_meta(kwargs)
    stopped = None
    try:
        with (
            warnings.catch_warnings(),
            watched(tracer, gradients=gradients, autograd=autograd),
            experts_in_batches(model, real),
        ):
            warnings.simplefilter("ignore")
            result = model(*args, **kwargs)
    except DataDependent as error:
        stopped = Unknown(f"the forward pass stops here: {error.why}; --real runs it with real values")
    except (KeyboardInterrupt, SystemExit, MemoryError):
        raise
    except BaseException as error:
        if any(text in str(error) for text in _NO_DATA):
            stopped = Unknown(
                f"the forward pass stops here: it needs values, not shapes ({_line(error)}); --real runs it"
            )
        else:
            raise _explained(error, tracer, given) from error
    else:
        if result is None and not tracer.root.events[0].events:  # type: ignore[union-attr]
            raise ModelError(f"{type(model).__name__}.forward returned nothing and did nothing")
    return Outcome(model, inventory, given, tracer, stopped)


def _line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _explained(error: BaseException, tracer: Tracer, given: Given) -> ModelError:
    """The model's own error as one line: the layer, what it is, the shape it got."""
    from netledger.layers.sizes import shape_text

    if isinstance(error, ModelError) and error.item is not None:
        return error
    frame = tracer.failed_at
    text = error.why if isinstance(error, NetledgerError) else f"{type(error).__name__}: {_line(error)}"
    if frame is None or frame.module is None:
        return ModelError(text)
    got = ", ".join([shape_text(shape) for shape in frame.inputs]) or "no tensor"
    described = (
        f"{type(frame.module).__name__}({frame.module.extra_repr()})" if frame.path else type(frame.module).__name__
    )
    explained = ModelError(f"{described} got {got}: {text}", hint=f"the model was fed {given}")
    explained.at(item=frame.path or None)
    return explained
