"""A family's text: sizes with names, functions, loops, a family inside a family."""
