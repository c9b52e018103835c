"""Every kind once more, written shortly: PyTorch says what comes out, what is stored and how many products it takes."""

from __future__ import annotations

from typing import NamedTuple

Shape = tuple[int, ...]


class Same(NamedTuple):
    """A line of a description and PyTorch's own call over the same tensors.

    ``batched``: the first size is a batch, which a description leaves out. ``dtypes``: a letter an input (``f`` reals,
    ``i`` small integers, ``b`` truth values). ``onnx``: PyTorch's exporter knows the operation, and stores what the
    module stores (a norm without scales is written with a scale of ones).
    """

    net: str
    live: str
    shapes: tuple[Shape, ...]
    batched: bool = True
    dtypes: str = "fff"
    onnx: bool = True

    @property
    def kind(self) -> str:
        return self.net.partition("(")[0]


def one(net: str, live: str, *shape: int, onnx: bool = True, dtypes: str = "f") -> Same:
    """One input of one example."""
    return Same(net, live, ((1, *shape),), True, dtypes, onnx)


def whole(net: str, live: str, *shapes: Shape, onnx: bool = True, dtypes: str = "fff") -> Same:
    """Inputs as they stand."""
    return Same(net, live, shapes, False, dtypes, onnx)


def by_value(kinds: str, onnx: bool = True, dtypes: str = "f") -> list[Same]:
    """Functions of one tensor that keep its shape."""
    return [whole(f"{kind}(a)", f"torch.{kind}", (3, 4, 5), onnx=onnx, dtypes=dtypes) for kind in kinds.split()]


def of_two(kinds: str, onnx: bool = True, dtypes: str = "ff") -> list[Same]:
    """Functions of two tensors that broadcast."""
    return [
        whole(f"{kind}(a, b)", f"torch.{kind}", (3, 1, 5), (4, 5), onnx=onnx, dtypes=dtypes) for kind in kinds.split()
    ]


def reduced(kinds: str, onnx: bool = True, dtypes: str = "f", first: bool = False, default: bool = True) -> list[Same]:
    """A dimension is taken together, left or kept; ``first``: the function gives values and places."""
    end = "[0]" if first else ""
    rows = []
    for kind in kinds.split():
        rows += [
            whole(f"{kind}(a, dim=1)", f"lambda a: torch.{kind}(a, dim=1){end}", (3, 4, 5), onnx=onnx, dtypes=dtypes),
            whole(f"{kind}(a, dim=-1, keepdim=True)", f"lambda a: torch.{kind}(a, dim=-1, keepdim=True){end}",
                  (3, 4, 5), onnx=onnx, dtypes=dtypes),
        ]  # fmt: skip
        if default:
            rows.append(whole(f"{kind}(a)", f"lambda a: torch.{kind}(a)", (3, 4, 5), onnx=onnx, dtypes=dtypes))
    return rows


