"""Texts without a network: right means compared, and what was not compared is never called right."""

from __future__ import annotations

import pytest

from netledger.audit import audit

ADDS_UP = [
    "1 + 2*3 = 7",
    "fc: 17*23 + 23 = 414\nout: 23*5 + 5 = 120\ntotal: 534",
    "((16+32)*32 + 32) * 3 * 2 = 9,408",
    "12 × 2 × 1536 = 36,864",
    # so many layers of what a bracket adds up describe no layer of those sides
    "24 layers × (4 × 768² attention + 2 × 768 × 3072 MLP) ≈ 169.9M, plus patch embedding and a projector",
    "3.5 GiB of weights + 64K of cache (0.75 GiB) = 4.25 GiB",
    # two layers that read the same values are no chain
    "fc1: 40*16 + 16 = 656\nfc_mu: 16*4 + 4 = 68\nfc_logvar: 16*4 + 4 = 68\nfc2: 4*16 + 16 = 80\nfc3: 16*40 + 40 = 680\ntotal: 1552",
    "fc1: 12*32 + 32 = 416\nfc_policy: 32*6 + 6 = 198\nfc_value: 32*1 + 1 = 33\ntotal: 647",
    # what each map of LeNet's subsampling has
    "C1: 6*(5*5 + 1) = 156\nS2: 6*2 = 12\nC3: 16*(5*5*6 + 1) = 2416\nS4: 16*2 = 32\nSum: 156 + 12 + 2416 + 32 = 2616",
]
WRONG = [
    ("total: 2000 + 3000 = 5100", 5000),
    ("total: 12,100 + 7,200 = 19,500", 19300),  # which 12 + 7 = 19 before the commas is no reading of
    ("7e9 * 16 = 212 GB", 112 * 10**9),
    ("fc8 & $4096 \\times 1000 + 1000$ & 9{,}999{,}999 \\\\", 4097000),
    ("fc8;4096*1000 + 1000;9,999,999", 4097000),
    ("dense1: 784*128+128 = 100480\ndense2: 128*10+10 = 1300\ntotal 101780", 1290),
    ("conv1: 5*5*1*6 + 6 = 156\nconv2: 5*5*6*16 + 16 = 2416\ntotal: 156 + 2416 = 2752", 2572),
]
NOTHING = [
    "hello there",
    "root:x:0:0:root:/root:/bin/sh\ndaemon:x:1:1:/usr/sbin:/usr/sbin/nologin",
    "root:x:0:0:root\nbin:x:1:1:bin\nsys:x:2:2:sys\nadm:x:3:3:adm",  # user 3 is no sum of users 1 and 2
    "",
    "2026-11-28 17:03:22 up 3 days",
]


@pytest.mark.parametrize("text", ADDS_UP)
def test_arithmetic_alone_is_no_more_than_that(text):
    result = audit(text)
    assert (result.verdict, result.exit_code) == ("adds_up", 0)
    assert all(line.verdict == "adds_up" for line in result.lines)


@pytest.mark.parametrize(("text", "expected"), WRONG)
def test_what_does_not_add_up_needs_no_network(text, expected):
    result = audit(text)
    assert (result.verdict, result.exit_code) == ("wrong", 1)
    assert expected in [finding.expected for finding in result.findings]


def test_an_ordinary_convolution_beside_a_separable_one_is_not_all_of_it():
    text = (
        "An ordinary convolution uses 5x5 filters. For 32 input channels and 48 output channels this takes 5*5*32*48 = 38,400 "
        "parameters. Depthwise separable convolution has two steps: (1) a 5x5 filter for each input channel "
        "(32*25 = 800 parameters), (2) a 1x1 convolution that mixes them (32*48 = 1,536 parameters). Total: 2,336 parameters."
    )
    assert audit(text).verdict in ("adds_up", "partly", "right")
    assert audit(text.replace("38,400", "38,500")).verdict == "wrong"


def test_what_rounds_alike_carries_nothing():
    lines = ["table: 50000 * 640 = 32,100,000 ≈ 32M", "blocks: 12 * 5,000,000 = 60,000,000 = 60M", "32M + 60M = 92M"]
    result = audit("\n".join(lines))  # 50000 * 640 is 32,000,000, which is 32M as well
    assert {line.line_no for line in result.lines if line.verdict in ("wrong", "carries")} == {1}


