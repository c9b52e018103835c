"""The bytes of weights that a configuration says are quantised: ``quantization_config``, one rule a method.

Each rule takes one weight matrix (or a stack of them) and gives the bytes that it and its scales take; what is no
matrix of a block - tables, norms, biases, the head - stays in the type of the rest. A method without a rule is Unknown.
Sources: the layouts as AutoGPTQ, AutoAWQ, OCP MX (gpt-oss), DeepSeek-V3's checkpoints and compressed-tensors write
them; of bitsandbytes what it keeps in memory, where a file has a description of each matrix in JSON besides.
"""

from __future__ import annotations

from netledger.unknown import Count, Unknown, counted, unknowns_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.layers import Slot
    from netledger.ledger import Entry, Ledger
    from netledger.unknown import Number

    Method = Mapping[str, Any]

_ROUTERS = (".gate.weight", ".router.weight")
"""Matrices that choose experts: no writer packs them."""
_SKIPPED = ("modules_to_not_convert", "ignored_layers", "ignore", "llm_int8_skip_modules")


def quantised_bytes(ledger: Ledger, method: Method, rest: int) -> Number:
    """The bytes of all learned values, ``rest`` bytes a value for what is not quantised.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> quantised_bytes(keep_books(load("gpt-oss-20b")), {"quant_method": "mxfp4"}, 2)
    13761264768
    """
    name = str(method.get("quant_method", "")).lower()
    rule = _RULES.get(name)
    if rule is None:
        return Count(0, frozenset((Unknown(f"no rule for quantised weights of the method '{name[:40]}'"),)))
    stacks = rule is _mxfp4
    total = 0
    for entry in ledger:
        shared = set() if entry.layer.share is None else {slot.name for slot in ledger[entry.layer.share].effect.slots}
        for slot in entry.effect.slots:
            if slot.role not in ("weight", "bias", "parameter") or slot.name in shared:
                continue
            shape = [size for size in slot.shape if isinstance(size, int)]
            quantised = slot.role == "weight" and _is_quantised(entry, slot, method, stacks)
            found = rule(shape, method, rest) if quantised else rest * _values(shape)
            if found is None:
                why = f"{name}: its keys do not say how {entry.layer.path} is packed"
                return Count(0, frozenset((Unknown(why),)))
            total += found
    return counted(total, unknowns_of(ledger.totals.parameters))


def _values(shape: list[int]) -> int:
    values = 1
    for size in shape:
        values *= size
    return values


def _is_quantised(entry: Entry, slot: Slot, method: Method, stacks: bool) -> bool:
    """Whether a weight is a matrix of a block that is not named among those left alone."""
    path = f"{entry.layer.path}.{slot.name}"
    if path.endswith(_ROUTERS) or not any(part.isdigit() for part in path.split(".")):
        return False
    for key in _SKIPPED:
        named = method.get(key)
        for skipped in named if isinstance(named, list | tuple) else ():
            if isinstance(skipped, str) and _names(skipped, path):
                return False
    if stacks:
        return entry.kind == "experts"
    return len(slot.shape) == 2 and entry.kind in ("linear", "experts")


def _names(skipped: str, path: str) -> bool:
    """Whether words that stand together in a path are those that are named (``*`` any number of a block)."""
    words, wanted = path.split("."), skipped.removeprefix("re:").split(".")
    spans = (words[at : at + len(wanted)] for at in range(len(words) - len(wanted) + 1))
    return any(all(want in ("*", word) for want, word in zip(wanted, span, strict=True)) for span in spans)


# ---------------------------------------------------------------------- methods


