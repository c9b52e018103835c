"""Kinds that look through a window: convolutions, pools, what resizes."""
