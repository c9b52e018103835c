"""The table of commands."""

from __future__ import annotations

COMMANDS = {
    "show": ("netledger.cli.show", "the ledger of a network (a bare NETWORK means this)"),
    "compare": ("netledger.cli.compare", "what differs between networks, layer by layer, and why"),
    "audit": ("netledger.cli.audit", "check somebody's hand calculation, line by line"),
    "check": ("netledger.cli.check", "keep a network within a budget, for CI"),
    "memory": ("netledger.cli.memory", "what a model takes when it runs, or in training"),
    "claims": ("netledger.cli.claims", "check the claims that Markdown files mark"),
    "list": ("netledger.cli.listing", "the networks in the catalogue"),
    "page": ("netledger.cli.page", "the page to paste into, in a browser"),
    "completion": ("netledger.cli.completion", "completion for bash, zsh and fish"),
    "format": ("netledger.cli.formatting", "rewrite a description canonically, or as JSON"),
    "export": ("netledger.cli.export", "write a network as ONNX, PyTorch source or Caffe prototxt"),
    "split": ("netledger.cli.split", "one network on two devices: what lives where, what crosses"),
    "train": ("netledger.cli.train", "train a network"),
    "evaluate": ("netledger.cli.evaluate", "top-1 and top-5 of a trained network"),
    "verify": ("netledger.cli.verify", "predicted and measured, side by side"),
}
"""``command → (module, what it does)``, in the order ``--help`` tells them."""
