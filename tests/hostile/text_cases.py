"""Checklist 98 and 99: Caffe's, Darknet's and cuda-convnet's texts, caffemodels, and descriptions."""

from __future__ import annotations

from tests.hostile.case import Case

NET = b"[net]\nheight=8\nwidth=8\nchannels=3\n"
INPUT = b'layer { name: "d" type: "Input" top: "d" input_param { shape: { dim: 1 dim: 3 dim: 8 dim: 8 } } }\n'
CONV = b'layer { name: "c" type: "Convolution" bottom: "d" top: "c" convolution_param { %s } }\n'
DATA = b"[data]\ntype=data\ndataIdx=0\n"


def _varint(value: int) -> bytes:
    out = b""
    while value > 127:
        out += bytes([value & 127 | 128])
        value >>= 7
    return out + bytes([value])


def _field(number: int, content: bytes) -> bytes:
    return _varint(number << 3 | 2) + _varint(len(content)) + content


def _model(blob: bytes) -> bytes:
    shape = _field(1, b"".join([_varint(size) for size in (1, 5)]))
    data = _field(1, b"d") + _field(2, b"Input") + _field(4, b"d") + _field(143, _field(1, shape))
    settings = _field(117, _varint(1 << 3) + _varint(2))
    layer = (
        _field(1, b"c") + _field(2, b"InnerProduct") + _field(3, b"d") + _field(4, b"c") + settings + _field(7, blob)
    )
    return _field(1, b"net") + _field(100, data) + _field(100, layer)


def _dims(*sizes: int) -> bytes:
    return _field(7, _field(1, b"".join([_varint(size % 2**64) for size in sizes])))


def _nested_blobs() -> bytes:
    deep = b""
    for _ in range(3000):
        deep = _field(100, deep)
    return _field(1, b"net") + deep


def cases() -> list[Case]:
    def proto(name: str, data: bytes, line: str | None = None, **more: object) -> Case:
        return Case("98", name, "net.prototxt", data, line, **more)  # type: ignore[arg-type]

    def cfg(name: str, data: bytes, line: str | None = None, **more: object) -> Case:
        return Case("99", name, "net.cfg", data, line, siblings=("net.weights",), **more)  # type: ignore[arg-type]

    def model(name: str, data: bytes, line: str | None = None, **more: object) -> Case:
        return Case("98", name, "net.caffemodel", data, line, **more)  # type: ignore[arg-type]

    conv = b"num_output: 4 kernel_size: 3"
    return [
        proto("a million braces", b"layer { " * 1_000_000, "more than 400,000 fields"),
        proto("two signs before a size", INPUT + CONV % b"num_output: --2 kernel_size: 3", "line 2: num_output: --2 is no size"),
        proto("a size in raised digits", INPUT + CONV % "num_output: ² kernel_size: 3".encode(), "line 2: num_output: ² is no size"),
        proto("two signs in a blob", INPUT + b'layer { name: "c" type: "InnerProduct" bottom: "d" top: "c" inner_product_param { num_output: 2 } blobs { shape { dim: --2 dim: 3 } } }', "a blob's shape is ['--2', '3']"),
        proto("nested deep", b"layer { " * 90_000, "line 1: nested deeper than 64"),
        proto("a million closing braces", b"layer { }" + b"}" * 1_000_000, "line 1: a closing bracket without an opening one"),
        proto("seventeen megabytes", b"# " + b"x" * (17 << 20), "17,825,794 bytes of text, more than 16,777,216"),
        proto("an include", INPUT + b'include: "/etc/passwd"\n' + CONV % conv, parameters=112),
        proto("a size of 40 digits", INPUT + CONV % (b"num_output: " + b"9" * 40 + b" kernel_size: 1"), f"line 2: num_output: {'9' * 40} is no size"),
        proto("a negative size", INPUT + CONV % b"num_output: -4 kernel_size: 1", "line 2: c: conv2d: out_channels takes a size (an integer from 0 to 2^63 - 1), not -4"),
        proto("a kernel of zero", INPUT + CONV % b"num_output: 4 kernel_size: 0", "line 2: c: conv2d: kernel_size must be at least 1, not 0"),
        proto("a stride of zero", INPUT + CONV % (conv + b" stride: 0"), "line 2: c: conv2d: stride must be at least 1, not 0"),
        proto("groups of zero", INPUT + CONV % (conv + b" group: 0"), "line 2: c: conv2d: groups must be at least 1, not 0"),
        proto("a name that clears the screen", INPUT.replace(b'"d"', b'"\x1b[2J"', 1) + CONV % conv, parameters=112),
        proto("a cycle", b'layer { name: "a" type: "ReLU" bottom: "b" top: "a" }\nlayer { name: "b" type: "ReLU" bottom: "a" top: "b" }', "line 1: a: blob 'b' is not made above"),
        proto("not UTF-8", b"layer { name: \"\xff\" }", "not UTF-8 text (at byte 15)"),
        model("a blob of 2^40 values over none", _model(_dims(2**20, 2**20) + _field(5, b"")), "c: blob 0: dims say 1,099,511,627,776 elements, the data holds 0"),
        model("a negative size in a blob", _model(_dims(-1, 5)), "a blob's shape is ['-1', '5']"),
        model("a blob of a thousand sizes", _model(_dims(*[1] * 1000)), "a blob's shape is ['1', '1', '1', '1', '1', '1', '1', '1']"),
        model("three thousand deep", _nested_blobs(), parameters="unknown"),
        model("cut", _model(_dims(2, 2) + _field(5, b"\0" * 16))[:-4], "field 100 reaches 4 bytes beyond its message (at byte 30)"),
        model("repeated blobs", _model(_dims(2, 3)) + _field(100, _field(1, b"c") + _field(2, b"ReLU")), "c: a ReLU layer that reads no blob"),
        cfg("an unclosed section", b"[net\nheight=8\n", "line 1: a section that does not end: [net"),
        cfg("10^9 filters", NET + b"[convolutional]\nfilters=1000000000\nsize=1\nactivation=linear\n", parameters=4_000_000_000),
        cfg("a size of 60 digits", NET + b"[convolutional]\nfilters=" + b"9" * 60 + b"\n", f"line 5: [convolutional]: filters={'9' * 60} is no whole number"),
        cfg("a route to itself", NET + b"[route]\nlayers=-0\n", "line 5: [route]: layer 0 is not above this one"),
        cfg("a route ahead", NET + b"[route]\nlayers=5\n", "line 5: [route]: layer 5 is not above this one"),
        cfg("an input of 2^70", b"[net]\nheight=1180591620717411303424\nwidth=1\nchannels=1\n", "line 1: data: input: shape takes a tuple of sizes, not (1, 1180591620717411303424, 1)"),
        cfg("a megabyte of sections", NET + b"[dropout]\n" * 100_000, "more than 40,000 sections"),
        proto("a hundred thousand layers", b"layer{}" * 90_000, "more than 40,000 blocks"),
        cfg("cuda-convnet reading itself", DATA + b"[a]\ntype=conv\ninputs=a\n", "line 4: [a]: input layer 'a' is not defined above"),
        cfg("cuda-convnet with 2^62 filters", DATA + b"[a]\ntype=fc\ninputs=data\noutputs=4611686018427387904\n", parameters=(150_528 + 1) * 2**62),
        cfg("cuda-convnet with a NUL", DATA + b"[a\0]\ntype=fc\ninputs=data\noutputs=2\n", parameters=301_058),
        Case("99", "JSON nested deep", "net.json", b"[" * 200_000, "not a description: JSON nested too deep"),
    ]  # fmt: skip
