"""Networks as sections of options: Darknet's and cuda-convnet's."""
