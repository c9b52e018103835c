"""What language models are made of: attention over separate projections, experts, causal convolution, kept state."""

from __future__ import annotations

from netledger.errors import ShapeError
from netledger.formula import ZERO, group, product, symbol, total
from netledger.layers import Call, Effect, Slot, rule
from netledger.layers.sizes import positive, repeats
from netledger.limits import EXPERTS
from netledger.unknown import Unknown

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.formula import Formula
    from netledger.layers.sizes import integers
    from netledger.network import Dim, Shape


@rule("attention")
def attention(
    call: Call, num_heads: int, kv_heads: int | None = None, *, head_dim: int | None = None,
    v_head_dim: int | None = None, window: int | None = None, causal: bool = True, cache: str = "kv",
    latent: int | None = None, rope_dim: int | None = None, index_dim: int = 0, shares: str | None = None,
    cross: bool = False,
) -> Effect:  # fmt: skip
    """``softmax(q·kᵀ/√E)·v`` over projections ``(S, heads·E)`` or ``(S, heads, E)``: query, key, value (further inputs:
    masks, biases, sinks; of one or two inputs the last holds what is missing side by side).

    - MACs ``H·S·T·E + H·S·T·E_v``: both products in full, causal, windowed or not; sharing keys and values among heads
      (``kv_heads``) saves none
    - nothing learned; the output is ``(S, H·E_v)``
    - what a running model keeps of it is stated: ``cache`` ``"kv"`` (keys and values of ``kv_heads`` heads),
      ``"latent"`` (``latent`` values, a rotary key of ``rope_dim``, a key of ``index_dim`` that chooses positions) or
      ``"none"``; ``window`` how many positions
      back it sees; ``shares`` the path of the layer whose cache it reads; ``cross`` that its keys come from an encoder

    Source: Vaswani et al. 2017 (arXiv:1706.03762); ONNX's ``Attention`` for the shapes; DeepSeek-AI 2024
    (arXiv:2405.04434) for the latent cache.

    >>> from netledger.layers import apply
    >>> seen = apply("attention", {"num_heads": 32, "kv_heads": 8}, ((128, 4096), (128, 1024), (128, 1024)))
    >>> seen.outputs, seen.macs.text(), seen.macs.value
    (((128, 4096),), '32*(128*128*128 + 128*128*128)', 134217728)
    """
    positive("num_heads", num_heads)
    keys = num_heads if kv_heads is None else kv_heads
    positive("kv_heads", keys)
    if num_heads % keys:
        raise ShapeError(f"{num_heads:,} query heads do not divide among {keys:,} key and value heads")
    query = call.input
    key = call.inputs[1] if len(call.inputs) > 1 else query
    value = call.inputs[2] if len(call.inputs) > 2 else key
    packed = len(call.inputs) < 3
    size = head_dim if head_dim is not None else _head(query, num_heads + (2 * keys if len(call.inputs) < 2 else 0))
    wide = v_head_dim if v_head_dim is not None else size if packed else _head(value, keys)
    length, positions = _length(query), _length(key)
    if not packed:
        _fits("query", query, num_heads, size)
        _fits("key", key, keys, size)
        _fits("value", value, keys, wide)
    h, s, t = symbol("H", num_heads), symbol("S", length), symbol("T", positions)
    core = group(total([product([s, t, symbol("E", size)]), product([s, t, symbol("E_v", wide)])]))
    out = num_heads * wide if isinstance(wide, int) else wide
    return Effect((query if isinstance(query, Unknown) else (*query[:1], out),), macs=product([h, core]))


def _head(shape: Shape, heads: int) -> Dim:
    """The size of one of ``heads`` heads: the last of three dimensions, or the last of two divided."""
    if isinstance(shape, Unknown):
        return shape
    if len(shape) == 3 or not shape or isinstance(shape[-1], Unknown):
        return shape[-1] if shape else Unknown("the size of a head is not given")
    if shape[-1] % heads:
        raise ShapeError(f"{shape[-1]:,} features do not divide into {heads:,} heads")
    return shape[-1] // heads


def _length(shape: Shape) -> Dim:
    return shape if isinstance(shape, Unknown) else shape[0] if shape else 1


