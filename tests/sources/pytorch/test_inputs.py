"""How a model is fed: in every way people say it, and found out where nobody does."""

from __future__ import annotations

import dataclasses
import json

import pytest

np = pytest.importorskip("numpy")
torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

import netledger  # noqa: E402
from netledger.errors import FormatError, MissingExtraError, ModelError, NotFoundError, UsageError  # noqa: E402
from netledger.ledger import keep_books  # noqa: E402
from netledger.sources import Options, read  # noqa: E402
from netledger.sources.pytorch.inputs import parse_spec  # noqa: E402
from tests.sources.pytorch.counting import Function, counted  # noqa: E402


def summary(model, *args, **kwargs):
    return netledger.summary(model, *args, verbose=0, **kwargs)


def test_torchinfos_argument_names():
    model = nn.Sequential(nn.Linear(8, 4), nn.ReLU())
    assert summary(model, (2, 8)).total_mult_adds == 64
    assert summary(model, input_size=(2, 8)).total_mult_adds == 64
    assert summary(model, input_data=torch.zeros(2, 8)).total_mult_adds == 64
    assert summary(model, input_size=(8,), batch_dim=0).total_mult_adds == 32
    assert summary(model, input_size=(2, 8), mode="train", device="cpu", col_width=16, depth=1).trainable_params == 36
    ids = summary(nn.Embedding(10, 4), input_size=(1, 7), dtypes=[torch.int64])
    assert ids.entries[-1].output_shape == (1, 7, 4)


@pytest.mark.parametrize(
    "dtype", [torch.LongTensor, "torch.LongTensor", torch.long, "int64", np.int64, np.dtype("int32"), int]
)
def test_a_type_is_said_as_pytorch_numpy_or_python_say_it(dtype):
    model = nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 4))
    assert summary(model, (1, 7), dtypes=[dtype]).total_mult_adds == 7 * 32
    assert summary(model, (1, 7), dtypes=dtype).total_mult_adds == 7 * 32
    assert summary(model, {"input": (1, 7)}, dtypes={"input": dtype}).total_mult_adds == 7 * 32


def test_what_the_forward_pass_takes_beside_its_inputs_is_handed_on():
    class Repeated(nn.Module):
        def __init__(self):
            super().__init__()
            self.layer = nn.Linear(3, 2)

        def forward(self, x, twice=False):
            return self.layer(x) + self.layer(x) if twice else self.layer(x)

    assert summary(Repeated(), (1, 3)).total_mult_adds == 6
    assert summary(Repeated(), (1, 3), twice=True).total_mult_adds == 12
    with pytest.raises(UsageError, match="forward takes no twise; did you mean twice"):
        summary(Repeated(), (1, 3), twise=True)


def test_settings_that_a_module_keeps_as_lists():
    ledger = summary(nn.MaxPool2d([3, 2], [3, 2]), (1, 4, 9, 8))
    assert ledger.entries[-1].output_shape == (1, 4, 3, 4)


def test_sizes_are_any_whole_numbers():
    assert summary(nn.Linear(8, 4), (np.int64(2), np.int32(8))).total_mult_adds == 64
    assert summary(nn.Linear(8, 4), np.array([2, 8])).total_mult_adds == 64
    assert summary(nn.Linear(8, 4), torch.Size([2, 8])).total_mult_adds == 64


def test_what_is_looked_up_is_whole_numbers_wherever_that_is():
    later = Function(
        lambda self, x: self.b(self.a(self.drop(x))), drop=nn.Dropout(0), a=nn.Embedding(10, 8), b=nn.Linear(8, 4)
    )
    assert summary(later, (1, 7)).total_mult_adds == 7 * 32
    mixed = Function(lambda self, x, ids: self.b(x) + self.a(ids), b=nn.Linear(8, 4), a=nn.Embedding(10, 4))
    ledger = summary(mixed, [(3, 8), (3,)])
    assert ledger.total_mult_adds == 3 * 32
    assert "whole numbers where the model looks its input up" in ledger.network.assumed


def test_several_inputs_and_named_ones():
    model = Function(lambda self, a, b, scale=1: self.fc(a) @ self.fc(b).mT * scale, fc=nn.Linear(8, 4))
    products = 2 * 3 * 8 * 4 + 3 * 3 * 4
    assert summary(model, input_size=[(3, 8), (3, 8)]).total_mult_adds == products
    assert summary(model, input_data=[torch.zeros(3, 8), torch.zeros(3, 8)], scale=2).total_mult_adds == products
    named = Function(lambda self, *, x, y=None: self.fc(x), fc=nn.Linear(8, 4))
    assert summary(named, input_size={"x": (3, 8)}).total_mult_adds == 96
    assert summary(named, input_data={"x": torch.zeros(3, 8)}).total_mult_adds == 96


