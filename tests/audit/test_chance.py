"""Numbers that are equal by chance, or are no counts at all, are neither called right nor blamed."""

import pytest

from netledger.audit import audit


@pytest.mark.parametrize(
    ("text", "against"),
    [
        ("| context | KV cache (BF16) |\n|---|---|\n| 8,192 | 2.68 GB |\n| 32,768 | 10.74 GB |", "llama-3.1-70b"),
        ("There are 196 patches: with 224-pixel images there are 14^2 = 196 of them.", "vit-b-16"),
        ("Config: num_hidden_layers=28, hidden_size=3584, head_dim=3584/28=128, bf16.", "qwen2.5-7b"),
        ("# MACs on a 13x13 map\nconv3: 3*3*256*384 * 13*13 = 149.5M", "alexnet"),
        ("fc8: 4096*1000 = 4,096,000 weights (+ 1,000 biases), about 4.1 M", "alexnet"),
        ("Всего 34 944 + 307 456 = 342 400. Остальное ниже", "alexnet"),
        ("  2.54e21 / 1.25e14 = 2.03e7 seconds = 5640 GPU hours", "gpt2"),
        ("Веса: 0,25 ГБ, кэш 1,5 ГБ\nОстаётся 48 − 27,5 = 20,5 ГиБ, то есть 20,5 × 2 = 41", "gpt2"),
        ("fc6, fc7, fc8: 58,631,144\nHalving the map would remove 18,874,368 weights.", "alexnet"),
        ("self.fc1 = nn.Linear(64 * 20, 128)   # 80 mels / 4 = 20", "alexnet"),
        ("fc8: 4096*1000 + 1000 = 4,097,000\n・バイアスは出力ごとに(25)ではない", "alexnet"),
    ],
)
def test_what_is_no_count_is_not_blamed(text, against):
    result = audit(text, against)
    assert result.verdict != "wrong", result.findings


def test_a_session_of_python_is_read_as_one_calculation():
    text = ">>> d, V, T = 768, 50257, 1024\n>>> emb = V*d + T*d\n>>> emb\n39383808\n>>> mlp = d*4*d + 4*d + 4*d*d + d\n>>> mlp\n{}"
    right = audit(text.format(4722432), "gpt2")
    assert [line.verdict for line in right.lines if line.line_no in (4, 7)] == ["right", "right"]
    wrong = audit(text.format(4722433), "gpt2")
    assert [finding.line_no for finding in wrong.findings] == [7]


@pytest.mark.parametrize("words", ["Gemma 27B has 27.2B parameters", "BERT 340M has 1 parameter"])
def test_a_size_that_the_catalogue_does_not_know_is_said(words):
    result = audit(words)
    assert result.verdict == "not_checked"
    assert "not in the catalogue" in result.answer


def test_a_name_beside_a_script_without_spaces_is_found():
    result = audit("alexNet共有60,965,224个参数")
    assert (result.network, result.verdict) == ("alexnet", "right")


def test_parameters_and_running_statistics_may_both_be_told(tmp_path):
    net = tmp_path / "small.net"
    net.write_text(
        "x = input(1, 4, 4)\nconv = conv2d(4, kernel_size=3)\nbn = batch_norm()\nflat = flatten()\nfc = linear(2)\n"
    )
    told = "torch: in all {} trainable parameters, 8 that are not (moving mean and variance), and {} with them."
    right = audit(told.format("82", "90"), str(net))  # 4*9 + 4, 2*4, 16*2 + 2; 2*4 statistics
    assert right.verdict != "wrong", right.findings
    assert audit("torch: total 90 parameters", str(net)).verdict == "wrong"


def test_another_convolution_of_equal_count_makes_nothing_right():
    """The third convolution of ResNet-50's first bottleneck is 1x1 (64*256); 9*64*256 is what 3x3, 128 to 128 has."""
    text = (
        "The bottleneck of ResNet-50 with 256 channels, without biases:\n"
        "1x1, 256 -> 64: 256*64 = 16384\n3x3, 64 -> 64: 9*64*64 = 36864\n1x1, 64 -> 256: 9*64*256 = 147456"
    )
    assert [line.verdict for line in audit(text).lines if line.line_no == 4] != ["right"]
