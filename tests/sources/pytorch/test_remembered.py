"""An operation that is not worked out again gives and counts what it would give and count if it were."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from netledger.ledger import keep_books  # noqa: E402
from netledger.sources import Options, read  # noqa: E402
from netledger.sources.pytorch.tracing import treatment  # noqa: E402
from netledger.sources.pytorch.tracing.shapes import remembered  # noqa: E402
from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402
from tests.torchvision_support import import_torchvision  # noqa: E402

torchvision = import_torchvision()
F = nn.functional


@pytest.fixture(autouse=True)
def soon(monkeypatch):
    """An operation is remembered from the second time on, and what is remembered is given from the third on."""
    monkeypatch.setattr(treatment, "OFTEN", 1)


@pytest.fixture
def worked_out(monkeypatch):
    """Nothing is remembered from here on."""

    def forget():
        monkeypatch.setattr(treatment, "is_function_of_shapes", lambda func: False)

    return forget


@pytest.fixture
def met(monkeypatch):
    """The names of operations whose results were given again."""
    seen, again = set(), remembered.Remembered.again

    def watched(self, func, call):
        seen.add(func.name().partition(".")[0].removeprefix("aten::"))
        return again(self, func, call)

    monkeypatch.setattr(remembered.Remembered, "again", watched)
    return seen


CALLS = {
    "a sum of an integer and one": lambda x: x.long() + 1,
    "a sum of an integer and one with a point": lambda x: x.long() + 1.0,
    "an integer and a truth": lambda x: x.long() * True,
    "in channels": lambda x: F.relu(x.contiguous(memory_format=torch.channels_last)),
    "channels last, twice as many": lambda x: torch.cat([x.to(memory_format=torch.channels_last)] * 2, 1),
    "another order": lambda x: x.transpose(1, 3) * x.transpose(1, 3),
    "two orders": lambda x: x.transpose(1, 3) + x.contiguous().transpose(1, 3).contiguous(),
    "a row for all": lambda x: x.transpose(0, 1) / x[:1, :1, :1, :1],
    "largest and where": lambda x: x.max(dim=1),
    "parts": lambda x: x.split(2, dim=1),
    "parts of unequal length": lambda x: x.tensor_split(3, dim=1),
    "sorted": lambda x: torch.sort(x, dim=-1, descending=True),
    "by attention": lambda x: F.scaled_dot_product_attention(x, x, x),
    "by attention, in the order of the query": lambda x: F.scaled_dot_product_attention(*[x.transpose(1, 2)] * 3),
    "normalised": lambda x: F.layer_norm(x, x.shape[-1:]),
    "as numbers of half the length": lambda x: x.half().sum(dim=(1, 2)),
    "an expanded row": lambda x: x[:1].expand(3, -1, -1, -1) + 1,
    "what is drawn at random": lambda x: F.dropout(x, 0.5, training=True),
    "like it": lambda x: torch.empty_like(x, dtype=torch.int8),
}


TIMES = 4


def without_values(*shape):
    return torch.empty(shape, device="meta")


def described(out):
    """Kind, and of each tensor its sizes, steps, type and place in its memory."""
    kind = type(out).__name__ if isinstance(out, list | tuple) else None
    tensors = [out] if kind is None else list(out)
    return kind, [(tuple(t.shape), t.stride(), t.dtype, t.storage_offset()) for t in tensors]


@pytest.mark.parametrize("call", CALLS.values(), ids=list(CALLS))
def test_what_is_given_again_is_as_it_was_the_first_time_and_the_time_without(call, worked_out):
    found = []

    def forward(self, x):
        found.append([described(call(x)) for _ in range(TIMES)])
        return x

    counted(Function(forward), without_values(2, 6, 4, 4))
    worked_out()
    counted(Function(forward), without_values(2, 6, 4, 4))
    real = described(call(torch.rand(2, 6, 4, 4)))
    again, without = found[0], found[-1]  # a pass in which PyTorch imports more of itself is run again
    assert again == without == [again[0]] * TIMES
    assert [one[:3] for one in again[0][1]] == [one[:3] for one in real[1]]


def test_each_result_has_its_own_memory_and_a_view_that_of_what_it_looks_at(met):
    found = {}

    def forward(self, x):
        sums = [x + 1 for _ in range(TIMES)]
        found["sums"] = len({one.untyped_storage()._cdata for one in sums})
        keep = [x.double() for _ in range(TIMES)]
        found["kept"] = len({one.untyped_storage()._cdata for one in keep})
        parts = [one.transpose(1, 2) for one in keep]
        found["views"] = [part.untyped_storage()._cdata == one.untyped_storage()._cdata
                          for part, one in zip(parts, keep, strict=True)]  # fmt: skip
        return x

    counted(Function(forward), without_values(2, 6, 4))
    assert found["sums"] == found["kept"] == TIMES
    assert found["views"] == [True] * TIMES
    assert met == {"add", "to", "transpose"}


def test_the_default_type_is_part_of_a_call():
    found = []

    def forward(self, x):
        for dtype in (torch.float32, torch.float64) * TIMES:
            torch.set_default_dtype(dtype)
            found.append((x.long() / 3).dtype)
        torch.set_default_dtype(torch.float32)
        return x

    counted(Function(forward), without_values(2, 3))
    assert found == [torch.float32, torch.float64] * TIMES


def test_nothing_is_remembered_where_types_are_cast(met):
    found = []

    def forward(self, x):
        for _ in range(TIMES):
            found.append(torch.mm(x, x).dtype)
            for dtype in (torch.bfloat16, torch.float16):
                with torch.autocast("cpu", dtype=dtype):
                    found.append(torch.mm(x, x).dtype)
        return x

    assert macs(Function(forward), without_values(4, 4)) == 3 * TIMES * 64
    assert found[::3] == [torch.float32] * TIMES


def test_nothing_is_remembered_where_gradients_are_followed(met):
    def forward(self, x):
        with torch.enable_grad():
            for _ in range(TIMES):
                x = x + 1
        return x

    counted(Function(forward), without_values(4, 4))
    assert not met


NEIGHBOURS = {
    "of an integer": lambda x: x.long() + 1,
    "of an integer, with a point": lambda x: x.long() + 1.0,
    "of an integer and a truth": lambda x: x.long() + True,
    "of a truth": lambda x: (x > 0) + 1,
    "of half length": lambda x: x.half() + 1,
    "of a row of no dimension": lambda x: x.half() + torch.ones((), dtype=torch.float64),
    "of a row of one": lambda x: x.half() + torch.ones(1, dtype=torch.float64),
    "one behind the other": lambda x: x + 1,
    "columns first": lambda x: x.transpose(2, 3) + 1,
    "channels last": lambda x: x.contiguous(memory_format=torch.channels_last) + 1,
    "with gaps": lambda x: x[..., ::2] + 1,
    "one row for all": lambda x: x[:1].expand(2, -1, -1, -1) + 1,
    "from further on": lambda x: x[1:] + 1,
    "from the start": lambda x: x[:1] + 1,
    "itself": lambda x: x.contiguous(),
    "a copy in order": lambda x: x.transpose(2, 3).contiguous(),
    "looked at": lambda x: x.reshape(2, -1),
    "copied to be looked at": lambda x: x.transpose(1, 2).reshape(2, -1),
    "of its own type": lambda x: x.to(torch.float32),
    "of its own type, copied": lambda x: x.to(torch.float32, copy=True),
    "over a dimension": lambda x: x.sum(1),
    "over a dimension, kept": lambda x: x.sum(1, keepdim=True),
    "over a dimension, more exact": lambda x: x.sum(1, dtype=torch.float64),
    "like it": lambda x: torch.zeros_like(x),
    "like it, channels last": lambda x: torch.zeros_like(x, memory_format=torch.channels_last),
    "like it, of another type": lambda x: torch.zeros_like(x, dtype=torch.int16),
    "rounded down": lambda x: F.avg_pool2d(x, 3, 2),
    "rounded up": lambda x: F.avg_pool2d(x, 3, 2, ceil_mode=True),
    "of a part of complex numbers": lambda x: torch.view_as_complex(x.reshape(2, 6, 8, 2)).conj().imag + 1,
    "of a list": lambda x: torch.cat([x, x], 1),
    "of a longer list": lambda x: torch.cat([x, x, x], 1),
    "of a list, elsewhere": lambda x: torch.stack([x, x], 1),
    "chosen": lambda x: x[:, torch.tensor([0, 2])],
    "chosen by truths": lambda x: x[:, torch.tensor([True, False, True, True, False, False])],
    "chosen by other truths": lambda x: x[:, torch.tensor([False, False, True, False, False, False])],
    "as often": lambda x: x.repeat_interleave(torch.tensor([1, 2]), 0),
    "as often as not": lambda x: x.repeat_interleave(torch.tensor([3, 2]), 0),
    "with a bias": lambda x: F.linear(x, x[0, 0], x[0, 0, 0]),
    "without": lambda x: F.linear(x, x[0, 0]),
    "at random": lambda x: F.dropout(x, 0.5, training=True),
    "not at random": lambda x: F.dropout(x, 0.5, training=False),
}


def test_calls_that_are_nearly_alike_are_told_apart(worked_out, met):
    """Types, steps, gaps, Python's numbers, order of memory, whose memory it is: in turn, several times over."""
    found = []

    def forward(self, x):
        found.append([])
        for _ in range(TIMES):
            for call in NEIGHBOURS.values():
                out = call(x)
                found[-1].append((described(out), out.untyped_storage()._cdata == x.untyped_storage()._cdata))
        return x

    counted(Function(forward), without_values(2, 6, 4, 4))
    assert len(met) > 10
    worked_out()
    counted(Function(forward), without_values(2, 6, 4, 4))
    forward(None, torch.rand(2, 6, 4, 4))
    assert found[0] == found[-2]
    assert [shown for shown, _ in found[0]] == [shown for shown, _ in found[-1]]


