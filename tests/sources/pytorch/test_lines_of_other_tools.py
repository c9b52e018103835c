"""Lines that people write for torchinfo and torchsummary work as they stand, or say what to write."""

from __future__ import annotations

import importlib.util

import pytest

torch = pytest.importorskip("torch")
numpy = pytest.importorskip("numpy")

from torch import nn  # noqa: E402

from netledger import summary  # noqa: E402
from netledger.errors import UsageError  # noqa: E402
from netledger.ledger.other_names import OF_A_LEDGER, OF_AN_ENTRY  # noqa: E402

MACS = 26 * 26 * 9 * 3 * 8 + 8 * 10


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv, self.norm, self.fc = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Linear(8, 10)

    def forward(self, x):
        return self.fc(self.norm(self.conv(x)).mean((2, 3)))


@pytest.mark.parametrize(
    ("size", "settings"),
    [
        ((1, 3, 28, 28), {}),
        ([1, 3, 28, 28], {"device": "cpu", "mode": "train"}),
        ((3, 28, 28), {}),  # torchsummary's
        ((3, 28, 28), {"batch_size": -1, "device": "cpu"}),
        ((3, 28, 28), {"batch_dim": 0}),
        (torch.Size((1, 3, 28, 28)), {"dtypes": [torch.FloatTensor]}),
        (tuple(numpy.array([1, 3, 28, 28])), {"dtypes": [torch.float32]}),
        ((-1, 3, 28, 28), {}),
        ((None, 3, 28, 28), {"row_settings": ("depth",), "col_width": 16, "cache_forward_pass": True}),
        (torch.zeros(1, 3, 28, 28), {}),
        (numpy.zeros((1, 3, 28, 28), "float32"), {}),
        ("3x28x28", {}),
        ((1, 3, 28, 28), {"dtypes": ["torch.FloatTensor"], "branching": False}),
        (None, {"input_data": [numpy.zeros((1, 3, 28, 28), "float32")]}),
    ],
)
def test_sizes_as_people_write_them(size, settings):
    ledger = summary(Net(), size, verbose=0, **settings)
    assert ledger.total_mult_adds == MACS
    assert ledger.total_param_bytes == 4 * ledger.total_params == 4 * (27 * 8 + 8 + 16 + 90)
    assert len(ledger.summary_list) == 4


def test_a_batch_of_torchsummarys():
    assert summary(Net(), (3, 28, 28), batch_size=4, verbose=0).total_mult_adds == 4 * MACS


class Sum(nn.Module):
    def __init__(self):
        super().__init__()
        self.a, self.b = nn.Linear(8, 4), nn.Linear(6, 4)

    def forward(self, x, y):
        return self.a(x) + self.b(y)


def test_what_follows_in_order():
    assert summary(Net(), (3, 28, 28), 4, "cpu", verbose=0).total_mult_adds == 4 * MACS  # torchsummary's
    assert summary(Sum(), (1, 8), torch.rand(1, 6), verbose=0).total_mult_adds == 32 + 24  # torch-summary's
    assert summary(Sum(), torch.rand(1, 8), torch.rand(1, 6), verbose=0).total_mult_adds == 32 + 24
    assert summary(model=Net(), input_size=(3, 28, 28), batch_size=-1, verbose=0).total_mult_adds == MACS


def test_a_batch_of_one_before_the_shape_of_a_description():
    assert (
        summary("alexnet", (1, 3, 227, 227), verbose=0).total_mult_adds == summary("alexnet", verbose=0).total_mult_adds
    )
    with pytest.raises(UsageError, match="a batch is told by --batch"):
        summary("alexnet", (2, 3, 227, 227), verbose=0)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"mode": "training"}, "mode is 'eval', 'train' or 'same', not 'training'"),
        ({"device": "gpu"}, "no device 'gpu'"),
        ({"input_size": (3, "28", 28)}, "whole numbers, as in .*, not '28'"),
        ({"input_size": (3, 28.0, 28)}, "whole numbers, as in .*, not 28.0"),
        ({"max_depth": 2}, "did you mean depth"),
        ({"size": (3, 28, 28)}, "did you mean input_size"),
        ({"print_per_layer_stat": True}, "did you mean verbose"),
        ({"as_strings": True}, "leave it out"),
        ({"input_constructor": dict}, "did you mean input_data"),
    ],
)
def test_wrong_words_are_answered_in_one_line(settings, said):
    with pytest.raises(UsageError, match=said):
        summary(Net(), verbose=0, **settings)


