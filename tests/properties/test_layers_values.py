"""Norms, activations and everything that rearranges, of random sizes, against PyTorch."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from hypothesis import assume, given
from hypothesis import strategies as st
from torch.nn import functional

from netledger.errors import ShapeError
from netledger.layers import apply
from tests.properties.layers_against_torch import META, measured, quick, same, shapes_of, tensors

small = st.integers(1, 6)
flag = st.booleans()
shape = st.lists(st.integers(1, 6), min_size=1, max_size=5).map(tuple)


def outputs(function: Any, *shapes: tuple[int, ...]) -> Any:
    """PyTorch's output shapes; ``None`` where it refuses."""
    try:
        return shapes_of(function(*tensors(*shapes)))
    except (RuntimeError, ValueError, IndexError):
        return None


def alike(kind: str, attributes: dict[str, Any], function: Any, *shapes: tuple[int, ...], batched: bool = True) -> None:
    """The rule's outputs are PyTorch's, and it refuses what PyTorch refuses."""
    wanted = outputs(function, *shapes)
    if wanted is None:
        with pytest.raises(ShapeError):
            apply(kind, attributes, shapes, batched)
    else:
        effect = apply(kind, attributes, shapes, batched)
        assert effect.outputs == wanted
        assert (effect.parameters.count, effect.macs.count) == (0, 0)


# ---------------------------------------------------------------------- norms


@quick
@given(small, st.integers(0, 3), flag, flag, flag)
def test_batch_norm(channels: int, axes: int, affine: bool, statistics: bool, bias: bool) -> None:
    attributes = {"affine": affine, "track_running_stats": statistics, "bias": bias}
    module = getattr(torch.nn, f"BatchNorm{max(axes, 1)}d")(channels, device=META, **attributes)
    same("batch_norm", attributes, module, *tensors((4, channels, *(3, 4, 5)[:axes])))


@quick
@given(small, st.integers(1, 3), flag, flag, flag)
def test_instance_norm(channels: int, axes: int, affine: bool, statistics: bool, batched: bool) -> None:
    attributes = {"affine": affine, "track_running_stats": statistics}
    module = getattr(torch.nn, f"InstanceNorm{axes}d")(channels, device=META, **attributes)
    batch = (2,) if batched else ()
    same("instance_norm", attributes, module, *tensors((*batch, channels, *(3, 4, 5)[:axes])), batched=batched)


@quick
@given(small, small, st.integers(1, 3), flag, flag)
def test_group_norm(channels: int, groups: int, axes: int, affine: bool, bias: bool) -> None:
    attributes = {"num_groups": groups, "affine": affine, "bias": bias}
    size = (2, channels, *(3, 4, 5)[:axes])
    if channels % groups:
        with pytest.raises(ShapeError, match=f"{channels} channels do not divide into {groups} groups"):
            apply("group_norm", attributes, (size,), True)
    else:
        module = torch.nn.GroupNorm(num_channels=channels, device=META, **attributes)
        same("group_norm", attributes, module, *tensors(size))


@quick
@given(shape, st.data(), flag, flag)
def test_layer_and_rms_norm(size: tuple[int, ...], data: Any, affine: bool, bias: bool) -> None:
    last = size[data.draw(st.integers(0, len(size) - 1)) :]
    attributes: dict[str, Any] = {"normalized_shape": last, "elementwise_affine": affine}
    same("rms_norm", attributes, torch.nn.RMSNorm(device=META, **attributes), *tensors(size))
    attributes["bias"] = bias
    same("layer_norm", attributes, torch.nn.LayerNorm(device=META, **attributes), *tensors(size))


def test_layer_norm_is_over_the_last_dimension_unless_told() -> None:
    assert apply("layer_norm", {}, ((197, 768),)).parameters.count == 2 * 768


@quick
@given(shape, small)
def test_response_norm_keeps_the_shape(size: tuple[int, ...], n: int) -> None:
    assume(len(size) >= 3)
    alike("local_response_norm", {"size": n}, lambda x: functional.local_response_norm(x, n), size)


# ---------------------------------------------------------------------- activations

