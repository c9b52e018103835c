"""MACs of families of words and sound against torch's own counter over transformers' model, eager attention."""

from __future__ import annotations

import math
import random
from collections.abc import Callable
from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.drawn import FAMILIES
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")

Inputs = Callable[[Any], dict[str, Any]]


def _ids(config: Any) -> dict[str, Any]:
    return {"input_ids": torch.zeros(1, 128, dtype=torch.long)}


def _series(config: Any) -> dict[str, Any]:
    return {"past_values": [torch.linspace(0, 1, config.context_length)], "freq": [0]}


def _channels(config: Any) -> dict[str, Any]:
    return {"past_values": torch.linspace(0, 1, config.context_length).repeat(config.num_input_channels, 1).T[None]}


def _past_and_future(config: Any) -> dict[str, Any]:
    before, after = config.context_length + max(config.lags_sequence), config.prediction_length
    variates = (config.input_size,) if config.input_size > 1 else ()
    static = {}
    if config.num_static_categorical_features:
        static["static_categorical_features"] = torch.zeros(1, config.num_static_categorical_features, dtype=torch.long)
    if config.num_static_real_features:
        static["static_real_features"] = torch.zeros(1, config.num_static_real_features)
    times = config.num_time_features + config.num_dynamic_real_features
    return static | {
        "past_values": torch.rand(1, before, *variates),
        "past_observed_mask": torch.ones(1, before, *variates),
        "past_time_features": torch.zeros(1, before, times),
        "future_values": torch.ones(1, after, *variates),
        "future_time_features": torch.zeros(1, after, times),
    }


def _page(config: Any) -> dict[str, Any]:
    picture = torch.zeros(1, config.num_channels, config.input_size, config.input_size)
    seen = {"pixel_values": picture} if config.visual_embed else {}
    return _ids(config) | {"bbox": torch.zeros(1, 128, 4, dtype=torch.long)} | seen


def _table(config: Any) -> dict[str, Any]:
    return _ids(config) | {"token_type_ids": torch.zeros(1, 128, 7, dtype=torch.long)}


def _books(config: Any) -> dict[str, Any]:
    return {"input_ids": torch.zeros(1, config.num_codebooks, 128, dtype=torch.long)}


def _second(config: Any) -> dict[str, Any]:
    return {"input_values": torch.zeros(1, config.audio_channels, config.sampling_rate)}


def _one_channel(config: Any) -> dict[str, Any]:
    return {"input_values": torch.zeros(1, 1, config.sampling_rate)}


def _spectrogram_that_is_heard_at_once(config: Any) -> dict[str, Any]:
    frames = config.spec_size * config.spec_size // config.num_mel_bins
    return {
        "input_features": torch.zeros(1, 1, frames, config.num_mel_bins),
        "is_longer": torch.zeros(1, dtype=torch.bool),
    }


