"""What is said of a layer that cannot be, word for word."""

from __future__ import annotations

from typing import Any

import pytest

from netledger.errors import NetledgerError, ShapeError, UsageError
from netledger.layers import apply
from netledger.unknown import Unknown

MAPS = ((96, 27, 27),)


def said(kind: str, attributes: dict[str, Any], shapes: tuple[Any, ...] = MAPS, batched: bool = False) -> str:
    with pytest.raises(NetledgerError) as caught:
        apply(kind, attributes, shapes, batched)
    return str(caught.value)


SHAPES: list[tuple[str, dict[str, Any], tuple[Any, ...], str]] = [
    ("conv2d", {"out_channels": 256, "kernel_size": 5, "groups": 3}, MAPS,
     "256 output channels do not divide into 3 groups"),
    ("conv2d", {"out_channels": 256, "kernel_size": 5, "groups": 64}, MAPS,
     "96 input channels do not divide into 64 groups"),
    ("conv2d", {"out_channels": 8, "kernel_size": 31}, MAPS, "kernel of 31 is larger than the input of 27"),
    ("conv2d", {"out_channels": 8, "kernel_size": 9, "dilation": 4, "padding": 1}, MAPS,
     "kernel of 9 (dilated to 33) is larger than the input of 27 padded by 2"),
    ("conv2d", {"out_channels": 8, "kernel_size": 0}, MAPS, "kernel_size must be at least 1, not 0"),
    ("conv2d", {"out_channels": 8, "kernel_size": (3, 3, 3)}, MAPS, "kernel_size needs 2 values, not 3"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": (1, 2, 3)}, MAPS, "padding needs 2 values, not 3"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3, "in_channels": 48}, MAPS,
     "stated in_channels=48, but the input has 96"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3}, ((96,),),
     "needs an input of channels and 2 spatial dimensions (3 sizes, or 4 with a batch), not 96"),
    ("conv1d", {"out_channels": 8, "kernel_size": 3}, ((96,),),
     "needs an input of channels and 1 spatial dimension (2 sizes, or 3 with a batch), not 96"),
    ("conv_transpose2d", {"out_channels": 8, "kernel_size": 1, "padding": 20}, MAPS, "an output of -13×-13 cannot be"),
    ("conv_transpose2d", {"out_channels": 8, "kernel_size": 1, "padding": "same"}, MAPS,
     "padding='same' is not defined for a transposed convolution"),
    ("linear", {"out_features": 10, "in_features": 4096}, ((9216,),),
     "stated in_features=4096, but the input has 9,216"),
    ("linear", {"out_features": 0}, ((9216,),), "out_features must be at least 1, not 0"),
    ("linear", {"out_features": 4096, "groups": 5}, ((9216,),), "9,216 input features do not divide into 5 groups"),
    ("max_pool2d", {"kernel_size": 40}, MAPS, "kernel of 40 is larger than the input of 27"),
    ("adaptive_avg_pool2d", {"output_size": (1, 2, 3)}, MAPS, "output_size needs 2 values, not 3"),
    ("batch_norm", {"num_features": 64}, MAPS, "stated num_features=64, but the input has 96"),
    ("group_norm", {"num_groups": 36}, MAPS, "96 channels do not divide into 36 groups"),
    ("layer_norm", {"normalized_shape": 768}, ((197, 512),),
     "stated normalized_shape=768, but the input is 197×512"),
    ("local_response_norm", {"size": 5, "groups": 5}, MAPS, "96 channels do not divide into 5 groups"),
    ("prelu", {"num_parameters": 64}, MAPS, "stated num_parameters=64, but the input has 96 channels"),
    ("glu", {}, MAPS, "27 channels do not divide into 2 halves"),
    ("add", {}, ((96, 27, 27), (96, 13, 13)),
     "shapes 96×27×27 and 96×13×13 do not go together: 27 against 13"),
    ("concat", {}, ((96, 27, 27), (96, 13, 13)), "inputs that do not go together: 96×27×27, 96×13×13"),
    ("concat", {}, ((96, 27, 27), (96,)), "inputs of different rank: 96×27×27, 96"),
    ("split", {"split_size_or_sections": (40, 40)}, MAPS,
     "sections 40 + 40 = 80, but the input has 96 in dimension 0"),
    ("flatten", {"start_dim": 3}, MAPS, "start_dim=3 is not a dimension of 96×27×27"),
    ("reshape", {"shape": (96, 28, 28)}, MAPS, "96×27×27 = 69,984 values do not fit the shape 96×28×28"),
    ("reshape", {"shape": (-1, -1)}, MAPS, "the shape (-1, -1) needs sizes of 0 or more, one of which may be -1"),
    ("permute", {"dims": (0, 0, 1)}, MAPS, "dims=(0, 0, 1) is no order of the 3 dimensions of 96×27×27"),
    ("pixel_shuffle", {"upscale_factor": 5}, MAPS, "96 channels do not divide into 25 positions"),
    ("space_to_depth", {"downscale_factor": 2}, MAPS, "27 positions do not divide into 2 blocks"),
    ("upsample", {}, MAPS, "needs either size or scale_factor"),
    ("random_crop", {"size": 224}, MAPS, "a crop of 224×224 does not fit in 96×27×27"),
    ("matmul", {}, ((4, 5), (6, 7)), "4×5 times 6×7: inner sizes differ: 5 against 6"),
    ("matmul", {}, ((4, 5),), "needs two inputs, not 1"),
    ("einsum", {"equation": "ij,jk->ik"}, ((4, 5), (6, 7)), "index 'j' is 5 and 6"),
    ("einsum", {"equation": "ij->ik"}, ((4, 5),), "index 'k' of the result of 'ij->ik' is in no input"),
    ("einsum", {"equation": "ij,jk"}, ((4, 5),), "'ij,jk' names 2 inputs, but there are 1"),
    ("einsum", {"equation": "i1"}, ((4, 5),), "'i1' is no einsum equation"),
    ("multihead_attention", {"embed_dim": 10, "num_heads": 3}, ((5, 10),),
     "embed_dim 10 does not divide into 3 heads"),
    ("multihead_attention", {"embed_dim": 12, "num_heads": 3}, ((5, 10),),
     "stated embed_dim=12, but the input has 10"),
    ("scaled_dot_product_attention", {"enable_gqa": True}, ((8, 5, 4), (3, 5, 4)),
     "8 query heads do not divide among 3 key and value heads"),
    ("scaled_dot_product_attention", {}, ((8, 5, 4), (8, 5, 6)), "features of query and key differ: 4 against 6"),
    ("lstm", {"hidden_size": 8, "proj_size": 8}, ((5, 4),), "proj_size 8 must be smaller than hidden_size 8"),
    ("lstm", {"hidden_size": 8, "input_size": 3}, ((5, 4),), "stated input_size=3, but the input has 4"),
    ("gru", {"hidden_size": 8, "bias_vectors": 3}, ((5, 4),), "bias_vectors must be 1 or 2, not 3"),
    ("rnn", {"hidden_size": 8, "num_layers": 10**15}, ((5, 4),), "num_layers 1,000,000,000,000,000 is beyond 10,000"),
    ("unbind", {}, ((10**12,),), "1,000,000,000,000 pieces are more than 100,000"),
    ("chunk", {"chunks": 10**12}, (Unknown("?"),), "1,000,000,000,000 pieces are more than 100,000"),
    ("conv2d_partial", {"inputs_per_output": (3, 97), "kernel_size": 5}, MAPS,
     "an output map sees 97 maps, but the input has 96"),
    ("conv2d_partial", {"inputs_per_output": (1, 2), "kernel_size": 5, "connections": ((0,),)}, MAPS,
     "connections has 1 rows, inputs_per_output 2"),
    ("conv2d_partial", {"inputs_per_output": (1, 2), "kernel_size": 5, "connections": ((0,), (1,))}, MAPS,
     "connections lists 1 maps for output map 1, inputs_per_output 2"),
    ("conv2d_partial", {"inputs_per_output": (1, 2), "kernel_size": 5, "connections": ((0,), (1, 1))}, MAPS,
     "connections lists a map twice for output map 1"),
    ("conv2d_partial", {"inputs_per_output": (1, 2), "kernel_size": 5, "connections": ((0,), (1, 96))}, MAPS,
     "output map 1 sees map 96, but the input has 96, from 0 on"),
    ("topk", {"k": 5}, ((3,),), "k=5 is more than the 3 values of dimension 0"),
    ("select", {"dim": 0, "index": 96}, MAPS, "index 96 is not among the 96 entries of dimension 0"),
    ("narrow", {"dim": 0, "start": 90, "length": 10}, MAPS,
     "10 entries from 90 on are more than the 96 of dimension 0"),
    ("stack", {}, ((96, 27), (96,)), "inputs of different rank: 96×27, 96"),
    ("roi_align", {"output_size": 7}, ((1, 96),),
     "needs an input of channels and 2 spatial dimensions (3 sizes, or 4 with a batch), not 1×96"),
    ("ps_roi_pool", {"output_size": 7}, ((1, 96, 27, 27), (5, 5)), "96 channels do not divide into 7×7 bins"),
    ("spatial_pyramid_pool2d", {"pyramid_height": 31}, MAPS, "pyramid_height 31 is beyond 30"),
    ("adaptive_max_pool2d", {"output_size": 3}, ((96, 0, 27),), "nothing to pool in 96×0×27"),
    ("fractional_max_pool2d", {"kernel_size": 2}, MAPS, "needs output_size or output_ratio"),
    ("fractional_max_pool2d", {"kernel_size": 2, "output_ratio": 1.5}, MAPS,
     "output_ratio needs 2 numbers between 0 and 1, not 1.5"),
    ("slice", {"step": 0}, MAPS, "step must not be 0"),
    ("slice", {"start": (1, 2), "dim": 0}, MAPS, "2 values for 1 dimension"),
    ("pad", {"padding": (1, 2, 3)}, MAPS, "padding=(1, 2, 3) is no row of pairs for the dimensions of 96×27×27"),
    ("upsample", {"scale_factor": -2}, MAPS, "scale_factor must be a positive number, not -2"),
    ("upsample", {"scale_factor": (2, 2, 2)}, MAPS, "scale_factor needs 2 values, not 3"),
    ("upsample", {"scale_factor": 2}, ((96,),), "needs dimensions after the channels, not 96"),
    ("pixel_shuffle", {"upscale_factor": 2}, ((96, 27),), "needs channels and two spatial dimensions, not 96×27"),
    ("grid_sample", {}, ((96, 27, 27), (5, 2)), "a grid of 5×2 does not go with 96×27×27"),
    ("tril", {}, ((5,),), "needs two dimensions, not 5"),
    ("unsqueeze", {"dim": (0, 0)}, MAPS, "dim=(0, 0) names one place twice"),
    ("expand", {"size": (5,)}, MAPS, "size=(5,) has fewer dimensions than 96×27×27"),
    ("expand", {"size": (-2, 96, 27, 27)}, MAPS,
     "size=(-2, 96, 27, 27) needs sizes of 0 or more, or -1 where one stays"),
    ("ps_roi_pool", {"output_size": 0}, MAPS, "output_size must be at least 1, not 0"),
    ("layer_norm", {}, ((),), "needs an input with a dimension to normalise over, not a scalar"),
    ("layer_norm", {"normalized_shape": ()}, MAPS, "normalized_shape needs at least one size"),
    ("batch_norm", {}, ((),), "needs an input with channels, not scalar"),
    ("conv2d_partial", {"inputs_per_output": (), "kernel_size": 5}, MAPS,
     "inputs_per_output needs an entry for each output map"),
    ("multihead_attention", {"embed_dim": 12, "num_heads": 3}, ((12,),),
     "needs positions and features, with or without a batch, not 12"),
    ("scaled_dot_product_attention", {}, ((12,),), "needs positions and features: 12, 12, 12"),
    ("lstm", {"hidden_size": 8}, ((4,),), "needs steps and features, with or without a batch, not 4"),
    ("embedding_bag", {"num_embeddings": 9, "embedding_dim": 2}, ((4, 4, 4),),
     "needs one or two dimensions of indices, not 4×4×4"),
    ("bmm", {}, ((4, 5), (5, 4)), "does not multiply 4×5 with 5×4"),
    ("einsum", {"equation": "ijk->i"}, ((4, 5),), "'ijk' does not name the dimensions of 4×5"),
    ("scale", {"shape": (96, 28)}, MAPS, "stated shape=96×28, but the input has 96×27 there"),
    ("pad", {"padding": (-30, 0)}, MAPS, "padding=(-30, 0) cuts more than there is of 96×27×27"),
    ("affine_grid", {"size": (1, 2, 3)}, ((1, 2, 3),),
     "size=(1, 2, 3) is no batch, channels and two or three spatial sizes"),
    ("experts", {"num_experts": 2, "intermediate_size": 3, "top_k": 1, "idle": 10**9}, ((1, 5),),
     "1,000,000,000 idle experts in a layer"),
    ("causal_conv1d", {"kernel_size": 4, "channels": 8}, ((16, 12),), "stated channels=8, but the input has 12"),
    ("recurrent_state", {"state": (-1,), "read": True}, ((),), "state must be at least 1, not -1"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "attributes", "shapes", "words"), SHAPES)
