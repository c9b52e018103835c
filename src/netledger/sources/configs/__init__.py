"""Hugging Face configurations: ``config.json`` and what lies beside it → Network, without any framework.

The model type names a family of the catalogue, the values fill its sizes, ``architectures`` says which head it has.
What the family does not know is told: bookkeeping is ignored, a key that may stand for a size makes the totals Unknown.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.limits import JSON_DESCRIPTION_BYTES, NESTING
from netledger.network import Layer, Network
from netledger.printable import printable
from netledger.sources import Options, Source, with_inputs, with_specs
from netledger.sources.configs.keys import (
    DTYPES,
    UNPACKED,
    check_bookkeeping,
    drafting_layers,
    is_bookkeeping,
    is_unusual,
    might_matter,
)
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

    from netledger.notation.family.sizes import Sizes
    from netledger.sources.files import InputFile


def is_config(head: bytes) -> bool:
    """Whether the first bytes are those of a configuration: an object with a ``model_type``."""
    text = head.lstrip(b"\xef\xbb\xbf \t\r\n")
    return text[:1] == b"{" and b'"model_type"' in text and b'"schema"' not in text


def _read(file: InputFile, options: Options) -> Network:
    return network_of(config_of(file.text(JSON_DESCRIPTION_BYTES)), model_name(file.path))


def read_family(prefix: str, rest: str, options: Options) -> Network:
    """A family with its class's own defaults: ``family:gpt2``.

    >>> read_family("family", "gpt2", Options())["wte"].attributes["embedding_dim"]
    768
    """
    from netledger.catalogue.family import family_network

    network, sizes = family_network(rest, {}, f"{prefix}:{rest}")
    told = _told(network, sizes, {})
    return with_inputs(told.replace(meta={**told.meta, "open": True}), with_specs(options))


def model_name(path: str) -> str:
    """A model's name: of its folder where the file is called config.json, else of the file."""
    from netledger.sources.files import stem

    parts = path.replace("\\", "/").split("/")
    folder = parts[-2] if len(parts) > 1 else ""
    return folder if parts[-1] == "config.json" and folder not in ("", ".", "..") else stem(path)


def config_of(text: str) -> dict[str, Any]:
    """The configuration in a JSON text, strictly read."""
    from netledger.notation.strict_json import parse_json

    data = parse_json(text.encode("utf-8", "surrogatepass"))
    if not isinstance(data, dict):
        raise FormatError("a configuration is an object")
    _check_depth(data)
    return data


def _check_depth(data: Any) -> None:
    waiting = [(data, 0)]
    while waiting:
        value, depth = waiting.pop()
        if depth > NESTING:
            raise FormatError(f"nested deeper than {NESTING}")
        if isinstance(value, dict | list):
            items = value.values() if isinstance(value, dict) else value
            waiting.extend([(item, depth + 1) for item in items])


def network_of(config: dict[str, Any], name: str) -> Network:
    """The network of a configuration.

    >>> small = {"model_type": "gpt2", "architectures": ["GPT2LMHeadModel"], "n_layer": 2}
    >>> network_of(small, "two blocks")["transformer.h.1.mlp.c_fc"].attributes["out_features"]
    3072
    """
    from netledger.catalogue.family import family_network, has_family

    model_type = config.get("model_type")
    if not isinstance(model_type, str) or not model_type:
        raise FormatError("the configuration has no model_type: a family is found by it")
    check_bookkeeping(config)
    values = {key: _frozen(value) for key, value in config.items()}
    if "/" in model_type or not has_family(model_type):
        language = _language_of(config)
        if language is not None:
            return _part_of(model_type, config, language, name)
        return _without_family(model_type, config, name)
    network, sizes = family_network(model_type, values, name)
    return _told(network, sizes, values)


def _frozen(value: Any) -> Any:
    return tuple([_frozen(item) for item in value]) if isinstance(value, list) else value


_PARTS = ("text_config", "llm_config", "language_config", "thinker_config", "decoder")
"""Keys under which models of several kinds of input keep their language model's configuration."""


def _language_of(config: dict[str, Any]) -> dict[str, Any] | None:
    """The configuration of the language model inside a larger one, where a family knows it."""
    from netledger.catalogue.family import has_family

    for key in _PARTS:
        inner = config.get(key)
        kind = inner.get("model_type") if isinstance(inner, dict) else None
        if isinstance(inner, dict) and isinstance(kind, str) and "/" not in kind and has_family(kind):
            return inner
    return None


def _part_of(model_type: str, config: dict[str, Any], language: dict[str, Any], name: str) -> Network:
    """The language model of a larger one, counted; the rest is Unknown, with its name."""
    from netledger.catalogue.family import family_network

    values = {key: _frozen(value) for key, value in language.items()} | {"architectures": ("role:causal",)}
    if "tie_word_embeddings" in config:
        values.setdefault("tie_word_embeddings", config["tie_word_embeddings"])
    network, sizes = family_network(language["model_type"], values, name)
    shown = printable(model_type)
    why = f"no family of model type '{shown}' is known: what it adds to its language model is not counted"
    rest = Layer(shown, "tensors", unknown=Unknown(why))
    told = _told(network, sizes, values)
    note = (
        f"the language model of a '{shown}', tensors named as by itself; its other towers and projectors are not known"
    )
    return told.replace(layers=(*told.layers, rest), notes=(note, *told.notes))


