"""Every family against transformers' own model on the meta device: names and shapes of all tensors, tied or not.

``NETLEDGER_FAMILY_DRAWS=200`` draws more configurations of each family than the default run does.
"""

from __future__ import annotations

import contextlib
import importlib
import os
import random
import re

import pytest

from netledger.catalogue.family import family_text, model_types
from netledger.errors import FormatError
from netledger.ledger import Ledger, keep_books
from netledger.sources.configs import network_of
from tests.properties.drawn import FAMILIES as DRAWN
from tests.properties.families import FAMILIES as OF_LANGUAGE
from tests.properties.families_more import FAMILIES as MORE
from tests.properties.families_more import TOWERS
from tests.properties.families_since import FAMILIES as SINCE
from tests.properties.families_with_pictures import FAMILIES as PICTURES
from tests.properties.vision import FAMILIES as VISION
from tests.shapes_only import shapes_only
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

WITH_PICTURES = PICTURES | TOWERS | VISION
FAMILIES = OF_LANGUAGE | SINCE | MORE | DRAWN | WITH_PICTURES
DRAWS = int(os.environ.get("NETLEDGER_FAMILY_DRAWS", "3"))
HYPHENATED = {name.replace("-", "_"): name for name in transformers.CONFIG_MAPPING if "-" in name}
PARTS = {
    "qwen2_vl_vision": "qwen2_vl",
    "qwen2_5_vl_vision": "qwen2_5_vl",
    "qwen3_vl_vision": "qwen3_vl",
    "pixtral": "pixtral",
    "llama4_vision_model": "llama4",
    "llama4": "llama4",
    "gemma3n_audio": "gemma3n",
    "gemma4_vision": "gemma4",
    "gemma4_audio": "gemma4",
    "internvl_vision": "internvl",
    "qwen3_vl_moe_text": "qwen3_vl_moe",
    "qwen2_5_omni_audio_encoder": "qwen2_5_omni",
    "qwen2_audio_encoder": "qwen2_audio",
    "qwen2_5_omni_thinker": "qwen2_5_omni",
    "qwen2_5_omni_talker": "qwen2_5_omni",
    "moshi_depth": "moshi",
    "granite_speech_encoder": "granite_speech",
    "semantic": "bark",
    "coarse_acoustics": "bark",
    "fine_acoustics": "bark",
    "florence_vision": "florence2",
    "phi4_multimodal_audio": "phi4_multimodal",
    "qwen3_omni_moe_thinker": "qwen3_omni_moe",
    "qwen3_omni_moe_audio_encoder": "qwen3_omni_moe",
    "qwen3_omni_moe_vision_encoder": "qwen3_omni_moe",
}
"""Families of a part alone, and where its class stands."""
Shapes = dict[str, tuple[int, ...]]
Built = tuple[Shapes, list[set[str]], int, dict[str, object]]
AS_IN_MEMORY = frozenset(("esm",))
"""Whose way back gives norms the names of older frameworks; its published files have those that the class has."""


def as_stored(model: torch.nn.Module, tensors: dict[str, torch.Tensor]) -> Shapes:
    """Names and shapes as checkpoints of the class hold them: what is fused in memory taken apart again."""
    from transformers.core_model_loading import revert_weight_conversion

    if model.config.model_type in AS_IN_MEMORY:
        return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
    stored = revert_weight_conversion(model, tensors)
    if model.config.model_type == "kimi_k25":
        stored = {as_kimi_s_files_have_it(name): tensor for name, tensor in stored.items()}
    if model.config.model_type in ("altclip", "altclip_text_model"):
        stored = {as_altclip_s_files_have_it(name): tensor for name, tensor in stored.items()}
    return {name: tuple(tensor.shape) for name, tensor in stored.items()}


def as_altclip_s_files_have_it(name: str) -> str:
    """``layer.`` is read as ``layers.`` (``conversion_mapping.py``); the way back says so of CLIP's tower too, whose files
    say ``layers.``, and not of the tower of words alone.
    """
    words = "roberta." in name
    return (
        name.replace("encoder.layers.", "encoder.layer.")
        if words
        else name.replace("encoder.layer.", "encoder.layers.")
    )


def as_kimi_s_files_have_it(name: str) -> str:
    """What the class reads, where its way back does not say it: ``conversion_mapping.py`` of transformers, read forwards."""
    name = name.removeprefix("model.").replace("language_model.model.blocks.", "language_model.model.layers.")
    name = name.replace("vision_tower.encoder.patch_embed.", "vision_tower.patch_embed.")
    return name + ".weight" if name.endswith(".pos_emb") else name


