"""Layers as sentences, lists and tables describe them."""
