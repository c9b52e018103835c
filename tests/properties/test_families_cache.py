"""What a family's layers keep against the cache that transformers' own class fills, for random configurations."""

from __future__ import annotations

import random

import pytest

from netledger.predict.running import model_of, run
from netledger.predict.runtimes import Setting, runtime_named
from netledger.sources.configs import network_of
from tests.properties.families import FAMILIES as OF_LANGUAGE
from tests.properties.families import hide_broken_torchvision
from tests.properties.families_more import FAMILIES as MORE
from tests.properties.families_since import FAMILIES as SINCE

hide_broken_torchvision()
torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")

FAMILIES = OF_LANGUAGE | SINCE | MORE
RUN = (
    "llama mistral qwen2 qwen3 gemma gemma2 gemma3_text granite olmo olmo2 starcoder2 phi3 cohere glm glm4 gpt_neox gpt2 "
    "gptj bloom opt mamba falcon_mamba smollm3 seed_oss ernie4_5 helium arcee nemotron nanochat vaultgemma cohere2 olmo3 "
    "exaone4 llama4_text mamba2 falcon_h1 gpt_bigcode mpt diffllama biogpt ctrl gpt_neox_japanese ministral ministral3 cwm "
    "hunyuan_v1_dense apertus bitnet olmo_hybrid xglm gemma3n_text"
)
"""Families whose class runs with every configuration that is drawn: others refuse heads of odd sizes."""


def elements(cache: object) -> int:
    """The values of all tensors of floating point in it, each once: counters are no values that are kept."""
    waiting, seen, found = [cache], set(), 0
    while waiting:
        part = waiting.pop()
        if id(part) in seen or isinstance(part, type):
            continue
        seen.add(id(part))
        if isinstance(part, torch.Tensor):
            found += part.numel() if part.is_floating_point() else 0
        elif isinstance(part, dict):
            waiting += part.values()
        elif isinstance(part, list | tuple):
            waiting += part
        else:
            waiting += getattr(part, "__dict__", {}).values()
    return found


def kept(architecture: str, config: object, positions: int) -> int:
    """What the class keeps of so many positions; on the CPU where it reads values of tensors."""
    for device in ("meta", "cpu"):
        try:
            with torch.device(device), torch.no_grad():
                built = getattr(transformers, architecture)
                model = built._from_config(config, attn_implementation="eager").eval()
                answer = model(input_ids=torch.zeros(1, positions, dtype=torch.long), use_cache=True)
        except (RuntimeError, NotImplementedError):
            if device == "cpu":
                raise
            continue
        break
    return elements(answer.get("past_key_values") or answer.get("cache_params"))


@pytest.mark.parametrize("model_type", RUN.split())
def test_what_transformers_keeps(model_type: str) -> None:
    classes, draw = FAMILIES[model_type]
    architecture = next(name for name in classes.split() if name.endswith(("ForCausalLM", "LMHeadModel")))
    rng = random.Random("cache" + model_type)
    runtime = runtime_named("transformers")
    for positions in (3, 30):
        values = draw(rng)
        wanted = kept(architecture, transformers.CONFIG_MAPPING[model_type](**values), positions)
        named = {**values, "model_type": model_type, "architectures": [architecture]}
        model = model_of(network_of(named, "drawn"), runtime.name)
        found = run(model, Setting(positions, key="f32", value="f32"), runtime, "f32", "inference", "adamw", 0)
        assert sum(row.values for row in found.rows) == wanted, values


def test_gpt_neo_s_windows_are_not_cut_there() -> None:
    """Its configuration names no ``layer_types``: the cache of transformers keeps all positions of its local layers."""
    config = transformers.GPTNeoConfig(
        vocab_size=9, hidden_size=8, num_layers=2, num_heads=2, attention_types=[[["global", "local"], 1]],
        window_size=4, max_position_embeddings=32, intermediate_size=8,
    )  # fmt: skip
    network = network_of({**config.to_dict(), "architectures": ["GPTNeoForCausalLM"]}, "small")
    wanted = kept("GPTNeoForCausalLM", config, 20)
    by_runtime = {}
    for name in ("none", "transformers"):
        found = run(model_of(network, name), Setting(20), runtime_named(name), "f32", "inference", "adamw", 0)
        by_runtime[name] = sum(row.values for row in found.rows)
    assert by_runtime == {"transformers": wanted, "none": 2 * 8 * (20 + 4)}
