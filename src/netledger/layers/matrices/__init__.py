"""Kinds that multiply matrices: dense layers, attention, recurrence."""
