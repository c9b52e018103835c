"""Layers as a text describes them → an ordinary network."""