def _ten_seconds(config: Any) -> dict[str, Any]:
    """Pairs of frames; of 128 tokens as many as stand for them."""
    stand = -(-500 // config.window_size) * config.window_size // config.downsample_rate
    ids = torch.tensor([[config.audio_token_index] * stand + [0] * (128 - stand)])
    return {"input_ids": ids, "input_features": torch.zeros(1, 500, config.encoder_config.input_dim)}


def _frames(config: Any) -> dict[str, Any]:
    return {"input_features": torch.zeros(1, 50, config.feature_projection_input_dim)}


def _spectrogram(config: Any) -> dict[str, Any]:
    return {"spectrogram": torch.zeros(1, 100, config.model_in_dim)}


def _spoken(config: Any) -> dict[str, Any]:
    return {
        "decoder_input_values": torch.zeros(1, 128, config.num_mel_bins),
        "speaker_embeddings": torch.zeros(1, config.speaker_embedding_dim),
    }


def _answered(heard: Inputs) -> Inputs:
    """What a model hears or reads, and as many tokens of its answer as stand before the next."""
    return lambda config: heard(config) | {"decoder_input_ids": _ids(config)["input_ids"]}


def _samples(config: Any) -> dict[str, Any]:
    return {"input_values": torch.zeros(1, 16000)}


def _mels(config: Any) -> dict[str, Any]:
    return {"input_features": torch.zeros(1, 100, config.encoder_config.num_mel_bins)}


def _half_a_minute(config: Any) -> dict[str, Any]:
    return {"input_features": torch.zeros(1, config.num_mel_bins, 2 * config.max_source_positions)}


def _latents(config: Any) -> dict[str, Any]:
    frames = -(-config.sampling_rate // math.prod(config.upsampling_ratios))
    return {"latents": torch.zeros(1, config.hidden_size, -(-frames // config.latent_stride))}


def _frames_of_books(config: Any) -> dict[str, Any]:
    return {"input_ids": torch.zeros(1, 128, config.num_codebooks + 1, dtype=torch.long)}


def _steps_of_books(config: Any) -> dict[str, Any]:
    ids = torch.zeros(1, config.num_codebooks, dtype=torch.long)
    return {"input_ids": ids, "last_hidden_state": torch.zeros(1, config.num_codebooks, config.input_size)}


COUNTED: dict[str, tuple[str, Inputs]] = {
    "MobileBertForPreTraining": ("mobilebert", _ids),
    "SqueezeBertForMaskedLM": ("squeezebert", _ids),
    "XLNetLMHeadModel": ("xlnet", _ids),
    "XLNetForQuestionAnswering": ("xlnet", _ids),
    "LongT5ForConditionalGeneration": ("longt5", _answered(_ids)),
    "SwitchTransformersForConditionalGeneration": ("switch_transformers", _answered(_ids)),
    "PegasusXForConditionalGeneration": ("pegasus_x", _answered(_ids)),
    "JetMoeForCausalLM": ("jetmoe", _ids),
    "ZambaForCausalLM": ("zamba", _ids),
    "DogeForCausalLM": ("doge", _ids),
    "UniSpeechForPreTraining": ("unispeech", _samples),
    "UniSpeechSatForXVector": ("unispeech_sat", _samples),
    "WavLMForCTC": ("wavlm", _samples),
    "Wav2Vec2ConformerForXVector": ("wav2vec2_conformer", _samples),
    "Data2VecAudioForCTC": ("data2vec_audio", _samples),
    "SEWForCTC": ("sew", _samples),
    "ParakeetForCTC": ("parakeet_ctc", _mels),
    "VoxtralEncoder": ("voxtral_encoder", _half_a_minute),
    "MimiEncoderModel": ("mimi_encoder", _second),
    "MimiDecoderModel": ("mimi_decoder", _latents),
    "KyutaiSpeechToTextModel": ("kyutai_speech_to_text", _frames_of_books),
    "MoshiForCausalLM": ("moshi", _ids),
    "MoshiDepthDecoder": ("moshi_depth", _steps_of_books),
    "EsmForMaskedLM": ("esm", _ids),
    "XLMForQuestionAnswering": ("xlm", _ids),
    "FlaubertWithLMHeadModel": ("flaubert", _ids),
    "SeamlessM4Tv2ForSpeechToText": ("seamless_m4t_v2", _answered(_frames)),
    "SeamlessM4TForTextToText": ("seamless_m4t", _answered(_ids)),
    "SeamlessM4TForSpeechToText": ("seamless_m4t", _answered(_frames)),
    "VitsModel": ("vits", lambda config: _ids(config) | ({"speaker_id": 0} if config.num_speakers > 1 else {})),
    "EncodecModel": ("encodec", _second),
    "MusicgenForCausalLM": ("musicgen_decoder", _books),
    "Wav2Vec2BertModel": ("wav2vec2_bert", _frames),
    "Wav2Vec2BertForXVector": ("wav2vec2_bert", _frames),
    "ClapAudioModelWithProjection": ("clap_audio_model", _spectrogram_that_is_heard_at_once),
    "GraniteSpeechForConditionalGeneration": ("granite_speech", _ten_seconds),
    "LayoutLMv3ForTokenClassification": ("layoutlmv3", _page),
    "LiltForTokenClassification": ("lilt", _ids),
    "DPRReader": ("dpr", _ids),
    "LagunaForCausalLM": ("laguna", _ids),
    "MellumForCausalLM": ("mellum", _ids),
    "GraniteSWAForCausalLM": ("granite_swa", _ids),
    "GraniteMoeSWAForCausalLM": ("granitemoe_swa", _ids),
    "Mistral4ForCausalLM": ("mistral4", _ids),
    "AXK1ForCausalLM": ("axk1", _ids),
    "DeepseekV4ForCausalLM": ("deepseek_v4", _ids),
    "TapasForQuestionAnswering": ("tapas", _table),
    "TimesFmModelForPrediction": ("timesfm", _series),
    "InformerForPrediction": ("informer", _past_and_future),
    "TimeSeriesTransformerForPrediction": ("time_series_transformer", _past_and_future),
    "PatchTSTForPretraining": ("patchtst", _channels),
    "PatchTSTForPrediction": ("patchtst", _channels),
    "PatchTSTForRegression": ("patchtst", _channels),
    "DacModel": ("dac", _one_channel),
    "MoonshineForConditionalGeneration": ("moonshine", _answered(_samples)),
    "SpeechT5HifiGan": ("speecht5_hifigan", _spectrogram),
    "SpeechT5ForTextToSpeech": ("speecht5", lambda config: _ids(config) | _spoken(config)),
    "SpeechT5ForSpeechToText": ("speecht5", _answered(_samples)),
}
"""The class, its family, and what it reads: as much as the family's text says."""
FIXED: dict[str, dict[str, Any]] = {
    "PatchTSTForPrediction": {"share_projection": True},  # with several, its class stumbles over the second channel
    "LayoutLMv3ForTokenClassification": {"max_position_embeddings": 140},
    "LiltForTokenClassification": {"max_position_embeddings": 140},
    "DPRReader": {"max_position_embeddings": 128, "projection_dim": 0},
    "TapasForQuestionAnswering": {"max_position_embeddings": 128},
    "GraniteSpeechForConditionalGeneration": {"audio_token_index": 1, "downsample_rate": 5, "window_size": 15},
    "MoonshineForConditionalGeneration": {
        "pad_head_dim_to_multiple_of": None
    },  # zeros beside a head, for a kernel's sake
    "LongT5ForConditionalGeneration": {"d_kv": 3},  # a sum of one product is none of matrices to torch
    "PegasusXForConditionalGeneration": {"num_global_tokens": 3},
    "MoshiDepthDecoder": {"num_codebooks": 3},
    "EsmForMaskedLM": {"max_position_embeddings": 140},
    "XLMForQuestionAnswering": {"max_position_embeddings": 128},
    "FlaubertWithLMHeadModel": {"max_position_embeddings": 128, "pre_norm": False},  # its class stumbles over its cache
    "MobileBertForPreTraining": {"max_position_embeddings": 128},
    "SqueezeBertForMaskedLM": {"max_position_embeddings": 128},
    "MusicgenForCausalLM": {"max_position_embeddings": 128},
    "Wav2Vec2BertForXVector": {"add_adapter": False, "use_intermediate_ffn_before_adapter": False},
}
"""Sizes with which the class reads that much."""
WITHOUT_CHOICE = ("DacModel", "EncodecModel", "SpeechT5HifiGan", "WavLMForCTC", "VitsModel")
"""Classes that have no attention of several sorts."""


def _speak_two_frames_a_letter(model: Any) -> None:
    """A VITS whose durations are not drawn: each is the whole number above ``e^0.6``."""
    predictor = model.duration_predictor
    if hasattr(predictor, "proj"):
        predictor.proj.weight.zero_()
        predictor.proj.bias.fill_(0.6)
    else:
        predictor.flows[0].log_scale.fill_(20.0)
        predictor.flows[0].translate.fill_(-0.6 * math.exp(20.0))


def counted(architecture: str, inputs: Inputs, values: dict[str, Any]) -> int | None:
    """What torch counts, recurrent layers among it; nothing where the class builds what it cannot run."""
    from torch.utils.flop_counter import FlopCounterMode

    built = getattr(transformers, architecture, None) or getattr(transformers.models.moshi.modeling_moshi, architecture)
    config = built.config_class(**values)
    sort = {} if architecture in WITHOUT_CHOICE else {"attn_implementation": "eager"}
    with torch.no_grad(), torch.backends.mkldnn.flags(enabled=False):
        if getattr(built, "_can_set_experts_implementation", lambda: False)():
            sort["experts_implementation"] = "eager"
        model = built._from_config(config, **sort).eval()
        if architecture == "VitsModel":
            _speak_two_frames_a_letter(model)
        with FlopCounterMode(display=False) as counter:
            try:
                model(**inputs(config))
            except (RuntimeError, ZeroDivisionError, IndexError):
                return None
    return int(counter.get_total_flops()) // 2


@pytest.mark.parametrize("architecture", COUNTED)
def test_macs_are_those_that_torch_counts(architecture: str) -> None:
    family, inputs = COUNTED[architecture]
    rng, compared = random.Random(architecture), 0
    for _ in range(20):
        values = FAMILIES[family][1](rng) | FIXED.get(architecture, {})
        wanted = counted(architecture, inputs, values)
        if wanted is None:
            continue
        ledger = keep_books(network_of({**values, "model_type": family, "architectures": [architecture]}, "drawn"))
        assert ledger.totals.macs == wanted, values
        compared += 1
        if compared == 3:
            return
    pytest.fail("no configuration that the class runs was drawn")
