"""One abstract call of a Flax nnx module: which modules were called with which shapes, and every product inside.

The call is traced by ``jax.make_jaxpr`` on shapes alone, of a module that ``nnx.merge`` makes; the given one is not
touched. For as long as it lasts the classes of the modules enter a named scope when they are called.
"""

from __future__ import annotations

import functools
import re
import threading
from contextlib import contextmanager

from netledger.records import Record
from netledger.sources.flax.products import HARMLESS, INSIDE, PRODUCTS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Shape

_SCOPE = "netledger_call_"
_SCOPES = re.compile(rf"{_SCOPE}(\d+)")
_PATCHING = threading.RLock()


class NnxCall:
    """One call of a module: its path (``None``: made during the call), its class, the shapes that went in and out."""

    __slots__ = ("above", "inputs", "module", "outputs", "path")

    def __init__(self, path: str | None, module: Any, inputs: tuple[Shape, ...], above: int | None) -> None:
        self.path, self.module, self.inputs, self.above = path, module, inputs, above
        self.outputs: tuple[Shape, ...] = ()


class NnxProduct(Record):
    """What one primitive multiplies, in which calls (outermost first), or why nobody knows; ``repeated``: in a loop."""

    __slots__ = ("calls", "terms", "name", "reason", "repeated")
    calls: tuple[int, ...]
    terms: Flat
    name: str
    reason: str
    repeated: bool

    def __init__(
        self, calls: tuple[int, ...], terms: Flat, name: str, reason: str = "", repeated: bool = False
    ) -> None:
        self._fill(calls, terms, name, reason, repeated)


class NnxTrace:
    """What an abstract call of ``model`` showed: ``calls`` in order, ``products``, the shapes of the ``results``."""

    def __init__(self, model: Any, args: Sequence[Any], named: dict[str, Any], fixed: dict[str, Any]) -> None:
        import jax
        from flax import nnx

        self.calls: list[NnxCall] = []
        self.products: list[NnxProduct] = []
        self._open: list[int] = []
        self._paths: dict[int, str] = {}
        graph, state = nnx.split(model)
        abstract = jax.tree.map(lambda one: jax.ShapeDtypeStruct(one.shape, one.dtype), state)

        def run(state: Any, args: Any, named: Any) -> Any:
            merged = nnx.merge(graph, state)
            self._paths = {id(one): path for path, one in modules_of(merged)}
            made = merged(*args, **named, **fixed)
            return [one for one in jax.tree.leaves(made) if hasattr(one, "shape")]

        with self._watching({type(one) for _, one in modules_of(model)}):
            closed = jax.make_jaxpr(run)(abstract, tuple(args), named)
        self.results: list[Shape] = [tuple(one.shape) for one in closed.out_avals]
        self._walk(closed.jaxpr, (), ())

    @contextmanager
    def _watching(self, classes: set[type]) -> Iterator[None]:
        with _PATCHING:
            called: list[Any] = [one for one in classes if callable(getattr(one, "__call__", None))]  # noqa: B004
            own = [(one, vars(one).get("__call__")) for one in called]
            try:
                for one, _ in own:
                    one.__call__ = self._watched(one.__call__)
                yield
            finally:
                for one, before in own:
                    if before is None:
                        del one.__call__
                    else:
                        one.__call__ = before

    def _watched(self, call: Any) -> Any:
        import jax

        @functools.wraps(call)
        def watched(module: Any, *args: Any, **kwargs: Any) -> Any:
            above = self._open[-1] if self._open else None
            if above is not None and self.calls[above].module is module:  # its base class' call
                return call(module, *args, **kwargs)
            number = len(self.calls)
            self.calls.append(NnxCall(self._paths.get(id(module)), module, _shapes((args, kwargs)), above))
            self._open.append(number)
            try:
                with jax.named_scope(f"{_SCOPE}{number}"):
                    made = call(module, *args, **kwargs)
            finally:
                self._open.pop()
            self.calls[number].outputs = _shapes(made)
            return made

        return watched

    # -------------------------------------------------------------- products

    def _walk(self, jaxpr: Any, calls: tuple[int, ...], times: tuple[tuple[str, int], ...]) -> None:
        """Book the products of a jaxpr that runs inside ``calls``, so many ``times``."""
        for equation in jaxpr.eqns:
            name, inner = equation.primitive.name, _inner(equation.params)
            found = [int(number) for number in _SCOPES.findall(str(equation.source_info.name_stack))]
            where = (*calls, *[number for number in found if number not in calls])
            if name in PRODUCTS:
                self._product(equation, where, times)
            elif name in FORMS:
                FORMS[name](self, equation, where, times)
            elif name in INSIDE:
                for one in inner:
                    self._walk(one, where, times)
            elif name not in HARMLESS or any(self._contracts(one) for one in inner):
                self.products.append(NnxProduct(where, (), name, f"JAX' '{name}': it has no rule", bool(times)))

    def _scan(self, equation: Any, where: tuple[int, ...], times: tuple[tuple[str, int], ...]) -> None:
        """A loop over a stated number of steps."""
        for one in _inner(equation.params):
            self._walk(one, where, (*times, ("T", equation.params["length"])))

    def _while(self, equation: Any, where: tuple[int, ...], times: tuple[tuple[str, int], ...]) -> None:
        """A loop that the data end."""
        if any(self._contracts(one) for one in _inner(equation.params)):
            why = "JAX' 'while': how often it runs depends on the data"
            self.products.append(NnxProduct(where, (), "while", why, bool(times)))

    def _product(self, equation: Any, where: tuple[int, ...], times: tuple[tuple[str, int], ...]) -> None:
        name = equation.primitive.name
        inputs = [tuple(one.aval.shape) for one in equation.invars]
        outputs = [tuple(one.aval.shape) for one in equation.outvars]
        try:
            terms = PRODUCTS[name](inputs, outputs, equation.params)
        except ValueError as error:
            self.products.append(NnxProduct(where, (), name, f"JAX' '{name}': {error}", bool(times)))
            return
        if terms is not None:
            self.products.append(NnxProduct(where, (*times, *terms), name, "", bool(times)))

    def _choice(self, equation: Any, where: tuple[int, ...], times: tuple[tuple[str, int], ...]) -> None:
        """Branches that multiply equally much are one; of others nobody knows which is run."""
        found = []
        kept = self.products
        for branch in _inner(equation.params):
            self.products = []
            self._walk(branch, where, times)
            found.append(self.products)
        self.products = kept
        sums = {(macs_in(one), any(product.reason for product in one)) for one in found}
        if len(sums) == 1:
            self.products += found[0]
        else:
            self.products.append(
                NnxProduct(where, (), "cond", "JAX' 'cond': which branch runs depends on the data", True)
            )

    def _contracts(self, jaxpr: Any) -> bool:
        """Whether anything in a jaxpr multiplies and accumulates, or may."""
        for equation in jaxpr.eqns:
            name, inner = equation.primitive.name, _inner(equation.params)
            if name in PRODUCTS or any(self._contracts(one) for one in inner):
                return True
            if name not in HARMLESS and name not in INSIDE and name not in FORMS:
                return True
        return False


