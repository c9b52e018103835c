"""What PyTorch writes: checkpoints of every age, TorchScript, programs of torch.export, distributed checkpoints."""