def _fits(what: str, shape: Shape, heads: int, size: Dim) -> None:
    if isinstance(shape, Unknown) or isinstance(size, Unknown):
        return
    features = 1
    for part in shape[1:]:
        if isinstance(part, Unknown):
            return
        features *= part
    if features != heads * size:
        raise ShapeError(f"{what} has {features:,} features, not {heads:,} heads of {size:,}")


GATED = ("gate_proj", "up_proj", "down_proj")
"""What the matrices of a gated expert are called; one that is not gated has no first one."""


@rule("experts")
def experts(
    call: Call, num_experts: int, intermediate_size: int, top_k: int | None, *, in_features: int | None = None,
    names: tuple[str, ...] = GATED, form: str = "apart", bias: bool = False,
    gated: bool = True, idle: int = 0, before: str = "",
) -> Effect:  # fmt: skip
    """``E`` feed-forward networks of width ``f``, of which each position is sent through ``k``.

    - weights ``E·3·d·f`` (``E·2·d·f`` where not ``gated``), biases ``E·(2·f + d)`` with ``bias``
    - MACs: positions × ``k·3·d·f``: only the chosen experts multiply; Unknown where ``top_k`` is None,
      and with ``idle`` more experts that hand on what they get: of the ``k`` that a position takes, any may be idle
    - ``form``: how the tensors are stored. ``apart``: ``0.gate_proj.weight``, one for each expert and matrix, with
      ``before`` in front of the number (``expert_0.wi.weight``);
      ``fused``: ``gate_up_proj`` ``(E, 2·f, d)`` and ``down_proj`` ``(E, d, f)``; ``fused_turned``: the same,
      ``(E, d, 2·f)`` and ``(E, f, d)``; ``stacked``: one tensor ``(E·f, d)`` for each matrix

    Source: Shazeer et al. 2017 (arXiv:1701.06538); Jiang et al. 2024 (arXiv:2401.04088).

    >>> from netledger.layers import apply
    >>> mixtral = apply("experts", {"num_experts": 8, "intermediate_size": 14336, "top_k": 2}, ((1, 4096),))
    >>> mixtral.parameters.text(), mixtral.macs.value, len(mixtral.slots), mixtral.slots[0].name
    ('8*3*4096*14336', 352321536, 24, '0.gate_proj.weight')
    """
    positive("num_experts", num_experts)
    positive("intermediate_size", intermediate_size)
    if num_experts > EXPERTS:
        raise ShapeError(f"{num_experts:,} experts in a layer, more than {EXPERTS:,}")
    matrices = 3 if gated else 2
    names = names[1:] if names == GATED and not gated else names
    if not names or (form == "apart" and len(names) != matrices):
        raise ShapeError(f"names: the {matrices} matrices of an expert have names, not {len(names or ())}")
    if top_k is not None and top_k > num_experts + idle:
        raise ShapeError(f"{top_k:,} experts a position of only {num_experts + idle:,}")
    if top_k == 0:
        raise ShapeError(f"no expert a position of {num_experts:,}")
    if idle > EXPERTS:
        raise ShapeError(f"{idle:,} idle experts in a layer")
    shape = call.input
    width: Dim = shape if isinstance(shape, Unknown) else shape[-1] if shape else 1
    if in_features is not None:
        width = in_features
    used = _multiplying(top_k, num_experts, idle)
    e, d, f = symbol("E", num_experts), symbol("d", width), symbol("f", intermediate_size)
    one = product([matrices, d, f])
    each = group(total([2 * f, d] if gated else [f, d]))
    biases: Formula = product([e, each]) if bias else ZERO
    return Effect(
        outputs=(shape,),
        weights=product([e, *one.args]),
        biases=biases,
        macs=product([*repeats(shape), symbol("k", used), *one.args]),
        slots=_expert_slots(num_experts, width, intermediate_size, names, form, bias, gated, before),
    )


def _multiplying(top_k: int | None, experts: int, idle: int) -> int | Unknown:
    """How many of the experts that a position takes multiply."""
    if top_k is None:
        return Unknown("how many experts a position takes is not given")
    if idle == 0:
        return top_k
    fewest, most = max(0, top_k - idle), min(top_k, experts)
    return Unknown(
        f"of {experts + idle:,} experts {idle:,} do nothing: of the {top_k:,} that a position takes "
        f"{fewest:,} to {most:,} multiply, as its text decides"
    )


