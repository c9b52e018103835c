"""Sizes out of a transformers configuration, whichever part of it holds them and whatever they are called there."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class ModelSizes:
    """Sizes of a configuration, looked for in it and then in its parts.

    >>> from types import SimpleNamespace as Config
    >>> ModelSizes(Config(width=3, audio_config=Config(num_mel_bins=128))).first("num_mel_bins", "bins", default=80)
    128
    """

    def __init__(self, config: Any) -> None:
        self.config = config
        parts = [(name, value) for name, value in vars(config).items() if hasattr(value, "__dict__")]
        named = [value for name, value in parts if name.endswith("_config")]
        others = [value for name, value in parts if not name.endswith("_config") and hasattr(value, "model_type")]
        self.parts = [config, *named, *others]

    def text(self) -> Any:
        """The configuration of what reads tokens; the one of the decoder where several do."""
        read = getattr(self.config, "get_text_config", None)
        if not callable(read):
            return self.config
        for which in ({}, {"decoder": True}):
            try:
                return read(**which)
            except ValueError:  # several of them
                continue
        return self.config

    def holder(self, *parts: str) -> ModelSizes:
        """The first of some parts that there is, also within another part; else the whole."""
        found = next((one for within in self.parts for one in map(vars(within).get, parts) if _is_part(one)), None)
        return self if found is None else ModelSizes(found)

    def has(self, part: str) -> bool:
        """Whether there is this part, also within another."""
        return any(_is_part(vars(within).get(part)) for within in self.parts)

    def first(self, *names: str, default: Any = None) -> Any:
        """The first of some settings that is stated."""
        for part in self.parts:
            for name in names:
                value = getattr(part, name, None)
                if value is not None and value != 0:
                    return value
        return default

    def whole(self, *names: str, default: int) -> int:
        """The first of some settings that is a number."""
        value = self.first(*names)
        return value if isinstance(value, int) else default

    def pair(self, *names: str, default: int) -> tuple[int, int]:
        """Height and width, whichever way they are written."""
        value = self.first(*names, default=default)
        if isinstance(value, dict):
            value = (value["height"], value["width"]) if "height" in value else next(iter(value.values()))
        if isinstance(value, int):
            return value, value
        height, width = tuple(value)[-2:] if len(value) > 1 else (value[0], value[0])
        return int(height), int(width)


def _is_part(value: Any) -> bool:
    return hasattr(value, "__dict__")
