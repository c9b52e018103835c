"""What a change to a formula is called, and said of it."""
