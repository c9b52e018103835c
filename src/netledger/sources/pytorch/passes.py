"""One forward pass of a live model, and what is known after it: also where it broke off half-way."""

from __future__ import annotations

import traceback
import warnings
from weakref import ref

import torch

from netledger.errors import ModelError, NetledgerError
from netledger.limits import REAL_RUN_BYTES
from netledger.sources.pytorch.assumed_sizes import FIRST_TRY, SECOND_TRY, settle
from netledger.sources.pytorch.inputs import Given
from netledger.sources.pytorch.other_threads import Strangers
from netledger.sources.pytorch.restoring.leftovers import Older, take_away
from netledger.sources.pytorch.rules.experts import experts_in_batches
from netledger.sources.pytorch.tracing.arguments import floats_on_meta, tensors_in
from netledger.sources.pytorch.tracing.call_tree import calls_below, events_below
from netledger.sources.pytorch.tracing.control_flow import OwnTensors
from netledger.sources.pytorch.tracing.data_dependent import DataDependent, asks_for_values, line_of
from netledger.sources.pytorch.tracing.meta_tensors import Shadows
from netledger.sources.pytorch.tracing.paths import Decisions, explored
from netledger.sources.pytorch.tracing.tracer import Tracer
from netledger.sources.pytorch.tracing.watching import Pass, Watch, current, imported
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from netledger.sources.pytorch.inventory import Inventory
    from netledger.sources.pytorch.restoring.surroundings import Surroundings

_NEEDS_AUTOGRAD = (
    "does not require grad",
    "require grad and does not have",
    "nference tensor",
    "requires_grad",
    "invalid gradient",
)


class PassOutcome:
    """One pass: what was seen, and where and why it stopped.

    - ``error``: what the model raised. ``stopped``: why the pass could not go on, where the model itself could.
    - ``ambiguous``: what else the data could make of it. ``notes``: sentences for the reader.
    """

    def __init__(self, given: Given, tracer: Tracer, real: bool) -> None:
        self.given, self.tracer, self.real = given, tracer, real
        self.stopped: Unknown | None = None
        self.error: ModelError | None = None
        self.needs_data = False
        self.ambiguous: Unknown | None = None
        self.notes: list[str] = []
        self.used = tracer.shadows.used

    @property
    def decisions(self) -> Decisions:
        """How it went on where a value was asked for."""
        return self.tracer.decisions

    @property
    def guessed(self) -> bool:
        """Whether something in it rests on values that are not known: a size was assumed, a way was tried."""
        return not self.real and bool(self.tracer.assumed or self.tracer.decisions.asked)

    @property
    def by_values(self) -> bool:
        """Whether it broke off for want of values, or on an answer that was guessed."""
        return self.needs_data or (self.error is not None and self.guessed)

    @property
    def complete(self) -> bool:
        """Whether the pass reached its end."""
        return self.stopped is None and self.error is None

    @property
    def reason(self) -> Unknown | None:
        """Why it is not complete, with what to do next."""
        if self.error is not None:
            place = f"{self.error.item}: " if self.error.item else ""
            hint = f" ({self.error.hint})" if self.error.hint else ""
            assumed = f", with {next(iter(self.tracer.assumed))}" if self.tracer.assumed else ""
            option = "--real runs it with real values" if self.guessed else "--input gives it another"
            return Unknown(f"the forward pass stops here: {place}{self.error.why}{hint}{assumed}; {option}")
        return self.stopped

    @property
    def place(self) -> str:
        """The path of the module in which it stopped."""
        return (self.tracer.failed_at.path if self.tracer.failed_at else "") or "model"

    def reached(self) -> tuple[int, int]:
        """How many operations that contract and how many calls were seen, as a measure of how far it went."""
        return sum(1 for _ in events_below(self.tracer.root)), calls_below(self.tracer.root)

    def total(self) -> tuple[int, int, int]:
        """MACs forward and backward, and how many operations are Unknown."""
        forward = backward = unknown = 0
        for event in events_below(self.tracer.root):
            if event.contraction is None or event.unknown is not None:
                unknown += 1
                continue
            forward, backward = forward + event.contraction.macs, backward + event.contraction.backward
        return forward, backward, unknown

    def varies(self, places: list[str], totals: set[tuple[int, int, int]]) -> None:
        """What is contracted depends on the data, at these places."""
        between = f", from {min(totals)[0]:,} to {max(totals)[0]:,} MACs" if len(totals) > 1 else ""
        where = f" at {', '.join(places[:3])}" if places else ""
        self.ambiguous = Unknown(
            f"what runs depends on the values of the data{where}{between}; --real runs it with some"
        )


