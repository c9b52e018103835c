"""Everything that contracts, each against its hand formula, high-level operation and kernel alike."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn import functional as F  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

import netledger  # noqa: E402
from netledger.formula import symbol  # noqa: E402
from netledger.layers import Call, Effect, rule  # noqa: E402
from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402


def meta(*shape, dtype=torch.float32):
    return torch.empty(shape, dtype=dtype, device="meta")


def of(function, *shapes, **settings):
    return macs(Function(lambda self, *args: function(*args)), *[meta(*shape) for shape in shapes], **settings)


def grouped(a, b, groups):
    """Each group ends where the tensor says, in bfloat16: all of it is in the first and the last."""
    ends = torch.tensor([8] * (groups - 1) + [16], dtype=torch.int32)
    return torch._grouped_mm(a.bfloat16(), b.bfloat16(), offs=ends)


aten = torch.ops.aten

PRODUCTS = [
    ("mm", lambda a, b: torch.mm(a, b), [(3, 4), (4, 5)], 3 * 4 * 5),
    ("bmm", lambda a, b: torch.bmm(a, b), [(7, 3, 4), (7, 4, 5)], 7 * 60),
    ("matmul of vectors", lambda a, b: torch.matmul(a, b), [(9,), (9,)], 9),
    ("matrix and vector", lambda a, b: a @ b, [(3, 4), (4,)], 12),
    ("vector and matrix", lambda a, b: a @ b, [(4,), (4, 5)], 20),
    ("both broadcast", lambda a, b: a @ b, [(2, 1, 3, 4), (5, 4, 6)], 2 * 5 * 3 * 4 * 6),
    ("addmm", lambda c, a, b: torch.addmm(c, a, b), [(3, 5), (3, 4), (4, 5)], 60),
    ("addmm of a bias row", lambda c, a, b: torch.addmm(c, a, b), [(5,), (3, 4), (4, 5)], 60),
    ("addbmm", lambda c, a, b: torch.addbmm(c, a, b), [(3, 5), (7, 3, 4), (7, 4, 5)], 7 * 60),
    ("addmv", lambda c, a, b: torch.addmv(c, a, b), [(3,), (3, 4), (4,)], 12),
    ("dot", lambda a, b: torch.dot(a, b), [(8,), (8,)], 8),
    ("inner", lambda a, b: torch.inner(a, b), [(3, 4), (5, 4)], 60),
    ("tensordot", lambda a, b: torch.tensordot(a, b, dims=([1, 2], [0, 1])), [(3, 4, 5), (4, 5, 6)], 3 * 20 * 6),
    ("chain", lambda a, b, c: torch.linalg.multi_dot([a, b, c]), [(2, 10), (10, 3), (3, 4)], 2 * 10 * 3 + 2 * 3 * 4),
    ("int8", lambda a, b: aten._int_mm(a.to(torch.int8), b.to(torch.int8)), [(32, 64), (64, 16)], 32 * 64 * 16),
    ("outer product", lambda a, b: torch.outer(a, b), [(3,), (4,)], 0),
    ("elementwise", lambda a, b: a * b, [(3, 4), (3, 4)], 0),
    ("matrix power", lambda a: torch.linalg.matrix_power(a, 2), [(6, 6)], 216),
    ("parts said by a tensor", lambda a, b: torch.tensor_split(a, torch.tensor([1, 4]))[1] @ b, [(9, 4), (4, 5)], 60),
    ("vecdot", lambda a, b: torch.linalg.vecdot(a, b), [(3, 8), (3, 8)], 24),
    ("vecdot of rows with one", lambda a, b: torch.linalg.vecdot(a, b), [(2, 3, 8), (8,)], 2 * 3 * 8),
    ("a linear layer of one output", lambda x, w: F.linear(x, w), [(3, 5, 8), (8,)], 3 * 5 * 8),
    ("inner product with a number", lambda a, b: torch.inner(a, b), [(3, 4), ()], 0),
    ("rows in groups", lambda a, b: grouped(a, b, 2), [(24, 16), (2, 16, 32)], 24 * 16 * 32),
    ("columns in groups", lambda a, b: grouped(a, b, 2), [(2, 24, 16), (16, 32)], 24 * 16 * 32),
    ("what is summed in groups", lambda a, b: grouped(a, b, 2), [(24, 16), (16, 32)], 24 * 16 * 32),
    (
        "as many products as groups",
        lambda a, b: torch._grouped_mm(a.bfloat16(), b.bfloat16()),
        [(2, 24, 16), (2, 16, 32)],
        2 * 24 * 16 * 32,
    ),
    ("affine grid", lambda theta: F.affine_grid(theta, [2, 3, 5, 7], align_corners=False), [(2, 2, 3)], 2 * 35 * 3 * 2),
]


@pytest.mark.parametrize(("name", "function", "shapes", "expected"), PRODUCTS, ids=[row[0] for row in PRODUCTS])
def test_products(name, function, shapes, expected):
    assert of(function, *shapes) == expected


SUMS = [
    ("ij,jk->ik", [(3, 4), (4, 5)], 60),
    ("bij,bjk->bik", [(7, 3, 4), (7, 4, 5)], 420),
    ("bhid,bhjd->bhij", [(2, 3, 4, 5), (2, 3, 6, 5)], 2 * 3 * 4 * 5 * 6),
    ("i,i->", [(9,), (9,)], 9),
    ("i,j->ij", [(3,), (4,)], 0),
    ("ij,ij->ij", [(3, 4), (3, 4)], 0),
    ("ij->ji", [(3, 4)], 0),
    ("...i,ij->...j", [(2, 7, 3), (3, 5)], 2 * 7 * 15),
    ("ij,jk,kl->il", [(2, 3), (3, 4), (4, 5)], 2 * 3 * 4 + 2 * 4 * 5),
    ("bn,anm,bm->ba", [(2, 5), (3, 5, 4), (2, 4)], 2 * 3 * 5 * 4 + 2 * 3 * 4),
    ("ik,jk", [(3, 4), (5, 4)], 60),
    ("bid,bjd->bij", [(7, 3, 1), (7, 5, 1)], 0),  # PyTorch multiplies value by value, as Longformer's masks are
]


@pytest.mark.parametrize(("equation", "shapes", "expected"), SUMS, ids=[row[0] for row in SUMS])
def test_einstein_sums(equation, shapes, expected):
    with torch.backends.opt_einsum.flags(enabled=False):  # where it is installed, PyTorch contracts in its order
        assert of(lambda *operands: torch.einsum(equation, *operands), *shapes) == expected


CONVOLUTIONS = [
    (nn.Conv1d(8, 16, 3, padding=1), (2, 8, 50), 2 * 50 * 3 * 8 * 16),
    (nn.Conv2d(8, 16, 3, padding="same"), (2, 8, 9, 9), 2 * 81 * 9 * 8 * 16),
    (nn.Conv2d(8, 16, (3, 5), padding="same", dilation=2), (1, 8, 9, 9), 81 * 15 * 8 * 16),
    (nn.Conv2d(8, 16, 3, stride=2, dilation=2), (1, 8, 20, 20), 8 * 8 * 9 * 8 * 16),
    (nn.Conv2d(8, 16, 3, groups=4), (1, 8, 10, 10), 64 * 9 * 2 * 16),
    (nn.Conv2d(8, 8, 3, groups=8, padding=1, padding_mode="circular"), (1, 8, 10, 10), 100 * 9 * 8),
    (nn.Conv2d(3, 4, 3), (3, 10, 10), 64 * 9 * 3 * 4),
    (nn.Conv3d(2, 4, 3), (1, 2, 5, 6, 7), 3 * 4 * 5 * 27 * 2 * 4),
    (nn.ConvTranspose1d(4, 6, 3, stride=2), (2, 4, 10), 2 * 10 * 3 * 4 * 6),
    (nn.ConvTranspose2d(4, 6, 3, groups=2), (1, 4, 5, 5), 25 * 9 * 4 * 3),
    (nn.ConvTranspose3d(2, 3, 2, output_padding=0), (1, 2, 3, 3, 3), 27 * 8 * 2 * 3),
]


@pytest.mark.parametrize(("layer", "shape", "expected"), CONVOLUTIONS, ids=[repr(row[0]) for row in CONVOLUTIONS])
def test_convolutions(layer, shape, expected):
    ledger = counted(layer, shape)
    assert ledger.total_mult_adds == expected
    assert ledger.total_params == sum(parameter.numel() for parameter in layer.parameters())
    assert not ledger.discrepancies


class Convolved(torch.nn.Module):
    """A convolution of PyTorch's with these stored tensors."""

    def __init__(self, function, *shapes, **options):
        super().__init__()
        self.function, self.options = function, options
        self.tensors = torch.nn.ParameterList([torch.nn.Parameter(torch.zeros(shape)) for shape in shapes])

    def forward(self, x):
        return self.function(x, *self.tensors, **self.options)


