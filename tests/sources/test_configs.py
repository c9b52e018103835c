"""Configurations: what is read of them, what of them is refused, and what lies beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger.errors import DataError, NetledgerError
from netledger.ledger import keep_books
from netledger.sources import Options, read

GPT2 = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2, "n_embd": 8, "n_head": 2, "vocab_size": 10,
        "n_positions": 6}  # fmt: skip
LLAMA = {
    "model_type": "llama", "architectures": ["LlamaForCausalLM"], "hidden_size": 32, "num_hidden_layers": 2,
    "num_attention_heads": 8, "num_key_value_heads": 2, "intermediate_size": 16, "vocab_size": 20,
}  # fmt: skip


def written(folder: Path, config: Any, name: str = "config.json") -> str:
    path = folder / name
    path.write_text(config if isinstance(config, str) else json.dumps(config))
    return str(path)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"hidden_size": -1}, "hidden_size takes a size"),
        ({"hidden_size": 10**40}, "hidden_size takes a size"),
        ({"vocab_size": 2**62}, "vocab_size takes a size (a whole number from 0 to 2^40)"),
        ({"model_type": "vit", "architectures": [], "num_channels": 0}, "an input of 0×224×224"),
        ({"model_type": "vit", "architectures": [], "image_size": 2**62}, "each size is from 1 to 2^40"),
        ({"sliding_window": "x"}, "sliding_window takes a number of positions from 1 up, not 'x'"),
        ({"sliding_window": 0}, "sliding_window takes a number of positions from 1 up, not 0"),
        ({"attention_window": [512, -1]}, "attention_window takes a number of positions from 1 up"),
        ({"max_window_layers": "all"}, "max_window_layers takes a number of layers, not 'all'"),
        ({"sliding_window_pattern": {}}, "sliding_window_pattern takes a number of layers"),
        ({"model_type": "glm_moe_dsa", "layer_types": "x"}, "layer_types takes a list of sorts of layers"),
        ({"hidden_size": 33}, "33 does not divide into 8 heads"),
        ({"num_attention_heads": 0}, "32 does not divide into 0 heads"),
        (
            {"model_type": "gemma2", "architectures": [], "layer_types": ["banana", "full_attention"]},
            "a layer of the sort 'banana' is not known",
        ),
        (
            {"model_type": "gemma2", "architectures": [], "layer_types": "full_attention"},
            "layer_types takes a list of sorts of layers",
        ),
        ({"model_type": "mixtral", "architectures": [], "num_local_experts": 10**7}, "10,000,000 experts in a layer"),
        ({"quantization_config": "int4"}, "quantization_config takes an object"),
        ({"id2label": "two"}, "id2label takes an object"),
        ({"hidden_size": "many"}, "hidden_size takes a size"),
        ({"hidden_size": 32.5}, "hidden_size takes a size"),
        ({"hidden_size": True}, "hidden_size takes a size"),
        ({"hidden_size": [32]}, "hidden_size takes a size"),
        ({"num_key_value_heads": 3}, "8 query heads do not divide among 3"),
        ({"vocab_size": 0}, "num_embeddings must be at least 1"),
        ({"tie_word_embeddings": "yes"}, "tie_word_embeddings takes true or false"),
        ({"architectures": ["LlamaForSpeech"]}, "LlamaForSpeech' is no class of this family"),
        ({"num_hidden_layers": 10**9}, "more than 100,000 repetitions"),
        ({"hidden_size": None}, "hidden_size is null: nothing says what that stands for"),
        ({"tie_word_embeddings": None}, "tie_word_embeddings is null"),
        ({"max_position_embeddings": "many"}, "max_position_embeddings takes a number of positions, not 'many'"),
        ({"max_position_embeddings": 10**40}, "a number of more than 40 digits"),
        ({"rope_scaling": "linear"}, "rope_scaling takes an object, not 'linear'"),
        ({"torch_dtype": "float99"}, "torch_dtype takes an element type, not 'float99'"),
        ({"dtype": ["float16"]}, "dtype takes an element type"),
        ({"model_type": "mixtral", "architectures": [], "num_experts_per_tok": 0}, "no expert a position of 8"),
        (
            {"model_type": "t5", "architectures": [], "tie_word_embeddings": "no"},
            "tie_word_embeddings takes true or false",
        ),
        ({"model_type": ""}, "no model_type"),
        ({"model_type": 7}, "no model_type"),
    ],
)
def test_what_cannot_be_is_refused_in_one_line(tmp_path: Path, change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as caught:
        read(written(tmp_path, {**LLAMA, **change}))
    assert said in str(caught.value)
    assert "\n" not in str(caught.value)
    assert caught.value.exit_code == 65


@pytest.mark.parametrize(
    ("model_type", "change", "said"),
    [
        ("gemma2", {"layer_types": ["full_attention"], "num_hidden_layers": 3}, "layer_types does not name 3 layers"),
        ("efficientnet", {"depth_coefficient": 1e30}, "more than 100,000 repetitions"),
        ("efficientnet", {"strides": [0] * 7}, "strides of 0 are not known here"),
        ("swinv2", {"depths": [-1, 2, 2, 2]}, "range takes a number of turns from 0 up, not -1"),
        ("dac", {"hidden_size": 7}, "hidden_size 7 is not the encoder's last width, 1024"),
        ("clap", {"audio_config": {"spec_size": 100}}, "spec_size 100 is no multiple of num_mel_bins 64"),
        ("vision-encoder-decoder", {}, "encoder and decoder are not both given"),
        ("granite_speech", {"projector_config": {"hidden_size": "x"}}, "a size of projector_config is no whole number"),
        ("gpt2", {"n_embd": 8, "hidden_size": 9, "n_head": 2}, "n_embd and hidden_size contradict each other: 8 and 9"),
        ("mixtral", {"num_local_experts": 2, "num_experts_per_tok": 3}, "3 experts a position of only 2"),
        ("bert", {"hidden_size": 10, "num_attention_heads": 3}, "10 does not divide into 3 heads"),
        (
            "bert",
            {"architectures": ["BertForSequenceClassification"], "id2label": {"0": "a"}, "num_labels": 7},
            "id2label and num_labels contradict each other: 1 and 7",
        ),
        (
            "deepseek_v3",
            {"n_routed_experts": 4, "n_group": 3, "num_experts_per_tok": 1},
            "4 experts do not divide into 3 groups",
        ),
        ("jamba", {"attn_layer_offset": 99}, "attn_layer_offset 99 is not below attn_layer_period 8"),
        ("nemotron_h", {"hybrid_override_pattern": "M-", "num_hidden_layers": 3}, "the pattern of layers names 2"),
        ("qwen3_next", {"linear_num_value_heads": 33}, "33 do not divide among 16 key heads"),
        ("vit", {"image_size": [32, 32, 32]}, "image_size takes one size or two"),
    ],
)
def test_contradictions(tmp_path: Path, model_type: str, change: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError, match=said):
        read(written(tmp_path, {"model_type": model_type, **change}))


@pytest.mark.parametrize(
    "text",
    [
        '{"model_type": "llama", "model_type": "gpt2"}',
        '{"model_type": "llama", "hidden_size": NaN}',
        '{"model_type": "llama", "deep": ' + "[" * 100 + "]" * 100 + "}",
        '{"model_type": "llama"',
        '{"model_type": "llama", "x": "' + "a" * (10 * 1024 * 1024) + '"}',
        '{"model_type": "llama", "hidden_size": ' + "9" * 5000 + "}",
    ],
    ids=["twice", "nan", "deep", "cut", "long", "digits"],
)
def test_hostile_json(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataError) as caught:
        read(written(tmp_path, text))
    assert len(str(caught.value)) < 400


def test_a_model_type_without_a_family_is_unknown_with_its_name(tmp_path: Path) -> None:
    ledger = keep_books(
        read(written(tmp_path, {"model_type": "my_own", "hidden_size": 8, "auto_map": {"AutoModel": "x.Y"}}))
    )
    assert str(ledger.totals.parameters) == "unknown"
    assert "my_own" in ledger.unknown[0][1].reason
    assert "never run" in ledger.network.notes[0]


def test_keys_that_nobody_knows(tmp_path: Path) -> None:
    """Bookkeeping changes nothing; what may be a size makes the total a lower bound; the rest is listed."""
    config = {**LLAMA, "rms_norm_eps": 1e-5, "_name_or_path": "x", "licence": "mit", "extra_mlp_dim": 512, "off_dim": 0}
    ledger = keep_books(read(written(tmp_path, config)))
    assert [path for path, _ in ledger.unknown] == ["config: extra_mlp_dim"]
    assert "keys ignored: licence, off_dim" in ledger.network.notes
    assert ledger.totals.parameters.exact == keep_books(read(written(tmp_path, LLAMA))).totals.parameters


@pytest.mark.parametrize(
    ("key", "value"),
    [("moe_layer_freq", 2), ("pruned_heads", {"0": [1]}), ("position_embedding_type", "relative_key")],
)
def test_bookkeeping_of_an_unusual_value_may_matter(tmp_path: Path, key: str, value: Any) -> None:
    """Elsewhere these stand at what changes nothing; here layers, heads or tables may be others than the class's."""
    assert [path for path, _ in keep_books(read(written(tmp_path, {**LLAMA, key: value}))).unknown] == [
        f"config: {key}"
    ]


