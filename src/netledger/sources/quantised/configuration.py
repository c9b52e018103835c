"""What ``config.json`` says of packing: which part of it, and how many bits the weight of one module has."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

_STATED = ("quantization_config", "compression_config", "quantization")
_INSIDE = ("text_config", "llm_config", "language_config", "thinker_config", "decoder", "model_config")
_BITS = ("bits", "w_bit", "wbits", "num_bits", "nbits", "weight_bits")
_PATTERN_BYTES = 400


def quantisation_of(config: object) -> dict[str, Any]:
    """The part of a ``config.json`` that says how weights are packed, its own or that of the text model inside.

    >>> quantisation_of({"text_config": {"quantization_config": {"quant_method": "gptq", "bits": 4}}})["bits"]
    4
    """
    if not isinstance(config, dict):
        return {}
    for key in _STATED:
        stated = config.get(key)
        if isinstance(stated, dict):
            return dict(stated)
    for key in _INSIDE:
        inner = config.get(key)
        if isinstance(inner, dict):
            found = quantisation_of(inner)
            if found:
                return found
    return {}


def stated_for(config: Mapping[str, Any], module: str) -> Mapping[str, Any]:
    """The settings with what is said of one module alone: by its path, by a pattern, by the group that targets it.

    >>> config = {"bits": 4, "dynamic": {"+:.*down_proj": {"bits": 8}}}
    >>> [stated_for(config, f"layers.0.mlp.{name}")["bits"] for name in ("down_proj", "up_proj")]
    [8, 4]
    """
    extra = config.get("extra_config")
    listed = extra.get(module) if isinstance(extra, dict) else None
    patterns = [_by_pattern(each, module) for each in (config.get("dynamic"), extra, config)]
    for own in (config.get(module), listed, *patterns):
        if isinstance(own, dict):
            return {**config, **own}
    groups = config.get("config_groups")
    return {**config, **_group_of(groups, module)} if isinstance(groups, dict) else config


def bits_of(config: Mapping[str, Any], module: str = "") -> int:
    """How many bits a packed value of the module has; 0 where nothing says so."""
    stated = stated_for(config, module)
    for key in _BITS:
        bits = stated.get(key)
        if type(bits) is int and 1 <= bits <= 32:
            return bits
    return 0


def _by_pattern(patterns: object, module: str) -> object:
    """``{"+:regex": {"bits": 8}}`` (GPTQModel), ``{"regex": {"bits": 8}}`` (AutoRound): the first that fits."""
    if not isinstance(patterns, dict):
        return None
    for pattern, own in patterns.items():
        if isinstance(pattern, str) and isinstance(own, dict) and own.keys() & set(_BITS):
            if any(sign in pattern for sign in ("*", "+:", "|", "\\")) and _fits(pattern.removeprefix("+:"), module):
                return own
    return None


def _fits(pattern: str, module: str) -> bool:
    """Whether a config's regular expression fits a path; one that is none, or is long, fits nothing."""
    import re

    if len(pattern) > _PATTERN_BYTES or len(module) > _PATTERN_BYTES or _grows(pattern):
        return False
    try:
        return re.match(pattern, module) is not None
    except (re.error, RecursionError, OverflowError):
        return False


def _grows(pattern: str) -> bool:
    """Repetitions of repetitions take time that grows with the path: such a pattern is not tried."""
    return any(twice in pattern for twice in (")*", ")+", "){")) or pattern.count("*") + pattern.count("+") > 6


def _group_of(groups: dict[str, Any], module: str) -> dict[str, Any]:
    """The bits of the group that targets the module; of all groups where they agree; ``{}`` where nobody can tell."""
    held = list(_weights_of(groups))
    for targets, bits in held:
        if any(_targets(target, module) for target in targets):
            return {"bits": bits}
    wide = {bits for targets, bits in held if "Linear" in targets}
    agreed = wide if len(wide) == 1 else {bits for _, bits in held}
    return {"bits": agreed.pop()} if len(agreed) == 1 else {}


def _weights_of(groups: dict[str, Any]) -> Iterator[tuple[list[str], int]]:
    for group in groups.values():
        weights = group.get("weights") if isinstance(group, dict) else None
        bits = weights.get("num_bits") if isinstance(weights, dict) else None
        targets = group.get("targets") if isinstance(group, dict) else None
        if type(bits) is int:
            yield [target for target in targets if isinstance(target, str)] if isinstance(targets, list) else [], bits


def _targets(target: str, module: str) -> bool:
    if target.startswith("re:"):
        return _fits(target.removeprefix("re:"), module)
    return bool(module) and (target == module or module.endswith(f".{target}"))
