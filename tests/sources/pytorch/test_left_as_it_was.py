"""The model, its random states and PyTorch itself are afterwards what they were before; nothing is allocated."""

from __future__ import annotations

import argparse
import array
import collections
import io
import random
import resource
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch")
numpy = pytest.importorskip("numpy")

from torch import nn  # noqa: E402

from netledger import summary  # noqa: E402
from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402


class Stateful(nn.Module):
    """Everything a forward pass can leave behind: statistics, caches, counters, attributes, random numbers."""

    def __init__(self, fails: bool = False):
        super().__init__()
        self.conv, self.norm, self.drop = nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.Dropout()
        self.register_buffer("calls", torch.zeros(1))
        self.register_buffer("cache", torch.zeros(4, 8), persistent=False)
        self.kept: list[object] = []
        self.by_name: dict[str, object] = {"first": 1}
        self.fails = fails

    def forward(self, x):
        self.calls += 1
        self.cache.fill_(7.0)
        self.last = self.norm(self.conv(x))
        self.kept.append(self.last)
        self.by_name["last"] = self.last
        self.weight_of_last = nn.Parameter(torch.ones(2))
        x.zero_()
        torch.rand(3), random.random()
        if self.fails:
            raise KeyError("on purpose")
        return self.drop(self.last)


def state_of(model):
    tensors = {
        name: (id(value), value.clone(), value._version) for name, value in model.state_dict(keep_vars=True).items()
    }
    hooks = [len(module._forward_hooks) + len(module._forward_pre_hooks) for module in model.modules()]
    return {
        "tensors": tensors, "hooks": hooks, "modes": [module.training for module in model.modules()],
        "kept": list(model.kept), "by_name": dict(model.by_name), "attributes": sorted(vars(model)),
        "buffers": {name: value.clone() for name, value in model.named_buffers()},
        "parameters": [name for name, _ in model.named_parameters()],
        "grads": [parameter.requires_grad for parameter in model.parameters()],
    }  # fmt: skip


def same(before, after) -> bool:
    for name, (identity, value, version) in before.pop("tensors").items():
        theirs = after["tensors"][name]
        assert (identity, version) == (theirs[0], theirs[2]), name
        assert torch.equal(value, theirs[1])
    after.pop("tensors")
    for name, value in before.pop("buffers").items():
        assert torch.equal(value, after["buffers"][name]), name
    after.pop("buffers")
    return before == after


@pytest.mark.parametrize("fails", [False, True])
@pytest.mark.parametrize("mode", ["train", "eval", "same"])
@pytest.mark.parametrize("real", [False, True])
def test_a_model_is_left_as_it_was(fails, mode, real):
    model = Stateful(fails)
    model.norm.eval()
    image = torch.randn(2, 3, 8, 8)
    torch_state, python_state, image_before = torch.get_rng_state(), random.getstate(), image.clone()
    before, call = state_of(model), nn.Module.__call__
    if fails:
        ledger = counted(model, image, mode=mode, real=real)
        assert str(ledger.totals.macs) == f"≥ {2 * 36 * 27 * 8:,}"
        assert any("on purpose" in unknown.reason for _, unknown in ledger.unknown)
    else:
        assert macs(model, image, mode=mode, real=real) == 2 * 36 * 27 * 8
    assert same(before, state_of(model))
    assert torch.equal(image, image_before)
    assert torch.equal(torch.get_rng_state(), torch_state)
    assert random.getstate() == python_state
    assert nn.Module.__call__ is call
    assert torch.is_grad_enabled()
    assert not torch.is_inference_mode_enabled()
    assert torch.backends.mha.get_fastpath_enabled()


def test_hooks_of_the_user_run_and_stay():
    model, seen = nn.Linear(4, 2), []
    handle = model.register_forward_hook(lambda module, args, out: seen.append(tuple(out.shape)))
    assert macs(model, (3, 4)) == 24
    assert seen == [(3, 2)]
    assert list(model._forward_hooks) == [handle.id]


def test_the_model_computes_the_same_afterwards():
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Flatten(), nn.Linear(144, 5))
    x = torch.randn(2, 3, 8, 8)
    before = model.eval()(x)
    counted(model, x.clone(), training=True)
    assert torch.equal(model(x), before)
    model(x).sum().backward()
    assert all(parameter.grad is not None for parameter in model.parameters())


def test_compiled_state_is_kept():
    model = nn.Sequential(nn.Linear(4, 4), nn.ReLU())
    model.compile()
    compiled = model._compiled_call_impl
    assert macs(model, (2, 4)) == 32
    assert model._compiled_call_impl is compiled


@pytest.mark.parametrize("wrap", [nn.DataParallel, torch.jit.script])
def test_wrapped_and_scripted_models(wrap):
    model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4)).eval()
    ledger = counted(wrap(model), (3, 8))
    assert ledger.total_mult_adds == 3 * (8 * 16 + 16 * 4)
    assert ledger.total_params == 8 * 16 + 16 + 16 * 4 + 4


