"""Input shapes that a person gives: how they are written, and a network fed them."""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.limits import MAX_DIMENSION
from netledger.notation.frameworks import TITLES
from netledger.registry import load
from netledger.sources import Options
from netledger.sources.live.settings import check_settings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network, Shape


def told(options: Options) -> Options:
    """Inputs written for live models (``ids=int64[1,128]``) as the shapes that they give to everything else."""
    check_settings(options.settings)
    specs = [_shape_of_spec(spec) for spec in options.settings.get("specs", ())]
    if len([name for name, _ in specs if not name]) > 1:
        raise UsageError("several inputs without a name: name them, as in --input data=3x224x224")
    return Options({**options.inputs, **dict(specs)}, options.dims, options.settings)


def _shape_of_spec(spec: str) -> tuple[str, Shape]:
    name, _, typed = spec.rpartition("=")
    body = typed.partition("[")[2].removesuffix("]") if "[" in typed else typed.replace("×", "x").replace("x", ",")
    sizes = [size.strip() for size in body.split(",")] if body else []
    whole = typed.endswith("]") or "[" not in typed
    right = whole and all(size.isascii() and size.isdigit() and len(size) < 20 for size in sizes)
    if not right or any(int(size) > MAX_DIMENSION for size in sizes):
        raise UsageError(f"'{spec}' is no shape: write 3x224x224, or name=int64[1,128]")
    return name.strip(), tuple(map(int, sizes))


def fed(network: Network, options: Options) -> Network:
    """The network with the inputs' shapes replaced."""
    for name, shape in options.inputs.items():
        shape = _without_batch(network, shape, name)
        if network.title == TITLES["keras"]:
            network, shape = load("netledger.sources.description:channels_first")(network, shape)
        network = network.with_input(shape, name or None)
    return network


def _without_batch(network: Network, shape: Shape, name: str) -> Shape:
    """A description's shapes carry no batch: one more size than the input has is somebody's, which may be one."""
    if network.batched or not isinstance(shape, tuple):
        return shape
    for layer in network.layers:
        own = layer.attributes.get("shape") if layer.kind == "input" else None
        if isinstance(own, tuple) and name in ("", layer.path):
            if len(shape) == len(own) + 1 and shape[0] == 1:
                return shape[1:]
            if len(shape) == len(own) + 1:
                raise UsageError(
                    f"input '{layer.path}' takes {len(own)} sizes, {len(shape)} are given: a batch is told by --batch"
                )
            break
    return shape
