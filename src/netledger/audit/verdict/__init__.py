"""The verdict on every line: where the opinions of matching, arithmetic and sums are weighed against each other."""
