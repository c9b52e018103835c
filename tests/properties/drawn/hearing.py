"""Random configurations for families that hear, since."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.drawn.sounds import music_decoder, musicgen, sew
from tests.properties.families import Draw, _flags, bert
from tests.properties.vision.drawing import of_language


def dac(rng: random.Random) -> dict[str, Any]:
    ratios = [rng.choice([2, 3, 4, 8]) for _ in range(rng.randrange(1, 4))]
    return {
        "encoder_hidden_size": rng.choice([2, 4]), "downsampling_ratios": ratios, "decoder_hidden_size": rng.choice([16, 24]),
        "n_codebooks": rng.randrange(1, 5), "codebook_size": rng.choice([16, 64]), "codebook_dim": rng.choice([2, 8]),
        "sampling_rate": rng.choice([1000, 1600]),
    }  # fmt: skip


def moonshine(rng: random.Random) -> dict[str, Any]:
    lower, upper = rng.choice([1, 2, 4]), rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 90), "hidden_size": 4 * rng.choice([4, 6]), "intermediate_size": rng.randrange(1, 30),
        "encoder_num_hidden_layers": rng.randrange(0, 3), "decoder_num_hidden_layers": rng.randrange(0, 3),
        "encoder_num_attention_heads": lower, "decoder_num_attention_heads": upper, "pad_head_dim_to_multiple_of": rng.choice([None, 8]),
        **_flags(rng, "attention_bias tie_word_embeddings"),
    }  # fmt: skip


def clap_text(rng: random.Random) -> dict[str, Any]:
    return bert(rng) | {"projection_dim": rng.randrange(1, 20), "pad_token_id": 0}


def clap_audio(rng: random.Random) -> dict[str, Any]:
    stages, width = rng.randrange(1, 4), 4 * rng.randrange(1, 4)
    bins = 4 * rng.choice([4, 8])
    return {
        "num_mel_bins": bins, "spec_size": bins * rng.choice([1, 2, 4]), "patch_embeds_hidden_size": width, "hidden_size": width * 2 ** (stages - 1),
        "depths": [rng.randrange(1, 3) for _ in range(stages)], "num_attention_heads": [rng.choice([1, 2, 4]) for _ in range(stages)],
        "window_size": rng.choice([2, 4]), "mlp_ratio": rng.choice([2.0, 4.0]), "projection_dim": rng.randrange(1, 20),
        "enable_fusion": rng.random() < 0.5, "fusion_type": rng.choice([None, "aff_2d"]), "aff_block_r": rng.choice([1, 2, 4]),
        **_flags(rng, "qkv_bias enable_patch_layer_norm"),
    }  # fmt: skip


def clap(rng: random.Random) -> dict[str, Any]:
    return {"text_config": clap_text(rng), "audio_config": clap_audio(rng), "projection_dim": rng.randrange(1, 20)}


def granite_speech_encoder(rng: random.Random) -> dict[str, Any]:
    heads, block = rng.choice([1, 2, 4]), rng.choice([3, 100, 200])
    return {
        "input_dim": rng.randrange(1, 20), "num_layers": rng.randrange(0, 4), "hidden_dim": heads * rng.choice([2, 4]), "num_heads": heads,
        "feedforward_mult": rng.randrange(1, 5), "dim_head": rng.choice([None, 3]), "output_dim": rng.randrange(1, 9), "context_size": block,
        "max_pos_emb": block + rng.randrange(0, 9), "conv_kernel_size": rng.choice([3, 4, 15]), "conv_expansion_factor": rng.choice([1, 2]),
    }  # fmt: skip


def granite_speech(rng: random.Random) -> dict[str, Any]:
    heard, heads, rate = granite_speech_encoder(rng), rng.choice([1, 2, 4]), rng.choice([2, 5])
    asking = {
        "model_type": "blip_2_qformer", "hidden_size": 4 * heads, "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 20),
        "num_hidden_layers": rng.randrange(0, 4), "encoder_hidden_size": heard["hidden_dim"], "cross_attention_frequency": rng.choice([1, 2]),
    }  # fmt: skip
    return {
        "text_config": of_language("granite", rng), "encoder_config": heard | {"model_type": "granite_speech_encoder"},
        "projector_config": asking, "downsample_rate": rate, "window_size": rate * rng.randrange(1, 4), "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def sew_d(rng: random.Random) -> dict[str, Any]:
    return sew(rng) | {
        "max_position_embeddings": rng.randrange(1, 30), "position_buckets": rng.choice([-1, 4]), "norm_rel_ebd": rng.choice(["none", "layer_norm"]),
        "pos_att_type": rng.choice([["p2c", "c2p"], ["c2p"], ["p2c"]]), **_flags(rng, "relative_attention share_att_key"),
    }  # fmt: skip


def musicgen_melody(rng: random.Random) -> dict[str, Any]:
    drawn = musicgen(rng)
    decoder = drawn["decoder"] | {"model_type": "musicgen_melody_decoder"}
    return drawn | {
        "decoder": decoder,
        "num_chroma": rng.choice([12, decoder["hidden_size"]]),
        "chroma_length": rng.randrange(1, 30),
    }


FAMILIES: dict[str, tuple[str, Draw]] = {
    "dac": ("DacModel", dac),
    "clap_text_model": ("ClapTextModel ClapTextModelWithProjection", clap_text),
    "clap_audio_model": ("ClapAudioModel ClapAudioModelWithProjection", clap_audio),
    "clap": ("ClapModel", clap),
    "granite_speech_encoder": ("GraniteSpeechCTCEncoder", granite_speech_encoder),
    "granite_speech": ("GraniteSpeechForConditionalGeneration", granite_speech),
    "musicgen_melody_decoder": ("MusicgenMelodyModel MusicgenMelodyForCausalLM", music_decoder),
    "musicgen_melody": ("MusicgenMelodyForConditionalGeneration", musicgen_melody),
    "sew_d": ("SEWDModel SEWDForCTC SEWDForSequenceClassification", sew_d),
    "moonshine": ("MoonshineModel MoonshineForConditionalGeneration", moonshine),
}
