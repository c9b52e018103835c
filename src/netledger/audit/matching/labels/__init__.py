"""What the words beside a number say for or against a quantity."""