WINDOWS = [
    one("conv2d(8, kernel_size=(3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)",
        "nn.Conv2d(4, 8, (3, 2), stride=(2, 1), padding=(1, 0), dilation=(1, 2), groups=2)", 4, 13, 11),
    one('conv2d(8, kernel_size=3, padding=1, padding_mode="reflect")',
        'nn.Conv2d(4, 8, 3, padding=1, padding_mode="reflect")', 4, 9, 9),
    one('conv1d(8, kernel_size=3, padding=1, padding_mode="circular")',
        'nn.Conv1d(4, 8, 3, padding=1, padding_mode="circular")', 4, 9),
    one("conv1d(6, kernel_size=1, stride=3, groups=3)", "nn.Conv1d(9, 6, 1, stride=3, groups=3)", 9, 20),
    one("conv3d(4, kernel_size=(1, 3, 2), stride=(1, 2, 2), padding=(0, 1, 1))",
        "nn.Conv3d(3, 4, (1, 3, 2), stride=(1, 2, 2), padding=(0, 1, 1))", 3, 5, 9, 8),
    one("conv_transpose1d(6, kernel_size=4, stride=3, padding=1, output_padding=2, groups=2, dilation=2)",
        "nn.ConvTranspose1d(4, 6, 4, stride=3, padding=1, output_padding=2, groups=2, dilation=2)", 4, 10),
    one("conv_transpose2d(6, kernel_size=(3, 4), stride=(1, 2), padding=(1, 0), bias=False)",
        "nn.ConvTranspose2d(4, 6, (3, 4), stride=(1, 2), padding=(1, 0), bias=False)", 4, 5, 6),
    one("conv_transpose3d(6, kernel_size=3, stride=2, padding=1, output_padding=(1, 0, 1), groups=2)",
        "nn.ConvTranspose3d(4, 6, 3, stride=2, padding=1, output_padding=(1, 0, 1), groups=2)", 4, 3, 4, 5),
    one("max_pool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True)",
        "nn.MaxPool1d(3, stride=2, padding=1, dilation=2, ceil_mode=True)", 4, 12),
    one("max_pool2d((3, 2), stride=(2, 3), padding=(1, 0))", "nn.MaxPool2d((3, 2), stride=(2, 3), padding=(1, 0))",
        4, 12, 11),
    one("max_pool3d(2, stride=1, padding=1)", "nn.MaxPool3d(2, stride=1, padding=1)", 4, 4, 5, 6),
    one("avg_pool1d(3, stride=2, padding=1, ceil_mode=True)", "nn.AvgPool1d(3, stride=2, padding=1, ceil_mode=True)",
        4, 12),
    one("avg_pool2d(2, count_include_pad=False)", "nn.AvgPool2d(2, count_include_pad=False)", 4, 9, 9),
    one("avg_pool3d(2, stride=(1, 2, 3), padding=1)", "nn.AvgPool3d(2, stride=(1, 2, 3), padding=1)", 4, 5, 6, 7),
    one("lp_pool1d(2, 3, stride=2, ceil_mode=True)", "nn.LPPool1d(2, 3, stride=2, ceil_mode=True)", 4, 12, onnx=False),
    one("lp_pool2d(2, 3)", "nn.LPPool2d(2, 3)", 4, 12, 12),
    one("lp_pool3d(2, 2)", "nn.LPPool3d(2, 2)", 4, 6, 6, 6, onnx=False),
    whole("max_unpool1d(a, b, kernel_size=2)", "lambda a, b: F.max_unpool1d(a, b, 2)", (1, 3, 5), (1, 3, 5),
          dtypes="fi", onnx=False),
    whole("max_unpool2d(a, b, kernel_size=2, stride=3)", "lambda a, b: F.max_unpool2d(a, b, 2, 3)",
          (1, 3, 5, 5), (1, 3, 5, 5), dtypes="fi", onnx=False),
    whole("max_unpool3d(a, b, kernel_size=2)", "lambda a, b: F.max_unpool3d(a, b, 2)", (1, 3, 2, 3, 4), (1, 3, 2, 3, 4),
          dtypes="fi", onnx=False),
    one("fractional_max_pool2d(2, output_size=(3, 4))", "nn.FractionalMaxPool2d(2, output_size=(3, 4))", 4, 9, 9,
          onnx=False),
    one("fractional_max_pool3d(2, output_ratio=0.5)", "nn.FractionalMaxPool3d(2, output_ratio=0.5)", 4, 8, 9, 10,
          onnx=False),
    one("adaptive_avg_pool1d(3)", "nn.AdaptiveAvgPool1d(3)", 4, 12),
    one("adaptive_avg_pool2d((3, 4))", "nn.AdaptiveAvgPool2d((3, 4))", 4, 12, 12),
    one("adaptive_avg_pool2d((None, 1))", "nn.AdaptiveAvgPool2d((None, 1))", 4, 12, 12, onnx=False),
    one("adaptive_avg_pool3d(1)", "nn.AdaptiveAvgPool3d(1)", 4, 4, 4, 4),
    one("adaptive_max_pool1d(3)", "nn.AdaptiveMaxPool1d(3)", 4, 12),
    one("adaptive_max_pool2d(1)", "nn.AdaptiveMaxPool2d(1)", 4, 5, 6),
    one("adaptive_max_pool3d((2, 2, 1))", "nn.AdaptiveMaxPool3d((2, 2, 1))", 4, 4, 4, 4),
    one("global_avg_pool(keepdim=False)", "lambda a: a.mean((2, 3))", 4, 5, 6),
    one("global_max_pool(keepdim=True)", "lambda a: a.amax((2, 3), keepdim=True)", 4, 5, 6),
    one("unfold(3, dilation=2, padding=1, stride=2)", "nn.Unfold(3, dilation=2, padding=1, stride=2)", 4, 12, 13),
    one("fold((6, 7), kernel_size=2)", "nn.Fold((6, 7), kernel_size=2)", 12, 30, onnx=False),
    one("subsample(2)", "lambda a: a[:, :, ::2, ::2]", 4, 5, 6),
    whole("deform_conv2d(a, b, out_channels=8, kernel_size=3, bias=False)",
          "torchvision.ops.DeformConv2d(4, 8, 3, bias=False)", (1, 4, 9, 9), (1, 18, 7, 7), onnx=False),
    whole("roi_align(a, b, output_size=7)", "lambda a, b: torchvision.ops.roi_align(a, b, 7)", (1, 4, 9, 9), (5, 5),
          onnx=False),
]  # fmt: skip