@pytest.mark.parametrize(
    "name",
    [
        "get_model_complexity_info",
        "profile",
        "FlopCountAnalysis",
        "parameter_count",
        "crawl_module",
        "count_params",
        "get_flops",
        "Summary",
    ],
)
def test_other_tools_functions_are_answered_with_the_line_to_write(name):
    import netledger

    with pytest.raises(AttributeError, match=r"write netledger\.summary\(model"):
        getattr(netledger, name)


@pytest.mark.parametrize(
    "name", ["profile", "calculate_flops", "ModelStatistics", "ColumnSettings", "summary_string", "FlopCounterMode"]
)
def test_what_is_imported_by_another_tools_name_is_answered_too(name):
    """``from … import`` would say only that it cannot."""
    with pytest.raises(ImportError, match=f"no attribute '{name}': write .*netledger"):
        exec(f"from netledger import {name}", {})
    with pytest.raises(ImportError, match="cannot import name 'nobody'"):
        exec("from netledger import nobody", {})
    import netledger

    assert not hasattr(netledger, name)


@pytest.mark.parametrize(
    ("line", "kind", "said"),
    [
        ("from netledger.nn import FlopCountAnalysis", ImportError, "input_data"),  # fvcore's
        ("from netledger.profiling.flops_profiler import get_model_profile", ImportError, "input_size"),  # DeepSpeed's
        ("import netledger.torchsummary", ImportError, "input_size"),
        ("from netledger.formatting import FormattingOptions", ImportError, "col_names"),  # torchinfo's
        ("import netledger; netledger.nn.FlopCountAnalysis", AttributeError, "input_data"),
        ("import netledger; netledger.to_readable(1)", AttributeError, "total_mult_adds"),
    ],
)
def test_modules_of_other_tools_are_answered_however_they_are_asked_for(line, kind, said):
    with pytest.raises(kind, match=rf": write .*netledger\.summary\(model.*{said}|: write .*{said}.*summary\(model"):
        exec(line, {})


@pytest.mark.parametrize("name", ["utils", "nn", "profiling", "torchsummary", "nobody"])
def test_who_only_looks_for_a_module_is_told_that_there_is_none(name):
    assert importlib.util.find_spec(f"netledger.{name}") is None


def test_a_module_that_no_tool_has_is_not_found_as_ever():
    with pytest.raises(ModuleNotFoundError, match=r"^No module named 'netledger\.nobody'$"):
        exec("import netledger.nobody", {})


@pytest.mark.parametrize("name", [*OF_A_LEDGER])
def test_a_name_in_the_result_is_answered_with_one_that_works(name):
    """What stands before the first comma or blank is tried as it stands."""
    ledger = summary(Net(), (1, 3, 28, 28), verbose=0)
    with pytest.raises(AttributeError, match=f"'Ledger' object has no attribute '{name}': write ") as raised:
        getattr(ledger, name)
    _tried(str(raised.value), ledger=ledger)
    assert not hasattr(ledger, name)


@pytest.mark.parametrize("name", [*OF_AN_ENTRY])
def test_a_name_in_a_row_is_answered_with_one_that_works(name):
    entry = summary(Net(), (1, 3, 28, 28), verbose=0)["conv"]
    with pytest.raises(AttributeError, match=f"'Entry' object has no attribute '{name}': write ") as raised:
        getattr(entry, name)
    _tried(str(raised.value), entry=entry)


def test_rows_and_layers_look_attributes_up_without_a_detour():
    """``__getattr__`` would slow down every attribute, those that are there too: large ledgers are made of millions."""
    entry = summary(Net(), (1, 3, 28, 28), verbose=0)["conv"]
    assert not any(hasattr(type(one), "__getattr__") for one in (entry, entry.layer, entry.tensors[0]))
    assert not {*OF_AN_ENTRY} & {*dir(entry)}


def _tried(said, **names):
    """The code in an answer, run."""
    code = said.partition(": write ")[2]
    code = code.partition(", as in ")[2] or code
    for end in (", two ", ", what ", ", which ", ", with ", ": a "):
        code = code.partition(end)[0]
    if "to_pandas" in code:
        pytest.importorskip("pandas")
    eval(code, {}, names)


