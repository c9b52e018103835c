"""Every stored tensor of a model is booked: what no layer owns, what only training reads, and what is constant."""

from __future__ import annotations

from netledger.layers import Effect
from netledger.network import Layer
from netledger.sources.onnx.layers import FLOATS, SMALL_INTEGERS, LayerRow, as_tensor, not_followed
from netledger.sources.onnx.ops import holds_arrays
from netledger.sources.onnx.ops.generators import attribute_tensor
from netledger.sources.onnx.schema import TRAINING, Graph
from netledger.sources.onnx.stored.attributes import book_arrays
from netledger.sources.onnx.stored.untrained import is_filled, is_transform
from netledger.sources.onnx.tensors import bytes_needed, read_tensor
from netledger.sources.onnx.values import Op
from netledger.unknown import Unknown
from netledger.wire.protobuf import decode

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.network import Shape, Tensor
    from netledger.sources.onnx.importer import Importer
    from netledger.sources.onnx.schema import Function
    from netledger.sources.onnx.scope import Scope
    from netledger.sources.onnx.tensors import StoredTensor
    from netledger.wire.protobuf import Span


def book_the_rest(
    importer: Importer, graph: Graph, scope: Scope, functions: list[Function], training: list[Span] | tuple[Span, ...]
) -> None:
    """Stored tensors that no layer owns: returned as they are, or read by nobody.

    They are parameters all the same where they are real numbers; of integers that nothing reads nobody knows what they
    stand for. A single number that nothing reads is what an exporter left behind, and so is one that fills a tensor
    which has no name of its own. Everything else is constant.
    """
    uncalled = [tensor for function in functions for tensor in _constants_of(importer, function, scope)]
    _training(importer, training)
    returned = set()
    for info in graph.outputs:
        value = scope.find(info.name)
        for tensor, _ in (value.stored or ()) if value is not None else ():
            importer.stored.setdefault(tensor.storage, tensor)
            returned.add(tensor.storage)
    booked = {tensor.storage for row in importer.rows for tensor in row.layer.tensors}
    held = tuple([tensor for tensor in uncalled if tensor.storage not in booked])
    if held:
        importer.rows.append(not_followed(importer.names.take("functions"), held))
    for storage, tensor in importer.stored.items():
        if storage in booked or storage in importer.settled or tensor.made in ("attribute", "code"):
            continue
        if tensor.dtype in FLOATS and (storage in returned or tensor.elements > 1 or tensor.made == "initializer"):
            _alone(importer, tensor, storage in returned)
        elif tensor.dtype in SMALL_INTEGERS and tensor.elements > 1 and tensor.name not in importer.read:
            _alone(importer, tensor, storage in returned, Unknown(f"nothing reads '{tensor.name}'"))


def _alone(importer: Importer, tensor: StoredTensor, returned: bool, elements: Unknown | None = None) -> None:
    path = importer.names.take(tensor.storage)
    counted = returned or (tensor.elements > 1 and not is_filled(tensor))
    shape: Shape = tensor.dims
    layer = Layer(
        path, "parameter" if counted and elements is None else "tensors",
        {"shape": shape} if counted and elements is None else {}, (), (path,),
        (as_tensor(tensor, "parameter" if counted else "constant", elements),), output_shapes=(shape,),
        meta={} if returned else {"used": False},
    )  # fmt: skip
    importer.rows.append(LayerRow(layer, Effect((shape,))))


def filled_in(importer: Importer) -> list[str]:
    """What is said of scales of 1 and shifts of 0 that have no name of their own, nothing where there are none.

    A normalisation that was never trained has them, and so has one that learns nothing, which some exporters write out.
    Those of which the file says that a call had none are constants.
    """
    found = set[str]()
    for row in importer.rows:
        if row.layer.kind == "elementwise":
            for tensor in row.layer.tensors:
                stored = importer.stored.get(tensor.storage or "")
                if tensor.role in ("weight", "bias") and stored is not None and is_filled(stored):
                    found.add(stored.storage)
    said = []
    if found:
        values = sum([importer.stored[storage].elements for storage in found])
        said.append(
            f"{values:,} values of 0 or 1 have no name of their own: where nothing trains them, they are no parameters"
        )
    if importer.filled_in:
        said.append(
            f"{importer.filled_in:,} values of 0 or 1 stand where the model's calls had none: they are constants"
        )
    return said


