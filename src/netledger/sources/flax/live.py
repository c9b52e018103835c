"""Live Flax nnx modules, on shapes alone: a row for each call of a known layer, a row for the products of any other.

A known layer's row is believed only where the call confirms it: the rule multiplies what JAX multiplies inside, what
comes out has the rule's shape, and the variables are those that the rule wants.
"""

from __future__ import annotations

from netledger.dtypes import commonest_dtype
from netledger.errors import MissingExtraError, ModelError, UsageError
from netledger.network import Layer, Network, Tensor
from netledger.network_builder import Paths
from netledger.sources.flax.modules import ROLES, is_of_flax, kind_of, spread
from netledger.sources.flax.tracing import NnxTrace, macs_in, modules_of
from netledger.sources.live.confirming import effect_of, fits
from netledger.sources.live.given import fed_inputs
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.network import Shape
    from netledger.sources import Options
    from netledger.sources.flax.tracing import NnxCall, NnxProduct
    from netledger.sources.live.given import FedInput

_READ = frozenset("input_data input_size specs batch dtypes more_data device mode batch_dim args kwargs".split())
_NO_INPUT = Unknown("no input was given: give one, as in input_size=(1, 224, 224, 3) or --input 224x224x3")


def read_model(model: Any, options: Options, name: str | None = None) -> Network:
    """The network of a live ``flax.nnx.Module``; inputs as in ``netledger.summary``, other settings to its call.

    Without an input: its parameters by formula, no shapes, no MACs. The module is left as it was.
    """
    flax = _flax()
    given = fed_inputs(options)
    fixed = {key: value for key, value in options.settings.items() if key not in _READ}
    rows = NnxRows(model)
    inputs: list[Layer] = []
    if given:
        fed, trace = _traced(model, given, int(options.settings.get("batch") or 1), fixed)
        inputs = [
            Layer(label, "input", {"shape": one.shape} | ({} if one.dtype == "float32" else {"dtype": one.dtype}))
            for label, one in fed
        ]
        rows.of_trace(trace)
    else:
        rows.of_modules()
    return Network(
        name or type(model).__name__, [*inputs, *rows.layers],
        title=f"{type(model).__module__}.{type(model).__qualname__}",
        batched=True, dtype=commonest_dtype(tensor for layer in rows.layers for tensor in layer.tensors),
        notes=tuple(f"counted for the whole of {label} as it was given" for label, one in given_batches(inputs)),
        meta={"framework": f"flax {flax.__version__}"},
    )  # fmt: skip


def given_batches(inputs: Sequence[Layer]) -> list[tuple[str, Layer]]:
    """The first input whose batch is more than one."""
    return [(one.path, one) for one in inputs if one.attributes["shape"][:1] > (1,)][:1]


def build(name: str, factory: Callable[[], Any]) -> Any:
    """What a factory of somebody's code makes, its variables as shapes alone where that can be."""
    from netledger.sources.live.user_code import made

    _flax()
    from flax import nnx

    try:
        return nnx.eval_shape(factory)
    except Exception:  # it reads values: made in full, or it says why not
        return made(name, factory)


def random_streams(factory: Callable[..., Any]) -> Callable[[], dict[str, Any]]:
    """What makes the ``rngs`` that a factory asks for and nobody can write on a command line."""
    import inspect

    _flax()
    from flax import nnx

    try:
        called = vars(factory).get("__init__", factory) if isinstance(factory, type) else factory  # past the metaclass
        wanted = "rngs" in inspect.signature(called).parameters
    except (TypeError, ValueError):
        wanted = False
    return (lambda: {"rngs": nnx.Rngs(0)}) if wanted else dict


def _flax() -> Any:
    try:
        import flax
    except ImportError as error:
        if error.name not in (None, "flax", "jax", "jaxlib"):
            raise
        raise MissingExtraError("flax", "flax", "a live Flax module") from error
    return flax


def _traced(
    model: Any, given: Sequence[FedInput], batch: int, fixed: dict[str, Any]
) -> tuple[list[tuple[str, FedInput]], NnxTrace]:
    """The trace of a call with these inputs: with a batch of one in front where one may miss, and with whole numbers
    where no type was said and the module looks them up."""
    import jax

    ways = [[one.batched(batch) for one in given]]
    if any(not one.exact for one in given):
        ways.append(list(given))
    ways = [
        [one if one.dtype else one.replace(dtype=dtype) for one in way]
        for way in ways
        for dtype in ("float32", "int32")
    ]
    error: Exception | None = None
    for way in ways:
        labels = [one.name or ("input" if len(way) == 1 else f"input_{i + 1}") for i, one in enumerate(way)]
        values = [jax.ShapeDtypeStruct(one.shape, one.dtype) for one in way]
        pairs = list(zip(way, values, strict=True))
        plain = [value for one, value in pairs if not one.name]
        try:
            trace = NnxTrace(model, plain, {one.name: value for one, value in pairs if one.name}, fixed)
        except Exception as raised:
            error = error or raised
            continue
        return list(zip(labels, way, strict=True)), trace
    why = (str(error).strip().splitlines() or [""])[0][:300]
    raise ModelError(f"calling {type(model).__name__} raised {type(error).__name__}: {why}") from error