ACTIVATIONS: dict[str, dict[str, Any]] = {
    "relu": {}, "relu6": {}, "selu": {}, "silu": {}, "mish": {}, "hardsigmoid": {}, "hardswish": {}, "sigmoid": {},
    "tanh": {}, "logsigmoid": {}, "softsign": {}, "tanhshrink": {}, "elu": {"alpha": 0.5}, "celu": {"alpha": 2.0},
    "leaky_relu": {"negative_slope": 0.1}, "rrelu": {"lower": 0.1, "upper": 0.2}, "gelu": {"approximate": "tanh"},
    "hardtanh": {"min_val": -2.0, "max_val": 2.0}, "hardshrink": {"lambd": 0.3}, "softshrink": {"lambd": 0.3},
    "softplus": {"beta": 2.0}, "threshold": {"threshold": 0.1, "value": 20.0}, "softmax": {"dim": -1},
    "log_softmax": {"dim": 0}, "softmin": {"dim": 0}, "dropout": {"p": 0.2}, "alpha_dropout": {"p": 0.2},
    "feature_alpha_dropout": {"p": 0.2},
}  # fmt: skip
NAMES = {
    "relu": "ReLU", "relu6": "ReLU6", "selu": "SELU", "silu": "SiLU", "logsigmoid": "LogSigmoid", "elu": "ELU",
    "celu": "CELU", "leaky_relu": "LeakyReLU", "rrelu": "RReLU", "gelu": "GELU", "log_softmax": "LogSoftmax",
    "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout",
}  # fmt: skip


@pytest.mark.parametrize("kind", ACTIVATIONS)
def test_activation(kind: str) -> None:
    attributes = ACTIVATIONS[kind]
    module = getattr(torch.nn, NAMES.get(kind, kind.capitalize()))(**attributes)
    same(kind, attributes, module, *tensors((2, 6, 5, 5)))


@quick
@given(small, st.sampled_from([1, 6]))
def test_prelu(batch: int, slopes: int) -> None:
    module = torch.nn.PReLU(slopes, device=META)
    same("prelu", {"num_parameters": slopes}, module, *tensors((batch, 6, 3)))


@quick
@given(shape, st.integers(-5, 4))
def test_glu(size: tuple[int, ...], dim: int) -> None:
    alike("glu", {"dim": dim}, lambda x: functional.glu(x, dim), size)


# ---------------------------------------------------------------------- joining, splitting, broadcasting


@quick
@given(shape, st.data())
def test_broadcasting(size: tuple[int, ...], data: Any) -> None:
    other = tuple(data.draw(st.sampled_from([n, 1, 7])) for n in size)[data.draw(st.integers(0, len(size))) :]
    alike("add", {}, torch.add, size, other)
    alike("where", {}, lambda x, y: torch.where(x > 0, x, y), size, other)


@quick
@given(shape, st.integers(-6, 5), st.lists(st.integers(1, 5), min_size=1, max_size=4), small)
def test_concat_and_stack(size: tuple[int, ...], dim: int, widths: list[int], odd: int) -> None:
    assume(-len(size) <= dim < len(size))
    axis = dim % len(size)
    shapes = [(*size[:axis], width, *size[axis + 1 :]) for width in widths]
    alike("concat", {"dim": dim}, lambda *x: torch.cat(x, dim), *shapes)
    alike("concat", {"dim": dim}, lambda *x: torch.cat(x, dim), *shapes, (*size, odd))
    alike("stack", {"dim": dim}, lambda *x: torch.stack(x, dim), *[size] * len(widths))
    alike("stack", {"dim": dim}, lambda *x: torch.stack(x, dim), *shapes)


@quick
@given(shape, st.integers(-6, 5), st.integers(1, 8), st.lists(st.integers(0, 4), min_size=1, max_size=4).map(tuple))
def test_split_chunk_unbind(size: tuple[int, ...], dim: int, n: int, sections: tuple[int, ...]) -> None:
    alike("split", {"split_size_or_sections": n, "dim": dim}, lambda x: x.split(n, dim), size)
    alike("split", {"split_size_or_sections": sections, "dim": dim}, lambda x: x.split(list(sections), dim), size)
    alike("chunk", {"chunks": n, "dim": dim}, lambda x: x.chunk(n, dim), size)
    alike("unbind", {"dim": dim}, lambda x: x.unbind(dim), size)