FORMS: dict[str, Callable[[NnxTrace, Any, tuple[int, ...], tuple[tuple[str, int], ...]], None]] = {
    "scan": NnxTrace._scan, "cond": NnxTrace._choice, "while": NnxTrace._while,
}  # fmt: skip
"""JAX' loops and branches."""


def macs_in(products: Sequence[NnxProduct]) -> int:
    """The multiply-accumulates of the products whose sizes are known."""
    total = 0
    for one in products:
        if one.reason:
            continue
        macs = 1
        for _, size in one.terms:
            assert isinstance(size, int)  # JAX' shapes are all known
            macs *= size
        total += macs
    return total


def modules_of(model: Any) -> list[tuple[str, Any]]:
    """Every module with its path, those above before those below."""
    from flax import nnx

    found = [(".".join(map(str, path)), one) for path, one in nnx.iter_graph(model) if isinstance(one, nnx.Module)]
    return sorted(found, key=lambda one: one[0])


def _inner(settings: dict[str, Any]) -> list[Any]:
    """The jaxprs among a primitive's settings."""
    waiting: list[Any] = list(settings.values())
    found: list[Any] = []
    while waiting:
        one = waiting.pop(0)
        if isinstance(one, tuple | list):
            waiting += one
        elif hasattr(one, "eqns"):
            found.append(one)
        elif hasattr(one, "jaxpr") and hasattr(one.jaxpr, "eqns"):
            found.append(one.jaxpr)
    return found


def _shapes(values: Any) -> tuple[Shape, ...]:
    """The shapes of the arrays among values."""
    import jax

    return tuple([tuple(one.shape) for one in jax.tree.leaves(values) if hasattr(one, "shape")])
