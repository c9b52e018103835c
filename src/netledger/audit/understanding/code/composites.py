"""Classes of PyTorch that are made of several layers: transformer layers and the stacks of them."""

from __future__ import annotations

from netledger.audit.understanding.code.layers import Unclear
from netledger.audit.understanding.code.modules import MOST_LAYERS, MOST_TIMES, Module
from netledger.audit.understanding.pieces import Piece

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Composite = Callable[[list[Any], dict[str, Any], int], Any]

WIDTH_INSIDE = 2048
"""``dim_feedforward`` where nobody gives it, as PyTorch has it."""
LAYERS_OF_TRANSFORMER = 6


def _given(order: str, arguments: list[Any], keywords: dict[str, Any]) -> dict[str, Any]:
    return {**dict(zip(order.split(), arguments, strict=False)), **keywords}


def _block(norms: int) -> Composite:
    """A layer of an encoder (two norms) or decoder (three, and attention to the encoder)."""

    def make(arguments: list[Any], keywords: dict[str, Any], line_no: int) -> Any:
        given = _given("d_model nhead dim_feedforward dropout", arguments, keywords)
        width, heads, inside = given.get("d_model"), given.get("nhead"), given.get("dim_feedforward", WIDTH_INSIDE)
        bias = given.get("bias", True)
        known = all(type(size) is int and size > 0 for size in (width, heads, inside))
        if not known or type(bias) is not bool or not isinstance(width, int):
            return Unclear("a transformer layer of sizes that are not known", layers=True)
        block = Module("class")
        for name in ("self_attn", "multihead_attn")[: norms - 1]:
            block.add(_attention(width, line_no, bias=bias), name)
        for name, reads, out in (("linear1", width, inside), ("linear2", inside, width)):
            linear = Piece("linear", line_no)
            linear.reads, linear.out, linear.bias = reads, out, None if bias else False
            block.add(linear, name)
        for i in range(norms):
            norm = Piece("layernorm", line_no)
            norm.out = width
            if not bias:
                norm.attributes["bias"] = False
            block.add(norm, f"norm{i + 1}")
        return block

    return make


def _attention(width: int, line_no: int, *, bias: bool) -> Module:
    """Attention as its two matrices: queries, keys and values in one, and the output."""
    attention = Module("class")
    for name, out in (("in_proj", 3 * width), ("out_proj", width)):
        linear = Piece("linear", line_no)
        linear.reads, linear.out, linear.bias = width, out, None if bias else False
        attention.add(linear, name)
    return attention


def _stack(arguments: list[Any], keywords: dict[str, Any], line_no: int) -> Any:
    """``TransformerEncoder(layer, 6, norm)``: the layer as often as it says."""
    given = _given("layer num_layers norm", arguments, keywords)
    layer = given.get("layer", given.get("encoder_layer", given.get("decoder_layer")))
    times, norm = given.get("num_layers"), given.get("norm")
    if not isinstance(layer, Module) or type(times) is not int or not 0 < times <= MOST_TIMES:
        return Unclear("a stack of what is not known", layers=True)
    if times * len(layer.items) > MOST_LAYERS:
        return Unclear("too many layers", layers=True)
    stack, layers = Module("class"), Module("sequential")
    for _ in range(times):
        layers.add(layer)
    stack.add(layers, "layers")
    if isinstance(norm, Piece):
        stack.add(norm, "norm")
    elif norm is not None:
        return Unclear("a norm that is not known", layers=True)
    return stack


def _transformer(arguments: list[Any], keywords: dict[str, Any], line_no: int) -> Any:
    """``nn.Transformer(512, 8, 6, 6)``: an encoder and a decoder, each with a last norm."""
    order = "d_model nhead num_encoder_layers num_decoder_layers dim_feedforward"
    given = {"d_model": 512, "nhead": 8, **_given(order, arguments, keywords)}
    sizes: dict[str, Any] = {key: given[key] for key in ("d_model", "nhead", "dim_feedforward", "bias") if key in given}
    whole = Module("class")
    for name, norms in (("encoder", 2), ("decoder", 3)):
        block = _block(norms)([], sizes, line_no)
        if not isinstance(block, Module):
            return block
        norm = Piece("layernorm", line_no)
        norm.out = given["d_model"]
        stack = _stack([block, given.get(f"num_{name}_layers", LAYERS_OF_TRANSFORMER), norm], {}, line_no)
        if not isinstance(stack, Module):
            return stack
        whole.add(stack, name)
    return whole


COMPOSITES: dict[str, Composite] = {
    "TransformerEncoderLayer": _block(2),
    "TransformerDecoderLayer": _block(3),
    "TransformerEncoder": _stack,
    "TransformerDecoder": _stack,
    "Transformer": _transformer,
}
"""Class → what makes its layers of arguments, keywords and a line."""
