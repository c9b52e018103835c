"""Layers as PyTorch and Keras construct them, in the notation, for whoever pastes code as a description."""

TITLES = {"pytorch": "PyTorch's layers as written", "keras": "Keras' layers as written"}
"""Framework → the title of a network that was read from code of its layers, by which it is known later."""
