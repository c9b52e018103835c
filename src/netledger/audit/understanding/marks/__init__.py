"""A line of a description → marks: numbers, sizes and words by their role, without its calculations."""