PRODUCTS = [
    one("linear(7)", "nn.Linear(12, 7)", 5, 12),
    whole("linear(7, bias=False)", "nn.Linear(12, 7, bias=False)", (2, 3, 5, 12)),
    whole("bmm(a, b)", "torch.bmm", (7, 3, 4), (7, 4, 5)),
    whole("matmul(a, b)", "torch.matmul", (2, 1, 3, 4), (5, 4, 6)),
    whole("matmul(a, b, transpose_b=True)", "lambda a, b: a @ b.transpose(1, 2)", (2, 3, 4), (2, 6, 4)),
    whole('einsum(a, b, equation="bhid,bhjd->bhij")', "lambda a, b: torch.einsum('bhid,bhjd->bhij', a, b)",
          (2, 3, 4, 8), (2, 3, 5, 8)),
    whole("cosine_similarity(a, b)", "lambda a, b: F.cosine_similarity(a, b)", (3, 8, 5), (3, 8, 5)),
    whole("pairwise_distance(a, b, keepdim=True)", "lambda a, b: F.pairwise_distance(a, b, keepdim=True)", (3, 8),
          (3, 8)),
    whole("scaled_dot_product_attention(a, b, c)", "F.scaled_dot_product_attention", (2, 4, 10, 16), (2, 4, 7, 16),
          (2, 4, 7, 24)),
    one("lora(24, rank=4)", "nn.Sequential(nn.Linear(32, 4, bias=False), nn.Linear(4, 24, bias=False))", 6, 32),
    one("separable_conv2d(16, kernel_size=3, padding=1, depth_multiplier=2, in_channels=8)",
        "nn.Sequential(nn.Conv2d(8, 16, 3, padding=1, groups=8, bias=False), nn.Conv2d(16, 16, 1))", 8, 9, 9),
    one("causal_conv1d(4)",  # as Mamba's own module runs it: padded on both sides, what is too much cut off
        "Own(lambda m, a: m.conv(a.transpose(1, 2))[:, :, :9].transpose(1, 2), conv=nn.Conv1d(6, 6, 4, groups=6, "
        "padding=3))", 9, 6),
    one("conv2d_partial((2, 3, 4), kernel_size=3)",
        "Own(lambda m, a: torch.cat([m.x(a[:, :2]), m.y(a[:, :3]), m.z(a)], 1), x=nn.Conv2d(2, 1, 3), "
        "y=nn.Conv2d(3, 1, 3), z=nn.Conv2d(4, 1, 3))", 4, 6, 6),
]  # fmt: skip

