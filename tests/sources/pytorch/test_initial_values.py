"""Buffers of a model made on the meta device, where the pass needs their values: those that it begins with."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.sources.pytorch.counting import counted  # noqa: E402


class Padded(nn.Module):
    """A convolution whose padding is a number in a buffer, which ``set_to`` makes."""

    def __init__(self, set_to):
        super().__init__()
        self.conv, self.set_to = nn.Conv1d(2, 3, 5), set_to
        self.register_buffer("padding", torch.zeros((), dtype=torch.int64))

    def reset_parameters(self):
        self.set_to(self.padding)

    def forward(self, x):
        return self.conv(nn.functional.pad(x, (0, int(self.padding))))


def on_meta(make):
    with torch.device("meta"):
        return make()


def test_a_number_that_the_initialisation_sets_is_known():
    """By hand: 16 samples and 4 of padding are 16 places of 5 taps, 2 channels and 3 filters."""
    model = on_meta(lambda: Padded(lambda padding: padding.fill_(4)))
    buffer = model.padding
    ledger = counted(model, (1, 2, 16))
    assert ledger.totals.macs == 16 * 5 * 2 * 3
    assert "counted with padding as the model initialises it" in ledger.network.notes
    assert model.padding is buffer
    assert buffer.is_meta


def draws(padding):
    """One of a hundred thousand times something else than the other time."""
    padding.fill_(int(torch.rand(()) * 1.00001))


def refuses(padding):
    raise ValueError("not without a file")


@pytest.mark.parametrize("set_to", [lambda padding: None, lambda padding: padding.random_(2, 9), draws, refuses])
def test_a_number_that_it_does_not_set_or_draws_or_cannot_set_is_not(set_to):
    before = torch.get_rng_state()
    ledger = counted(on_meta(lambda: Padded(set_to)), (1, 2, 16))
    assert not isinstance(ledger.totals.macs, int)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_has_values_is_not_initialised_anew():
    model = Padded(lambda padding: padding.fill_(4))
    model.padding.fill_(6)
    assert counted(model, (1, 2, 16)).totals.macs == 18 * 5 * 2 * 3


class Whole(nn.Module):
    """Its initialisation goes on to its parts."""

    def __init__(self):
        super().__init__()
        self.part, self.seen = Padded(lambda padding: padding.fill_(4)), []
        self.register_buffer("scale", torch.zeros(2))

    def reset_parameters(self):
        self.scale.fill_(1)
        self.part.conv.reset_parameters()
        self.other = nn.ReLU()
        self.seen.append(1)

    def forward(self, x):
        return self.part(x)


def test_weights_that_there_are_stay():
    """A model of which only a buffer is on the meta device: what it computes is not known, and it is as it was."""
    model = Whole()
    model.part.padding = model.part.padding.to("meta")
    before = model.part.conv.weight.detach().clone()
    assert not isinstance(counted(model, (1, 2, 16)).totals.macs, int)
    assert torch.equal(model.part.conv.weight, before)
    assert not model.seen


def test_a_model_whose_initialisation_makes_parts_is_as_it_was():
    model = on_meta(Whole)
    assert counted(model, (1, 2, 16)).totals.macs == 16 * 5 * 2 * 3
    assert [*dict(model.named_modules())] == ["", "part", "part.conv"]
    assert not model.seen


MIMI = {
    "hidden_size": 32, "num_filters": 4, "num_residual_layers": 1, "upsampling_ratios": [4, 2], "codebook_size": 16,
    "codebook_dim": 16, "vector_quantization_hidden_dimension": 16, "num_quantizers": 4, "num_semantic_quantizers": 1,
    "num_hidden_layers": 1, "num_attention_heads": 4, "num_key_value_heads": 4, "head_dim": 8,
    "intermediate_size": 64, "upsample_groups": 32,
}  # fmt: skip
EOMT = {
    "hidden_size": 32, "num_hidden_layers": 2, "num_attention_heads": 4, "intermediate_size": 64, "image_size": 64,
    "patch_size": 16, "num_blocks": 1, "num_queries": 5, "num_upscale_blocks": 2,
}  # fmt: skip
MODELS = [
    ("MimiModel", MIMI, "input_values", (1, 1, 1600)),
    ("EomtForUniversalSegmentation", EOMT, "pixel_values", (1, 3, 64, 64)),
    ("EomtDinov3ForUniversalSegmentation", EOMT, "pixel_values", (1, 3, 64, 64)),
]


@pytest.mark.parametrize(("name", "sizes", "argument", "shape"), MODELS)
def test_the_same_model_on_the_cpu_has_these_values(name, sizes, argument, shape):
    from tests.torchvision_support import import_torchvision

    import_torchvision()
    transformers = pytest.importorskip("transformers")
    kind = getattr(transformers, name, None)
    if kind is None:
        pytest.skip(f"this transformers has no {name}")

    def make():
        return kind._from_config(kind.config_class(**sizes), attn_implementation="eager").eval()

    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        make()(**{argument: torch.rand(shape)})
    assert counted(on_meta(make), {argument: torch.zeros(shape)}).totals.macs == counter.get_total_flops() // 2
