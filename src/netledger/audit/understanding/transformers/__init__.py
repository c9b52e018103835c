"""A transformer whose sizes a text states, and adapters that are put on one."""