def test_what_is_written_in_place_is_written_there_alone():
    found = []

    def forward(self, x):
        for number in range(TIMES):
            kept, count = torch.zeros(3, dtype=torch.long), x + 1
            kept += number
            count.add_(1)
            count[:, 0] = kept
            found.append([int(kept.sum()), *torch.ones(int(kept[0]) + 1, 2).shape])
            assert count.untyped_storage()._cdata != (x + 1).untyped_storage()._cdata
        return x

    counted(Function(forward), without_values(3, 3))
    assert found[:TIMES] == [[3 * number, number + 1, 2] for number in range(TIMES)]


def test_lengths_that_differ_in_numbers_alone(worked_out):
    class Packed(nn.Module):
        def __init__(self):
            super().__init__()
            self.rnn = nn.GRU(4, 5, batch_first=True)

        def forward(self, x):
            for lengths in ([3, 1], [3, 2], [2, 2], [3, 1], [3, 2], [1, 1]):
                packed = nn.utils.rnn.pack_padded_sequence(x, torch.tensor(lengths), batch_first=True)
                self.rnn(packed)
            return x

    by_hand = sum([4, 5, 4, 4, 5, 2]) * 3 * (4 * 5 + 5 * 5)
    assert macs(Packed(), torch.rand(2, 3, 4)) == by_hand


