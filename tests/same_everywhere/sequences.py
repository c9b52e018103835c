"""Attention, recurrent layers, embeddings."""

from __future__ import annotations

from tests.same_everywhere.row import Row, node

MS = "com.microsoft"
SDPA = "lambda a, b, c: F.scaled_dot_product_attention(a, b, c{})"


def attend(name: str, q: tuple[int, ...], k: tuple[int, ...], v: tuple[int, ...], y: tuple[int, ...], macs: str,
           heads: tuple[int, int] | None = None, net: str = "", live: str = "") -> Row:  # fmt: skip
    """Heads as a dimension of their own: (batch, heads, positions, size)."""
    onnx = node("Attention", "a b c", opset=23) if len(q) == 4 else None
    return Row(
        name, (q, k, v), y, 0, macs, f"scaled_dot_product_attention(a, b, c{net})", onnx, SDPA.format(live),
        flops=not live,
    )  # fmt: skip


def recurrent(name: str, op: str, kind: str, x: tuple[int, int], hidden: int, gates: int, macs: str, live: str,
              net: str = "", both: bool = False) -> Row:  # fmt: skip
    """One layer with two bias vectors over (steps, batch 1, features)."""
    steps, features = x
    d = 2 if both else 1
    stored = {"w": (d, gates * hidden, features), "r": (d, gates * hidden, hidden), "b": (d, 2 * gates * hidden)}
    parameters = d * (gates * (features * hidden + hidden * hidden) + 2 * gates * hidden)
    more = {"direction": "bidirectional"} if both else {}
    return Row(
        name, ((steps, 1, features),), (steps, 1, d * hidden), parameters, macs,
        f"{kind}({hidden}{net})", node(op, "a w r b", stored, hidden_size=hidden, **more), live, flops=False,
        onnx_output=(steps, d, 1, hidden),
    )  # fmt: skip