class NnxRows:
    """Builds the layers of one module: its variables by the module that holds them, each in one row."""

    def __init__(self, model: Any) -> None:
        from flax import nnx

        if not isinstance(model, nnx.Module):
            raise UsageError(f"a {type(model).__name__} is no flax.nnx.Module")
        self.layers: list[Layer] = []
        self.modules: dict[str, Any] = dict(modules_of(model))
        self.held: dict[str, list[Tensor]] = {}
        for path, one in nnx.iter_graph(model):
            if isinstance(one, nnx.Variable):
                place = ".".join(map(str, path[:-1]))
                while place not in self.modules:  # inside a list or a stream of random numbers
                    place = place.rpartition(".")[0]
                for tensor in _tensors(".".join(map(str, path)), one, is_of_flax(self.modules[place])):
                    self.held.setdefault(place, []).append(tensor)
        self.names = Paths("#")
        self._booked: set[str] = set()

    # -------------------------------------------------------------- with an input

    def of_trace(self, trace: NnxTrace) -> None:
        """A row for each call of a known layer; the products of other calls; what no call read."""
        inside: dict[int, list[NnxProduct]] = {}
        for product in trace.products:
            for number in product.calls:
                inside.setdefault(number, []).append(product)
        told = set[int]()
        for number, call in enumerate(trace.calls):
            if call.above in told or self._known(call, inside.get(number, ())):
                told.add(number)
            else:
                own = [one for one in inside.get(number, ()) if one.calls[-1] == number]
                self._own(call, own, trace)
        lost = [one for one in trace.products if not one.calls]
        if lost:
            self._products("model", lost, (), ())
        unplaced = {type(call.module) for call in trace.calls if call.path is None}
        for path, module in self.modules.items():
            if path not in self._booked:
                used = type(module) in unplaced or not is_of_flax(module) or not callable(module)
                if used:  # in a loop, say, which has the row of its products
                    self._variables(path, used=True)
                else:
                    self._standing(path, module, used=False)

    def _known(self, call: NnxCall, products: Sequence[NnxProduct]) -> bool:
        """Book a call as the row of its layer's kind, where that is what was seen."""
        kind = kind_of(call.module)
        if kind is None or call.path is None or any(one.reason for one in products):
            return False
        tensors = tuple(self.held.get(call.path, ()))
        effect = effect_of(*kind, call.inputs[:1], call.outputs, macs_in(products))
        if effect is None or not fits(effect.slots, tensors):
            return False
        self._row(call.path, *kind, call.inputs[:1], call.outputs, call.module)
        return True

    def _own(self, call: NnxCall, products: Sequence[NnxProduct], trace: NnxTrace) -> None:
        """What a call of no known layer multiplies by itself, and the variables that its module holds."""
        path = call.path
        terms = spread(call.module, call.inputs[0]) if call.inputs and len(products) == 1 else None
        if terms is not None:
            products = [products[0].replace(terms=terms)]
        if path is None:
            path = _path_of(call, trace)
        elif path not in self._booked and not (products and is_of_flax(call.module)):
            self._variables(path, used=True)
        self._products(path or "model", products, call.inputs, call.outputs, call)

    def _products(
        self, path: str, products: Sequence[NnxProduct], inputs: tuple[Shape, ...], outputs: tuple[Shape, ...],
        call: NnxCall | None = None,
    ) -> None:  # fmt: skip
        terms = tuple([one.terms for one in products if not one.reason])
        module = call.module if call is not None else None
        if terms and call is not None and call.path is not None:
            self._row(call.path, "contraction", {"terms": terms}, inputs, outputs, module)
        elif terms:
            kind = type(module).__name__ if module is not None else None
            made = outputs or (Unknown("it is inside other calls"),)
            self.layers.append(
                Layer(
                    self.names.take(path), "contraction", {"terms": terms}, input_shapes=inputs, output_shapes=made,
                    type=kind,
                )
            )  # fmt: skip
        for one in products:
            if one.reason:
                attributes = {"name": one.name, "reason": one.reason}
                unique = self.names.take(f"{path}.{one.name}")
                self.layers.append(Layer(unique, "operation", attributes, input_shapes=(), type=one.name))

    # -------------------------------------------------------------- without one

    def of_modules(self) -> None:
        """A row for each known layer by its formula, one for each other variable; nothing is known of the calls."""
        for path, module in self.modules.items():
            self._standing(path, module, used=True)
        why = {"name": "the forward pass", "reason": _NO_INPUT.reason}
        self.layers.append(Layer(self.names.take("forward"), "operation", why, input_shapes=(), type="not run"))

    def _standing(self, path: str, module: Any, *, used: bool) -> None:
        """A module of which no call is known: a known layer as one row, of any other a row for each variable."""
        kind = kind_of(module)
        effect = effect_of(*kind, (), None, None) if kind is not None else None
        if kind is None or effect is None or not fits(effect.slots, tuple(self.held.get(path, ()))):
            self._variables(path, used=used)
        else:
            self._row(path, *kind, None, None, module, used=used)

    # -------------------------------------------------------------- rows

    def _row(
        self, path: str, kind: str, attributes: Mapping[str, Any], inputs: tuple[Shape, ...] | None,
        outputs: tuple[Shape, ...] | None, module: Any, *, used: bool = True,
    ) -> None:  # fmt: skip
        """One row, with the module's variables where it is the first."""
        first = path not in self._booked
        self._booked.add(path)
        tensors = tuple(self.held.get(path, ())) if first else ()
        unique = self.names.take(path or "model")
        meta = {"neurons": True} if kind == "contraction" and _makes_neurons(module) else {}
        many = len(outputs) if outputs is not None else 1
        names = (unique,) if many < 2 else tuple([f"{unique}:{i}" for i in range(many)])
        self.layers.append(
            Layer(
                unique, kind, attributes, (), names, tensors, input_shapes=inputs, output_shapes=outputs,
                share=None if first or kind == "contraction" else path, type=type(module).__name__,
                meta=meta if used else {"used": False},
                dtype=next((one.dtype for one in tensors if one.learned), None),
            )
        )  # fmt: skip

    def _variables(self, path: str, *, used: bool) -> None:
        """A row for each learned variable of a module, one for what it keeps beside them."""
        self._booked.add(path)
        kept = [one for one in self.held.get(path, ()) if not one.learned]
        meta = {} if used else {"used": False}
        for one in self.held.get(path, ()):
            if one.learned:
                self.layers.append(Layer(self.names.take(one.name), "parameter", {"shape": one.shape}, tensors=(one,),
                                         input_shapes=(), dtype=one.dtype, type="Param", meta=meta))  # fmt: skip
        if kept:
            where = self.names.take(f"{path}.buffers" if path else "buffers")
            self.layers.append(Layer(where, "buffers", outputs=(), tensors=tuple(kept), type="buffers"))


