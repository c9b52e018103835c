"""A model that asks where its tensors are hears where they would be, and may put them anywhere."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

LAYER = 16 * 16


def two(function):
    return Function(function, a=nn.Linear(16, 16), b=nn.Linear(16, 16))


def autocast(self, x):
    with torch.autocast(device_type=x.device.type, enabled=False):
        x = self.a(x.float())
    return self.b(x)


def slow_on_the_cpu(self, x):
    return self.b(self.a(x)) if x.device.type == "cpu" else self.a(x)


def same_device(self, x):
    x = self.a(x)
    assert x.device == self.b.weight.device
    assert x.get_device() == self.b.weight.get_device() == -1
    return self.b(x)


def kernel_elsewhere(self, x):
    if x.is_cuda or x.is_meta:
        raise RuntimeError("no kernel")
    return self.b(self.a(x)) if x.is_cpu else x


def autocast_asked(self, x):
    if torch.is_autocast_enabled(x.device.type):
        x = x.to(torch.get_autocast_dtype(x.device.type))
    return self.b(self.a(x))


def generator(self, x):
    numbers = torch.Generator(device=x.device).manual_seed(0)
    return self.b(self.a(x) + torch.randn(x.shape, generator=numbers, device=x.device))


def table(self, x):
    positions = torch.arange(x.shape[1], device=x.device).float()
    assert positions.device == x.device
    return self.b(self.a(x) * torch.outer(positions, positions)[0])


@pytest.mark.parametrize("weights", ["cpu", "meta"])
@pytest.mark.parametrize(
    "forward",
    [autocast, slow_on_the_cpu, same_device, kernel_elsewhere, autocast_asked, generator, table],
)
def test_stand_ins_answer_as_the_models_own_device(forward, weights):
    assert macs(two(forward).to(weights), torch.zeros(1, 16)) == 2 * LAYER


def to_cuda(self, x):
    x = x.cuda()
    assert x.device == torch.device("cuda:0")
    assert x.is_cuda
    y = self.a(x)
    assert y.device.type == "cuda"
    z = y + torch.zeros(16, device="cuda") + torch.arange(16, device=y.device)
    assert z.device == y.device
    return self.b(z.to("cpu"))


def to_another(self, x):
    other = torch.ones(3, device="cuda:1", dtype=torch.float64)
    x = x.to(other)
    assert (x.device.index, x.dtype) == (1, torch.float64)
    x = x.to("cuda", torch.float32).to(torch.float32)
    assert x.device.index == 0
    return self.b(self.a(x).cpu())


@pytest.mark.skipif(torch.cuda.is_available(), reason="what is tried is a machine without one")
@pytest.mark.parametrize("forward", [to_cuda, to_another])
def test_an_accelerator_is_granted_on_shapes_where_there_is_none(forward):
    assert macs(two(forward), torch.zeros(1, 16)) == 2 * LAYER


def test_the_device_that_the_user_names_is_the_models():
    def forward(self, x):
        return self.b(self.a(x)) if x.is_cuda else self.a(x)

    assert counted(two(forward), torch.zeros(1, 16), device="cuda").total_mult_adds == 2 * LAYER


def test_a_parameter_moved_in_the_forward_pass_stays_where_it_was():
    model = two(lambda self, x: self.b.to("cuda")(self.a(x)))
    before = [(id(p), p.device, p.data_ptr()) for p in model.parameters()]
    assert macs(model, torch.zeros(1, 16)) == 2 * LAYER
    assert [(id(p), p.device, p.data_ptr()) for p in model.parameters()] == before


WINDOW = 30


@pytest.mark.parametrize("window", ["buffer", "parameter", "fresh", "none"])
def test_spectra_take_their_window_from_anywhere(window):
    def forward(self, x):
        kept = {"buffer": self.w, "parameter": self.p, "none": None, "fresh": torch.hann_window(WINDOW)}[window]
        return self.b(torch.stft(x, WINDOW, 10, window=kept, return_complex=True).abs().transpose(1, 2))

    model = Function(forward, b=nn.Linear(16, 4), p=nn.Parameter(torch.hann_window(WINDOW)))
    model.register_buffer("w", torch.hann_window(WINDOW))
    assert macs(model, torch.zeros(1, 100)) == 11 * 16 * 4  # 100 samples, one frame each 10


@pytest.mark.parametrize("multiply", [lambda *m: torch.linalg.multi_dot(m), torch.chain_matmul])
def test_chains_of_products(multiply):
    model = Function(lambda self, x: multiply(x, self.v, self.w), v=nn.Parameter(torch.ones(4, 5)),
                     w=nn.Parameter(torch.ones(5, 6)))  # fmt: skip
    assert macs(model, torch.zeros(3, 4)) == 3 * 4 * 5 + 3 * 5 * 6


def test_where_all_is_made_without_values_counting_has_its_own():
    """As who builds large models does, and goes on in the same block."""

    def forward(self, ids, mask):
        return self.b(self.a(self.table(ids))) * mask.any() + torch.arange(int(ids.shape[1]))[int(mask.sum())]

    ids, mask = torch.arange(6)[None], torch.tensor([True, False])
    with torch.device("meta"):
        model = Function(forward, table=nn.Embedding(9, 16), a=nn.Linear(16, 16), b=nn.Linear(16, 16))
        found = counted(model, {"ids": ids, "mask": mask}).totals.macs
        assert torch.empty(1).is_meta
    assert found == 2 * 6 * LAYER
