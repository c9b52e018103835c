"""A text about several networks: each is judged by what is said of it."""

from __future__ import annotations

import pytest

from netledger.audit import audit


@pytest.mark.parametrize(
    ("text", "expected"),
    [  # the counts are those of the published checkpoints
        ("GPT-2 has 61M parameters\nBERT has 138M", {1: 124_439_808, 2: 109_482_240}),
        ("| GPT-2 | 124M |\n| GPT-2 medium | 355M |\n| BERT-base | 138M |", {3: 109_482_240}),
        ("VGG-16 has 138M parameters while AlexNet has only 61M and ResNet-50 has 23M.", {1: 25_557_032}),
        ("VGG-16 has 138M parameters, AlexNet has 61M and ResNet-50 has 25.6M.", {}),
    ],
)
def test_every_network_by_its_own_count(text, expected):
    result = audit(text)
    assert {finding.line_no: finding.expected for finding in result.findings} == expected
    assert result.verdict == ("wrong" if expected else "right")


def test_a_network_named_in_passing_does_not_split_the_calculation():
    result = audit(
        "VGG-16, unlike AlexNet, has only 3x3 kernels.\nconv1: 3*3*3*64 + 64 = 1,792\nfc8: 4096*1000 + 1000 = 4,097,000"
    )
    assert (result.verdict, result.network) == ("right", "vgg16")


@pytest.mark.parametrize("between", ["\t", " | ", " & ", ";", ",", "    "])
def test_a_name_ends_where_its_cell_does(between):
    """The published counts of Mixtral: 46.7B, of which a token uses 12.9B; GPT-2's 117M is its known erratum."""
    rows = [("Model", "Total", "Active"), ("Mixtral-8x7B", "46.7B", "12.9B"), ("GPT-2", "117M", "124M")]
    result = audit("\n".join(between.join(row) for row in rows))
    assert [(finding.line_no, finding.expected) for finding in result.findings] == [(3, 124_439_808)]
    assert [line.verdict for line in result.lines if line.line_no == 2] == ["right"]
