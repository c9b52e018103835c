"""Networks for the corpus, as architecture documents: written by hand from the papers and framework documentation."""

from __future__ import annotations


def conv(name, i, o, k, bias=True, groups=1, kind="conv2d", **more):
    kernel = [k, k] if kind.endswith("2d") and isinstance(k, int) else [k] if isinstance(k, int) else list(k)
    entry = {"type": kind, "name": name, "in": i, "out": o, "kernel": kernel, "bias": bias, **more}
    return {**entry, "groups": groups} if groups > 1 else entry


def conv1d(name, i, o, k, bias=True, groups=1):
    return conv(name, i, o, k, bias, groups, "conv1d")


def linear(name, i, o, bias=True):
    return {"type": "linear", "name": name, "in": i, "out": o, "bias": bias}


def bn(name, f):
    return {"type": "batchnorm", "name": name, "features": f}


def ln(name, f):
    return {"type": "layernorm", "name": name, "features": f}


def rms(name, f):
    return {"type": "rmsnorm", "name": name, "features": f}


def emb(name, n, d):
    return {"type": "embedding", "name": name, "num": n, "dim": d}


def rnn(kind, name, i, h, vectors, both=False):
    return {"type": kind, "name": name, "input": i, "hidden": h, "bias_vectors": vectors, "bidirectional": both}


def pool(name="pool"):
    return {"type": "maxpool2d", "name": name}


def flatten(n):
    return {"type": "flatten", "name": "flatten", "features": n}


def repeat(name, times, *layers):
    return {"type": "repeat", "name": name, "times": times, "layers": list(layers)}


def tied(name, to):
    return {"type": "tied", "name": name, "to": to}


def lora(name, i, o, r):
    return {"type": "lora", "name": name, "in": i, "out": o, "rank": r}


def document(layers, *, bias=True, stats=False, network="a network", framework="generic"):
    counting = {"bias": bias, "running_stats": stats, "tied_counted_once": True}
    return {"network": network, "framework": framework, "counting": counting, "architecture": list(layers)}


LENET = [
    conv("conv1", 1, 6, 5),
    pool("p1"),
    conv("conv2", 6, 16, 5),
    pool("p2"),
    flatten(400),
    linear("fc1", 400, 120),
    linear("fc2", 120, 84),
    linear("fc3", 84, 10),
]
LENET_1998 = [
    conv("C1", 1, 6, 5),
    {"type": "trainable_subsample", "name": "S2", "channels": 6},
    {
        "type": "conv2d_partial",
        "name": "C3",
        "inputs_per_output": [3] * 6 + [4] * 9 + [6],
        "kernel": [5, 5],
        "bias": True,
    },
    {"type": "trainable_subsample", "name": "S4", "channels": 16},
    conv("C5", 16, 120, 5),
    linear("F6", 120, 84),
]
ALEXNET = [
    conv("conv1", 3, 96, 11),
    conv("conv2", 96, 256, 5),
    conv("conv3", 256, 384, 3),
    conv("conv4", 384, 384, 3),
    conv("conv5", 384, 256, 3),
    flatten(9216),
    linear("fc6", 9216, 4096),
    linear("fc7", 4096, 4096),
    linear("fc8", 4096, 1000),
]
ALEXNET_GROUPED = [
    conv("conv1", 3, 96, 11),
    conv("conv2", 96, 256, 5, groups=2),
    conv("conv3", 256, 384, 3),
    conv("conv4", 384, 384, 3, groups=2),
    conv("conv5", 384, 256, 3, groups=2),
    flatten(9216),
    linear("fc6", 9216, 4096),
    linear("fc7", 4096, 4096),
    linear("fc8", 4096, 1000),
]
MNIST_MLP = [linear("dense_1", 784, 512), linear("dense_2", 512, 256), linear("dense_3", 256, 10)]
TINY_CNN = [
    conv("conv2d", 3, 32, 3),
    pool("m1"),
    conv("conv2d_1", 32, 64, 3),
    pool("m2"),
    flatten(2304),
    linear("dense", 2304, 128),
    linear("dense_1", 128, 10),
]
BN_CNN = [
    conv("conv1", 1, 16, 3, bias=False),
    bn("bn1", 16),
    conv("conv2", 16, 32, 3, bias=False),
    bn("bn2", 32),
    flatten(1568),
    linear("fc", 1568, 10),
]
DQN = [
    conv("conv1", 4, 16, 8),
    conv("conv2", 16, 32, 4),
    flatten(2592),
    linear("fc1", 2592, 256),
    linear("fc2", 256, 6),
]
KERAS_LSTM = [emb("embedding", 5000, 64), rnn("lstm", "lstm", 64, 128, 1), linear("dense", 128, 1)]
TORCH_LSTM = [rnn("lstm", "lstm", 20, 50, 2), linear("fc", 50, 3)]
BILSTM = [rnn("lstm", "bidirectional", 100, 64, 1, both=True), linear("dense", 128, 5)]
GRU_RESET_AFTER = [rnn("gru", "gru", 10, 32, 2), linear("out", 32, 1)]
GRU_V1 = [rnn("gru", "gru", 10, 32, 1)]
SIMPLE_RNN = [rnn("rnn", "simple_rnn", 8, 16, 1), linear("dense", 16, 1)]
MOBILE_BLOCK = [
    conv("depthwise", 32, 32, 3, bias=False, groups=32),
    bn("dw_bn", 32),
    conv("pointwise", 32, 64, 1, bias=False),
    bn("pw_bn", 64),
]
WAVENET = [conv1d("conv1", 1, 16, 9), conv1d("conv2", 16, 32, 5), conv1d("conv3", 32, 32, 3), linear("fc", 320, 4)]
C3D = [conv("conv1", 3, 64, (3, 3, 3), kind="conv3d"), conv("conv2", 64, 128, (3, 3, 3), kind="conv3d")]
DCGAN = [
    conv("deconv1", 100, 512, 4, bias=False, kind="convtranspose2d"),
    bn("bn1", 512),
    conv("deconv2", 512, 256, 4, bias=False, kind="convtranspose2d"),
    bn("bn2", 256),
    conv("deconv3", 256, 3, 4, bias=False, kind="convtranspose2d"),
]