MISFITS = [
    (torch.nn.ConvTranspose1d(32, 32, 4, groups=32), (1, 128, 32)),
    (torch.nn.ConvTranspose2d(8, 8, 4), (1, 16, 8, 8)),
    (torch.nn.ConvTranspose2d(3, 4, 3), (3, 8)),
    (torch.nn.ConvTranspose2d(3, 4, 3, output_padding=1), (1, 3, 8, 8)),
    (Convolved(F.conv2d, (4, 6, 3, 3), (5,)), (1, 6, 8, 8)),
    (Convolved(F.conv_transpose2d, (6, 4, 3, 3), (5,)), (1, 6, 8, 8)),
    (Convolved(F.conv1d, (4, 2, 3), groups=3), (1, 6, 8)),
    (Convolved(F.conv_transpose1d, (6, 2, 3), groups=4), (1, 6, 8)),
]


@pytest.mark.parametrize(("layer", "shape"), MISFITS, ids=[f"{row[1]}" for row in MISFITS])
def test_a_convolution_that_pytorch_refuses_is_no_number(layer, shape):
    with pytest.raises((RuntimeError, ValueError)):
        layer(torch.zeros(shape))
    ledger = netledger.summary(layer, shape, verbose=0)
    assert ledger.total_params == sum(tensor.numel() for tensor in layer.parameters())
    assert not isinstance(ledger.totals.macs, int)


