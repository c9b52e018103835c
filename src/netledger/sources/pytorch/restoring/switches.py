"""PyTorch's settings for the whole process, which a model may change in its forward pass: as they were after it."""

from __future__ import annotations

import torch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


def _attribute(holder: Any, name: str) -> tuple[Callable[[], Any], Callable[[Any], None]]:
    return (lambda: getattr(holder, name)), (lambda value: setattr(holder, name, value))


_SWITCHES: tuple[tuple[Callable[[], Any], Callable[[Any], Any]], ...] = (
    (torch.get_default_dtype, torch.set_default_dtype),
    (torch.get_num_threads, torch.set_num_threads),
    (torch.get_float32_matmul_precision, torch.set_float32_matmul_precision),
    (torch.get_deterministic_debug_mode, torch.set_deterministic_debug_mode),
    (
        lambda: (torch.is_anomaly_enabled(), torch.is_anomaly_check_nan_enabled()),
        lambda both: torch.autograd.set_detect_anomaly(*both),
    ),
    (torch.is_autocast_cache_enabled, torch.set_autocast_cache_enabled),
    (lambda: torch.is_autocast_enabled("cpu"), lambda on: torch.set_autocast_enabled("cpu", on)),
    (lambda: torch.is_autocast_enabled("cuda"), lambda on: torch.set_autocast_enabled("cuda", on)),
    *[
        (getattr(torch.backends.cuda, f"{name}_sdp_enabled"), getattr(torch.backends.cuda, f"enable_{name}_sdp"))
        for name in ("flash", "mem_efficient", "math", "cudnn")
        if hasattr(torch.backends.cuda, f"{name}_sdp_enabled")
    ],
    *[_attribute(torch.backends.cudnn, name) for name in ("enabled", "benchmark", "deterministic")],
    _attribute(torch.backends.mkldnn, "enabled"),
)
"""How each is read, and how it is set."""


class Switches:
    """All of them, before a pass; ``put_back`` sets those that have changed."""

    def __init__(self) -> None:
        self.before = [read() for read, _ in _SWITCHES]

    def put_back(self) -> None:
        """As they were."""
        for (read, set_to), before in zip(_SWITCHES, self.before, strict=True):
            if read() != before:
                set_to(before)
