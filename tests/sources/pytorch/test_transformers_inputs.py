"""Inputs that models of transformers ask for: found, and counted as PyTorch counts the same call with values."""

from __future__ import annotations

import pytest

torch = pytest.importorskip("torch")
pytest.importorskip("transformers")

from torch.nn.attention import SDPBackend, sdpa_kernel  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

from tests.torchvision_support import import_torchvision  # noqa: E402

import_torchvision()
import transformers  # noqa: E402

from netledger.ledger import keep_books  # noqa: E402
from netledger.sources import Options  # noqa: E402
from netledger.sources.pytorch import counting  # noqa: E402

TEXT = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4, "vocab_size": 99,
    "num_key_value_heads": 2, "pad_token_id": 0, "bos_token_id": 1, "eos_token_id": 2,
}  # fmt: skip
CLIP = {
    "model_type": "clip_vision_model", "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2,
    "num_attention_heads": 4, "image_size": 32, "patch_size": 8, "projection_dim": 32,
}  # fmt: skip
SIGLIP = {**CLIP, "model_type": "siglip_vision_model", "vision_use_head": False}
QWEN = {"depth": 2, "embed_dim": 32, "hidden_size": 32, "num_heads": 4, "patch_size": 4, "mlp_ratio": 2}
ROPE = {"rope_type": "default", "rope_theta": 1e4, "mrope_section": [1, 1, 2]}

MODELS = {
    "llava": ({"image_token_index": 90}, {**TEXT, "model_type": "llama"}, CLIP, 16),
    "llava_next": (
        {"image_token_index": 90, "image_grid_pinpoints": [[32, 64]]}, {**TEXT, "model_type": "llama"}, CLIP, None,
    ),
    "paligemma": (
        {"image_token_index": 90, "hidden_size": 32, "projection_dim": 32},
        {**TEXT, "model_type": "gemma", "head_dim": 8}, SIGLIP, 16,
    ),
    "idefics3": (
        {"image_token_id": 90, "scale_factor": 2},
        {**TEXT, "model_type": "llama"}, {**CLIP, "model_type": "idefics3_vision"}, 4,
    ),
    "qwen2_vl": ({"image_token_id": 90, "video_token_id": 91}, {**TEXT, "rope_parameters": ROPE}, QWEN, 64),
}  # fmt: skip


def by_flop_counter(model, given):
    """What PyTorch says of the products that ran, with values."""
    kwargs = {
        name: torch.rand_like(value) if torch.is_tensor(value) and value.is_floating_point() else value
        for name, value in given.arguments(model, True)[1].items()
    }
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), FlopCounterMode(display=False) as counter:
        model(**kwargs)
    return counter.get_total_flops() // 2


def found(model, monkeypatch):
    """Its ledger, and the call that was found for it."""
    calls = []
    original = counting.Passes.thorough
    monkeypatch.setattr(
        counting.Passes, "thorough", lambda passes, given: calls.append(given) or original(passes, given)
    )
    return keep_books(counting.network_of(model, Options())), calls[-1]


@pytest.mark.parametrize("kind", MODELS)
def test_an_image_is_among_the_tokens(kind, monkeypatch):
    own, text, vision, pieces = MODELS[kind]
    config = transformers.CONFIG_MAPPING[kind](text_config=text, vision_config=vision, **own)
    model = transformers.AutoModel.from_config(config, attn_implementation="eager").eval()
    ledger, given = found(model, monkeypatch)
    assert "pixel_values" in given.kwargs
    if pieces:
        assert int((given.kwargs["input_ids"] == 90).sum()) == pieces
        assert any(f"{pieces} of an image and" in line for line in ledger.network.assumed)
    assert ledger.totals.macs == by_flop_counter(model, given)


def test_sequences_to_choose_among(monkeypatch):
    model = transformers.BertForMultipleChoice(transformers.BertConfig(**TEXT, attn_implementation="eager")).eval()
    ledger, given = found(model, monkeypatch)
    assert given.kwargs["input_ids"].shape == (1, 2, 128)
    assert ledger.totals.macs == by_flop_counter(model, given)


