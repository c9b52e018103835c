"""Pools, grids, resampling, norms and Fourier transforms: what contracts nothing, and the one grid that does."""

from __future__ import annotations

from tests.same_everywhere.row import Row, image, node


def _pool(kind: str, **fields: object) -> dict[str, str]:
    body = " ".join(f"{name}: {value}" for name, value in {"pool": kind, **fields}.items())
    return {"prototxt": f'layer {{ name: "y" type: "Pooling" bottom: "data" top: "y" pooling_param {{ {body} }} }}'}


K3S2 = {"kernel_shape": [3, 3], "strides": [2, 2]}

ROWS: list[Row] = [
    image("max_pool2d", (4, 9, 9), (4, 4, 4), 0, "0", "max_pool2d(3, stride=2)", node("MaxPool", "a", **K3S2),
          "nn.MaxPool2d(3, stride=2)"),
    image("max_pool2d, rounded up", (4, 10, 10), (4, 5, 5), 0, "0", "max_pool2d(3, stride=2, ceil_mode=True)",
          node("MaxPool", "a", **K3S2, ceil_mode=1), "nn.MaxPool2d(3, stride=2, ceil_mode=True)",
          text=_pool("MAX", kernel_size=3, stride=2)),
    image("max_pool2d, rounded up onto the padding", (4, 3, 3), (4, 2, 2), 0, "0",
          "max_pool2d(2, stride=2, padding=1, ceil_mode=True)",
          node("MaxPool", "a", kernel_shape=[2, 2], strides=[2, 2], pads=[1] * 4, ceil_mode=1),
          "nn.MaxPool2d(2, stride=2, padding=1, ceil_mode=True)"),
    image("max_pool2d with padding and dilation", (4, 9, 9), (4, 7, 7), 0, "0",
          "max_pool2d(3, stride=1, padding=1, dilation=2)",
          node("MaxPool", "a", kernel_shape=[3, 3], strides=[1, 1], pads=[1] * 4, dilations=[2, 2]),
          "nn.MaxPool2d(3, stride=1, padding=1, dilation=2)"),
    image("max_pool1d", (4, 9), (4, 4), 0, "0", "max_pool1d(2)",
          node("MaxPool", "a", kernel_shape=[2], strides=[2]), "nn.MaxPool1d(2)"),
    image("max_pool3d", (2, 6, 6, 6), (2, 3, 3, 3), 0, "0", "max_pool3d(2)",
          node("MaxPool", "a", kernel_shape=[2] * 3, strides=[2] * 3), "nn.MaxPool3d(2)"),
    image("avg_pool2d", (4, 9, 9), (4, 4, 4), 0, "0", "avg_pool2d(3, stride=2)", node("AveragePool", "a", **K3S2),
          "nn.AvgPool2d(3, stride=2)"),
    image("avg_pool2d, rounded up", (4, 10, 10), (4, 5, 5), 0, "0", "avg_pool2d(3, stride=2, ceil_mode=True)",
          node("AveragePool", "a", **K3S2, ceil_mode=1), "nn.AvgPool2d(3, stride=2, ceil_mode=True)",
          text=_pool("AVE", kernel_size=3, stride=2)),
    image("max_pool2d that keeps the size", (4, 9, 9), (4, 5, 5), 0, "0", 'max_pool2d(3, stride=2, padding="same")',
          node("MaxPool", "a", **K3S2, auto_pad="SAME_UPPER"), None),
    image("global average", (8, 5, 5), (8, 1, 1), 0, "0", "adaptive_avg_pool2d(1)", node("GlobalAveragePool", "a"),
          "nn.AdaptiveAvgPool2d(1)"),
    image("lp_pool2d", (4, 8, 8), (4, 4, 4), 0, "0", "lp_pool2d(2, 2)",
          node("LpPool", "a", kernel_shape=[2, 2], strides=[2, 2], p=2), "nn.LPPool2d(2, 2)"),
    image("batch_norm", (8, 5, 5), (8, 5, 5), 16, "0", "batch_norm()",
          node("BatchNormalization", "a s b m v", {"s": (8,), "b": (8,), "m": (8,), "v": (8,)}), "nn.BatchNorm2d(8)"),
    Row("layer_norm", ((2, 6, 32),), (2, 6, 32), 64, "0", "layer_norm(32)",
        node("LayerNormalization", "a s b", {"s": (32,), "b": (32,)}), "nn.LayerNorm(32)"),
    image("group_norm", (8, 5, 5), (8, 5, 5), 16, "0", "group_norm(4)",
          node("GroupNormalization", "a s b", {"s": (8,), "b": (8,)}, num_groups=4), "nn.GroupNorm(4, 8)"),
    image("local_response_norm", (8, 5, 5), (8, 5, 5), 0, "0", "local_response_norm(5)", node("LRN", "a", size=5),
          "nn.LocalResponseNorm(5)"),
    image("relu", (8, 5, 5), (8, 5, 5), 0, "0", "relu()", node("Relu", "a"), "nn.ReLU()"),
    image("prelu", (8, 5, 5), (8, 5, 5), 8, "0", "prelu(8)", node("PRelu", "a s", {"s": (8, 1, 1)}), "nn.PReLU(8)"),
    Row("softmax", ((2, 10),), (2, 10), 0, "0", "softmax()", node("Softmax", "a"), "nn.Softmax(-1)"),
    Row("affine grid in two dimensions", ((1, 2, 3),), (1, 8, 8, 2), 0, "64 * 2 * 3", "affine_grid((1, 4, 8, 8))",
        node("AffineGrid", "a size", {"size": [1, 4, 8, 8]}),
        "lambda a: F.affine_grid(a, (1, 4, 8, 8), align_corners=False)", flops=False),
    Row("affine grid of a batch", ((5, 2, 3),), (5, 6, 7, 2), 0, "5 * 6*7 * 2 * 3", "affine_grid((5, 4, 6, 7))",
        node("AffineGrid", "a size", {"size": [5, 4, 6, 7]}),
        "lambda a: F.affine_grid(a, (5, 4, 6, 7), align_corners=False)", flops=False),
    Row("affine grid in three dimensions", ((2, 3, 4),), (2, 3, 4, 5, 3), 0, "2 * 3*4*5 * 3 * 4",
        "affine_grid((2, 1, 3, 4, 5))", node("AffineGrid", "a size", {"size": [2, 1, 3, 4, 5]}),
        "lambda a: F.affine_grid(a, (2, 1, 3, 4, 5), align_corners=False)", flops=False),
    Row("grid sample", ((1, 4, 8, 8), (1, 5, 6, 2)), (1, 4, 5, 6), 0, "0", None, node("GridSample", "a b"),
        "lambda a, b: F.grid_sample(a, b, align_corners=False)"),
    image("resize by a factor", (4, 5, 5), (4, 10, 10), 0, "0", "upsample(scale_factor=2)",
          node("Resize", "a _ s", {"s": ("values", 1.0, 1.0, 2.0, 2.0)}), "nn.Upsample(scale_factor=2)"),
    image("depth to space", (16, 5, 5), (4, 10, 10), 0, "0", "pixel_shuffle(2)",
          node("DepthToSpace", "a", blocksize=2, mode="CRD"), "nn.PixelShuffle(2)"),
    # Fourier transforms: 5·N·log2 N real operations each, no multiply-accumulates
    Row("dft of 4 × 256", ((4, 256, 2),), (4, 256, 2), 0, "0", None, node("DFT", "a", axis=1, opset=19),
        "lambda a: torch.view_as_real(torch.fft.fft(torch.view_as_complex(a)))", other="4 * 5 * 256 * 8"),
    Row("dft of one sequence", ((1, 64, 2),), (1, 64, 2), 0, "0", None, node("DFT", "a", axis=1, opset=19),
        "lambda a: torch.view_as_real(torch.fft.fft(torch.view_as_complex(a)))", other="5 * 64 * 6"),
    Row("dft of a length that is no power of two", ((3, 100, 2),), (3, 100, 2), 0, "0", None,
        node("DFT", "a", axis=1, opset=19),
        "lambda a: torch.view_as_real(torch.fft.fft(torch.view_as_complex(a)))", other="3 * 5 * 100 * 7"),
    Row("stft", ((1, 160),), (1, 10, 9, 2), 0, "0", None,
        node("STFT", "a step window", {"step": 16, "window": (16,)}), None, other="10 * 5 * 16 * 4"),
    Row("fixed centres", ((84,),), (10,), 0, "0", "rbf(10)", None, None, other="3 * 84 * 10"),
]  # fmt: skip