class Passes:
    """The passes of one model: with some inputs, some settings, and everything put back after each."""

    def __init__(self, model: Any, inventory: Inventory, settings: Any, surroundings: Surroundings) -> None:
        self.model, self.inventory, self.settings, self.surroundings = model, inventory, settings, surroundings
        self.real = bool(settings.get("real"))
        self.notes: dict[str, None] = {}
        self.initial: dict[int, Any] = {}
        """By ``id``: values of buffers that have none, where the pass does not do without."""

    def thorough(self, given: Given) -> PassOutcome:
        """What the model does with ``given``, whichever way its values would send it; with values where it must."""
        outcome = self.whichever_way(given)
        if (outcome.stopped is not None or outcome.ambiguous is not None) and not self.real:
            outcome = self.as_initialised(given) or outcome
        stuck = outcome.stopped is not None or (outcome.error is not None and outcome.by_values)
        return (self.with_values(outcome) or outcome) if stuck else outcome

    def with_values(self, outcome: PassOutcome) -> PassOutcome | None:
        """The same call with the model's own values, where shapes alone did not do and a run costs little."""
        if self.real or not self.affordable():
            return None
        given = outcome.given
        real = self.one(given, Decisions(), real=True)
        if not real.complete:
            return None
        said = "zeros" if given.made_up else "the data given"
        real.notes.append(f"run with the model's own values, on {said}: shapes alone did not do ({_short(outcome)})")
        if given.made_up and outcome.by_values:
            real.ambiguous = outcome.reason
        return real

    def whichever_way(self, given: Given) -> PassOutcome:
        """Passes on what is known: where values that are not known decide, each way; where sizes do, two of them."""
        outcome: PassOutcome = explored(lambda decisions: self.one(given, decisions, real=self.real))
        if outcome.complete and not self.real:
            self.settle_sizes(given, outcome)
        return outcome

    def as_initialised(self, given: Given) -> PassOutcome | None:
        """The pass with buffers of the meta device as the model initialises them, where it is exact with them."""
        tensors = [*self.model.parameters(), *self.model.buffers()]
        if self.initial or not tensors or not all(tensor.is_meta for tensor in tensors):
            return None  # an initialisation may go on to other modules: with values there it would overwrite them
        from netledger.sources.pytorch.initial_values import initial_values

        self.surroundings.may_have_run = True
        found = initial_values(self.model)
        self.initial = {key: value for key, (_, value) in found.items()}
        outcome = self.whichever_way(given) if found else None
        if outcome is None or not outcome.complete or outcome.ambiguous is not None:
            self.initial = {}
            return None
        read = [name for key, (name, _) in found.items() if key in outcome.used]
        outcome.notes.append(
            f"counted with {_listed(read)} as the model initialises {'it' if len(read) == 1 else 'them'}"
        )
        return outcome

    def settle_sizes(self, given: Given, outcome: PassOutcome) -> None:
        """Where sizes depend on the data: count what another size would leave as it is."""
        tracer = outcome.tracer
        if not tracer.assumed:
            return
        again = self.run(
            given, Decisions(tracer.decisions.plan), real=False, autograd=tracer.autograd, assumed_size=SECOND_TRY
        )
        if not again.complete:
            return
        events = list(events_below(tracer.root))
        if not settle(events, list(events_below(again.tracer.root))):
            what = ", ".join(tracer.assumed)
            outcome.ambiguous = outcome.ambiguous or Unknown(f"what runs depends on the size of what is read: {what}")
        elif not any(event.tainted for event in events):
            tracer.assumed.clear()

    def affordable(self) -> bool:
        """Whether the model is small and has its values on the CPU, so that it may simply be run."""
        tensors = [*self.model.parameters(), *self.model.buffers()]
        return (
            all(tensor.device.type == "cpu" for tensor in tensors)
            and sum([tensor.numel() * tensor.element_size() for tensor in tensors]) <= REAL_RUN_BYTES
        )

    def one(self, given: Given, decisions: Decisions, *, real: bool) -> PassOutcome:
        """One pass; a model that differentiates inside its forward pass is run with autograd.

        What it imports in there, such as ``flex_attention``, is seen when it is run once more.
        """
        before = imported()
        outcome = self.run(given, decisions, real=real, autograd=False)
        if imported() != before:
            decisions = Decisions(decisions.plan)
            outcome = self.run(given, decisions, real=real, autograd=False)
        cause = str(outcome.error.__cause__ or "") if outcome.error is not None else ""
        if OwnTensors.MET in cause:
            with OwnTensors(current):
                return self.run(given, Decisions(decisions.plan), real=real, autograd=False)
        if any(text in cause for text in _NEEDS_AUTOGRAD):
            return self.run(given, Decisions(decisions.plan), real=real, autograd=True)
        return outcome

    def run(
        self, given: Given, decisions: Decisions, *, real: bool, autograd: bool, assumed_size: int = FIRST_TRY
    ) -> PassOutcome:
        """One pass, all put back afterwards."""
        gradients = bool(self.settings.get("training"))
        shadows = Shadows(self.inventory.states, real=real, initial=self.initial)
        tracer = Tracer(
            shadows, self.inventory.paths, gradients=gradients, autograd=autograd, decisions=decisions,
            assumed_size=assumed_size,
        )  # fmt: skip
        tracer.zeros_known = real and not given.made_up
        outcome = PassOutcome(given, tracer, real)
        older = Older()
        try:
            older.set_aside()
            self.surroundings.may_have_run = True
            set_mode(self.inventory.modules.values(), self.settings.get("mode") or ("train" if gradients else "eval"))
            self.call(given, outcome, autograd=autograd)
            error = outcome.error
        finally:
            try:
                self.put_back(tracer, older)
            except BaseException:  # an interrupt in it: once more
                self.put_back(tracer, older)
                raise
            finally:
                older.bring_back()
        outcome.error = error  # whatever was taken out of whom
        return outcome

    def call(self, given: Given, outcome: PassOutcome, *, autograd: bool) -> None:
        """Call the model; what it raises is in ``outcome``."""
        tracer, real = outcome.tracer, outcome.real
        args, kwargs = given.arguments(self.model, real)
        if autograd and not real:  # gradients live where their tensors do
            args, kwargs = floats_on_meta(args), floats_on_meta(kwargs)
        theirs = {id(tensor) for tensor in tensors_in((given.args, given.kwargs))}
        given_ones = tensors_in((args, kwargs))
        tracer.made.update({id(tensor): ref(tensor) for tensor in given_ones if id(tensor) not in theirs})
        others = self.surroundings.random.threads
        if others.before and not real:
            tracer.strangers = Strangers(tracer.made, [*self.inventory.states, *given_ones])
        if not real:
            experts_in_batches(self.inventory.modules.values())
        watch = Watch(tracer, self.devices(), gradients=tracer.gradients, autograd=autograd)
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                result = Pass(watch).run(self.model, args, kwargs)
            tracer.begin_at(result)
            if tracer.strangers is not None:
                tracer.strangers.look((result,), tracer.root.events[0])  # type: ignore[arg-type]
        except DataDependent as error:
            outcome.needs_data = True
            outcome.stopped = Unknown(f"the forward pass stops here: {error.why}; --real runs it with real values")
            _forget(error)
        except (KeyboardInterrupt, SystemExit, MemoryError):
            raise
        except BaseException as error:
            self.raised(error, outcome)
        else:
            if result is None and not tracer.root.events[0].events:  # type: ignore[union-attr]
                outcome.error = ModelError(f"{type(self.model).__name__}.forward returned nothing and did nothing")
            elif tracer.refused:
                why = f"the model goes another way because it gets no values ({tracer.refused[0]})"
                outcome.stopped = Unknown(f"{why}; --real runs it with real values")
        if tracer.strangers is not None and tracer.strangers.found and others.may_have_run():
            tracer.strangers.book()

    def raised(self, error: BaseException, outcome: PassOutcome) -> None:
        """The model raised: because it was run on shapes, or on its own account."""
        if not outcome.real and asks_for_values(error):
            why = f"the forward pass stops here: it needs values, not shapes ({line_of(error)}); --real runs it"
            outcome.stopped = Unknown(why)
        else:
            outcome.error = explained(error, outcome.tracer, outcome.given)
            outcome.error.__cause__ = error
            outcome.needs_data = isinstance(error, NotImplementedError)
        _forget(error)

    def devices(self) -> tuple[torch.device, torch.device]:
        """Where the model is taken to be, and where it is; a model made without memory is taken to be on the CPU."""
        modules = self.inventory.modules.values()
        learned = (one for module in modules for one in module._parameters.values() if one is not None)
        own = next((tensor.device for tensor in learned), torch.device("cpu"))
        wanted = self.settings.get("device")
        home = own if wanted is None or self.real else torch.device(wanted)
        return (torch.device("cpu") if home.type == "meta" else home), own

    def put_back(self, tracer: Tracer, older: Older) -> None:
        """The model as it was, no tensor of the pass in anybody's hands."""
        tracer.shadows.release()
        self.surroundings.put_back()
        self.notes.update(self.surroundings.said)
        self.notes.update(dict.fromkeys(take_away(list(tracer.made.values()), self.surroundings, older)))
        tracer.made.clear()


