"""JSON files and folders of other programs that are no network: what they are, and what to type instead."""

from __future__ import annotations

import os

from netledger.errors import FormatError
from netledger.printable import printable

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_ONNX_FROM_KERAS = "in Keras: model.export('model.onnx', format='onnx'), then netledger show model.onnx"
_WEIGHTS = ".safetensors", ".bin", ".gguf", ".onnx", ".tflite", ".pt", ".pth"
_ENTRIES = 1_000
_JSON_BYTES = 1_000_000

_NONE = "they hold no network"
_NO_FAMILY = "this configuration states no model_type: nothing says which family its sizes are of"
_ITS_TYPE = 'say it in the file: "model_type": "llama"'
_TIMM = 'pip install "netledger[torch]" timm, then netledger show timm:{architecture}'

JSON_KINDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("_class_name",), "these are the settings of a Diffusers model or pipeline", "weights"),
    (("peft_type",), "these are the settings of a PEFT adapter", "weights"),
    (("class_name", "config"), "this is a layer or model of Keras whose layers only its code knows", _ONNX_FROM_KERAS),
    (("weight_map",), "this is an index of a model's shards", "name it ….index.json, or say --from index"),
    (("model", "added_tokens"), "this is a tokenizer: it holds no network", "weights"),
    (("model", "pre_tokenizer"), "this is a tokenizer: it holds no network", "weights"),
    (("tokenizer_class",), f"these are the settings of a tokenizer: {_NONE}", "weights"),
    (("model_max_length",), f"these are the settings of a tokenizer: {_NONE}", "weights"),
    (("feature_extractor_type",), f"these are the settings of a preprocessor: {_NONE}", "weights"),
    (("image_processor_type",), f"these are the settings of a preprocessor: {_NONE}", "weights"),
    (("processor_class",), f"these are the settings of a preprocessor: {_NONE}", "weights"),
    (("image_mean",), f"these are the settings of a preprocessor: {_NONE}", "weights"),
    (("chat_template",), "this is a template of conversations: it holds no network", "weights"),
    (("architectures",), _NO_FAMILY, _ITS_TYPE),
    (("hidden_size", "num_hidden_layers"), _NO_FAMILY, _ITS_TYPE),
    (("transformers_version", "eos_token_id"), f"these are settings of text generation: {_NONE}", "weights"),
    (("transformers_version", "bos_token_id"), f"these are settings of text generation: {_NONE}", "weights"),
    (("do_sample",), f"these are settings of text generation: {_NONE}", "weights"),
    (("fileFormatVersion", "itemInfoEntries"), "this is the manifest of a Core ML package",
     "netledger show FOLDER.mlpackage"),
    (("train_batch_size",), f"these are settings of training (DeepSpeed): {_NONE}", "weights"),
    (("zero_optimization",), f"these are settings of training (DeepSpeed): {_NONE}", "weights"),
    (("log_history",), "this is the record of a training: it holds no network", "weights"),
    (("architecture", "pretrained_cfg"), "this is a timm configuration: it names a model of timm's code", _TIMM),
    (("model_cfg", "preprocess_cfg"), "these are the settings of an OpenCLIP model", "weights"),
    (("dim", "n_layers", "n_heads"), "these are the settings of Llama's original checkpoints", "weights"),
    (("pooling_mode_mean_tokens",), "these are the settings of a pooling layer (Sentence Transformers)", "weights"),
    (("max_seq_length", "do_lower_case"), "these are settings of Sentence Transformers", "weights"),
    (("__version__",), "these are settings of Sentence Transformers", "weights"),
    (("bits", "group_size"), "these are the settings by which weights were packed", "weights"),
    (("unk_token", "bos_token"), "these are the settings of a CTranslate2 model or a tokenizer", "weights"),
    (("bos_token",), f"these are the settings of a tokenizer: {_NONE}", "weights"),
    (("eos_token",), f"these are the settings of a tokenizer: {_NONE}", "weights"),
    (("metadata", "records"), "this is a list of an MLC model's weights, which are not read", "weights"),
    (("learner", "version"), "this is an XGBoost model: trees, and no network", "weights"),
    (("images", "annotations"), "these are labels of images (COCO): they hold no network", "weights"),
    (("cells", "nbformat"), "this is a notebook: it holds no network", "weights"),
    (("lang", "pipeline"), "these are the settings of a spaCy pipeline", "weights"),
    (("dependencies", "name"), "this is a package of npm: it holds no network", "weights"),
)  # fmt: skip
"""The keys that give a kind away, what is said, and the next command (``weights``: what lies beside it; a name in
braces: the value of that key). The first that fits is meant."""

