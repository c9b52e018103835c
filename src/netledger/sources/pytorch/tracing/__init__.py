"""One forward pass on shapes alone: what stands for tensors, what is put back, what was seen."""
