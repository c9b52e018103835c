"""Inputs that nobody gave: found in what a model's library, its first layer and its own complaints say."""
