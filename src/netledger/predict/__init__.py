"""What a network takes when it runs, worked out from its description alone: no framework, nothing is executed."""