@quick
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3))
def test_channels_are_the_dimension_after_the_batch(a: int, b: int, axes: int) -> None:
    space = (3, 4, 5)[:axes]
    for batch, dim in ((), 0), ((2,), 1):
        shapes = ((*batch, a, *space), (*batch, b, *space))
        theirs = outputs(lambda *x, dim=dim: torch.cat(x, dim), *shapes)
        assert apply("concat", {}, shapes, bool(batch)).outputs == theirs
        assert apply("split", {"split_size_or_sections": (a, b)}, theirs, bool(batch)).outputs == shapes


# ---------------------------------------------------------------------- rearranging


@quick
@given(shape, st.integers(-6, 5), st.integers(-6, 5))
def test_flatten_transpose_squeeze(size: tuple[int, ...], first: int, second: int) -> None:
    alike("flatten", {"start_dim": first, "end_dim": second}, lambda x: x.flatten(first, second), size)
    alike("transpose", {"dim0": first, "dim1": second}, lambda x: x.transpose(first, second), size)
    alike("squeeze", {"dim": first}, lambda x: x.squeeze(first), size)
    alike("squeeze", {}, torch.squeeze, size)
    alike("unsqueeze", {"dim": first}, lambda x: x.unsqueeze(first), size)
    alike("flatten", {}, torch.nn.Flatten(), (2, *size))


@quick
@given(shape, st.data())
def test_reshape_permute_expand(size: tuple[int, ...], data: Any) -> None:
    order = tuple(data.draw(st.permutations(range(-len(size), 0))))
    alike("permute", {"dims": order}, lambda x: x.permute(order), size)
    new = list(data.draw(st.permutations(size)))
    new[data.draw(st.integers(0, len(new) - 1))] = data.draw(st.sampled_from([-1, 2, 3]))
    alike("reshape", {"shape": tuple(new)}, lambda x: x.reshape(new), size)
    split = data.draw(st.sampled_from([(2, -1), (-1, 3), (1, -1), (2, 3)]))
    alike("unflatten", {"dim": 0, "unflattened_size": split}, lambda x: x.unflatten(0, split), size)
    wide = (*data.draw(st.sampled_from([(), (4,)])), *[data.draw(st.sampled_from([-1, n, 5])) for n in size])
    alike("expand", {"size": wide}, lambda x: x.expand(wide), size)
    times = tuple(data.draw(st.lists(small, min_size=1, max_size=6)))
    alike("tile", {"dims": times}, lambda x: x.tile(times), size)
    alike("repeat_interleave", {"repeats": 3, "dim": 0}, lambda x: x.repeat_interleave(3, 0), size)


@quick
@given(st.integers(1, 4), st.integers(1, 4), st.integers(1, 4), st.integers(1, 3))
def test_channels_for_space(channels: int, height: int, width: int, by: int) -> None:
    up, down = torch.nn.PixelShuffle(by), torch.nn.PixelUnshuffle(by)
    alike("pixel_shuffle", {"upscale_factor": by}, up, (channels * by, height, width))
    alike("pixel_unshuffle", {"downscale_factor": by}, down, (2, channels, height * 2, width * 3))
    alike("channel_shuffle", {"groups": by}, torch.nn.ChannelShuffle(by), (2, channels * 2, height, width))


@quick
@given(st.data(), st.integers(1, 3))
def test_resizing(data: Any, axes: int) -> None:
    size = (2, 3, *[data.draw(st.integers(1, 9)) for _ in range(axes)])
    scale = data.draw(st.integers(1, 3) | st.sampled_from([0.5, 1.5, 0.3, 2.7, 0.1, 1 / 3]))
    wanted = data.draw(st.integers(1, 9))
    assume(all(int(n * scale) > 0 for n in size[2:]))
    module = torch.nn.Upsample(scale_factor=scale)
    alike("upsample", {"scale_factor": scale}, module, size)
    alike("interpolate", {"size": wanted}, lambda x: functional.interpolate(x, wanted), size)


@quick
@given(st.data(), st.integers(1, 4))
def test_pad(data: Any, dims: int) -> None:
    widths = tuple(data.draw(st.lists(st.integers(-2, 3), min_size=2 * dims, max_size=2 * dims)))
    size = tuple(data.draw(st.lists(st.integers(5, 9), min_size=3, max_size=4)))
    alike("pad", {"padding": widths}, lambda x: functional.pad(x, widths), size)