@pytest.mark.parametrize("enabled", [True, False])
def test_convolution_kernels_below_autograd_give_the_same_number(enabled):
    function = Function(lambda self, x, w: aten.convolution(x, w, None, [1, 1], [1, 1], [1, 1], False, [0, 0], 2))
    with torch.set_grad_enabled(enabled):
        assert macs(function, meta(1, 8, 10, 10), meta(16, 4, 3, 3)) == 100 * 9 * 4 * 16


ATTENTIONS = [
    (
        "plain",
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
        [(2, 8, 10, 16), (2, 8, 12, 16), (2, 8, 12, 24)],
        2 * 8 * 10 * 12 * (16 + 24),
    ),
    (
        "causal is full",
        lambda q: F.scaled_dot_product_attention(q, q, q, is_causal=True),
        [(2, 8, 10, 16)],
        2 * 8 * 100 * 32,
    ),
    (
        "grouped queries",
        lambda q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True),
        [(1, 8, 10, 16), (1, 2, 10, 16)],
        8 * 100 * 32,
    ),
    (
        "flash kernel",
        lambda q: aten._scaled_dot_product_flash_attention(q, q, q)[0],
        [(2, 8, 10, 16)],
        2 * 8 * 100 * 32,
    ),
    (
        "efficient kernel",
        lambda q: aten._scaled_dot_product_efficient_attention(q, q, q, None, False)[0],
        [(2, 8, 10, 16)],
        2 * 8 * 100 * 32,
    ),
    (
        "cpu kernel",
        lambda q: aten._scaled_dot_product_flash_attention_for_cpu(q, q, q)[0],
        [(2, 8, 10, 16)],
        2 * 8 * 100 * 32,
    ),
    (
        "cudnn kernel",
        lambda q: aten._scaled_dot_product_cudnn_attention(q, q, q, None, False)[0],
        [(2, 8, 10, 16)],
        2 * 8 * 100 * 32,
    ),
    ("a head for all", lambda q, k: F.scaled_dot_product_attention(q, k, k), [(5, 8), (3, 6, 8)], 3 * 30 * 16),
    (
        "batches of keys alone",
        lambda q, k: F.scaled_dot_product_attention(q, k, k),
        [(4, 3, 8), (2, 4, 6, 8)],
        2 * 4 * 3 * 6 * 16,
    ),
    (
        "batches of values alone",
        lambda q, k, v: F.scaled_dot_product_attention(q, k, v),
        [(3, 8), (6, 8), (5, 6, 10)],
        3 * 6 * 8 + 5 * 3 * 6 * 10,
    ),
    (
        "few heads of keys for all batches",
        lambda q, k: F.scaled_dot_product_attention(q, k, k, enable_gqa=True),
        [(2, 8, 5, 8), (1, 2, 6, 8)],
        2 * 8 * 30 * 16,
    ),
    (
        "inner flash kernel",
        lambda q: aten._flash_attention_forward(q, q, q, None, None, 10, 10, 0.0, False, False)[0],
        [(2, 10, 8, 16)],
        2 * 8 * 100 * 32,
    ),
    (
        "inner efficient kernel",
        lambda q: aten._efficient_attention_forward(q, q, q, None, None, None, None, None, 0.0, 0)[0],
        [(2, 10, 8, 16)],
        2 * 8 * 100 * 32,
    ),
]


