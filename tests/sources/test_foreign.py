"""Other programs' JSON and folders: each is named, with the next command to type."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netledger.errors import DataError, FormatError, NotationError, NotFoundError
from netledger.sources import read

KERAS = "in Keras: model.export('model.onnx', format='onnx'), then netledger show model.onnx"


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("model_index.json", {"_class_name": "StableDiffusionPipeline", "_diffusers_version": "0.30"}, "Diffusers"),
        ("config.json", {"_class_name": "UNet2DConditionModel", "sample_size": 64}, "a Diffusers model or pipeline"),
        ("adapter_config.json", {"peft_type": "LORA", "r": 8}, "these are the settings of a PEFT adapter"),
        ("net.json", {"class_name": "MyNet", "config": {}}, "a layer or model of Keras whose layers only its code knows"),
        ("tokenizer.json", {"version": "1.0", "model": {"type": "BPE"}, "added_tokens": []}, "this is a tokenizer"),
        ("tokenizer_config.json", {"tokenizer_class": "LlamaTokenizer"}, "the settings of a tokenizer"),
        ("generation_config.json", {"eos_token_id": 2, "transformers_version": "5"}, "settings of text generation"),
        ("config.json", {"architectures": ["XForCausalLM"], "eos_token_id": 2, "transformers_version": "5"},
         "this configuration states no model_type"),
        ("config.json", {"hidden_size": 8, "num_hidden_layers": 2}, "this configuration states no model_type"),
        ("preprocessor_config.json", {"image_processor_type": "ViTImageProcessor"}, "the settings of a preprocessor"),
        ("tokenizer_config.json", {"model_max_length": 512, "bos_token": "<s>"}, "the settings of a tokenizer"),
        ("special_tokens_map.json", {"pad_token": "<p>"}, "tokens of a tokenizer"),
        ("vocab.json", {"a": 0}, "a tokenizer's vocabulary"),
        ("generation_config.json", {"max_length": 20, "do_sample": True}, "settings of text generation"),
        ("preprocessor_config.json", {"do_resize": True, "image_mean": [0.5]}, "the settings of a preprocessor"),
        ("trainer_state.json", {"global_step": 5, "log_history": []}, "the record of a training"),
        ("ds_config.json", {"zero_optimization": {"stage": 2}}, "settings of training (DeepSpeed)"),
        ("open_clip_config.json", {"model_cfg": {}, "preprocess_cfg": {}}, "the settings of an OpenCLIP model"),
        ("params.json", {"dim": 8, "n_layers": 2, "n_heads": 2}, "the settings of Llama's original checkpoints"),
        ("quantize_config.json", {"bits": 4, "group_size": 128}, "by which weights were packed"),
        ("modules.json", [{"idx": 0, "path": "", "type": "sentence_transformers.models.Transformer"}],
         "the parts of a Sentence Transformers model"),
        ("xgb.json", {"learner": {}, "version": [2, 0, 0]}, "an XGBoost model"),
        ("Manifest.json", {"fileFormatVersion": "1.0.0", "itemInfoEntries": {}}, "the manifest of a Core ML package"),
    ],
)  # fmt: skip
def test_foreign_json_is_named(tmp_path: Path, name: str, data: object, what: str) -> None:
    (tmp_path / name).write_text(json.dumps(data))
    with pytest.raises(FormatError) as caught:
        read(str(tmp_path / name))
    assert what in caught.value.why


def test_the_next_command_is_told(tmp_path: Path) -> None:
    (tmp_path / "adapter_config.json").write_text('{"peft_type": "LORA"}')
    (tmp_path / "adapter_model.safetensors").write_bytes(b"")
    (tmp_path / "net.json").write_text('{"class_name": "MyNet", "config": {}}')
    hints = []
    for name in ("adapter_config.json", "net.json"):
        with pytest.raises(FormatError) as caught:
            read(str(tmp_path / name))
        hints.append(caught.value.hint)
    assert hints == [f"netledger show {tmp_path}/adapter_model.safetensors", KERAS]


@pytest.mark.parametrize("text", ['{"a": 1}', '{"nodes": []}', '{"class_name": "x"}', "{"])
def test_other_json_is_no_description_as_before(tmp_path: Path, text: str) -> None:
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(NotationError):
        read(str(tmp_path / "a.json"))


def test_deep_json_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"peft_type": ' + "[" * 100_000 + "]" * 100_000 + "}")
    with pytest.raises(DataError):
        read(str(tmp_path / "a.json"))


@pytest.mark.parametrize(
    ("names", "hint"),
    [
        (["model_index.json", "unet/diffusion_pytorch_model.safetensors", "vae/b.safetensors", "scheduler/x.json"],
         "a Diffusers pipeline, a model each: netledger show {}/unet/diffusion_pytorch_model.safetensors; "
         "netledger show {}/vae/b.safetensors"),
        (["a.tflite"], "netledger show {}/a.tflite"),
    ],
)  # fmt: skip
def test_folders(tmp_path: Path, names: list[str], hint: str) -> None:
    for name in names:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"{}")
    with pytest.raises(NotFoundError, match="this is a directory") as caught:
        read(str(tmp_path))
    assert caught.value.hint == hint.replace("{}", str(tmp_path))


def test_a_folder_is_looked_at_and_not_followed(tmp_path: Path) -> None:
    """A link that leads to itself, a part that cannot be read: no error of the operating system's."""
    (tmp_path / "model_index.json").write_text("{}")
    (tmp_path / "unet").symlink_to(tmp_path / "unet")
    with pytest.raises(NotFoundError) as caught:
        read(str(tmp_path))
    assert caught.value.hint == "a pipeline without weights"


def test_a_name_inside_the_json_is_the_next_command(tmp_path: Path) -> None:
    for name, shown in (("resnet50", "resnet50"), ("\x1b[2J", "\\x1b[2J")):
        (tmp_path / "config.json").write_text(json.dumps({"architecture": name, "pretrained_cfg": {}}))
        with pytest.raises(FormatError, match="a timm configuration") as caught:
            read(str(tmp_path / "config.json"))
        assert caught.value.hint == f'pip install "netledger[torch]" timm, then netledger show timm:{shown}'


@pytest.mark.parametrize(
    ("files", "hint"),
    [
        ({"tokenizer.json": '{"model": {}, "added_tokens": []}'},
         "no model lies in it; tokenizer.json: this is a tokenizer: it holds no network"),
        ({"scheduler_config.json": '{"_class_name": "DDIM"}'},
         "no model lies in it; scheduler_config.json: these are the settings of a Diffusers model or pipeline"),
        ({"readme.md": "x", "broken.json": "{"}, "no model lies in it, only broken.json, readme.md"),
        ({}, "it is empty"),
    ],
)  # fmt: skip
def test_a_folder_without_a_model_says_what_it_holds(tmp_path: Path, files: dict[str, str], hint: str) -> None:
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    with pytest.raises(NotFoundError) as caught:
        read(str(tmp_path))
    assert caught.value.hint == hint


def test_values_without_a_header_name_the_file_that_describes_them(tmp_path: Path) -> None:
    for name in ("m.bin", "other.bin"):
        (tmp_path / name).write_bytes(b"\x41" * 64)
    (tmp_path / "m.xml").write_text("<net/>")
    hints = []
    for name in ("m.bin", "other.bin"):
        with pytest.raises(FormatError, match="these are values without a header") as caught:
            read(str(tmp_path / name))
        hints.append(caught.value.hint)
    assert hints == [f"netledger show {tmp_path}/m.xml"] * 2
