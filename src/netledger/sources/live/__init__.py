"""Objects that are models: which framework's, and who reads them. No framework is imported to tell."""

from __future__ import annotations

from netledger.errors import UsageError
from netledger.registry import load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.network import Network
    from netledger.sources import Options

FRAMEWORKS: dict[str, tuple[str, str, str]] = {
    "keras": ("keras", "Layer", "netledger.sources.keras.live:read_model"),
    "nnx": ("flax.nnx", "Module", "netledger.sources.flax.live:read_model"),
    "torch": ("torch", "Module", "netledger.sources.pytorch:read_module"),
}
"""``framework → (the package of its base class, the class's name, who reads its models)``; what comes first is asked
first, since a Keras layer on PyTorch is a ``torch.nn.Module`` too."""

_STATES = ("state_dict", "model_state_dict", "model_state", "model")


def framework_of(kind: type) -> str | None:
    """The framework that a class is a model of, by its bases.

    >>> framework_of(dict) is None
    True
    """
    for name, (package, base, _) in FRAMEWORKS.items():
        for one in kind.__mro__:
            if one.__name__ == base and f"{one.__module__}.".startswith(f"{package}."):
                return name
    return None


def is_live(what: object) -> bool:
    """Whether an object is a model, whose ``input_size`` is complete: it has its batch, as torchinfo's has."""
    return hasattr(what, "forward") or _is_exported(what) or framework_of(type(what)) is not None


def _is_exported(what: object) -> bool:
    """Whether it is what ``torch.export`` has made of a model."""
    return hasattr(what, "graph_signature") and callable(getattr(what, "module", None))


def read_live(what: object, options: Options) -> Network:
    """The network of a live model, or the stored tensors of a ``state_dict``; ``UsageError`` for anything else."""
    what = what.module() if _is_exported(what) else what  # type: ignore[attr-defined]
    framework = None if isinstance(what, type) else framework_of(type(what))
    if framework is None and hasattr(what, "named_modules") and hasattr(what, "forward"):
        framework = None if isinstance(what, type) else "torch"  # what wraps a module and answers for it
    if framework is not None:
        network: Network = load(FRAMEWORKS[framework][2])(what, options)
        return network
    if isinstance(what, dict):  # a checkpoint: its state beside an epoch, an optimizer, …
        what = next((what[name] for name in _STATES if isinstance(what.get(name), dict)), what)
    if isinstance(what, dict) and what and all(hasattr(one, "requires_grad") for one in what.values()):
        stored: Network = load("netledger.sources.pytorch:read_state")(what)
        return stored
    raise UsageError(
        f"a network is a name, a file, a description or a model of PyTorch, Keras or Flax, not {called(what)}"
    )


def called(what: Any) -> str:
    """What was given instead of a network, and what to give.

    >>> called(None)
    'None: does the function that makes it return it?'
    """
    if what is None:
        return "None: does the function that makes it return it?"
    name = getattr(what, "__name__", type(what).__name__)
    if isinstance(what, type):
        return f"the class {name}: give an instance, {name}(...)"
    if hasattr(what, "param_groups"):
        return f"an optimizer ({name}): give the model whose parameters it holds"
    if isinstance(what, list | tuple) and what and all(framework_of(type(one)) for one in what):
        return f"a {type(what).__name__} of layers: give torch.nn.Sequential(*layers), or the model that calls them"
    if type(what).__name__ == "generator":
        return "a generator: give the model, not its parameters() or children()"
    if hasattr(what, "requires_grad"):
        return f"a tensor ({name}): give the module that holds it"
    return (
        f"a {type(what).__name__}" if not callable(what) else f"a function ({name}): give the module it makes or uses"
    )
