"""The model, its surroundings and the random states after a pass: as they were before it."""
