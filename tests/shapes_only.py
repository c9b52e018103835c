"""Modules of frameworks made for their shapes: a test that only counts need not wait for initial values."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def shapes_only() -> Iterator[None]:
    """What is made inside lies on the meta device; drawing or setting initial values, which is slow there, does nothing.

    PyTorch's functions stay what they are: a module that is first imported inside keeps those that it finds.
    """
    import torch
    from torch.overrides import TorchFunctionMode

    setting = {getattr(torch.Tensor, name) for name in ("fill_", "zero_", "uniform_", "normal_", "erfinv_", "copy_")}
    drawing = {made for name, made in vars(torch.nn.init).items() if name.endswith("_") and not name.startswith("_")}

    class WithoutValues(TorchFunctionMode):
        def __torch_function__(self, func, types, args=(), kwargs=None):  # type: ignore[no-untyped-def]
            if func in drawing or func in setting:
                return args[0] if args else kwargs["tensor"]
            return func(*args, **(kwargs or {}))

    with torch.device("meta"), WithoutValues():
        yield