def theirs(architecture: str, model_type: str, values: dict[str, object]) -> Built:
    """What the class builds: stored tensors, groups of names that are one tensor, its count, its configuration."""
    with shapes_only():
        if model_type in PARTS:
            module = importlib.import_module(f"transformers.models.{PARTS[model_type]}.modeling_{PARTS[model_type]}")
            built = getattr(module, architecture)
            config = built.config_class(**values)
        else:
            config = transformers.CONFIG_MAPPING[HYPHENATED.get(model_type, model_type)](**values)
            built = getattr(transformers, architecture)
        model = built._from_config(config)
    every = dict(model.named_parameters(remove_duplicate=False))
    groups: dict[int, set[str]] = {}
    for name, tensor in every.items():
        groups.setdefault(id(tensor), set()).add(name)
    tied = [
        {stored for name in names for stored in as_stored(model, {name: every[name]})}
        for names in groups.values()
        if len(names) > 1
    ]
    count = sum(tensor.numel() for tensor in dict(model.named_parameters()).values())
    return as_stored(model, every), tied, count, config.to_dict()


def ours(ledger: Ledger) -> tuple[Shapes, Shapes]:
    """Our tensors that are stored once, and those that are another one's."""
    owned: Shapes = {}
    shared: Shapes = {}
    for entry in ledger:
        owner = {} if entry.layer.share is None else dict(ledger[entry.layer.share].tensor_names())
        theirs = {slot.name for slot in owner.values()}
        for name, slot in entry.tensor_names():
            if slot.role in ("weight", "bias", "parameter"):
                (shared if slot.name in theirs else owned)[name] = slot.shape  # type: ignore[assignment]
    return owned, shared


def check(
    model_type: str, architecture: str, values: dict[str, object], all_keys: bool, built: Built | None = None
) -> None:
    wanted, tied, count, whole = built or theirs(architecture, model_type, values)
    given = whole if all_keys else {**values, "model_type": model_type}
    ledger = keep_books(network_of({**given, "architectures": [architecture]}, "drawn"))
    assert not [why for path, why in ledger.unknown if path.startswith("config: ")], values
    owned, shared = ours(ledger)
    once = dict(wanted)
    for names in tied:
        kept = [name for name in names if name in owned]
        assert len(kept) == 1, (names, kept)
        for name in names - set(kept):
            once.pop(name, None)
    assert owned == once, (architecture, values)
    assert all(wanted[name] == shape for name, shape in shared.items() if name in wanted)
    assert set(shared) <= set().union(*tied) | {name for name in shared if name not in wanted}
    assert ledger.totals.parameters == count


@pytest.mark.parametrize("model_type", FAMILIES)
def test_random_configurations(model_type: str) -> None:
    classes, draw = FAMILIES[model_type]
    names = classes.split()
    rng = random.Random(model_type)
    for number in range(DRAWS):
        architecture = names[number % len(names)]
        check(model_type, architecture, draw(rng), all_keys=rng.random() < 0.5)


CANNOT = (
    "nemotron", "dots1", "ministral", "hunyuan_v1_dense", "hunyuan_v1_moe", "lfm2_moe", "olmo_hybrid", "kimi_linear",
    "longcat_flash", "gemma3n_text", "llama4", "detr", "zamba2", "dbrx", "aya_vision", "aria", "zamba", "esm",
    "wav2vec2_conformer", "granite_speech", "vision_encoder_decoder", "encoder_decoder", "informer",
    "time_series_transformer", "speech_encoder_decoder",
)  # fmt: skip
"""Classes that their own defaults do not build (lists of layers that the class does not shorten), or whose way back to
the names of checkpoints is not theirs: three convolutions of unlike width cut in equal parts, a dense layer renamed,
experts that do nothing given matrices; a class that reads a base of its rotations, or a number of words, which its
defaults lack; networks joined of two that must be given, or whose default parts are of unlike widths; a length that must be given.
"""


@pytest.mark.parametrize("model_type", [name for name in FAMILIES if name not in CANNOT])
def test_defaults_are_the_class_s_own(model_type: str) -> None:
    """A configuration that says nothing but how many layers it has."""
    classes, draw = FAMILIES[model_type]
    few = {
        key: 2
        for key in draw(random.Random(0))
        if key in ("num_hidden_layers", "n_layer", "n_layers", "encoder_layers", "decoder_layers")
    }
    names = classes.split()
    check(model_type, names[-1 if model_type in WITH_PICTURES else min(1, len(names) - 1)], few, all_keys=False)