@pytest.mark.parametrize(("name", "function", "shapes", "expected"), ATTENTIONS, ids=[row[0] for row in ATTENTIONS])
def test_attention_kernels(name, function, shapes, expected):
    assert of(function, *shapes) == expected


def test_attention_over_packed_sequences_counts_each_by_itself():
    ends = torch.tensor([0, 3, 10], dtype=torch.int32)
    model = Function(lambda self, q, e: aten._flash_attention_forward(q, q, q, e, e, 7, 7, 0.0, False, False)[0])
    assert macs(model, meta(10, 4, 16), ends) == 4 * (9 + 49) * 32


class Named(torch.Tensor):
    """A tensor of a class of one's own."""


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    "make",
    [lambda x: Named([1.0] * 8), lambda x: Named(x), lambda x: Named(5, 8).fill_(1), lambda x: torch.Tensor(5, 8)],
)
def test_tensors_of_ones_own_class_made_in_the_pass(make, real):
    """PyTorch's own watchers fail here; what makes them is as it was afterwards."""
    before = dict(vars(torch.Tensor))
    model = Function(lambda self, x: self.layer(x + make(x)), layer=nn.Linear(8, 8))
    assert macs(model, torch.randn(5, 8), real=real) == 5 * 8 * 8
    assert dict(vars(torch.Tensor)) == before
    assert type(Named([1.0])) is Named
    assert torch.Tensor(2, 3).shape == (2, 3)


def test_a_causal_mask_that_is_a_tensor_of_its_own_class():
    from torch.nn.attention.bias import causal_lower_right

    model = Function(lambda self, q: F.scaled_dot_product_attention(q, q, q, attn_mask=causal_lower_right(5, 5)))
    assert macs(model, torch.randn(2, 4, 5, 8)) == 2 * 4 * 5 * 5 * 16


def test_flex_attention_with_a_score_function():
    from torch.nn.attention.flex_attention import flex_attention

    before = flex_attention.__code__
    model = Function(lambda self, q: flex_attention(q, q, q, score_mod=lambda s, b, h, i, j: s + i - j))
    assert macs(model, meta(1, 4, 128, 64)) == 2 * 4 * 128 * 128 * 64
    assert flex_attention.__code__ is before