def _expert_slots(
    experts: int, d: Dim, f: int, names: tuple[str, ...], form: str, bias: bool, gated: bool, before: str
) -> tuple[Slot, ...]:
    if form == "apart":
        shapes = [(f, d)] * (len(names) - 1) + [(d, f)]
        slots = [
            Slot(f"{before}{i}.{name}.{role}", role, shape if role == "weight" else shape[:1])
            for i in range(experts)
            for name, shape in zip(names, shapes, strict=True)
            for role in (("weight", "bias") if bias else ("weight",))
        ]
        return tuple(slots)
    up: tuple[Dim, ...] = (experts, 2 * f if gated else f, d)
    down: tuple[Dim, ...] = (experts, d, f)
    if form == "fused_turned":
        up, down = (up[0], up[2], up[1]), (down[0], down[2], down[1])
    first, last = names[0], names[-1]
    if form == "stacked":
        return tuple([Slot(name, "weight", (experts * f, d)) for name in names])
    suffix = first.endswith("weight")
    slots = [Slot(first, "weight", up), Slot(last, "weight", down)]
    if bias:
        turn = [(f"{first}_bias", (experts, 2 * f if gated else f)), (f"{last}_bias", (experts, d))]
        if suffix:
            turn = [(name.replace("weight_bias", "bias"), size) for name, size in turn]
        slots += [Slot(name, "bias", size) for name, size in turn]
    return tuple(slots)


@rule("causal_conv1d")
def causal_conv1d(call: Call, kernel_size: int, bias: bool = True, *, channels: int | None = None) -> Effect:
    """A depthwise convolution along the positions of ``(S, C)``, each output seeing the ``K`` latest inputs.

    - weights ``C·K``, stored as ``(C, 1, K)``; biases ``C``
    - MACs ``(S + K - 1)·C·K``: computed over the padded ends too, and cut; a running model keeps the last inputs

    Source: Gu & Dao 2023 (arXiv:2312.00752); PyTorch's ``Conv1d`` with ``groups=C``.

    >>> from netledger.layers import apply
    >>> apply("causal_conv1d", {"kernel_size": 4}, ((128, 1536),)).parameters.text()
    '1536*4 + 1536'
    """
    positive("kernel_size", kernel_size)
    shape = call.input
    width: Dim = shape if isinstance(shape, Unknown) else shape[-1] if shape else 1
    if channels is not None:
        if isinstance(width, int) and width != channels:
            raise ShapeError(f"stated channels={channels:,}, but the input has {width:,}")
        width = channels
    c, k = symbol("C", width), symbol("K", kernel_size)
    slots = (Slot("weight", "weight", (width, 1, kernel_size)), Slot("bias", "bias", (width,)))
    padded = group(symbol("S", _length(shape)) + (kernel_size - 1))
    return Effect((shape,), c * k, c if bias else ZERO, product([padded, c, k]), slots[: 1 + bias])


@rule("recurrent_state")
def recurrent_state(call: Call, out_features: int | None = None, *, state: integers = (), read: bool = False) -> Effect:
    """A recurrence over positions that keeps ``state`` values whatever the length: a scan, a linear attention.

    - nothing learned here; its updates are value by value, so no MACs; with ``read`` each position reads the whole
      state by a product: positions × the state's size
    - output: the input's shape, with ``out_features`` last where given

    Source: Gu & Dao 2023 (arXiv:2312.00752); Yang et al. 2024 (arXiv:2406.06484).

    >>> from netledger.layers import apply
    >>> apply("recurrent_state", {"state": (5120, 16)}, ((128, 5120),)).outputs
    ((128, 5120),)
    """
    positive("state", *state)
    shape = call.input
    if out_features is not None and not isinstance(shape, Unknown):
        shape = (*shape[:-1], out_features)
    sizes = [symbol(f"N_{i + 1}", size) for i, size in enumerate(state)]
    return Effect((shape,), macs=product([*repeats(call.input), *sizes]) if read else ZERO)
