"""Layers as PyTorch and Keras construct them, in the notation, for whoever pastes code as a description."""
