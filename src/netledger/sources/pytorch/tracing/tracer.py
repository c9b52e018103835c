"""One forward pass on shapes alone, every operation seen: what ran in which module, on which shapes.

The pass runs in inference mode, where PyTorch hands over whole operations (``linear``, ``einsum``,
``scaled_dot_product_attention``) instead of the kernels that a device, a grad mode or a backend would choose.
"""

from __future__ import annotations

from weakref import ref

import torch
from torch.utils import _python_dispatch as dispatching

from netledger.sources.pytorch.assumed_sizes import FIRST_TRY, sized_by_data
from netledger.sources.pytorch.lazy_results import finished
from netledger.sources.pytorch.rules.backward import BackwardSteps, losses_in, without_gradient
from netledger.sources.pytorch.rules.quantised import unpacked_forward
from netledger.sources.pytorch.tracing.arguments import (
    Arguments,
    as_meta,
    on_cpu,
    shapes_in,
    tensors_in,
)
from netledger.sources.pytorch.tracing.call_tree import Frame, carries_gradient, count, events_below
from netledger.sources.pytorch.tracing.meta_tensors import Ordinary, Shadows
from netledger.sources.pytorch.tracing.paths import Decisions
from netledger.sources.pytorch.tracing.shapes.fast_shapes import SHORTCUTS, ordered_like
from netledger.sources.pytorch.tracing.treatment import handler_of, remembering

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.pytorch.other_threads import Strangers
    from netledger.sources.pytorch.tracing.treatment import Handler

_META = torch.device("meta")
_Tensor = torch.Tensor
_Unasked = torch._C.DisableTorchFunction
"""What is asked of a tensor in here is no question of the model's, which the facade would answer."""