@dataclasses.dataclass
class Pair:
    left: torch.Tensor
    right: torch.Tensor


def test_nested_and_dataclass_inputs_and_outputs():
    model = Function(lambda self, pair, more: Pair(self.fc(pair.left), more["x"][0]), fc=nn.Linear(8, 4))
    pair = Pair(torch.zeros(2, 8), torch.zeros(2, 8))
    assert summary(model, input_data=(pair, {"x": [torch.zeros(3)]})).total_mult_adds == 64


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        (
            nn.Sequential(nn.Conv2d(3, 4, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2)),
            222 * 222 * 108 + 8,
        ),
        (
            nn.Sequential(nn.Conv2d(1, 6, 5), nn.MaxPool2d(2), nn.Flatten(), nn.Linear(6 * 14 * 14, 10)),
            784 * 150 + 11760,
        ),
        (nn.Linear(8, 4), 32),
        (nn.Sequential(nn.Embedding(10, 8), nn.Linear(8, 4)), 128 * 32),
        (nn.LSTM(8, 4, batch_first=True), 128 * 16 * 12),
    ],
)
def test_an_input_is_found_from_the_first_layer(model, expected):
    ledger = counted(model)
    assert ledger.total_mult_adds == expected
    assert "from the first layer" in ledger.network.assumed[0]


def particular(first, fits, why):
    def forward(self, x):
        if not fits(x.shape[-1]):
            raise ValueError(why.format(x.shape[-1]))
        return self.first(x)

    return Function(forward, first=first)


@pytest.mark.parametrize(
    ("model", "expected"),
    [
        # 100 samples, halved, 8 channels: what the last layer reads
        (
            nn.Sequential(nn.Conv1d(1, 8, 3, padding=1), nn.MaxPool1d(2), nn.Flatten(), nn.Linear(8 * 50, 10)),
            100 * 3 * 8 + 400 * 10,
        ),
        (
            particular(nn.Conv1d(1, 4, 1), lambda n: n % 48 == 0, "length {} is not a multiple of 48. Pad it"),
            1056 * 4,
        ),
        (
            particular(nn.Conv2d(3, 4, 1), lambda n: n == 336, "Input height ({}) doesn't match model (336)."),
            336 * 336 * 3 * 4,
        ),
        (
            particular(nn.Conv2d(3, 4, 1), lambda n: n >= 800, "Image size {0}x{0} is too small for this model"),
            896 * 896 * 3 * 4,
        ),
        (nn.Sequential(nn.Conv1d(1, 2, 16, 16), nn.Conv1d(2, 4, 100, 100)), 512 * 16 * 2 + 5 * 100 * 8),
        # 28² × 4 values are fewer than are chosen among them, 56² × 4 too: 112² × 4 do
        (
            Function(lambda s, x: s.first(x).flatten(1).topk(20000).values, first=nn.Conv2d(3, 4, 8, 8)),
            192 * 4 * 112**2,
        ),
    ],
)
def test_a_size_that_the_model_refuses_is_replaced_by_what_it_asks_for(model, expected):
    assert summary(model).total_mult_adds == expected


def test_a_size_that_never_fits_is_not_raised_for_ever():
    tried = []

    def forward(self, x):
        tried.append(x.shape[-1])
        raise ValueError(f"Image size {x.shape[-1]}x{x.shape[-1]} is too small for this model")

    assert summary(Function(forward, first=nn.Conv2d(3, 4, 1))).total_params == 16
    assert 224 * 4 * 4 <= max(tried) <= 512 * 4 * 4


def test_where_no_input_is_found_the_parameters_are_shown():
    ledger = counted(Function(lambda self, a, b, c: self.fc(a + b + c), fc=nn.Linear(8, 4)))
    assert ledger.total_params == 36
    assert "--input" in ledger.unknown[0][1].reason


def test_a_wrong_shape_names_the_layer_what_it_is_and_what_it_got():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(100, 10))
    ledger = counted(model, (1, 3, 8, 8))
    assert ledger.total_params == 3 * 4 * 9 + 4 + 100 * 10 + 10
    assert str(ledger.totals.macs) == f"≥ {36 * 27 * 4:,}"
    reason = next(unknown.reason for _, unknown in ledger.unknown if "stops here" in unknown.reason)
    assert "2: Linear(in_features=100, out_features=10, bias=True) got 1×144:" in reason
    assert reason.endswith("; --input gives it another")


