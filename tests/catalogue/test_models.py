"""Models of the catalogue: each count against somebody else's figure, and the names that people type."""

from __future__ import annotations

import pytest

from netledger import catalogue
from netledger.catalogue.model_entries import key_of, other_names, shelves
from netledger.ledger import keep_books
from netledger.ledger.bookkeeping import rounds_to
from netledger.predict.language import language_of

NAMES = catalogue.models()

# Counts of the checkpoints as their pages state them (the number of stored values, ties once), or as the framework
# that published them counts.
STATED = {
    "gpt2": 124_439_808, "gpt2-medium": 354_823_168, "gpt2-large": 774_030_080, "gpt2-xl": 1_557_611_200,
    "bert-base": 109_482_240, "bert-large": 335_141_888, "bert-base-cased": 108_310_272, "distilbert-base": 66_362_880,
    "roberta-base": 124_645_632, "roberta-large": 355_359_744, "xlm-roberta-base": 278_043_648, "t5-small": 60_506_624,
    "t5-base": 222_903_552, "t5-large": 737_668_096, "t5-3b": 2_851_598_336, "mt5-small": 300_176_768,
    "llama-2-7b": 6_738_415_616, "llama-2-13b": 13_015_864_320, "llama-2-70b": 68_976_648_192,
    "llama-3-8b": 8_030_261_248, "llama-3-70b": 70_553_706_496, "llama-3.1-405b": 405_853_388_800,
    "llama-3.2-1b": 1_235_814_400, "llama-3.2-3b": 3_212_749_824, "mistral-7b": 7_241_732_096,
    "mixtral-8x7b": 46_702_792_704, "mixtral-8x22b": 140_620_634_112, "qwen2.5-0.5b": 494_032_768,
    "qwen2.5-7b": 7_615_616_512, "qwen3-0.6b": 596_049_920, "qwen3-8b": 8_190_735_360, "gemma-2b": 2_506_172_416,
    "gemma-7b": 8_537_680_896, "gemma-2-2b": 2_614_341_888, "gemma-2-9b": 9_241_705_984, "phi-2": 2_779_683_840,
    "phi-3-mini": 3_821_079_552, "deepseek-v2-lite": 15_706_484_224, "gpt-oss-20b": 20_914_757_184,
    "vit-b-16": 86_567_656, "vit-l-16": 304_326_632, "whisper-tiny": 37_760_640, "whisper-large-v3": 1_543_490_560,
    "flan-t5-small": 76_961_152, "flan-t5-base": 247_577_856, "flan-t5-large": 783_150_080, "flan-t5-xl": 2_849_757_184,
    "all-minilm-l6-v2": 22_713_216, "bge-small-en-v1.5": 33_360_000, "nomic-embed-text-v1.5": 136_731_648,
    "longformer-base-4096": 148_659_456, "deberta-base": 138_601_728, "deberta-v3-base": 183_831_552, "dinov2-base": 86_580_480,
    "dinov2-giant": 1_136_480_768, "llava-1.5-7b": 7_063_427_072, "qwen2.5-vl-7b": 8_292_166_656, "qwen2.5-vl-3b": 3_754_622_976,
    "recurrentgemma-2b": 2_682_862_080, "smollm3-3b": 3_075_098_624, "codellama-34b": 33_743_970_304,
    "stable-diffusion-1.5-unet": 859_520_964, "stable-diffusion-2.1-unet": 865_910_724, "stable-diffusion-xl-unet": 2_567_463_684,
    "qwen1.5-7b": 7_721_324_544, "qwen3-coder-480b-a35b": 480_154_875_392, "deepseek-r1-distill-qwen-1.5b": 1_777_088_000,
    "qwen2-vl-2b": 2_208_985_600, "qwen2-vl-7b": 8_291_375_616, "qwen2.5-vl-72b": 73_410_777_344, "qwen3-vl-4b": 4_437_815_808,
    "qwen3-vl-8b": 8_767_123_696, "codellama-7b": 6_738_546_688, "deepseek-coder-6.7b": 6_740_512_768, "falcon-180b": 179_522_565_120,
    "olmo-2-32b": 32_234_279_936, "olmo-3-7b": 7_298_011_136, "lfm2-350m": 354_483_968, "lfm2-1.2b": 1_170_340_608,
    "exaone-4.0-32b": 32_003_216_384, "llava-1.5-13b": 13_351_494_656, "mistral-small-24b": 23_572_403_200,
    "paligemma-3b": 2_923_466_480, "bge-m3": 567_754_752, "bloom-1b7": 1_722_408_960, "bloom-3b": 3_002_557_440,
    "mamba-130m": 129_135_360, "falcon-7b": 6_921_720_704, "bloom": 176_247_271_424,
}  # fmt: skip

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


@pytest.mark.parametrize("name", [name for name in NAMES if "active" in catalogue.load(name).published])
def test_active_parameters(name: str) -> None:
    """What a card calls active is one of the three meanings in use, or the notes tell what became of the figure."""
    network = catalogue.load(name)
    language = language_of(keep_books(network))
    assert language is not None
    meanings = (language.active, language.active_without_input, language.active_without_tables)
    claim = network.published["active"]
    assert any(count is not None and rounds_to(count, claim) for count in meanings) or "active" in str(network.notes)


@pytest.mark.parametrize(("name", "stated"), STATED.items())
def test_counts_that_were_stated(name: str, stated: int) -> None:
    assert keep_books(catalogue.load(name)).totals.parameters == stated


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