class Tracer(dispatching.TorchDispatchMode):
    """The dispatch mode that watches one forward pass; ``root`` is the tree of calls it saw."""

    def __init__(
        self,
        shadows: Shadows,
        names: dict[int, str],
        *,
        gradients: bool = False,
        autograd: bool = False,
        decisions: Decisions | None = None,
        assumed_size: int = FIRST_TRY,
    ) -> None:
        super().__init__()
        self.assumed_size = assumed_size
        self.shadows, self.names, self.gradients, self.autograd = shadows, names, gradients, autograd
        self.decisions = decisions or Decisions()
        self.root = Frame("", None)
        self.stack = [self.root]
        self.failed_at: Frame | None = None
        self.recomputing = self.decomposing = 0
        self.steps = BackwardSteps()
        self.assumed: dict[str, None] = {}
        self.others: dict[str, int] = {}
        """Operations of other sorts by name; ``"complex"`` how many MACs are of complex numbers."""
        self.handlers: dict[int, tuple[Handler, Any]] = {}
        """By the ``id`` of an operation that has run: how it is treated from then on, and the operation."""
        self.sharded: dict[type, bool] = {}
        """Of each class that was called: whether calling its modules would shard and gather them."""
        self.made: dict[int, Any] = {}
        """``id`` → weak reference, of every tensor that this pass has made."""
        self.strangers: Strangers | None = None
        """Who looks for tensors that another thread has made, where others run."""
        self.zeros_known = False
        """Whether what is computed is what the user's own data give, zeros too."""
        self.refused: list[str] = []
        """Why the model was not given a value that it asked for: it may catch that, and go on another way."""
        self.generator: Any = None

    def __enter__(self) -> Tracer:
        dispatching._push_mode(self)
        return self

    def __exit__(self, *error: object) -> None:
        dispatching._pop_mode()

    def place(self) -> Frame:
        """A frame for what another thread does for the present call."""
        frame = Frame(self.stack[-1].path, None)
        self.stack[-1].events.append(frame)
        return frame

    def beside(self, place: Frame | None) -> Tracer:
        """The tracer of another thread in the same pass: what it sees is entered at ``place``."""
        other = Tracer(
            self.shadows, self.names, gradients=self.gradients, autograd=self.autograd, decisions=self.decisions,
            assumed_size=self.assumed_size,
        )  # fmt: skip
        other.assumed, other.made, other.others = self.assumed, self.made, self.others
        other.refused, other.strangers, other.steps = self.refused, self.strangers, self.steps
        other.zeros_known, other.stack = self.zeros_known, [place or self.place()]
        return other

    def decide(self, sort: str, tensor: Any) -> Any:
        """How the pass goes on where a value without one is asked for."""
        return self.decisions.decide(sort, tensor)

    @classmethod
    def _should_skip_dynamo(cls) -> bool:
        """PyTorch asks whether to hide this class from its compiler; doing so would import the compiler (2 s)."""
        return False

    # ------------------------------------------------------------------ modules

    def call(self, module: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """A module called within the pass."""
        frame = Frame(self.path_of(module), module)
        with _Unasked():
            frame.inputs = shapes_in((*args, *kwargs.values()))
        self.stack[-1].events.append(frame)
        self.stack.append(frame)
        try:
            out = self.forward_of(module)(*args, **kwargs)
            if self.stack[-2] is self.root:
                out = finished(out)
        except BaseException:
            self.failed_at = self.failed_at or frame
            raise
        finally:
            self.stack.pop()
        with _Unasked():
            frame.outputs = shapes_in((out,))
        return out

    def forward_of(self, module: Any) -> Any:
        """What calling a module runs: what it is a packed form of, where its own kernels need values and a device."""
        if "_hf_hook" in module.__dict__:  # accelerate puts others in their places for the call
            self.shadows.used.update(map(id, (*module._parameters.values(), *module._buffers.values())))
        plain = None if self.shadows.real else unpacked_forward(module, self.shadows)
        if plain is not None:
            return plain
        kind = type(module)
        sharded = self.sharded.get(kind)
        if sharded is None:
            sharded = self.sharded[kind] = any(base.__name__ == "FSDPModule" for base in kind.__mro__)
        return module.forward if sharded else module._call_impl

    def path_of(self, module: Any) -> str:
        """Its path in the tree; one that is not registered is named after its class, below its caller."""
        known = self.names.get(id(module))
        if known is None:
            above = self.stack[-1].path
            known = f"{above}.{type(module).__name__}" if above else type(module).__name__
        return known

    # ------------------------------------------------------------------ operations

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        known = self.handlers.get(id(func))
        if known is None:
            handler = handler_of(func)
            self.handlers[id(func)] = (remembering(self, func, handler), func)
        else:
            handler = known[0]
        if self.strangers is not None and not self.decomposing:
            self.strangers.look((args, kwargs or {}), self.stack[-1])
        out = handler(self, func, args, kwargs or {})
        if isinstance(out, _Tensor):
            if not (args and out is args[0]) and not (kwargs and out is kwargs.get("out")):
                self.made[id(out)] = ref(out)
        elif isinstance(out, list | tuple):
            theirs = [id(tensor) for tensor in tensors_in((args, kwargs or {}))]  # broadcast_tensors hands some back
            self.made.update({id(tensor): ref(tensor) for tensor in tensors_in(out) if id(tensor) not in theirs})
        return out

    def run(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """Run an operation on stand-ins; the result, and the arguments it really ran on."""
        if self.shadows.real:
            return self.run_real(func, args, kwargs)
        arguments = Arguments(self.shadows, args, kwargs)
        if arguments.metas == 0 and (arguments.known or self.has_values(func, kwargs)):
            out = self.run_known(func, arguments)
            if out is not NotImplemented:
                return out, arguments.args, arguments.kwargs
        arguments.to_meta()
        shortcut = SHORTCUTS.get(func.name())
        out = shortcut(arguments.args, arguments.kwargs) if shortcut is not None else NotImplemented
        if out is NotImplemented:
            out = func(*arguments.args, **arguments.kwargs)
        self.mark(func, arguments, out)
        if not func._schema.is_mutable:
            return out, arguments.args, arguments.kwargs
        if isinstance(out, torch.Tensor) and out.dtype is torch.bool:
            self.shadows.wrote_answers(out)
        if arguments.mixed:
            marks = {"depends_on_data": True} if sized_by_data(func, arguments) else {}
            marks |= vars(out) if self.gradients and arguments.gradient and isinstance(out, torch.Tensor) else {}
            out = self.written(func, args, kwargs, out, marks)
        return out, arguments.args, arguments.kwargs

    def run_known(self, func: Any, arguments: Arguments) -> Any:
        """Run an operation on values, where the result is small; ``NotImplemented`` where it is not, or cannot be."""
        if (arguments.elements > 2048 or not arguments.known) and not self.fits(func, arguments):
            return NotImplemented
        kwargs = on_cpu(arguments.kwargs)
        if _is_random(func):  # nobody's generator is drawn from
            if "generator" not in [argument.name for argument in func._schema.arguments]:
                return NotImplemented
            kwargs["generator"] = self.own_generator()
        try:
            if self.autograd:
                out = func(*on_cpu(arguments.args), **kwargs)
            else:
                with Ordinary():
                    out = func(*on_cpu(arguments.args), **kwargs)
        except (NotImplementedError, RuntimeError) as error:
            if "nference tensor" in str(error):
                out = func(*on_cpu(arguments.args), **kwargs)
            elif "not implemented" in str(error):
                return NotImplemented
            else:
                raise
        for tensor in tensors_in((out,)):
            self.shadows.keep(tensor)
        if arguments.gradient or arguments.device is not None:
            self.mark(func, arguments, out)
        return out

    def has_values(self, func: Any, kwargs: dict[str, Any]) -> bool:
        """Whether an operation creates a tensor with values; a composite's own are where its inputs are."""
        if not _creates(func):
            return False
        if not self.decomposing:
            return True
        dtype = kwargs.get("dtype") or torch.get_default_dtype()
        where = kwargs.get("device")
        if where is not None and where.type != "meta":
            return True
        beside = where is not None and (dtype.is_floating_point or dtype.is_complex)
        return not beside and not func.name().startswith("aten::empty")

    def own_generator(self) -> Any:
        """A generator of this pass."""
        if self.generator is None:
            self.generator = torch.Generator().manual_seed(0)
        return self.generator

    def fits(self, func: Any, arguments: Arguments) -> bool:
        """Whether the result is small enough for its values to be kept."""
        if func._schema.is_mutable:
            return True
        try:
            shape = func(*as_meta(arguments.args), **as_meta(arguments.kwargs))
        except NotImplementedError:  # its size depends on the values: no larger than they are
            return True
        return all(self.shadows.affords(tensor) for tensor in tensors_in((shape,)))

    def run_real(
        self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> tuple[Any, tuple[Any, ...], dict[str, Any]]:
        """Run an operation with the values as they are (``--real``); what is the model's own is never written."""
        arguments = Arguments(self.shadows, args, kwargs)
        ran = arguments.args
        if func._schema.is_mutable:
            written = [
                argument.alias_info is not None and argument.alias_info.is_write for argument in func._schema.arguments
            ]
            ran = tuple(
                [
                    self.shadows.unwritten(value) if writes and isinstance(value, torch.Tensor) else value
                    for value, writes in zip(ran, written, strict=False)
                ]
            )
        if self.autograd:
            out = func(*ran, **arguments.kwargs)
        else:
            with Ordinary():
                out = func(*ran, **arguments.kwargs)
        if arguments.gradient:
            self.mark(func, arguments, out)
        return out, ran, arguments.kwargs

    def mark(self, func: Any, arguments: Arguments, out: Any) -> None:
        """Hand on what is known of the arguments: that they carry a gradient, that their sizes depend on data."""
        if arguments.lengths is not None:
            for tensor in tensors_in((out,)):
                tensor.lengths = arguments.lengths
        if arguments.device is not None:
            for tensor in tensors_in((out,)):
                tensor.stands_on = arguments.device
        gradient = (
            self.gradients and arguments.gradient and torch.is_grad_enabled() and "detach" not in func._schema.name
        )
        tainted = arguments.tainted and sized_by_data(func, arguments)
        if not gradient and not tainted:
            return
        step = self.steps.add(arguments.steps) if gradient else None
        for tensor in tensors_in((out,)):
            if gradient and (tensor.is_floating_point() or tensor.is_complex()):
                tensor.carries_gradient, tensor.gradient_step = True, step
                if func._schema.is_mutable and step is not None:
                    self.shadows.wrote(tensor, step)
            if tainted:
                tensor.depends_on_data = True

    def written(self, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any], out: Any, marks: dict[str, Any]) -> Any:
        """Something without a value was written into a tensor with values: they are forgotten."""
        first = None
        for index, argument in enumerate(func._schema.arguments):
            if argument.alias_info is None or not argument.alias_info.is_write:
                continue
            value = args[index] if index < len(args) else kwargs.get(argument.name)
            for tensor in tensors_in((value,)):
                if not tensor.is_meta:
                    shadow = self.shadows.of(tensor)
                    self.shadows.forget(tensor if shadow.is_meta else shadow, marks)
                first = tensor if first is None else first
        returns = func._schema.returns
        itself = bool(returns) and returns[0].alias_info is not None and returns[0].alias_info.is_write
        return first if itself and isinstance(out, torch.Tensor) and first is not None else out

    def flex_attention(self, query: Any, key: Any, value: Any, return_lse: bool, return_aux: Any) -> Any:
        """``flex_attention`` as one operation: attention whose scores a function of the user's changes."""
        from netledger.sources.pytorch.rules.attention import flex

        given = [as_meta(self.shadows.of(tensor)) for tensor in (query, key, value)]
        out = ordered_like((*given[0].shape[:-1], given[2].shape[-1]), given[0])
        if self.gradients and torch.is_grad_enabled() and any(map(carries_gradient, given)):
            out.carries_gradient = True
        count(self, "higher_order::flex_attention", flex, out, tuple(given), {})
        lse = torch.empty(given[0].shape[:-1], dtype=torch.float32, device=_META)
        if return_aux is not None:
            from torch.nn.attention.flex_attention import AuxOutput

            return out, AuxOutput(
                lse=lse if return_aux.lse else None, max_scores=lse if return_aux.max_scores else None
            )
        return (out, lse) if return_lse else out

    def begin_at(self, result: Any) -> None:
        """Where the model gives a loss, only what its gradient flows back to is run backward."""
        losses = losses_in(result)
        if not self.gradients or not losses:
            return
        behind = self.steps.behind(losses)
        for event in events_below(self.root):
            if event.step is not None and event.step not in behind:
                without_gradient(event)


def _is_random(func: Any) -> bool:
    return torch.Tag.nondeterministic_seeded in func.tags


def _creates(func: Any) -> bool:
    return not any("Tensor" in str(argument.type) for argument in func._schema.arguments)