def test_a_null_of_what_no_layer_asks_for_is_none_of_its_own(tmp_path: Path) -> None:
    """Where nothing slides it does not matter from which layer on: files leave it open."""
    qwen = {**LLAMA, "model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"], "use_sliding_window": False}
    stated, left = (read(written(tmp_path, {**qwen, "max_window_layers": number})) for number in (28, None))
    assert keep_books(stated).totals.parameters == keep_books(left).totals.parameters


def test_layers_that_predict_more_words_are_told(tmp_path: Path) -> None:
    notes = read(written(tmp_path, {"model_type": "glm4_moe", "num_nextn_predict_layers": 1})).notes
    assert any(note.startswith("layers for multi-token prediction (1) stand in its checkpoints") for note in notes)


def test_a_family_by_its_name() -> None:
    """``gpt2`` is the model, ``family:gpt2`` the family with its class's defaults, which have no head."""
    assert keep_books(read("family:gpt2")).totals.parameters == 124_439_808
    assert "wte" in [layer.path for layer in read("family:gpt2")]
    assert keep_books(read("family:gpt2", options=Options({"": (7,)})))["ids"].outputs[0] == (7,)
    assert read("falcon") == read("family:falcon")  # a family's bare name, where no model is called so
    with pytest.raises(NetledgerError, match="no family of model type 'gpt-9'"):
        read("family:gpt-9")


