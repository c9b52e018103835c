"""Kinds that move values: what is joined, cut, looked up."""
