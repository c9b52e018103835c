"""What each of ATen's operators multiplies and accumulates, by the shapes that ``torch.export`` recorded.

Source: the signatures in ``native_functions.yaml`` of PyTorch; batch and channels before space.
"""

from __future__ import annotations

from netledger.errors import FormatError
from netledger.layers import products
from netledger.network import elements_of
from netledger.sources.graph_shapes import ranked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from typing import Any

    from netledger.layers.products import Flat
    from netledger.network import Dim, Shape

    Rule = Callable[["AtenNode"], tuple[Flat, ...]]

HANDED_ON = frozenset(
    "t transpose permute view reshape detach detach_ alias _to_copy to clone contiguous unsqueeze squeeze expand "
    "lift_fresh_copy".split()
)
"""Operators whose output, of a stored tensor alone, is that tensor in another form."""
_CONTRACTING = (
    "mm", "conv", "matmul", "linear", "linalg", "attention", "lstm", "gru", "rnn_", "einsum", "tensordot", "cdist",
    "inner", "_transformer", "bilinear", "addmv", "addr", "kron",
)  # fmt: skip
_EXACTLY = frozenset(("mv", "dot", "vdot", "ger", "outer", "pdist"))
_RESIZING = ("upsample", "_upsample")


class AtenNode:
    """A node's arguments by name, with the shapes of the tensors among them."""

    __slots__ = ("arguments", "outputs", "shape_of")

    def __init__(
        self, arguments: Mapping[str, Any], shape_of: Callable[[str], Shape], outputs: Sequence[Shape]
    ) -> None:
        self.arguments, self.shape_of, self.outputs = arguments, shape_of, outputs

    def shape(self, name: str, least: int = 1) -> tuple[Dim, ...]:
        """The sizes of a tensor argument, of at least so many dimensions."""
        argument = self.arguments.get(name)
        inner = argument.get("as_tensor") if isinstance(argument, dict) else None
        if not isinstance(inner, dict) or not isinstance(inner.get("name"), str):
            raise FormatError(f"argument '{name}' is no tensor")
        return ranked(self.shape_of(inner["name"]), least)

    def shapes(self, name: str) -> list[tuple[Dim, ...]]:
        """The sizes of a list of tensors."""
        argument = self.arguments.get(name)
        several = argument.get("as_tensors") if isinstance(argument, dict) else None
        names = [one.get("name") for one in several if isinstance(one, dict)] if isinstance(several, list) else []
        return [ranked(self.shape_of(one), 0) for one in names if isinstance(one, str)]

    def output(self, least: int = 1) -> tuple[Dim, ...]:
        """The sizes of what it makes."""
        return ranked(self.outputs[0], least)

    def truth(self, name: str) -> bool:
        """A yes or no."""
        argument = self.arguments.get(name)
        return isinstance(argument, dict) and argument.get("as_bool") is True


def _conv(node: AtenNode) -> tuple[Flat, ...]:
    if node.truth("transposed"):
        return _transposed(node)
    filters, out = node.shape("weight", 3), node.output(2)
    kernel = filters[2:]
    row = products.filters(kernel, filters[1], 1, filters[0])
    return (products.flat(products.conv(out[: -len(kernel) - 1], out[-len(kernel) :], row)),)


def _transposed(node: AtenNode) -> tuple[Flat, ...]:
    filters, image = node.shape("weight", 3), node.shape("input", 2)
    kernel = filters[2:]
    row = products.filters(kernel, filters[0], 1, filters[1], transposed=True)
    return (products.flat(products.conv(image[: -len(kernel) - 1], image[-len(kernel) :], row, transposed=True)),)


def _linear(node: AtenNode) -> tuple[Flat, ...]:
    image, weight = node.shape("input"), node.shape("weight")
    return (products.flat(products.linear(image[:-1], image[-1], elements_of(weight[:-1]))),)


def _product(left: str, right: str) -> Rule:
    def rule(node: AtenNode) -> tuple[Flat, ...]:
        return (products.flat(products.matmul(node.shape(left), node.shape(right))[1]),)

    return rule


def _attention(node: AtenNode) -> tuple[Flat, ...]:
    query, key, value = (node.shape(name, 2) for name in ("query", "key", "value"))
    pair = products.attention(query[:-2], query[-2], key[-2], query[-1], value[-1])
    return (products.flat(pair[0]), products.flat(pair[1]))


def _einsum(node: AtenNode) -> tuple[Flat, ...]:
    said = node.arguments.get("equation")
    equation = said.get("as_string") if isinstance(said, dict) else None
    if not isinstance(equation, str) or len(equation) > 1_000:
        raise FormatError("an einsum without its equation")
    return tuple([products.flat(step.product) for step in products.einsum(equation, node.shapes("tensors"))[1]])


def _recurrent(node: AtenNode) -> tuple[Flat, ...]:
    """Every matrix once for each step of each sequence."""
    steps = products.flat(products.repeats("T", node.shape("input", 2)[:-1]))
    return tuple([(*steps, ("h·d", elements_of(shape))) for shape in node.shapes("params") if len(shape) == 2])


def _bilinear(node: AtenNode) -> tuple[Flat, ...]:
    out, weight = node.output(), node.shape("weight", 3)
    return (products.flat(products.bilinear(out[:-1], weight[1], weight[2], weight[0])),)


PRODUCTS: dict[str, Rule] = {
    **dict.fromkeys(("conv1d", "conv2d", "conv3d", "convolution", "_convolution"), _conv),
    **dict.fromkeys(("conv_transpose1d", "conv_transpose2d", "conv_transpose3d"), _transposed),
    "linear": _linear, "matmul": _product("self", "other"), "mm": _product("self", "mat2"),
    "bmm": _product("self", "mat2"), "addmm": _product("mat1", "mat2"), "baddbmm": _product("batch1", "batch2"),
    "mv": _product("self", "vec"), "dot": _product("self", "tensor"), "addmv": _product("mat", "vec"),
    "scaled_dot_product_attention": _attention, "einsum": _einsum, "bilinear": _bilinear,
    **dict.fromkeys(("lstm", "gru", "rnn_tanh", "rnn_relu"), _recurrent),
}  # fmt: skip
"""Operator without its overload → its products."""


def unfollowed(operator: str, target: str) -> str | None:
    """Why nobody can say what an operator multiplies; nothing where it multiplies nothing.

    >>> unfollowed("relu", "torch.ops.aten.relu.default") is None, unfollowed("cond", "torch.ops.higher_order.cond")
    (True, "'torch.ops.higher_order.cond' has no rule")
    """
    if target.startswith("torch.ops.aten."):
        risky = operator in _EXACTLY or any(word in operator for word in _CONTRACTING)
        return f"'{target[:80]}' has no rule" if risky and not operator.startswith(_RESIZING) else None
    plain = target.startswith(("_operator.", "math.", "torch.sym_", "operator."))
    return None if plain else f"'{target[:80]}' has no rule"
