"""From a live model to a network: find inputs, run passes on shapes, make the rows."""

from __future__ import annotations

import contextlib

import torch
from torch import overrides

from netledger.dtypes import commonest_dtype
from netledger.network import Layer, Network
from netledger.sources.pytorch.inputs import Given, given_inputs
from netledger.sources.pytorch.inventory import Inventory, is_lazy
from netledger.sources.pytorch.layers import Rows, type_of
from netledger.sources.pytorch.model_facts import facts_of
from netledger.sources.pytorch.passes import Passes, PassOutcome
from netledger.sources.pytorch.restoring.surroundings import Surroundings
from netledger.sources.pytorch.tracing.arguments import tensors_in
from netledger.sources.pytorch.tracing.watching import pass_lock
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.sources import Options
    from netledger.sources.pytorch.tracing.call_tree import Frame


def network_of(model: Any, options: Options, *, name: str | None = None, defaults: Any = None) -> Network:
    """The network of a live model.

    ``options.inputs`` and the settings ``input_data``, ``args``, ``kwargs``, ``mode`` (``"eval"``, ``"train"``,
    ``"same"``), ``training`` (count the backward pass too) and ``real`` (run with the model's own values) say how it is
    called; without any of them an input is looked for (``defaults`` are tried first).
    """
    model = unwrapped(model)
    with pass_lock(), _made_with_values():
        inventory = Inventory(model)
        tensors = [*inventory.states, *data_in(options)]
        surroundings = Surroundings(model, tensors, options.settings.values())
        try:
            return _network_of(model, options, name, defaults, inventory, surroundings)
        finally:
            try:
                surroundings.put_back()
            except BaseException:  # an interrupt in it: once more
                surroundings.put_back()
                raise


def _made_with_values() -> contextlib.AbstractContextManager[Any]:
    """What is made while a model is counted has values, also where its user makes all on the meta device."""
    if not overrides._len_torch_function_stack():  # a default device is a mode
        return contextlib.nullcontext()
    return torch.device("cpu") if torch.get_default_device().type == "meta" else contextlib.nullcontext()


def _network_of(
    model: Any, options: Options, name: str | None, defaults: Any, inventory: Inventory, surroundings: Surroundings
) -> Network:
    settings = options.settings
    lazy = [path for path, tensor in inventory.live.items() if is_lazy(tensor)]
    given = given_inputs(model, options)
    if lazy:
        why = f"{lazy[0]} is not initialised: run the model once, or give its sizes"
        return _parameters_only(model, inventory, name, why)
    passes = Passes(model, inventory, settings, surroundings)
    inputs = given if given is not None else [*(defaults or []), *_candidates(model)]
    outcome = _chosen(passes, inputs, given is None)
    if outcome is None or (given is None and outcome.error is not None and not outcome.guessed):
        why = f"no input was given and none could be found: {_how_to_give(model)}"
        if outcome is not None:
            why += f" ({outcome.error})"
        return _parameters_only(model, inventory, name, why)
    if outcome.error is not None and not inventory.tensors and not outcome.total()[0]:
        raise outcome.error
    return _network(model, inventory, outcome, name, list(passes.notes))


def _chosen(passes: Passes, inputs: list[Given], found: bool) -> PassOutcome | None:
    """What the first of several inputs that the model takes gives; else the one that went furthest.

    Where the inputs were ``found``, what the model says it misses is added to them.
    """
    tried: list[PassOutcome] = []
    waiting, known, last = list(inputs), set(), False
    while waiting:
        if len(tried) == MOST_INPUTS and not last:  # what has not had its turn is tried as it is
            waiting, last = inputs[:MOST_INPUTS], True
        given = waiting.pop(0)
        if found:
            written = _as_written(given)
            if written in known:
                continue
            known.add(written)
        outcome = passes.thorough(given)
        if outcome.complete:
            return outcome
        tried.append(outcome)
        if found and outcome.error is not None and len(tried) < MOST_INPUTS:
            waiting[:0] = _asked_for(passes.model, given, outcome.error.why, outcome.tracer.failed_at)
    stopped = [outcome for outcome in tried if outcome.error is None]
    furthest = max(stopped or tried, key=PassOutcome.reached, default=None)
    if furthest is None or furthest.error is None or furthest.by_values:  # tried with values already
        return furthest
    return passes.with_values(furthest) or furthest  # it may be the pass that the model does not take


def _candidates(model: Any) -> list[Given]:
    from netledger.sources.pytorch.finding.libraries import candidates  # not needed where an input is given

    return candidates(model)


def _asked_for(model: Any, given: Given, why: str, failed_at: Frame | None) -> Iterator[Given]:
    """The call with what the model says that it misses, and with other sizes for those that it refused."""
    from netledger.sources.pytorch.finding.libraries import missing_inputs
    from netledger.sources.pytorch.finding.refitted_inputs import refitted

    yield from missing_inputs(model, given, why)
    yield from refitted(given, failed_at, why)