def test_few_operations_of_a_sort_are_not_remembered(met, monkeypatch):
    monkeypatch.setattr(treatment, "OFTEN", TIMES)
    counted(nn.Sequential(*[nn.ReLU() for _ in range(TIMES + 1)]), without_values(4, 4))
    assert not met
    counted(nn.Sequential(*[nn.ReLU() for _ in range(TIMES + 2)]), without_values(4, 4))
    assert met


class Tagged(torch.Tensor):
    """A tensor of a sort of its own, which adds one thing more."""

    @classmethod
    def __torch_function__(cls, func, types, args=(), kwargs=None):
        out = super().__torch_function__(func, types, args, kwargs or {})
        return torch.cat([out, out]) if func is torch.Tensor.add else out


def test_a_tensor_of_another_sort_is_asked_every_time():
    found = []

    def forward(self, x):
        for _ in range(TIMES):
            found.append([tuple(x.add(1).shape), tuple(x.as_subclass(Tagged).add(1).shape)])
        return x

    counted(Function(forward), without_values(2, 3))
    assert found[:TIMES] == [[(2, 3), (4, 3)]] * TIMES


class Block(nn.Module):
    """A block that is told its place, as those of language models are."""

    def __init__(self, width, hidden, place):
        super().__init__()
        self.place = place
        self.up, self.down = nn.Linear(width, hidden), nn.Linear(hidden, width, bias=False)

    def forward(self, x):
        x = x + self.down(F.silu(self.up(x)))
        return x + x @ x.transpose(-1, -2) @ x if self.place == 617 else x


