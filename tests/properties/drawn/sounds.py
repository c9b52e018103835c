"""Random configurations for families that hear and speak."""

from __future__ import annotations

import random
from typing import Any

from tests.properties.families import Draw, _flags, t5
from tests.properties.families_with_pictures import language


def encodec(rng: random.Random) -> dict[str, Any]:
    width = rng.choice([4, 6])
    rates = sorted(rng.sample([1.5, 2.2, 3.0, 6.0, 12.0, 24.0], rng.randrange(1, 4)))
    return {
        "target_bandwidths": rates, "sampling_rate": rng.choice([8000, 16000, 24000]), "audio_channels": rng.choice([1, 2]),
        "hidden_size": width, "codebook_dim": rng.choice([None, width]), "num_filters": rng.choice([2, 4]),
        "num_residual_layers": rng.randrange(1, 3), "upsampling_ratios": rng.choice([[8, 5, 4, 2], [4, 3], [16]]),
        "norm_type": rng.choice(["weight_norm", "time_group_norm"]), "kernel_size": rng.choice([3, 7]), "compress": rng.choice([1, 2]),
        "last_kernel_size": rng.choice([3, 7]), "residual_kernel_size": rng.choice([3, 5]), "dilation_growth_rate": rng.choice([1, 2]),
        "num_lstm_layers": rng.choice([1, 2]), "codebook_size": rng.choice([64, 1024]), **_flags(rng, "use_conv_shortcut use_causal_conv"),
    }  # fmt: skip


def music_decoder(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 100), "hidden_size": heads * rng.choice([4, 6]), "num_attention_heads": heads,
        "num_hidden_layers": rng.randrange(0, 4), "ffn_dim": rng.randrange(1, 40), "num_codebooks": rng.randrange(1, 5),
        "max_position_embeddings": 32, "pad_token_id": 0,
    }  # fmt: skip


def musicgen(rng: random.Random) -> dict[str, Any]:
    text = t5(rng)
    text.pop("tie_word_embeddings")
    return {
        "text_encoder": text | {"model_type": "t5"}, "audio_encoder": encodec(rng) | {"model_type": "encodec"},
        "decoder": music_decoder(rng) | {"model_type": "musicgen_decoder"},
    }  # fmt: skip


def wav2vec2_bert(rng: random.Random) -> dict[str, Any]:
    heads, adapted = rng.choice([1, 2]), rng.random() < 0.5
    return {
        "vocab_size": rng.randrange(3, 40), "hidden_size": heads * rng.choice([4, 6]), "num_hidden_layers": rng.randrange(0, 3),
        "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 30), "feature_projection_input_dim": rng.randrange(1, 20),
        "mask_time_prob": rng.choice([0.0, 0.05]), "mask_feature_prob": rng.choice([0.0, 0.1]), "add_adapter": adapted,
        "num_adapter_layers": rng.randrange(0, 3), "adapter_kernel_size": rng.choice([3, 5]), "adapter_stride": rng.choice([2, 3]),
        "use_intermediate_ffn_before_adapter": adapted and rng.random() < 0.5, "output_hidden_size": rng.choice([None, heads * 8]),
        "position_embeddings_type": rng.choice(["relative", "relative_key", "rotary", None]), "conv_depthwise_kernel_size": rng.choice([3, 5]),
        "left_max_position_embeddings": rng.randrange(1, 9), "right_max_position_embeddings": rng.randrange(1, 5),
        "max_source_positions": 60, "use_weighted_layer_sum": rng.random() < 0.5, "classifier_proj_size": rng.randrange(1, 9), **_speaker(rng),
    }  # fmt: skip


def _speaker(rng: random.Random) -> dict[str, Any]:
    layers = rng.randrange(1, 4)
    return {
        "tdnn_dim": [rng.randrange(1, 9) for _ in range(layers)], "tdnn_kernel": [rng.choice([1, 2, 3]) for _ in range(layers)],
        "tdnn_dilation": [rng.choice([1, 2]) for _ in range(layers)], "xvector_output_dim": rng.randrange(1, 9),
    }  # fmt: skip


