"""Layers as frameworks print them: summaries, modules, lists of tensors."""