NORMS = [
    one("batch_norm(affine=False)", "nn.BatchNorm2d(8, affine=False)", 8, 5, 5, onnx=False),
    one("batch_norm()", "nn.BatchNorm1d(8)", 8),
    one("instance_norm()", "nn.InstanceNorm2d(8)", 8, 5, 5, onnx=False),
    one("instance_norm(affine=True)", "nn.InstanceNorm1d(8, affine=True)", 8, 5),
    one("group_norm(2, affine=False)", "nn.GroupNorm(2, 8, affine=False)", 8, 5, 5, onnx=False),
    one("layer_norm((8, 5, 5))", "nn.LayerNorm((8, 5, 5))", 8, 5, 5),
    one("layer_norm(5, bias=False)", "nn.LayerNorm(5, bias=False)", 8, 5, 5, onnx=False),
    one("rms_norm(5)", "nn.RMSNorm(5)", 8, 5, 5, onnx=False),
    one("local_response_norm(4)", "nn.LocalResponseNorm(4)", 8, 5, 5),
    whole("normalize(a, dim=-1)", "lambda a: F.normalize(a, dim=-1)", (8, 5)),
]

ACTIVATIONS = [
    *(one(f"{kind}()", f"nn.{module}()", 6, 5, 5)
      for kind, module in {
          "relu": "ReLU", "relu6": "ReLU6", "selu": "SELU", "silu": "SiLU", "mish": "Mish", "sigmoid": "Sigmoid",
          "hardsigmoid": "Hardsigmoid", "hardswish": "Hardswish", "tanh": "Tanh", "logsigmoid": "LogSigmoid",
          "softsign": "Softsign", "tanhshrink": "Tanhshrink", "elu": "ELU", "celu": "CELU", "leaky_relu": "LeakyReLU",
          "rrelu": "RReLU", "gelu": "GELU", "hardtanh": "Hardtanh", "hardshrink": "Hardshrink",
          "softshrink": "Softshrink", "softplus": "Softplus", "dropout": "Dropout", "dropout2d": "Dropout2d",
          "alpha_dropout": "AlphaDropout", "feature_alpha_dropout": "FeatureAlphaDropout",
      }.items()),
    one("dropout1d()", "nn.Dropout1d()", 6, 5),
    one("dropout3d()", "nn.Dropout3d()", 6, 5, 5, 5),
    one("threshold(0.1, 20)", "nn.Threshold(0.1, 20)", 6, 5, 5, onnx=False),
    one("prelu()", "nn.PReLU()", 6, 5, 5),
    one("prelu(6)", "nn.PReLU(6)", 6, 5, 5),
    one("glu()", "nn.GLU()", 6, 8),
    one("softmax(dim=-1)", "nn.Softmax(-1)", 6, 8),
    one("log_softmax(dim=-1)", "nn.LogSoftmax(-1)", 6, 8),
    one("softmin(dim=-1)", "nn.Softmin(-1)", 6, 8),
    one("gumbel_softmax(dim=-1)", "lambda a: F.gumbel_softmax(a, dim=-1)", 6, 8, onnx=False),
    one("stochastic_depth(0.2)", "torchvision.ops.StochasticDepth(0.2, 'row')", 6, 8, 8),
    one("maxout(2)", "lambda a: a.unflatten(1, (3, 2)).amax(2)", 6, 5, 5),
]  # fmt: skip

VALUES = [
    *by_value("abs neg exp log sqrt rsqrt square reciprocal sin cos tan asin acos atan erf floor ceil round sign "
              "isnan isinf log2 log10 log1p"),
    *by_value("expm1 exp2 sinh cosh asinh acosh atanh trunc", onnx=False),
    *by_value("logical_not", dtypes="b"),
    *by_value("bitwise_not", dtypes="i", onnx=False),
    *of_two("add sub mul div pow maximum minimum remainder fmod eq ne lt le gt ge atan2"),
    *of_two("floor_divide"),
    *of_two("logical_and logical_or logical_xor", dtypes="bb"),
    *of_two("bitwise_and bitwise_or bitwise_xor", dtypes="ii", onnx=False),
    whole("where(a, b, c)", "torch.where", (3, 1, 5), (4, 5), (1, 1, 5), dtypes="bff"),
    whole("masked_fill(a, b, value=0.0)", "lambda a, b: a.masked_fill(b, 0.0)", (3, 4, 5), (4, 5), dtypes="fb"),
    whole("lerp(a, b, c)", "torch.lerp", (3, 4, 5), (4, 5), (5,)),
    whole("clamp(a, min=0.0, max=1.0)", "lambda a: torch.clamp(a, 0.0, 1.0)", (3, 4, 5)),
    whole("affine(a, scale=2.0, shift=1.0)", "lambda a: a * 2.0 + 1.0", (3, 4, 5)),
    whole('cast(a, dtype="float16")', "lambda a: a.to(torch.float16)", (3, 4, 5)),
    whole("add(a, value=1.0)", "lambda a: a + 1.0", (3, 4, 5)),
]  # fmt: skip