def _without_family(model_type: str, config: dict[str, Any], name: str) -> Network:
    """Nothing is guessed of a model type that no family has: one layer that is Unknown, with its name."""
    shown = printable(model_type)
    why = f"no family of model type '{shown}' is known"
    named = config.get("architectures")
    classes = ", ".join(map(str, named)) if isinstance(named, list) else ""
    notes = (f"model type '{shown}' has no family here: with transformers installed, its own code can be counted",)
    if "auto_map" in config:
        notes = (
            f"model type '{shown}' has no family here; its configuration names code of its own (auto_map), never run",
        )
    layer = Layer(shown, "tensors", unknown=Unknown(why), type=classes or None)
    return Network(name, (layer,), title=f"{name}: {shown}", notes=notes)


def _told(network: Network, sizes: Sizes, config: dict[str, Any]) -> Network:
    """The network with what its configuration leaves to defaults, what of it was ignored, and what may matter."""
    unknown, ignored = list[Layer](), []
    for key, why in _unasked(network.meta["family"], "", sizes, config):
        if why is None:
            ignored.append(key)
        else:
            unknown.append(Layer(f"config: {key}", "tensors", unknown=Unknown(why)))
    notes = [*network.notes, *sizes.said]
    if ignored:
        notes.append("keys ignored: " + ", ".join(sorted(ignored)))
    if "auto_map" in config:
        notes.append("its configuration names code of its own (auto_map); it is never run")
    drafts = drafting_layers([config, *[part.given for _, part in _parts_of(sizes)]])
    if drafts:
        notes.append(
            f"layers for multi-token prediction ({drafts}) stand in its checkpoints, not in its class: not counted here"
        )
    packed = _quantisation(config)
    if packed:
        notes.append(f"its weights are quantised ({printable(str(packed.get('quant_method', '?')))}): {UNPACKED}")
    assumed = list(network.assumed)
    for family, part in [("", sizes), *_parts_of(sizes)]:
        shown = [f"{key} {_said(value)}" for key, value in part.defaulted.items() if _is_plain(value)]
        if shown:
            assumed.append(f"of the class's defaults{f' ({family})' if family else ''}: " + ", ".join(shown))
    dtype = config.get("dtype", config.get("torch_dtype"))
    named = dtype.removeprefix("torch.") if isinstance(dtype, str) else ""
    used = {key: value for key, value in sizes.asked.items() if key not in ("architectures", "id2label")}
    used = {key: value for key, value in used.items() if key not in sizes.defaulted}
    more = {"layers": (*network.layers, *unknown)} if unknown else {}
    return network.replace(
        **more, notes=tuple(notes), assumed=tuple(assumed),
        dtype=named if named in DTYPES else network.dtype,
        meta={**network.meta, "values": used, "architecture": _class_of(config)}
        | ({"quantisation": packed} if packed else {})
        | ({"headed": sizes.headed} if sizes.headed else {})
        | ({"drafts": drafts} if drafts else {})
        | ({"dtype": named} if named in DTYPES else {}),
    )  # fmt: skip


def _quantisation(config: dict[str, Any]) -> dict[str, Any]:
    if "quantization_config" not in config and "compression_config" not in config and "quantization" not in config:
        return {}
    for key in ("quantization_config", "compression_config", "quantization"):
        if not isinstance(config.get(key), dict | None):
            raise FormatError(f"{key} takes an object")
    from netledger.sources.quantised.configuration import quantisation_of

    return quantisation_of(config)


def _unasked(family: str, before: str, sizes: Sizes, config: Mapping[str, Any]) -> Iterator[tuple[str, str | None]]:
    """Keys that the family did not ask for: with the reason why a count is not known, or ``None`` for the rest."""
    for key, value in config.items():
        if key in sizes.asked or (is_bookkeeping(key) and not is_unusual(key, value)):
            continue
        shown = printable(before + key)
        if is_unusual(key, value):
            yield shown, f"the family '{family}' does not know {shown} {printable(str(value)[:40])}"
            continue
        yield shown, f"the family '{family}' does not know the key '{shown}'" if might_matter(key, value) else None
    for kind, part in sizes.parts:
        if part.asked:  # a part without a family is Unknown as a whole
            yield from _unasked(kind, f"{before}{kind}.", part, part.given)


def _parts_of(sizes: Sizes) -> Iterator[tuple[str, Sizes]]:
    for kind, part in sizes.parts:
        yield kind, part
        yield from _parts_of(part)


def _class_of(config: dict[str, Any]) -> str | None:
    named = config.get("architectures")
    return str(named[0]) if isinstance(named, tuple) and named else None


def _is_plain(value: Any) -> bool:
    return isinstance(value, int | str) and value != "" and value is not False


def _said(value: Any) -> str:
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)


CONFIG = Source("config", "Hugging Face configuration", ("config.json", ".json"), is_config, _read)
