"""ncnn: text that lies about its counts, sizes that nothing fills, values that are not there."""

from __future__ import annotations

from pathlib import Path

from tests.hostile.case import Case

CONV = "Convolution c 1 1 x y 0=2 1=3 5=1 6=36"
BIN = bytes(4 * (36 + 2) + 4)


def net(*lines: str, count: int | None = None) -> bytes:
    number = len(lines) + 1 if count is None else count
    return "\n".join(("7767517", f"{number} {number}", "Input x 0 1 x 0=8 1=8 2=2", *lines)).encode()


def beside(data: bytes) -> dict[str, object]:
    def write(folder: Path) -> None:
        (folder / "m.bin").write_bytes(data)

    return {"siblings": ("m.bin",), "more": write}


def cases() -> list[Case]:
    none: dict[str, object] = {"siblings": ("m.bin",)}
    return [
        Case("50", "ncnn, sound", "m.param", net(CONV), parameters=38, **beside(BIN)),
        Case("50", "ncnn, values that end too soon", "m.param", net(CONV), "line 4: c: its .bin ends at 155, 'c.bias' needs it up to 156", **beside(BIN[:-1])),
        Case("50", "ncnn, no mark", "m.param", net(CONV), "line 4: c: its .bin ends at 3, before 'c.weight'", **beside(bytes(3))),
        Case("50", "ncnn, values that nobody reads", "m.param", net(CONV), parameters=38, note="4 bytes of its .bin are read by no layer", **beside(BIN + bytes(4))),
        Case("50", "ncnn, 2^60 weights", "m.param", net(f"InnerProduct c 1 1 x y 0=1 1=0 2={2**60}"), f"line 4: c: what it reads: 128 against {2**60:,}", **none),
        Case("51", "ncnn, a negative size", "m.param", net("InnerProduct c 1 1 x y 0=-1 2=128"), "line 4: c: parameter 0: -1 is no size", **none),
        Case("60", "ncnn, stride 0", "m.param", net("Convolution c 1 1 x y 0=2 1=3 3=0 6=36"), "line 4: c: a stride of 0", **none),
        Case("60", "ncnn, weights of no whole channel", "m.param", net("Convolution c 1 1 x y 0=2 1=3 6=37"), "line 4: c: 37 weights are no multiple of 18", **none),
        Case("57", "ncnn, a blob that nothing makes", "m.param", net("ReLU r 1 1 z y"), "line 4: r: value 'z' is not made above", **none),
        Case("98", "ncnn, fewer layers than said", "m.param", net(CONV, count=3), "line 2: it says that there are 3 layers, 2 are there", **none),
        Case("98", "ncnn, more inputs than words", "m.param", net("ReLU r 4000000 1 x y"), "line 4: 4,000,000 inputs and 1 outputs, 2 words are there", **none),
        Case("98", "ncnn, a list shorter than it says", "m.param", net("ReLU r 1 1 x y -23303=9,1,2"), "line 4: a list of 9 values, 2 are there", **none),
        Case("98", "ncnn, a parameter twice", "m.param", net("ReLU r 1 1 x y 0=1 0=2"), "line 4: parameter 0 stands there twice", **none),
        Case("98", "ncnn, no parameter", "m.param", net("ReLU r 1 1 x y hello"), "line 4: neither a blob nor a parameter: hello", **none),
        Case("98", "ncnn, a million layers", "m.param", net(*["ReLU r 1 1 x x"] * 40_001, count=10**6), "line 2: 1,000,000 layers; at most 40,000 are read", **none),
        Case("98", "ncnn, a graph of pnnx", "m.param", b"7767517\n1 1\npnnx.Input a 0 1 0 #0=(1,3)f32", "line 3: this is a graph of pnnx: the .ncnn.param that pnnx wrote beside it is read", **none),
    ]  # fmt: skip
