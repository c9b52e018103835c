"""Layers as source code makes them: parsed, never run."""