def bert(v=30522, d=768, f=3072, n=12, pooler=True):
    block = repeat(
        "encoder.layer",
        n,
        linear("query", d, d),
        linear("key", d, d),
        linear("value", d, d),
        linear("attn.output", d, d),
        ln("attn.LayerNorm", d),
        linear("intermediate", d, f),
        linear("output", f, d),
        ln("output.LayerNorm", d),
    )
    layers = [
        emb("word_embeddings", v, d),
        emb("position_embeddings", 512, d),
        emb("token_type_embeddings", 2, d),
        ln("embeddings.LayerNorm", d),
        block,
    ]
    return [*layers, linear("pooler", d, d)] if pooler else layers


def gpt2(v=50257, d=768, n=12, t=1024):
    block = repeat(
        "h",
        n,
        ln("ln_1", d),
        linear("attn.c_attn", d, 3 * d),
        linear("attn.c_proj", d, d),
        ln("ln_2", d),
        linear("mlp.c_fc", d, 4 * d),
        linear("mlp.c_proj", 4 * d, d),
    )
    return [emb("wte", v, d), emb("wpe", t, d), block, ln("ln_f", d), tied("lm_head", "wte")]


def llama(v=32000, d=4096, f=11008, n=32, kv=4096):
    block = repeat(
        "layers",
        n,
        linear("q_proj", d, d, False),
        linear("k_proj", d, kv, False),
        linear("v_proj", d, kv, False),
        linear("o_proj", d, d, False),
        linear("gate_proj", d, f, False),
        linear("up_proj", d, f, False),
        linear("down_proj", f, d, False),
        rms("input_norm", d),
        rms("post_norm", d),
    )
    return [emb("embed_tokens", v, d), block, rms("norm", d), linear("lm_head", d, v, False)]


def vit(d=768, f=3072, n=12, tokens=197, classes=1000):
    block = repeat(
        "blocks",
        n,
        ln("norm1", d),
        linear("attn.qkv", d, 3 * d),
        linear("attn.proj", d, d),
        ln("norm2", d),
        linear("mlp.fc1", d, f),
        linear("mlp.fc2", f, d),
    )
    return [
        {"type": "parameter", "name": "cls_token", "shape": [1, 1, d]},
        {"type": "parameter", "name": "pos_embed", "shape": [1, tokens, d]},
        conv("patch_embed", 3, d, 16),
        block,
        ln("norm", d),
        linear("head", d, classes),
    ]
