"""Tokens → expressions that keep their factors, and the sides of equations."""