SHAPES = [
    whole("concat(a, b, dim=1)", "lambda a, b: torch.cat((a, b), 1)", (3, 4, 5), (3, 2, 5)),
    whole("stack(a, b, dim=1)", "lambda a, b: torch.stack((a, b), 1)", (3, 5), (3, 5)),
    whole("split(a, (2, 3), dim=2)", "lambda a: torch.split(a, (2, 3), 2)[0]", (3, 4, 5)),
    whole("chunk(a, 3, dim=2)", "lambda a: torch.chunk(a, 3, 2)[0]", (3, 4, 7)),
    whole("unbind(a, dim=1)", "lambda a: torch.unbind(a, 1)[0]", (3, 4, 5)),
    one("identity()", "nn.Identity()", 3, 4, 5),
    one("flatten()", "nn.Flatten()", 3, 4, 5),
    whole("flatten(a, start_dim=1, end_dim=2)", "lambda a: torch.flatten(a, 1, 2)", (3, 4, 5, 6)),
    whole("unflatten(a, dim=1, unflattened_size=(2, -1))", "lambda a: a.unflatten(1, (2, -1))", (3, 4, 5)),
    whole("reshape(a, (5, -1))", "lambda a: a.reshape(5, -1)", (3, 4, 5)),
    whole("view(a, (-1, 10))", "lambda a: a.view(-1, 10)", (3, 4, 5)),
    whole("transpose(a, 0, -1)", "lambda a: a.transpose(0, -1)", (3, 4, 5)),
    whole("permute(a, (2, 0, 1))", "lambda a: a.permute(2, 0, 1)", (3, 4, 5)),
    whole("squeeze(a, dim=1)", "lambda a: a.squeeze(1)", (3, 1, 5)),
    whole("squeeze(a)", "lambda a: a.squeeze()", (3, 1, 1, 5)),
    whole("unsqueeze(a, dim=-1)", "lambda a: a.unsqueeze(-1)", (3, 5)),
    whole("expand(a, (2, -1, 4))", "lambda a: a.expand(2, -1, 4)", (3, 1)),
    whole("tile(a, (2, 1, 3))", "lambda a: a.tile(2, 1, 3)", (3, 4)),
    whole("repeat_interleave(a, 3, dim=1)", "lambda a: a.repeat_interleave(3, 1)", (3, 4)),
    whole("pad(a, (1, 2, 3, 0))", "lambda a: F.pad(a, (1, 2, 3, 0))", (2, 3, 4, 5)),
    whole('pad(a, (1, 2), mode="reflect")', "lambda a: F.pad(a, (1, 2), mode='reflect')", (2, 3, 4)),
    one("upsample(scale_factor=2)", "nn.Upsample(scale_factor=2)", 3, 4, 5),
    one('upsample(size=(7, 9), mode="bilinear")', "nn.Upsample(size=(7, 9), mode='bilinear')", 3, 4, 5),
    one('interpolate(scale_factor=1.5, mode="bilinear")',
        "lambda a: F.interpolate(a, scale_factor=1.5, mode='bilinear')", 3, 5, 7),
    one("resize((6, 8))", "lambda a: F.interpolate(a, (6, 8), mode='bilinear')", 3, 5, 7),
    one("center_crop((3, 4))", "torchvision.transforms.CenterCrop((3, 4))", 3, 5, 7, onnx=False),
    one("random_crop((3, 4))", "torchvision.transforms.RandomCrop((3, 4))", 3, 5, 7, onnx=False),
    one("crop((3, 4))", "lambda a: a[:, :, :3, :4]", 3, 5, 7),
    one("pixel_shuffle(2)", "nn.PixelShuffle(2)", 8, 3, 4),
    one("pixel_unshuffle(2)", "nn.PixelUnshuffle(2)", 2, 4, 6),
    one("depth_to_space(2)", "lambda a: F.pixel_shuffle(a, 2)", 8, 3, 4),
    one("space_to_depth(2)", "lambda a: F.pixel_unshuffle(a, 2)", 2, 4, 6),
    one("channel_shuffle(2)", "nn.ChannelShuffle(2)", 8, 3, 4, onnx=False),
    whole("grid_sample(a, b)", "lambda a, b: F.grid_sample(a, b, align_corners=False)", (1, 4, 8, 8), (1, 5, 6, 2)),
    whole("flip(a, dims=1)", "lambda a: a.flip(1)", (3, 4, 5)),
    whole("roll(a, shifts=1, dims=1)", "lambda a: a.roll(1, 1)", (3, 4, 5)),
]  # fmt: skip

