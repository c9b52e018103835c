"""Lists of claims about published networks: each name by itself, active parameters, round figures, history."""

from __future__ import annotations

import pytest

from netledger.audit import audit

ACTIVE = "Model\tTotal\tActive\nMistral-7B-v0.1\t7.24B\t7.24B\nMixtral-8x7B\t46.7B\t12.9B\nMixtral-8x22B\t141B\t39B\n"
"""Mistral AI's own figures."""


def test_a_table_of_totals_and_active_parameters() -> None:
    assert audit(ACTIVE).verdict == "right"
    wrong = audit(ACTIVE.replace("12.9B", "13.9B"))
    assert [(finding.line_no, finding.expected) for finding in wrong.findings] == [(3, 12_879_925_248)]


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("Mixtral 8x7B has 47B parameters, 13B active", "right"),
        ("DeepSeek-V3 has 671B parameters of which 37B are active", "right"),
        ("Mixtral 8x7B activates 14B parameters per token", "wrong"),
        ("T5-base has 220M parameters", "right"),  # 222.9 million, cut at the last digit that is not 0
        ("GPT-2 medium has 350M parameters", "right"),
        ("GPT-2 medium has 345M parameters", "wrong"),
        ("GPT-2 has 100M parameters", "wrong"),
        ("BERT-large has 340M parameters", "wrong"),  # the paper's figure, which counts none of its forms
    ],
)
def test_round_figures(text: str, verdict: str) -> None:
    assert audit(text).verdict == verdict


def test_a_known_wrong_figure_comes_with_its_history() -> None:
    assert "first release" in audit("GPT-2 has 117M parameters").findings[0].why


def test_names_in_a_list_keep_their_digits() -> None:
    found = audit("- BERT-base (uncased): 110M\n- Mixtral-8x7B: 56B\n- DistilBERT, for comparison, has 82M.")
    assert [(finding.line_no, finding.expected) for finding in found.findings] == [(2, 46_702_792_704), (3, 66_362_880)]
    assert [text for _, text in found.corrected][1].startswith("Mixtral-8x7B: 46,702,792,704")


def test_a_name_says_whether_there_are_biases():
    """Qwen2.5's queries, keys and values have biases (896 + 2*128 in each of 24 layers); its published total has them."""
    text = (
        "Qwen2.5-0.5B, hidden 896, 24 layers, 14 heads, 2 KV heads, head_dim 64, FFN 4864, vocabulary 151936, tied\n"
        "QKV: 896*896 + 2*896*128 = 1,032,192\nO: 896*896 = 802,816\nMLP: 3*896*4864 = 13,074,432"
    )
    result = audit(text)
    assert [(f.line_no, f.kind, f.expected) for f in result.findings] == [(2, "missing_bias", 1_033_344)]


def test_a_claim_about_another_network_alone_is_checked_by_its_own():
    """It was right on its line and "nothing could be checked" in all."""
    result = audit("VGG-16 has 138,357,544 parameters", "alexnet")
    assert (result.verdict, result.exit_code) == ("right", 0)
    assert result.answer.startswith("Right for vgg16")


@pytest.mark.parametrize(("text", "compares"), [("so it has 70,400", False), ("so với khối thường là 70,400", True)])
def test_a_short_word_compares_in_its_own_language_alone(text, compares):
    from netledger.audit.reading.lines.sentences import Sentence

    assert Sentence(text).compares is compares


BY_NAME = "Parameters of each:\n  densenet121     7,978,856\n  alexnet        61,100,840\n  resnet34       21,797,672\n"
"""torchvision's own figures, in columns."""


def test_a_list_in_columns_is_judged_name_by_name() -> None:
    assert audit(BY_NAME).verdict == "right"
    wrong = audit(BY_NAME.replace("21,797,672", "21,779,672"))
    assert [(finding.line_no, finding.expected) for finding in wrong.findings] == [(4, 21_797_672)]


@pytest.mark.parametrize(
    "row",
    [
        "| [ResNet101](#resnet) | 171 MB | 44,707,176 |",
        "| [MobileNetV2](#mobilenetv2) | 14 MB | 3,538,984 |",
        "| [DenseNet201](#densenet) | 80 MB | 20,242,984 |",
    ],
)
def test_a_link_is_named_by_what_it_shows(row: str) -> None:
    """Keras' own figures, which count running statistics: a link's target names nothing."""
    table = "| Model | Size | Parameters |\n|---|---|---|\n| [VGG19](#vgg19) | 549 MB | 143,667,240 |\n"
    assert audit(table + row).verdict in ("right", "partly")
    wrong = audit(table.replace("143,667,240", "138,357,544") + row)
    assert [(finding.line_no, finding.expected) for finding in wrong.findings] == [(3, 143_667_240)]


def test_a_figure_of_another_form_is_no_slip() -> None:
    """torchvision's constructor builds GoogLeNet with two auxiliary classifiers, which the entry's note tells."""
    assert audit("GoogLeNet has 13,004,888 parameters").verdict == "not_checked"
    assert audit("GoogLeNet has 13,004,898 parameters").verdict == "wrong"


# the published counts of each model
@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("The 13B Llama 2 has 13,015,864,320 parameters", "right"),
        ("The 13B Llama 2 has 6,738,415,616 parameters", "wrong"),
        ("large BERT: 335,141,888 parameters", "right"),
        ("BERT uses a large vocabulary: 109,482,240 parameters", "right"),
        ("das 1.5B GPT-2 hat 1.557.611.200 Parameter", "right"),
        ("GPT-2 has 1.5B parameters", "right"),
        ("Llama-3.1 at 70B has 70.6B parameters", "right"),
        ("Llama-3.1 has 8.03B parameters", "right"),
        ("GPT-2 has 61M parameters", "wrong"),
    ],
)
def test_a_size_beside_a_family_names_the_model(text, verdict):
    assert audit(text).verdict == verdict