def test_a_pass_that_breaks_off_says_why_in_one_line():
    def forward(self, x):
        self.a(x)
        raise RuntimeError("out of luck")

    ledger = counted(Function(forward, a=nn.Conv2d(3, 8, 3), b=nn.Linear(8, 4), c=nn.LSTM(4, 2)), (1, 3, 8, 8))
    assert ledger.totals.parameters == 3 * 8 * 9 + 8 + 8 * 4 + 4 + 4 * 2 * (4 + 2 + 2)
    assert str(ledger.totals.macs) == f"≥ {36 * 8 * 27:,}"
    assert {path for path, _ in ledger.unknown} == {"model.rest", "b", "c"}
    (reason,) = {unknown.reason for _, unknown in ledger.unknown}
    assert "RuntimeError: out of luck" in reason


def test_where_a_guessed_value_broke_the_pass_the_way_on_is_to_run_it():
    def forward(self, x):
        x = self.a(x)
        return self.b(x[:, : int(x.abs().max() * 0 + 4)])

    def model():
        return Function(forward, a=nn.Linear(8, 6), b=nn.Linear(4, 2))

    with torch.device("meta"):
        ledger = counted(model(), (1, 8))
    assert ledger.totals.parameters == 8 * 6 + 6 + 4 * 2 + 2
    assert str(ledger.totals.macs) == "≥ 48"
    assert ledger.unknown[0][1].reason.endswith("; --real runs it with real values")
    for real in (False, True):  # a small one whose values are at hand is run without being told
        assert counted(model(), (1, 8), real=real).total_mult_adds == 8 * 6 + 4 * 2


def test_control_flow_that_depends_on_data_stops_there_and_runs_with_real_values():
    def forward(self, x):
        x = self.a(x)
        return self.b(x) if x.sum() > 1e9 else self.c(x)

    model = Function(forward, a=nn.Linear(8, 4), b=nn.Linear(4, 400), c=nn.Linear(4, 2))
    ledger = counted(model, (1, 8))
    assert str(ledger.totals.macs) == "≥ 40"  # the smaller of two ways
    assert ledger.totals.parameters == 2046
    reason = ledger.unknown[0][1].reason
    assert "--real" in reason
    assert "test_inputs.py:" in reason
    assert "from 40 to 1,632 MACs" in reason
    assert counted(model, (1, 8), real=True).total_mult_adds == 40


@pytest.mark.parametrize("real", [False, True])
def test_a_mask_hides_nothing(real):
    """Five tokens are looked at, and their number is read, with shapes as with values."""

    def forward(self, x, attention_mask):
        return self.layer(x[:, : int((attention_mask != 0).sum(1).max())])

    model = Function(forward, layer=nn.Linear(4, 3))
    specs = ["x=1x5x4", "attention_mask=int64[1,5]"]
    assert counted(model, specs=specs, real=real).total_mult_adds == 5 * 4 * 3


def test_a_forward_that_returns_nothing():
    with pytest.raises(ModelError, match="returned nothing"):
        counted(Function(lambda self, x: None), (1, 8))


def test_ids_beyond_the_vocabulary_are_the_models_own_error_with_real_values():
    ledger = counted(nn.Embedding(10, 4), torch.tensor([[11]]), real=True)
    assert ledger.total_params == 40
    assert "Embedding" in ledger.unknown[0][1].reason


def test_inputs_as_they_are_written_on_the_command_line():
    assert parse_spec("3x224x224").shape == (3, 224, 224)
    assert parse_spec("ids=int64[1,128]").dtype == "int64"
    with pytest.raises(UsageError, match="is no shape"):
        parse_spec("3xfoo")
    with pytest.raises(UsageError, match="unknown dtype"):
        parse_spec("x=int65[1]")


@pytest.fixture
def code(tmp_path):
    (tmp_path / "made.py").write_text(
        "from torch import nn\n"
        "class Net(nn.Sequential):\n"
        "    def __init__(self, width=4): super().__init__(nn.Linear(8, width))\n"
        "def broken(): raise KeyError('on purpose')\n"
        "number = 3\n"
        "def text(): return 'x'\n"
    )
    return tmp_path / "made.py"


def test_models_of_ones_own(code):
    ledger = keep_books(read(f"{code}:Net", options=Options(settings={"kwargs": {"width": 6}})))
    assert ledger.total_params == 54


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("broken", ModelError, "raised KeyError"),
        ("Nett", NotFoundError, "did you mean 'Net'"),
        ("number", UsageError, "neither a model nor"),
        ("text", ModelError, "made a str"),
    ],
)
def test_code_that_makes_no_model(code, name, error, text):
    with pytest.raises(error, match=text):
        read(f"{code}:{name}")