def test_a_number_of_layers_and_their_kinds_in_a_cell_is_no_product():
    text = "| model | layers | params |\n|---|---|---|\n| small | 9 (7 + 2) | 3.7 M |\n| large | 16 (13 + 3) | 14.7 M |"
    assert audit(text).verdict != "wrong"


def test_a_total_that_another_number_of_a_line_makes_adds_up():
    lines = ["conv1: (3*3*1+1)*16 = 160", "conv2: (3*3*16+1)*32 = 4640", "fc: 7*7*32 = 1568 to 1 value, 1569"]
    assert audit("\n".join([*lines, "total 6369"])).verdict == "adds_up"  # 160 + 4640 + 1569
    assert audit("\n".join([*lines, "total 6469"])).verdict == "wrong"


def test_a_total_of_parameters_has_the_biases():
    layers = "layer 1: 20*12 = 240\nlayer 2: 12*6 = 72\nlayer 3: 6*3 = 18\n"
    network = "20 inputs, hidden layers of 12 and 6, 3 outputs\n"
    assert audit(f"{network}{layers}total parameters: 240 + 72 + 18 = 330").verdict == "wrong"
    assert audit(f"{network}{layers}total weights: 240 + 72 + 18 = 330").verdict == "right"


@pytest.mark.parametrize("text", NOTHING)
def test_nothing_to_check(text):
    assert audit(text).exit_code == 65


def test_a_fraction_that_is_wrong():
    assert audit("1/4 = 0.9").verdict == "wrong"


def test_a_network_that_the_text_names_is_judged_by():
    assert audit("VGG-16 has 138,357,544 parameters").verdict == "right"
    assert audit("VGG-16 has 139,357,544 parameters").findings[0].expected == 138357544
    assert audit("AlexNet has 60M parameters").verdict == "right"


def test_never_another_network_s_number():
    result = audit("GPT-97 has 61M parameters")
    assert result.verdict == "not_checked"
    assert "GPT-97 is not in the catalogue" in result.answer


def test_a_lone_number_proposes_nothing():
    assert audit("it has 60,965,224 parameters").verdict == "not_checked"


def test_formulas_that_agree_factor_by_factor_propose_a_network():
    result = audit("conv2: (5*5)*96*256 + 256 = 614656\nconv4: (3*3)*384*384 + 384 = 1327488")
    assert (result.verdict, result.network) == ("right", "alexnet/ungrouped")
    assert any("no network was named" in note for note in result.notes)


def test_a_digit_changed_anywhere_leaves_no_right_standing():
    lines = ["conv1: 5*5*1*6 + 6 = 156", "conv2: 5*5*6*16 + 16 = 2416", "fc1: 400*120 + 120 = 48120"]
    for i, line in enumerate(lines):
        changed = [*lines[:i], line[:-2] + str((int(line[-2]) + 4) % 10) + line[-1], *lines[i + 1 :]]
        result = audit("\n".join(changed))
        assert result.verdict == "wrong"
        assert {finding.line_no for finding in result.findings} == {i + 1}


def test_two_heads_of_the_same_sizes_read_the_same_values():
    """Kingma and Welling's variational autoencoder as PyTorch's example has it: 652,824 by ``numel``."""
    text = (
        "fc1 (784 -> 400): 784*400 + 400 = 314,000\n"
        "fc21 (mean, 400 -> 20): 400*20 + 20 = 8,020\n"
        "fc22 (log variance, 400 -> 20): likewise 8,020\n"
        "fc3 (20 -> 400): 20*400 + 400 = 8,400\n"
        "fc4 (400 -> 784): 400*784 + 784 = 314,384\n"
        "Total: 314,000 + 8,020 + 8,020 + 8,400 + 314,384 = 652,824"
    )
    assert audit(text).verdict == "right"


def test_the_paper_s_layers_below_the_ungrouped_total():
    """Some values are multiples of others by chance; every line is about a layer of its own all the same."""
    lines = [
        "conv1: 11*11*3*96 + 96 = 34,944", "conv2: 5*5*48*256 + 256 = 307,456", "conv3: 3*3*256*384 + 384 = 885,120",
        "conv4: 3*3*192*384 + 384 = 663,936", "conv5: 3*3*192*256 + 256 = 442,624",
        "fc6: 9216*4096 + 4096 = 37,752,832", "fc7: 4096*4096 + 4096 = 16,781,312",
        "fc8: 4096*1000 + 1000 = 4,097,000", "total 62,378,344",
    ]  # fmt: skip
    result = audit("\n".join(lines))
    assert [(finding.line_no, finding.expected) for finding in result.findings] == [(9, 60965224)]


