"""What blind writers' texts taught: sums in part, halves of layers, other units, names in words; truths by hand."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, document, emb, flatten, linear, ln, lora, repeat, rms, rnn, tied

D = document
MLP = [linear("fc1", 20, 15), linear("fc2", 15, 15), linear("out", 15, 4)]
ENCODER = [
    emb("tok", 1000, 64),
    repeat(
        "layers", 3,
        linear("attn.q", 64, 64), linear("attn.k", 64, 64), linear("attn.v", 64, 64), linear("attn.out_proj", 64, 64),
        ln("norm1", 64), linear("ff1", 64, 256), linear("ff2", 256, 64), ln("norm2", 64),
    ),
    linear("cls", 64, 5),
]  # fmt: skip
"""One block has 4*4,160 + 2*128 + 16,640 + 16,448 = 49,984."""
GROUPED = [
    emb("embed_tokens", 500, 128),
    repeat(
        "layers", 5,
        linear("q_proj", 128, 192, False), linear("k_proj", 128, 48, False), linear("v_proj", 128, 48, False),
        linear("o_proj", 192, 128, False), rms("norm", 128),
    ),
    tied("lm_head", "embed_tokens"),
]  # fmt: skip
EXPERTS = [
    repeat(
        "couches", 2,
        linear("q_proj", 32, 32, False), linear("k_proj", 32, 32, False), linear("v_proj", 32, 32, False),
        linear("o_proj", 32, 32, False), linear("router", 32, 4, False),
        repeat("experts", 4, linear("w1", 32, 48, False), linear("w2", 48, 32, False)),
    ),
]  # fmt: skip
ELMAN = [rnn("rnn", "rnn", 22, 40, 1), linear("out", 40, 7)]
GATE = [conv("W_g", 32, 16, 1), bn("bn_g", 16), conv("psi", 16, 1, 1)]
BLOCK = [conv("expand", 8, 48, 1, False), bn("bn1", 48), conv("depthwise", 48, 48, 3, False, 48), bn("bn2", 48)]
ACTOR = [linear("trunk.0", 8, 64), linear("trunk.2", 64, 64), linear("actor", 64, 4), linear("critic", 64, 1)]

case("total less a table", D(ENCODER), "all: 214,277 - 1000*64 = 150,277")
case(
    "a remark behind the row",
    D(MLP),
    "fc1    20*15 + 15     315   (20 = 4·5)\nfc2    15*15 + 15     240\nout    15*4 + 4    64",
)
case("percent beside", D(MLP), "fc1: 315 (about 50.9 %)\nfc2: 240\nout: 64\ntotal 619")
case("counts of norms in a sum", D(ENCODER), "block = 16,640 + 33,088 + 2 LayerNorm (2*128) = 49,984")
case("of these about those", D([emb("e", 4096, 256)]), "1,048,576 * 4 B = 4.2 MB, so of 2 x 8 MB about 11.8 MB is left")
case("dilations listed", D([conv("in", 1, 64, 1)]), "Layers of dilation 1, 2, 4, 8: in has 1*64 + 64 = 128")
case(
    "maps in brackets",
    D(ACTOR),
    "the actor head (64 -> 4) and the critic head (64 -> 1)\nactor 64*4+4 = 260\ncritic 64+1 = 65",
)
case("MACs by their title", D(MLP), "MACs for one example\nfc1  20*15 = 300\nfc2  15*15 = 225\nout  15*4 = 60")
case(
    "each and times",
    D(ENCODER),
    "tensor\tshape\teach\ttimes\tparams\nattn.q\t64*64 + 64\t4160\t3\t12480\nff1\t64*256 + 256\t16640\t3\t49920\nff2\t256*64 + 64\t16448\t3\t49344",
)
case("a norm in the row of its convolution", D(BLOCK), "expand 480\ndepthwise 528")
case("a unit of nobody's", D(MLP), "fc1: 315\nTotal: 315 + 240 + 64 = 619\n1.100.048.384 ≈ 1,1 miliar")
case("rounded down", D([conv("c", 64, 128, 3)]), "⌊(56 + 2·1 − 3)/2⌋ + 1 = 28\nc: 3·3·64·128 + 128 = 73,856")
case(
    "fused in a cache",
    D([repeat("h", 6, linear("qkv_proj", 64, 192), linear("o_proj", 64, 64))]),
    "KV cache: 2 * 6 * 64 * 2 = 1,536 bytes a token",
)
case(
    "latent cache",
    D([repeat("h", 6, linear("kv_a_proj_with_mqa", 64, 24, False))]),
    "cache: 6 layers * 24 * 2 bytes = 288 B per token",
)
case(
    "both towers and a scale",
    D([linear("a.f", 9, 9), linear("b.f", 9, 8), {"type": "parameter", "name": "scale", "shape": [1]}]),
    "a 90\nsum 90\n\nb 80\nsum 80\n\nscale 1\nall together 171",
)

case("percent of the wrong digits", D(MLP), "share of fc1 = 315 / 619 = 59.0 %", {1: [("arithmetic", 50.9)]})
case(
    "gibibytes for gigabytes",
    D(MLP),
    "cache: 819200 * 4096 = 3,355,443,200 bytes\nor 3.36 GiB",
    {2: [("arithmetic", None)]},
)
case(
    "attention without its output",
    D(ENCODER),
    "attention 3*(64*64 + 64) = 12,480\nfeed-forward 64*256 + 256 + 256*64 + 64 = 33,088\ntwo norms 2*2*64 = 256\none layer 12,480 + 33,088 + 256 = 45,824\nthree layers 137,472",
    {1: [("missing_output_projection", 16640)], 4: [("propagated", 49984)], 5: [("propagated", 149952)]},
)
case(
    "attention for each expert",
    D(EXPERTS),
    "attention 4*32*32 = 4,096\nun expert 2*32*48 = 3,072\nrouteur 32*4 = 128\nune couche 4*(4,096 + 3,072) + 128 = 28,800",
    {4: [("shared_parameters_multiplied", 16512)]},
)
case(
    "heads wider than their share",
    D(GROUPED),
    "q_proj 128*128 = 16,384\no_proj 128*128 = 16,384",
    {1: [("wrong_head_dim", 24576)], 2: [("wrong_head_dim", 24576)]},
)
case("K and V of all heads", D(GROUPED), "K and V: 2*128*192 = 49,152", {1: [("kv_heads_ignored", 12288)]})
case(
    "a step for each unit",
    D(ELMAN),
    "W_xh: 22·40 = 880\nW_hh: 40·22 = 880\nb_h: 40\nW_hy: 40·7 = 280\nb_y: 7\ntotal: 880 + 880 + 40 + 280 + 7 = 2,087",
    {2: [("recurrent_not_square", 1600)], 6: [("propagated", 2807)]},
)
case(
    "steps as a factor",
    D([rnn("rnn", "rnn", 8, 24, 1), linear("dense", 24, 1)]),
    "One time step: 24*(8 + 24 + 1) = 792\nOver 50 steps it holds 50*792 = 39,600 parameters\nDense: 24 + 1 = 25\nI expect 39,625",
    {2: [("timesteps_counted", 792)], 4: [("propagated", 817)]},
)
case(
    "a trunk for each head",
    D(ACTOR),
    "trunk 8*64+64 + 64*64+64 = 4736\nactor path 4736 + 64*4+4 = 4996\ncritic path 4736 + 64+1 = 4801\nmodel size 4996 + 4801 = 9797",
    {4: [("shared_parameters_multiplied", 5061)]},
)
case(
    "psi by its letter",
    D(GATE),
    "W_g: 32*16+16 = 528\nBN: 2*16 = 32\nψ: 32*1+1 = 33\n528 + 32 + 33 = 593",
    {3: [("wrong_in_channels", 17)], 4: [("propagated", 577)]},
)
case(
    "biases of the inputs",
    D(MLP),
    "Weights: 20*15 + 15*15 + 15*4 = 585\nBiases: 20 + 15 + 15 + 4 = 54\nTogether: 585 + 54 = 639",
    {2: [("extra_layer", None)], 3: [("propagated", 619)]},
)
case(
    "pooled and yet flattened",
    D([conv("conv1", 3, 16, 3), {"type": "avgpool2d", "name": "gap"}, linear("dense", 16, 10)]),
    "conv1 (3*3*3+1)*16 = 448\ndense (8*8*16+1)*10 = 10250",
    {2: [("wrong_flatten", 170)]},
)
case(
    "flattened before it was pooled",
    D([conv("conv1", 1, 8, 3), linear("dense", 1568, 10)]),
    "conv1: 3*3*1*8 + 8 = 80\nFlatten: 28*28*8 = 6272\nDense: (6272 + 1)*10 = 62730",
    {2: [("wrong_flatten", 1568)], 3: [("propagated", 15690)]},
)
case(
    "a norm too many",
    D([repeat("h", 5, ln("ln", 64), linear("fc", 64, 64))]),
    "LayerNorm: 2*2*64 = 256",
    {1: [("extra_layer", 128)]},
)
case(
    "a kernel where there is none",
    D([conv("conv1", 8, 16, 3), conv("shortcut", 8, 16, 1)]),
    "conv1 3*3*8*16 + 16 = 1168\nshortcut 3*3*8*16 + 16 = 1168",
    {2: [("wrong_kernel", 144)]},
)
case(
    "an adapter like the other one",
    D([repeat("h", 3, lora("q_proj", 64, 64, 4), lora("v_proj", 64, 16, 4))]),
    "q_proj: 4*64 + 64*4 = 512\nv_proj: the same again, 512",
    {2: [("kv_heads_ignored", 320)]},
)
case(
    "the second of two halves",
    D([rnn("lstm", "l0", 13, 20, 2, True), rnn("lstm", "l1", 40, 20, 2, True), flatten(40), linear("fc", 40, 5)]),
    "layer 1, each direction: 4*20*(13+20) + 2*4*20 = 2,800, both: 5,600\nlayer 2, each direction: 4*20*(40+20) + 2*4*20 = 4,960, both: 9,920\nfc: 40*5 + 5 = 205\n-> 15,752 parameters",
    {4: [("wrong_sum", 15725)]},
)
case(
    "a stride behind a kernel",
    D([conv("conv1", 3, 24, 7), conv("conv2", 24, 40, 3)]),
    "conv1 7x7/2: 3 -> 24: 3,552\nconv2 3x3/1: 24 -> 40: 8,680\n12,232 parameters",
    {},
)
case(
    "thousands between spaces in a column",
    D([conv("conv1", 3, 64, 3), conv("conv2", 64, 128, 3), linear("fc", 128, 10)]),
    "conv1 3 x 3 ,   3 -> 64          1 792\nconv2 3 x 3 ,  64 -> 128        73 856\nfc 128 -> 10                     1 290\nTotal                           76 938",
    {},
)
case(
    "a column of listings with brackets",
    D([conv("main.0", 3, 24, 4, bias=False), conv("main.2", 24, 48, 4, bias=False)]),
    "main.0   Conv2d(3, 24)    24*3*4*4     1,152\nmain.2   Conv2d(24, 48)   48*24*4*4    18,432\n                                       19,584",
    {},
)
case(
    "one of three equal lines",
    D([rnn("rnn", "rnn", 30, 50, 1, False), linear("out", 50, 30)]),
    "Wxh 50*30 = 1500\nWhh 50*30 = 1500\nWhy 30*50 = 1500\nbh is 50, by is 30\nso 3*1500 + 80 = 4580",
    {2: [("recurrent_not_square", 2500)], 5: [("propagated", 5580)]},
)
case(
    "the second matrix of an adapter",
    D([repeat("h", 3, lora("q_proj", 64, 64, 4), lora("v_proj", 64, 16, 4))]),
    "q_proj   A: 4*64 = 256   B: 64*4 = 256\nv_proj   A: 4*64 = 256   B: 64*4 = 256",
    {2: [("kv_heads_ignored", 64)]},
)
case(
    "a table by its number",
    D(MLP),
    "Weights: 20*15 + 15*15 + 15*4 = 585\nBiases: 15 + 15 + 4 = 34\n585 + 34 = 619, as in table 6.",
    {},
)
case(
    "the last norm of three is left out",
    D(
        [
            conv("expand", 24, 96, 1, bias=False),
            bn("bn1", 96),
            conv("depthwise", 96, 96, 3, bias=False, groups=96),
            bn("bn2", 96),
            conv("project", 96, 40, 1, bias=False),
            bn("bn3", 40),
        ]
    ),
    "expand: 24*96 + 2*96 = 2,496\ndepthwise: 9*96 + 2*96 = 1,056\nproject: 96*40 = 3,840\ntotal 2,496 + 1,056 + 3,840 = 7,392",
    {3: [("missing_norm", 3920)], 4: [("propagated", 7472)]},
)
case(
    "a block said again",
    D(
        [
            layer
            for i, width in enumerate((32, 48, 64, 80), 1)
            for layer in (bn(f"dense{i}.norm", width), conv(f"dense{i}.conv", width, 16, 3, bias=False))
        ]
    ),
    "1   m=32   4,672\n2   m=48   7,008\n3   m=48   7,008\n4   m=80  11,680\nsum        30,368",
    {3: [("wrong_in_channels", 9344)], 5: [("propagated", 32704)]},
)
