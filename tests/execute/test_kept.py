"""What is kept for the backward pass, predicted and seen by PyTorch's saved-tensor hooks; and networks on shapes alone."""

from __future__ import annotations

import json

import pytest

from netledger.cli import main
from netledger.errors import DataError
from netledger.execute import build
from netledger.execute.memory import macs_of_a_step, predict
from netledger.ledger import keep_books
from netledger.notation import parse
from netledger.train.measuring import measure

MAP, ROWS = "x = input(4, 6, 6)\nc = conv2d(8, 3)\n", "x = input(9, 24)\n"
QKV = ROWS + "q = linear(x, 16)\nk = linear(x, 16)\nv = linear(x, 16)\n"
LAST = "\nz = linear(3)"
NETWORKS = {
    "root mean squares": ROWS + "a = linear(10)\nr = rms_norm()" + LAST,
    "root mean squares, nothing learned": ROWS + "a = linear(10)\nr = rms_norm(elementwise_affine=False)" + LAST,
    "rows without weights": ROWS + "a = linear(10)\nr = layer_norm(elementwise_affine=False)" + LAST,
    "rows of two dimensions": MAP + "r = layer_norm((4, 4))\nf = flatten()" + LAST,
    "groups of maps": MAP + "r = group_norm(2)\nd = conv2d(3, 2)\nf = flatten()" + LAST,
    "a half that gates": ROWS + "a = linear(10)\ng = glu()" + LAST,
    "the middle of a map": MAP + "m = center_crop(2)\nd = conv2d(3, 2)\nf = flatten()" + LAST,
    "indices": "ids = input(7)\ne = embedding(ids, 11, 6)" + LAST,
    "attention": QKV + "a = attention(q, k, v, 4)" + LAST,
    "attention that sees all, heads in one value": ROWS + "q = linear(48)\na = attention(q, 4, causal=False)" + LAST,
    "attention in a window, keys shared": ROWS
    + "q = linear(x, 16)\nkv = linear(x, 16)\na = attention(q, kv, 4, 2, window=3, head_dim=4)" + LAST,
    "attention with values of another size": ROWS
    + "q = linear(x, 16)\nk = linear(x, 8)\nv = linear(x, 6)\na = attention(q, k, v, 4, 2)" + LAST,
    "a turned value": ROWS + "a = linear(6)\nt = transpose(0, 1)" + LAST,
    "a turned value, reshaped": ROWS + "a = linear(6)\nt = transpose(0, 1)\ng = gelu()\nr = reshape((54,))" + LAST,
    "parts, taken apart again": ROWS
    + "a = linear(48)\nq, k, v = split([16, 16, 16], dim=-1)\nr = reshape(q, (4, 9, 4))\ns = reshape(k, (4, 9, 4))\n"
    + "t = reshape(v, (4, 9, 4))\nd = scaled_dot_product_attention(r, s, t)\nj = reshape((9, 16))" + LAST,
    "scores written out": QKV + "m = matmul(q, k, transpose_b=True)\ns = softmax()\ny = matmul(s, v)" + LAST,
    "a learned table against every example": ROWS
    + "a = linear(6)\nt = parameter(5, 6)\nu = linear(t, 6)\ny = matmul(a, u, transpose_b=True)" + LAST,
    "learned queries": ROWS + "p = parameter(3, 16)\nkv = linear(x, 32)\na = attention(p, kv, 4, causal=False)" + LAST,
    "tiles": ROWS + "a = linear(6)\nt = tile((1, 2))\ng = gelu()" + LAST,
    "rows several times": ROWS + "a = linear(6)\nt = repeat_interleave(2, 0)\ng = gelu()" + LAST,
    "every second row": ROWS + "a = linear(6)\ns = slice(a, step=2)\ng = gelu()" + LAST,
}  # fmt: skip


@pytest.mark.parametrize("name", NETWORKS)
def test_what_is_kept(name: str) -> None:
    network = parse(NETWORKS[name], name="kept")
    seen = measure(network, batch=3)
    assert predict(network, batch=3).saved == seen.saved
    assert macs_of_a_step(keep_books(network), 3) == seen.macs
    assert measure(network, batch=3, device="meta") == seen


def test_a_step_of_405_billion_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    """Meta's own figure of Llama 3.1's largest: 405B; nothing of it is allocated. Two of its layers are a test's size."""
    arguments = ["verify", "llama-3.1-405b", "--run", "--device", "meta", "--batch", "2", "--format", "json"]
    assert main([*arguments, "--set", "num_hidden_layers=2"]) == 0
    rows = {row["what"]: row for row in json.loads(capsys.readouterr().out)["comparisons"]}
    table, layer = 128_256 * 16_384, 16_384 * 16_384 * 2 + 2 * 16_384 * 1_024 + 3 * 16_384 * 53_248 + 2 * 16_384
    assert rows["parameters"]["measured"] == 2 * table + 2 * layer + 16_384
    assert rows["bytes of saved activations"]["predicted"] == rows["bytes of saved activations"]["measured"] > 0


LEFT_OPEN = {
    "constant": "x = input(4)\nc = constant(shape=[4])\ny = add(x, c)\nz = linear(2)",
    "experts": "x = input(5, 8)\nr = linear(x, 4)\ny = experts(x, r, 4, 16, 2)\nz = linear(2)",
    "recurrent_state": "x = input(5, 8)\nd = parameter(8)\ny = recurrent_state(x, d, state=[8])\nz = linear(2)",
    "contraction": 'x = input(8)\ny = contraction(x, [[["K", 8], ["N", 3]]], output_shapes=[[3]])\nz = linear(2)',
    "attention of a latent": ROWS
    + 'q = linear(x, 24)\nkv = linear(x, 32)\ny = attention(q, kv, 4, head_dim=6, v_head_dim=4, cache="latent")\nz = linear(2)',
}  # fmt: skip


@pytest.mark.parametrize("name", LEFT_OPEN)
def test_what_a_description_leaves_open_is_measured_but_not_built(name: str) -> None:
    network = parse(LEFT_OPEN[name], name="open")
    with pytest.raises(
        DataError, match=r"is not described \(verify can measure it\)|are not described|is not described"
    ):
        build(network)
    seen, predicted = measure(network, batch=2), predict(network, batch=2)
    assert seen.gradients == predicted.gradients == seen.weights
    assert seen.saved is None


@pytest.mark.parametrize(
    ("form", "names"), [("apart", None), ("fused", "'up', 'down'"), ("fused_turned", "'up', 'down'"), ("stacked", None)]
)
def test_experts_however_they_are_stored(form: str, names: str | None) -> None:
    """Of 10 positions with 3 experts each some experts have one more; MACs by hand: 10·3·3·8·6."""
    named = "" if names is None else f", names=[{names}]"
    text = f"x = input(5, 8)\nr = linear(x, 4)\ny = experts(x, r, 4, 6, 3, form='{form}'{named})"
    network = parse(text, name="experts")
    seen = measure(network, batch=2)
    assert seen.macs == 10 * 3 * 3 * 8 * 6 + 10 * 8 * 4 == macs_of_a_step(keep_books(network), 2)
    assert seen.gradients == 4 * (4 * 3 * 8 * 6 + 8 * 4 + 4)
