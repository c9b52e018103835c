"""What is described, executed: built as a PyTorch module, exported, split over devices, measured.

Only what is asked for is imported: predictions (:mod:`.memory`, :mod:`.towers`) need no framework.

>>> from netledger.execute import plan_towers
>>> from netledger.catalogue import load
>>> plan_towers(load("alexnet")).elements_forward
58624
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.execute.building import NetworkModule, build
    from netledger.execute.exporting import export
    from netledger.execute.memory import predict
    from netledger.execute.splitting.towers import plan_towers

__all__ = ["NetworkModule", "build", "export", "plan_towers", "predict"]

_PLACES = {
    "NetworkModule": "building", "build": "building", "export": "exporting", "plan_towers": "splitting.towers",
    "predict": "memory",
}  # fmt: skip


def __getattr__(name: str) -> object:
    if name not in _PLACES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    if name not in ("NetworkModule", "plan_towers", "predict"):
        require("torch", "torch", f"netledger.execute.{name}")
    from importlib import import_module

    module = import_module(f"{__name__}.{_PLACES[name]}")
    value = globals()[name] = getattr(module, name)
    return value


def require(package: str, extra: str, what: str) -> None:
    """A ``MissingExtraError`` with the exact line that installs it unless a package is there."""
    from importlib.util import find_spec

    from netledger.errors import MissingExtraError

    try:
        found = find_spec(package) is not None
    except (ImportError, ValueError):
        found = False
    if not found:
        raise MissingExtraError(package, extra, what)
