"""The pytest fixture ``network_budget``: a network kept within its budget by a test."""
