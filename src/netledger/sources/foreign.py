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

JSON_KINDS: tuple[tuple[tuple[str, ...], str, str], ...] = (
    (("_class_name",), "these are the settings of a Diffusers model or pipeline", "weights"),
    (("peft_type",), "these are the settings of a PEFT adapter", "weights"),
    (("class_name", "config"), "this is a layer or model of Keras whose layers only its code knows", _ONNX_FROM_KERAS),
    (("weight_map",), "this is an index of a model's shards", "name it ….index.json, or say --from index"),
    (("model", "added_tokens"), "this is a tokenizer: it holds no network", "weights"),
    (("model", "pre_tokenizer"), "this is a tokenizer: it holds no network", "weights"),
    (("tokenizer_class",), "these are the settings of a tokenizer: they hold no network", "weights"),
    (("feature_extractor_type",), "these are the settings of a preprocessor: they hold no network", "weights"),
    (("image_processor_type",), "these are the settings of a preprocessor: they hold no network", "weights"),
    (("processor_class",), "these are the settings of a preprocessor: they hold no network", "weights"),
    (
        ("transformers_version", "eos_token_id"),
        "these are settings of text generation: they hold no network",
        "weights",
    ),
    (
        ("transformers_version", "bos_token_id"),
        "these are settings of text generation: they hold no network",
        "weights",
    ),
    (
        ("fileFormatVersion", "itemInfoEntries"),
        "this is the manifest of a Core ML package",
        "netledger show FOLDER.mlpackage",
    ),
    (("train_batch_size",), "these are settings of training (DeepSpeed): they hold no network", "weights"),
)
"""The keys that give a kind away, what is said, and the next command (``weights``: what lies beside it)."""

FOLDER_KINDS: tuple[tuple[str, str], ...] = (
    ("saved_model.pb", "a TensorFlow SavedModel: python -m tf2onnx.convert --saved-model {} --output model.onnx"),
)
"""A file that gives a folder away, and what to say; ``{}`` is the folder."""


def refuse_json(data: Any, path: str) -> None:
    """A ``FormatError`` that names another program's JSON and the next command; nothing where it is none of them."""
    if not isinstance(data, dict):
        return
    for keys, what, hint in JSON_KINDS:
        if all(key in data for key in keys):
            raise FormatError(what, hint=_beside(path) if hint == "weights" else hint)


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


def hint_of(folder: str, names: list[str]) -> str | None:
    """What to type for a folder that holds a model of a known layout: its parts, its weights, or how to convert it."""
    if "model_index.json" in names:
        parts = [command for name in names if (command := _shown(first_weights(os.path.join(folder, name))))]  # noqa: PTH118
        return f"a Diffusers pipeline, a model each: {'; '.join(parts[:6])}" if parts else "a pipeline without weights"
    for name, what in FOLDER_KINDS:
        if name in names:
            return what.format(printable(folder))
    return _shown(first_weights(folder, names))


def _shown(path: str | None) -> str | None:
    return None if path is None else f"netledger show {printable(path)}"


def first_weights(folder: str, names: list[str] | None = None) -> str | None:
    """A folder's weights: an index before the shards."""
    names = names_in(folder) if names is None else names
    found = [name for name in names if name.endswith(".index.json")]
    found += [name for ending in _WEIGHTS for name in names if name.endswith(ending)]
    return os.path.join(folder, found[0]) if found else None  # noqa: PTH118
