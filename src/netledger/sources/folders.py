"""Folders that are one model: which file in them is read for it."""

from __future__ import annotations

import os

from netledger.limits import JSON_DESCRIPTION_BYTES

_PACKAGED = ("Data", "com.apple.CoreML", "model.mlmodel")
"""Where a Core ML package keeps its model: coremltools and Xcode give it this name, whatever the manifest's numbers."""

_ORBAX_ITEMS = ("", "default", "state", "params", "items")
"""Where an Orbax checkpoint keeps the metadata of its arrays: in itself, or in an item of these names."""


def configuration_in(path: str) -> str | None:
    """The configuration in a folder that holds a model."""
    inside = os.path.join(path, "config.json")  # noqa: PTH118 - pathlib is not imported here
    if not os.path.isfile(inside):  # noqa: PTH113
        return None
    with open(inside, "rb") as file:  # noqa: PTH123
        return inside if b'"model_type"' in file.read(JSON_DESCRIPTION_BYTES) else None


def training_in(path: str) -> str | None:
    """What stands for the whole in a folder that training wrote: a distributed checkpoint's list of its shards, a
    SavedModel's graph, a Core ML package's model, an Orbax checkpoint's metadata, or the model's states beside
    DeepSpeed's partitions."""
    listed = os.path.join(path, ".metadata")  # noqa: PTH118
    if os.path.isfile(listed):  # noqa: PTH113
        return listed
    saved = os.path.join(path, "saved_model.pb")  # noqa: PTH118
    if os.path.isfile(saved):  # noqa: PTH113
        return saved
    for item in _ORBAX_ITEMS:
        metadata = os.path.join(path, item, "_METADATA")  # noqa: PTH118
        if os.path.isfile(metadata):  # noqa: PTH113
            return metadata
    package = os.path.join(path, *_PACKAGED)  # noqa: PTH118
    if os.path.isfile(package) and os.path.isfile(os.path.join(path, "Manifest.json")):  # noqa: PTH113, PTH118
        return package
    from netledger.sources.tensors.torch_files.zero import model_states_in

    return model_states_in(path)
