"""Totals: what they add up, what they carry, which line is to blame."""