def test_fused_multihead_and_encoder_layer_kernels():
    d, hidden = 64, 128
    args = [meta(3 * d, d), meta(3 * d), meta(d, d), meta(d)]

    def fused(self, x):
        return aten._native_multi_head_attention(x, x, x, d, 4, *args, None, False)[0]

    assert macs(Function(fused), meta(2, 10, d)) == 2 * (4 * 10 * d * d + 2 * 100 * d)
    more = [meta(d), meta(d), meta(d), meta(d), meta(hidden, d), meta(hidden), meta(d, hidden), meta(d)]

    def layer(self, x):
        return aten._transformer_encoder_layer_fwd(x, d, 4, *args, False, False, 1e-5, *more)

    assert macs(Function(layer), meta(2, 10, d)) == 2 * (4 * 10 * d * d + 2 * 100 * d + 2 * 10 * d * hidden)


@pytest.mark.parametrize("frozen", [True, False])
@pytest.mark.parametrize("masked", [True, False])
def test_transformer_encoder_is_one_number_whatever_path_it_takes(frozen, masked):
    model = nn.TransformerEncoder(nn.TransformerEncoderLayer(64, 4, 128, batch_first=True), 2)
    model.requires_grad_(not frozen)
    mask = torch.tensor([[False] * 10, [False] * 6 + [True] * 4])
    data = {"src": torch.zeros(2, 10, 64), **({"src_key_padding_mask": mask} if masked else {})}
    with torch.set_grad_enabled(not frozen):
        assert macs(model, data) == 2 * 2 * (4 * 10 * 64 * 64 + 2 * 100 * 64 + 2 * 10 * 64 * 128)


@pytest.mark.parametrize("options", [{}, {"add_bias_kv": True}, {"kdim": 24, "vdim": 40}, {"add_zero_attn": True}])
def test_multihead_attention_with_its_options(options):
    layer = nn.MultiheadAttention(32, 4, **options)
    query = torch.zeros(7, 2, 32)
    key, value = torch.zeros(9, 2, options.get("kdim", 32)), torch.zeros(9, 2, options.get("vdim", 32))
    source = 9 + bool(options.get("add_bias_kv")) + bool(options.get("add_zero_attn"))
    projections = 2 * (7 * 32 * 32 + 9 * 32 * key.shape[2] + 9 * 32 * value.shape[2] + 7 * 32 * 32)
    assert macs(layer, query, key, value) == projections + 2 * 7 * source * 32 * 2
    assert counted(layer, query, key, value).total_params == sum(p.numel() for p in layer.parameters())


RECURRENT = [
    (nn.LSTM(32, 64), (50, 4, 32), 50 * 4 * 256 * (32 + 64)),
    (nn.LSTM(32, 64), (50, 32), 50 * 256 * (32 + 64)),
    (nn.LSTM(32, 64, num_layers=2, bidirectional=True), (50, 4, 32), 200 * 256 * 2 * ((32 + 64) + (128 + 64))),
    (nn.LSTM(32, 64, proj_size=16), (50, 4, 32), 200 * (256 * (32 + 16) + 64 * 16)),
    (nn.LSTM(32, 64, bias=False, batch_first=True), (4, 50, 32), 200 * 256 * 96),
    (nn.GRU(32, 64), (50, 4, 32), 200 * 192 * 96),
    (nn.GRU(32, 64, num_layers=3), (50, 4, 32), 200 * 192 * (96 + 128 + 128)),
    (nn.RNN(32, 64, nonlinearity="relu"), (50, 4, 32), 200 * 64 * 96),
    (nn.LSTMCell(32, 64), (4, 32), 4 * 256 * 96),
    (nn.GRUCell(32, 64), (4, 32), 4 * 192 * 96),
    (nn.RNNCell(32, 64), (4, 32), 4 * 64 * 96),
]


@pytest.mark.parametrize(("layer", "shape", "expected"), RECURRENT, ids=[repr(row[0]) for row in RECURRENT])
def test_recurrent_layers(layer, shape, expected):
    ledger = counted(layer, shape)
    assert ledger.total_mult_adds == expected
    assert ledger.total_params == sum(parameter.numel() for parameter in layer.parameters())
    assert not ledger.discrepancies