def test_old_tensor_types_and_lookups():
    assert summary(nn.Embedding(10, 4), (1, 5), dtypes=[torch.LongTensor], verbose=0).total_params == 40
    looked_up = nn.Sequential(nn.Embedding(100, 16), nn.Linear(16, 4))
    assert summary(looked_up, (1, 12), verbose=0).total_mult_adds == 12 * 64
    assert summary(nn.Linear(10, 2), 10, verbose=0).total_mult_adds == 20


def test_an_example_of_the_models_own():
    model = Net()
    model.example_input_array = torch.zeros(1, 3, 28, 28)
    ledger = summary(model, verbose=0)
    assert ledger.total_mult_adds == MACS
    assert "the model's example_input_array" in ledger.network.assumed


def test_a_state_dict_is_read():
    ledger = summary(Net().state_dict(), verbose=0)
    assert ledger.total_params == 27 * 8 + 8 + 16 + 90
    assert summary({"epoch": 3, "state_dict": Net().state_dict()}, verbose=0).total_params == ledger.total_params


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (Net, r"the class Net: give an instance, Net\(...\)"),
        (None, "None: does the function"),
        (torch.optim.SGD(Net().parameters(), lr=0.1), r"an optimizer \(SGD\): give the model"),
        (nn.Parameter(torch.zeros(3)), r"a tensor \(Parameter\): give the module"),
        (lambda x: x, "a function"),
        ([nn.Linear(3, 4), nn.ReLU()], r"a list of layers: give torch.nn.Sequential\(\*layers\)"),
        (Net().parameters(), "a generator: give the model"),
        (3, "not a int"),
    ],
)
def test_what_is_no_network_says_what_to_give(given, said):
    with pytest.raises(UsageError, match=said):
        summary(given, (1, 3, 28, 28), verbose=0)


@pytest.mark.parametrize("name", ["show_input", "print_fn", "line_length", "custom_ops"])
def test_a_setting_that_does_nothing_here_can_be_left_out(name):
    with pytest.raises(UsageError, match=rf"{name} is no setting.*leave it out"):
        summary(Net(), (1, 3, 28, 28), verbose=0, **{name: True})


def test_a_size_below_zero_is_no_size():
    with pytest.raises(UsageError, match=r"whole numbers.*not -28"):
        summary(Net(), (1, 3, -28, 28), verbose=0)


@pytest.mark.parametrize("name", ["input_shape", "inputsize", "input_sizes"])
def test_a_misspelt_setting_is_named(name):
    with pytest.raises(UsageError, match=f"{name} is no setting.*did you mean input_size"):
        summary(Net(), verbose=0, **{name: (1, 3, 28, 28)})


def test_torchinfos_sizes_in_bytes():
    """By hand: the map 8×26×26 after the convolution and after the normalisation, and ten scores, float32, twice."""
    ledger = summary(Net(), (2, 3, 28, 28), verbose=0)
    assert ledger.total_input == 2 * 3 * 28 * 28 * 4
    assert ledger.total_output_bytes == 2 * 2 * 4 * (8 * 26 * 26 + 8 * 26 * 26 + 10)
    with pytest.raises(ValueError, match="not an exact count"):
        _ = summary(Net(), (2, 4, 28, 28), verbose=0).total_output_bytes


def test_a_layer_that_did_not_run_puts_nothing_out():
    class One(nn.Module):
        def __init__(self):
            super().__init__()
            self.ran, self.idle = nn.Linear(4, 4), nn.Linear(6, 4)

        def forward(self, x):
            return self.ran(x)

    assert summary(One(), (2, 4), verbose=0).total_output_bytes == 2 * 4 * (2 * 4)


def test_groups_and_a_single_column(capsys):
    model = nn.Sequential(nn.Conv2d(4, 8, 3, groups=2), nn.Conv2d(8, 8, 3), nn.ReLU())
    summary(model, (1, 4, 9, 9), col_names=("groups",))
    rows = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert ["0", "conv2d", "2"] in rows
    assert ["1", "conv2d", "1"] in rows
    assert ["2", "relu"] in rows
    summary(model, (1, 4, 9, 9), col_names="num_params")
    assert "parameters" in capsys.readouterr().out
