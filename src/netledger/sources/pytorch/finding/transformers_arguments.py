"""What each argument of a transformers model's ``forward`` may be, by its name, as the model's configuration has it."""

from __future__ import annotations

from netledger.sources.pytorch.finding.model_sizes import ModelSizes
from netledger.sources.pytorch.inputs import Spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Maker = Callable[[ModelSizes], list[Any]]

SEQUENCE = 128
"""Tokens that a language model is shown where nobody says how many."""
ENTITIES = (2, 4)
"""Entities that a text names, as many as a model of pairs compares, and the tokens of each."""
SECOND = 16000
"""Samples of a second of speech."""
LINE = (48, 320)
"""Height and width of a line of print, as readers of it take them (PaddleOCR's default)."""
PATCHES = 16
"""Patches along each side of an image where the configuration does not say how large one is."""

# ---------------------------------------------------------------------- one maker for each sort of argument


def _ids(*shape: int) -> Spec:
    return Spec("", shape, "int64")


def length(sizes: ModelSizes) -> int:
    """How many tokens: no more than have positions, or than one expert takes, so that no routing leaves one out."""
    stated = [getattr(sizes.text(), name, None) for name in ("max_position_embeddings", "expert_capacity")]
    return min([SEQUENCE, *[most for most in stated if isinstance(most, int) and most > 0]])


def tokens(sizes: ModelSizes) -> list[Any]:
    """Token ids, and what goes with each of them."""
    return [_ids(1, length(sizes))]


def token_ids(sizes: ModelSizes) -> list[Any]:
    """Token ids; for speech in several codebooks one of each at every step, with or without one of text."""
    stated = [
        getattr(one, name, 0) for one in (sizes.config, sizes.text()) for name in ("num_codebooks", "n_codes_total")
    ]
    many = next((number for number in stated if number), 0)
    several = [_ids(1, length(sizes), many), _ids(1, length(sizes), many + 1)] if many > 1 else []
    return [*tokens(sizes), *several]


def decoder_ids(sizes: ModelSizes) -> list[Any]:
    """Token ids that a decoder goes on from; of speech in several codebooks a row of each."""
    many = sizes.whole("num_codebooks", default=0)
    return [*tokens(sizes), *([_ids(many, length(sizes))] if many > 1 else [])]


