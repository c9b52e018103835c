"""What running models keep, against the figures that runtimes printed and against transformers' own cache."""

from __future__ import annotations

from typing import Any

import pytest

from netledger.budgets import check
from netledger.catalogue import load
from netledger.errors import FormatError, UsageError
from netledger.ledger import keep_books
from netledger.predict.adapters import adapters
from netledger.predict.cache import keeps_whole, kept_by
from netledger.predict.fitting import fit_of, longest_context
from netledger.predict.positions import beyond_own, learned_positions, own_context, own_encoder_context, positions_of
from netledger.predict.running import Model, inference_of, model_of, run
from netledger.predict.runtimes import RUNTIMES, Setting, runtime_named
from netledger.predict.weights import bytes_as
from netledger.sources.configs import network_of
from netledger.unknown import unknowns_of


def values(name: str, setting: Setting, runtime: str = "transformers") -> int:
    model = model_of(load(name), runtime)
    return sum(row.values for row in run(model, setting, RUNTIMES[runtime], "as-stored", "inference", "adamw", 0).rows)


@pytest.mark.parametrize(
    ("name", "setting", "elements"),
    [  # elements of transformers' own cache after a forward pass of so many positions
        ("gpt-oss-20b", Setting(16), 393_216), ("gpt-oss-20b", Setting(6000), 75_288_576),
        ("mixtral-8x7b", Setting(6000), 393_216_000), ("deepseek-v3", Setting(6000), 210_816_000),
        ("t5-small", Setting(8, encoder=6000), 36_913_152), ("mamba-2.8b", Setting(40), 6_553_600),
        ("bert-base", Setting(128), 0),
    ],
)  # fmt: skip
def test_elements_of_transformers_cache(name: str, setting: Setting, elements: int) -> None:
    assert values(name, setting) == elements


@pytest.mark.parametrize(
    ("name", "setting", "runtime", "elements"),
    [  # a state of 5,120·16 and the 4 - 1 latest inputs of a convolution, in each of 64 layers
        ("mamba-2.8b", Setting(40), "none", 64 * 5120 * (16 + 3)),
        ("mamba-2.8b", Setting(40), "vllm", 64 * 5120 * (16 + 3)),
        ("mamba-2.8b", Setting(40, 2), "ik_llama.cpp", 2 * 64 * 5120 * (16 + 3)),
        # six layers of 512 + 512: positions rounded up to 256; the encoder's are multiplied out anew for each word
        ("t5-small", Setting(8, encoder=300), "llama.cpp", 6 * 256 * 1024),
        ("t5-small", Setting(8, encoder=300), "vllm", 6 * (16 + 304) * 1024),
        # 61 layers: the latent of 512 with 64 turned, and the latent once more the other way round
        ("deepseek-v3", Setting(6000, mla=1), "ik_llama.cpp", 61 * 6144 * (576 + 512)),
    ],
)
def test_elements_that_other_runtimes_keep(name: str, setting: Setting, runtime: str, elements: int) -> None:
    assert values(name, setting, runtime) == elements


def test_what_llama_cpp_does_is_told() -> None:
    """A rule is told where it was used, and nowhere else."""
    for model, setting, said in (
        ("gpt2", Setting(10, 2), ["divided among the sequences"]),
        ("gpt2", Setting(256, 2, unified=True), ["one cache for all sequences"]),
        ("gpt2", Setting(10), ["rounded up to 256: 256 cells"]),
        ("gpt2", Setting(512), ["a cell for each position"]),
        ("gemma-2-2b", Setting(512), ["a window keeps 512 more"]),
        ("gemma-2-2b", Setting(512, whole=True), ["a sliding layer keeps the whole context"]),
        ("deepseek-v3", Setting(512, absorbed=False), ["--mla 3 shows the latent alone"]),
        ("mamba-130m", Setting(10), []),
    ):
        found = run(model_of(load(model), "llama.cpp"), setting, RUNTIMES["llama.cpp"], "bf16", "inference", "adamw", 0)
        told = [text for text in found.assumed if text.startswith("llama.cpp: ")]
        assert [part in text for part, text in zip(said, told, strict=True)] == [True] * len(said), told


