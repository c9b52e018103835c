"""Descriptions: the ``.net`` notation and its JSON forms."""

from __future__ import annotations

from netledger.errors import NotationError
from netledger.limits import DESCRIPTION_BYTES, JSON_DESCRIPTION_BYTES
from netledger.network import Layer
from netledger.sources import Options, Source, with_inputs
from netledger.sources.files import stem
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network, Shape
    from netledger.sources.files import InputFile


def described(text: str, name: str, options: Options) -> Network:
    """The network of a description, or of code of a framework's layers; ``--input`` feeds one that states no input."""
    from netledger.notation import parse

    network = parse(text, name=name)
    shape = options.inputs.get("") if len(options.inputs) == 1 else None
    if shape is None or network.inputs() or any(layer.kind in _FEEDS for layer in network.layers):
        return network if network.inputs() else _at_odds(_doubted(network, text))
    fed = Layer(_free("input", network), "input", {"shape": shape})
    first, *rest = network.layers
    if first.inputs:
        return network
    return network.replace(layers=(fed, first.replace(inputs=(fed.path,)), *rest))


def _doubted(network: Network, text: str) -> Network:
    """One convolution written by places alone, as PyTorch's is too: how it is read is said beside the ledger."""
    if len(network.layers) != 1 or "\n" in text.strip() or network.title:
        return network
    from netledger.notation.frameworks.pytorch import other_reading

    told = other_reading(text.strip())
    return network.replace(assumed=(*network.assumed, told)) if told else network


def channels_first(network: Network, shape: Shape) -> tuple[Network, Shape]:
    """An image given as Keras writes one, channels last, to layers that are written in its words: channels first here,
    and said."""
    if isinstance(shape, Unknown) or len(shape) != 3:
        return network, shape
    rows, columns, channels = (size if isinstance(size, int) else 0 for size in shape)
    if not 0 < channels <= _MOST_CHANNELS < min(rows, columns):
        return network, shape
    here = f"{channels}×{rows}×{columns} here"
    said = f"{rows}×{columns}×{channels} has its channels last, as Keras writes it: {here}"
    return network.replace(assumed=(*network.assumed, said)), (channels, rows, columns)


_MOST_CHANNELS = 4
"""An image has at most so many channels: grey, colours, colours with a mask."""


def _at_odds(network: Network) -> Network:
    """Layers count whose stated widths do not fit each other, but it is said: no shape tells it without an input."""
    if not any(layer.inputs for layer in network.layers):
        return network
    from netledger.notation.frameworks.chained import widths_at_odds

    return network.replace(notes=(*network.notes, *widths_at_odds(network.layers)))


_FEEDS = ("constant", "parameter", "tensors")
"""Kinds that read nothing: where one stands, nobody says what an input would be read by."""


def _free(stem: str, network: Network) -> str:
    taken = {layer.path for layer in network.layers}
    return next(name for name in (stem, *map(f"{stem}_{{}}".format, range(2, len(taken) + 3))) if name not in taken)


def _is_net(head: bytes) -> bool:
    """Text whose first statement is a call or an assignment of one, behind what code imports."""
    if b"\0" in head:
        return False
    for line in head.decode("utf-8", "replace").splitlines():
        code = line.partition("#")[0].strip()
        if code and not code.startswith(("import ", "from ")):
            return "(" in code and not code.startswith(("{", "[", "<", "("))
    return False


def _read_net(file: InputFile, options: Options) -> Network:
    return described(file.text(DESCRIPTION_BYTES), stem(file.path), options)


def _is_json(head: bytes) -> bool:
    """An object, or a list of something that JSON knows."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    inner = text[1:].lstrip(b" \t\r\n")[:1]
    if b'"model_type"' in text and b'"schema"' not in text:
        return False  # a configuration
    return (text[:1] == b"{" and inner in (b'"', b"}", b"")) or (
        text[:1] == b"[" and inner in (b"{", b"[", b"]", b'"', b"")
    )


def _read_json(file: InputFile, options: Options) -> Network:
    text = file.text(JSON_DESCRIPTION_BYTES)
    found = _foreign_network(text, file, options)
    return with_inputs(_of_json(text, file.path), options) if found is None else found


def _of_json(text: str, path: str) -> Network:
    if '"model_type"' in text and '"schema"' not in text and '"architecture"' not in text:
        from netledger.sources.configs import config_of, model_name, network_of

        return network_of(config_of(text), model_name(path))
    from netledger.notation import from_json_text

    try:
        return from_json_text(text, name=stem(path))
    except NotationError:
        _refuse_foreign(text, path)
        raise


def _foreign_network(text: str, file: InputFile, options: Options) -> Network | None:
    """The network of what Keras, TensorFlow.js, MXNet, Paddle or Orbax wrote as JSON; ``None`` for any other."""
    if '"arg_nodes"' in text:
        from netledger.notation.strict_json import parse_json
        from netledger.sources.mxnet import is_symbol, network_of_symbol

        data = parse_json(text.encode())
        return network_of_symbol(data, file, options) if is_symbol(data) else None
    if '"base_code"' in text:
        from netledger.notation.strict_json import parse_json
        from netledger.sources.paddle import network_of_pir
        from netledger.sources.paddle.pir import is_pir

        data = parse_json(text.encode())
        return network_of_pir(data, file, options) if is_pir(data) else None
    if '"tree_metadata"' in text:
        from netledger.notation.strict_json import parse_json
        from netledger.sources.flax.orbax import is_orbax, network_of_metadata

        data = parse_json(text.encode())
        return with_inputs(network_of_metadata(data, file), options) if is_orbax(data) else None
    return _keras_model(text, file, options)


def _keras_model(text: str, file: InputFile, options: Options) -> Network | None:
    """The network of what Keras' ``to_json()`` or TensorFlow.js wrote; ``None`` for any other JSON."""
    if '"class_name"' not in text and '"modelTopology"' not in text:
        return None
    from netledger.notation.strict_json import parse_json
    from netledger.sources.keras import network_of_json

    return network_of_json(parse_json(text.encode()), stem(file.path), options, file)


def _refuse_foreign(text: str, path: str) -> None:
    """What other programs keep as JSON is refused by its name."""
    import json

    from netledger.sources.foreign import refuse_json

    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        return
    refuse_json(data, path)


NET = Source("net", "network description", (".net",), _is_net, _read_net)
JSON = Source("json", "JSON network description", (".json",), _is_json, _read_json, reads_inputs=True)
