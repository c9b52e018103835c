"""What a model may rely on in the order of a tensor's memory holds on shapes as it does on values."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402

from netledger.sources.pytorch.tracing.shapes.fast_shapes import ordered_like  # noqa: E402
from tests.sources.pytorch.counting import Function, macs  # noqa: E402


def test_heads_of_attention_are_joined_by_a_view():
    """Fused kernels write what is split into heads and transposed in the order of the query."""

    def forward(self, x):
        q, k, v = self.qkv(x).view(2, 5, 3, 4, 4).permute(2, 0, 3, 1, 4)
        return self.out(F.scaled_dot_product_attention(q, k, v).transpose(1, 2).view(2, 5, 16))

    model = Function(forward, qkv=nn.Linear(16, 48), out=nn.Linear(16, 16))
    model(torch.randn(2, 5, 16))  # it runs
    assert macs(model, torch.randn(2, 5, 16)) == 2 * 5 * 16 * (48 + 16) + 2 * (2 * 4) * 5 * 5 * 4


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (0, 2, 1, 3), (1, 0, 2, 3), (2, 1, 0, 3)])
def test_a_result_is_laid_out_like_the_query(order):
    """The oracle is PyTorch's own way to preserve an order."""
    back = sorted(range(4), key=order.__getitem__)
    query = torch.empty([(2, 3, 5, 4)[i] for i in order], device="meta").permute(back)
    assert ordered_like((2, 3, 5, 4), query).stride() == torch.empty_like(query).stride()


@pytest.mark.parametrize("which", ["input", "weight"])
def test_a_convolution_of_channels_last_stays_so(which):
    """Which a model may check, and views rely on."""

    def forward(self, x):
        y = self.conv(x)
        assert y.is_contiguous(memory_format=torch.channels_last)
        return self.fc(y.permute(0, 2, 3, 1).view(-1, 8))

    model = Function(forward, conv=nn.Conv2d(3, 8, 3, padding=1), fc=nn.Linear(8, 2))
    x = torch.randn(2, 3, 8, 8)
    if which == "input":
        x = x.to(memory_format=torch.channels_last)
    else:
        model = model.to(memory_format=torch.channels_last)
    model(x)
    assert macs(model, x) == 2 * 64 * 9 * 3 * 8 + 2 * 64 * 8 * 2
