"""Models by name: what torchvision, timm and transformers build.

Weights are never made: the model is built on the meta device, its initialisation included. A configuration's own code
is run only with ``trust_remote_code``.
"""

from __future__ import annotations

import importlib
import inspect
import sys
from contextlib import contextmanager
from pathlib import Path

import torch

from netledger.errors import (
    FormatError,
    MissingExtraError,
    ModelError,
    NetledgerError,
    NotFoundError,
    nearest,
)
from netledger.limits import KNOWN_WHEN_BUILT
from netledger.sources.live.user_code import first_line
from netledger.sources.pytorch.counting import network_of
from netledger.sources.pytorch.inputs import Given, Spec
from netledger.sources.pytorch.tracing.meta_tensors import Shadows
from netledger.sources.pytorch.tracing.tracer import Tracer

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from netledger.network import Network
    from netledger.sources import Options


def build_named(prefix: str, rest: str, options: Options) -> Network:
    """The network of a library's model."""
    model, defaults, published = _BUILDERS[prefix](rest, options)
    return network_of(model, options, name=f"{prefix}:{rest}", defaults=defaults).replace(published=published)


def _library(name: str) -> Any:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if error.name == name:
            raise MissingExtraError(name, "torch", f"{name}: models").at() from error
        raise ModelError(f"{name} is installed but cannot be imported: {first_line(error)}") from error
    except Exception as error:
        raise ModelError(f"{name} is installed but cannot be imported: {first_line(error)}") from error


@contextmanager
def _quietly(name: str) -> Iterator[None]:
    """Without the warnings of libraries; what the constructor raises is one line."""
    import warnings

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except NetledgerError:
        raise
    except Exception as error:
        raise ModelError(f"building {name} raised {type(error).__name__}: {first_line(error)}") from error


def build(name: str, factory: Callable[[], Any]) -> Any:
    """With values for small tensors (constructors read some); on the meta device; where neither works, in full."""
    for building in (lambda: Tracer(Shadows([], most=KNOWN_WHEN_BUILT), {}), lambda: torch.device("meta")):
        try:
            with _quietly(name), building():
                return factory()
        except ModelError as error:
            cause = error.__cause__
            if error.__cause__ is not None and not isinstance(cause, (NotImplementedError, RuntimeError)):
                raise
    with _quietly(name):
        return factory()


# ---------------------------------------------------------------------- torchvision


def _torchvision(name: str, options: Options) -> tuple[Any, list[Given], dict[str, Any]]:
    """The model as its published weights make it (frozen statistics, no auxiliary heads), without the weights."""
    _library("torchvision")
    models = importlib.import_module("torchvision.models")
    known = models.list_models()
    name, _, wanted = name.partition("@")
    if name.lower() not in known:
        raise NotFoundError(f"torchvision has no model '{name}'", near=nearest(name, known))
    settings = dict(options.settings.get("factory_kwargs") or {})
    weights = None if settings else _weights_named(name, wanted, list(models.get_model_weights(name)))
    if "weights_backbone" in inspect.signature(models.get_model_builder(name)).parameters:
        settings.setdefault("weights_backbone", None)  # its default is a download
    with _nothing_loaded():
        model = build(f"torchvision:{name}", lambda: models.get_model(name, weights=weights, **settings))
    published = {"parameters": weights.meta["num_params"]} if weights is not None else {}
    return model, [_weights_input(weights)], published


def _weights_named(name: str, wanted: str, among: list[Any]) -> Any:
    """The weights after ``@`` (``resnet50@IMAGENET1K_V2``), else the first published."""
    for weights in among:
        if wanted in ("", weights.name):
            return weights
    if wanted:
        near = nearest(wanted, [weights.name for weights in among])
        raise NotFoundError(f"torchvision's {name} has no weights '{wanted}'", near=near)
    return None


@contextmanager
def _nothing_loaded() -> Iterator[None]:
    """Published weights are neither fetched nor read."""
    api: Any = importlib.import_module("torchvision.models._api")
    fetch, load = api.WeightsEnum.get_state_dict, torch.nn.Module.load_state_dict
    nothing: dict[str, Any] = {}

    def loaded(module: Any, state: Any, *args: Any, **kwargs: Any) -> Any:
        return None if state is nothing else load(module, state, *args, **kwargs)

    api.WeightsEnum.get_state_dict = lambda *args, **kwargs: nothing
    torch.nn.Module.load_state_dict = loaded
    try:
        yield
    finally:
        api.WeightsEnum.get_state_dict, torch.nn.Module.load_state_dict = fetch, load


