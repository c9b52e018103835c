"""Layers of drawn settings, odd ones among them: a description, a live module and an ONNX node against PyTorch."""

from __future__ import annotations

import random

import pytest

from tests.same_everywhere.kinds import Same, one, whole

pytest.importorskip("torch")

from tests.same_everywhere.test_kinds import check, description, exported, live, truth
from tests.same_everywhere.test_same_everywhere import sums_in_the_order_written  # noqa: F401


def windows(dice: random.Random) -> list[Same]:
    """Convolutions, transposed ones and pools over one to three dimensions, each side drawn by itself."""
    axes = dice.randint(1, 3)

    def drawn(low: int, high: int) -> tuple[int, ...]:
        return tuple(dice.randint(low, high) for _ in range(axes))

    def said(sizes: tuple[int, ...]) -> object:
        return sizes[0] if axes == 1 else sizes

    groups = dice.choice((1, 1, 2, 3))
    channels, filters = groups * dice.choice((1, 2, 4)), groups * dice.choice((1, 2, 5))
    size, kernel, stride, dilation = drawn(9, 14), drawn(1, 4), drawn(1, 3), drawn(1, 2)
    padding = dice.choice((repr(said(drawn(0, 2))), "'same'", "'valid'"))
    step = said(stride) if padding != "'same'" else 1
    extra = tuple(dice.randint(0, max(a, b) - 1) for a, b in zip(stride, dilation, strict=True))
    plain = f"kernel_size={said(kernel)}, dilation={said(dilation)}, groups={groups}, bias={dice.random() < 0.5}"
    conv = f"{plain}, stride={step}, padding={padding}"
    spread = f"{plain}, stride={said(stride)}, padding={said(drawn(0, 1))}, output_padding={said(extra)}"
    wide = drawn(2, 4)
    pool = f"{said(wide)}, stride={said(stride)}, padding={said(tuple(k // 2 for k in wide))}, ceil_mode=True"
    return [
        one(f"conv{axes}d({filters}, {conv})", f"nn.Conv{axes}d({channels}, {filters}, {conv})", channels, *size),
        one(f"conv_transpose{axes}d({filters}, {spread})",
            f"nn.ConvTranspose{axes}d({channels}, {filters}, {spread})", channels, *size),
        one(f"max_pool{axes}d({pool})", f"nn.MaxPool{axes}d({pool})", channels, *size),
        one(f"avg_pool{axes}d({pool})", f"nn.AvgPool{axes}d({pool})", channels, *size),
    ]  # fmt: skip


def products(dice: random.Random) -> list[Same]:
    """Matrix products that broadcast, einsums over some of four letters, attention with fewer keys than queries."""
    batch = [dice.randint(1, 4) for _ in range(dice.randint(0, 3))]
    left, right = ([size if dice.random() < 0.6 else 1 for size in batch] for _ in range(2))
    rows, inner, columns = (dice.randint(2, 5) for _ in range(3))
    sizes = {letter: dice.randint(2, 4) for letter in "ijkl"}
    operands = ["".join(dice.sample("ijkl", dice.randint(1, 3))) for _ in range(dice.randint(1, 3))]
    letters = sorted(set("".join(operands)))
    equation = f"{','.join(operands)}->{''.join(dice.sample(letters, dice.randint(0, len(letters))))}"
    names = ", ".join("abc"[: len(operands)])
    heads, queries, keys = dice.choice((2, 4, 8)), dice.choice((1, 5)), dice.choice((4, 9))
    shared = dice.choice((1, 2, heads))
    more = (", enable_gqa=True" if shared != heads else "") + (", is_causal=True" if dice.random() < 0.5 else "")
    return [
        whole("matmul(a, b)", "torch.matmul", (*left, rows, inner), (*right[len(right) // 2 :], inner, columns)),
        whole(f"einsum({names}, equation='{equation}')", f"lambda {names}: torch.einsum('{equation}', {names})",
              *[tuple(sizes[letter] for letter in operand) for operand in operands]),
        whole(f"scaled_dot_product_attention(a, b, c{more})",
              f"lambda a, b, c: F.scaled_dot_product_attention(a, b, c{more})", (2, heads, queries, 8),
              (2, shared, keys, 8), (2, shared, keys, 16), onnx=shared == heads),
    ]  # fmt: skip


def others(dice: random.Random) -> list[Same]:
    """Recurrent layers, norms with and without what they learn."""
    kind, hidden = dice.choice(("lstm", "gru", "rnn")), dice.choice((4, 8))
    settings = {name: dice.random() < 0.5 for name in ("bidirectional", "batch_first", "bias")}
    said = ", ".join(f"{name}={value}" for name, value in settings.items())
    said += f", num_layers={dice.randint(1, 3)}" + (", proj_size=3" if kind == "lstm" and dice.random() < 0.5 else "")
    learned = dice.random() < 0.5
    norm = f"2, {{}}affine={learned}"
    return [
        whole(f"{kind}({hidden}, {said})", f"Own(lambda m, a: m.x(a)[0], x=nn.{kind.upper()}(6, {hidden}, {said}))",
              (5, 3, 6), onnx="proj_size" not in said),
        one(f"batch_norm(affine={learned})", f"nn.BatchNorm2d(6, affine={learned})", 6, 5, 4, onnx=learned),
        one(f"group_norm({norm.format('')})", f"nn.GroupNorm({norm.format('6, ')})", 6, 5, 4, onnx=False),
        one(f"layer_norm((5, 4), elementwise_affine={learned})", f"nn.LayerNorm((5, 4), elementwise_affine={learned})",
            6, 5, 4, onnx=learned),
    ]  # fmt: skip


DRAWN = [row for seed in range(12) for draw in (windows, products, others) for row in draw(random.Random(seed))]


@pytest.mark.parametrize("number", range(len(DRAWN)))
def test_every_way_is_pytorch_s(number: int) -> None:
    row = DRAWN[number]
    ledger, shape = description(row), truth(row)[0]
    check(row, ledger)
    assert ledger.entries[-1].outputs[0] == (shape[1:] if row.batched else shape)
    check(row, live(row))
    if row.onnx:
        ledger = exported(row)
        check(row, ledger)
        assert ledger.entries[-1].outputs[0] == shape