def test_nothing_is_told_of_cells_where_there_are_none() -> None:
    for model in ("bert-base", "resnet50", "mamba-130m"):
        found = run(model_of(load(model)), Setting(128), RUNTIMES["none"], "bf16", "inference", "adamw", 0)
        assert not [text for text in found.assumed if "for each position" in text], model


@pytest.mark.parametrize(
    ("model", "runtime", "said"),
    [
        ("mistral-7b", "transformers", "a sliding layer keeps its window less one"),
        ("llama-3.1-8b", "transformers", "a cell for each position, nothing rounded"),
        ("mamba-130m", "transformers", "a convolution's state is as wide as its kernel"),
        ("jamba-v0.1", "vllm", "a hybrid model's pages are made larger than this"),
        ("gemma-2-2b", "ik_llama.cpp", "sliding layers keep all of the context"),
        ("llama-3.1-8b", "ik_llama.cpp", "the context is rounded up to 256: 5,120 cells"),
    ],
)
def test_what_other_runtimes_do_is_told(model: str, runtime: str, said: str) -> None:
    found = run(model_of(load(model)), Setting(5000), runtime_named(runtime), "bf16", "inference", "adamw", 0)
    assert said in found.assumed[-2] or said in found.assumed[-3]


def test_llama_cpp_keeps_the_whole_context_where_it_knows_no_window() -> None:
    """Mistral's and Phi-3's windows are not llama.cpp's; Gemma's are: 4,096 and 512 more, rounded to 256."""
    setting = Setting(6000)
    cells = {
        name: [RUNTIMES["llama.cpp"].cells(keeps, setting).cells for keeps in kept_by(load(name), "llama.cpp")]
        for name in ("mistral-7b", "phi-3-mini", "gemma-2-2b")
    }
    assert cells == {"mistral-7b": [6144], "phi-3-mini": [6144], "gemma-2-2b": [4608, 6144]}
    assert [keeps.window for keeps in kept_by(load("mistral-7b"))] == [4096]
    assert not keeps_whole("paligemma", "llama.cpp")  # PaliGemma 2 reads with Gemma 2


@pytest.mark.parametrize(
    ("name", "mixture", "gib"),
    [  # sizes of the files that llama.cpp's users publish, in GiB as its loader prints them
        ("llama-2-7b", "q4_k_m", 3.80), ("llama-2-7b", "q5_k_m", 4.45), ("llama-2-7b", "q6_k", 5.15),
        ("llama-2-7b", "q8_0", 6.67), ("llama-2-7b", "q4_0", 3.56), ("llama-2-7b", "q4_k_s", 3.59),
        ("llama-3-8b", "q4_k_m", 4.58), ("llama-3-8b", "q8_0", 7.95), ("llama-3-8b", "q5_k_m", 5.33),
        ("llama-3-8b", "q6_k", 6.14), ("llama-2-13b", "q4_k_m", 7.33), ("mistral-7b", "q4_k_m", 4.07),
        ("mixtral-8x7b", "q4_k_m", 26.49), ("llama-3-70b", "q4_k_m", 39.59), ("llama-3.1-70b", "q2_k", 24.56),
        ("qwen3-30b-a3b", "q4_k_m", 17.28), ("phi-3-mini", "q4_k_m", 2.23), ("deepseek-v2-lite", "q4_k_m", 9.65),
        ("llama-3.2-1b", "q8_0", 1.22), ("gemma-2-9b", "q4_k_m", 5.36), ("deepseek-v3", "q4_k_m", 376.65),
    ],
)  # fmt: skip
def test_mixtures_weigh_what_their_files_do(name: str, mixture: str, gib: float) -> None:
    assert round(bytes_as(keep_books(load(name)), mixture) / 2**30 + 1e-9, 2) == pytest.approx(gib, abs=0.0051)