def test_a_call_with_something_else_than_tensors_is_not_found():
    """A model of videos is called with a session: nothing is known of what it computes."""
    config = transformers.Sam2VideoConfig()
    with torch.device("meta"):
        ledger = keep_books(counting.network_of(transformers.Sam2VideoModel(config), Options()))
    assert not isinstance(ledger.totals.macs, int)
    [(_, reason)] = [one for one in ledger.unknown if one[0] == "forward"]
    assert "inference_session is a Sam2VideoInferenceSession: give it as in netledger.summary(model, " in str(reason)


SMALL = {"d_model": 32, "encoder_layers": 1, "decoder_layers": 1, "encoder_ffn_dim": 64, "decoder_ffn_dim": 64,
         "encoder_attention_heads": 2, "decoder_attention_heads": 2, "vocab_size": 99}  # fmt: skip
VIDEO = {"image_size": 32, "patch_size": 8, "num_frames": 4, "tubelet_size": 2, "hidden_size": 32,
         "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64, "decoder_hidden_size": 32,
         "decoder_num_hidden_layers": 1, "decoder_num_attention_heads": 2, "decoder_intermediate_size": 64}  # fmt: skip
BARK = {"block_size": 128, "input_vocab_size": 99, "output_vocab_size": 99, "num_layers": 1, "num_heads": 2,
        "hidden_size": 32, "n_codes_total": 4, "n_codes_given": 1}  # fmt: skip
PIX2STRUCT = {"hidden_size": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_hidden_layers": 1, "num_heads": 4,
              "num_attention_heads": 4, "vocab_size": 99, "patch_embed_hidden_size": 48}  # fmt: skip
PADDLE_OCR = {
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_hidden_layers": 1,
    "num_attention_heads": 2,
    "patch_size": 8,
}
DOTS_AUDIO = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 2,
              "downsample_hidden_size": 8, "adapter_input_size": 32}  # fmt: skip
TINY = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_attention_heads": 4}
MLLAMA_VISION = {
    "hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 1, "num_global_layers": 1, "attention_heads": 4,
    "num_attention_heads": 4, "vision_output_dim": 64, "image_size": 16, "patch_size": 8, "max_num_tiles": 2,
    "intermediate_layers_indices": [0], "supported_aspect_ratios": [[1, 1], [1, 2]],
}  # fmt: skip
MLLAMA = {"vision_config": MLLAMA_VISION, "text_config": {**TEXT, "cross_attention_layers": [1]},
          "image_token_index": 90}  # fmt: skip
SWITCH = {"d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 2, "num_sparse_encoder_layers": 1,
          "num_decoder_layers": 2, "num_sparse_decoder_layers": 1, "num_heads": 4, "vocab_size": 99,
          "num_experts": 4, "expert_capacity": 8}  # fmt: skip
NLLB = {**SMALL, "num_experts": 4, "expert_capacity": 8, "encoder_sparse_step": 1, "decoder_sparse_step": 1}
UNITS = {
    "hidden_size": 32, "vocab_size": 99, "t2u_vocab_size": 99, "t2u_encoder_layers": 1,
    "t2u_encoder_attention_heads": 4, "t2u_encoder_ffn_dim": 64, "t2u_decoder_layers": 1,
    "t2u_decoder_attention_heads": 4, "t2u_decoder_ffn_dim": 64,
}  # fmt: skip
XCLIP = {**TINY, "image_size": 32, "patch_size": 8, "num_frames": 4, "mit_hidden_size": 32,
         "mit_intermediate_size": 64, "mit_num_hidden_layers": 1, "mit_num_attention_heads": 4}  # fmt: skip
PHI_AUDIO = {"hidden_size": 32, "intermediate_size": 64, "num_blocks": 1, "num_attention_heads": 4,
             "ext_pw_out_channel": 32, "depthwise_separable_out_channel": 32, "nemo_conv_channels": 32}  # fmt: skip
