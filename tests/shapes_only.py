"""Modules of frameworks made for their shapes: a test that only counts need not wait for initial values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from unittest import mock


@contextmanager
def shapes_only() -> Iterator[None]:
    """What is made inside lies on the meta device; PyTorch's drawing of initial values, which is slow there, does nothing."""
    import torch

    drawing = [name for name in vars(torch.nn.init) if name.endswith("_") and not name.startswith("_")]
    nothing = dict.fromkeys(drawing, lambda tensor, *args, **kwargs: tensor)
    with torch.device("meta"), mock.patch.multiple(torch.nn.init, **nothing):
        yield