def _as_written(given: Given) -> str:
    """The shapes and names of a call and what is said of it, by which it is known again."""
    return f"{given} {sorted(given.kwargs)} {given.assumed}"


def _how_to_give(model: Any) -> str:
    """The options to write: one input, or each that ``forward`` requires by its name."""
    import inspect

    try:
        declared = inspect.signature(model.forward).parameters.values()
    except (TypeError, ValueError):
        declared = ()  # type: ignore[assignment]
    required = [one for one in declared if one.default is one.empty and one.kind is one.POSITIONAL_OR_KEYWORD]
    for one in required:
        if _is_no_tensor(one.annotation):
            kind = one.annotation.__name__
            data = f"{{'{one.name}': {kind}(...)}}"
            return f"{one.name} is a {kind}: give it as in netledger.summary(model, input_data={data})"
    names = [one.name for one in required]
    if len(names) < 2:
        return "give one, as in --input 3x224x224"
    return f"give each, as in {' '.join([f'--input {name}=3x224x224' for name in names])}"


def _is_no_tensor(annotation: Any) -> bool:
    """Whether an argument is said to be an object of some class of its library's."""
    own = isinstance(annotation, type) and annotation.__module__.partition(".")[0] not in (
        "builtins",
        "torch",
        "inspect",
    )
    return own and not issubclass(annotation, torch.Tensor)


MOST_INPUTS = 24
"""Inputs that are tried with what the model asks for instead, and at the most as many as they are."""


def data_in(options: Options) -> tuple[Any, ...]:
    """The tensors that the user gave."""
    return tuple(tensors_in([value for value in options.settings.values() if not isinstance(value, str)]))


def unwrapped(model: Any) -> Any:
    """The model itself, without what compiles, replicates or shards it."""
    while True:
        names = {base.__name__ for base in type(model).__mro__}
        if "OptimizedModule" in names:
            model = model._orig_mod
        elif "Model" in names and type(model).__module__.startswith("ultralytics") and hasattr(model.model, "forward"):
            model = model.model  # YOLO: its own forward trains, predicts, exports
        elif names & {"DataParallel", "DistributedDataParallel"}:
            model = model.module
        else:
            return model


def _network(model: Any, inventory: Inventory, outcome: PassOutcome, name: str | None, said: list[str]) -> Network:
    """The network that a pass saw."""
    tracer = outcome.tracer
    rows = Rows(inventory, outcome.used, gradients=tracer.gradients, stopped=outcome.reason)
    for event in tracer.root.events:
        rows.of_frame(event)  # type: ignore[arg-type]
    if outcome.reason is not None:
        rows.layers.append(rest(rows.unique(f"{outcome.place}.rest"), outcome.reason.reason))
    if outcome.ambiguous is not None:
        rows.at_least = True
        rows.layers.append(rest(rows.unique("model.by_data"), outcome.ambiguous.reason))
    rows.unused()
    inputs = [
        Layer(rows.unique(label), "input", {"shape": shape} | ({} if dtype == "float32" else {"dtype": dtype}))
        for label, shape, dtype in outcome.given.shapes()
    ]
    assumed = [*outcome.given.assumed, *tracer.assumed]
    network = assemble(model, inventory, [*inputs, *rows.layers], name, assumed, rows)
    notes = [*network.notes, *outcome.notes, *said, *_of_other_sorts(tracer.others)]
    several = [layer.path for layer in inputs if layer.attributes["shape"][:1] > (1,)]
    if several:
        notes.append(f"counted for the whole of {several[0]} as it was given")
    return network.replace(notes=tuple(notes))


_SAID = {
    "complex": "{} MACs are of complex numbers: each is four real ones",
    "sparse": "{} MACs are of sparse matrices whose zeros are not known: counted as dense, the most they can be",
}


def _of_other_sorts(others: dict[str, int]) -> list[str]:
    return [
        _SAID.get(name, f"{name} contracts nothing: about {{}} operations of another sort").format(f"{count:,}")
        for name, count in others.items()
    ]


def assemble(
    model: Any, inventory: Inventory, layers: list[Layer], name: str | None, assumed: list[str], rows: Rows | None
) -> Network:
    """The network of all rows, with what is said of the whole."""
    meta, notes = facts_of(model, inventory, rows)
    types = {path: type_of(module) for path, module in inventory.modules.items()}
    dtype = commonest_dtype(tensor for tensors in inventory.tensors.values() for tensor in tensors)
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
    rows = Rows(inventory, {id(tensor) for tensor in inventory.live.values()}, stopped=Unknown(why))
    rows.unused()
    layers = [*rows.layers, rest(rows.unique("forward"), why)]
    return assemble(model, inventory, layers, name, [], rows)
