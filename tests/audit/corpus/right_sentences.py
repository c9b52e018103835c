"""Right calculations in sentences that tempt to blame: alternatives, suppositions, corrections, other networks."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import LENET, bn, conv, emb, flatten, linear, pool, repeat
from tests.audit.corpus.networks import document as D

MLP = D([linear("fc1", 12, 20), linear("fc2", 20, 8), linear("fc3", 8, 2)])

case(
    "equations-joined-by-a-word",
    MLP,
    """
Ter controle per laag: (12+1)*20 = 260, (20+1)*8 = 168 en (8+1)*2 = 18. Samen 446.
""",
)
case(
    "two-asked-about",
    D(LENET),
    """
Hat LeNet nun 60.000 oder 62.000 Parameter?
conv1: 5*5*1*6 + 6 = 156
conv2: 5*5*6*16 + 16 = 2.416
fc1: 400*120 + 120 = 48.120
fc2: 120*84 + 84 = 10.164
fc3: 84*10 + 10 = 850
Summe: 61.706
""",
)
case(
    "supposed-below-a-line",
    D([conv("conv1", 3, 16, 3), conv("conv2", 16, 32, 3)]),
    """
conv1: 3*3*3*16 + 16 = 448
conv2: 3*3*16*32 + 32 = 4640

Stel dat conv2 geen bias zou hebben:

conv2: 3*3*16*32 = 4608
""",
)
case(
    "taken-back-on-the-line",
    D([conv("conv1", 3, 24, 7, bias=False), bn("bn1", 24), linear("fc", 24, 9)]),
    """
conv1: 7*7*3*24 + 24 = 3552, no wait, bias=False → 3528
bn1: 2*24 = 48
fc: 24*9 + 9 = 225
sum: 3528 + 48 + 225 = 3801
""",
)
case(
    "another-network-beside-it",
    D([conv("enc1", 1, 16, 3), conv("enc2", 16, 32, 3), conv("head", 32, 2, 1)]),
    """
- enc1: 144 + 16 = 160
- enc2: 4608 + 32 = 4,640
- head: 64 + 2 = 66
全部足すと 160 + 4,640 + 66 = 4,866 個。
本家の約 3100 万に比べるとかなり軽いです。
""",
)
case(
    "thousands-with-spaces-behind-a-word",
    D([conv("c1", 40, 80, 3, bias=False), conv("c2", 80, 80, 3, bias=False), conv("c3", 40, 80, 1, bias=False)]),
    """
bloc : 3×3×40×80 = 28 800, puis 3×3×80×80 = 57 600, raccourci 40×80 = 3 200, soit 28 800 + 57 600 + 3 200 = 89 600
""",
)
case(
    "bracket-in-a-column-of-its-own",
    D([conv("conv1", 3, 32, 3), pool("pool1"), flatten(8192), linear("fc1", 8192, 256), linear("fc2", 256, 20)]),
    """
Schicht      Ausgabe        Rechnung                     Parameter
conv1        32×32×32       9·3·32 + 32                        896
pool1        16×16×32       –                                    0
fc1          256            (16·16·32 + 1)·256           2.097.408
fc2          20             257·20                           5.140
Summe                                                    2.103.444
""",
)
case(
    "of-the-larger-whole",
    D([conv("conv1", 3, 64, 3), conv("conv2", 64, 128, 3), linear("fc", 128, 10)]),
    """
conv1   3*3*3*64 + 64 = 1792
conv2   3*3*64*128 + 128 = 73856
fc   128*10 + 10 = 1290
TOTAL   76938, that is 0.08M of the 37.8M that the page says
""",
)
case(
    "points-between-thousands-on-one-line",
    D(
        [
            conv("conv1", 3, 64, 4, bias=False),
            conv("conv2", 64, 128, 4, bias=False),
            conv("conv3", 128, 1, 4, bias=False),
        ]
    ),
    """