ROWS: list[Row] = [
    attend("attention", (1, 4, 10, 16), (1, 4, 10, 16), (1, 4, 10, 16), (1, 4, 10, 16), "4 * 10*10 * (16 + 16)"),
    attend("attention of a batch", (3, 4, 10, 16), (3, 4, 10, 16), (3, 4, 10, 16), (3, 4, 10, 16),
           "3*4 * 10*10 * (16 + 16)"),
    attend("attention to another sequence", (1, 4, 10, 16), (1, 4, 7, 16), (1, 4, 7, 16), (1, 4, 10, 16),
           "4 * 10*7 * (16 + 16)"),
    attend("attention to wider values", (1, 4, 10, 16), (1, 4, 7, 16), (1, 4, 7, 24), (1, 4, 10, 24),
           "4 * 10*7 * (16 + 24)"),
    attend("attention of one query", (1, 8, 1, 64), (1, 8, 32, 64), (1, 8, 32, 64), (1, 8, 1, 64),
           "8 * 1*32 * (64 + 64)"),
    attend("causal attention, in full", (1, 4, 10, 16), (1, 4, 10, 16), (1, 4, 10, 16), (1, 4, 10, 16),
           "4 * 10*10 * (16 + 16)", net=", is_causal=True", live=", is_causal=True"),
    attend("attention with shared keys", (1, 8, 10, 16), (1, 2, 10, 16), (1, 2, 10, 16), (1, 8, 10, 16),
           "8 * 10*10 * (16 + 16)", net=", enable_gqa=True", live=", enable_gqa=True"),
    attend("attention of one head", (10, 16), (12, 16), (12, 16), (10, 16), "10*12 * (16 + 16)"),
    Row("attention over three dimensions", ((2, 10, 64), (2, 12, 64), (2, 12, 64)), (2, 10, 64), 0,
        "2*4 * 10*12 * (16 + 16)", None,
        node("Attention", "a b c", q_num_heads=4, kv_num_heads=4, opset=23),
        "lambda a, b, c: F.scaled_dot_product_attention(*[x.reshape(2, -1, 4, 16).transpose(1, 2) for x in (a, b, c)])"
        ".transpose(1, 2).reshape(2, 10, 64)"),
    Row("grouped attention over three dimensions", ((1, 10, 64), (1, 12, 32), (1, 12, 32)), (1, 10, 64), 0,
        "4 * 10*12 * (16 + 16)", None,
        node("Attention", "a b c", q_num_heads=4, kv_num_heads=2, opset=23), None),
    Row("grouped query attention", ((1, 5, 512), (1, 5, 128), (1, 5, 128)), (1, 5, 512), 0, "8 * 5*5 * (64 + 64)",
        None, node("GroupQueryAttention", "a b c", num_heads=8, kv_num_heads=2, domain=MS), None),
    Row("multi-head attention", ((2, 5, 64), (2, 7, 64), (2, 7, 64)), (2, 5, 64), 0, "2*4 * 5*7 * (16 + 16)",
        None, node("MultiHeadAttention", "a b c", num_heads=4, domain=MS), None),
    Row("attention with its projections", ((1, 10, 64),), (1, 10, 64), 64 * 192 + 192,
        "10*64*192 + 4 * 10*10 * (16 + 16)", None,
        node("Attention", "a w b", {"w": (64, 192), "b": (192,)}, num_heads=4, domain=MS), None),
    Row("quantised attention", ((1, 10, 64),), (1, 10, 64), 64 * 192 + 192, "10*64*192 + 4 * 10*10 * (16 + 16)", None,
        node("QAttention", "a w b s t", {"w": ("int8", 64, 192), "b": (192,), "s": "float32", "t": "float32"},
             num_heads=4, domain=MS), None, dtypes="uint8"),
    Row("attention module", ((1, 6, 32),), (1, 6, 32), 4 * 32 * 32 + 4 * 32,
        "3 * 6*32*32 + 2 * 6*6*32 + 6*32*32", "multihead_attention(32, num_heads=4, batch_first=True)", None,
        "Own(lambda m, a: m.att(a, a, a, need_weights=False)[0], att=nn.MultiheadAttention(32, 4, batch_first=True))",
        flops=False),
    recurrent("lstm", "LSTM", "lstm", (5, 16), 32, 4, "5 * 4*(16*32 + 32*32)", "nn.LSTM(16, 32)"),
    recurrent("gru", "GRU", "gru", (5, 16), 32, 3, "5 * 3*(16*32 + 32*32)", "nn.GRU(16, 32)"),
    recurrent("rnn", "RNN", "rnn", (5, 16), 32, 1, "5 * (16*32 + 32*32)", "nn.RNN(16, 32)"),
    recurrent("lstm both ways", "LSTM", "lstm", (5, 16), 32, 4, "5 * 2*4*(16*32 + 32*32)",
              "nn.LSTM(16, 32, bidirectional=True)", ", bidirectional=True", both=True),
    recurrent("gru both ways", "GRU", "gru", (7, 10), 20, 3, "7 * 2*3*(10*20 + 20*20)",
              "nn.GRU(10, 20, bidirectional=True)", ", bidirectional=True", both=True),
    Row("lstm of two layers", ((5, 1, 16),), (5, 1, 32), 4 * (16 * 32 + 32 * 32) + 4 * (2 * 32 * 32) + 2 * 256,
        "5 * 4*(16*32 + 32*32) + 5 * 4*(32*32 + 32*32)", "lstm(32, num_layers=2)", None,
        "nn.LSTM(16, 32, num_layers=2)", flops=False),
    Row("lstm with a projection", ((5, 1, 16),), (5, 1, 8), 4 * (16 * 32 + 8 * 32) + 8 * 32 + 256,
        "5 * (4*(16*32 + 8*32) + 8*32)", "lstm(32, proj_size=8)", None, "nn.LSTM(16, 32, proj_size=8)", flops=False),
    Row("lstm of a batch", ((5, 3, 16),), (5, 3, 32), 4 * (16 * 32 + 32 * 32) + 256, "3*5 * 4*(16*32 + 32*32)",
        "lstm(32)", node("LSTM", "a w r b", {"w": (1, 128, 16), "r": (1, 128, 32), "b": (1, 256)}, hidden_size=32),
        "nn.LSTM(16, 32)", flops=False, onnx_output=(5, 1, 3, 32)),
    Row("lstm without biases", ((5, 1, 16),), (5, 1, 32), 4 * (16 * 32 + 32 * 32), "5 * 4*(16*32 + 32*32)",
        "lstm(32, bias=False)", node("LSTM", "a w r", {"w": (1, 128, 16), "r": (1, 128, 32)}, hidden_size=32),
        "nn.LSTM(16, 32, bias=False)", flops=False, onnx_output=(5, 1, 1, 32)),
    Row("quantised lstm", ((5, 1, 16),), (5, 1, 32), 16 * 128 + 32 * 128 + 256, "5 * 4*(16*32 + 32*32)", None,
        node("DynamicQuantizeLSTM", "a w r b _ _ _ ws wz rs rz",
             {"w": ("int8", 1, 16, 128), "r": ("int8", 1, 32, 128), "b": (1, 256), "ws": (1,), "wz": ("int8", 1),
              "rs": (1,), "rz": ("int8", 1)}, hidden_size=32, domain=MS), None, onnx_output=(5, 1, 1, 32)),
    Row("lstm cell", ((1, 16),), (1, 32), 4 * (16 * 32 + 32 * 32) + 256, "4*(16*32 + 32*32)", "lstm_cell(32)", None,
        "Own(lambda m, a: m.cell(a)[0], cell=nn.LSTMCell(16, 32))", batched=True, flops=False),
    Row("gru cell", ((1, 16),), (1, 32), 3 * (16 * 32 + 32 * 32) + 192, "3*(16*32 + 32*32)", "gru_cell(32)", None,
        "nn.GRUCell(16, 32)", batched=True, flops=False),
    Row("rnn cell", ((1, 16),), (1, 32), 16 * 32 + 32 * 32 + 64, "16*32 + 32*32", "rnn_cell(32)", None,
        "nn.RNNCell(16, 32)", batched=True, flops=False),
    Row("embedding", ((2, 5),), (2, 5, 64), 64_000, "0", "embedding(1000, 64)",
        node("Gather", "w a", {"w": (1000, 64)}), "nn.Embedding(1000, 64)", dtypes="int64"),
    Row("quantised embedding", ((1, 4),), (1, 4, 64), 64_000, "0", None,
        node("GatherBlockQuantized", "w a s", {"w": ("uint8", 1000, 32), "s": (1000, 2)}, block_size=32,
             gather_axis=0, quantize_axis=1, bits=4, domain=MS), None, dtypes="int64"),
    Row("bag of embeddings", ((3, 5),), (3, 64), 64_000, "0", "embedding_bag(1000, 64)", None,
        "nn.EmbeddingBag(1000, 64)", dtypes="int64"),
]  # fmt: skip