def _weights_input(weights: Any) -> Given:
    """What the published weights' own transforms make; 512 × 512 where they leave the size to the image."""
    settings = getattr(getattr(weights, "transforms", None), "keywords", {})
    where = type(weights).__module__
    crop, resize = settings.get("crop_size"), settings.get("resize_size")
    who = "the transforms of torchvision's weights"
    if ".detection" in where:
        return Given(([Spec("", (3, 512, 512))],), {}, (f"one image 3×512×512: {who} leave the size to it",))
    if ".optical_flow" in where:
        pair = Spec("", (1, 3, 520, 960))
        return Given((pair, pair), {}, ("two images 1×3×520×960, the size of the published figures",))
    frames = (16,) if ".video" in where else ()
    height, width = crop if isinstance(crop, (tuple, list)) and len(crop) == 2 else (_side(crop or resize),) * 2
    shape = (1, 3, *frames, height, width)
    return Given((Spec("", shape),), {}, (f"input {'×'.join(map(str, shape))}, from {who}",))


def _side(size: Any) -> int:
    return int(size[0] if isinstance(size, (tuple, list)) else size or 512)


# ---------------------------------------------------------------------- timm


def _timm(name: str, options: Options) -> tuple[Any, None, dict[str, Any]]:
    library = _library("timm")
    if not library.is_model(name):
        raise NotFoundError(f"timm has no model '{name}'", near=nearest(name, library.list_models()))
    settings = dict(options.settings.get("factory_kwargs") or {})
    return build(f"timm:{name}", lambda: library.create_model(name, pretrained=False, **settings)), None, {}


# ---------------------------------------------------------------------- transformers


def _transformers(place: str, options: Options) -> tuple[Any, None, dict[str, Any]]:
    """A local folder or ``config.json``; never the hub."""
    path = Path(place).expanduser()
    file = path / "config.json" if path.is_dir() else path
    if not file.exists():
        raise NotFoundError(f"no configuration at '{place}'", hint="give a folder with config.json, or the file itself")
    library = _transformers_itself()
    from netledger.limits import JSON_DESCRIPTION_BYTES
    from netledger.notation.strict_json import parse_json

    if file.stat().st_size > JSON_DESCRIPTION_BYTES:
        raise ModelError(f"a configuration of more than {JSON_DESCRIPTION_BYTES:,} bytes").at(file=place)
    try:
        content = parse_json(file.read_bytes())
    except FormatError as error:
        raise error.at(file=place) from None
    if not isinstance(content, dict):
        raise ModelError("a configuration is a JSON object").at(file=place)
    trusted = bool(options.settings.get("trust_remote_code"))
    if content.get("auto_map") and not trusted and content.get("model_type") not in library.CONFIG_MAPPING:
        raise ModelError("its model is code kept beside it, which is not run", hint="--trust-remote-code runs it").at(
            file=place
        )
    config = _config(library, content, file, trusted)
    model = build(f"transformers:{place}", lambda: _model_class(library, config, content, trusted)(config))
    return model, None, {}


def _transformers_itself() -> Any:
    """The library; a torchvision that is installed and cannot be imported is not there for it."""
    if "transformers" in sys.modules or "torchvision" in sys.modules:
        return _library("transformers")
    try:
        importlib.import_module("torchvision")
    except ImportError:
        pass
    except Exception:  # its binary does not load, say
        sys.modules["torchvision"] = None  # type: ignore[assignment]
    try:
        library = _library("transformers")
        library.utils.is_torchvision_available()  # asked once, remembered by the library
    finally:
        if "torchvision" in sys.modules and sys.modules["torchvision"] is None:
            del sys.modules["torchvision"]
    return library


def _config(library: Any, content: dict[str, Any], file: Path, trusted: bool) -> Any:
    try:
        if trusted:
            return library.AutoConfig.from_pretrained(str(file.parent), trust_remote_code=True, local_files_only=True)
        kind = content.get("model_type")
        if kind not in library.CONFIG_MAPPING:
            raise ModelError(f"transformers {library.__version__} has no model type '{kind}'").at(file=str(file))
        return library.CONFIG_MAPPING[kind].from_dict(content)
    except NetledgerError:
        raise
    except Exception as error:
        raise ModelError(f"the configuration is refused: {first_line(error)}").at(file=str(file)) from error


def _model_class(library: Any, config: Any, content: dict[str, Any], trusted: bool) -> Any:
    """The class that the configuration names, else the one with a language head, else the bare model."""
    for name in content.get("architectures") or []:
        found = getattr(library, str(name), None)
        if isinstance(found, type) and issubclass(found, torch.nn.Module):
            return found
    if trusted:
        return lambda given: library.AutoModel.from_config(given, trust_remote_code=True)
    for mapping in ("MODEL_FOR_CAUSAL_LM_MAPPING", "MODEL_FOR_SEQ_TO_SEQ_CAUSAL_LM_MAPPING", "MODEL_MAPPING"):
        known = getattr(library, mapping, None)
        if known is not None and type(config) in known:
            found = known[type(config)]
            return found[0] if isinstance(found, (tuple, list)) else found
    raise ModelError(f"transformers has no model for a {type(config).__name__}")


_BUILDERS: dict[str, Callable[[str, Options], tuple[Any, list[Given] | None, dict[str, Any]]]] = {
    "torchvision": _torchvision,
    "timm": _timm,
    "transformers": _transformers,
}