def test_without_a_class_the_head_s_count_is_told_too(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Mixtral's class counts 46,702,792,704; its base model has no output table of 32,000 rows of 4,096."""
    from netledger.cli import main

    assert main(["show", written(tmp_path, {"model_type": "mixtral", "architectures": None})]) == 0
    said = capsys.readouterr().out
    assert "46,702,792,704 parameters as MixtralForCausalLM" in said
    assert f"parameters   {46_702_792_704 - 32_000 * 4_096:,}" in said


def test_remote_code_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "modeling.py").write_text("raise SystemExit(3)")
    config = {**LLAMA, "auto_map": {"AutoModelForCausalLM": "modeling.LlamaForCausalLM"}}
    notes = read(written(tmp_path, config)).notes
    assert any("never run" in note for note in notes)


def test_a_language_model_inside_a_larger_one(tmp_path: Path) -> None:
    inner = {key: value for key, value in LLAMA.items() if key != "architectures"}
    ledger = keep_books(
        read(written(tmp_path, {"model_type": "my_llava", "text_config": inner, "vision_config": {"a": 1}}))
    )
    assert ledger.totals.parameters.exact == keep_books(read(written(tmp_path, LLAMA))).totals.parameters
    assert [path for path, _ in ledger.unknown] == ["my_llava"]


# ---------------------------------------------------------------------- what lies beside


