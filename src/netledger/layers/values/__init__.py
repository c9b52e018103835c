"""Kinds that work value by value, normalise or reduce."""
