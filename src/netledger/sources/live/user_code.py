"""Models that somebody's own code holds or makes: ``package.module:factory``, ``model.py:Net``, ``model.py:model``.

The code is run, as its user asks by naming it; nothing else in netledger runs any. Weights of PyTorch and of Flax are
not made: the one is built on the meta device, the other under ``nnx.eval_shape``.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path

from netledger.errors import MissingExtraError, ModelError, NetledgerError, NotFoundError, UsageError, nearest
from netledger.registry import load
from netledger.sources.live import FRAMEWORKS, framework_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from netledger.network import Network
    from netledger.sources import Options

_BUILDERS = {
    "keras": "netledger.sources.keras.live:build",
    "nnx": "netledger.sources.flax.live:build",
    "torch": "netledger.sources.pytorch:build",
}
"""``framework → function (name, factory) → model`` that makes a model, without its weights where it can."""


def read_attribute(module: str, attribute: str, options: Options) -> Network:
    """The network of what ``module:attribute`` is or makes: a model, its class, a factory."""
    name = f"{module}:{attribute}"
    try:
        holder = _module_of(module)
    except ModelError as error:
        missing = getattr(error.__cause__, "name", None)
        if isinstance(error.__cause__, ModuleNotFoundError) and missing == "torch":
            raise MissingExtraError("torch", "torch", name) from error
        raise
    found: Any = holder
    for part in attribute.split("."):
        if not hasattr(found, part):
            near = nearest(part, [one for one in dir(found) if not one.startswith("_")])
            raise NotFoundError(f"{module} has no '{attribute}'", near=near)
        found = getattr(found, part)
    if _framework_of(found) is None:
        if not callable(found):
            raise UsageError(f"{name} is a {type(found).__name__}, neither a model nor what makes one")
        found = _built(name, found, holder, options)
    framework = _framework_of(found)
    if framework is None:
        raise ModelError(f"{name} made a {type(found).__name__}, not a model of PyTorch, Keras or Flax")
    network: Network = load(FRAMEWORKS[framework][2])(found, options, name)
    return network


def _framework_of(found: object) -> str | None:
    return None if isinstance(found, type) else framework_of(type(found))


def _built(name: str, factory: Callable[..., Any], holder: Any, options: Options) -> Any:
    """What the factory makes, in the way of the framework whose class it is, or which its file uses."""
    args = tuple(options.settings.get("args") or ())
    kwargs = dict(options.settings.get("kwargs") or {})
    framework = framework_of(factory) if isinstance(factory, type) else _used_in(holder)
    streams: Callable[[], dict[str, Any]] = dict
    if framework == "nnx" and "rngs" not in kwargs:
        streams = load("netledger.sources.flax.live:random_streams")(factory)
    check_arguments(name, factory, args, {**kwargs, **streams()})
    return load(_BUILDERS[framework or "torch"])(name, lambda: factory(*args, **kwargs, **streams()))


def _used_in(holder: Any) -> str | None:
    """The framework that a module's globals name: Keras or Flax, if they do; else it is taken for PyTorch's."""
    for one in list(vars(holder).values()):
        place = (
            f"{getattr(one, '__name__', '')}." if isinstance(one, type(sys)) else f"{getattr(one, '__module__', '')}."
        )
        for framework in ("keras", "nnx"):
            if place.startswith(("keras.",) if framework == "keras" else ("flax.",)):
                return framework
    return None


def check_arguments(name: str, factory: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    """What the factory needs and was not given is told by name, with the option to write."""
    import inspect

    try:
        signature = inspect.signature(factory)
    except (TypeError, ValueError):
        return
    try:
        signature.bind(*args, **kwargs)
    except TypeError as error:
        kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
        needed = [
            one.name for one in signature.parameters.values() if one.default is one.empty and one.kind not in kinds
        ]
        missing = [one for one in needed[len(args) :] if one not in kwargs]
        hint = f"--kwargs {','.join([f'{one}=…' for one in missing])}" if missing else None
        raise UsageError(f"{name} takes {signature}: {error}", hint=hint) from error


def made(name: str, factory: Callable[[], Any]) -> Any:
    """What a factory makes; what it raises is one line."""
    try:
        return factory()
    except NetledgerError:
        raise
    except Exception as error:
        raise ModelError(f"building {name} raised {type(error).__name__}: {first_line(error)}") from error


def first_line(error: BaseException) -> str:
    """The first line of what an exception says, else its name."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _module_of(module: str) -> Any:
    if module.endswith(".py"):
        return _file(Path(module))
    sys.path.insert(0, "")
    try:
        return importlib.import_module(module)
    except ModuleNotFoundError as error:
        if error.name is not None and module.split(".")[0] == error.name.split(".")[0]:
            raise NotFoundError(f"no module '{module}'") from error
        raise ModelError(f"importing {module} raised ModuleNotFoundError: {first_line(error)}") from error
    except Exception as error:
        raise ModelError(f"importing {module} raised {type(error).__name__}: {first_line(error)}") from error
    finally:
        sys.path.remove("")


def _file(path: Path) -> Any:
    if not path.exists():
        raise NotFoundError(f"no file '{path}'")
    spec = importlib.util.spec_from_file_location(f"netledger_user_{path.stem}", path)
    if spec is None or spec.loader is None:
        raise UsageError(f"'{path}' is no Python file")
    loaded = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = loaded
    sys.path.insert(0, str(path.parent.resolve()))
    try:
        spec.loader.exec_module(loaded)
    except Exception as error:
        raise ModelError(f"{path} raised {type(error).__name__}: {first_line(error)}") from error
    finally:
        sys.path.remove(str(path.parent.resolve()))
    return loaded
