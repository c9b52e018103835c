"""What every operation of PyTorch contracts, by rules that are functions of one call's shapes."""