def _path_of(call: NnxCall, trace: NnxTrace) -> str:
    """A name for a call of a module that was made during the call: its class, behind those around it."""
    parts = [type(call.module).__name__]
    while call.path is None and call.above is not None:
        call = trace.calls[call.above]
        parts.append(type(call.module).__name__ if call.path is None else call.path)
    return ".".join([part for part in reversed(parts) if part])


def _makes_neurons(module: Any) -> bool:
    """Whether what it makes are neurons: a dense layer or a convolution, which no rule has the form of."""
    return is_of_flax(module) and type(module).__name__ in (
        "Linear",
        "LinearGeneral",
        "Einsum",
        "Conv",
        "ConvTranspose",
    )


def _tensors(name: str, variable: Any, of_flax: bool) -> list[Tensor]:
    """A variable as tensors: a ``Param`` is learned, statistics, caches and random keys are kept."""
    import jax
    from flax import nnx

    leaves = [one for one in jax.tree.leaves(variable.get_value()) if hasattr(one, "shape")]
    last = name.rpartition(".")[2]
    if isinstance(variable, nnx.Param):
        role = ROLES.get(last, "parameter") if of_flax else "parameter"
    else:
        role = (
            "running_statistic"
            if isinstance(variable, nnx.BatchStat)
            else "state"
            if isinstance(variable, nnx.RngState)
            else "buffer"
        )
    return [
        Tensor(
            name if len(leaves) == 1 else f"{name}.{i}", role, tuple(one.shape), _dtype(one),
            trainable=role in ("weight", "bias", "parameter"), storage=f"{name}.{i}",
            nbytes=None if not str(one.dtype).startswith("key") else 8,
        )
        for i, one in enumerate(leaves)
    ]  # fmt: skip


def _dtype(array: Any) -> str:
    """The element type; a random key's is that of the numbers it is made of."""
    name = str(array.dtype)
    return "uint32" if name.startswith("key") else name