def test_sharded_models():
    import torch.distributed as dist
    from torch.distributed.fsdp import fully_shard

    if dist.is_initialized():
        pytest.skip("a process group is in use")
    store = dist.HashStore()
    dist.init_process_group("gloo", store=store, rank=0, world_size=1)
    try:
        model = nn.Sequential(nn.Linear(8, 16), nn.ReLU(), nn.Linear(16, 4))
        mesh = dist.device_mesh.init_device_mesh("cpu", (1,))
        fully_shard(model, mesh=mesh)
        ledger = counted(model, (3, 8))
    finally:
        dist.destroy_process_group()
    assert ledger.total_mult_adds == 3 * (8 * 16 + 16 * 4)
    assert ledger.total_params == 8 * 16 + 16 + 16 * 4 + 4


def test_a_frozen_script_has_no_mode():
    layers = torch.jit.freeze(torch.jit.script(nn.Sequential(nn.Linear(8, 8), nn.ReLU(), nn.Linear(8, 4)).eval()))
    before = dict(vars(layers))
    assert macs(nn.Sequential(layers), torch.randn(2, 8)) == 2 * 8 * 8 + 2 * 8 * 4
    assert dict(vars(layers)) == before  # it keeps the methods that are asked of it


def random_numbers(generator):
    return [generator.random() for _ in range(3)]


KEPT = [
    (lambda: random.Random(1), lambda one: one.random(), random_numbers),
    (lambda: numpy.random.default_rng(1), lambda one: one.random(), random_numbers),
    (lambda: numpy.random.RandomState(1), lambda one: one.rand(), lambda one: list(one.rand(3))),
    (lambda: torch.Generator().manual_seed(1), lambda one: torch.rand(1, generator=one), torch.Generator.get_state),
    (lambda: numpy.zeros(3), lambda one: one.fill(2), list),
    (lambda: bytearray(3), lambda one: one.append(2), list),
    (lambda: array.array("i", [1]), lambda one: one.append(2), list),
    (collections.Counter, lambda one: one.update("ab"), dict),
    (lambda: collections.defaultdict(list), lambda one: one["a"].append(1), dict),
    (collections.UserDict, lambda one: one.update(a=1), dict),
    (collections.UserList, lambda one: one.append(1), list),
    (collections.ChainMap, lambda one: one.update(a=1), dict),
    (lambda: io.BytesIO(b"abc"), lambda one: one.read(2), io.BytesIO.read),
    (lambda: io.StringIO("abc"), lambda one: one.write("x"), lambda one: (one.tell(), one.getvalue())),
    (lambda: Path(__file__).open("rb"), lambda one: one.readline(), lambda one: one.read(40)),  # noqa: SIM115
    (lambda: Path(__file__).open(encoding="utf-8"), lambda one: one.readline(), lambda one: one.read(40)),  # noqa: SIM115
    (lambda: argparse.Namespace(step=0), lambda one: setattr(one, "step", one.step + 1), vars),
]


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("index", range(len(KEPT)))
def test_what_an_object_of_the_models_keeps_inside_is_as_it_was(index, real):
    make, change, seen = KEPT[index]

    def forward(self, x):
        change(self.kept)
        return self.layer(x)

    model = Function(forward, layer=nn.Linear(8, 8))
    model.kept = kept = make()
    assert macs(model, torch.randn(2, 8), real=real) == 2 * 8 * 8
    assert model.kept is kept
    expected = seen(make())
    found = seen(kept)
    assert torch.equal(found, expected) if isinstance(found, torch.Tensor) else found == expected


SETTINGS = [
    (torch.get_default_dtype, lambda: torch.set_default_dtype(torch.float64)),
    (torch.get_num_threads, lambda: torch.set_num_threads(torch.get_num_threads() + 1)),
    (torch.get_float32_matmul_precision, lambda: torch.set_float32_matmul_precision("high")),
    (torch.get_deterministic_debug_mode, lambda: torch.use_deterministic_algorithms(True, warn_only=True)),
    (torch.is_anomaly_enabled, lambda: torch.autograd.set_detect_anomaly(True)),
    (lambda: torch.is_autocast_enabled("cpu"), lambda: torch.set_autocast_enabled("cpu", True)),
    (torch.backends.cuda.flash_sdp_enabled, lambda: torch.backends.cuda.enable_flash_sdp(False)),
    (lambda: torch.backends.cudnn.benchmark, lambda: setattr(torch.backends.cudnn, "benchmark", True)),
    (lambda: torch.backends.mkldnn.enabled, lambda: setattr(torch.backends.mkldnn, "enabled", False)),
]


@pytest.mark.parametrize("index", range(len(SETTINGS)))
def test_a_setting_of_pytorch_that_the_model_changes_is_put_back(index):
    read, change = SETTINGS[index]
    before, seen = read(), []

    def forward(self, x):
        change()
        seen.append(read())
        return x

    counted(Function(forward, layer=nn.Linear(8, 8)), torch.randn(2, 8))
    assert before not in seen
    assert seen
    assert read() == before