def test_a_recurrent_layer_as_the_gpu_is_told_to_run_it():
    """5 steps of 2 sequences: four gates of 4, each of 8 values and of 4 of the state."""

    def run(x):
        stored = [torch.empty(shape, device=x.device) for shape in ((16, 8), (16, 4), (16,), (16,))]
        state = torch.empty(1, 2, 4, device=x.device)
        mode = (2, 4, 0, 1, False, 0.0, False, False, [], None)  # an LSTM of size 4, one layer in one direction
        return torch._cudnn_rnn(x, stored, 4, None, state, state, *mode)[0]

    assert of(run, (5, 2, 8)) == 5 * 2 * 4 * 4 * (8 + 4)


def test_packed_sequences_count_the_steps_that_are_there():
    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.lstm, self.head = nn.LSTM(8, 16, batch_first=True), nn.Linear(16, 2)

        def forward(self, x, lengths):
            out, _ = self.lstm(pack_padded_sequence(x, lengths, batch_first=True, enforce_sorted=False))
            return self.head(pad_packed_sequence(out, batch_first=True)[0])

    lengths = torch.tensor([5, 9, 2])
    assert macs(Packed(), torch.zeros(3, 9, 8), lengths) == 16 * 64 * (8 + 16) + 3 * 9 * 16 * 2


def test_bilinear_layers():
    layer = nn.Bilinear(5, 7, 3)
    assert macs(layer, (4, 5), (4, 7)) == 4 * 5 * 7 * 3
    assert counted(layer, (4, 5), (4, 7)).total_params == 5 * 7 * 3 + 3


def test_grouped_products_meet_one_matrix_each():
    offsets = torch.tensor([16, 64], dtype=torch.int32)
    model = Function(lambda self, a, b, o: torch._grouped_mm(a, b, offs=o))
    assert (
        macs(model, meta(64, 32, dtype=torch.bfloat16), meta(2, 32, 16, dtype=torch.bfloat16), offsets) == 64 * 32 * 16
    )


def test_fp8_products():
    scale = meta(1)
    a, b = meta(32, 64, dtype=torch.float8_e4m3fn), meta(16, 64, dtype=torch.float8_e4m3fn)
    model = Function(lambda self, a, b, s: torch._scaled_mm(a, b.t(), s, s, out_dtype=torch.bfloat16))
    assert macs(model, a, b, scale) == 32 * 64 * 16


def test_fourier_transforms_are_operations_of_another_sort():
    ledger = counted(Function(lambda self, x: torch.fft.rfft(x)), meta(4, 256))
    assert ledger.total_mult_adds == 0
    (row,) = [entry for entry in ledger if entry.kind == "fft"]
    assert row.effect.other.value == 4 * 5 * 256 * 8


def test_an_operation_without_a_rule_is_unknown_and_says_its_shapes():
    @torch.library.custom_op("netledger_tests::mixed", mutates_args=())
    def own(x: torch.Tensor) -> torch.Tensor:
        return x @ x

    own.register_fake(torch.empty_like)
    ledger = counted(Function(lambda self, x: own(x)), meta(2, 4, 4))
    assert str(ledger.totals.macs) == "unknown"
    ((_, reason),) = ledger.unknown
    assert "netledger_tests::mixed" in reason.reason
    assert "2x4x4" in reason.reason
    mixed = counted(nn.Sequential(nn.Linear(4, 4), Function(lambda self, x: own(x))), meta(4, 4))
    assert str(mixed.totals.macs) == "≥ 64"


def test_custom_operations_are_unknown_until_they_have_a_rule():
    library = torch.library.Library("netledger_test", "DEF")
    library.define("scan(Tensor x, Tensor state, int width) -> Tensor")
    library.impl("scan", lambda x, state, width: x.new_empty(x.shape), "Meta")
    model = Function(lambda self, x, s: torch.ops.netledger_test.scan(x, s, 4))
    assert not isinstance(counted(model, meta(8, 16), meta(16)).totals.macs, int)

    @rule("netledger_test::scan")
    def scan(call: Call, width: int) -> Effect:
        rows, columns = call.inputs[0]
        return Effect((call.inputs[0],), macs=symbol("L", rows) * symbol("D", columns) * symbol("w", width))

    assert macs(model, meta(8, 16), meta(16)) == 8 * 16 * 4