def set_mode(modules: Iterable[Any], mode: str) -> None:
    """Every module in training or in evaluation mode; as it is for ``"same"``."""
    if mode == "same":
        return
    for module in modules:
        if getattr(module, "training", mode == "train") != (mode == "train"):  # a frozen TorchScript has none
            module.training = mode == "train"


def _forget(error: BaseException | None) -> None:
    """Let go of the tensors that an exception and its frames hold; where it was raised stays known.

    Python itself notes the object that lacks an attribute; who still holds a tensor of the pass is taken out of *his*
    holder, which would be the outcome.
    """
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        if isinstance(error, AttributeError):
            error.obj = None
        if tensors_in(error.args):
            error.args = (str(error),)
        for name in [name for name, value in vars(error).items() if tensors_in((value,))]:
            del error.__dict__[name]
        error = error.__cause__ or error.__context__


def _listed(names: list[str]) -> str:
    """A few names, and how many more there are."""
    more = f" and {len(names) - 3:,} more buffers" if len(names) > 3 else ""
    return ", ".join(names[:3]) + more


def _short(outcome: PassOutcome) -> str:
    reason = outcome.reason
    return reason.reason.removeprefix("the forward pass stops here: ").partition("; --")[0] if reason else ""


def explained(error: BaseException, tracer: Tracer, given: Given) -> ModelError:
    """The model's own error as one line: the layer, what it is, the shape it got."""
    from netledger.layers.sizes import shape_text

    if isinstance(error, ModelError) and error.item is not None:
        return error
    frame = tracer.failed_at
    text = error.why if isinstance(error, NetledgerError) else f"{type(error).__name__}: {line_of(error)}"
    if frame is None or frame.module is None:
        return ModelError(text)
    got = ", ".join([shape_text(shape) for shape in frame.inputs]) or "no tensor"
    described = (
        f"{type(frame.module).__name__}({frame.module.extra_repr()})" if frame.path else type(frame.module).__name__
    )
    made = ModelError(f"{described} got {got}: {text}", hint=f"the model was fed {given}")
    made.at(item=frame.path or None)
    return made