def _packed(shape: list[int], method: Method, index: int) -> int | None:
    """Values of ``bits`` bits, for each group of inputs a 16-bit scale and a zero point; ``index`` bytes an input."""
    bits, group = method.get("bits", method.get("w_bit")), method.get("group_size", method.get("q_group_size", 128))
    if type(bits) is not int or type(group) is not int or bits not in (2, 3, 4, 8) or group == 0:
        return None
    outputs, inputs = shape
    group = inputs if group <= 0 else group
    if outputs * bits % 32 or inputs * bits % 32:
        return None
    groups = -(-inputs // group)
    return outputs * inputs * bits // 8 + groups * outputs * bits // 8 + groups * outputs * 2 + index * inputs


def _gptq(shape: list[int], method: Method, rest: int) -> int | None:
    return _packed(shape, method, 4)


def _awq(shape: list[int], method: Method, rest: int) -> int | None:
    return _packed(shape, method, 0)


def _mxfp4(shape: list[int], method: Method, rest: int) -> int | None:
    """Four bits a value and a byte for 32 of them along the inputs (the last but one dimension of a stack)."""
    if len(shape) != 3 or shape[-2] % 32:
        return None
    values = _values(shape)
    return values // 2 + values // 32


def _fp8(shape: list[int], method: Method, rest: int) -> int | None:
    """A byte a value and a 32-bit scale for each square of ``weight_block_size``."""
    block = method.get("weight_block_size")
    if not isinstance(block, list | tuple) or len(block) != 2 or not all(type(b) is int and b > 0 for b in block):
        return None
    outputs, inputs = shape
    scales: int = -(-outputs // block[0]) * -(-inputs // block[1])
    return outputs * inputs + 4 * scales


_BLOCK, _NESTED = 64, 256
"""Values that share a maximum in bitsandbytes' four bits, and maxima that share one where they are quantised too."""


def _bitsandbytes(shape: list[int], method: Method, rest: int) -> int | None:
    """A byte a value and a 32-bit scale an output; or four bits, a maximum for 64 values, the 16 values they stand for.

    Doubly quantised, a maximum takes a byte, 256 of them a 32-bit one of their own, and there are an offset and the
    256 values that the bytes stand for.
    """
    values = _values(shape)
    if method.get("load_in_8bit") is True and method.get("load_in_4bit") is not True:
        return values + 4 * shape[0]
    if method.get("load_in_4bit") is not True or method.get("bnb_4bit_quant_type", "fp4") not in ("fp4", "nf4"):
        return None
    blocks = -(-values // _BLOCK)
    nested = method.get("bnb_4bit_use_double_quant", False) is True
    maxima = blocks + 4 * -(-blocks // _NESTED) + 4 + 4 * 256 if nested else 4 * blocks
    return -(-values // 2) + maxima + 4 * 16


def _compressed(shape: list[int], method: Method, rest: int) -> int | None:
    """By the one group of ``config_groups``: packed in 32-bit words by rows, or a byte a value; scales in the rest's
    type for each output, for each group of inputs or for the whole. A packed matrix says its shape in two 64-bit words.
    """
    groups = method.get("config_groups")
    group = next(iter(groups.values())) if isinstance(groups, dict) and len(groups) == 1 else None
    weights = group.get("weights") if isinstance(group, dict) else None
    if not isinstance(group, dict) or not isinstance(weights, dict) or list(group.get("targets") or ()) != ["Linear"]:
        return None
    bits, form, (outputs, inputs) = weights.get("num_bits"), group.get("format", method.get("format")), shape
    scales = _scales(shape, weights)
    if scales is None or weights.get("symmetric") is not True or weights.get("actorder") not in (None, "weight"):
        return None
    activations = group.get("input_activations")
    fixed = isinstance(activations, dict) and activations.get("dynamic") is not True
    if form in ("float-quantized", "int-quantized", "naive-quantized") and bits == 8:
        return outputs * inputs + rest * (scales + fixed)
    if form == "pack-quantized" and bits in (4, 8) and activations is None:
        words: int = -(-inputs * bits // 32)
        return outputs * words * 4 + rest * scales + 16
    return None


def _scales(shape: list[int], weights: Mapping[str, Any]) -> int | None:
    """How many scales a matrix has by its strategy."""
    outputs, inputs = shape
    size, block = weights.get("group_size"), weights.get("block_structure")
    if weights.get("strategy") == "group":
        return outputs * -(-inputs // size) if type(size) is int and size > 0 else None
    if weights.get("strategy") == "block":
        fits = isinstance(block, list | tuple) and len(block) == 2 and all(type(b) is int and b > 0 for b in block)
        return -(-outputs // block[0]) * -(-inputs // block[1]) if fits and block else None
    return {"channel": outputs, "tensor": 1}.get(str(weights.get("strategy")))


_RULES: dict[str, Callable[[list[int], Method, int], int | None]] = {
    "gptq": _gptq, "awq": _awq, "mxfp4": _mxfp4, "fp8": _fp8, "bitsandbytes": _bitsandbytes,
    "compressed-tensors": _compressed,
}  # fmt: skip
