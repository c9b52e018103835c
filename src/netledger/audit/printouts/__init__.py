"""What tools print about a network: one reader a format, their rows as typed cells, and one judge of them."""
