"""Random configurations for further families of language."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw, _bert_classes, _flags, bert


def mobilebert(rng: random.Random) -> dict[str, Any]:
    heads, networks = rng.choice([1, 2, 4]), rng.randrange(1, 4)
    narrow = heads * rng.choice([2, 3])
    width = rng.choice([narrow, narrow + 5])
    bottled = width != narrow or rng.random() < 0.5
    return bert(rng) | {
        "hidden_size": width, "num_attention_heads": heads, "intra_bottleneck_size": narrow, "use_bottleneck": bottled,
        "embedding_size": rng.randrange(1, width), "num_feedforward_networks": networks, "type_vocab_size": rng.randrange(1, 4),
        "use_bottleneck_attention": bottled and rng.random() < 0.5,
        "key_query_shared_bottleneck": width != narrow or rng.random() < 0.5,
        "normalization_type": rng.choice(["no_norm", "layer_norm"]),
        **_flags(rng, "trigram_input classifier_activation tie_word_embeddings"),
    }  # fmt: skip


def squeezebert(rng: random.Random) -> dict[str, Any]:
    groups = ("q_groups", "k_groups", "v_groups", "post_attention_groups", "intermediate_groups", "output_groups")
    width = rng.choice([8, 16])
    return bert(rng) | {
        "hidden_size": width, "embedding_size": width, "intermediate_size": rng.choice([4, 12, 20]),
        "tie_word_embeddings": rng.random() < 0.5, **{name: rng.choice([1, 2, 4]) for name in groups},
    }  # fmt: skip


def xlnet(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(6, 100), "d_model": heads * rng.choice([2, 4, 6]), "n_head": heads, "n_layer": rng.randrange(0, 4),
        "d_inner": rng.randrange(1, 40), "attn_type": rng.choice(["bi", "uni"]), "summary_type": rng.choice(["last", "first"]),
        "start_n_top": rng.randrange(1, 4), "end_n_top": rng.randrange(1, 4), **_flags(rng, "summary_use_proj tie_word_embeddings"),
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "mobilebert": (_bert_classes("MobileBert") + " MobileBertForPreTraining MobileBertForNextSentencePrediction", mobilebert),
    "squeezebert": (_bert_classes("SqueezeBert"), squeezebert),
    "xlnet": (
        "XLNetModel XLNetLMHeadModel XLNetForSequenceClassification XLNetForTokenClassification XLNetForMultipleChoice "
        "XLNetForQuestionAnsweringSimple XLNetForQuestionAnswering", xlnet,
    ),
}  # fmt: skip
