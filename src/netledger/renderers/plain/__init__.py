"""Text in columns, for a pipe or a terminal."""