def transforms(importer: Importer) -> list[str]:
    """What is said of convolutions that are Fourier transforms: they are counted where their name is a parameter's."""
    constant, named = dict[str, int](), dict[str, int]()
    for row in importer.rows:
        for tensor in row.layer.tensors:
            stored = importer.stored.get(tensor.storage or "") if len(tensor.shape) > 2 else None
            if stored is not None and is_transform(stored):
                (constant if tensor.role == "constant" else named)[stored.storage] = stored.elements
    said = []
    if constant:
        said.append(f"{sum(constant.values()):,} values are a Fourier basis, which nobody trained: they are constants")
    if named:
        said.append(
            f"{sum(named.values()):,} values are a Fourier basis that bears a parameter's name "
            f"('{next(iter(named))[:60]}'): they are counted"
        )
    return said


def _constants_of(importer: Importer, function: Function, scope: Scope) -> Iterator[Tensor]:
    """The constants of a function that nothing calls are stored too; what its attributes hold, with its roles."""
    for node in function.nodes:
        if holds_arrays(node.call):
            yield from book_arrays(importer, Op(node, [], 1), scope)
        if node.key == "Constant" and "value" in node.attributes:
            tensor = attribute_tensor(Op(node, [], 1), "value")
            if tensor is not None:
                tensor.made, tensor.name = "Constant", f"{function.key}/{tensor.name}"
                importer.register(tensor, scope)


def _training(importer: Importer, spans: list[Span] | tuple[Span, ...]) -> None:
    """What a model keeps for its training: the state of an optimizer, no parameters."""
    found: list[Tensor] = []
    for span in spans:
        parts = decode(importer.cursor, (span,), TRAINING, "training_info")
        for name in ("initialization", "algorithm"):
            if parts.get(name):
                graph = Graph(importer.cursor, parts[name], 1)
                for place in graph.initializers:
                    tensor = read_tensor(importer.cursor, [place], importer.folder)
                    tensor.storage = f"training_info/{tensor.name}"
                    if tensor.storage not in importer.stored:
                        importer.stored[tensor.storage] = tensor
                        found.append(as_tensor(tensor, "state", None))
    if found:
        importer.rows.append(not_followed(importer.names.take("training_info"), tuple(found)))


def stored_in(importer: Importer) -> dict[str, int]:
    """What the file stores, in elements and bytes, and how much of it is constant: in no layer's tensors.

    ``made`` is what layers own that the file does not store (``ConstantOfShape`` weights, which it leaves out).
    """
    owned = {tensor.storage: tensor for row in importer.rows for tensor in row.layer.tensors}
    stored = importer.stored.values()
    rest = [tensor for tensor in stored if tensor.storage not in owned]
    made = [tensor for storage, tensor in owned.items() if storage not in importer.stored]
    return {
        "tensors": len(importer.stored),
        "elements": sum([tensor.elements for tensor in stored]),
        "bytes": sum([tensor.stored_bytes for tensor in stored]),
        "constants": len(rest),
        "constant_elements": sum([tensor.elements for tensor in rest]),
        "constant_bytes": sum([_needed(tensor) for tensor in rest]),
        "made_elements": sum([_count(tensor) for tensor in made]),
        "made_bytes": sum([tensor.bytes for tensor in made if isinstance(tensor.bytes, int)]),
    }


def _needed(tensor: StoredTensor) -> int:
    return tensor.stored_bytes if tensor.dtype == "string" or tensor.nbytes is not None else bytes_needed(tensor)


def _count(tensor: Tensor) -> int:
    count = 1
    for size in tensor.shape:
        count *= size if isinstance(size, int) else 0
    return count