REDUCTIONS = [
    *reduced("mean sum amax amin var std logsumexp argmax argmin", default=False),
    *reduced("all any", dtypes="b", default=False),
    *reduced("prod norm"),
    *(whole(f"{kind}(a)", f"lambda a: torch.{kind}(a)", (3, 4, 5)) for kind in "mean sum argmax argmin max min".split()),
    *reduced("max min", first=True, default=False),
    *reduced("median mode", first=True, default=False, onnx=False),
    whole("count_nonzero(a, dim=1)", "lambda a: torch.count_nonzero(a, dim=1)", (3, 4, 5), onnx=False),
    *(whole(f"{kind}(a, dim=1)", f"lambda a: torch.{kind}(a, dim=1)", (3, 4, 5), onnx=kind == "cumsum")
      for kind in "cumsum cumprod logcumsumexp".split()),
    whole("sort(a, dim=1)", "lambda a: torch.sort(a, dim=1)[0]", (3, 4, 5)),
    whole("topk(a, 2, dim=1)", "lambda a: torch.topk(a, 2, dim=1)[0]", (3, 4, 5)),
]  # fmt: skip

INDEXING = [
    whole("slice(a, start=1, end=-1, step=2, dim=2)", "lambda a: a[:, :, 1:-1:2]", (3, 4, 9)),
    whole("narrow(a, 1, 1, 2)", "lambda a: a.narrow(1, 1, 2)", (3, 4, 5)),
    whole("select(a, 1, 2)", "lambda a: a.select(1, 2)", (3, 4, 5)),
    whole("index_select(a, b, dim=1)", "lambda a, b: a.index_select(1, b)", (3, 4, 5), (7,), dtypes="fi"),
    whole("gather(a, b, dim=1)", "lambda a, b: a.gather(1, b)", (3, 4), (3, 2), dtypes="fi"),
    whole("scatter(a, b, c, dim=1)", "lambda a, b, c: a.scatter(1, b, c)", (3, 4), (3, 2), (3, 2), dtypes="fif"),
    whole("index_add(a, b, c, dim=0)", "lambda a, b, c: a.index_add(0, b, c)", (3, 4), (2,), (2, 4), dtypes="fif",
          onnx=False),
    whole("index_copy(a, b, c, dim=0)", "lambda a, b, c: a.index_copy(0, b, c)", (3, 4), (2,), (2, 4), dtypes="fif",
          onnx=False),
    whole("index_fill(a, b, dim=0)", "lambda a, b: a.index_fill(0, b, 1.0)", (3, 4), (2,), dtypes="fi", onnx=False),
    whole("masked_scatter(a, b, c)", "lambda a, b, c: a.masked_scatter(b, c)", (3, 4), (3, 4), (3, 4), dtypes="fbf",
          onnx=False),
    whole("index_put(a, b, c)", "lambda a, b, c: a.index_put((b,), c)", (3, 4), (2,), (2, 4), dtypes="fif",
          onnx=False),
    whole("one_hot(a, 5)", "lambda a: F.one_hot(a, 5)", (3, 4), dtypes="i"),
    whole("tril(a)", "torch.tril", (4, 5)),
    whole("triu(a, diagonal=1)", "lambda a: torch.triu(a, 1)", (4, 5)),
    whole("embedding(a, 50, 8)", "nn.Embedding(50, 8)", (3, 4), dtypes="i"),
    whole('embedding_bag(a, 50, 8, mode="sum")', 'nn.EmbeddingBag(50, 8, mode="sum")', (3, 4), dtypes="i",
          onnx=False),
]  # fmt: skip

