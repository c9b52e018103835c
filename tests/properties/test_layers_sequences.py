"""Linear, recurrent and attention layers, matrix products and tables of random sizes, against PyTorch."""

from __future__ import annotations

from typing import Any

import torch
from hypothesis import given
from hypothesis import strategies as st

from netledger.layers import apply
from tests.properties.layers_against_torch import META, measured, quick, same, same_parameters, shapes_of, tensors

small = st.integers(1, 6)
flag = st.booleans()
leading = st.lists(st.integers(1, 4), max_size=3).map(tuple)


@quick
@given(leading, small, small, flag)
def test_linear(before: tuple[int, ...], features: int, out: int, bias: bool) -> None:
    module = torch.nn.Linear(features, out, bias, device=META)
    same("linear", {"out_features": out, "bias": bias}, module, *tensors((*before, features)))


@quick
@given(leading, st.integers(1, 4), small, small, flag)
def test_linear_in_groups_is_linear_layers_side_by_side(
    before: tuple[int, ...], groups: int, features: int, out: int, bias: bool
) -> None:
    parts = [torch.nn.Linear(features, out, bias, device=META) for _ in range(groups)]

    def side_by_side(tensor: torch.Tensor) -> torch.Tensor:
        return torch.cat([part(piece) for part, piece in zip(parts, tensor.chunk(groups, -1), strict=True)], -1)

    attributes = {"out_features": groups * out, "bias": bias, "groups": groups}
    effect = apply("linear", attributes, ((*before, groups * features),))
    assert (effect.outputs, effect.macs.count) == measured(side_by_side, *tensors((*before, groups * features)))
    assert effect.parameters.count == sum(p.numel() for part in parts for p in part.parameters())


