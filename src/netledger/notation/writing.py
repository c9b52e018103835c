"""Network → text: the canonical description, repeated blocks folded back into loops."""

from __future__ import annotations

from keyword import iskeyword

from netledger.errors import NotFoundError
from netledger.layers import KINDS, rule_for
from netledger.network import Layer, Network, Tensor
from netledger.notation.fields import EVIDENCE
from netledger.notation.folding import Block, Folding, default_outputs
from netledger.notation.reading import NO_INPUT
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

_WIDTH = 110
_HEADER = ("title", "source", "published", "notes", "dtype", "batched", "assumed", "outputs")
_OWN = (*_HEADER, "meta")
_RESERVED = frozenset(("network", "layer", "range", "unknown", "i"))


def _is_plain(key: str) -> bool:
    """Whether Python reads a name as it is written: it takes letters for those that they look like (``ª`` is ``a``)."""
    return key.isidentifier() and key.isascii() and not iskeyword(key)


def write_text(network: Network) -> str:
    """The canonical description of ``network``."""
    return _Writer(network).text()


class _Writer:
    """The state of one writing: identifiers given out, and which value each stands for."""

    def __init__(self, network: Network) -> None:
        self.network = network
        self.folder = Folding(network)
        self.taken: set[str] = set(_RESERVED)
        self.names: dict[str, str] = {}
        self.above: str | None = None
        self.lines: list[str] = []
        self.wanted = {_identifier(layer.path) for layer in network.layers if _identifier(layer.path) == layer.path}

    def text(self) -> str:
        self.header()
        i = 0
        while i < len(self.network.layers):
            block = self.folder.block_at(i)
            if block is None:
                self.single(self.network.layers[i])
                i += 1
            else:
                self.loop(block)
                i += block.length * block.times
        below = self.network.meta.get("comment_below", ())
        self.lines += [f"# {line}".rstrip() for line in below] if _is_below(below) else []
        return "\n".join(self.lines) + "\n"

    # -------------------------------------------------------------- header

    def header(self) -> None:
        network = self.network
        fields: list[tuple[str, Any]] = []
        for key in _HEADER:
            value = getattr(network, key)
            if value and not (key == "dtype" and value == "float32"):
                fields.append((key, dict(value) if key == "published" else value))
        comment = network.meta.get("comment")
        data = _said_as_data(network.meta)
        odd = {key: data.pop(key) for key in list(data) if not _is_plain(key) or key in _OWN}
        fields += [*data.items(), *([("meta", odd)] if odd else [])]
        if not fields and comment is None:
            return
        above, behind = _comment_lines(comment)
        self.lines += [f"# {line}".rstrip() for line in above]
        flat = f"network({', '.join(f'{key}={literal_text(value)}' for key, value in fields)})"
        if len(flat) <= _WIDTH:
            self.lines.append(flat + behind)
            return
        self.lines.append("network(")
        for key, value in fields:
            self.lines += _wrapped(key, value)
        self.lines.append(")" + behind)

    # -------------------------------------------------------------- layers

    def single(self, layer: Layer) -> None:
        targets = self.targets(layer)
        call = self.call(
            layer, self.inputs(layer), None if targets and targets[0] == layer.path else repr_text(layer.path)
        )
        self.emit(layer, targets, call, "")
        for target, value in zip(targets, layer.outputs, strict=False):
            self.names[value] = target
        self.above = layer.outputs[0] if layer.outputs else self.above

    def targets(self, layer: Layer) -> list[str]:
        stem = self.fresh(layer.path)
        return [stem] + [self.fresh(f"{stem}_{k}") for k in range(1, len(layer.outputs))]

    def fresh(self, path: str) -> str:
        """An identifier for a path: the path itself where it is one, else its last words."""
        if path not in self.taken and _identifier(path) == path:
            self.taken.add(path)
            return path
        words = [word for word in path.replace(":", ".").replace("/", ".").split(".") if word]
        while len(words) > 1 and words[-1].isdigit():
            words.pop()
        stem = _identifier(words[-1] if words else "x")
        if stem in KINDS:
            stem += "_out"
        name, number = stem, 2
        while name in self.taken or name in self.wanted:
            name, number = f"{stem}_{number}", number + 1
        self.taken.add(name)
        return name

    def inputs(self, layer: Layer) -> list[str]:
        default = (self.above,) if self.above is not None and layer.kind not in NO_INPUT else ()
        if layer.inputs == default:
            return []
        if layer.inputs and all(value in self.names for value in layer.inputs):
            return [self.names[value] for value in layer.inputs]
        return [f"inputs={literal_text(layer.inputs)}"]

    def call(self, layer: Layer, inputs: list[str], name: str | None) -> str:
        kind, arguments = self.arguments(layer)
        keyword_inputs = [text for text in inputs if "=" in text]
        plain_inputs = [text for text in inputs if "=" not in text]
        universal = keyword_inputs + ([f"name={name}"] if name is not None else [])
        universal += [f"{key}={literal_text(value)}" for key, value in self.universal(layer)]
        if kind == "layer":
            return f"layer({', '.join([repr_text(layer.kind), *plain_inputs, *arguments, *universal])})"
        return f"{kind}({', '.join([*plain_inputs, *arguments, *universal])})"

    def arguments(self, layer: Layer) -> tuple[str, list[str]]:
        """The kind and its own arguments: the first one bare, the others by name, in the rule's order."""
        try:
            parameters = list(rule_for(layer.kind).parameters) if layer.kind.isidentifier() else None
        except NotFoundError:
            parameters = None
        if parameters is None or not set(layer.attributes) <= set(parameters):
            return "layer", [f"attributes={literal_text(dict(layer.attributes))}"] if layer.attributes else []
        given = [(name, layer.attributes[name]) for name in parameters if name in layer.attributes]
        texts = []
        for i, (name, value) in enumerate(given):
            bare = i == 0 and parameters[0] == name
            if bare and layer.kind in ("input", "parameter"):
                sizes = isinstance(value, tuple) and value
                texts += [literal_text(size) for size in value] if sizes else [f"{name}={literal_text(value)}"]
            else:
                texts.append(literal_text(value) if bare else f"{name}={literal_text(value)}")
        return layer.kind, texts

    def universal(self, layer: Layer) -> Iterable[tuple[str, Any]]:
        if layer.outputs != default_outputs(layer) or not layer.outputs:
            yield "values", layer.outputs
        if layer.share is not None:
            yield "share", layer.share
        if not layer.trainable:
            yield "trainable", False
        for key in ("dtype", "type", "unknown"):
            if getattr(layer, key) is not None:
                yield key, getattr(layer, key)
        meta = _said_as_data(layer.meta)
        if meta:
            yield "meta", meta
        if layer.tensors:
            yield "tensors", tuple([_tensor_fields(tensor) for tensor in layer.tensors])
        for key in ("input_shapes", "output_shapes"):
            if getattr(layer, key) is not None:
                yield key, getattr(layer, key)

    def emit(self, layer: Layer, targets: list[str], call: str, indent: str) -> None:
        above, behind = _comment_lines(layer.meta.get("comment"))
        self.lines += [f"{indent}# {line}".rstrip() for line in above]
        head = ", ".join(targets) + " = " if targets else ""
        self.lines.append(f"{indent}{head}{call}{behind}")

    # -------------------------------------------------------------- loops

    def loop(self, block: Block) -> None:
        layers = self.network.layers[block.start : block.start + block.length]
        above_before = self.above
        targets = [self.loop_targets(layer, part) for layer, part in zip(layers, block.parts, strict=True)]
        for (made, out), value in block.carried.items():
            if self.carried_above(block, layers, above_before) and (made, out) == (block.length - 1, 0):
                if not self.read_by_name(block, made, out):
                    continue
            if self.names.get(value) != targets[made][out]:
                self.lines.append(f"{targets[made][out]} = {self.names[value]}")
        self.lines.append(f"for i in range({block.first}, {block.first + block.times}):")
        for k, layer in enumerate(layers):
            inputs = self.loop_inputs(block, k, targets, above_before)
            name = self.loop_name(block.parts[k], targets[k])
            self.emit(layer, targets[k], self.call(layer, inputs, name), "    ")
        last = self.network.layers[block.start + (block.times - 1) * block.length :][: block.length]
        for layer, names in zip(last, targets, strict=True):
            self.names.update(zip(layer.outputs, names, strict=False))
        self.above = last[-1].outputs[0] if last[-1].outputs else self.above

    def loop_targets(self, layer: Layer, part: tuple[str, int, str]) -> list[str]:
        before, _, after = part
        stem = self.fresh(after[1:] if after else before.rstrip(".") or "x")
        return [stem] + [self.fresh(f"{stem}_{k}") for k in range(1, len(layer.outputs))]

    def loop_name(self, part: tuple[str, int, str], targets: list[str]) -> str | None:
        before, offset, after = part
        if before == f"{targets[0]}." and not after and not offset:
            return None
        number = "{i}" if not offset else f"{{i {'+' if offset > 0 else '-'} {abs(offset)}}}"
        quoted = repr_text(
            before.replace("{", "{{").replace("}", "}}") + "\0" + after.replace("{", "{{").replace("}", "}}")
        )
        return "f" + quoted.replace("\\x00", number)

    def carried_above(self, block: Block, layers: tuple[Layer, ...], above: str | None) -> bool:
        """Whether the first layer of the body just reads the one above it, in every round."""
        return (
            block.origins[0] == (("carried", block.length - 1, 0),)
            and above is not None
            and layers[0].inputs == (above,)
            and layers[0].kind not in NO_INPUT
        )

    def read_by_name(self, block: Block, made: int, out: int) -> bool:
        """Whether a carried value is read anywhere but by the first layer of the body."""
        rows = block.origins[1:]
        return any(origin == ("carried", made, out) for row in rows for origin in row)

    def loop_inputs(self, block: Block, k: int, targets: list[list[str]], above: str | None) -> list[str]:
        layers = self.network.layers[block.start : block.start + block.length]
        row = block.origins[k]
        if k == 0 and self.carried_above(block, layers, above):
            return []
        if k > 0 and row == (("inside", k - 1, 0),) and layers[k].kind not in NO_INPUT:
            return []
        if not row:
            return [] if layers[k].kind in NO_INPUT else ["inputs=[]"]
        names = []
        for origin in row:
            if origin[0] == "outside":
                names.append(self.names[str(origin[1])])
            else:
                names.append(targets[int(origin[1])][int(origin[2])])  # type: ignore[misc]
        return names


