"""Writes the files beside it: ``python make.py`` where jax and flax (0.12.8 was used) are; ``truth.json`` is Flax' count."""

from __future__ import annotations

import json
from pathlib import Path

import flax.linen as nn
import jax
import jax.numpy as jnp
import optax
from flax import serialization
from flax.training import train_state

HERE = Path(__file__).parent


class Network(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array, words: jax.Array) -> jax.Array:
        x = nn.BatchNorm(use_running_average=True)(nn.Conv(4, (3, 3))(x))
        x = x.reshape(x.shape[0], -1).astype(jnp.bfloat16)
        x = nn.Dense(6, param_dtype=jnp.bfloat16)(x) + nn.Embed(10, 6)(words)
        return nn.LayerNorm()(x)


def count(values: object) -> int:
    return sum(int(one.size) for one in jax.tree.leaves(values))


def main() -> None:
    variables = Network().init(jax.random.key(0), jnp.zeros((1, 6, 6, 3)), jnp.zeros((1,), jnp.int32))
    (HERE / "variables.msgpack").write_bytes(serialization.to_bytes(variables))
    (HERE / "params.msgpack").write_bytes(serialization.to_bytes(variables["params"]))
    state = train_state.TrainState.create(apply_fn=None, params=variables["params"], tx=optax.adam(1e-3))
    (HERE / "state.msgpack").write_bytes(serialization.to_bytes(state))
    kept = serialization.MAX_CHUNK_SIZE
    serialization.MAX_CHUNK_SIZE = 100  # so that arrays are cut as they are above a gigabyte
    (HERE / "chunked.msgpack").write_bytes(serialization.to_bytes(variables))
    serialization.MAX_CHUNK_SIZE = kept
    shapes = {
        "/".join(str(k.key) for k in path): list(one.shape)
        for path, one in jax.tree_util.tree_leaves_with_path(variables)
    }
    truth = {"params": count(variables["params"]), "batch_stats": count(variables["batch_stats"]), "shapes": shapes}
    (HERE / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