PRINTED = {  # llama.cpp's own table for Llama 3.1 8B (tools/quantize/README.md): bits for each weight
    "iq1_s": "2.0042", "iq1_m": "2.1460", "iq2_xxs": "2.3824", "iq2_xs": "2.5882", "iq2_s": "2.7403", "iq2_m": "2.9294",
    "iq3_xxs": "3.2548", "iq3_xs": "3.4977", "iq3_s": "3.6606", "iq3_m": "3.7628", "iq4_xs": "4.4597",
    "iq4_nl": "4.6818", "q2_k_s": "2.9697", "q2_k": "3.1593", "q3_k_s": "3.6429", "q3_k_l": "4.2979", "q4_k_s": "4.6672",
    "q4_k_m": "4.8944", "q5_k_s": "5.5704", "q5_k_m": "5.7036", "q6_k": "6.5633", "q8_0": "8.5008",
}  # fmt: skip


@pytest.mark.parametrize("mixture", PRINTED)
def test_every_mixture_has_the_bits_that_llama_cpp_prints(mixture: str) -> None:
    """Its count holds the 64 factors of Llama 3.1's rotations, which the class works out."""
    ledger = keep_books(load("llama-3.1-8b"))
    found = bytes_as(ledger, mixture)
    assert isinstance(found, int)
    assert f"{8 * (found + 4 * 64) / (8_030_261_248 + 64):.4f}" == PRINTED[mixture]


def test_small_matrices_beside_eight_experts_have_more_bits() -> None:
    """Mixtral 8x7B in q3_k_m: keys and values in q8_0, outputs in q5_k, what chooses in 32 bits."""
    ledger = keep_books(load("mixtral-8x7b"))
    wide, kv, inner = 4096 * 4096, 1024 * 4096, 8 * 4096 * 14336
    block = wide * 110 // 256 + 2 * kv * 34 // 32 + wide * 176 // 256 + 2 * inner * 110 // 256 + 4 * 8 * 4096
    downs = 2 * inner * 176 // 256 + 30 * inner * 144 // 256  # the first sixteenth of 32 layers in q5_k
    tables = 32000 * 4096 * 110 // 256 + 32000 * 4096 * 210 // 256
    assert bytes_as(ledger, "q3_k_m") == 32 * block + downs + tables + 4 * 65 * 4096


def test_vllm_s_bytes_a_token() -> None:
    """A log of Llama 3.1 8B in bf16: 1478 blocks of 16 tokens in 2.89 GiB, 131,072 bytes a token."""
    model = model_of(load("llama-3.1-8b"), "vllm")
    found = run(model, Setting(23_648, key="bf16", value="bf16"), RUNTIMES["vllm"], "bf16", "inference", "adamw", 0)
    assert found.per_token == 131_072
    assert f"{sum(row.bytes for row in found.rows) / 2**30:.2f}" == "2.89"


def test_an_encoder_s_positions_must_be_told() -> None:
    with pytest.raises(UsageError, match="--encoder-context"):
        values("t5-small", Setting(8))


def test_training_takes_sixteen_bytes_a_value() -> None:
    """Mixed precision with Adam: 2 + 2 + 4 + 4 + 4 bytes (Rajbhandari et al. 2019, arXiv:1910.02054, section 3.1)."""
    model = model_of(load("gpt2-xl"))
    found = run(model, Setting(1024), RUNTIMES["none"], "bf16", "training", "adamw", 0)
    assert found.total == 16 * model.ledger.totals.parameters


def test_plain_descent_keeps_no_state_and_an_unknown_optimizer_is_refused() -> None:
    """2 bytes of weights, 2 of gradients and a copy of 4: nothing beside them."""
    model = model_of(load("gpt2"))
    found = run(model, Setting(1024), RUNTIMES["none"], "bf16", "training", "sgd", 0)
    assert found.total == 8 * model.ledger.totals.parameters
    with pytest.raises(UsageError, match="unknown optimizer 'adm': known are adamw"):
        run(model, Setting(1024), RUNTIMES["none"], "bf16", "training", "adm", 0)


@pytest.mark.parametrize(
    ("rank", "targets", "trained"), [(8, ["q_proj", "v_proj"], 4_194_304), (16, ["q_proj", "v_proj"], 8_388_608)]
)
def test_adapters_train_what_peft_prints(rank: int, targets: list[str], trained: int) -> None:
    assert adapters(keep_books(load("llama-2-7b")), rank, targets) == trained