def test_deformable_convolution():
    from tests.torchvision_support import import_torchvision

    layer = import_torchvision().ops.DeformConv2d(8, 16, 3, padding=1)
    assert macs(layer, (1, 8, 10, 10), (1, 18, 10, 10)) == 100 * 9 * 8 * 16
    assert counted(layer, (1, 8, 10, 10), (1, 18, 10, 10)).total_params == 8 * 16 * 9 + 16


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
def test_nested_tensors_made_in_the_pass(layout, real):
    """They are made of values only: the model is small, and is run."""
    model = Function(
        lambda self, x: self.layer(torch.nested.as_nested_tensor([x[:1], x[1:]], layout=layout)), layer=nn.Linear(8, 8)
    )
    assert macs(model, torch.randn(5, 8), real=real) == 5 * 8 * 8


@pytest.mark.parametrize("layout", [torch.jagged, torch.strided])
def test_nested_tensors(layout):
    parts = torch.nested.nested_tensor([torch.zeros(3, 8), torch.zeros(5, 8)], layout=layout)
    assert macs(nn.Linear(8, 4), parts) == 8 * 8 * 4


def test_half_precision_and_autocast_change_nothing():
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.Flatten(), nn.Linear(8 * 36, 10))
    expected = 36 * 9 * 3 * 8 + 288 * 10
    assert macs(model.half(), torch.zeros(1, 3, 8, 8, dtype=torch.half)) == expected
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert macs(model.float(), (1, 3, 8, 8)) == expected


def test_kernels_with_gradients_enabled_inside_the_model():
    def forces(self, x):
        with torch.enable_grad():
            x = x.detach().requires_grad_(True)
            return self.fc(x).sum()

    assert macs(Function(forces, fc=nn.Linear(8, 4)), (3, 8)) == 3 * 8 * 4


def test_models_that_differentiate_inside_their_forward_pass():
    def forces(self, x):
        x = x.requires_grad_(True)
        return torch.autograd.grad(self.fc(x).sum(), x)[0]

    # x·W forward, and the gradient of x once more
    assert macs(Function(forces, fc=nn.Linear(3, 4, bias=False)), (5, 3)) == 2 * 5 * 3 * 4


def test_jacobians_of_data_with_values():
    """W·x forward, then the gradients of x and of W for each of three outputs."""
    model = Function(lambda self, x: torch.func.jacrev(lambda y: self.w @ y)(x), w=nn.Parameter(torch.ones(3, 8)))
    found = macs(model, torch.ones(8))
    assert found == macs(model, meta(8)) == 3 * 8 + 3 * 3 * 8


