"""What one pass saw, as layers: a row for each module that is a known layer, a row for each other operation.

A module's row is believed only where the pass confirms it: the rule's MACs are those of the operations that ran inside,
its output has the shape that came out. Where they differ - a subclass that does something else - the operations
themselves are the rows.
"""

from __future__ import annotations

from netledger.layers import apply
from netledger.network import Layer
from netledger.network_builder import Paths
from netledger.sources.live.confirming import effect_of, fits
from netledger.sources.pytorch.modules import attributes_of, kind_of
from netledger.sources.pytorch.rules.contraction import Contraction
from netledger.sources.pytorch.rules.linear_algebra import SOLVERS
from netledger.sources.pytorch.tracing.call_tree import Event, Frame, events_below
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Tensor
    from netledger.sources.pytorch.inventory import Inventory


class Rows:
    """Builds the layers of one model from its inventory and the tree of calls."""

    def __init__(
        self, inventory: Inventory, used: set[int], *, gradients: bool = False, stopped: Unknown | None = None
    ) -> None:
        self.inventory, self.used, self.gradients = inventory, used, gradients
        self.stopped = stopped
        """Why the pass did not reach its end: nothing else is known of what it did not reach."""
        self.layers: list[Layer] = []
        self.names = Paths("#")
        self.listed: set[str] = set()
        self.below: dict[str, list[str]] = {}
        for name in inventory.tensors:
            above = name
            while True:
                self.below.setdefault(above, []).append(name)
                if not above:
                    break
                above = above.rpartition(".")[0]
        self.order = {path: i for i, path in enumerate(inventory.modules)}
        self.recomputed = 0
        self.backward = self.forward = 0
        self.at_least = stopped is not None
        """Whether the backward pass may multiply more than is known."""

    # ------------------------------------------------------------------ a call of a module

    def of_frame(self, frame: Frame) -> None:
        """The rows of one call and of what it called."""
        if frame.module is not None and self.as_layer(frame):
            return
        own = {name: tensor for tensor in self.inventory.tensors.get(frame.path, ()) for name in (tensor.name,)}
        if frame.path not in self.listed and frame.module is not None:
            claimed = self.claimed_by_operation(frame, own)
            if claimed is None:
                self.listed.add(frame.path)
                self.bare(frame.path)
        for event in frame.events:
            if isinstance(event, Frame):
                self.of_frame(event)
            else:
                self.of_event(event, frame, own)

    def as_layer(self, frame: Frame) -> bool:
        """One row for a module that is a known layer and did what its rule says."""
        module, path = frame.module, frame.path
        kind = kind_of(module)
        if kind is None or not frame.inputs or self.inventory.modules.get(path) is not module:
            return False
        events = list(events_below(frame))
        if any(event.unknown is not None for event in events):
            return False
        try:
            attributes = attributes_of(module, kind)
        except (AttributeError, TypeError):
            return False
        macs = sum([event.contraction.macs for event in events if event.contraction is not None])
        tensors = self.tensors_below(path)
        effect = effect_of(kind, attributes, layer_inputs(kind, frame), frame.outputs, macs)
        if effect is None or not fits(effect.slots, tensors):
            return False
        self.listed.update(self.below.get(path, ()))
        self.add(path, kind, attributes, layer_inputs(kind, frame), frame.outputs, tensors, events, module)
        return True

    def tensors_below(self, path: str) -> tuple[Tensor, ...]:
        """The tensors of a module and of the modules in it."""
        return tuple([t for name in self.below.get(path, ()) for t in self.inventory.tensors[name]])

    def claimed_by_operation(self, frame: Frame, own: dict[str, Tensor]) -> Event | None:
        """The operation of a call that uses all of the module's own tensors as a linear layer or a convolution does."""
        learned = tuple([tensor for tensor in own.values() if tensor.learned])
        for event in frame.events:
            if isinstance(event, Event) and event.contraction is not None and learned:
                if self.uses(event.contraction, learned):
                    return event
        return None

    def uses(self, contraction: Contraction, learned: tuple[Tensor, ...]) -> bool:
        """Whether an operation of a kind that owns tensors has exactly the slots that the module's tensors fill."""
        if "out_features" not in contraction.attributes and "out_channels" not in contraction.attributes:
            return False
        effect = effect_of(contraction.kind, contraction.attributes, contraction.inputs, None, contraction.macs)
        return effect is not None and fits(effect.slots, learned)

    # ------------------------------------------------------------------ an operation

    def of_event(self, event: Event, frame: Frame, own: dict[str, Tensor]) -> None:
        """The row of one operation outside any known layer."""
        path, contraction = frame.path, event.contraction
        short = event.name.rpartition("::")[2].strip("_")
        if event.unknown is not None or contraction is None:
            reason = (
                f"{event.unknown}: {', '.join(['x'.join(map(str, shape)) or 'scalar' for shape in event.shapes[:4]])}"
            )
            self.layers.append(
                Layer(
                    self.unique(join(path, short)),
                    "operation",
                    {"name": event.name, "reason": reason},
                    input_shapes=event.shapes,
                    output_shapes=event.outputs or None,
                    type=event.name,
                )
            )
            return
        learned = tuple([tensor for tensor in own.values() if tensor.learned])
        if path not in self.listed and self.uses(contraction, learned):
            self.listed.add(path)
            self.add(
                path,
                contraction.kind,
                contraction.attributes,
                contraction.inputs,
                event.outputs,
                tuple(own.values()),
                [event],
                frame.module,
            )
            return
        kind, attributes = operation_kind(contraction)
        self.add(join(path, contraction.kind), kind, attributes, contraction.inputs, event.outputs, (), [event], None)

    # ------------------------------------------------------------------ tensors without an operation of their own

    def bare(self, path: str) -> None:
        """A row for each parameter of a module that is no known layer, and one for its buffers."""
        buffers = []
        for tensor in self.inventory.tensors.get(path, ()):
            if not tensor.learned:
                buffers.append(tensor)
                continue
            meta = {"used": False} if self.stopped is None and not self.is_used(tensor) else {}
            unknown = tensor.count if isinstance(tensor.count, Unknown) else None
            attributes: dict[str, Any] = {"shape": tensor.shape}
            self.layers.append(
                Layer(
                    self.unique(tensor.name),
                    "parameter" if unknown is None else "tensors",
                    attributes if unknown is None else {},
                    tensors=(tensor,),
                    trainable=tensor.trainable,
                    dtype=tensor.dtype,
                    input_shapes=(),
                    output_shapes=None if unknown is None else (),
                    outputs=None if unknown is None else (),
                    type="torch.nn.Parameter",
                    meta=meta,
                )
            )
        if buffers:
            self.layers.append(
                Layer(
                    self.unique(join(path, "buffers")),
                    "buffers",
                    {},
                    outputs=(),
                    tensors=tuple(buffers),
                    type="buffers",
                )
            )

    def is_used(self, tensor: Tensor) -> bool:
        """Whether an operation of the pass read it."""
        live = self.inventory.live.get(tensor.name)
        return live is None or id(live) in self.used

    def unused(self) -> None:
        """Rows for what the pass did not reach (auxiliary heads): known layers by their formulas, marked."""
        missing = [path for path in self.inventory.tensors if path not in self.listed]
        for path in missing:
            if path in self.listed:
                continue
            before = len(self.layers)
            self.unused_module(path)
            rows, self.layers[before:] = self.layers[before:], []
            at = next(
                (i for i, layer in enumerate(self.layers) if self.rank(layer) > self.order[path]), len(self.layers)
            )
            self.layers[at:at] = rows

    def rank(self, layer: Layer) -> int:
        """Where a row's module stands in the tree."""
        path: str = layer.meta.get("module", layer.path)
        while path not in self.order and "." in path:
            path = path.rpartition(".")[0]
        return self.order.get(path, 0)

    def unused_module(self, path: str) -> None:
        """A module that was not called: by its kind where its tensors are those of that kind."""
        module = self.inventory.modules[path]
        kind = kind_of(module)
        self.listed.add(path)
        tensors = self.inventory.tensors[path]
        used = any(self.is_used(tensor) for tensor in tensors)
        if kind is not None and not used and not any(isinstance(tensor.count, Unknown) for tensor in tensors):
            inputs = (self.stopped,) if self.stopped is not None else None
            try:
                attributes = attributes_of(module, kind)
                effect = apply(kind, attributes, inputs or (), True)
            except Exception:
                effect = None
            if effect is not None and fits(effect.slots, tensors):
                self.layers.append(
                    Layer(
                        self.unique(path),
                        kind,
                        attributes,
                        outputs=(),
                        tensors=tensors,
                        trainable=trainable(tensors),
                        unknown=None,
                        type=type_of(module),
                        input_shapes=inputs,
                        meta={"used": False, "module": path} if self.stopped is None else {"module": path},
                    )
                )
                return
        self.bare(path)

    # ------------------------------------------------------------------ making rows

    def add(
        self,
        path: str,
        kind: str,
        attributes: dict[str, Any],
        inputs: Any,
        outputs: Any,
        tensors: tuple[Tensor, ...],
        events: list[Event],
        module: Any,
    ) -> None:
        """Append one row."""
        meta = self.meta(path, module)
        if self.gradients:
            backward = sum([event.contraction.backward for event in events if event.contraction is not None])
            again = sum([event.contraction.macs for event in events if event.contraction and event.recomputed])
            self.backward, self.recomputed = self.backward + backward, self.recomputed + again
            self.forward += sum([event.contraction.macs for event in events if event.contraction is not None])
            self.at_least = self.at_least or any(map(_more_backward, events))
            meta |= {"backward_macs": backward} | ({"recomputed_macs": again} if again else {})
        unique = self.unique(path)
        names = (unique,) if len(outputs) == 1 else tuple([f"{unique}:{i}" for i in range(len(outputs))])
        dtype = next((tensor.dtype for tensor in tensors if tensor.learned), None)
        self.layers.append(
            Layer(
                unique,
                kind,
                attributes,
                outputs=names,
                tensors=tensors,
                trainable=trainable(tensors),
                dtype=dtype,
                input_shapes=tuple(inputs),
                output_shapes=tuple(outputs),
                type=type_of(module) if module is not None else None,
                meta=meta,
            )
        )

    def meta(self, path: str, module: Any) -> dict[str, Any]:
        """What a row says of where it comes from."""
        known = module is not None and path in self.inventory.modules
        return {"module": path} if known and path in self.names.taken else {}

    def unique(self, path: str) -> str:
        """``path``, or ``path#2`` where there is a row of that name already."""
        return self.names.take(path or "model")