def test_the_longest_context_fits_and_one_more_does_not() -> None:
    model, none = model_of(load("llama-3.1-8b")), RUNTIMES["none"]
    budget = 24 * 10**9
    longest = longest_context(model, Setting(1), none, "bf16", budget)
    assert longest is not None
    weights = 2 * 8_030_261_248
    assert weights + longest * 131_072 <= budget < weights + (longest + 1) * 131_072
    assert longest_context(model, Setting(1), none, "bf16", 10**9) is None


def test_metadata_without_tensors_has_no_known_weights() -> None:
    from netledger.network import Network

    facts = {"block_count": 2, "embedding_length": 64, "attention.head_count": 8, "attention.head_count_kv": 2}
    header = {"general.architecture": "llama", **{f"llama.{key}": value for key, value in facts.items()}}
    model: Model = model_of(Network("header", (), meta={"format": "gguf", "metadata": header}))
    found = run(model, Setting(10), RUNTIMES["none"], "as-stored", "inference", "adamw", 0)
    assert not isinstance(found.weights, int)
    assert not isinstance(found.total, int)
    assert sum(row.values for row in found.rows) == 2 * 10 * 32
    with pytest.raises(UsageError, match="what a stored file holds is stored already"):
        run(model, Setting(10), RUNTIMES["none"], "Q4_K_M", "inference", "adamw", 0)
    assert positions_of(model) is None
    longer = {**header, "llama.context_length": 4096}
    assert positions_of(model_of(Network("h", (), meta={"format": "gguf", "metadata": longer}))) == 4096


GPT_OSS_20B = {
    "model_type": "gpt_oss", "architectures": ["GptOssForCausalLM"], "hidden_size": 2880, "intermediate_size": 2880,
    "num_hidden_layers": 24, "num_attention_heads": 64, "num_key_value_heads": 8, "head_dim": 64, "vocab_size": 201088,
    "num_local_experts": 32, "num_experts_per_tok": 4, "sliding_window": 128,
    "quantization_config": {
        "quant_method": "mxfp4",
        "modules_to_not_convert": ["model.layers.*.self_attn", "model.layers.*.mlp.router", "model.embed_tokens", "lm_head"],
    },
}  # fmt: skip


def weights_of(config: dict[str, Any]) -> Any:
    from netledger.sources.configs import network_of

    model = model_of(network_of(config, "quantised"))
    return run(model, Setting(4096), runtime_named("none"), "as-stored", "inference", "adamw", 0).weights


def test_quantised_weights_are_those_of_the_published_file() -> None:
    """``total_size`` of openai/gpt-oss-20b's index of safetensors."""
    assert weights_of(GPT_OSS_20B) == 13_761_264_768


def test_quantised_weights_by_hand() -> None:
    """Llama 2 7B in 4 bits, groups of 128: seven matrices a layer, their scales and zero points; the rest in 16 bits."""
    each = 4 * 4096 * 4096 + 3 * 4096 * 11008
    inputs = 6 * 4096 + 11008
    packed = each // 2 + each // 128 * 2 + each // 128 // 2
    rest = 2 * (2 * 32000 * 4096 + 65 * 4096)
    config = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "torch_dtype": "float16"}
    method = {"quant_method": "gptq", "bits": 4, "group_size": 128}
    assert weights_of({**config, "quantization_config": method}) == 32 * (packed + 4 * inputs) + rest
    awq = {**method, "quant_method": "awq"}
    assert weights_of({**config, "quantization_config": awq}) == 32 * packed + rest


FORMS: list[tuple[dict[str, Any], int]] = [
    ({"quant_method": "bitsandbytes", "load_in_8bit": True}, 16384 + 4 * 128),
    ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4"}, 8192 + 4 * 256 + 64),
    ({"quant_method": "bitsandbytes", "load_in_4bit": True, "bnb_4bit_quant_type": "nf4",
      "bnb_4bit_use_double_quant": True}, 8192 + 256 + 4 + 4 + 1024 + 64),
    ({"quant_method": "compressed-tensors", "format": "float-quantized", "config_groups": {"group_0": {
        "targets": ["Linear"], "input_activations": {"dynamic": True}, "weights": {
            "num_bits": 8, "type": "float", "symmetric": True, "strategy": "channel"}}}}, 16384 + 2 * 128),
    ({"quant_method": "compressed-tensors", "format": "pack-quantized", "config_groups": {"group_0": {
        "targets": ["Linear"], "input_activations": None, "weights": {
            "num_bits": 4, "type": "int", "symmetric": True, "strategy": "group", "group_size": 32}}}},
     8192 + 2 * 128 * 4 + 16),
]  # fmt: skip