def test_modules_and_files_that_are_not_there(tmp_path):
    with pytest.raises(NotFoundError, match="no module"):
        read("no_such_module_anywhere:Net")
    with pytest.raises(NotFoundError, match="no file"):
        read(f"{tmp_path}/gone.py:Net")


def test_configurations(tmp_path):
    pytest.importorskip("transformers")
    from tests.torchvision_support import import_torchvision

    import_torchvision()
    config = tmp_path / "config.json"
    config.write_text(json.dumps({"model_type": "gpt2", "n_layer": 2, "n_embd": 64, "n_head": 4, "vocab_size": 100}))
    ledger = keep_books(read(f"transformers:{tmp_path}"))
    assert ledger.total_params == 100 * 64 + 1024 * 64 + 2 * (12 * 64**2 + 13 * 64) + 128
    config.write_text(json.dumps({"model_type": "own", "auto_map": {"AutoModel": "model.Net"}}))
    with pytest.raises(ModelError, match="code kept beside it"):
        read(f"transformers:{config}")
    config.write_text("{")
    with pytest.raises(FormatError, match="not JSON"):
        read(f"transformers:{config}")
    config.write_text('{"model_type": "bert", "hidden_size": 8, "hidden_size": 16}')
    with pytest.raises(FormatError, match="the key 'hidden_size' stands twice"):
        read(f"transformers:{config}")
    with pytest.raises(NotFoundError, match="no configuration"):
        read("transformers:bert-base-uncased")


def test_libraries_that_are_missing(monkeypatch):
    import sys

    monkeypatch.setitem(sys.modules, "timm", None)
    with pytest.raises((MissingExtraError, ModelError), match="timm"):
        read("timm:resnet18")


def test_a_type_that_pytorch_has_not_is_said():
    with pytest.raises(UsageError, match="PyTorch has no element type 'int63'"):
        summary(nn.Linear(8, 4), (2, 8), dtypes="int63")


def test_a_film_is_found_out_by_its_first_layer():
    """16 pictures of 112×112 where nothing says otherwise, 32·32·32 where only these fit the matrix behind."""
    film = nn.Sequential(nn.Conv3d(3, 4, 3), nn.ReLU())
    assert summary(film).total_mult_adds == 14 * 110 * 110 * 4 * 3 * 27
    cube = nn.Sequential(nn.Conv3d(1, 2, 3), nn.Flatten(), nn.Linear(2 * 30**3, 5))
    assert summary(cube).total_mult_adds == 30**3 * 2 * 27 + 2 * 30**3 * 5


def test_lists_and_dictionaries_of_data_are_left_as_they_were():
    """A choice by values: the model is run with the data, on copies, however they are held."""

    def chosen(self, parts, named):
        parts[0].add_(1)
        named["x"].mul_(2)
        return self.b(parts[1]) if parts[0].sum() > 0 else self.a(parts[1])

    model = Function(chosen, a=nn.Linear(8, 4), b=nn.Linear(8, 16))
    parts, named = [torch.zeros(2), torch.zeros(3, 8)], {"x": torch.ones(2)}
    assert counted(model, parts, named).total_mult_adds == 3 * 8 * 16
    assert parts[0].tolist() == [0, 0]
    assert named["x"].tolist() == [1, 1]


class Halves(nn.Module):
    """It keeps the larger half of its numbers, and counts on there being so many."""

    def __init__(self):
        super().__init__()
        self.first, self.second = nn.Linear(16, 16), nn.Linear(8, 4)

    def forward(self, x):
        x = self.first(x)
        return self.second(x[x > x.median()].view(1, -1)[:, :8].reshape(1, 8))


def test_a_size_that_only_the_data_decide_is_no_fault_of_the_input():
    with torch.device("meta"):
        model = Halves()
    ledger = counted(model)
    assert str(ledger.totals.macs) == "≥ 256"
    assert "input 1×16, from the first layer (Linear first)" in ledger.network.assumed
    [reason] = {str(unknown.reason) for _, unknown in ledger.unknown}
    assert "with 1 value selected by a mask in the model, which depends on the data; --real runs it" in reason
    on_the_cpu = counted(Halves().eval())
    assert str(on_the_cpu.totals.macs) == "≥ 288"  # with the model's own weights, on zeros, 8 of 16 are larger