NOT_THEIRS = frozenset(
    "LLaMAForCausalLM MPTForCausalLM PhiMoEForCausalLM T5WithLMHeadModel InternLM3Model InternLM3ForCausalLM "
    "JetMoEModel JetMoEForCausalLM JetMoEForSequenceClassification".split()
)
"""Names of classes in published configurations that transformers has under another one."""


@pytest.mark.parametrize("model_type", [name for name in FAMILIES if name not in WITH_PICTURES])
def test_every_class_that_a_family_names(model_type: str) -> None:
    """Whatever head it has: one configuration that the class builds from."""
    rng = random.Random("classes of " + model_type)
    for architecture in architectures_of(model_type):
        if architecture not in NOT_THEIRS and (drawn := drawn_for(model_type, architecture, rng)) is not None:
            check(model_type, architecture, drawn[0], False, drawn[1])


ALWAYS_TIED = frozenset(("led", "zamba", "zamba2"))
"""Families that refuse tables of their own, and say so."""
NEVER_TIED = frozenset(("rembert",))
"""Whose two tables are of different widths."""


WITH_TABLES = [name for name in FAMILIES if name not in WITH_PICTURES and '"tie_word_embeddings"' in family_text(name)]


@pytest.mark.parametrize("model_type", WITH_TABLES)
def test_tied_or_not(model_type: str) -> None:
    """Every head, with the table of words again and with one of its own."""
    rng = random.Random("tied " + model_type)
    for architecture in architectures_of(model_type):
        tied = rng.random() < 0.5 if model_type not in ALWAYS_TIED | NEVER_TIED else model_type in ALWAYS_TIED
        turned = {"tie_word_embeddings": tied}
        drawn = None if architecture in NOT_THEIRS else drawn_for(model_type, architecture, rng, turned)
        if drawn is not None:
            check(model_type, architecture, drawn[0], False, drawn[1])


def architectures_of(model_type: str) -> list[str]:
    """The classes that a family's text names."""
    named = re.search(r"architecture\(\{(.*?)\}\)", family_text(model_type), re.DOTALL)
    assert named is not None
    return re.findall(r'"(\w+)":', named[1])


def drawn_for(
    model_type: str, architecture: str, rng: random.Random, turned: dict[str, object] | None = None
) -> tuple[dict[str, object], Built] | None:
    """A configuration that the class builds from, and what it builds, where some draws find one."""
    tries = ({**FAMILIES[model_type][1](rng), **(turned or {})} for _ in range(20))
    return next(((values, made) for values in tries if (made := built(model_type, architecture, values))), None)


OF_NO_TENSOR = (
    "return_dict", "output_attentions", "output_hidden_states", "use_cache", "is_encoder_decoder", "is_decoder",
    "add_cross_attention", "scale_embedding",
)  # fmt: skip


def built(model_type: str, architecture: str, values: dict[str, object]) -> Built | None:
    """What the class builds from these values, where it does."""
    try:
        return theirs(architecture, model_type, values)
    except Exception:  # whatever the class raises says that it is no model
        return None


@pytest.mark.parametrize("model_type", FAMILIES)
def test_every_yes_or_no_turned_over(model_type: str) -> None:
    """Each true-or-false key of the class's configuration, one by one: its tensors are ours, or we refuse the value."""
    classes, draw = FAMILIES[model_type]
    architecture = classes.split()[min(1, len(classes.split()) - 1)]
    rng = random.Random("turned over " + model_type)
    values = draw(rng)
    while (plain := built(model_type, architecture, values)) is None:
        values = draw(rng)
    whole = plain[3]
    switches = [key for key, value in whole.items() if isinstance(value, bool) and key not in OF_NO_TENSOR]
    for key in switches:
        turned = {**values, key: not whole[key]}
        if (made := built(model_type, architecture, turned)) is not None:
            with contextlib.suppress(FormatError):
                check(model_type, architecture, turned, False, made)


def test_detr_s_own_code_prints_what_it_trains() -> None:
    """facebookresearch/detr prints 41,302,368 for ResNet-50 and 91 classes: all but the frozen stem and first stage."""
    config = {"architectures": ["DetrForObjectDetection"], "model_type": "detr", "num_labels": 91}
    stem, three, narrow, wide, short = 7 * 7 * 3 * 64, 3 * 9 * 64 * 64, 64 * 64 + 2 * 256 * 64, 3 * 64 * 256, 64 * 256
    frozen = stem + three + narrow + wide + short
    assert keep_books(network_of(config, "detr")).totals.parameters == 41_302_368 + frozen