def _samples(rng: random.Random) -> dict[str, Any]:
    """Convolutions over samples and places, as wav2vec 2.0 and its followers have them."""
    layers = rng.randrange(1, 4)
    return {
        "conv_dim": [rng.randrange(1, 9) for _ in range(layers)], "conv_kernel": [rng.randrange(4, 9) for _ in range(layers)],
        "conv_stride": [rng.randrange(4, 7) for _ in range(layers)], "conv_bias": rng.random() < 0.5,
        "feat_extract_norm": rng.choice(["group", "layer"]), "num_conv_pos_embeddings": rng.randrange(1, 9),
        "mask_time_prob": rng.choice([0.0, 0.05]), "mask_feature_prob": rng.choice([0.0, 0.1]),
    }  # fmt: skip


def speecht5(rng: random.Random) -> dict[str, Any]:
    lower, upper = rng.choice([1, 2]), rng.choice([1, 2, 4])
    return _samples(rng) | {
        "vocab_size": rng.randrange(3, 90), "hidden_size": rng.choice([4, 8]), "encoder_layers": rng.randrange(0, 3),
        "encoder_attention_heads": lower, "encoder_ffn_dim": rng.randrange(1, 30), "decoder_layers": rng.randrange(0, 3),
        "decoder_ffn_dim": rng.randrange(1, 30), "decoder_attention_heads": upper, "num_conv_pos_embedding_groups": rng.choice([1, 2]),
        "num_mel_bins": rng.randrange(1, 9), "speech_decoder_prenet_layers": rng.randrange(1, 4), "reduction_factor": rng.choice([1, 2]),
        "speech_decoder_prenet_units": rng.randrange(1, 9), "speaker_embedding_dim": rng.randrange(1, 9), "max_text_positions": 130,
        "speech_decoder_postnet_layers": rng.randrange(1, 4), "speech_decoder_postnet_units": rng.randrange(1, 9),
        "speech_decoder_postnet_kernel": rng.choice([3, 5]), "encoder_max_relative_position": rng.randrange(1, 20),
        "max_speech_positions": 400, "tie_word_embeddings": rng.random() < 0.5,
    }  # fmt: skip


def _vocoder(rng: random.Random) -> dict[str, Any]:
    steps, blocks = rng.randrange(1, 4), rng.randrange(1, 3)
    rates = [rng.randrange(1, 5) for _ in range(steps)]
    return {
        "upsample_initial_channel": 2**steps * rng.randrange(1, 4), "upsample_rates": rates,
        "upsample_kernel_sizes": [rate * 2 for rate in rates], "resblock_kernel_sizes": [rng.choice([3, 5, 7]) for _ in range(blocks)],
        "resblock_dilation_sizes": [[rng.choice([1, 3]) for _ in range(rng.randrange(1, 4))] for _ in range(blocks)],
    }  # fmt: skip


def speecht5_hifigan(rng: random.Random) -> dict[str, Any]:
    return _vocoder(rng) | {"model_in_dim": rng.randrange(1, 9), "normalize_before": rng.random() < 0.5}


def follower(rng: random.Random) -> dict[str, Any]:
    """What models after wav2vec 2.0 have in common."""
    heads, stable = rng.choice([1, 2]), rng.random() < 0.5
    return _samples(rng) | _speaker(rng) | {
        "vocab_size": rng.randrange(3, 40), "hidden_size": 4 * heads * rng.choice([1, 2]), "num_hidden_layers": rng.randrange(0, 3),
        "num_attention_heads": heads, "intermediate_size": rng.randrange(1, 30), "num_conv_pos_embedding_groups": rng.choice([1, 2]),
        "do_stable_layer_norm": stable, "use_weighted_layer_sum": rng.random() < 0.5, "classifier_proj_size": rng.randrange(1, 9),
    }  # fmt: skip


