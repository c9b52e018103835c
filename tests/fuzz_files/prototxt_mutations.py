"""Caffe definitions, changed word by word."""

from __future__ import annotations

from netledger.sources.caffe import PROTOTXT
from netledger.sources.caffe.types import TYPES
from tests.fuzz_files.texts import changed, check_text

_LAYER = 'layer {{ name: "{0}" type: "{1}" bottom: "{2}" top: "{0}"\n {3} }}\n'
_INPUT = 'layer { name: "d" type: "Input" top: "d"\n input_param { shape: { dim: 2 dim: 4 dim: 16 dim: 16 } } }\n'


def _net(*layers: tuple[str, str, str, str]) -> str:
    return _INPUT + "".join([_LAYER.format(*layer) for layer in layers])


SAMPLES = (
    _net(
        ("c", "Convolution", "d", "convolution_param { num_output: 8\n kernel_size: 3\n pad: 1 stride: 2\n group: 2 }"),
        ("p", "Pooling", "c", "pooling_param { pool: AVE\n kernel_size: 3\n stride: 2 }"),
        ("n", "LRN", "p", "lrn_param { local_size: 5 }"),
        ("b", "BatchNorm", "n", ""),
        ("s", "Scale", "b", "scale_param { bias_term: true }"),
        ("f", "InnerProduct", "s", 'inner_product_param { num_output: 10 }\n param { name: "w" } param { name: "b" }'),
        ("g", "InnerProduct", "s", 'inner_product_param { num_output: 10 }\n param { name: "w" } param { name: "b" }'),
        ("e", "Eltwise", "f", 'bottom: "g"\n eltwise_param { operation: MAX }'),
    ),
    _net(
        ("u", "Deconvolution", "d", "convolution_param { num_output: 4\n kernel_size: 4\n stride: 2 }"),
        ("x", "Slice", "u", 'top: "y"\n slice_param { slice_point: 2 }'),
        ("j", "Concat", "x", 'bottom: "y"'),
        ("r", "Reshape", "j", "reshape_param { shape { dim: 0 dim: -1 } }"),
        ("t", "Tile", "r", "tile_param { tiles: 2 }"),
        ("z", "PReLU", "u", ""),
        ("v", "Reduction", "z", "reduction_param { axis: 1 }"),
    ),
    'input: "data" input_dim: 1 input_dim: 3\n input_dim: 8 input_dim: 8\n'
    'layers { name: "c" type: CONVOLUTION bottom: "data" top: "c"\n'
    " convolution_param { num_output: 4 kernel_size: 3 } }\n"
    'layers { layer { name: "p" type: "padding" pad: 1 }\n bottom: "c" top: "p" }\n'
    'layers { layer { name: "q" type: "conv" num_output: 4\n kernelsize: 3 } bottom: "p" top: "q" }\n',
    'input: "x" input_shape { dim: 7 dim: 2\n dim: 30 }\n'
    + _LAYER.format("l", "LSTM", "x", "recurrent_param { num_output: 11 }")
    + _LAYER.format("m", "Embed", "l", "embed_param { num_output: 3\n input_dim: 9 }"),
)
WORDS = (*sorted(TYPES), "kernel_h", "axis", "num_axes", "num_output", "c", "d", "global_pooling: true", "include { }")


def mutated(seed: int) -> bytes:
    """A definition, mostly sound."""
    return changed(SAMPLES, WORDS, seed)


def check(data: bytes) -> str:
    """Read it."""
    return check_text(PROTOTXT, data)
