"""SAM 2's MACs against torch's own counter over transformers' class: a picture with a point, and the second frame of a film."""

from __future__ import annotations

import random
from typing import Any

import pytest

from netledger.ledger import keep_books
from netledger.sources.configs import network_of
from tests.properties.vision.segmenting import sam2, sam2_video
from tests.torchvision_support import import_torchvision

torch = pytest.importorskip("torch")
import_torchvision()
transformers = pytest.importorskip("transformers")


def of_no_use(eye: Any, side: int) -> int:
    """What the class multiplies and then does not read: each place's heads with each other (``attn_weights`` before the
    queries are gathered), in windows that are padded.
    """
    seen, number = 0, 0
    for stage, depth in enumerate(eye.blocks_per_stage):
        for block in range(depth):
            first = block == 0 and stage > 0
            window = 0 if number in eye.global_attention_blocks else eye.window_size_per_stage[stage - first]
            padded = -(-side // window) * window if window else side
            seen += padded**2 * eye.num_attention_heads_per_stage[stage] * eye.embed_dim_per_stage[stage]
            side //= 2 if first else 1
            number += 1
    return seen


def made(kind: str, values: dict[str, Any]) -> Any:
    """The class called so, of drawn sizes."""
    built = getattr(transformers, kind)
    config = built.config_class(**values)
    return built._from_config(config, attn_implementation="eager").eval().requires_grad_(False)


def counted(model: Any, **inputs: Any) -> int:
    from torch.utils.flop_counter import FlopCounterMode

    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(**inputs)
    return int(counter.get_total_flops()) // 2 - of_no_use(model.config.vision_config.backbone_config, 16)


def ours(values: dict[str, Any], model_type: str, architecture: str) -> object:
    named = {**values, "model_type": model_type, "architectures": [architecture]}
    return keep_books(network_of(named, "drawn")).totals.macs


def test_a_picture_with_a_point() -> None:
    rng = random.Random("a point")
    for _ in range(3):
        values = sam2(rng)
        model = made("Sam2Model", values)
        eye = values["vision_config"]["backbone_config"]
        seen = {
            "pixel_values": torch.zeros(1, eye["num_channels"], 64, 64),
            "input_points": torch.zeros(1, 1, 1, 2), "input_labels": torch.ones(1, 1, 1, dtype=torch.long),
        }  # fmt: skip
        assert ours(values, "sam2", "Sam2Model") == counted(model, **seen), values


def test_the_second_frame_of_a_film() -> None:
    from transformers.models.sam2_video.modeling_sam2_video import Sam2VideoInferenceSession

    rng = random.Random("a film")
    for _ in range(3):
        values = sam2_video(rng)
        model = made("Sam2VideoModel", values)
        frames = torch.zeros(2, values["vision_config"]["backbone_config"]["num_channels"], 64, 64)
        session = Sam2VideoInferenceSession(frames, 64, 64, dtype=torch.float32)
        session.obj_id_to_idx(1)
        session.add_point_inputs(
            0, 0, {"point_coords": torch.zeros(1, 1, 1, 2), "point_labels": torch.ones(1, 1, 1, dtype=torch.int32)}
        )
        session.obj_with_new_inputs = [1]
        with torch.no_grad():
            model(session, frame_idx=0)
        assert ours(values, "sam2_video", "Sam2VideoModel") == counted(model, inference_session=session, frame_idx=1), (
            values
        )
