"""Models of the catalogue: each count against somebody else's figure, and the names that people type."""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.catalogue.model_entries import entry_of, key_of, other_names, shelves, values_of
from netledger.ledger import keep_books
from netledger.ledger.bookkeeping import rounds_to
from netledger.predict.language import language_of

NAMES = catalogue.models()
ACTIVE = [name for name in NAMES if "active" in values_of(name, entry_of(name) or "")[0]["published"]]

TYPED = {
    "GPT-2": "gpt2", "gpt2-small": "gpt2", "GPT-2 small": "gpt2", "gpt2_medium": "gpt2-medium", "GPT-2 XL": "gpt2-xl",
    "GPT-3": "gpt3", "BERT": "bert-base", "BERT-Base": "bert-base", "bert_large": "bert-large", "roberta": "roberta-base",
    "distilbert": "distilbert-base", "Llama 2 7B": "llama-2-7b", "llama2-7b": "llama-2-7b", "Llama-3.1-405B": "llama-3.1-405b",
    "Mistral 7B": "mistral-7b", "Mixtral 8x7B": "mixtral-8x7b", "DeepSeek-V3": "deepseek-v3", "DeepSeek R1": "deepseek-v3",
    "ViT-B/16": "vit-b-16", "vit_b_16": "vit-b-16", "ViT-Base/16": "vit-b-16", "Whisper large-v3": "whisper-large-v3",
    "VGG-16": "vgg16", "vgg_16": "vgg16", "ResNet-50": "resnet50", "squeezenet": "squeezenet1_0", "LeNet-5": "lenet5",
    "meta-llama/Llama-3.1-8B-Instruct": "llama-3.1-8b", "Qwen/Qwen3-30B-A3B": "qwen3-30b-a3b", "google/gemma-2-9b-it": "gemma-2-9b",
    "openai/whisper-tiny": "whisper-tiny", "google/flan-t5-xl": "flan-t5-xl", "stable diffusion": "stable-diffusion-1.5-unet",
    "attention is all you need": "transformer-base", "RegNetY-400MF": "regnet_y_400mf",
    "MobileNetV2": "mobilenet_v2", "EfficientNetB0": "efficientnet_b0", "ShuffleNetV2": "shufflenet_v2_x1_0", "MNASNet": "mnasnet1_0",
    "ResNet50 Keras": "resnet50-keras", "U-Net 2015": "unet", "mistralai/Mistral-7B-Instruct-v0.2": "mistral-7b-v0.2",
    "Qwen/Qwen3-235B-A22B-Instruct-2507": "qwen3-235b-a22b-2507", "Qwen/Qwen2.5-7B-Instruct": "qwen2.5-7b-instruct", "deepseek-ai/DeepSeek-R1-Distill-Qwen-7B": "qwen2.5-7b",
    "Mistral Nemo 12B": "mistral-nemo-12b", "Whisper turbo": "whisper-large-v3-turbo", "ViT-Ti": "deit-tiny", "Llama 405B": "llama-3.1-405b",
    "AlexNet": "alexnet", "qwen2.5-7b": "qwen2.5-7b", "Qwen3 30B-A3B": "qwen3-30b-a3b", "T5-base": "t5-base",
}  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_every_model(name: str) -> None:
    """Known to the last layer; what was published is what it rounds to, or its notes tell what became of the figure."""
    network = catalogue.load(name)
    ledger = keep_books(network)
    assert ledger.unknown == ()
    assert network.name == name
    assert network.title
    assert network.source
    claim = network.published["parameters"]
    count = ledger.totals.parameters
    agrees = claim == count if isinstance(claim, int) else rounds_to(count, claim)
    assert agrees or network.notes, (name, count, claim)
    ranked = {"M": 10**6, "B": 10**9, "T": 10**12}
    if isinstance(claim, str):
        assert 0.9 < count / (float(claim[:-1]) * ranked[claim[-1]]) < 1.2


@pytest.mark.parametrize("name", ACTIVE)
def test_active_parameters(name: str) -> None:
    """What a card calls active is one of the three meanings in use, or the notes tell what became of the figure."""
    network = catalogue.load(name)
    language = language_of(keep_books(network))
    assert language is not None
    meanings = (language.active, language.active_without_input, language.active_without_tables)
    claim = network.published["active"]
    assert any(count is not None and rounds_to(count, claim) for count in meanings) or "active" in str(network.notes)


def test_deepseek_tells_its_stored_routing_bias() -> None:
    """58 layers of 256 values: checkpoints hold them, the class keeps them as buffers."""
    with_them = keep_books(catalogue.load("deepseek-v3")).totals.parameters
    assert with_them - 58 * 256 == 671_026_404_352


@pytest.mark.parametrize("name", ["regnet_y_400mf", "regnet_x_400mf"])
def test_every_tensor_of_the_smallest_regnets_is_torchvision_s(name: str) -> None:
    from tests.torchvision_support import import_torchvision

    pytest.importorskip("torch")
    models = import_torchvision().models
    wanted = {path: tuple(value.shape) for path, value in models.get_model(name).named_parameters()}
    kept = [(path, slot) for entry in keep_books(catalogue.load(name)) for path, slot in entry.tensor_names()]
    assert {path: slot.shape for path, slot in kept if slot.role in ("weight", "bias")} == wanted


@pytest.mark.parametrize(("name", "width", "inner", "heads"), [("base", 512, 2048, 8), ("big", 1024, 4096, 16)])
def test_the_transformer_of_2017_is_pytorch_s(name: str, width: int, inner: int, heads: int) -> None:
    """``torch.nn.Transformer`` and one table of 37,000 words for both languages and the output."""
    torch = pytest.importorskip("torch")
    with torch.device("meta"):
        stack = torch.nn.Transformer(width, heads, 6, 6, inner)
    ledger = keep_books(catalogue.load(f"transformer-{name}"))
    ours = {path: slot.shape for entry in ledger for path, slot in entry.tensor_names()}
    assert {path: tuple(value.shape) for path, value in stack.named_parameters()}.items() <= ours.items()
    assert ledger.totals.parameters == sum(value.numel() for value in stack.parameters()) + 37_000 * width


@pytest.mark.parametrize(("typed", "name"), TYPED.items())
def test_names_people_type(typed: str, name: str) -> None:
    assert catalogue.resolve(typed) == name
    assert catalogue.has(typed)
    assert catalogue.load(typed).name == name


def test_no_name_means_two_things() -> None:
    own = [*catalogue.names(), *NAMES]
    assert len({key_of(name) for name in own}) == len(own)
    networks = {key_of(name): name for name in catalogue.names()}
    assert not {key: name for key, name in other_names().items() if networks.get(key, name) != name}


@pytest.mark.parametrize(
    "name", ["llama-2-7b.gguf", "gpt9", "vit-b", "", "/", "a/b/gpt2", "alexnet/gpt2", "gpt2/", "it", "chat"]
)
def test_what_is_no_model(name: str) -> None:
    assert not catalogue.has(name)


def test_no_transformer_stands_among_the_convolutional_networks() -> None:
    """By their papers: Swin and ViT are transformers for images, Vaswani's is one of language."""
    shelf = {name: heading for heading, names in shelves() for name in names}
    assert {shelf[name] for name in ("swin_t", "swin_b", "vit-b-16", "deit-base")} == {
        "Transformers for images and speech"
    }
    assert shelf["transformer-big"] == "Encoder-decoders of language"
    assert shelf["convnext_tiny"] == "Convolutional networks"