def unispeech(rng: random.Random) -> dict[str, Any]:
    drawn = follower(rng)
    return drawn | {
        "num_codevectors_per_group": rng.randrange(1, 9), "num_codevector_groups": 2, "codevector_dim": 2 * rng.randrange(1, 5),
        "proj_codevector_dim": rng.randrange(1, 9), "num_ctc_classes": rng.randrange(1, 9), "num_clusters": rng.randrange(1, 9),
        "adapter_attn_dim": rng.choice([None, 3]) if drawn["do_stable_layer_norm"] else None,
    }  # fmt: skip


def _adapted(rng: random.Random, drawn: dict[str, Any]) -> dict[str, Any]:
    """Where a head reads what the adapter gives, that is as wide as before."""
    return drawn | {
        "add_adapter": rng.random() < 0.5, "num_adapter_layers": rng.randrange(0, 3), "adapter_stride": rng.choice([2, 3]),
        "output_hidden_size": 6 if drawn["use_weighted_layer_sum"] else None,
    }  # fmt: skip


def wavlm(rng: random.Random) -> dict[str, Any]:
    return _adapted(rng, follower(rng)) | {"num_buckets": rng.randrange(2, 30)}


def conformer(rng: random.Random) -> dict[str, Any]:
    drawn = unispeech(rng)
    for key in ("do_stable_layer_norm", "adapter_attn_dim", "num_ctc_classes", "num_clusters"):
        drawn.pop(key)
    return _adapted(rng, drawn) | {
        "position_embeddings_type": rng.choice(["relative", "rotary", None]), "conv_depthwise_kernel_size": rng.choice([3, 5]),
        "max_source_positions": 60,
    }  # fmt: skip


def data2vec_audio(rng: random.Random) -> dict[str, Any]:
    drawn = _adapted(rng, follower(rng))
    for key in ("feat_extract_norm", "do_stable_layer_norm"):
        drawn.pop(key)
    return drawn | {"num_conv_pos_embeddings": rng.randrange(0, 4), "conv_pos_kernel_size": rng.randrange(1, 6)}


def sew(rng: random.Random) -> dict[str, Any]:
    drawn = follower(rng)
    drawn.pop("do_stable_layer_norm")
    drawn["conv_dim"][-1] = rng.choice([drawn["conv_dim"][-1], drawn["hidden_size"]])
    return drawn | {"squeeze_factor": rng.randrange(1, 4)}


def bark_part(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "input_vocab_size": rng.randrange(3, 90), "output_vocab_size": rng.randrange(3, 90), "num_layers": rng.randrange(0, 3),
        "num_heads": heads, "hidden_size": heads * rng.choice([2, 4]), "block_size": rng.randrange(1, 40), "bias": rng.random() < 0.5,
    }  # fmt: skip


def fine(rng: random.Random) -> dict[str, Any]:
    drawn, books = bark_part(rng), rng.randrange(2, 6)
    tied = rng.random() < 0.5
    if tied:
        drawn["output_vocab_size"] = drawn["input_vocab_size"]
    return drawn | {"n_codes_total": books, "n_codes_given": rng.randrange(1, books), "tie_word_embeddings": tied}


def bark(rng: random.Random) -> dict[str, Any]:
    return {
        "semantic_config": bark_part(rng), "coarse_acoustics_config": bark_part(rng), "fine_acoustics_config": fine(rng),
        "codec_config": encodec(rng) | {"model_type": "encodec"},
    }  # fmt: skip


