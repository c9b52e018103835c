"""Numbers beside described layers: which of them are counts, and whose."""