LOSSES = [
    *(whole(f"{kind}(a, b)", f"F.{kind}", (3, 4), (3, 4))
      for kind in "mse_loss kl_div binary_cross_entropy_with_logits".split()),
    *(whole(f"{kind}(a, b)", f"F.{kind}", (3, 4), (3, 4), onnx=False)
      for kind in "l1_loss smooth_l1_loss huber_loss".split()),
    whole("binary_cross_entropy(a, b)", "lambda a, b: F.binary_cross_entropy(a.sigmoid(), b.sigmoid())",
          (3, 4), (3, 4), onnx=False),
    whole("cross_entropy(a, b)", "F.cross_entropy", (3, 4), (3,), dtypes="fi"),
    whole("nll_loss(a, b)", "F.nll_loss", (3, 4), (3,), dtypes="fi"),
    whole('mse_loss(a, b, reduction="none")', "lambda a, b: F.mse_loss(a, b, reduction='none')", (3, 4), (3, 4)),
]  # fmt: skip

RECURRENT = [
    whole("gru(8, num_layers=2, bidirectional=True)",
          "Own(lambda m, a: m.x(a)[0], x=nn.GRU(6, 8, num_layers=2, bidirectional=True))", (5, 3, 6)),
    whole("lstm(8, batch_first=True, num_layers=2, proj_size=3)",
          "Own(lambda m, a: m.x(a)[0], x=nn.LSTM(6, 8, batch_first=True, num_layers=2, proj_size=3))", (3, 5, 6),
          onnx=False),
    whole('rnn(8, nonlinearity="relu", bias=False)',
          "Own(lambda m, a: m.x(a)[0], x=nn.RNN(6, 8, nonlinearity='relu', bias=False))", (5, 3, 6)),
    one("lstm_cell(8)", "Own(lambda m, a: m.x(a)[0], x=nn.LSTMCell(6, 8))", 6, onnx=False),
    one("gru_cell(8, bias=False)", "Own(lambda m, a: m.x(a), x=nn.GRUCell(6, 8, bias=False))", 6, onnx=False),
    one("rnn_cell(8)", "Own(lambda m, a: m.x(a), x=nn.RNNCell(6, 8))", 6, onnx=False),
    whole("multihead_attention(a, b, c, embed_dim=16, num_heads=4, kdim=6, vdim=7)",
          "Own(lambda m, a, b, c: m.x(a, b, c, need_weights=False)[0], x=nn.MultiheadAttention(16, 4, kdim=6, vdim=7))",
          (5, 3, 16), (7, 3, 6), (7, 3, 7), onnx=False),
]  # fmt: skip

ROWS = [
    *WINDOWS, *PRODUCTS, *NORMS, *ACTIVATIONS, *VALUES, *SHAPES, *REDUCTIONS, *INDEXING, *LOSSES, *RECURRENT,
]  # fmt: skip

ELSEWHERE = {
    "input contraction elementwise fft buffers operation tensors tied constant parameter": "what a source read, not an "
    "operation: read back in tests/notation",
    "roi_pool ps_roi_align ps_roi_pool nms": "torchvision's own kernels, which need a compiled library",
    "spatial_pyramid_pool2d response_norm_within": "Caffe's and cuda-convnet's: by hand in tests/sources",
    "conv2d_local trainable_subsample trainable_subsample2d": "PyTorch has none: worked by hand",
    "gaussian_blur": "published counts leave the fixed filter out (the 628,615,616 of the contest's nets, "
    "'630 million connections'); torchvision's module runs a convolution, which a live model's books count",
    "attention experts recurrent_state": "a family's: against transformers' own models in tests/properties",
    "scale bias": "no module of PyTorch's is just that",
    "nonzero unique shape ctc_loss hinge_loss accuracy": "sizes that depend on the data, or no size at all",
    "yolo region detection": "Darknet's: by its own files in tests/sources/test_darknet.py",
}
"""Kinds without a line here, and why."""