def stored(folder: Path, prefix: str = "", change: dict[str, Any] | None = None, leave: str = "") -> None:
    import numpy as np
    from safetensors.numpy import save_file

    ledger = keep_books(read(written(folder, GPT2)))
    tensors = {
        prefix + name: np.zeros(slot.shape, dtype=np.float16)
        for entry in ledger
        for name, slot in entry.tensor_names()
        if entry.layer.share is None and name != leave
    }
    tensors |= {name: np.zeros(shape, dtype=np.float16) for name, shape in (change or {}).items()}
    save_file(tensors, folder / "model.safetensors")


def test_a_folder_is_entered_twice(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    stored(tmp_path)
    ledger = keep_books(read(str(tmp_path)))
    assert ledger.discrepancies == ()
    assert all(evidence.agrees for entry in ledger for evidence in entry.evidence)
    assert sum(len(entry.evidence) for entry in ledger) == 4 * 2 + 2 * 2 + 3
    assert ledger.totals.parameters == keep_books(read(written(tmp_path, GPT2))).totals.parameters
    assert ledger.totals.bytes == 2 * ledger.totals.parameters


def test_old_checkpoints_leave_the_first_word_out(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    import numpy as np
    from safetensors.numpy import load_file, save_file

    stored(tmp_path)
    tensors = load_file(tmp_path / "model.safetensors")
    save_file(
        {name.removeprefix("transformer."): np.array(value) for name, value in tensors.items()},
        tmp_path / "model.safetensors",
    )
    ledger = keep_books(read(str(tmp_path)))
    assert ledger.discrepancies == ()
    assert not any("lacks" in note for note in ledger.network.notes)


def test_what_differs_is_told(tmp_path: Path) -> None:
    pytest.importorskip("safetensors")
    stored(tmp_path, change={"transformer.wpe.weight": (7, 8), "mtp.weight": (3, 5)}, leave="transformer.ln_f.bias")
    ledger = keep_books(read(str(tmp_path)))
    assert "transformer.wpe" in [found.path for found in ledger.discrepancies]
    assert "model.safetensors lacks 1 tensors of the class: transformer.ln_f.bias" in ledger.network.notes
    assert "model.safetensors holds 1 tensors more, 15 values that are not counted: mtp.weight" in ledger.network.notes


def test_an_index_that_leads_out_of_the_folder(tmp_path: Path) -> None:
    (tmp_path / "model").mkdir()
    written(tmp_path / "model", GPT2)
    index = {"weight_map": {"transformer.wte.weight": "../other.safetensors"}}
    written(tmp_path / "model", index, "model.safetensors.index.json")
    with pytest.raises(NetledgerError, match="not inside its own folder") as caught:
        read(str(tmp_path / "model"))
    assert caught.value.exit_code == 65


# Hyper-parameters as published with the checkpoints; the counts are those that the model hub shows for their files.
QWEN2_VL_7B = {
    "architectures": ["Qwen2VLForConditionalGeneration"], "model_type": "qwen2_vl", "hidden_size": 3584,
    "intermediate_size": 18944, "num_attention_heads": 28, "num_hidden_layers": 28, "num_key_value_heads": 4,
    "vocab_size": 152064, "vision_start_token_id": 151652, "tie_word_embeddings": False,
    "vision_config": {
        "depth": 32, "embed_dim": 1280, "mlp_ratio": 4, "num_heads": 16, "in_chans": 3, "hidden_size": 3584,
        "patch_size": 14, "spatial_merge_size": 2, "spatial_patch_size": 14, "temporal_patch_size": 2,
    },
}  # fmt: skip
GEMMA3_4B = {
    "architectures": ["Gemma3ForConditionalGeneration"], "model_type": "gemma3", "mm_tokens_per_image": 256,
    "text_config": {
        "hidden_size": 2560, "intermediate_size": 10240, "model_type": "gemma3_text", "num_hidden_layers": 34,
        "sliding_window": 1024,
    },
    "vision_config": {
        "hidden_size": 1152, "image_size": 896, "intermediate_size": 4304, "model_type": "siglip_vision_model",
        "num_attention_heads": 16, "num_hidden_layers": 27, "patch_size": 14, "vision_use_head": False,
    },
}  # fmt: skip


@pytest.mark.parametrize(("config", "count"), [(QWEN2_VL_7B, 8_291_375_616), (GEMMA3_4B, 4_300_079_472)])
def test_models_of_several_kinds_of_input(config: dict[str, Any], count: int, tmp_path: Path) -> None:
    ledger = keep_books(read(written(tmp_path, config)))
    assert ledger.totals.parameters == count
    assert not ledger.unknown


@pytest.mark.parametrize(
    ("part", "said"),
    [
        (7, "a part's configuration is an object"),
        ({"hidden_size": -1}, "hidden_size takes a size"),
        ({"num_heads": 0}, "division by zero"),
    ],
)
def test_a_part_that_cannot_be_is_refused(part: Any, said: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=said):
        read(written(tmp_path, QWEN2_VL_7B | {"vision_config": part}))


@pytest.mark.parametrize("model_type", ["no_such_tower", "networks/resnet", "../llama"])
def test_a_part_without_a_family_is_unknown_with_its_name(model_type: Any, tmp_path: Path) -> None:
    tower = GEMMA3_4B["vision_config"] | {"model_type": model_type}  # type: ignore[operator]
    config = {"model_type": "llava", "architectures": ["LlavaForConditionalGeneration"], "vision_config": tower}
    ledger = keep_books(read(written(tmp_path, config)))
    assert any(str(model_type) in str(why) for _, why in ledger.unknown)


def test_a_key_of_a_part_that_might_matter_is_told(tmp_path: Path) -> None:
    tower = QWEN2_VL_7B["vision_config"] | {"extra_mlp_dim": 512}  # type: ignore[operator]
    ledger = keep_books(read(written(tmp_path, QWEN2_VL_7B | {"vision_config": tower})))
    assert [path for path, _ in ledger.unknown] == ["config: qwen2_vl_vision.extra_mlp_dim"]


def test_labels_by_their_names_are_no_default(tmp_path: Path) -> None:
    """Three names of classes: 8·3 + 3 parameters in the head, and the formula in symbols is worth what is counted."""
    from netledger.predict.symbolic import symbolic_totals

    names = {"0": "cat", "1": "dog", "2": "cow"}
    vit = {"model_type": "vit", "architectures": ["ViTForImageClassification"], "hidden_size": 8, "id2label": names}
    network = read(written(tmp_path, vit | {"num_attention_heads": 2, "intermediate_size": 8}))
    ledger = keep_books(network)
    assert ledger["classifier"].parameters == 8 * 3 + 3
    assert not [said for said in network.assumed if "num_labels" in said]
    found = symbolic_totals(network)
    assert found is not None
    assert ("num_labels", 3) in [(key, value) for _, key, value in found.sizes]
    assert found.parameters is not None
    assert found.parameters.at({symbol: value for symbol, _, value in found.sizes}) == ledger.totals.parameters


@pytest.mark.parametrize("model_type", ["t5", "mt5", "umt5"])
def test_a_tie_that_the_class_forces_is_told(tmp_path: Path, model_type: str) -> None:
    """flan-t5's configuration says that its output has a table of its own; the class of transformers 5 has one table."""
    name = {"t5": "T5", "mt5": "MT5", "umt5": "UMT5"}[model_type]
    small = {"model_type": model_type, "architectures": [f"{name}ForConditionalGeneration"], "num_layers": 1}
    untied, tied = (
        read(written(tmp_path, small | {"tie_word_embeddings": flag}, f"{flag}.json")) for flag in (False, True)
    )
    assert keep_books(untied).totals.parameters == keep_books(tied).totals.parameters
    assert any("tie_word_embeddings false is overruled" in note for note in untied.notes)
    assert not any("overruled" in note for note in tied.notes)


@pytest.mark.parametrize(
    ("stated", "each", "kind"),
    [({"dtype": "float32"}, 4, "float32"), ({"torch_dtype": "float16"}, 2, "float16"), ({}, 2, "bf16")],
)
def test_memory_takes_the_type_that_is_stated(tmp_path: Path, stated: dict[str, str], each: int, kind: str) -> None:
    from netledger.predict.running import inference_of

    found = inference_of(read(written(tmp_path, LLAMA | stated)), 16)
    assert (found.weights, found.weight_type) == (each * found.model.ledger.totals.parameters, kind)
