"""Which module holds the rule of each kind. Adding a kind is adding a rule to a family's file and its name here."""

from __future__ import annotations

_FAMILIES = {
    "convolution": "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d",
    "dense": "linear",
    "pooling": "max_pool1d max_pool2d max_pool3d avg_pool1d avg_pool2d avg_pool3d",
    "shaping": "input flatten",
    "elementwise": "relu dropout add mul",
}

KINDS = {kind: f"netledger.layers.{family}" for family, kinds in _FAMILIES.items() for kind in kinds.split()}
"""``kind → module``, for every built-in kind."""
