"""Readers of what tools print, one file for formats that are alike; each yields rows of typed cells."""
