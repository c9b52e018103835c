"""A statement made ready for matching: its products, its steps, the lines it refers to."""