_NAMES = {
    "vocab.json": "this is a tokenizer's vocabulary: it holds no network",
    "added_tokens.json": "these are tokens of a tokenizer: they hold no network",
    "special_tokens_map.json": "these are tokens of a tokenizer: they hold no network",
    "shared_vocabulary.json": "this is a tokenizer's vocabulary: it holds no network",
    "modules.json": "this lists the parts of a Sentence Transformers model",
    "package.json": "this is a package of npm: it holds no network",
}
"""Names of files whose keys give nothing away."""


def refuse_json(data: Any, path: str) -> None:
    """A ``FormatError`` that names another program's JSON and the next command; nothing where it is none of them."""
    found = kind_of_json(data, path)
    if found is None:
        return
    what, hint = found
    if hint == "weights":
        raise FormatError(what, hint=_beside(path))
    name = data.get("architecture") if isinstance(data, dict) else None
    raise FormatError(what, hint=hint.replace("{architecture}", printable(str(name)[:80])))


def kind_of_json(data: Any, path: str) -> tuple[str, str] | None:
    """What another program's JSON is and what to type next, by its keys, else by the file's name."""
    for keys, what, hint in JSON_KINDS if isinstance(data, dict) else ():
        if all(key in data for key in keys):
            return what, hint
    what = _NAMES.get(path.replace("\\", "/").rpartition("/")[2], "")
    return (what, "weights") if what else None


def _beside(path: str) -> str | None:
    """The command for the model beside a file: the configuration of the folder, or its weights."""
    folder = os.path.dirname(path) or "."  # noqa: PTH120 - pathlib is not imported here
    return hint_of(folder, names_in(folder))


def names_in(folder: str, most: int = _ENTRIES) -> list[str]:
    """The names in a folder, no more than ``most``, sorted; none where it cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted([entry.name for entry, _ in zip(entries, range(most), strict=False)])
    except OSError:
        return []


def steps_in(folder: str, names: list[str]) -> list[str]:
    """The model's states in each folder of steps that DeepSpeed wrote into this one, the last step last."""
    tags = [name for name in names if name.startswith("global_step") and name[11:].isdecimal()]
    found = []
    for tag in sorted(tags, key=lambda name: (len(name), name))[-_MOST_STEPS:]:
        states = [name for name in names_in(os.path.join(folder, tag)) if name.endswith(MODEL_STATES)]  # noqa: PTH118
        found += [os.path.join(folder, tag, name) for name in states[:1]]  # noqa: PTH118
    return found


MODEL_STATES = "model_states.pt"
"""How the names of the model's states end that DeepSpeed writes."""
_MOST_STEPS = 32


def hint_of(folder: str, names: list[str]) -> str | None:
    """What to type for a folder that holds a model of a known layout: its parts, its weights, or what they are."""
    if "model_index.json" in names:
        parts = [command for name in names if (command := _shown(first_weights(os.path.join(folder, name))))]  # noqa: PTH118
        return f"a Diffusers pipeline, a model each: {'; '.join(parts[:6])}" if parts else "a pipeline without weights"
    return _shown(first_weights(folder, names))


def without_model(folder: str, names: list[str]) -> str | None:
    """What a folder without a model holds instead: what its JSON files are, else some of its names."""
    import json

    steps = steps_in(folder, names)
    if steps:
        last = os.path.dirname(steps[-1])  # noqa: PTH120
        return f"{len(steps):,} steps of a training; the last: netledger show {printable(last)}"
    for name in names:
        if name.endswith(".json"):
            try:
                with open(os.path.join(folder, name), "rb") as file:  # noqa: PTH118, PTH123
                    data = json.loads(file.read(_JSON_BYTES))
            except (OSError, ValueError, RecursionError):
                continue
            found = kind_of_json(data, name)
            if found is not None:
                return f"no model lies in it; {printable(name)}: {found[0]}"
    shown = ", ".join([printable(name) for name in names[:6]]) + (", …" if len(names) > 6 else "")
    return f"no model lies in it, only {shown}" if names else "it is empty"


def _shown(path: str | None) -> str | None:
    return None if path is None else f"netledger show {printable(path)}"


def first_weights(folder: str, names: list[str] | None = None) -> str | None:
    """A folder's weights: an index before the shards."""
    names = names_in(folder) if names is None else names
    found = [name for name in names if name.endswith(".index.json")]
    found += [name for ending in _WEIGHTS for name in names if name.endswith(ending)]
    return os.path.join(folder, found[0]) if found else None  # noqa: PTH118