def vits(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    return _vocoder(rng) | {
        "vocab_size": rng.randrange(3, 40), "hidden_size": heads * rng.choice([2, 4]), "num_hidden_layers": rng.randrange(0, 3),
        "num_attention_heads": heads, "window_size": rng.choice([2, 4]), "ffn_dim": rng.randrange(1, 20), "ffn_kernel_size": rng.choice([1, 3]),
        "flow_size": rng.choice([2, 6]), "spectrogram_bins": rng.randrange(1, 20), "num_speakers": rng.choice([1, 3]),
        "speaker_embedding_size": rng.randrange(1, 6), "depth_separable_num_layers": rng.randrange(1, 4), "wavenet_dilation_rate": rng.choice([1, 2]),
        "duration_predictor_flow_bins": rng.randrange(2, 6), "duration_predictor_num_flows": rng.randrange(1, 4),
        "duration_predictor_filter_channels": rng.randrange(1, 9), "prior_encoder_num_flows": rng.randrange(1, 4),
        "prior_encoder_num_wavenet_layers": rng.randrange(1, 4), "posterior_encoder_num_wavenet_layers": rng.randrange(1, 4),
        "wavenet_kernel_size": rng.choice([3, 5]), **_flags(rng, "use_bias use_stochastic_duration_prediction"),
    }  # fmt: skip


def parakeet_encoder(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    return {
        "hidden_size": heads * rng.choice([2, 4]), "num_hidden_layers": rng.randrange(0, 3), "num_attention_heads": heads,
        "intermediate_size": rng.randrange(1, 20), "conv_kernel_size": rng.choice([3, 9]), "subsampling_factor": rng.choice([2, 4, 8]),
        "subsampling_conv_channels": rng.randrange(1, 6), "num_mel_bins": rng.choice([16, 80]), **_flags(rng, "attention_bias convolution_bias"),
    }  # fmt: skip


def parakeet_ctc(rng: random.Random) -> dict[str, Any]:
    return {"vocab_size": rng.randrange(3, 40), "pad_token_id": 0, "encoder_config": parakeet_encoder(rng)}


def parakeet_rnnt(rng: random.Random) -> dict[str, Any]:
    return parakeet_ctc(rng) | {
        "decoder_hidden_size": rng.randrange(1, 9), "num_decoder_layers": rng.randrange(1, 3), "blank_token_id": 0,
    }  # fmt: skip


def parakeet_tdt(rng: random.Random) -> dict[str, Any]:
    return parakeet_rnnt(rng) | {"durations": list(range(rng.randrange(1, 6)))}


def voxtral_encoder(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    width = 4 * heads
    return {
        "hidden_size": width, "intermediate_size": width * rng.choice([1, 2, 4]), "num_hidden_layers": rng.randrange(0, 3),
        "num_attention_heads": heads, "num_mel_bins": rng.randrange(1, 9), "max_source_positions": 4 * rng.randrange(1, 5),
    }  # fmt: skip


def voxtral(rng: random.Random) -> dict[str, Any]:
    words = language("llama", rng)
    words.pop("tie_word_embeddings", None)
    return {"text_config": words, "audio_config": voxtral_encoder(rng) | {"model_type": "voxtral_encoder"}}


def mimi(rng: random.Random) -> dict[str, Any]:
    heads, code = rng.choice([1, 2, 4]), rng.choice([4, 6])
    kv = rng.choice([k for k in (1, 2, 4) if heads % k == 0])
    width = heads * rng.choice([2, 4])
    books = rng.randrange(2, 5)
    return {
        "sampling_rate": rng.choice([8000, 24000]), "audio_channels": rng.choice([1, 2]), "hidden_size": width, "num_filters": rng.choice([2, 4]),
        "num_residual_layers": rng.randrange(1, 3), "upsampling_ratios": rng.choice([[8, 5, 4, 2], [16], [4, 10]]), "kernel_size": rng.choice([3, 7]),
        "last_kernel_size": rng.choice([1, 3]), "residual_kernel_size": rng.choice([1, 3]), "dilation_growth_rate": rng.choice([1, 2]),
        "compress": rng.choice([1, 2]), "codebook_size": rng.choice([4, 32]), "codebook_dim": code, "num_quantizers": books,
        "vector_quantization_hidden_dimension": code, "num_semantic_quantizers": rng.randrange(1, books), "upsample_groups": rng.choice([1, width]),
        "num_hidden_layers": rng.randrange(0, 3), "intermediate_size": rng.randrange(1, 20), "num_attention_heads": heads,
        "num_key_value_heads": kv, "head_dim": rng.choice([None, 4]), **_flags(rng, "use_conv_shortcut attention_bias"),
    }  # fmt: skip


def kyutai(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 60), "codebook_vocab_size": rng.randrange(3, 20), "num_codebooks": rng.randrange(1, 5),
        "hidden_size": heads * rng.choice([2, 4]), "num_hidden_layers": rng.randrange(0, 3), "num_attention_heads": heads,
        "num_key_value_heads": rng.choice([None, 1]), "head_dim": rng.choice([None, 4]), "ffn_dim": 2 * rng.randrange(1, 20),
        "sliding_window": 8, "codec_config": mimi(rng) | {"model_type": "mimi"}, "audio_pad_token_id": 0, "pad_token_id": 0,
        "bos_token_id": 0, "audio_bos_token_id": 0,
    }  # fmt: skip


def seamless(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2])
    return _vocoder(rng) | {
        "vocab_size": rng.randrange(4, 60), "hidden_size": 4 * heads * rng.choice([1, 2]), "encoder_layers": rng.randrange(0, 3),
        "encoder_attention_heads": heads, "encoder_ffn_dim": rng.randrange(1, 20), "decoder_layers": rng.randrange(0, 3),
        "decoder_attention_heads": heads, "decoder_ffn_dim": rng.randrange(1, 20), "speech_encoder_layers": rng.randrange(0, 3),
        "speech_encoder_attention_heads": heads, "speech_encoder_intermediate_size": rng.randrange(1, 20),
        "feature_projection_input_dim": rng.randrange(1, 20), "adaptor_kernel_size": rng.choice([3, 8]), "adaptor_stride": rng.choice([2, 8]),
        "num_adapter_layers": rng.randrange(0, 3), "position_embeddings_type": rng.choice(["relative", "rotary"]),
        "conv_depthwise_kernel_size": rng.choice([3, 5]), "max_source_positions": 60, "t2u_vocab_size": rng.randrange(4, 60),
        "t2u_encoder_layers": rng.randrange(0, 3), "t2u_encoder_attention_heads": heads, "t2u_encoder_ffn_dim": rng.randrange(1, 20),
        "t2u_decoder_layers": rng.randrange(0, 3), "t2u_decoder_attention_heads": heads, "t2u_decoder_ffn_dim": rng.randrange(1, 20),
        "unit_hifi_gan_vocab_size": rng.randrange(3, 30), "unit_embed_dim": rng.randrange(1, 9), "lang_embed_dim": rng.randrange(1, 9),
        "spkr_embed_dim": rng.randrange(1, 9), "vocoder_num_langs": rng.randrange(1, 5), "vocoder_num_spkrs": rng.randrange(1, 5),
        "variance_predictor_kernel_size": rng.choice([3, 5]), **_flags(rng, "add_adapter tie_word_embeddings"),
    }  # fmt: skip


def seamless_v2(rng: random.Random) -> dict[str, Any]:
    drawn = seamless(rng)
    for key in ("max_source_positions", "position_embeddings_type"):
        drawn.pop(key)
    return drawn | {
        "char_vocab_size": rng.randrange(3, 30), "left_max_position_embeddings": rng.randrange(1, 9),
        "right_max_position_embeddings": rng.randrange(1, 5), "t2u_variance_predictor_embed_dim": drawn["hidden_size"],
        "t2u_variance_predictor_hidden_dim": rng.randrange(1, 9), "t2u_variance_predictor_kernel_size": rng.choice([3, 5]),
    }  # fmt: skip


def moshi_depth(rng: random.Random) -> dict[str, Any]:
    heads = rng.choice([1, 2, 4])
    return {
        "vocab_size": rng.randrange(3, 60), "hidden_size": heads * rng.choice([2, 4]), "input_size": rng.randrange(1, 20),
        "num_hidden_layers": rng.randrange(0, 3), "num_attention_heads": heads, "num_key_value_heads": rng.choice([None, 1]),
        "audio_vocab_size": rng.randrange(3, 30), "head_dim": rng.choice([None, 4]), "ffn_dim": 2 * rng.randrange(1, 20),
        "num_codebooks": rng.randrange(1, 6),
    }  # fmt: skip


def moshi(rng: random.Random) -> dict[str, Any]:
    drawn, depth, heard = moshi_depth(rng), moshi_depth(rng), mimi(rng)
    drawn.pop("input_size")
    return drawn | {
        "num_codebooks": rng.randrange(1, heard["num_quantizers"]), "audio_encoder_config": heard | {"model_type": "mimi"},
        "audio_vocab_size": rng.choice([None, 9]), "depth_decoder_config": depth, "sliding_window": 16,
    }  # fmt: skip


FAMILIES: dict[str, tuple[str, Draw]] = {
    "encodec": ("EncodecModel", encodec),
    "musicgen_decoder": ("MusicgenModel MusicgenForCausalLM", music_decoder),
    "speecht5": ("SpeechT5Model SpeechT5ForTextToSpeech SpeechT5ForSpeechToText SpeechT5ForSpeechToSpeech", speecht5),
    "speecht5_hifigan": ("SpeechT5HifiGan", speecht5_hifigan),
    "unispeech": ("UniSpeechModel UniSpeechForCTC UniSpeechForSequenceClassification UniSpeechForPreTraining", unispeech),
    "unispeech_sat": (
        "UniSpeechSatModel UniSpeechSatForCTC UniSpeechSatForSequenceClassification UniSpeechSatForAudioFrameClassification "
        "UniSpeechSatForXVector UniSpeechSatForPreTraining", unispeech,
    ),
    "wavlm": ("WavLMModel WavLMForCTC", wavlm),
    "data2vec_audio": ("Data2VecAudioModel Data2VecAudioForCTC", data2vec_audio),
    "sew": ("SEWModel SEWForCTC SEWForSequenceClassification", sew),
    "semantic": ("BarkSemanticModel", bark_part),
    "coarse_acoustics": ("BarkCoarseModel", bark_part),
    "fine_acoustics": ("BarkFineModel", fine),
    "bark": ("BarkModel", bark),
    "vits": ("VitsModel", vits),
    "parakeet_encoder": ("ParakeetEncoder", parakeet_encoder),
    "parakeet_ctc": ("ParakeetForCTC", parakeet_ctc),
    "parakeet_rnnt": ("ParakeetForRNNT", parakeet_rnnt),
    "parakeet_tdt": ("ParakeetForTDT", parakeet_tdt),
    "voxtral_encoder": ("VoxtralEncoder", voxtral_encoder),
    "voxtral": ("VoxtralForConditionalGeneration", voxtral),
    "mimi": ("MimiModel", mimi),
    "mimi_encoder": ("MimiEncoderModel", mimi),
    "mimi_decoder": ("MimiDecoderModel", mimi),
    "kyutai_speech_to_text": ("KyutaiSpeechToTextModel KyutaiSpeechToTextForConditionalGeneration", kyutai),
    "moshi": ("MoshiModel MoshiForCausalLM MoshiForConditionalGeneration", moshi),
    "moshi_depth": ("MoshiDepthDecoder", moshi_depth),
    "seamless_m4t": (
        "SeamlessM4TModel SeamlessM4TForTextToText SeamlessM4TForSpeechToText SeamlessM4TForTextToSpeech "
        "SeamlessM4TForSpeechToSpeech", seamless,
    ),
    "seamless_m4t_v2": (
        "SeamlessM4Tv2Model SeamlessM4Tv2ForTextToText SeamlessM4Tv2ForSpeechToText SeamlessM4Tv2ForTextToSpeech "
        "SeamlessM4Tv2ForSpeechToSpeech", seamless_v2,
    ),
    "wav2vec2_conformer": ("Wav2Vec2ConformerForCTC Wav2Vec2ConformerModel", conformer),
    "wav2vec2_bert": ("Wav2Vec2BertForCTC Wav2Vec2BertModel", wav2vec2_bert),
    "musicgen": ("MusicgenForConditionalGeneration", musicgen),
}  # fmt: skip