def test_models_without_parameters():
    ledger = counted(Function(lambda self, x: x @ x.mT), (2, 3, 4))
    assert (ledger.total_params, ledger.total_mult_adds) == (0, 2 * 9 * 4)


def test_nothing_is_allocated_for_four_hundred_billion_parameters():
    with torch.device("meta"):
        block = [nn.Linear(16384, 53248, bias=False), nn.SiLU(), nn.Linear(53248, 16384, bias=False)]
        model = nn.Sequential(*[nn.Sequential(*block) for _ in range(200)])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    ledger = counted(model, torch.empty(1, 4096, 16384, device="meta"))
    assert ledger.total_mult_adds == 200 * 4096 * 2 * 16384 * 53248
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 200 * 1024


def test_weights_of_a_real_model_are_not_copied():
    model = nn.Linear(4096, 4096, bias=False)  # 64 MiB
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert macs(model, (1, 4096)) == 4096**2
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 32 * 1024


class Lazy(dict):
    """A mapping that makes what it is asked for, as libraries' registries import it."""

    def __getitem__(self, name):
        raise AssertionError("it was asked")

    def keys(self):
        raise AssertionError("it was asked")

    values = items = __iter__ = keys


def test_a_lazy_mapping_is_not_asked_for_its_values():
    model = nn.Linear(4, 2)
    model.registry = Lazy(a=1)
    assert counted(model, (1, 4)).total_mult_adds == 8
    assert dict(dict.items(model.registry)) == {"a": 1}


def test_a_computed_weight_is_not_computed_outside_the_pass():
    """Reading ``layer.weight`` of a parametrised layer runs the parametrisation with the model's own values."""
    runs = []

    class Halved(nn.Module):
        def forward(self, weight):
            runs.append(weight.device.type)
            return weight / 2

    layer = nn.Linear(4, 2)
    nn.utils.parametrize.register_parametrization(layer, "weight", Halved())
    runs.clear()
    assert counted(layer, (1, 4)).total_params == 10
    assert len(runs) == 1


def test_data_without_values_stays_in_its_list() -> None:
    """``broadcast_tensors`` hands its arguments back as they are: they are the caller's, not the pass's."""
    data = [torch.ones(3, 4, device="meta"), torch.ones(3, 4, device="meta")]
    before = list(data)
    module = Function(lambda m, a, b: torch.nn.functional.mse_loss(a, b))
    assert counted(module, input_data=data).totals.macs == 0
    assert [id(one) for one in data] == [id(one) for one in before]


def test_weights_that_are_brought_in_for_each_call_are_used():
    accelerate = pytest.importorskip("accelerate")
    model = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4))
    accelerate.cpu_offload(model, torch.device("cpu"))
    ledger = summary(model, (1, 16), verbose=0)
    assert ledger.total_mult_adds == 16 * 20
    assert "unused_parameters" not in ledger.network.meta
    assert model[0].weight.is_meta
    assert tuple(model(torch.zeros(1, 16)).shape) == (1, 4)


def test_an_exported_program_is_the_module_that_it_holds():
    model = nn.Sequential(nn.Linear(16, 16), nn.ReLU(), nn.Linear(16, 4))
    program = torch.export.export(model, (torch.zeros(2, 16),))
    ledger = summary(program, (2, 16), verbose=0)
    assert ledger.total_mult_adds == 2 * 16 * 20
    assert ledger.total_params == sum(parameter.numel() for parameter in model.parameters())


class Session:
    """What a model of videos is called with: it keeps there what it has seen."""

    def __init__(self):
        self.frames, self.seen, self.calls = {0: torch.rand(2, 16)}, {}, 0


class OfASession(nn.Module):
    def __init__(self):
        super().__init__()
        self.fc, self.head = nn.Linear(16, 16), nn.Linear(16, 4)

    def forward(self, session):
        if session.calls:
            raise ValueError("this frame was seen before")
        session.calls += 1
        session.seen[0] = self.fc(session.frames[0])
        hidden = session.seen[0] + 1 if session.seen[0].sum() > 0 else session.seen[0]
        return self.head(hidden)


def test_an_object_that_the_model_is_called_with_is_as_it_was_also_between_passes():
    session = Session()
    frame = session.frames[0]
    ledger = summary(OfASession(), input_data={"session": session}, verbose=0)
    assert ledger.total_mult_adds == 2 * 16 * 20  # each way that the sum may send it is tried
    assert session.frames[0] is frame
    assert (session.calls, session.seen) == (0, {})


def test_no_name_of_ours_is_left_among_those_of_torch() -> None:
    summary(torch.nn.Linear(3, 4), (2, 3), verbose=0)
    named = [
        module for name, module in sys.modules.items() if name.startswith("torch.") and hasattr(module, "__dict__")
    ]
    left = [(module, name) for module in named for name in vars(module) if "netledger" in name]
    assert not [
        (module, name) for module, name in left if not name.startswith("netledger_test")
    ]  # other tests' operations
