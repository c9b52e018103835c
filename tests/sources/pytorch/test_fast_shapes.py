"""Shapes made at once are those that PyTorch makes of the same call, on random calls; what it refuses is left to it."""

from __future__ import annotations

import random

import pytest

torch = pytest.importorskip("torch")

from netledger.sources.pytorch.tracing.shapes.fast_shapes import SHORTCUTS  # noqa: E402

CALLS = 60
"""Calls of each operation."""


class Drawn:
    """Random arguments, drawn from one seed."""

    def __init__(self, seed: str) -> None:
        self.random = random.Random(seed)

    def number(self, least: int, most: int) -> int:
        return self.random.randint(least, most)

    def numbers(self, count: int, least: int = 1, most: int = 5) -> list[int]:
        return [self.number(least, most) for _ in range(count)]

    def one(self, *choices: object) -> object:
        return self.random.choice(choices)

    def tensor(self, shape: list[int], *dtypes: object) -> torch.Tensor:
        """A tensor on the meta device, now and then in another order than that of its sizes."""
        dtype = self.one(*(dtypes or (torch.float32, torch.float32, torch.float16, torch.int64)))
        made = torch.empty(shape, dtype=dtype, device="meta")
        if len(shape) == 4 and self.random.random() < 0.1:
            return made.to(memory_format=torch.channels_last)
        return made.transpose(0, -1) if len(shape) > 1 and self.random.random() < 0.15 else made

    def smaller(self, shape: list[int]) -> list[int]:
        """A shape that broadcasts to ``shape``, or nearly."""
        sizes = [self.one(size, size, 1) for size in shape][self.number(0, len(shape) // 2) :]
        return [*sizes[:-1], sizes[-1] + 1] if sizes and self.random.random() < 0.1 else sizes


def _two(drawn):
    shape = drawn.numbers(drawn.number(0, 4))
    return drawn.tensor(shape), drawn.one(drawn.tensor(drawn.smaller(shape)), 2.5, 3)


def _one(drawn, *more):
    return (drawn.tensor(drawn.numbers(drawn.number(0, 4))), *more)


def _layer_norm(drawn):
    shape = drawn.numbers(drawn.number(1, 4))
    inner = shape[-drawn.number(1, len(shape)) :]
    return torch.empty(shape, device="meta"), [size + drawn.one(0, 0, 1) for size in inner], None, None, 1e-5


def _norm_of_channels(drawn, *settings):
    shape = drawn.numbers(drawn.number(2, 4))
    row = torch.empty(shape[1], device="meta")
    return (drawn.tensor(shape, torch.float32), row, row, *settings)


def _group_norm(drawn):
    x, row, _ = _norm_of_channels(drawn)
    return x, drawn.one(1, 2, x.shape[1]), row, row, 1e-5, False


def _along(drawn, *more):
    shape = drawn.numbers(drawn.number(1, 4))
    return (drawn.tensor(shape), drawn.number(-len(shape), len(shape) - 1), *more)


def _reduced(drawn):
    x, dim = _along(drawn)
    return x, drawn.one([dim], [dim, 0], []), drawn.one(True, False)


def _masked(drawn):
    shape = drawn.numbers(drawn.number(1, 4))
    return drawn.tensor(shape), drawn.tensor(drawn.smaller(shape), torch.bool), -1.0


def _rolled(drawn):
    x, dim = _along(drawn)
    return drawn.one((x, [2], [dim]), (x, [2, 1], [dim]))


def _pool(axes, *last):
    def drawn_pool(drawn):
        shape = [*drawn.numbers(2), *drawn.numbers(axes, 3, 9)][drawn.one(0, 0, 0, 1) :]
        step = drawn.one([], drawn.numbers(axes, 1, 3))
        found = (drawn.tensor(shape, torch.float32), drawn.numbers(axes, 1, 4), step, drawn.numbers(axes, 0, 2))
        return (*found, *[drawn.one(*choices) for choices in last])

    return drawn_pool


def _pool_to(axes):
    return lambda drawn: (drawn.tensor(drawn.numbers(axes + 2), torch.float32), drawn.numbers(axes))


def _convolution(axes):
    def drawn_convolution(drawn):
        groups = drawn.one(1, 1, 2)
        channels = groups * drawn.number(1, 3)
        x = torch.empty([2, channels, *drawn.numbers(axes, 3, 9)], device="meta")
        weight = torch.empty([4, channels // groups, *drawn.numbers(axes, 1, 3)], device="meta")
        return (
            x,
            weight,
            None,
            drawn.numbers(axes, 1, 2),
            drawn.numbers(axes, 0, 1),
            [drawn.number(1, 2)] * axes,
            groups,
        )

    return drawn_convolution


def _joined(drawn):
    x, dim = _along(drawn)
    return [x, x, x[:0]][: drawn.number(1, 3)], dim


def _linear(drawn):
    shape = drawn.numbers(drawn.number(1, 3))
    return torch.empty(shape, device="meta"), torch.empty(4, shape[-1] + drawn.one(0, 0, 1), device="meta"), None


def _attention(drawn):
    batch, heads, *lengths = drawn.numbers(4)
    return tuple([torch.empty(batch, heads, length, 4, device="meta") for length in (lengths[0], *lengths[1:] * 2)])


BOTH = ("add", "sub", "mul", "div")
ARGUMENTS = {
    **{f"{name}{place}.Tensor": _two for name in BOTH for place in ("", "_")},
    "pow.Tensor_Scalar": lambda drawn: _one(drawn, drawn.one(2, 0.5)),
    "layer_norm": _layer_norm,
    "group_norm": _group_norm,
    "batch_norm": lambda drawn: (
        *_norm_of_channels(drawn), *[torch.empty(drawn.number(1, 5), device="meta")] * 2, False, 0.1, 1e-5, False,
    ),
    "softmax.int": lambda drawn: _along(drawn, drawn.one(None, torch.float32, torch.float64)),
    "log_softmax.int": lambda drawn: _along(drawn, drawn.one(None, torch.float32, torch.float64)),
    "mean.dim": _reduced,
    "sum.dim_IntList": _reduced,
    "masked_fill.Scalar": _masked,
    "roll": _rolled,
    **{f"max_pool{axes}d": _pool(axes, ([1], [2]), (True, False)) for axes in (1, 2, 3)},
    **{f"avg_pool{axes}d": _pool(axes, (True, False)) for axes in (1, 2)},
    **{f"adaptive_avg_pool{axes}d": _pool_to(axes) for axes in (1, 2, 3)},
    **{f"conv{axes}d": _convolution(axes) for axes in (1, 2, 3)},
    "cat": _joined,
    "linear": _linear,
    "scaled_dot_product_attention": _attention,
    **{f"dropout{place}": lambda drawn: _one(drawn, 0.1, False) for place in ("", "_")},
    **{f"clamp{place}": lambda drawn: _one(drawn, drawn.one(None, -1.5), 2.5) for place in ("", "_")},
    **{f"clamp_min{place}": lambda drawn: _one(drawn, 0.5) for place in ("", "_")},
}  # fmt: skip
"""``name.overload`` → arguments for it; any other takes one tensor."""


def _same_memory(ours, theirs) -> bool:
    """Whether two tensors without values would be read alike; the steps along sizes of 1 are nobody's concern."""
    alike = tuple(ours.shape) == tuple(theirs.shape) and ours.dtype is theirs.dtype
    return alike and (ours.stride() == theirs.stride() or ours.is_contiguous() == theirs.is_contiguous() is True)


@pytest.mark.parametrize("name", sorted(SHORTCUTS))
def test_a_shortcut_makes_what_pytorch_makes(name):
    short = name.removeprefix("aten::")
    base, _, overload = short.partition(".")
    operation = getattr(getattr(torch.ops.aten, base), overload or "default")
    drawn, taken = Drawn(name), 0
    for _ in range(CALLS):
        args = ARGUMENTS.get(short, _one)(drawn)
        found = SHORTCUTS[name](args, {})
        if found is NotImplemented:
            continue
        taken += 1
        with torch.inference_mode():
            wanted = operation(*args)
        assert (found is args[0] and wanted is args[0]) or _same_memory(found, wanted), args
    assert taken > 3
