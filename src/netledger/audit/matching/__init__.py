"""What each statement means: the network's quantities, labels, and the assignment that costs least."""