@pytest.mark.parametrize(
    ("function", "operations"),
    [
        (torch.linalg.cholesky, 30**3 // 3),
        (torch.linalg.inv, 2 * 30**3),
        (torch.linalg.slogdet, 2 * 30**3 // 3),
        (torch.linalg.eigh, 9 * 30**3),
        (torch.linalg.svd, 21 * 30**3),
        (torch.linalg.matrix_exp, 15 * 30**3),
        (torch.linalg.matrix_rank, 21 * 30**3),
        (lambda x: torch.linalg.matrix_norm(x, 2), 21 * 30**3),
        (lambda x: torch.linalg.norm(x, "nuc"), 21 * 30**3),
        (lambda x: torch.linalg.solve(x, x[:, :7]), 2 * 30**3 // 3 + 2 * 30**2 * 7),
        (lambda x: torch.linalg.solve_triangular(x, x[:, :7], upper=True), 30**2 * 7),
        (lambda x: torch.cdist(x, x[:5]), 3 * 30 * 5 * 30),
        (torch.pdist, 3 * 435 * 30),
        (lambda x: torch.cdist(x, x.expand(7, 30, 30)), 3 * 7 * 30 * 30 * 30),
        (lambda x: torch.ormqr(x[:, :5], x[0, :5], x), (4 * 30 * 5 - 2 * 25) * 30),
    ],
)
def test_solvers_contract_nothing_and_name_their_operations(function, operations):
    ledger = counted(Function(lambda self, x: function(x)), meta(30, 30))
    assert ledger.total_mult_adds == 0
    assert any(f"about {operations:,} operations" in note for note in ledger.network.notes), ledger.network.notes


@pytest.mark.parametrize("layout", ["to_sparse", "to_sparse_csr"])
@pytest.mark.parametrize("multiply", [torch.sparse.mm, torch.matmul, lambda a, x: nn.functional.linear(x.mT, a).mT])
def test_a_sparse_matrix_multiplies_what_it_stores(layout, multiply):
    model = Function(lambda self, x: multiply(self.a, x))
    model.register_buffer("a", getattr(torch.eye(5, 4), layout)())
    assert macs(model, (4, 3)) == 4 * 3


@pytest.mark.parametrize(
    ("multiply", "expected"),
    [
        (lambda a, x: torch.sparse.mm(a, x, "mean"), 5 * 3),
        (lambda a, x: torch.sparse.sampled_addmm(a, x, x.mT.contiguous()), 5 * 3),
    ],
)
def test_a_sparse_matrix_whose_kernel_needs_values(multiply, expected):
    """It runs with values, of which it stores five."""
    model = Function(lambda self, x: multiply(self.a, x))
    model.register_buffer("a", torch.eye(5).to_sparse_csr())
    ledger = counted(model, input_size=(5, 3))
    assert ledger.total_mult_adds == expected
    assert not any("sparse matrices" in note for note in ledger.network.notes)


@pytest.mark.parametrize("finish", [lambda a: a, torch.Tensor.coalesce, torch.Tensor.to_sparse_csr])
@pytest.mark.parametrize("weighed", [False, True])
def test_a_sparse_matrix_made_of_the_edges_that_are_given_stores_as_many(finish, weighed):
    """Five edges between four nodes of eight features."""
    edges = torch.tensor([[0, 1, 2, 3, 0], [1, 2, 3, 0, 2]])

    def forward(self, x, edges):
        values = x[edges[0], 0] if weighed else torch.ones(edges.shape[1])
        return torch.sparse.mm(finish(torch.sparse_coo_tensor(edges, values, (4, 4))), x)

    ledger = counted(Function(forward), torch.randn(4, 8), edges)
    assert ledger.total_mult_adds == 5 * 8
    assert not any("whose zeros are not known" in note or "\n" in note for note in ledger.network.notes)


def test_a_sparse_matrix_made_of_data_says_that_it_is_counted_as_dense():
    ledger = counted(Function(lambda self, x: torch.sparse.mm(x.relu().to_sparse(), x)), input_size=(4, 4))
    assert ledger.total_mult_adds == 4 * 4 * 4
    assert any("64 MACs are of sparse matrices" in note for note in ledger.network.notes)


def test_complex_products_say_that_one_is_four():
    model = Function(lambda self, x: torch.complex(x, x) @ self.w, w=nn.Parameter(torch.ones(4, 5, dtype=torch.cfloat)))
    ledger = counted(model, (3, 4))
    assert ledger.total_mult_adds == 60
    assert "60 MACs are of complex numbers: each is four real ones" in ledger.network.notes


@pytest.mark.parametrize("dim", [0, 1, -1])
def test_joined_along_a_dimension(dim):
    """Sizes as PyTorch joins them, then a product of each row."""

    def forward(self, x):
        joined = torch.cat([x, x[:, :2] if dim == 1 else x], dim=dim)
        return joined @ joined.transpose(-1, -2)

    x = torch.zeros(2, 3, 4)
    rows = torch.cat([x, x[:, :2] if dim == 1 else x], dim=dim).shape
    assert macs(Function(forward), x) == rows[0] * rows[1] ** 2 * rows[2]
