"""What an operation gives, told from shapes alone: made at once, or remembered."""
