"""Published claims about AlexNet's size (facts, section 6), each with the form that makes it true; and what is none."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.claim_text import claims_in
from netledger.audit.claims import judge_claims
from netledger.audit.deciding import is_claim

PAPER, UNGROUPED, OWT = "alexnet", "alexnet/ungrouped", "alexnet/one-weird-trick"

# claim, (form, exact figure) for each number in it
PUBLISHED = [
    ("AlexNet has 60M parameters", [(PAPER, 60_965_224)]),
    ("60.965 M, 1.5 GFLOPs", [(PAPER, 60_965_224), (PAPER, 2 * 724_406_816)]),
    ("60,965,224 / 233 MB", [(PAPER, 60_965_224), (PAPER, 243_860_896)]),
    ("62,378,344 / 238 MB", [(UNGROUPED, 62_378_344), (UNGROUPED, 249_513_376)]),
    ("62.3 M params, 1.1 billion computations", [(UNGROUPED, 62_378_344), (UNGROUPED, 1_135_256_096)]),
    ("61 M, 660 K units, >600 M connections", [(PAPER, 60_965_224), (PAPER, 659_272), (PAPER, 724_406_816)]),
    ("61.0 M parameters", [(PAPER, 60_965_224)]),
    (
        "61,100,840 / 61.1 M / 233 MB / 0.714 G",
        [(OWT, 61_100_840), (OWT, 61_100_840), (OWT, 244_403_360), (OWT, 714_188_480)],
    ),
    ("61.090 M", [(OWT, 61_090_496)]),
    ("61,090,496", [(OWT, 61_090_496)]),
    ("57,044,810", [(OWT, 57_044_810)]),
    ("58.3 M / 58,322,314", [(UNGROUPED, 58_322_314), (UNGROUPED, 58_322_314)]),
    ("58.6 M", [(PAPER, 58_631_144)]),
    ("2.3 M weights, 666 M MACs", [(PAPER, 2_332_704), (PAPER, 665_784_864)]),
    ("240 MB", [(PAPER, 243_860_896)]),
    ("238 MB, 2.27 Bn ops", [(UNGROUPED, 249_513_376), (UNGROUPED, 2_270_512_192)]),
    ("727 MFLOPs", [(PAPER, 724_406_816)]),
    ("714.83 M", [(OWT, 714_188_480)]),
    ("1,170.33 M", [("zfnet", 1_168_032_896)]),
    ("7 hidden weight layers, 630 M connections", [("alexnet/cuda-convnet-137", 628_615_616)]),
    ("28.8 M", [("alexnet/keras-valid", 28_843_048)]),
    ("50.3 M", [("alexnet/tf-slim", 50_303_912)]),
    ("61.8 M", [("alexnet/tf-cnn-benchmarks", 61_838_248)]),
    ("62.0 M", [("alexnet/cntk", 62_003_496)]),
    ("72 M", [("alexnet/tflearn", 71_982_481)]),
    ("76 M", [("alexnet/tflearn-1000", 76_009_832)]),
    ("650,000 neurons", [(PAPER, 659_272)]),
    ("6000万参数", [(PAPER, 60_965_224)]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "truth"), PUBLISHED, ids=[text for text, _ in PUBLISHED])
def test_published_claims_find_the_form_that_makes_them_true(text, truth):
    answer = judge_claims(text)
    assert answer.verdict == "right"
    found = [(claim.network, claim.value) for claim in answer.claims]
    wanted = [(name, value) for name, value in truth]
    assert [name for name, _ in found] == [name for name, _ in wanted]
    for (_, value), (_, exact), claim in zip(found, wanted, answer.claims, strict=True):
        # bytes are compared through the number of parameters
        assert value == exact or "MB" in claim.text


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (
            "AlexNet has 62,377,344 parameters",
            "the nearest is alexnet/ungrouped with 62,378,344 parameters, 1,000 more",
        ),
        ("60,965,128", "the nearest is alexnet with 60,965,224 parameters, 96 more than claimed"),
        ("AlexNet needs 360 M MACs", "half of the truth: alexnet has 724,406,816 MACs"),
        ("1.370 GFLOPs", "no published form gives this"),
        ("AlexNet has 90M parameters", "no published form gives this"),
    ],
)
def test_what_no_published_form_gives_is_told_the_nearest(text, says):
    answer = judge_claims(text)
    assert answer.verdict == "wrong"
    assert says in answer.claims[0].says


@pytest.mark.parametrize(
    ("text", "convention"),
    [
        ("AlexNet: 61,090,496", "weights only"),
        ("AlexNet for CIFAR-10: 58,322,314", "10 classes"),
        ("AlexNet: 724 MFLOPs", "MACs called FLOPs"),
        ("AlexNet: 232.6 MB", "MiB, called MB"),
    ],
)
def test_another_convention_is_named(text, convention):
    answer = judge_claims(text)
    assert answer.verdict == "right"
    assert any(convention in claim.says for claim in answer.claims)


def test_another_form_says_what_the_paper_has():
    said = judge_claims("AlexNet has 62.3 million parameters").claims[0].says
    assert "alexnet/ungrouped has 62,378,344" in said
    assert "the 2012 paper's network has 60,965,224" in said


def test_numbers_of_other_things_are_no_claims():
    assert claims_in("8 layers, 1000 classes, 2 GPUs, 90 epochs, 224x224 images") == []
    assert judge_claims("nothing at all").verdict == "unread"


@pytest.mark.parametrize(
    ("text", "claim"),
    [
        ("AlexNet has 60M parameters", True),
        ("61,100,840 / 233 MB", True),
        ("fc8: 4096*1000 + 1000", False),
        ("conv1: 34944\nconv2: 307456\nconv3: 885120\nconv4: 663936", False),
        ("3 x 3 x 64", False),
    ],
)
def test_claims_are_told_from_calculations(text, claim):
    assert is_claim(text) is claim


def test_claims_through_the_front_door():
    answer = audit("AlexNet has 60M parameters")
    assert (answer.verdict, answer.exit_code) == ("right", 0)
    assert answer.to_dict()["verdict"] == "right"
    assert "rounded down" in str(answer)