def layer_inputs(kind: str, frame: Frame) -> tuple[Any, ...]:
    """The inputs that the kind's rule reads: states and masks are not among them."""
    most = {"multihead_attention": 3, "bilinear": 2, "cosine_similarity": 2}.get(kind, 1)
    return frame.inputs[:most]


def trainable(tensors: tuple[Tensor, ...]) -> bool:
    """Whether any learned tensor is trained (true for none)."""
    learned = [tensor for tensor in tensors if tensor.learned]
    return not learned or any(tensor.trainable for tensor in learned)


def operation_kind(contraction: Contraction) -> tuple[str, dict[str, Any]]:
    """The kind of a row without tensors: one that learns nothing, confirmed by its rule, else the products as seen."""
    if contraction.kind == "fft" and "dims" in contraction.attributes:
        return "fft", dict(contraction.attributes)
    for kind, attributes in ((contraction.kind, {}), (contraction.kind, contraction.attributes)):
        if (
            kind in _LEARNS_NOTHING
            and effect_of(kind, attributes, contraction.inputs, None, contraction.macs) is not None
        ):
            return kind, dict(attributes)
    terms = tuple([term.factors for term in contraction.terms])
    operations = contraction.attributes.get("operations")
    return "contraction", {"terms": terms} if operations is None else {"terms": terms, "operations": operations}


_LEARNS_NOTHING = frozenset(("matmul", "bmm", "einsum", "scaled_dot_product_attention"))


def join(path: str, name: str) -> str:
    """A name below a path."""
    return f"{path}.{name}" if path else name


def type_of(module: Any) -> str:
    """The full name of a module's class."""
    return f"{type(module).__module__}.{type(module).__qualname__}"


def _more_backward(event: Event) -> bool:
    """Whether an operation may multiply backward what nobody has counted."""
    found = event.contraction
    if found is None or event.unknown is not None or event.tainted:
        return True
    return event.step is not None and found.kind in SOLVERS
