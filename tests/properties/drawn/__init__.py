"""Random configurations of families that were added since, by what they read."""