def images(sizes: ModelSizes) -> list[Any]:
    """An image, as the vision part reads it; several for a model of videos."""
    part = sizes.holder("vision_config", "backbone_config")
    height, width = part.pair("image_size", "img_size", "crop_size", default=224)
    channels = part.whole("num_channels", "in_channels", "in_chans", default=3)
    frames = part.first("num_frames", "frames_per_clip")
    patch = part.pair("patch_size", default=PATCHES)
    along = (max(height // patch[0], 1), max(width // patch[1], 1))
    rows = part.whole("num_patches", "max_num_patches", default=along[0] * along[1])
    found = [Spec("", (1, channels, height, width))]
    if isinstance(frames, int):
        found.insert(0, Spec("", (1, frames, channels, height, width)))
        found.append(Spec("", (frames, channels, height, width)))
    more = [(1, 1, channels, height, width), (1, 2, channels, height, width), (1, rows, channels * patch[0] * patch[1])]
    if (height, width) != (224, 224):
        more.insert(0, (1, channels, 224, 224))
    more.append((1, channels, *LINE))
    return [*found, *[Spec("", shape, filled=len(shape) == 5) for shape in more]]  # of several, empty ones are left out


def tiles(sizes: ModelSizes) -> list[Any]:
    """An image cut into tiles, as many as may be, each as large as the vision part reads."""
    part = sizes.holder("vision_config")
    sides = part.pair("image_size", default=224)
    return [Spec("", (1, 1, part.whole("max_num_tiles", default=1), part.whole("num_channels", default=3), *sides))]


def tiles_there(sizes: ModelSizes) -> list[Any]:
    """Which of :func:`tiles` are there: all."""
    return [_ids(*one.shape[:3]) for one in tiles(sizes)]


def embeddings(sizes: ModelSizes) -> list[Any]:
    """Tokens already looked up, for a model that takes no token ids; of speech in several codebooks one of each."""
    text = ModelSizes(sizes.text())
    many = min(length(sizes), text.whole("num_code_groups", default=SEQUENCE))
    return [Spec("", (1, many, text.whole("hidden_size", "d_model", default=1)))]


def documents(sizes: ModelSizes) -> list[Any]:
    """Token ids of the documents found for a question, each with the question before it."""
    return [_ids(sizes.whole("n_docs", default=1), length(sizes))]


def videos(sizes: ModelSizes) -> list[Any]:
    """Frames of a video."""
    part = sizes.holder("vision_config", "video_config", "video_encoder_config")
    height, width = part.pair("crop_size", "image_size", default=224)
    frames = part.whole("frames_per_clip", "num_frames", default=PATCHES)
    return [Spec("", (1, frames, part.whole("num_channels", "in_chans", "in_channels", default=3), height, width))]


def _side(sizes: ModelSizes) -> int:
    """Patches along each side, as many as can be pooled or merged."""
    step = sizes.holder("vision_config").whole("pooling_kernel_size", "spatial_merge_size", default=1)
    return -(-PATCHES // step) * step


def _patches(sizes: ModelSizes) -> tuple[int, int, int]:
    channels, height, width = _one_patch(sizes)
    time = sizes.holder("vision_config").whole("temporal_patch_size", default=1)
    return _side(sizes), _side(sizes), channels * time * height * width


def _one_patch(sizes: ModelSizes) -> tuple[int, int, int]:
    part = sizes.holder("vision_config")
    height, width = part.pair("patch_size", "spatial_patch_size", default=14)
    return part.whole("in_channels", "in_chans", "num_channels", default=3), height, width


def flat_patches(sizes: ModelSizes) -> list[Any]:
    """An image as rows of patches, as models of images of any size read it."""
    rows, columns, width = _patches(sizes)
    part = sizes.holder("vision_config")
    return [
        Spec("", (rows * columns, width)),
        Spec("", (1, rows * columns, width)),
        Spec("", (rows * columns, *_one_patch(sizes))),
        Spec("", (1, rows * columns, *_one_patch(sizes))),
        Spec("", (rows * columns, part.whole("hidden_size", "embed_dim", default=width))),
    ]


def patches_with_places(sizes: ModelSizes) -> list[Any]:
    """An image as rows of patches, before each its row and column."""
    rows, columns, width = _patches(sizes)
    width = sizes.holder("vision_config").whole("patch_embed_hidden_size", default=width)
    return [Spec("", (1, rows * columns, 2 + width))]


def grid(sizes: ModelSizes) -> list[Any]:
    """How many patches in time, height and width."""
    import torch

    one = [1, *_patches(sizes)[:2]]
    return [torch.tensor([one]), torch.tensor([one, one])]


def image_sizes(sizes: ModelSizes) -> list[Any]:
    """How high and wide an image is, before it is padded or cut up."""
    import torch

    return [torch.tensor([images(sizes)[0].shape[-2:]])]


def patches_in_a_row(sizes: ModelSizes) -> list[Any]:
    """An image as one row of patches, beside :func:`target_sizes`."""
    channels, height, width = _one_patch(sizes)
    return [Spec("", (1, channels, height, width * _side(sizes) ** 2))]


def target_sizes(sizes: ModelSizes) -> list[Any]:
    """How many patches an image is high and wide, where they lie in a row."""
    import torch

    return [torch.tensor([[_side(sizes), _side(sizes)]])]


def spatial_shapes(sizes: ModelSizes) -> list[Any]:
    """How many patches in height and width."""
    import torch

    part = sizes.holder("vision_config")
    side = int(part.whole("num_patches", "max_num_patches", default=PATCHES**2) ** 0.5)
    return [torch.tensor([[side, side]])]


def patch_mask(sizes: ModelSizes) -> list[Any]:
    """Which patches are there: all."""
    part = sizes.holder("vision_config")
    side = int(part.whole("num_patches", "max_num_patches", default=PATCHES**2) ** 0.5)
    return [_ids(1, side * side)]


def patch_positions(sizes: ModelSizes) -> list[Any]:
    """Row and column of each patch of :func:`flat_patches`."""
    import torch

    along = torch.arange(_side(sizes))
    return [torch.cartesian_prod(along, along)[None]]


def positions_of_images(sizes: ModelSizes) -> list[Any]:
    """Which tokens are an image's: as many of the first as it is read as."""
    import torch

    many = sizes.whole("latent_query_num", default=1)
    return [(torch.arange(length(sizes)) < many)[None]]


def one_each(sizes: ModelSizes) -> list[Any]:
    """A one for each image."""
    import torch

    return [torch.ones(1, dtype=torch.int64)]


def waves(sizes: ModelSizes) -> list[Any]:
    """A second of sound: samples, samples by channel, or a spectrogram under the same name."""
    part = sizes.holder("audio_config", "audio_encoder_config", "codec_config")
    channels = part.whole("audio_channels", default=1)
    bins, frames = part.whole("num_mel_bins", "feature_size", default=128), part.whole("max_length", default=1024)
    return [Spec("", shape) for shape in ((1, SECOND), (1, channels, SECOND), (1, frames, bins))]


_BINS = """
num_mel_bins input_feat_per_channel feature_projection_input_dim input_feat_size input_dim feature_size mel_bins n_mels
""".split()


def spectra(sizes: ModelSizes) -> list[Any]:
    """A spectrogram, whichever way it is turned."""
    part = sizes.holder(
        "audio_config", "audio_encoder_config", "encoder_config", "speech_config", "semantic_model_config"
    )
    stated = [part.whole(name, default=0) for name in _BINS]
    bins, *wider = dict.fromkeys([size for size in stated if size] or [80])
    turned = part.whole("feature_projection_input_dim", default=0)  # each frame is one vector
    positions = 0 if turned else part.whole("max_source_positions", default=0)
    shapes = [(1, 512, bins), (1, bins, 512), (1, 1, 1024, bins), (1, 4, 1024, bins), (1, bins, 3000)]
    shapes += [(1, 512, size) for size in wider]
    if positions:
        shapes.insert(0, (1, bins, 2 * positions))
    return [Spec("", shape) for shape in shapes]


def spectra_mask(sizes: ModelSizes) -> list[Any]:
    """Which frames are there: all, in as many as the first of :func:`spectra`'s shapes has."""
    numbers = [_ids(1, 512), *[_ids(1, max(one.shape[1:])) for one in spectra(sizes)[:1]]]
    return [*numbers, *[one.replace(dtype="bool") for one in numbers]]


def samples(sizes: ModelSizes) -> list[Any]:
    """How many samples of sound the frames of a spectrogram come from: all of them are there."""
    import torch

    hop = sizes.whole("hop_length", default=160)
    return [torch.tensor([hop * max(one.shape[1:])]) for one in spectra(sizes)[:1]]


def _lookback(sizes: ModelSizes) -> int:
    config = sizes.config
    lags = getattr(config, "lags_sequence", None) or [0]
    return int(sizes.whole("context_length", "prediction_length", default=SEQUENCE)) + max(lags)


def past(sizes: ModelSizes) -> list[Any]:
    """A time series, with the history that its lags need."""
    channels = sizes.whole("num_input_channels", "input_size", default=1)
    steps = _lookback(sizes)
    shapes = [(1, steps), (1, steps, channels)]
    return [Spec("", shape) for shape in (shapes if channels == 1 else shapes[::-1])]


def past_features(sizes: ModelSizes) -> list[Any]:
    """What is known of each moment."""
    return [Spec("", (1, _lookback(sizes), getattr(sizes.config, "num_time_features", 0)))]


def future(sizes: ModelSizes) -> list[Any]:
    """The series that is to be foretold."""
    return [Spec("", (1, sizes.whole("prediction_length", default=1)))]


def future_features(sizes: ModelSizes) -> list[Any]:
    """What is known of each moment of it."""
    steps = sizes.whole("prediction_length", default=1)
    return [Spec("", (1, steps, getattr(sizes.config, "num_time_features", 0)))]


def _vectors(*names: str, many: str = "", default: int = 0) -> Maker:
    """As many vectors as a sequence has tokens, as wide as one of some settings says."""
    return lambda sizes: [
        Spec("", (1, sizes.whole(many, default=length(sizes)), sizes.whole(*names, default=default or 1)))
    ]


def masked_patches(sizes: ModelSizes) -> list[Any]:
    """Which patches of an image or a video are hidden: nine of ten, as masked autoencoders are trained."""
    import torch

    height, width = sizes.pair("image_size", default=224)
    patch = sizes.pair("patch_size", default=PATCHES)
    moments = sizes.whole("num_frames", default=1) // sizes.whole("tubelet_size", default=1)
    many = max(moments, 1) * (height // patch[0]) * (width // patch[1])
    return [(torch.arange(many) * 10 >= many)[None]]


def first_one(sizes: ModelSizes) -> list[Any]:
    """The number of the first of several things: a language, a frequency."""
    import torch

    return [torch.zeros(1, dtype=torch.int64), torch.zeros(1, 1, dtype=torch.int64)]


def _numbers(*numbers: int) -> Maker:
    """These whole numbers, whatever the sizes are."""

    def maker(sizes: ModelSizes) -> list[Any]:
        import torch

        return [torch.tensor([numbers])]

    return maker


def _static(name: str) -> Maker:
    return lambda sizes: [Spec("", (1, getattr(sizes.config, name, 0)))]


_TOKENS = """
attention_mask token_type_ids decoder_attention_mask qformer_input_ids
qformer_attention_mask protein_input_ids protein_attention_mask timesteps classes_input_ids classes_attention_mask
tasks_input_ids tasks_attention_mask
"""
_ENTITIES = "entity_ids entity_attention_mask entity_token_type_ids entity_start_positions entity_end_positions"
BY_NAME: dict[str, Maker] = {
    **dict.fromkeys(_TOKENS.split(), tokens),
    **dict.fromkeys(("pixel_values", "prompt_pixel_values", "prompt_masks", "image"), images),
    **dict.fromkeys(("grid_thw", "image_grid_thw"), grid),
    **dict.fromkeys(("input_features", "audio_mel"), spectra),
    **dict.fromkeys(("input_features_mask", "feature_attention_mask"), spectra_mask),
    **dict.fromkeys(("past_values", "past_observed_mask"), past),
    **dict.fromkeys(("lang_ids", "freq"), first_one),
    "region_to_phrase_position": tokens,
    "visual_attention_mask": lambda sizes: [_ids(1, sizes.whole("num_visual", default=length(sizes)))],
    **dict.fromkeys(("merge_sizes", "classes_structure"), one_each),
    **dict.fromkeys(("context_input_ids", "context_attention_mask"), documents),
    "aspect_ratio_ids": _numbers(1),
    "aspect_ratio_mask": tiles_there,
    "chunk_sample_lengths": samples,
    **dict.fromkeys(_ENTITIES.split(), lambda sizes: [_ids(1, *ENTITIES[:1])]),
    "entity_position_ids": lambda sizes: [_ids(1, *ENTITIES)],
    "doc_scores": lambda sizes: [Spec("", (1, sizes.whole("n_docs", default=1)))],
    "mask": lambda sizes: [None],  # nothing is left out
    "codebook_idx": lambda sizes: [1],  # of the first nothing is foretold
    "flattened_patches": patches_with_places,
    "input_ids": token_ids,
    "marks": _numbers(1, 2),  # two options to decide between, at the first tokens
    "num_options": _numbers(2),
    "question_type_ids": _numbers(0),
    "decoder_input_ids": decoder_ids,
    "past_values_padding": lambda sizes: [_ids(*one.shape) for one in past(sizes)],
    "bool_masked_pos": masked_patches,
    "audio_mel_mask": lambda sizes: [Spec("", one.shape, "bool") for one in spectra_mask(sizes)],
    "image_attention_mask": lambda sizes: [_ids(1, length(sizes), 1)],
    "image_sizes": image_sizes,
    "image_embeds_position_mask": positions_of_images,
    "pixel_position_ids": patch_positions,
    "actions": _vectors("act_dim"),
    "bbox": lambda sizes: [_ids(1, length(sizes), 4)],
    "decoder_input_values": _vectors("num_mel_bins", default=80),
    "encoder_hidden_states": _vectors("encoder_hidden_size", "hidden_size"),
    "future_time_features": future_features,
    "future_values": future,
    "hidden_states": flat_patches,
    "input_values": waves,
    "inputs": _vectors("d_model"),
    "latents": _vectors("hidden_size", "latent_dim"),
    "past_time_features": past_features,
    "pixel_attention_mask": patch_mask,
    "pixel_values_videos": videos,
    "query_embeds": _vectors("hidden_size", many="num_query_tokens"),
    "returns_to_go": _vectors(default=1),
    "rewards": _vectors(default=1),
    "spatial_shapes": spatial_shapes,
    "target_sizes": target_sizes,
    "state": lambda sizes: [Spec("", (1, sizes.whole("max_state_dim", "state_dim", default=1)))],
    "states": _vectors("state_dim"),
    "static_categorical_features": _static("num_static_categorical_features"),
    "static_real_features": _static("num_static_real_features"),
    "task_inputs": lambda sizes: [_ids(1, sizes.whole("task_seq_len", default=77))],
    "visual_embeds": _vectors("visual_embedding_dim"),
    "visual_feats": _vectors("visual_feat_dim", many="num_visual"),
    "visual_pos": _vectors(default=4),
}
"""Name of an argument → what it may be, the likeliest first."""