@pytest.mark.parametrize(("method", "each"), FORMS)
def test_a_matrix_by_each_method(method: dict[str, Any], each: int) -> None:
    """128 outputs of 128 inputs, as bitsandbytes' ``QuantState`` and compressed-tensors' tensors hold them."""
    config = {
        "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 128, "intermediate_size": 128,
        "num_hidden_layers": 1, "num_attention_heads": 2, "vocab_size": 10, "torch_dtype": "bfloat16",
    }  # fmt: skip
    rest = 2 * (2 * 10 * 128 + 3 * 128)
    assert weights_of({**config, "quantization_config": method}) == rest + 7 * each


@pytest.mark.parametrize(
    "method",
    [
        {"quant_method": "a new one"},
        {},
        {"quant_method": "gptq", "bits": "four"},
        {"quant_method": "gptq"},
        {"quant_method": "fp8", "bits": 8},
    ],
)
def test_a_method_without_a_rule_is_unknown(method: dict[str, Any]) -> None:
    config = {"model_type": "llama", "num_hidden_layers": 1, "quantization_config": {"x": 1, **method}}
    assert unknowns_of(weights_of(config))


def test_what_is_kept_beside_keys_and_values_is_not_guessed_at() -> None:
    """DeepSeek V4 keeps compressed positions and the parts of those to come."""
    small = {"num_hidden_layers": 1, "n_routed_experts": 2, "num_experts_per_tok": 1, "vocab_size": 8}
    network = network_of({"model_type": "deepseek_v4", "architectures": ["DeepseekV4ForCausalLM"], **small}, "small")
    with pytest.raises(FormatError, match="what layers of family 'deepseek_v4' keep is not known"):
        kept_by(network)


def test_a_budget_for_memory() -> None:
    """Llama 2 7B: 6,738,415,616 values of 2 bytes, and 32 layers' keys and values of 4,096 each a position."""
    needed = 2 * 6_738_415_616 + 2 * 2 * 32 * 4096 * 2048
    (kept,) = check(keep_books(load("llama-2-7b")), max={"memory": needed}, context=2048)
    (broken,) = check(keep_books(load("llama-2-7b")), max={"memory": needed - 1}, context=2048)
    assert kept.ok
    assert kept.counted == needed
    assert not broken.ok


def test_a_budget_for_memory_that_is_not_known_is_not_kept() -> None:
    from netledger.sources.configs import network_of

    config = {"model_type": "llama", "num_hidden_layers": 1, "quantization_config": {"quant_method": "a new one"}}
    (finding,) = check(keep_books(network_of(config, "unknown")), max={"memory": "1TB"})
    assert finding.open


def test_positions_are_the_model_s_own_unless_others_are_asked_for() -> None:
    """Each configuration's own: 1,024 of GPT-2, 448 of Whisper's decoder beside 1,500 frames of its encoder."""
    assert own_context(model_of(load("gpt2"))) == 1024
    whisper = model_of(load("whisper-tiny"))
    assert (own_context(whisper), own_encoder_context(whisper)) == (448, 1500)
    assert own_encoder_context(model_of(load("llama-2-7b"))) is None


@pytest.mark.parametrize(
    ("name", "positions", "learned"),
    [("gpt2", 1024, True), ("bert-base-uncased", 512, True), ("whisper-tiny", 448, True), ("opt-125m", 2048, True),
     ("llama-2-7b", 4096, False), ("mistral-7b", 32768, False), ("mamba-130m", None, False)],
)  # fmt: skip
def test_positions_beyond_those_that_are_read_are_told(name: str, positions: int | None, learned: bool) -> None:
    """GPT-2 has 1,024 learned positions, BERT 512, Whisper's decoder 448, OPT 2,048; a rotation has no last one."""
    model = model_of(load(name))
    assert learned_positions(model) == (positions if learned else None)
    asked = Setting((positions or 4096) + 1, encoder=1500)
    said = beyond_own(model, asked, RUNTIMES["none"])
    assert (said is None) == (positions is None)
    assert said is None or ("learned" in said) == learned
    assert beyond_own(model, asked.replace(context=positions or 4096), RUNTIMES["none"]) is None