def test_pad_by_one_width_is_all_around_the_maps() -> None:
    alike("pad", {"padding": 2}, torch.nn.ReflectionPad2d(2), (1, 3, 8, 9))


# ---------------------------------------------------------------------- reductions, parts


@quick
@given(shape, st.data(), flag)
def test_reductions(size: tuple[int, ...], data: Any, keepdim: bool) -> None:
    dims = tuple(data.draw(st.lists(st.integers(-len(size), len(size) - 1), min_size=1, max_size=3)))
    assume(len({dim % len(size) for dim in dims}) == len(dims))
    for kind in ("mean", "sum", "amax", "var", "logsumexp"):
        function = getattr(torch, kind)
        alike(kind, {"dim": dims, "keepdim": keepdim}, lambda x, f=function: f(x, dim=dims, keepdim=keepdim), size)
    alike("mean", {}, torch.mean, size)
    for kind in ("max", "min", "median"):
        function = getattr(torch, kind)
        alike(kind, {"dim": dims[0], "keepdim": keepdim}, lambda x, f=function: f(x, dims[0], keepdim), size)
        alike(kind, {}, function, size)
    alike("argmax", {"dim": dims[0]}, lambda x: x.argmax(dims[0]), size)


@quick
@given(shape, st.integers(-6, 5), st.integers(0, 6))
def test_ordering(size: tuple[int, ...], dim: int, k: int) -> None:
    alike("cumsum", {"dim": dim}, lambda x: x.cumsum(dim), size)
    assume(-len(size) <= dim < len(size))  # on the meta device PyTorch does not look
    alike("sort", {"dim": dim}, lambda x: x.sort(dim), size)
    alike("topk", {"k": k, "dim": dim}, lambda x: x.topk(k, dim), size)


bound = st.none() | st.integers(-8, 8)


@quick
@given(shape, st.integers(-6, 5), bound, bound, st.none() | st.integers(1, 3), st.integers(0, 7))
def test_parts(size: tuple[int, ...], dim: int, start: Any, end: Any, step: Any, length: int) -> None:
    alike("select", {"dim": dim, "index": length - 3}, lambda x: x.select(dim, length - 3), size)
    assume(-len(size) <= dim < len(size))
    attributes = {"start": start, "end": end, "step": step, "dim": dim}
    alike("slice", attributes, lambda x: x.movedim(dim, 0)[start:end:step].movedim(0, dim), size)
    alike("narrow", {"dim": dim, "start": 1, "length": length}, lambda x: x.narrow(dim, 1, length), size)


@quick
@given(shape, st.integers(1, 5))
def test_gathering(size: tuple[int, ...], count: int) -> None:
    table, indices = tensors(size)[0], tensors((count,), dtype=torch.int64)[0]
    wanted = shapes_of(table.index_select(0, indices))
    assert apply("index_select", {"dim": 0}, (size, (count,))).outputs == wanted
    places = tensors((1,) * len(size), dtype=torch.int64)[0]
    assert apply("gather", {"dim": 0}, (size, tuple(places.shape))).outputs == shapes_of(table.gather(0, places))


@quick
@given(small, small, st.sampled_from(["mean", "none"]))
def test_losses(batch: int, classes: int, reduction: str) -> None:
    scores, target = tensors((batch, classes))[0], tensors((batch,), dtype=torch.int64)[0]
    theirs = measured(lambda a, b: functional.cross_entropy(a, b, reduction=reduction), scores, target)[0]
    assert apply("cross_entropy", {"reduction": reduction}, ((batch, classes), (batch,))).outputs == theirs
    alike("huber_loss", {"reduction": reduction}, torch.nn.HuberLoss(reduction), (batch, 3), (batch, 3))


@quick
@given(st.integers(1, 3), small, small)
def test_sampling_a_grid(batch: int, height: int, width: int) -> None:
    shapes = ((batch, 3, 5, 5), (batch, height, width, 2))
    alike("grid_sample", {}, lambda x, g: functional.grid_sample(x, g, align_corners=False), *shapes)


@quick
@given(shape, shape)
def test_comparing(left: tuple[int, ...], right: tuple[int, ...]) -> None:
    assume(len(left) > 1)
    alike("cosine_similarity", {}, torch.nn.CosineSimilarity(), left, left)
    alike("pairwise_distance", {"keepdim": True}, torch.nn.PairwiseDistance(keepdim=True), left, left)