def test_one_block_in_a_thousand_that_is_another(met):
    hidden = [24 if place == 333 else 16 for place in range(1000)]
    model = nn.Sequential(*[Block(8, size, place) for place, size in enumerate(hidden)])
    of_place_617 = 2 * 5 * 5 * 8
    assert macs(model, without_values(1, 5, 8)) == sum([2 * 5 * 8 * size for size in hidden]) + of_place_617
    assert {"linear", "silu", "add"} <= met


def test_the_same_operation_as_a_row_of_each_of_its_modules():
    shared = nn.Linear(4, 4)
    ledger = counted(nn.Sequential(shared, nn.Linear(4, 4), shared, nn.Linear(4, 4, bias=False)), (3, 4))
    rows = [(entry.layer.path, entry.macs) for entry in ledger.entries if entry.macs]
    assert rows == [("0", 48), ("1", 48), ("0#2", 48), ("3", 48)]


def test_a_backward_pass_is_followed_through_every_equal_layer():
    layers = nn.Sequential(*[nn.Linear(4, 4) for _ in range(3)])
    layers[1].requires_grad_(False)
    ledger = counted(layers, (3, 4), training=True)
    assert [entry.layer.meta["backward_macs"] for entry in ledger.entries if entry.macs] == [48, 48, 96]


MODELS = {
    "resnet18": lambda: torchvision.models.resnet18(),
    "swin_t": lambda: torchvision.models.swin_t(),
    "googlenet": lambda: torchvision.models.googlenet(init_weights=False),
    "lraspp_mobilenet_v3_large": lambda: torchvision.models.segmentation.lraspp_mobilenet_v3_large(weights_backbone=None),
    "mvit_v2_s": lambda: torchvision.models.video.mvit_v2_s(),
    "maxvit_t": lambda: torchvision.models.maxvit_t(),
    **{name: lambda name=name: of_timm(name) for name in (
        "convnext_atto", "coatnet_nano_rw_224", "cait_xxs24_224", "halonet26t", "mixer_s32_224", "vit_tiny_patch16_224",
        "efficientformer_l1", "poolformer_s12", "regnetx_002", "tnt_s_patch16_224", "xcit_nano_12_p16_224",
    )},
    **{name: lambda name=name: of_transformers(name) for name in (
        "bert", "gpt2", "llama", "mixtral", "t5", "deberta-v2", "mamba", "whisper", "gemma2", "clip", "bart",
        "big_bird", "xlnet", "longformer", "vit", "deepseek_v3", "falcon_h1",
    )},
}  # fmt: skip


def of_timm(name):
    return pytest.importorskip("timm").create_model(name)


def of_transformers(name):
    transformers = pytest.importorskip("transformers")
    return transformers.AutoModel.from_config(transformers.CONFIG_MAPPING[name](num_hidden_layers=3))


@pytest.mark.parametrize("name", MODELS)
def test_real_models_are_counted_as_without(name, worked_out, met):
    with torch.device("meta"):
        model = MODELS[name]().eval()
    network = read(model)
    assert met
    worked_out()
    without = read(model)
    assert network.layers == without.layers
    assert network.notes == without.notes
    assert network.assumed == without.assumed
    assert str(keep_books(network).totals) == str(keep_books(without).totals)


def test_options_of_a_count_are_heeded_as_ever(met):
    model = nn.Sequential(*[nn.Linear(4, 4) for _ in range(TIMES)])
    for settings in ({"real": True}, {"training": True}):
        met.clear()
        read(model, options=Options(settings={"input_data": torch.zeros(3, 4), **settings}))
        assert not met
