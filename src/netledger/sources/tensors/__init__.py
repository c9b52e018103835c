"""Files of tensors: what they hold, as a tree of modules."""
