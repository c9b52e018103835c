"""Built networks against the ledger, against other people's AlexNets, and against PyTorch's own modules."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from torch import nn
from torch.utils.flop_counter import FlopCounterMode

from netledger.catalogue import load, names
from netledger.errors import DataError, UsageError
from netledger.execute.building import build, without_softmax
from netledger.ledger import keep_books
from netledger.network import Layer, Network
from netledger.notation import parse
from tests.support import DATA
from tests.torchvision_support import import_torchvision

VARIANTS = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]


def inputs_of(network: Network, batch: int, device: str = "meta") -> list[torch.Tensor]:
    shapes = [layer.attributes["shape"] for layer in network.inputs()]
    return [torch.empty((batch, *shape) if not network.batched else shape, device=device) for shape in shapes]


def test_what_cannot_be_built_says_why() -> None:
    """How many maps each output map sees is enough to count, not to compute."""
    network = parse("x = input(2, 4, 4)\nC3 = conv2d_partial([1, 2], kernel_size=3)")
    with pytest.raises(DataError) as caught:
        build(network, device="meta")
    assert str(caught.value).startswith("C3: cannot be built: it says how many maps each output map sees, not which")


TABLE_I = """
X...XXX..XXXX.XX
XX...XXX..XXXX.X
XXX...XXX..X.XXX
.XXX..XXXX..X.XX
..XXX..XXXX.XX.X
...XXX..XXXX.XXX
""".split()
"""LeCun et al. 1998, table I: a line for each map of S2, a column for each map of C3."""


def test_c3_of_1998_is_a_convolution_with_the_zeros_of_table_1() -> None:
    module = build("lenet5/1998", seed=1)
    c3 = next(operation for operation in module.operations() if operation.layer.path == "C3")
    dense = torch.zeros(16, 6, 5, 5)
    at = [(out, seen) for out in range(16) for seen in range(6) if TABLE_I[seen][out] == "X"]
    assert len(at) == 60
    for (out, seen), kernel in zip(at, c3.weight.detach(), strict=True):
        dense[out, seen] = kernel
    x = torch.randn(3, 6, 14, 14, generator=torch.Generator().manual_seed(2))
    torch.testing.assert_close(c3(x), nn.functional.conv2d(x, dense, c3.bias))


def test_a_partly_connected_layer_takes_any_order_stride_and_border() -> None:
    """PyTorch's convolution with the same kernels, zero elsewhere; the fan in is each map's own."""
    text = "x = input(3, 9, 9)\nc = conv2d_partial([1, 2, 3, 1], 3, 2, 1, connections=[[2], [2, 0], [0, 1, 2], [1]])"
    (c,) = build(parse(text), seed=3).operations()
    dense = torch.zeros(4, 3, 3, 3)
    at = [(0, 2), (1, 2), (1, 0), (2, 0), (2, 1), (2, 2), (3, 1)]
    for (out, seen), kernel in zip(at, c.weight.detach(), strict=True):
        dense[out, seen] = kernel
        assert kernel.abs().max() <= 1 / (9 * [1, 2, 3, 1][out]) ** 0.5
    x = torch.randn(2, 3, 9, 9, generator=torch.Generator().manual_seed(4))
    torch.testing.assert_close(c(x), nn.functional.conv2d(x, dense, c.bias, 2, 1))


def test_the_outputs_of_1998_are_squared_distances_to_fixed_signs() -> None:
    module = build("lenet5/1998", seed=1)
    output = next(operation for operation in module.operations() if operation.layer.path == "output")
    assert set(output.centres.unique().tolist()) == {-1.0, 1.0}
    x = torch.randn(2, 84, generator=torch.Generator().manual_seed(5))
    torch.testing.assert_close(output(x), torch.cdist(x, output.centres) ** 2, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("name", names())
def test_catalogue_network_is_built_as_the_ledger_says(name: str) -> None:
    """Every parameter, every output shape, every MAC, on the meta device."""
    network = load(name)
    ledger, module = keep_books(network), build(network, device="meta")
    shapes = {
        f"{entry.path}.{slot.name}": tuple(slot.shape)
        for entry in ledger
        if entry.layer.share is None
        for slot in entry.effect.slots
        if slot.role in ("weight", "bias", "parameter")
    }
    assert {path: tuple(value.shape) for path, value in module.named_parameters()} == shapes
    assert sum(value.numel() for value in module.parameters()) == int(ledger.totals.parameters)
    with FlopCounterMode(display=False) as counter:
        observed = module.observed(*inputs_of(network, 2))
    assert counter.get_total_flops() == 2 * 2 * int(ledger.totals.macs)
    for path, shape in observed.items():
        assert shape[1:] == ledger[path].outputs[0], path


@pytest.mark.parametrize("name", [name for name in names() if load(name).meta.get("variant")])
def test_variant_has_its_published_totals(name: str) -> None:
    """The 47 variants, whose totals others computed."""
    network = load(name)
    totals = VARIANTS[network.meta["variant"]]["totals"]
    module = build(network, device="meta").eval()
    assert sum(value.numel() for value in module.parameters()) == totals["params"]
    with FlopCounterMode(display=False) as counter:
        module(*inputs_of(network, 1))
    assert counter.get_total_flops() == 2 * totals["macs"]


def test_torchvision_gives_the_same_outputs() -> None:
    torchvision = import_torchvision()
    theirs = torchvision.models.alexnet().eval()
    ours = build("alexnet/torchvision", init="zeros").eval()
    ours.load_state_dict(theirs.state_dict())
    x = torch.randn(2, 3, 224, 224, generator=torch.Generator().manual_seed(1))
    with torch.no_grad():
        assert torch.equal(ours(x), theirs(x))


def test_onnx_zoo_gives_the_outputs_of_the_model_zoo_file() -> None:
    """``light_bvlc_alexnet.onnx`` run by onnxruntime, random weights put into both."""
    onnx, ort = pytest.importorskip("onnx"), pytest.importorskip("onnxruntime")
    model = onnx.load(Path(onnx.__file__).parent / "backend/test/data/light/light_bvlc_alexnet.onnx")
    generator = torch.Generator().manual_seed(3)
    ours = build("alexnet/onnx-zoo", init="zeros").eval()
    values = {
        f"{o.layer.path}_{short}_0": value
        for o in ours.operations()
        if o.get("weight") is not None
        for short, value in (("w", o.weight), ("b", o.bias))
    }
    with torch.no_grad():
        for value in values.values():
            value.copy_(torch.randn(value.shape, generator=generator) * (0.05 if value.dim() > 1 else 0.1))
        x = torch.randn(1, 3, 224, 224, generator=generator)
        mine = ours(x).numpy()
    fillers = [node for node in model.graph.node if node.op_type == "ConstantOfShape"]
    assert sorted(node.output[0] for node in fillers) == sorted(values)
    for node in fillers:
        tensor = onnx.numpy_helper.from_array(values[node.output[0]].detach().numpy(), node.output[0])
        node.CopyFrom(onnx.helper.make_node("Constant", [], [node.output[0]], value=tensor))
    session = ort.InferenceSession(model.SerializeToString(), providers=["CPUExecutionProvider"])
    (theirs,) = session.run(None, {session.get_inputs()[0].name: x.numpy()})
    assert mine.shape == theirs.shape
    assert np.abs(mine - theirs).max() < 1e-5
    assert np.ptp(theirs) > 1e-4


def net(*layers: str, shape: str = "2, 9, 9") -> Network:
    return parse(f"x = input({shape})\n" + "\n".join(layers), name="tiny")


def ran(network: Network, x: torch.Tensor, seed: int = 0) -> Any:
    return build(network, seed=seed).eval()(x)


X = torch.randn(3, 2, 9, 9, generator=torch.Generator().manual_seed(5))


def test_rounding_up_is_a_zero_border_at_the_far_end() -> None:
    module = build(net("y = conv2d(4, kernel_size=4, stride=4, ceil_mode=True)"), seed=0)
    border = nn.functional.pad(X, (0, 3, 0, 3))
    assert torch.equal(module(X), nn.functional.conv2d(border, module.y.weight, module.y.bias, stride=4))


def test_same_padding_is_tensorflows() -> None:
    """One more at the far end where the padding is odd: 9 → ⌈9/2⌉ = 5 windows of 4, 3 rows missing: 1 before, 2 after."""
    module = build(net("y = conv2d(4, kernel_size=4, stride=2, padding='same')"), seed=0)
    border = nn.functional.pad(X, (1, 2, 1, 2))
    assert torch.equal(module(X), nn.functional.conv2d(border, module.y.weight, module.y.bias, stride=2))


def test_one_sided_padding_of_a_pool_is_never_the_largest() -> None:
    y = ran(net("y = max_pool2d(3, stride=2, padding=[[0, 1], [0, 1]])"), -X.abs() - 1)
    assert y.shape[-1] == 4
    assert torch.isfinite(y).all()


@pytest.mark.parametrize("count", [True, False])
def test_one_sided_padding_of_a_mean_pool(count: bool) -> None:
    y = ran(net(f"y = avg_pool2d(3, stride=3, padding=[[0, 3], [0, 3]], count_include_pad={count})"), X)
    corner = X[..., :3, :3].mean((-1, -2))
    assert torch.allclose(y[..., 0, 0], corner, atol=1e-6)
    edge = ran(net(f"y = avg_pool2d(4, stride=4, padding=[[0, 3], [0, 3]], count_include_pad={count})"), X)[..., 0, 2]
    assert torch.allclose(edge, X[..., :4, 8:].sum((-1, -2)) / (16 if count else 4), atol=1e-6)


@pytest.mark.parametrize("size", [3, 4, 5])
def test_lrn_is_pytorchs(size: int) -> None:
    x = torch.randn(2, 6, 5, 5, dtype=torch.float64, requires_grad=True)
    module = build(net(f"y = local_response_norm({size}, alpha=0.3, beta=0.75, k=2)", shape="6, 5, 5"))
    theirs = nn.functional.local_response_norm(x, size, 0.3, 0.75, 2.0)
    assert torch.allclose(module(x), theirs, rtol=1e-12)
    weight = torch.randn_like(theirs)
    (ours_gradient,) = torch.autograd.grad((module(x) * weight).sum(), x)
    (their_gradient,) = torch.autograd.grad((theirs * weight).sum(), x)
    assert torch.allclose(ours_gradient, their_gradient, rtol=1e-10)


def test_lrn_in_groups_is_lrn_of_each_group() -> None:
    x = torch.randn(2, 8, 5, 5, dtype=torch.float64)
    grouped = build(net("y = local_response_norm(5, alpha=0.3, groups=2)", shape="8, 5, 5"))(x)
    halves = [nn.functional.local_response_norm(half, 5, 0.3, 0.75, 1.0) for half in x.chunk(2, 1)]
    assert torch.allclose(grouped, torch.cat(halves, 1), rtol=1e-12)


@pytest.mark.parametrize("beta", [0.75, 0.5])
def test_lrn_within_maps_by_hand_and_its_gradient(beta: float) -> None:
    x = torch.randn(1, 2, 4, 4, dtype=torch.float64, requires_grad=True)
    module = build(net(f"y = response_norm_within(3, alpha=0.9, beta={beta}, k=1)", shape="2, 4, 4"))
    sums = nn.functional.conv2d((x**2).view(2, 1, 4, 4), torch.ones(1, 1, 3, 3, dtype=torch.float64), padding=1)
    by_hand = x / (1 + 0.1 * sums.view(1, 2, 4, 4)) ** beta
    assert torch.allclose(module(x), by_hand, rtol=1e-12)
    assert torch.autograd.gradcheck(lambda value: module(value), (x,))


def test_dropout_of_2012_is_scaled_at_test() -> None:
    text = net("y = dropout(0.25)")
    inverted, unscaled = build(text), build(text, dropout="unscaled")
    assert torch.equal(inverted.eval()(X), X)
    assert torch.equal(unscaled.eval()(X), X * 0.75)
    torch.manual_seed(1)
    doubled = inverted.train()(X)
    torch.manual_seed(1)
    kept = unscaled.train()(X)
    assert torch.allclose(doubled * 0.75, kept)
    assert set(kept.eq(X).flatten().tolist()) == {True, False}


def test_relu_in_place_never_reaches_another_reader() -> None:
    """The input of the network, a value read twice, and a value that a view shares stay as they were."""
    x = torch.randn(3, 2, 9, 9)
    before = x.clone()
    ran(net("y = relu()"), x)
    ran(net("f = flatten()", "y = relu()"), x)
    assert torch.equal(x, before)
    network = net("c = conv2d(2, kernel_size=1)", "r = relu(c)", "s = add(c, r)")
    module = build(network, seed=0)
    c = nn.functional.conv2d(x, module.c.weight, module.c.bias)
    assert torch.equal(module(x), c + c.relu())


def test_blocks_of_a_grouped_linear_layer() -> None:
    module = build(parse("x = input(6)\ny = linear(4, groups=2)", name="g"), seed=0)
    x = torch.randn(5, 6)
    parts = [a @ w.T for a, w in zip(x.chunk(2, 1), module.y.weight.chunk(2, 0), strict=True)]
    assert torch.allclose(module(x), torch.cat(parts, 1) + module.y.bias, atol=1e-6)


def test_unshared_convolution_of_equal_kernels_is_a_convolution() -> None:
    module = build(net("y = conv2d_local(4, kernel_size=3, stride=2, groups=2)"), seed=0)
    with torch.no_grad():
        kernel = torch.randn(4, 1, 3, 3)
        module.y.weight.copy_(kernel.expand_as(module.y.weight))
        module.y.bias.zero_()
    assert torch.allclose(module(X), nn.functional.conv2d(X, kernel, stride=2, groups=2), atol=1e-5)


MODULES = [
    ("conv_transpose2d(4, kernel_size=3, stride=2, padding=1, output_padding=1)",
     nn.ConvTranspose2d(2, 4, 3, 2, 1, 1)),
    ("batch_norm()", nn.BatchNorm2d(2)),
    ("group_norm(2)", nn.GroupNorm(2, 2)),
    ("prelu(2)", nn.PReLU(2)),
    ("adaptive_avg_pool2d(4)", nn.AdaptiveAvgPool2d(4)),
    ("gelu(approximate='tanh')", nn.GELU("tanh")),
    ("interpolate(scale_factor=2.0, mode='bilinear')", nn.Upsample(scale_factor=2.0, mode="bilinear")),
    ("max_pool2d(3, stride=2, padding=1, ceil_mode=True)", nn.MaxPool2d(3, 2, 1, ceil_mode=True)),
    ("pad([1, 2, 0, 3])", nn.ZeroPad2d((1, 2, 0, 3))),
]  # fmt: skip


@pytest.mark.parametrize(("text", "theirs"), MODULES, ids=[text.partition("(")[0] for text, _ in MODULES])
@pytest.mark.parametrize("training", [True, False])
def test_layer_is_pytorchs(text: str, theirs: nn.Module, training: bool) -> None:
    ours = build(net(f"y = {text}")).train(training)
    theirs.train(training)
    state = theirs.state_dict()
    ours.load_state_dict(
        {f"y.{name}": value for name, value in state.items() if name != "num_batches_tracked"}, strict=False
    )
    assert torch.allclose(ours(X), theirs(X), atol=1e-6)
    for name, value in theirs.state_dict().items():
        if name != "num_batches_tracked":
            assert torch.allclose(ours.state_dict()[f"y.{name}"], value)


@pytest.mark.parametrize(
    ("text", "theirs"),
    [
        ("lstm(7, num_layers=2, bidirectional=True, batch_first=True)",
         nn.LSTM(5, 7, 2, bidirectional=True, batch_first=True)),
        ("gru(7, batch_first=True)", nn.GRU(5, 7, batch_first=True)),
        ("rnn(7, batch_first=True)", nn.RNN(5, 7, batch_first=True)),
        ("multihead_attention(embed_dim=5, num_heads=5, batch_first=True)",
         nn.MultiheadAttention(5, 5, batch_first=True)),
        ("layer_norm()", nn.LayerNorm(5)),
        ("linear(3)", nn.Linear(5, 3)),
    ],
    ids=lambda value: value.partition("(")[0] if isinstance(value, str) else "",
)  # fmt: skip
def test_sequence_layer_is_pytorchs(text: str, theirs: nn.Module) -> None:
    ours = build(parse(f"x = input(4, 5)\ny = {text}", name="s"))
    assert [name.removeprefix("y.") for name, _ in ours.named_parameters()] == [n for n, _ in theirs.named_parameters()]
    ours.load_state_dict({f"y.{name}": value for name, value in theirs.state_dict().items()})
    x = torch.randn(2, 4, 5)
    mine, other = ours(x), (theirs(x, x, x) if isinstance(theirs, nn.MultiheadAttention) else theirs(x))
    first = other[0] if isinstance(other, tuple) else other
    assert torch.allclose(mine[0] if isinstance(mine, tuple) else mine, first, atol=1e-6)


def test_tied_storage_is_one_parameter() -> None:
    text = "ids = input(6, dtype='int64')\nwte = embedding(11, 8)\nhead = linear(11, bias=False, share='wte')"
    module = build(parse(text, name="tied"))
    assert module.head.weight is module.wte.weight
    assert [name for name, _ in module.named_parameters()] == ["wte.weight"]
    assert module(torch.randint(11, (2, 6))).shape == (2, 6, 11)


def test_frozen_and_other_dtypes_are_as_described() -> None:
    module = build(parse("x = input(4)\na = linear(3, trainable=False)\nb = linear(2, dtype='float64')", name="f"))
    assert [value.requires_grad for value in module.a.parameters()] == [False, False]
    assert module.b.weight.dtype == torch.float64


class TestInitialisation:
    def of(self, name: str, init: str | None) -> dict[str, tuple[float, float]]:
        module = build(name, init=init, seed=1)
        return {
            o.layer.path: (float(o.weight.detach().std()), float(o.bias.detach().mean()))
            for o in module.operations()
            if o.get("weight") is not None
        }

    def test_alexnet_begins_as_the_paper_says(self) -> None:
        found = self.of("alexnet", None)
        biases = {"conv1": 0, "conv2": 1, "conv3": 0, "conv4": 1, "conv5": 1, "fc6": 1, "fc7": 1, "fc8": 0}
        assert {path: bias for path, (_, bias) in found.items()} == biases
        assert all(deviation == pytest.approx(0.01, rel=0.02) for deviation, _ in found.values())

    def test_the_code_of_2012_and_caffe_differ(self) -> None:
        code, caffe = self.of("alexnet", "2012"), self.of("alexnet", "caffe-alexnet")
        assert [code[f"conv{i}"][0] for i in range(1, 6)] == pytest.approx([0.01, 0.01, 0.03, 0.03, 0.03], rel=0.02)
        assert caffe["fc6"] == (pytest.approx(0.005, rel=0.02), pytest.approx(0.1))
        assert caffe["fc8"] == (pytest.approx(0.01, rel=0.02), 0)
        assert self.of("alexnet/one-weird-trick", "one-weird-trick")["fc1000"][1] == -7

    def test_seeded_is_repeatable_and_leaves_the_random_state_alone(self) -> None:
        before = torch.get_rng_state()
        one, two = (build("alexnet/fashion-mnist", seed=4).state_dict() for _ in range(2))
        assert torch.equal(torch.get_rng_state(), before)
        assert all(torch.equal(one[name], two[name]) for name in one)

    def test_a_layer_may_state_its_own(self) -> None:
        text = "x = input(4)\ny = linear(3, meta={'init': {'weight': ['constant', 2.0]}})"
        assert build(parse(text, name="own")).y.weight.unique().tolist() == [2.0]

    def test_unknown_scheme_is_refused(self) -> None:
        with pytest.raises(UsageError, match=r"no initialisation 'xavier2'.*'paper'"):
            build("alexnet/fashion-mnist", init="xavier2")


def test_layer_without_a_counterpart_is_named() -> None:
    network = Network("odd", (Layer("x", "input", {"shape": (3,)}), Layer("boxes", "nms", {}, ("x",))))
    with pytest.raises(DataError, match=r"^boxes: cannot be built: PyTorch has no counterpart for kind 'nms'"):
        build(network)


def test_unknown_size_is_named() -> None:
    with pytest.raises(DataError, match=r"^y: cannot be built: the input shape is not given"):
        build(parse("x = input()\ny = linear(3)", name="open"))


def test_softmax_at_the_end_is_left_out_for_training() -> None:
    assert without_softmax(load("alexnet")).results() == ("fc8",)
    assert without_softmax(load("alexnet/torchvision")).results() == load("alexnet/torchvision").results()


def test_module_names_that_pytorch_itself_uses() -> None:
    module = build(
        parse("x = input(4)\na = linear(4, name='forward')\nb = linear(3, name='blocks.train.type')", name="n")
    )
    assert module(torch.zeros(1, 4)).shape == (1, 3)
    assert "blocks.train.type.weight" in module.state_dict()
