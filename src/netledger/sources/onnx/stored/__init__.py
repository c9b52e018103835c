"""Stored tensors of an ONNX file: where their values lie, and which of them nobody trained."""
