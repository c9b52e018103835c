"""One forward pass on shapes alone: what stands for tensors, what was seen."""