def test_a_sum_of_one_layer_is_no_matrices_of_all_layers():
    """Queries, keys and values of four layers are 4*3*60*60 = 43,200, and so are attention and feed-forward of one here."""
    text = """A tiny dense LLaMA-like model.

We need: n_layers * (4*d^2 + 3*d*h)   (norms negligible, not counted)

With d_model=60, n_layers=4, h=160:
  - Attention: 4 * 60^2 = 14,400
  - FFN (SwiGLU): 3 * 60 * 160 = 28,800
  - per layer: 14,400 + 28,800 = 43,200
  - Total: 4 * 43,200 = 172,800"""
    verdicts = {line.line_no: line.verdict for line in audit(text).lines}
    assert "right" not in (verdicts[7], verdicts[8], verdicts[9])


DISTILBERT = """DistilBERT
Einbettungen: (30522 + 512) * 768 = 23834112
Aufmerksamkeit: 6 * 4 * 768 * 768 = 14155776
Feedforward: 6 * 2 * 768 * 3072 = 28311552"""


def test_who_counts_the_shifts_of_norms_forgets_the_other_biases():
    # by hand: 6*4*(768*768 + 768) = 14,174,208; 6*(2*768*3072 + 3072 + 768) = 28,334,592
    assert audit(DISTILBERT).verdict == "right"  # the matrices alone, all of them so
    result = audit(f"{DISTILBERT}\nLayernorm: 13 * 2 * 768 = 19968\nSumme: 66321408")
    assert [(f.line_no, f.expected) for f in result.findings] == [(3, 14174208), (4, 28334592), (6, 66362880)]
    without = audit(f"{DISTILBERT}\nLayernorm: 13 * 2 * 768 = 19968\nGewichte ohne Bias, zusammen: 66321408")
    assert without.verdict == "right"


LENET_ON_COLOURS = """LeNet-5, Eingabe 3x32x32
conv1: 5*5*3*6 + 6 = 456
conv2: 5*5*6*16 + 16 = 2416
fc1: 400*120 + 120 = 48120
"""


def test_a_published_network_may_read_another_picture_where_the_text_says_which():
    # by hand: 61,706 of LeNet-5 on gray, and 25*2*6 more for two more channels
    result = audit(LENET_ON_COLOURS + "fc2: 10164\nfc3: 850\ngesamt: 62006")
    assert (result.verdict, result.total.true) == ("right", 62006)
    wrong = audit(LENET_ON_COLOURS.replace("456", "466"))
    assert [(f.line_no, f.expected) for f in wrong.findings] == [(2, 456)]
    assert audit(LENET_ON_COLOURS.replace("3x32x32", "1x32x32")).verdict == "wrong"


def test_rows_decide_of_which_network_a_total_is():
    rows = [
        ("conv1_1", 1792), ("conv1_2", 36928), ("conv2_1", 73856), ("conv2_2", 147584), ("conv3_1", 295168),
        ("conv3_2", 590080), ("conv4_1", 1180160), ("conv4_2", 2359808), ("conv5_1", 2359808), ("conv5_2", 2359808),
        ("fc6", 102764544), ("fc7", 16781312), ("fc8", 4097000),
    ]  # fmt: skip
    listed = "\n".join(f"{name}: {count}" for name, count in rows)
    # VGG-13's rows add up to its 133,047,848; 138,357,544 is VGG-16's
    assert audit(f"{listed}\ntotal: 133047848").verdict == "right"
    assert [(f.line_no, f.expected) for f in audit(f"{listed}\ntotal: 138357544").findings] == [(14, 133047848)]


def test_a_width_that_is_no_fourfold_one_is_of_a_gated_part_without_biases():
    """As in Touvron et al. 2023: 3*640*1728 = 3,317,760 and 4*640² = 1,638,400 in a layer, two norms of 640 each."""
    text = """
12 layers, dim 640, ffn 1728, vocab 8000.

attn per layer: 4 × 640² = 1,638,400
mlp per layer: 3 × 640 × 1728 = 3,317,760
norms per layer: 2 × 640 = 1,280
embed + lm_head: 2 × 8000 × 640 = 10,240,000
final norm 640
"""
    result = audit(text)
    assert not result.findings
    assert "no biases" in result.assumed
