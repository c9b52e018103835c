"""Architectures of transformers: parameters by unique storage, MACs as PyTorch counts what it really runs.

Every configuration is the library's default one with two layers a stack. ``FlopCounterMode`` on the meta device with
the mathematical attention is right about all of these - where it runs: a third of them read values of tensors, which
the meta device has not. Those are run on the CPU, where it sees every product as long as attention is ``eager``.
"""

from __future__ import annotations

import os

import pytest

os.environ.setdefault("HF_HUB_OFFLINE", "1")
torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.torchvision_support import import_torchvision  # noqa: E402

import_torchvision()
import transformers  # noqa: E402

from netledger.ledger import keep_books  # noqa: E402
from netledger.sources import Options  # noqa: E402
from netledger.sources.pytorch import counting  # noqa: E402

ON_META = [
    "albert", "aimv2_vision_model", "beit", "bert", "bert-generation", "bit", "bloom", "camembert", "clip",
    "codegen", "cohere", "ctrl", "cvt", "data2vec-text", "deit", "dinov2", "distilbert", "donut-swin", "dpt",
    "efficientnet", "electra", "ernie", "falcon", "fnet", "focalnet", "gemma", "gemma2", "git", "glpn", "gpt2",
    "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "hubert", "levit", "llama", "longt5", "mamba",
    "mamba2", "mistral", "mobilebert", "mobilenet_v1", "mobilenet_v2", "mobilevit", "mobilevitv2", "mpnet", "mpt",
    "mt5", "mvp", "olmo", "opt", "owlvit", "persimmon", "phi", "pvt", "qwen2", "qwen3", "regnet", "resnet",
    "roberta", "segformer", "siglip", "stablelm", "starcoder2", "swin", "swinv2", "t5", "vit", "vit_mae",
    "wav2vec2", "whisper", "xlm-roberta",
    # inputs of several sorts, or of a sort of their own
    "audio-spectrogram-transformer", "canary", "groupvit", "lxmert", "patchtst",
]  # fmt: skip
READ_VALUES = [
    "biogpt", "canine", "convbert", "deberta", "layoutlm", "rembert", "roformer", "squeezebert",
    "bros", "clap", "decision_transformer",
]  # fmt: skip
READ_VALUES_SLOWLY = [
    "bart", "blenderbot", "deberta-v2", "dpr", "flaubert", "glm4v_vision", "lilt", "marian", "mbart", "pegasus",
]  # fmt: skip
MIXTURES = [
    "mixtral", "olmoe", "phimoe", "qwen2_moe", "qwen3_moe",
]  # fmt: skip
COUNTS = (
    "num_hidden_layers", "n_layer", "num_layers", "encoder_layers", "decoder_layers", "num_decoder_layers", "n_layers",
    "num_encoder_layers",
)  # fmt: skip


def shrunk(config):
    """The configuration with two layers in every stack of layers."""
    for name in COUNTS:
        value = getattr(config, name, None)
        if isinstance(value, int) and value > 2 and not hasattr(config, "hidden_sizes"):
            setattr(config, name, 2)
    for part in vars(config).values():
        if isinstance(part, transformers.PretrainedConfig):
            shrunk(part)
    return config


def built(kind, device="meta", **settings):
    if kind not in transformers.CONFIG_MAPPING:
        pytest.skip(f"this transformers has no {kind}")
    with torch.device(device):
        return transformers.AutoModel.from_config(shrunk(transformers.CONFIG_MAPPING[kind]()), **settings).eval()


def counted(model, monkeypatch):
    """Its ledger, and the input that was found for it."""
    given = []
    original = counting.Passes.thorough

    def noted(passes, inputs):
        given.append(inputs)
        return original(passes, inputs)

    monkeypatch.setattr(counting.Passes, "thorough", noted)
    return keep_books(counting.network_of(model, Options())), given[-1]


def by_flop_counter(model, inputs, device):
    """What PyTorch says of the products that ran."""
    args, kwargs = inputs.arguments(model, device != "meta")
    kwargs = {name: value.to(device) if isinstance(value, torch.Tensor) else value for name, value in kwargs.items()}
    args = [value.to(device) if isinstance(value, torch.Tensor) else value for value in args]
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(*args, **kwargs)
    return counter.get_total_flops() // 2


def unique(model):
    return sum({id(parameter): parameter.numel() for parameter in model.parameters()}.values())


@pytest.mark.parametrize("kind", ON_META)
def test_architectures_that_run_on_meta(kind, monkeypatch):
    model = built(kind)
    ledger, inputs = counted(model, monkeypatch)
    assert ledger.total_params == unique(model)
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    assert ledger.total_mult_adds == by_flop_counter(model, inputs, "meta")
    assert not ledger.discrepancies


@pytest.mark.parametrize("kind", [*READ_VALUES, *[pytest.param(k, marks=pytest.mark.slow) for k in READ_VALUES_SLOWLY]])
def test_architectures_that_read_values(kind, monkeypatch):
    ledger, inputs = counted(built(kind), monkeypatch)
    model = built(kind, "cpu", attn_implementation="eager")
    assert ledger.total_params == unique(model)
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    assert ledger.total_mult_adds == by_flop_counter(model, inputs, "cpu")


@pytest.mark.parametrize("kind", MIXTURES)
def test_mixtures_of_experts_by_hand(kind, monkeypatch):
    """Every token meets ``top_k`` experts of three matrices each; all the rest is dense."""
    model = built(kind)
    ledger, _ = counted(model, monkeypatch)
    config = model.config
    assert ledger.total_params == unique(model)
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    hidden, width = config.hidden_size, getattr(config, "moe_intermediate_size", None) or config.intermediate_size
    per_expert, tokens, layers = 3 * hidden * width, 128, 2
    found = sum(int(entry.macs) for entry in ledger if ".experts." in f"{entry.path}.")
    assert found == tokens * layers * config.num_experts_per_tok * per_expert
    experts = getattr(config, "num_local_experts", None) or config.num_experts
    idle = layers * (experts - config.num_experts_per_tok) * per_expert
    assert ledger.network.meta["active_parameters"] == unique(model) - idle