@quick
@given(leading, small, small, small, flag)
def test_bilinear(before: tuple[int, ...], first: int, second: int, out: int, bias: bool) -> None:
    module = torch.nn.Bilinear(first, second, out, bias, device=META)
    inputs = tensors((*before, first), (*before, second))
    effect = same("bilinear", {"out_features": out, "bias": bias}, module, *inputs, macs=False)

    def contracted(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
        outer = (left.unsqueeze(-1) * right.unsqueeze(-2)).flatten(-2)
        return outer @ module.weight.flatten(1).T

    assert effect.macs.count == measured(contracted, *inputs)[1]


@quick
@given(st.data(), small, small, small)
def test_matrix_product(data: Any, rows: int, inner: int, columns: int) -> None:
    batch = data.draw(leading)
    left = (*[data.draw(st.sampled_from([size, 1])) for size in batch], rows, inner)
    right = (*batch[data.draw(st.integers(0, len(batch))) :], inner, columns)
    left = data.draw(st.sampled_from([left, (inner,)]))
    right = data.draw(st.sampled_from([right, (inner,)]))
    effect = apply("matmul", {}, (left, right))
    assert effect.outputs == measured(torch.matmul, *tensors(left, right))[0]
    # torch's counter has no rule for a vector: it is made a matrix of one row or column for it.
    wide = tensors((1, *left) if len(left) == 1 else left, (*right, 1) if len(right) == 1 else right)
    assert effect.macs.count == measured(torch.matmul, *wide)[1]


@quick
@given(small, small, small, small, flag, flag)
def test_batched_matrix_product(b: int, m: int, k: int, n: int, turn_a: bool, turn_b: bool) -> None:
    left, right = (b, k, m) if turn_a else (b, m, k), (b, n, k) if turn_b else (b, k, n)

    def product(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return torch.bmm(x.mT if turn_a else x, y.mT if turn_b else y)

    effect = apply("bmm", {"transpose_a": turn_a, "transpose_b": turn_b}, (left, right))
    assert (effect.outputs, effect.macs.count) == measured(product, *tensors(left, right))


@quick
@given(st.data())
def test_einsum_of_two(data: Any) -> None:
    sizes = {index: data.draw(st.integers(2, 5)) for index in "abcde"}
    names = st.lists(st.sampled_from("abcde"), min_size=1, max_size=4, unique=True).map("".join)
    first, second = data.draw(names), data.draw(names)
    both = "".join(dict.fromkeys(first + second))
    result = "".join(data.draw(st.permutations([i for i in both if data.draw(flag)])))
    equation = data.draw(st.sampled_from([f"{first},{second}->{result}", f"{first},{second}"]))
    shapes = [tuple(sizes[index] for index in names) for names in (first, second)]
    effect = apply("einsum", {"equation": equation}, tuple(shapes))
    outputs, macs = measured(lambda *tensors: torch.einsum(equation, *tensors), *tensors(*shapes))
    assert effect.outputs == outputs
    kept = result if "->" in equation else "".join(i for i in both if (first + second).count(i) == 1)
    if set(first) & set(second) - set(kept):
        assert effect.macs.count == macs
    else:
        assert effect.macs.count == 0  # nothing is contracted, whatever kernel PyTorch uses for it


@quick
@given(leading, small, small)
def test_einsum_with_an_ellipsis(before: tuple[int, ...], rows: int, inner: int) -> None:
    shapes = ((*before, rows, inner), (*before, inner, 3))
    equation = "...ij,...jk->...ik"
    effect = apply("einsum", {"equation": equation}, shapes)
    assert (effect.outputs, effect.macs.count) == measured(
        lambda *tensors: torch.einsum(equation, *tensors), *tensors(*shapes)
    )


@quick
@given(st.data(), st.sampled_from(["lstm", "gru", "rnn"]))
def test_recurrent(data: Any, kind: str) -> None:
    hidden = data.draw(st.integers(2, 6))
    attributes: dict[str, Any] = {
        "hidden_size": hidden,
        "num_layers": data.draw(st.integers(1, 4)),
        "bias": data.draw(flag),
        "batch_first": data.draw(flag),
        "bidirectional": data.draw(flag),
    }
    if kind == "lstm":
        attributes["proj_size"] = data.draw(st.integers(0, hidden - 1))
    features, steps = data.draw(small), data.draw(small)
    size = data.draw(st.sampled_from([(steps, features), (steps, 3, features), (3, steps, features)]))
    module = getattr(torch.nn, kind.upper())(features, device=META, **attributes)
    effect = apply(kind, attributes, (size,), True)
    outputs, _ = measured(module, *tensors(size))
    assert effect.outputs == outputs
    same_parameters(effect, module)
    # torch's counter drops the batch in its rule for an unbatched LSTM: each step costs every weight matrix once.
    matrices = sum(p.numel() for name, p in module.named_parameters() if "weight" in name)
    per_example = size[1] if len(size) == 3 and attributes["batch_first"] else size[0]
    batch = 1 if len(size) == 2 else size[0] if attributes["batch_first"] else size[1]
    assert effect.macs.count == matrices * per_example * batch


@quick
@given(st.data(), st.sampled_from(["lstm", "gru", "rnn"]))
def test_recurrent_macs(data: Any, kind: str) -> None:
    attributes = {"hidden_size": data.draw(small), "num_layers": data.draw(st.integers(1, 3))}
    attributes["bidirectional"] = data.draw(flag)
    size = (data.draw(small), data.draw(small), 5)
    module = getattr(torch.nn, kind.upper())(5, device=META, **attributes)
    assert apply(kind, attributes, (size,), True).macs.count == measured(module, *tensors(size))[1]


@quick
@given(st.data(), st.sampled_from(["LSTM", "GRU", "RNN"]), flag)
def test_recurrent_cell(data: Any, kind: str, bias: bool) -> None:
    features, hidden = data.draw(small), data.draw(small)
    size = data.draw(st.sampled_from([(features,), (4, features)]))
    module = getattr(torch.nn, f"{kind}Cell")(features, hidden, bias, device=META)
    same(f"{kind.lower()}_cell", {"hidden_size": hidden, "bias": bias}, module, *tensors(size))


@quick
@given(small, small, flag)
def test_one_bias_vector_is_half_of_two(features: int, hidden: int, bidirectional: bool) -> None:
    """Keras and the papers keep one vector where PyTorch keeps two."""
    attributes = {"hidden_size": hidden, "input_size": features, "bidirectional": bidirectional}
    for kind in ("lstm", "gru", "rnn"):
        two, one = apply(kind, attributes), apply(kind, {**attributes, "bias_vectors": 1})
        assert two.biases.count == 2 * one.biases.count
        assert one.weights == two.weights


@quick
@given(st.data())
def test_multihead_attention(data: Any) -> None:
    heads = data.draw(st.integers(1, 4))
    embed = heads * data.draw(st.integers(1, 4))
    attributes = {
        "embed_dim": embed,
        "num_heads": heads,
        "bias": data.draw(flag),
        "add_bias_kv": data.draw(flag),
        "add_zero_attn": data.draw(flag),
        "kdim": data.draw(st.none() | small),
        "vdim": data.draw(st.none() | small),
        "batch_first": data.draw(flag),
    }
    length, positions, batch = data.draw(small), data.draw(small), data.draw(st.none() | small)
    module = torch.nn.MultiheadAttention(device=META, **attributes).train()

    def sized(count: int, features: int) -> tuple[int, ...]:
        if batch is None:
            return (count, features)
        return (batch, count, features) if attributes["batch_first"] else (count, batch, features)

    keys, values = attributes["kdim"] or embed, attributes["vdim"] or embed
    inputs = tensors(sized(length, embed), sized(positions, keys), sized(positions, values))
    same("multihead_attention", {**attributes, "need_weights": True}, module, *inputs)


@quick
@given(small, small, st.integers(1, 4), st.integers(1, 4))
def test_attention_on_itself(length: int, batch: int, heads: int, width: int) -> None:
    attributes = {"embed_dim": heads * width, "num_heads": heads}
    module = torch.nn.MultiheadAttention(device=META, **attributes)
    (tensor,) = tensors((length, batch, heads * width))
    effect = apply("multihead_attention", attributes, ((length, batch, heads * width),), True)
    outputs, macs = measured(lambda x: module(x, x, x), tensor)
    assert (effect.outputs[0], effect.macs.count) == (outputs[0], macs)


@quick
@given(st.data())
def test_scaled_dot_product_attention(data: Any) -> None:
    batch = data.draw(st.lists(st.integers(1, 3), max_size=2).map(tuple))
    shared, kv_heads = data.draw(st.integers(1, 3)), data.draw(st.integers(1, 3))
    grouped = data.draw(flag)
    heads = kv_heads * shared if grouped else kv_heads
    length, positions, features, wide = (data.draw(small) for _ in range(4))
    shapes = (
        (*batch, heads, length, features),
        (*batch, kv_heads, positions, features),
        (*batch, kv_heads, positions, wide),
    )
    causal = data.draw(flag)

    def attention(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
        with torch.nn.attention.sdpa_kernel(torch.nn.attention.SDPBackend.MATH):
            return torch.nn.functional.scaled_dot_product_attention(q, k, v, is_causal=causal, enable_gqa=grouped)

    attributes = {"is_causal": causal, "enable_gqa": grouped}
    effect = apply("scaled_dot_product_attention", attributes, shapes)
    assert (effect.outputs, effect.macs.count) == measured(attention, *tensors(*shapes))


@quick
@given(leading, small, small)
def test_embedding(before: tuple[int, ...], rows: int, width: int) -> None:
    module = torch.nn.Embedding(rows, width, device=META)
    attributes = {"num_embeddings": rows, "embedding_dim": width}
    same("embedding", attributes, module, *tensors(before, dtype=torch.int64))


@quick
@given(small, small, small, small, flag, flag)
def test_embedding_bag(bags: int, length: int, rows: int, width: int, offsets: bool, last: bool) -> None:
    attributes = {"num_embeddings": rows, "embedding_dim": width, "mode": "sum", "include_last_offset": last}
    module = torch.nn.EmbeddingBag(rows, width, mode="sum", include_last_offset=last, device=META)
    shapes = [(length,), (bags + last,)] if offsets else [(bags, length)]
    inputs = tensors(*shapes, dtype=torch.int64)
    effect = apply("embedding_bag", attributes, tuple(shapes))
    assert effect.outputs == shapes_of(module(*inputs))
    same_parameters(effect, module)


@quick
@given(leading, small, small, small)
def test_low_rank_adapter_is_two_linear_layers(before: tuple[int, ...], features: int, out: int, rank: int) -> None:
    down, up = (torch.nn.Linear(a, b, bias=False, device=META) for a, b in ((features, rank), (rank, out)))
    module = torch.nn.Module()
    module.add_module("lora_A", down)
    module.add_module("lora_B", up)
    effect = apply("lora", {"out_features": out, "rank": rank}, ((*before, features),))
    outputs, macs = measured(lambda x: up(down(x)), *tensors((*before, features)))
    assert (effect.outputs, effect.macs.count) == (outputs, macs)
    same_parameters(effect, module)
