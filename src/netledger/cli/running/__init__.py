"""Commands that build a network and run it."""
