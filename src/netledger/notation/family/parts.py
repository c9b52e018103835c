"""A family inside a family: ``part("vision_tower", option("vision_config"), "clip_vision_model")``.

A model of several kinds of input keeps a configuration for each of its parts; each part is a family of its own, read
with those values, its paths below the part's name. A part whose model type no family has is one layer that is Unknown.
"""

from __future__ import annotations

from netledger.errors import ArgumentError
from netledger.network import Layer
from netledger.notation.family.sizes import ROLE
from netledger.notation.literals import NameScope, fault, literal
from netledger.printable import printable
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    import _ast
    from typing import Any

    from netledger.notation.family.sizes import Sizes
    from netledger.notation.reading import Reader

_ARGUMENTS = ("prefix", "values", "default", "role", "more", "other", "gives")
_DEEP = 4
"""Parts inside parts: more are no model's."""


def add_part(reader: Reader, call: _ast.Call, targets: list[str]) -> None:
    """The layers of ``part(prefix, values, default, role="base", more={}, other={}, gives="")`` after those before.

    ``default`` is the model type where ``values`` states none, ``role`` what the part is in its family, ``more`` values
    that go before its own and ``other`` those behind, ``gives`` the name of the value that the call stands for (else
    it is the last layer's), or the names of several.
    """
    given = _arguments(reader, call)
    prefix, values = given["prefix"], given.get("values")
    if not isinstance(values, dict | None):
        raise ArgumentError("a part's configuration is an object")
    whole = {**given.get("other", {}), **(values or {}), **given.get("more", {})}
    sizes = reader.values.sizes
    assert sizes is not None
    inner = sizes.inside(_frozen({**whole, "architectures": [ROLE + given.get("role", "base")]}), prefix)
    kind = inner.given.get("model_type") or given["default"]
    if not isinstance(kind, str):
        raise ArgumentError("a part's model_type is a text")
    sizes.parts.append((printable(kind), inner))
    text = None if reader.families is None else reader.families(kind)
    if text is None:
        path = prefix or "language_model"
        why = f"no family of model type '{printable(kind)}' is known"
        reader.keep(Layer(path, "tensors", unknown=Unknown(why)), targets, call)
        return
    if reader.parts_deep >= _DEEP:
        raise fault(f"parts nested deeper than {_DEEP}", call)
    part = _read(reader, text, inner)
    if sizes.loops is not None and inner.loops is not None:
        sizes.loops.take(inner.loops, len(reader.layers))
    below = [_below(prefix, layer) for layer in part.layers]
    twice = [layer.path for layer in below if layer.path in reader.paths]
    if twice:
        raise fault(f"a layer named '{min(twice)}' stands above already", call)
    reader.paths.update([layer.path for layer in below])
    for layer in below:
        reader.keep(layer, [], call)
    reader.shapes.update({_joined(prefix, name): shape for name, shape in part.shapes.items()})
    named = given.get("gives", "")
    for target, name in zip(targets, named if isinstance(named, tuple) else (named,), strict=False):
        result = part.variables.get(name) if name else part.above
        if result is not None:
            reader.bind(target, _joined(prefix, result))


def _arguments(reader: Reader, call: _ast.Call) -> dict[str, Any]:
    given = dict(zip(_ARGUMENTS, [literal(node, reader.values) for node in call.args], strict=False))
    given.update({keyword.arg or "": literal(keyword.value, reader.values) for keyword in call.keywords})
    if not {"prefix", "values", "default"} <= set(given) <= set(_ARGUMENTS) or reader.values.sizes is None:
        raise fault("expected part(prefix, values, default model type, …) in a family", call)
    return given


def _read(reader: Reader, text: str, sizes: Sizes) -> Reader:
    from netledger.notation.syntax import syntax_tree

    part = type(reader)(reader.name, NameScope(None, sizes))
    part.library, part.families, part.parts_deep = reader.library, reader.families, reader.parts_deep + 1
    part.block(syntax_tree(text).body, {})
    part.layers = list(part.network().layers)
    return part


def _frozen(value: Any) -> Any:
    """Lists as tuples, however deep."""
    if isinstance(value, dict):
        return {key: _frozen(item) for key, item in value.items()}
    return tuple([_frozen(item) for item in value]) if isinstance(value, list | tuple) else value


def _joined(prefix: str, name: str) -> str:
    return f"{prefix}.{name}" if prefix else name


def _below(prefix: str, layer: Layer) -> Layer:
    if not prefix:
        return layer
    return layer.replace(
        path=_joined(prefix, layer.path),
        inputs=tuple([_joined(prefix, name) for name in layer.inputs]),
        outputs=tuple([_joined(prefix, name) for name in layer.outputs]),
        share=None if layer.share is None else _joined(prefix, layer.share),
    )
