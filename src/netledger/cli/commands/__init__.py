"""The table of commands."""

from __future__ import annotations

COMMANDS = {
    "show": ("netledger.cli.commands.show", "the ledger of a network (a bare NETWORK means this)"),
    "compare": ("netledger.cli.commands.compare", "what differs between networks, layer by layer, and why"),
    "audit": ("netledger.cli.commands.audit", "check somebody's hand calculation, line by line"),
    "check": ("netledger.cli.commands.check", "keep a network within a budget, for CI"),
    "memory": ("netledger.cli.commands.memory", "what a model takes when it runs, or in training"),
    "census": ("netledger.cli.commands.census", "a table of every model below a folder"),
    "claims": ("netledger.cli.commands.claims", "check the claims that Markdown files mark"),
    "list": ("netledger.cli.commands.list", "the networks in the catalogue"),
    "page": ("netledger.cli.commands.page", "the page to paste into, in a browser"),
    "completion": ("netledger.cli.commands.completion", "completion for bash, zsh and fish"),
    "format": ("netledger.cli.commands.format", "rewrite a description canonically, or as JSON"),
    "export": ("netledger.cli.running.export", "write a network as ONNX, PyTorch source or Caffe prototxt"),
    "split": ("netledger.cli.running.split", "one network on two devices: what lives where, what crosses"),
    "train": ("netledger.cli.running.train", "train a network"),
    "evaluate": ("netledger.cli.running.evaluate", "top-1 and top-5 of a trained network"),
    "verify": ("netledger.cli.running.verify", "predicted and measured, side by side"),
}
"""``command → (module, what it does)``, in the order ``--help`` tells them."""
