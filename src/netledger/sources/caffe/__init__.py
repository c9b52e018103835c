"""Caffe networks: ``prototxt`` definitions (deploy and train_val) and ``caffemodel`` files with their weights.

Both become one tree of fields (:mod:`.binary` gives the names that the wire format lacks), old forms are renamed to the
current ones (:mod:`.upgrade`), and each layer type is a small function (:mod:`.types`).

Source: BVLC Caffe, ``caffe.proto`` and the layers' own ``Reshape``.
"""

from __future__ import annotations

from netledger.sources import Options, Source

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network
    from netledger.sources.files import InputFile

_MARKS = (
    "layer",
    "layers",
    "input:",
    "input :",
    "name:",
    "name :",
    "input_dim",
    "input_shape",
    "force_backward",
    "state",
)
TEXT_BYTES = 16 * 1024 * 1024


def _is_prototxt(head: bytes) -> bool:
    """Text whose first word is one that begins a network, with a block or a name behind it."""
    if b"\0" in head:
        return False
    for line in head.decode("utf-8", "replace").lstrip("\ufeff").splitlines():
        text = line.partition("#")[0].strip()
        if text:
            return text.startswith(_MARKS) and ("{" in text or ":" in text or text in ("layer", "layers"))
    return False


def _read_prototxt(file: InputFile, options: Options) -> Network:
    from netledger.sources.caffe.building import build
    from netledger.wire.prototext import parse

    return build(parse(file.text(TEXT_BYTES)), file.path, options)


def _is_caffemodel(head: bytes) -> bool:
    """A NetParameter begins with its name (field 1) or a layer (field 2 or 100) holding a name or type."""
    if head[:1] == b"\x0a" and len(head) > 2:
        length = head[1]
        behind = head[2 + length : 4 + length] if length < 0x80 else b""
        return behind[:1] in (b"\x12", b"\x1a", b"\x22") or behind == b"\xa2\x06"
    return head[:2] == b"\xa2\x06"


def _read_caffemodel(file: InputFile, options: Options) -> Network:
    from netledger.sources.caffe.binary import read_net
    from netledger.sources.caffe.building import build

    return build(read_net(file), file.path, options)


PROTOTXT = Source("prototxt", "Caffe network definition", (".prototxt",), _is_prototxt, _read_prototxt, True)
CAFFEMODEL = Source("caffemodel", "Caffe model", (".caffemodel",), _is_caffemodel, _read_caffemodel, True)
