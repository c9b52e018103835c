"""What each kind of layer computes, in PyTorch: a maker is a small registered function from a layer to a callable.

    @operation("relu")
    def relu(making: Making) -> Compute:
        return lambda layer, x: F.relu(x)

A maker reads the layer's arguments once, when the module is built; what it returns runs on every forward pass and gets
the :class:`Operation` (which holds the parameters, named as the rule's slots) and the input tensors. Tensors always
carry a batch dimension, also where the description's shapes do not: :meth:`Making.axis` moves ``dim=`` arguments.
"""

from __future__ import annotations

from netledger.errors import DataError
from netledger.layers import rule_for
from netledger.layers.arguments import REQUIRED
from netledger.records import Record
from netledger.registry import Table, place_of
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.ledger import Entry

    Compute = Callable[..., Any]
    Maker = Callable[["Making"], Compute]

_FAMILIES = {
    "operations.activations": "relu identity sigmoid tanh silu mish hardswish hardsigmoid relu6 selu softsign "
    "logsigmoid tanhshrink exp log sqrt rsqrt abs neg erf sin cos floor ceil round sign reciprocal square expm1 "
    "exp2 log2 log10 log1p tan asin acos atan sinh cosh asinh acosh atanh trunc logical_not bitwise_not isnan isinf "
    "leaky_relu elu celu gelu hardtanh softplus softshrink hardshrink threshold clamp prelu glu softmax log_softmax "
    "softmin maxout affine cast",
    "operations.arithmetic": "add mul sub div pow maximum minimum remainder fmod atan2 eq ne lt le gt ge logical_and "
    "logical_or floor_divide where mean sum amax amin var std logsumexp norm max min median argmax argmin parameter "
    "scale bias",
    "operations.attention": "attention scaled_dot_product_attention multihead_attention",
    "left_open": "constant experts recurrent_state contraction",
    "operations.convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d "
    "causal_conv1d separable_conv2d conv2d_local conv2d_partial trainable_subsample trainable_subsample2d unfold fold",
    "operations.dense": "linear matmul bmm rbf bilinear einsum lora",
    "operations.embedding": "embedding embedding_bag",
    "operations.normalisation": "local_response_norm response_norm_within batch_norm instance_norm layer_norm "
    "rms_norm group_norm dropout alpha_dropout dropout1d dropout2d dropout3d feature_alpha_dropout normalize",
    "operations.pooling": "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d lp_pool1d lp_pool2d "
    "lp_pool3d adaptive_avg_pool1d adaptive_avg_pool2d adaptive_avg_pool3d adaptive_max_pool1d adaptive_max_pool2d "
    "adaptive_max_pool3d global_avg_pool global_max_pool",
    "operations.recurrent": "lstm gru rnn lstm_cell gru_cell rnn_cell",
    "operations.resampling": "interpolate upsample resize gaussian_blur",
    "operations.shaping": "flatten unflatten reshape view permute transpose squeeze unsqueeze concat stack split "
    "chunk unbind slice narrow select pad pixel_shuffle depth_to_space pixel_unshuffle space_to_depth "
    "channel_shuffle expand repeat_interleave tile flip roll subsample center_crop crop",
    "splitting.operations": "split_gather_images split_gather split_receive split_send split_own split_dropout",
}
MAKERS: Table[Maker] = Table(
    "maker",
    {kind: f"netledger.execute.{family}" for family, kinds in _FAMILIES.items() for kind in kinds.split()},
    "netledger.makers",
)
"""The maker of each kind. A plugin registers its own with :func:`operation` when it is loaded."""


class Making(Record):
    """One layer about to be made: its line in the books, all its arguments (defaults filled in), whether shapes are
    batched, and options of the build: ``dropout``, ``inplace``, ``device``, whether the layer makes indices of a table
    (``looked_up``), and where it notes what it stands in for (``standing_in``; there is none but for measuring)."""

    __slots__ = ("entry", "arguments", "batched", "options")
    entry: Entry
    arguments: Mapping[str, Any]
    batched: bool
    options: Mapping[str, Any]

    def __init__(
        self, entry: Entry, arguments: Mapping[str, Any], batched: bool, options: Mapping[str, Any] | None = None
    ) -> None:
        self._fill(entry, arguments, batched, options or {})

    def __getitem__(self, name: str) -> Any:
        return self.arguments[name]

    @property
    def kind(self) -> str:
        """The layer's kind."""
        return self.entry.kind

    def stand_in(self, what: str, macs: bool = True) -> None:
        """For what a description leaves open: only measuring, which reads no values, may put something there; ``macs``
        says whether that multiplies as much as the layer itself."""
        noted = self.options.get("standing_in")
        if noted is None:
            raise DataError(f"cannot be built: {what} is not described (verify can measure it)")
        noted[self.entry.layer.path] = macs

    def axis(self, dim: int) -> int:
        """A ``dim=`` argument, which indexes the described shape, as an index of the tensor with its batch."""
        return dim if self.batched or dim < 0 else dim + 1

    def channel(self, name: str = "dim") -> int:
        """A ``dim=`` argument that means the channels where it is not given."""
        dim = self.arguments.get(name)
        return 1 if dim is None else self.axis(dim)

    def axes(self, dims: int | tuple[int, ...]) -> tuple[int, ...]:
        """Several of them."""
        return tuple([self.axis(dim) for dim in ((dims,) if isinstance(dims, int) else dims)])

    def rank(self, index: int = 0) -> int:
        """The number of dimensions of an input's tensor, batch included."""
        return len(self.shape(index)) + (not self.batched)

    def shape(self, index: int = 0) -> tuple[int, ...]:
        """An input's described shape; a ``DataError`` where it is not known."""
        shape = self.entry.inputs[index] if index < len(self.entry.inputs) else Unknown("the input is not given")
        return known(shape)

    def output(self, index: int = 0) -> tuple[int, ...]:
        """An output's described shape."""
        return known(self.entry.outputs[index])


def known(shape: Any) -> tuple[int, ...]:
    """A shape whose sizes are all numbers; a ``DataError`` with the reason where one is not."""
    unknown = shape if isinstance(shape, Unknown) else next((s for s in shape if isinstance(s, Unknown)), None)
    if unknown is not None:
        raise DataError(f"cannot be built: {unknown.reason}")
    return tuple(shape)


def operation(*kinds: str) -> Callable[[Maker], Maker]:
    """Register the maker of one or more kinds; a kind that has one is a ``UsageError`` naming the present owner."""

    def register(maker: Maker) -> Maker:
        for kind in kinds:
            MAKERS.register(kind, maker, place_of(maker))
        return maker

    return register


def maker_of(kind: str) -> Maker | None:
    """The maker of a kind; ``None`` where PyTorch has no counterpart."""
    return MAKERS.find(kind)


def made_kinds() -> list[str]:
    """Every kind that can be built."""
    return MAKERS.names()


def full_arguments(kind: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """A layer's arguments with the rule's defaults filled in; a ``DataError`` where its channels come last."""
    if given.get("channels_last"):
        raise DataError("its channels come last: such a layer is counted, and not built or exported")
    parameters = rule_for(kind).parameters
    return {
        name: given.get(name, None if parameter.default is REQUIRED else parameter.default)
        for name, parameter in parameters.items()
    }
