"""Transformers of stated sizes, each worked out by hand from what the text says of its parts."""

from __future__ import annotations

import pytest

from netledger.audit import audit
from netledger.audit.understanding.transformers.words import read_stated
from netledger.audit.understanding.understanding import understand
from netledger.ledger import keep_books


def total(text):
    found = understand(text).networks[0]
    assert found.whole
    assert found.how == "config"
    return keep_books(found.network).totals.parameters


# 2 layers of width 64: attention 4*64*64, two matrices 64x256, two norms of 2*64, all with biases, tied, one last norm
BLOCK = 4 * (64 * 64 + 64) + (64 * 256 + 256) + (256 * 64 + 64) + 2 * 2 * 64
PLAIN = 1000 * 64 + 2 * BLOCK + 2 * 64
GPT = {
    "en": "A GPT language model: 2 layers, d_model = 64, 4 heads, d_ff = 256, vocabulary 1000, RoPE, LayerNorm, "
    "with biases, tied output, a final norm",
    "de": "Ein Sprachmodell (Transformer) mit 2 Schichten, Modelldimension 64, 4 Köpfen, FFN 256, Vokabular 1000, RoPE, "
    "LayerNorm, mit Biases, Ausgabematrix gebunden, am Ende eine weitere LayerNorm",
    "fr": "Un modèle de langage (transformer) : 2 couches, dimension du modèle 64, 4 têtes, dimension intermédiaire 256, "
    "vocabulaire de 1000, RoPE, LayerNorm, avec biais, matrice de sortie partagée, une norm à la fin",
    "es": "Modelo de lenguaje con 2 capas, dimensión oculta 64, 4 cabezas, dimensión intermedia 256, vocabulario de 1000, "
    "RoPE, LayerNorm, con sesgos, matriz de salida compartida, una LayerNorm al final",
    "ru": "Языковая модель: 2 слоя, d_model = 64, 4 головы, d_ff = 256, словарь 1000, RoPE, LayerNorm, со смещениями, "
    "веса связаны, ещё один LayerNorm в конце",
    "zh": "语言模型：2层，隐藏维度64，4个注意力头，前馈维度256，词表大小1000，RoPE，LayerNorm，有偏置，权重共享，最后一个LayerNorm",
    "ja": "言語モデル: 2層、モデル次元64、ヘッド4、中間次元256、語彙数1000、RoPE、LayerNorm、バイアスあり、重み共有、最後にLayerNorm",
    "ko": "언어 모델: 2층, 모델 차원 64, 헤드 4개, 중간 차원 256, 어휘 1000, RoPE, LayerNorm, bias 있음, 가중치 공유, 마지막 LayerNorm",
    "list": "Causal transformer, LayerNorm, with biases, no position embeddings (RoPE)\n- n_layer: 2\n- n_embd: 64\n"
    "- n_head: 4\n- d_ff: 256\n- vocab_size: 1000\n- final LayerNorm, tie_word_embeddings: true",
    "table": "decoder only, RoPE, tied, LayerNorm, with biases, final LayerNorm\n\n| | |\n|---|---|\n| layers | 2 |\n"
    "| d_model | 64 |\n| heads | 4 |\n| d_ff | 256 |\n| vocab | 1,000 |",
    "latex": "GPT with $n_{layer}=2$, $d_{model}=64$, 4 heads, $d_{ff}=4\\times 64=256$, vocabulary of 1{,}000, RoPE, "
    "LayerNorm, with biases, tied, final LayerNorm",
}  # fmt: skip


@pytest.mark.parametrize("text", GPT.values(), ids=GPT)
def test_a_small_language_model(text):
    assert total(text) == PLAIN


def test_grouped_heads_a_gated_part_and_an_output_of_its_own():
    text = (
        "Llama-like LLM without biases: 3 layers, hidden size 64, 8 query heads, 2 KV heads, SwiGLU with intermediate "
        "size 160, RMSNorm, final norm, vocabulary of 500, untied"
    )
    block = 2 * 64 * 64 + 2 * 64 * (2 * 8) + 3 * 64 * 160 + 2 * 64
    assert total(text) == 2 * 500 * 64 + 3 * block + 64


def test_experts_each_have_their_matrices_and_a_router_chooses():
    text = (
        "MoE LLM, no bias: 2 layers, d_model 32, 4 heads, 4 experts with SwiGLU d_ff 48, 2 experts per token, RMSNorm, "
        "final norm, vocab 100, tied"
    )
    block = 4 * 32 * 32 + 32 * 4 + 4 * 3 * 32 * 48 + 2 * 32
    assert total(text) == 100 * 32 + 2 * block + 32


def test_a_vision_transformer():
    text = (
        "ViT on 32x32 images, patch size 4, width 48, depth 2, 3 heads, MLP ratio 4, 10 classes, class token, learned "
        "position embeddings, LayerNorm, final LayerNorm, biases: all linear layers have biases"
    )
    block = 4 * (48 * 48 + 48) + 48 * 192 + 192 + 192 * 48 + 48 + 2 * 2 * 48
    assert total(text) == (4 * 4 * 3 * 48 + 48) + 48 + 65 * 48 + 2 * block + 2 * 48 + (48 * 10 + 10)


def test_numbers_of_calculations_are_no_sizes():
    assert read_stated(["attention heads: 4 * 64 * 64 = 16384", "norm layer: 128 + 128"]).sizes == {}
    assert read_stated(["one layer has 789,760 parameters"]).sizes == {}


@pytest.mark.parametrize(
    ("stated", "sizes"),
    [
        ("8 heads of size 64", {"heads": 8, "head dim": 64}),
        ("12 cabezas de atención de dimensión 64", {"heads": 12, "head dim": 64}),
        ("top-2 of 8 experts", {"active": 2, "experts": 8}),
        ("vocabulario de 32 000", {"vocabulary": 32000}),
    ],
)
def test_whose_number_it_is(stated, sizes):
    assert read_stated([stated]).sizes == sizes


def test_what_is_told_twice_and_differently_is_no_description():
    assert not understand("GPT with 12 layers, 12 heads, d_model 768, d_ff 3072; ours has d_model 512").networks


TEXT = """3 layers, d_model = 64, 4 heads, SwiGLU with d_ff = 160, RMSNorm, a final norm, vocabulary 1000, tied, no bias (LLM)
attention: 4 * 64 * 64 = 16384
feed-forward: {} * 64 * 160 = {}
norms: 2 * 64 = 128
total: 1000*64 + 3 * (16384 + {} + 128) + 64 = {}"""


def test_a_gate_that_is_forgotten_is_found_without_a_network():
    right, wrong = 3 * 64 * 160, 2 * 64 * 160
    whole = 64000 + 3 * (16384 + right + 128) + 64
    assert audit(TEXT.format(3, right, right, whole)).verdict == "right"
    result = audit(TEXT.format(2, wrong, wrong, whole - 3 * 64 * 160))
    assert result.verdict == "wrong"


def test_what_the_text_leaves_open_is_not_held_against_it():
    """Nobody says whether there are biases: with and without are both right."""
    text = "Transformer encoder, 2 layers, d_model = 64, 4 heads, d_ff = 256, LayerNorm\nattention: {} = {}"
    assert audit(text.format("4*64*64 + 4*64", 16640)).verdict != "wrong"
    assert audit(text.format("4*64*64", 16384)).verdict != "wrong"