def test_a_layer_that_cannot_be(kind: str, attributes: dict[str, Any], shapes: tuple[Any, ...], words: str) -> None:
    assert said(kind, attributes, shapes) == f"{kind}: {words}"
    with pytest.raises(ShapeError):
        apply(kind, attributes, shapes)


def test_a_joined_size_names_its_factors() -> None:
    flat = apply("flatten", {}, ((256, 6, 6),)).outputs
    dropped = apply("dropout", {}, flat).outputs
    words = "linear: stated in_features=9126, but the input has 256·6·6 = 9,216"
    assert said("linear", {"out_features": 4096, "in_features": 9126}, flat) == words
    assert said("linear", {"out_features": 4096, "in_features": 9126}, dropped) == words


ARGUMENTS: list[tuple[str, dict[str, Any], str]] = [
    ("conv2d", {"out_channels": 8}, "argument 'kernel_size' is missing"),
    ("conv2d", {"out_channels": 8, "kernelsize": 3}, "no argument 'kernelsize': did you mean 'kernel_size'?"),
    ("relu", {"zzz": 3}, "no argument 'zzz': it takes inplace"),
    ("tanh", {"zzz": 3}, "no argument 'zzz': it takes none"),
    ("conv2d", {"out_channels": -8, "kernel_size": 3},
     "out_channels takes a size (an integer from 0 to 2^63 - 1), not -8"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3.5}, "kernel_size takes a size or a tuple of sizes, not 3.5"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3, "bias": 2}, "bias takes True or False, not 2"),
    ("conv2d", {"out_channels": 8, "kernel_size": 3, "padding": "full"},
     "padding takes an integer, one for each dimension, a pair (before, after) for each, 'same' or 'valid', "
     "not 'full'"),
    ("dropout", {"p": "half"}, "p takes a number, not 'half'"),
    ("reshape", {"shape": 5}, "shape takes a tuple of integers, not 5"),
    ("transpose", {"dim0": 0.5, "dim1": 1}, "dim0 takes an integer, not 0.5"),
    ("upsample", {"scale_factor": "2"}, "scale_factor takes a number or a tuple of numbers, not '2'"),
    ("adaptive_avg_pool2d", {"output_size": "7"},
     "output_size takes a size or a tuple of sizes, None where one stays, not '7'"),
    ("squeeze", {"dim": "1"}, "dim takes a dimension or a tuple of dimensions, not '1'"),
    ("input", {"shape": (3, -1)}, "shape takes a tuple of sizes, not (3, -1)"),
    ("cast", {"dtype": 16}, "dtype takes a string, not 16"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "attributes", "words"), ARGUMENTS)
def test_an_argument_that_does_not_fit(kind: str, attributes: dict[str, Any], words: str) -> None:
    assert said(kind, attributes) == f"{kind}: {words}"
    with pytest.raises(UsageError):
        apply(kind, attributes, MAPS)