RAG = {
    "question_encoder": {**TINY, "model_type": "dpr", "vocab_size": 99},
    "generator": {**SMALL, "model_type": "bart", "max_position_embeddings": 128}, "n_docs": 2,
}  # fmt: skip
BLIP = {
    "vision_config": {**TINY, "image_size": 32, "patch_size": 8}, "num_query_tokens": 5, "image_token_index": 90,
    "qformer_config": {**TINY, "encoder_hidden_size": 32, "vocab_size": 99},
    "text_config": {**TEXT, "model_type": "opt", "ffn_dim": 64, "word_embed_proj_dim": 32},
}  # fmt: skip
TOKENS_AND_IMAGES = {**TEXT, "model_type": "gemma", "head_dim": 8}
PI0 = {
    "vlm_config": {"model_type": "paligemma", "text_config": TOKENS_AND_IMAGES, "vision_config": SIGLIP,
                   "image_token_index": 90, "projection_dim": 32, "hidden_size": 32},
    "dit_config": TOKENS_AND_IMAGES, "chunk_size": 5, "max_state_dim": 8, "max_action_dim": 8,
}  # fmt: skip
XCODEC = {
    **TEXT, "hidden_size": 64, "num_hidden_layers": 1, "num_key_value_heads": 4, "head_dim": 16,
    "encoder_hidden_size": 2, "quantization_dim": 128,
    "semantic_model_config": {**TINY, "model_type": "wav2vec2-bert", "hidden_size": 64},
}  # fmt: skip
ROPE_WHOLE = {**ROPE, "partial_rotary_factor": 1.0}
VQ = {"embed_dim": 32, "num_embeddings": 80, "latent_channels": 32}
GLM_IMAGE = {
    "text_config": {**TEXT, "rope_parameters": ROPE_WHOLE}, "vq_config": VQ,
    "vision_config": {"hidden_size": 32, "depth": 2, "num_heads": 4, "patch_size": 4, "intermediate_size": 64},
    "image_token_id": 90,
}  # fmt: skip
LLAMA4_VISION = {
    **TINY, "intermediate_size": 128, "image_size": 32, "patch_size": 8, "vision_output_dim": 32,
    "projector_input_dim": 32, "projector_output_dim": 32,
}  # fmt: skip
LUKE = {**TEXT, "entity_vocab_size": 20, "entity_emb_size": 16}
ASKED = [
    ("LukeForEntitySpanClassification", LUKE, "entity_start_positions 1×2, from the model's configuration"),
    ("LukeForEntityPairClassification", LUKE, "entity_position_ids 1×2×4, from the model's configuration"),
    (
        "VisualBertForRegionToPhraseAlignment", {**TEXT, "visual_embedding_dim": 16},
        "region_to_phrase_position 1×128, from the model's configuration",
    ),
    ("PI0Model", PI0, "256 replaced by 1, as the model asks"),
    ("PI0ForConditionalGeneration", PI0, "state 1×8, from the model's configuration"),
    ("Xcodec2Model", XCODEC, "512 replaced by 50, as the model asks"),
    ("GlmImageModel", GLM_IMAGE, "input_ids 1×384: 256 of an image and 128 of text"),
    ("Llama4VisionModel", LLAMA4_VISION, "pixel_values 1×3×32×32, from the model's configuration"),
    ("MllamaVisionModel", MLLAMA_VISION, "pixel_values 1×1×2×3×16×16, from the model's configuration"),
    ("MllamaForConditionalGeneration", MLLAMA, "aspect_ratio_ids 1×1, from the model's configuration"),
    ("SwitchTransformersModel", SWITCH, "input_ids 1×8, from the model's configuration"),
    ("NllbMoeModel", NLLB, "input_ids 1×8, from the model's configuration"),
    ("SeamlessM4TTextToUnitModel", UNITS, "inputs_embeds 1×128×32, from the model's configuration"),
    (
        "Qwen3OmniMoeTalkerCodePredictorModelForConditionalGeneration",
        {**TEXT, "num_code_groups": 6, "head_dim": 8}, "inputs_embeds 1×6×32, from the model's configuration",
    ),
    ("XCLIPVisionModel", XCLIP, "pixel_values 4×3×32×32, from the model's configuration"),
    ("Phi4MultimodalAudioModel", PHI_AUDIO, "588 replaced by 80, as the model asks"),
    ("RagTokenForGeneration", RAG, "doc_scores 1×2, from the model's configuration"),
    ("InstructBlipForConditionalGeneration", BLIP, "input_ids 1×133: 5 of an image and 128 of text"),
    (
        "InstructBlipVideoForConditionalGeneration", {**BLIP, "video_token_index": 91},
        "pixel_values 1×1×3×32×32, from the model's configuration",
    ),
    (
        "MuseGlimmerAssistantModel",
        {**TEXT, "head_dim": 8, "target_layer_ids": [0, 1]}, "context_hidden_states 1×128×32, from the model's configuration",
    ),
    ("PaddleOCRVisionModel", PADDLE_OCR, "pixel_values 1×256×3×8×8, from the model's configuration"),
    ("Dots3NoteAudioModel", DOTS_AUDIO, "chunk_sample_lengths 1, from the model's configuration"),
    ("BartForSequenceClassification", SMALL, "input_ids end in 1 × eos_token"),
    ("MBartForSequenceClassification", SMALL, "input_ids end in 1 × eos_token"),
    ("XmodForCausalLM", {**TEXT, "is_decoder": True}, "lang_ids 1, from the model's configuration"),
    (
        "TimesFmModel", {**TEXT, "head_dim": 8, "num_attention_heads": 4},
        "past_values_padding 1×512, from the model's configuration",
    ),
    (
        "LongformerForMultipleChoice",
        {**TEXT, "attention_window": [4, 4], "sep_token_id": 5, "max_position_embeddings": 140},
        "input_ids end in 3 × sep_token",
    ),
    ("VideoMAEForPreTraining", VIDEO, "bool_masked_pos 1×32, from the model's configuration"),
    ("BarkFineModel", BARK, "input_ids 1×128×4, from the model's configuration"),
    (
        "Pix2StructForConditionalGeneration", {"text_config": PIX2STRUCT, "vision_config": PIX2STRUCT},
        "flattened_patches 1×256×50, from the model's configuration",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("name", "sizes", "said"), ASKED)
def test_what_a_model_says_it_misses_is_given(name, sizes, said, monkeypatch):
    kind = getattr(transformers, name, None)
    if kind is None:
        pytest.skip(f"this transformers has no {name}")
    model = kind(kind.config_class(**sizes)).eval()
    ledger, given = found(model, monkeypatch)
    assert said in ledger.network.assumed
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    assert ledger.total_mult_adds == by_flop_counter(model, given)


def test_several_configurations_of_text_are_no_reason_to_stop():
    text = {"model_type": "t5", "d_model": 32, "d_kv": 8, "d_ff": 64, "num_layers": 1, "num_heads": 2, "vocab_size": 99}
    sound = {"model_type": "encodec", "hidden_size": 16, "num_filters": 4, "codebook_size": 16, "codebook_dim": 16}
    speech = {"model_type": "musicgen_decoder", "hidden_size": 32, "ffn_dim": 64, "num_hidden_layers": 1,
              "num_attention_heads": 2, "vocab_size": 16, "num_codebooks": 4}  # fmt: skip
    config = transformers.MusicgenConfig(text_encoder=text, audio_encoder=sound, decoder=speech)
    ledger = keep_books(counting.network_of(transformers.MusicgenForConditionalGeneration(config), Options()))
    assert isinstance(ledger.totals.macs, int), ledger.unknown
    assert "decoder_input_ids 4×128, from the model's configuration" in ledger.network.assumed
