"""What is compiled: as much as the layer says, however large the batch."""

from __future__ import annotations

from typing import Any

import torch
from torch._dynamo.backends.common import aot_autograd
from torch._functorch.aot_autograd import make_boxed_func

from netledger.execute.operations.response import CACHED, ResponseNorm


def test_a_compiled_response_norm_is_one_pass_for_any_batch_and_equals_the_plain_one() -> None:
    """Plainly a CPU works on it in parts; compiled, each part would be written out once more."""
    lengths: list[int] = []

    def counting(graph: Any, inputs: Any) -> Any:
        lengths.append(len(graph.graph.nodes))
        return make_boxed_func(graph.forward)

    def norm(x: torch.Tensor) -> torch.Tensor:
        return ResponseNorm.apply(x, 5, 5e-4, 0.75, 2.0, 2)  # type: ignore[no-any-return, no-untyped-call]

    draw = torch.Generator().manual_seed(1)
    for batch in (1, 6):
        torch._dynamo.reset()
        compiled = torch.compile(norm, backend=aot_autograd(fw_compiler=counting), fullgraph=True, dynamic=False)
        x = torch.randn(batch, 8, 100, 100, generator=draw)
        assert (x.numel() > 3 * CACHED) == (batch > 1)
        one, other = x.clone().requires_grad_(), x.clone().requires_grad_()
        weights = torch.randn(x.shape, generator=draw)
        (norm(one) * weights).sum().backward()
        (compiled(other) * weights).sum().backward()
        torch.testing.assert_close(norm(one), compiled(other))
        assert one.grad is not None
        assert other.grad is not None
        torch.testing.assert_close(one.grad, other.grad)
    assert len(lengths) == 4
    assert lengths[:2] == lengths[2:]
