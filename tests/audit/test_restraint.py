"""Numbers that stand beside a calculation are no faults: sizes, kernels, units, ranges, other types, hypotheses.

Every text is right; what each counts is worked out by hand beside it.
"""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.page import judge_page
from netledger.notation import parse
from netledger.notation.architecture import network_from_architecture

CNN = """x = input(3, 16, 16)
conv1 = conv2d(8, kernel_size=3, padding="same")
conv2 = conv2d(16, kernel_size=3, padding="same", groups=2)
pool = max_pool2d(2)
f = flatten()
fc1 = linear(20)
fc2 = linear(5)
"""
# conv1 3*3*3*8+8 = 224; conv2 3*3*4*16+16 = 592; fc1 8*8*16*20+20 = 20,500; fc2 20*5+5 = 105; total 21,421

RIGHT = [
    "fc1: 8*8*16 = 1024 inputs, 1025*20 = 20500 (95.7 % of the whole)",
    "conv1 3x3: 224, conv2 3x3 with 2 groups: 592",
    "FC1: 8·8·16 → 20, about 20.5K on its own",
    "conv2: 4 channels per group, 3*3*4*16 + 16 = 592 / ReLU: 0",
    "without groups conv2 would have 3*3*8*16 + 16 = 1168",
    "Take the 8→16 layer in the middle: conv2 = 592",
    "a) conv1: 224\nb) conv2: 592\nc) fc1: 20500\nd) fc2: 105\ne) total 224 + 592 + 20500 + 105 = 21421",
    "conv1 224\nconv2 592\nfc1 20500\nfc2 105\ntotal 21,421 parameters after 40 epochs on 16x16 crops",
    "|layer|weights|biases|total|\n|conv1|216|8|224|\n|conv2|576|16|592|\n|fc1|20480|20|20500|\n|fc2|100|5|105|",
    "Dense layer fc1, 20 units, ReLU: (1024 + 1) * 20 = 20500",
    "21421 parameters, 85,684 B (4 bytes each), i.e. 84 KiB",
    "conv1 (0-5): 224",
]


@pytest.mark.parametrize("text", RIGHT)
def test_what_stands_beside_a_right_calculation_is_no_fault(text):
    result = judge_page(text, parse(CNN, name="cnn"))
    assert (result.verdict != "wrong", result.findings) == (True, ())


@pytest.mark.parametrize(
    ("text", "line_no", "expected"),
    [
        ("fc1: 8*8*16 = 1024 inputs, 1025*20 = 20700", 1, 20500),
        ("|layer|weights|biases|total|\n|conv1|216|8|224|\n|conv2|576|16|529|\n|fc1|20480|20|20500|", 3, 592),
        ("conv1: 224\nconv2 3x3: 3*3*8*16 + 16 = 1168\nfc1: 20500", 2, 592),
        ("pool: 64 params\nfc2: 105", 1, 0),
        ("conv1: 224\nconv2: 592\nfc1: 20500\nfc2: 105\ntotal: 21316", 5, 21421),
    ],
)
def test_what_is_wrong_is_still_found(text, line_no, expected):
    findings = judge_page(text, parse(CNN, name="cnn")).findings
    assert (line_no, expected) in [(finding.line_no, finding.expected) for finding in findings]


@pytest.mark.parametrize(
    "text",
    [
        # a text's own network that is only half understood blames nobody
        "Dense(64): 30*64 + 64 = 1984\nBatchNormalization: 4*64 = 256\nDense(64): 64*64 + 64 = 4160\nDense(1): 64 + 1 = 65",
        # 2*(8*16*9) = 2,304; 2,304 + 48 = 2,352
        "Our mini U-Net, one level\nP_enc = 8*16*9 + 16 = 1168\nP_dec = 16*8*9 + 8 = 1160\nTotal: 2,328 parameters, 120 epochs",
        # an adapter on OPT-125M: 24 * 2*8*768 = 294,912
        "facebook/opt-125m with LoRA r=8\ntrainable params: 294,912 || all params: 125,534,208 || trainable%: 0.2349",
        # GPT-2's MACs a token: 12*(768*2304 + 768*768 + 2*768*3072) = 84,934,656
        "GPT-2 small, forward cost in multiply-adds\nQKV: 768 * 2304 = 1,769,472\nMLP: 2 * 768 * 3072 = 4,718,592",
        "1 MHA + 1 FFN + 2 LN = 3,152,384",
    ],
)
def test_alone_a_right_text_is_never_called_wrong(text):
    assert audit(text).verdict != "wrong"


def test_a_made_up_adapter_is_found_with_its_network():
    from netledger.notation.architecture import network_from_architecture

    lora = {"type": "lora", "name": "q_proj", "in": 64, "out": 64, "rank": 16}
    linear = {"type": "linear", "name": "q_proj", "in": 64, "out": 64, "bias": False}
    network = network_from_architecture(
        {"architecture": [{"type": "repeat", "name": "layers", "times": 2, "layers": [linear, lora]}]}, "adapted"
    )
    found = judge_page("trainable params: 2,048 || all params: 12,288", network).findings
    assert found[0].expected == 2 * 16 * (64 + 64)  # 4,096; 2,048 belongs to rank 8


@pytest.mark.parametrize("title", [" ", "", "\t\n", None])
def test_a_network_without_a_name_is_judged(title):
    """30*20 + 20 = 620."""
    layer = {"type": "linear", "name": "fc1", "in": 30, "out": 20}
    network = network_from_architecture({"network": title, "architecture": [layer]}, "corpus")
    result = judge_page("fc1: 30*20 + 21 = 621", network)
    assert [finding.expected for finding in result.findings] == [620]