(0): Conv2d(3, 64, kernel_size=(4, 4), stride=(2, 2), padding=(1, 1), bias=False)
(1): LeakyReLU(negative_slope=0.2)
3·64·16 + 64·128·16 + 128·1·16 = 3.072 + 131.072 + 2.048 = 136.192, momentum 0.9
""",
)
case(
    "sizes-behind-an-arrow",
    D(
        [
            conv("conv2d", 1, 32, 3),
            pool("p1"),
            conv("conv2d_1", 32, 64, 3),
            pool("p2"),
            flatten(1600),
            linear("dense", 1600, 10),
        ]
    ),
    """
Parameters of my CNN
Conv2D(32, (3,3), relu)  -> 26x26x32, params: (3*3*1+1)*32 = 320
MaxPooling2D((2,2))      -> 13x13x32, params: 0
Conv2D(64, (3,3), relu)  -> 11x11x64, params: (3*3*32+1)*64 = 18496
MaxPooling2D((2,2))      -> 5x5x64, params: 0
Flatten                  -> 1600
Dense(10, softmax)       -> (1600+1)*10 = 16010
in all 320 + 18496 + 16010 = 34826
""",
)
case(
    "a-block-s-sum-above-the-total",
    D(
        [
            emb("wte", 700, 32),
            repeat(
                "h",
                4,
                linear("c_attn", 32, 96),
                linear("c_proj", 32, 32),
                linear("c_fc", 32, 128),
                linear("down", 128, 32),
            ),
            linear("head", 32, 10),
        ]
    ),
    """
wte: 700 * 32 = 22,400
one block:
  c_attn 32 * 96 + 96 = 3,168
  c_proj 32 * 32 + 32 = 1,056
  c_fc   32 * 128 + 128 = 4,224
  down   128 * 32 + 32 = 4,128
  sum 12,576
4 blocks: 50,304
head: 330
=> 73,034, as everyone says
""",
)
case(
    "no-parameters-is-no-heading",
    D(LENET),
    """
Faltungsschicht 1: 6 Filter der Größe 5×5  →  6·(5·5·1+1) = 156
Pooling: keine trainierbaren Parameter
Faltungsschicht 2: 16 Filter  →  16·(5·5·6+1) = 2.416
Pooling: 0
voll verbunden 400 → 120:  400·120+120 = 48.120
voll verbunden 120 → 84:  120·84+84 = 10.164
Ausgabe 84 → 10:  84·10+10 = 850
""",
)
case(
    "letters-before-an-arrow",
    D(
        [
            emb("tok", 500, 64),
            repeat(
                "layers", 3, linear("wq", 64, 64, bias=False), linear("wo", 64, 64, bias=False),
                linear("w1", 64, 200, bias=False), linear("w2", 200, 64, bias=False),
            ),
        ]
    ),
    "mine: V=500, d=64, f=200, n=3 -> Vd + n(2d^2 + 2df) = 32,000 + 3*(8,192 + 25,600) = 133,376",
)  # fmt: skip
case(
    "a-sentence-behind-a-dash",
    D([linear("fc1", 1200, 300), linear("fc2", 300, 10)]),
    """
fc1 1200*300 + 300 = 360,300
fc2 300*10 + 10 = 3,010
In all 363,310 – hence the "363k", the 350k in the slides was a miscount.
""",
)
case(
    "a-sum-in-a-sentence-of-its-own",
    D([conv("c1", 3, 20, 5), linear("fc", 980, 60), linear("out", 60, 5)]),
    """
Parameter: Faltung: 20·(3·5·5+1) = 1.520; dichte Schicht: 980·60+60 = 58.860; Ausgabe 60·5+5 = 305.
Zusammen sind das 60.685.
""",
)
case(
    "what-others-say-in-brackets",
    D([linear("fc1", 1200, 300), linear("fc2", 300, 10)]),
    """
fc1  1200*300 + 300 = 360,300
fc2  300*10 + 10 = 3,010
Total 363,310 ≈ 363k  (the paper says 350k)
""",
)
case(
    "two-equations-with-a-plus-between",
    D([conv("conv1_1", 3, 12, 3), conv("conv1_2", 12, 12, 3), conv("conv2_1", 12, 20, 3), conv("conv2_2", 20, 20, 3)]),
    """
block1  2 convs, 12     3*3*3*12+12 = 336   +  3*3*12*12+12 = 1,308
block2  2 convs, 20     2,180  +  3,620
the loss starts at 25*ln(65) = 104.4
""",
)