def test_positions_of_what_writes_and_of_what_sees() -> None:
    """ViT-GPT-2: 14·14 patches and a class are attended to, and GPT-2 has 1,024 positions; frames of a sound are to be told."""
    from netledger.sources.configs import network_of

    eye = {"model_type": "vit", "num_hidden_layers": 1}
    pen = {"model_type": "gpt2", "n_layer": 2, "add_cross_attention": True}
    config = {"model_type": "vision-encoder-decoder", "encoder": eye, "decoder": pen}
    model = model_of(network_of(config | {"architectures": ["VisionEncoderDecoderModel"]}, "captions"))
    assert (positions_of(model), own_encoder_context(model)) == (1024, 197)
    found = run(model, Setting(20, encoder=197), RUNTIMES["none"], "bf16", "inference", "adamw", 0)
    assert [(row.keeps.sort, row.values) for row in found.rows] == [("full", 2 * 20 * 1536), ("cross", 2 * 197 * 1536)]
    assert "197" in (beyond_own(model, Setting(20, encoder=198), RUNTIMES["none"]) or "")
    sound = {"model_type": "moonshine", "architectures": ["MoonshineForConditionalGeneration"]}
    assert own_encoder_context(model_of(network_of(sound, "heard"))) is None


def test_sequences_that_divide_a_context_read_a_part_each() -> None:
    model = model_of(load("gpt2"))
    four = Setting(4096, batch=4)
    assert beyond_own(model, four, RUNTIMES["llama.cpp"]) is None
    assert beyond_own(model, four.replace(unified=True), RUNTIMES["llama.cpp"]) is not None


def test_learned_positions_bound_the_longest_context() -> None:
    fit = fit_of(model_of(load("gpt2")), Setting(128), RUNTIMES["none"], "as-stored", 24 * 10**9)
    assert fit.context == 1024


def test_a_budget_for_memory_heeds_the_type() -> None:
    (found,) = check(keep_books(load("gpt2"), dtype="float32"), max={"memory": "1GB"})
    assert found.counted == 4 * 124_439_808 + 2 * 2 * 12 * 768 * 1024


def test_a_budget_for_memory_heeds_packed_weights_and_caches() -> None:
    """Eight bits: 34 bytes hold 32 values; vectors (121,344 values) and the table of places stay in 32 bits."""
    ledger = keep_books(load("gpt2"))
    (found,) = check(ledger, max={"memory": "1GB"}, context=512, weights="q8_0", cache="q8_0,f16")
    cache = 12 * 512 * (768 * 34 // 32 + 768 * 2)
    matrices = 50257 * 768 + 12 * 12 * 768 * 768
    assert found.counted == matrices * 34 // 32 + 4 * (121_344 + 1024 * 768) + cache
    assert "512 positions, their cache in q8_0,f16" in found.assumed


def test_single_precision_keeps_no_copies() -> None:
    found = run(model_of(load("alexnet")), Setting(1), runtime_named("none"), "as-stored", "training", "adamw", 0)
    assert found.total == 16 * 60_965_224
    assert [name for name, _ in found.training] == ["gradients (f32)", "optimizer (adamw)"]


def test_sizes_that_are_its_class_s_defaults_are_told() -> None:
    """Transformers' LlamaConfig: 32 blocks, 11,008 within, 32,000 words; none of these is in the configuration."""
    given = {"model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 1024}
    (told,) = [text for text in inference_of(network_of(given, "m"), 128).assumed if "defaults" in text]
    assert "num_hidden_layers 32" in told
    assert "intermediate_size 11,008" in told
    assert "hidden_size 1,024" not in told
    whole = {**given, "num_hidden_layers": 4, "intermediate_size": 64, "vocab_size": 10, "num_attention_heads": 4}
    (told,) = [text for text in inference_of(network_of(whole, "m"), 128).assumed if "defaults" in text]
    assert told == "of the class's defaults: num_key_value_heads 4, head_dim 256"