# ---------------------------------------------------------------------- pieces


def literal_text(value: Any) -> str:
    """A value as it stands in a description."""
    if isinstance(value, Unknown):
        return f"unknown({repr_text(value.reason)})"
    if isinstance(value, tuple):
        return "[" + ", ".join(map(literal_text, value)) + "]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{literal_text(key)}: {literal_text(item)}" for key, item in value.items()) + "}"
    return repr_text(value) if isinstance(value, str) else repr(value)


def repr_text(text: str) -> str:
    """A string in double quotes, everything that could steer a terminal escaped."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    shown = "".join([character if character.isprintable() else _escape(character) for character in escaped])
    return f'"{shown}"'


def _escape(character: str) -> str:
    code = ord(character)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def _identifier(path: str) -> str:
    cleaned = "".join([c if c.isascii() and (c.isalnum() or c == "_") else "_" for c in path]) or "x"
    if cleaned[0].isdigit() or iskeyword(cleaned) or cleaned in _RESERVED:
        cleaned = f"x{cleaned}" if cleaned[0].isdigit() else f"{cleaned}_"
    return cleaned


def _tensor_fields(tensor: Tensor) -> tuple[Any, ...]:
    fields = list(tensor.fields())
    defaults = Tensor("", "", ()).fields()
    while len(fields) > 3 and fields[-1] == defaults[len(fields) - 1]:
        fields.pop()
    return tuple(fields)


def _is_comment(value: Any) -> bool:
    """Whether a remark can stand behind ``#``: a line of text, or (lines above…, line behind)."""
    lines = value if isinstance(value, tuple) else (value,)
    plain = all(isinstance(x, str) and x == x.strip() and x[:1] != "#" and (x.isprintable() or not x) for x in lines)
    return plain and (len(lines) > 1 if isinstance(value, tuple) else bool(value))


def _comment_lines(comment: Any) -> tuple[tuple[str, ...], str]:
    """The lines above a statement, and the text behind it."""
    if not _is_comment(comment):
        return (), ""
    if isinstance(comment, str):
        return (), f"  # {comment}"
    return tuple(comment[:-1]), f"  # {comment[-1]}" if comment[-1] else ""


def _is_below(value: Any) -> bool:
    """Whether remarks can stand as comment lines at the end."""
    return isinstance(value, tuple) and bool(value) and _is_comment((*value, ""))


def _said_as_data(meta: Mapping[str, Any]) -> dict[str, Any]:
    """What of ``meta`` is written as data: all but the remarks that stand as comments."""
    stand = {"comment": _is_comment, "comment_below": _is_below}
    return {
        key: value for key, value in meta.items() if key not in EVIDENCE and (key not in stand or not stand[key](value))
    }


def _wrapped(key: str, value: Any) -> list[str]:
    """A header field, one item a line where it is long."""
    flat = f"    {key}={literal_text(value)},"
    if len(flat) <= _WIDTH or not isinstance(value, tuple):
        return [flat]
    return [f"    {key}=[", *[f"        {literal_text(item)}," for item in value], "    ],"]
