"""ncnn networks: the ``.param``, its layers with shapes inferred, and where the values of the ``.bin`` end."""

from __future__ import annotations

from netledger.errors import NetledgerError, NotFoundError
from netledger.network import Network
from netledger.sources import Options, Source
from netledger.sources.files import stem
from netledger.sources.graph_builder import GraphBuilder, Step
from netledger.unknown import Unknown
from netledger.wire.sections import TEXT_BYTES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from netledger.network import Shape, Tensor
    from netledger.sources.files import InputFile
    from netledger.sources.ncnn.schema import NcnnLayer
    from netledger.sources.ncnn.stored import NcnnValues

__all__ = ["NCNN"]

_LOADING = frozenset(("Padding",))


class NcnnReader(GraphBuilder):
    """What is known of a network while its layers are followed, and where in the ``.bin`` the next values lie."""

    def __init__(self, values: NcnnValues, given: Mapping[str, Shape]) -> None:
        super().__init__(batched=False, given=given)
        self.beside = values

    def load(
        self, layer: NcnnLayer, name: str, role: str, shape: tuple[int, ...], tagged: bool = False
    ) -> list[Tensor]:
        """What a layer loads next; ``tagged`` says that a mark before the values tells how they are packed."""
        return self.beside.load(f"{layer.name}.{name}", role, shape, tagged)

    def layer(self, layer: NcnnLayer) -> None:
        """Book one line."""
        try:
            if layer.type == "Input":
                self._input(layer)
                return
            self.step(layer.name, layer.type, self._step(layer), layer.inputs, layer.outputs)
        except NetledgerError as error:
            raise error.at(item=layer.name[:120], line=layer.line) from None

    def _input(self, layer: NcnnLayer) -> None:
        sizes = [layer.size(number) for number in (2, 11, 1, 0)]
        hinted = layer.hinted()
        shape = tuple([size for size in sizes if size]) or (hinted[0] if hinted else None)
        for name in layer.outputs or [layer.name]:
            self.feed(name, shape)

    def _step(self, layer: NcnnLayer) -> Step:
        from netledger.sources.ncnn.learned import LEARNED
        from netledger.sources.ncnn.moving import MOVING

        rule = LEARNED.get(layer.type) or MOVING.get(layer.type)
        if rule is None:
            self.beside.lost = True
            return Step(unknown=f"layer type '{layer.type[:60]}' has no rule", output_shapes=layer.hinted() or None)
        if not layer.inputs and layer.type != "MemoryData":
            return Step(unknown="it reads nothing")
        step = rule(self, layer)
        if layer.type in _LOADING and layer.size(6):
            step.tensors = tuple(self.load(layer, "border", "constant", (layer.size(6),)))
        hinted = layer.hinted()
        shapes = step.output_shapes
        if hinted and step.kind in ("elementwise", "contraction") and (
            shapes is None or any(isinstance(shape, Unknown) for shape in shapes)
        ):  # fmt: skip
            step.output_shapes = hinted
        return step


def _read(file: InputFile, options: Options) -> Network:
    from netledger.sources.ncnn.schema import layers_of
    from netledger.sources.ncnn.stored import NcnnValues

    layers = layers_of(file.text(TEXT_BYTES))
    try:
        beside = file.sibling(f"{stem(file.path)}.bin")
    except NotFoundError:
        beside = None
    values = NcnnValues(beside)
    try:
        reader = NcnnReader(values, options.inputs)
        for layer in layers:
            reader.layer(layer)
        reader.check_given()
        notes = values.notes()
    finally:
        if beside is not None:
            beside.close()
    stored = {"elements": values.elements, "bytes": values.nbytes}
    return Network(
        stem(file.path).removesuffix(".ncnn"), reader.layers, source="ncnn param", notes=tuple(notes),
        meta={"format": "ncnn", "stored": stored},
    )  # fmt: skip


NCNN = Source(
    "ncnn", "ncnn network", (".param",), lambda head: head[:8].split() == [b"7767517"], _read, reads_inputs=True
)