def test_mobilenet_v5_is_timm_s() -> None:
    """Gemma 3n's tower for pictures: every tensor, and the MACs that torch's own counter finds."""
    timm = pytest.importorskip("timm")
    from torch.utils.flop_counter import FlopCounterMode

    with torch.device("meta"), torch.no_grad():
        model = timm.create_model("mobilenetv5_300m_enc").eval()
        for part in model.modules():
            if hasattr(part, "fused_attn"):
                part.fused_attn = False
        with FlopCounterMode(display=False) as counter:
            model.forward_features(torch.zeros(1, 3, 768, 768))
    ledger = keep_books(network_of({"architectures": ["TimmWrapperModel"], "model_type": "gemma3n_vision"}, "tower"))
    assert ours(ledger)[0] == {f"timm_model.{path}": tuple(value.shape) for path, value in model.named_parameters()}
    assert ledger.totals.macs == counter.get_total_flops() // 2


def test_gemma_3n_s_files_hold_what_layers_that_share_a_cache_do_not_use() -> None:
    """E4B's file holds 7,849,978,192 values and E2B's 5,439,438,272, keys and values of the last layers among them."""
    config = {
        "architectures": ["Gemma3nForConditionalGeneration"],
        "model_type": "gemma3n",
        "vision_config": {},
        "audio_config": {},
    }
    unused = 2 * 2048 * 512 + 256
    for held, sharing, words in (
        (7_849_978_192, 15, {}),
        (5_439_438_272, 10, {"num_hidden_layers": 30, "intermediate_size": 8192, "num_kv_shared_layers": 10}),
    ):
        network = network_of(config | {"text_config": {"model_type": "gemma3n_text", **words}}, "whole")
        assert keep_books(network).totals.parameters == held - sharing * unused


SAID = (
    {"num_hidden_layers": 2},
    {"num_layers": 3, "num_hidden_layers": 2},
    {"num_hidden_layers": 2, "num_decoder_layers": 4},
)
"""How many layers a configuration of T5's kind says in its two names: a decoder's default is the first name's."""


@pytest.mark.parametrize("layers", SAID)
@pytest.mark.parametrize(("kind", "name"), [("t5", "T5"), ("mt5", "MT5"), ("umt5", "UMT5"), ("longt5", "LongT5")])
def test_how_many_layers_a_decoder_of_t5_has(kind: str, name: str, layers: dict[str, object]) -> None:
    architecture = f"{name}ForConditionalGeneration"
    values = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_heads": 4, "vocab_size": 100, **layers}
    _, _, count, _ = theirs(architecture, kind, dict(values))
    ledger = keep_books(network_of({**values, "model_type": kind, "architectures": [architecture]}, kind))
    assert ledger.totals.parameters == count


def test_minicpm_has_llama_s_tensors() -> None:
    """Its own code, which transformers does not have, scales what Llama's layers give and stores the same."""
    values = FAMILIES["llama"][1](random.Random("minicpm")) | {"tie_word_embeddings": True, "mlp_bias": False}
    wanted, _, count, _ = theirs("LlamaForCausalLM", "llama", values)
    ledger = keep_books(network_of(values | {"model_type": "minicpm", "architectures": ["MiniCPMForCausalLM"]}, "m"))
    assert ours(ledger)[0] == {name: shape for name, shape in wanted.items() if name != "lm_head.weight"}
    assert ledger.totals.parameters == count


def test_every_family_is_drawn() -> None:
    assert {name.replace("-", "_") for name in FAMILIES} == set(model_types()) - {
        "minicpm",  # Llama's tensors, which a test of its own says
        "nemotron_nas",  # code of its own, which tests/sources/test_nemotron_nas.py writes down
        "kimi_k2",  # a name of its own for DeepSeek-V3's class
        "gemma3n_vision",  # one network of timm's, which has a test of its own
        "sam_prompt_encoder",  # parts of SAM and of SAM 2 that no class has alone
        "sam_mask_decoder",
        "sam2_prompt_encoder",
        "sam2_mask_decoder",
        "kimi_k25_vision",  # drawn in Kimi K2.5
        "qwen2_5_omni",  # its vocoder has no family; the thinker and the talker are drawn
    }
