"""Builds the whole hostile corpus: ``python -m tests.hostile.make FOLDER`` writes every file with its expected line.

Each format's cases are in a module of their own with a function ``cases()`` (or ``<format>_cases()``).
"""

from __future__ import annotations

import importlib
import sys
from pathlib import Path

from tests.hostile.case import Case

MODULES = (
    "safetensors_cases",
    "gguf_cases",
    "checkpoint_cases",
    "archive_cases",
    "numpy_cases",
    "keras_cases",
    "coreml_cases",
    "ncnn_cases",
    "mxnet_cases",
    "paddle_cases",
    "onnx_cases",
    "text_cases",
)


def cases(modules: tuple[str, ...] = MODULES) -> list[Case]:
    """Every case of the modules that are there."""
    found: list[Case] = []
    for name in modules:
        if (Path(__file__).parent / f"{name}.py").exists():
            module = importlib.import_module(f"tests.hostile.{name}")
            found += (getattr(module, "cases", None) or getattr(module, name))()
    return found


def main(folder: str) -> None:
    """Write every case into a folder of its own, with ``expected.txt`` beside it."""
    for i, case in enumerate(cases()):
        place = Path(folder) / f"{i:03d}-{case.number}-{case.name}".replace("/", "_").replace(" ", "-")
        place.mkdir(parents=True)
        case.write(place)
        (place / "expected.txt").write_text(f"{case.line or case.parameters}\n", encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
