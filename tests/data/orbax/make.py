"""Writes the folders beside it: ``python make.py`` where jax, flax and orbax-checkpoint (0.12.8 was used) are.

Only what states shapes is kept of each checkpoint. ``truth.json`` holds what jax says of the arrays.
"""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

os.environ["XLA_FLAGS"] = "--xla_force_host_platform_device_count=8"

import flax.linen as nn
import jax
import jax.numpy as jnp
import numpy as np
import orbax.checkpoint as ocp
from jax.sharding import Mesh, NamedSharding, PartitionSpec

HERE = Path(__file__).parent


class Network(nn.Module):
    @nn.compact
    def __call__(self, x: jax.Array) -> jax.Array:
        x = nn.BatchNorm(use_running_average=True)(nn.Conv(4, (3, 3))(x))
        x = nn.Dense(6, param_dtype=jnp.bfloat16)(x.reshape(x.shape[0], -1).astype(jnp.bfloat16))
        return nn.LayerNorm()(x)


variables = Network().init(jax.random.key(0), jnp.zeros((1, 6, 6, 3)))
mesh = Mesh(np.array(jax.devices()).reshape(2, 4), ("x", "y"))
spread = jax.device_put(jnp.ones((8, 12)), NamedSharding(mesh, PartitionSpec("x", None)))
state = {**variables, "opt_state": [jax.tree.map(jnp.zeros_like, variables["params"]), None], "step": 7}
for name, held, packed in (
    ("whole", state, True),
    ("zarr", state, False),
    ("pieces", {"a": spread, "b": jnp.ones(3)}, True),
):
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    ocp.Checkpointer(ocp.PyTreeCheckpointHandler(use_ocdbt=packed)).save(folder, held)
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_file() and path.name not in ("_METADATA", "_sharding", ".zarray"):
            path.unlink()
        elif path.is_dir() and not any(path.iterdir()):
            path.rmdir()
truth = {
    name: {jax.tree_util.keystr(key, simple=True, separator="."): [list(one.shape), str(one.dtype)]
           for key, one in jax.tree_util.tree_leaves_with_path(variables[name])}
    for name in ("params", "batch_stats")
}  # fmt: skip
(HERE / "truth.json").write_text(json.dumps(truth, indent=1) + "\n", encoding="utf-8")
