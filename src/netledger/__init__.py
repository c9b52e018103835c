"""netledger keeps the books of a neural network: how many parameters each layer has and why.

>>> import netledger
>>> ledger = netledger.count("alexnet")
>>> print(f"{ledger.totals.parameters:,} = {ledger.totals.weights:,} weights + {ledger.totals.biases:,} biases")
60,965,224 = 60,954,656 weights + 10,568 biases
>>> print(ledger["conv2"].formula, "=", ledger["conv2"].formula.value)
(5*5)*48*256 + 256 = 307456

Importing netledger imports no framework and next to nothing of netledger itself: the public names are found when they
are first used.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.api import count, summary
    from netledger.audit import audit
    from netledger.budgets import check
    from netledger.compare import compare
    from netledger.errors import NetledgerError
    from netledger.formula import Formula
    from netledger.layers import rule
    from netledger.ledger import Ledger
    from netledger.network import Layer, Network, Tensor
    from netledger.sources import read
    from netledger.unknown import Count, Unknown

__version__ = "0.1.0"

_PUBLIC = {
    "Count": "netledger.unknown",
    "Formula": "netledger.formula",
    "Layer": "netledger.network",
    "Ledger": "netledger.ledger",
    "NetledgerError": "netledger.errors",
    "Network": "netledger.network",
    "Tensor": "netledger.network",
    "Unknown": "netledger.unknown",
    "audit": "netledger.audit",
    "check": "netledger.budgets",
    "compare": "netledger.compare",
    "count": "netledger.api",
    "read": "netledger.sources",
    "rule": "netledger.layers",
    "summary": "netledger.api",
}

__all__ = [
    "Count",
    "Formula",
    "Layer",
    "Ledger",
    "NetledgerError",
    "Network",
    "Tensor",
    "Unknown",
    "__version__",
    "audit",
    "check",
    "compare",
    "count",
    "read",
    "rule",
    "summary",
]


def __getattr__(name: str) -> object:
    module = _PUBLIC.get(name)
    if module is None:
        sys = __import__("sys")
        instead = "" if name.startswith("_") else _instead_of(name)
        said = f"module 'netledger' has no attribute {name!r}{instead}"
        if instead and sys._getframe(1).f_code.co_name == "_handle_fromlist":
            raise ImportError(said, name="netledger")  # of 'from netledger import …', which would not tell why
        raise AttributeError(said, name=name, obj=sys.modules[__name__])  # so that Python says what is near
    found: object = getattr(__import__(module, fromlist=[name]), name)
    globals()[name] = found
    return found


def _instead_of(name: str) -> str:
    """What to write instead of a name that another tool gives, looked up where it is asked for."""
    answer: str = __import__("netledger.integrations.other_tools", fromlist=["instead_of"]).instead_of(name)
    return answer


def load_ipython_extension(ipython: object) -> None:
    """``%load_ext netledger``: the magics ``%ledger`` and ``%%audit``."""
    __import__("netledger.integrations.magics", fromlist=["register"]).register(ipython)


class _Elsewhere:
    """Asked last for a module of netledger's that there is not: what to write instead of another tool's."""

    @staticmethod
    def find_spec(fullname: str, path: object = None, target: object = None) -> None:
        head, _, name = fullname.partition(".")
        if head == "netledger" and name:
            asks = __import__("sys")._getframe(1).f_back  # importlib.util.find_spec only looks whether it is there
            instead = _instead_of(name) if asks.f_code.co_name == "_find_and_load_unlocked" else ""
            if instead:
                raise ModuleNotFoundError(f"No module named {fullname!r}{instead}", name=fullname)


__import__("sys").meta_path.append(_Elsewhere)


class _Package(type(__import__("sys"))):  # type: ignore[misc]
    """A function and its module may share a name (``compare``): importing the module must not hide the function."""

    def __setattr__(self, name: str, value: object) -> None:
        if name in _PUBLIC and type(value).__name__ == "module":
            value = getattr(value, name, value)
        super().__setattr__(name, value)


__import__("sys").modules[__name__].__class__ = _Package


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__} - {"TYPE_CHECKING", "annotations"})
