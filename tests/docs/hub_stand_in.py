"""A hub on this machine: ``huggingface_hub`` asks it for a repository's safetensors file, and nothing leaves the machine.

Imported by the test before the page's code runs; ``HF_ENDPOINT`` is set before ``huggingface_hub`` is imported.
"""

from __future__ import annotations

import functools
import http.server
import json
import os
import struct
import tempfile
import threading
from pathlib import Path

SHAPES = {
    "0.weight": (96, 3, 11, 11), "0.bias": (96,), "2.weight": (256, 48, 5, 5), "2.bias": (256,), "4.weight": (10, 57600), "4.bias": (10,),
}  # fmt: skip
"""The tensors of ``first-two.net``, as PyTorch keeps them."""


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """What is asked is no output of the page's code."""


def serve(repository: str, name: str = "model.safetensors") -> None:
    """Serve a repository that holds one file of zeros, for as long as this process runs."""
    folder = Path(tempfile.mkdtemp())
    header, end = {}, 0
    for tensor, shape in SHAPES.items():
        start, size = end, 4
        for side in shape:
            size *= side
        end = start + size
        header[tensor] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    text = json.dumps(header).encode()
    file = folder / repository / "resolve" / "main" / name
    file.parent.mkdir(parents=True)
    file.write_bytes(struct.pack("<Q", len(text)) + text + bytes(end))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    os.environ["HF_ENDPOINT"] = f"http://127.0.0.1:{server.server_address[1]}"
    os.environ["HF_HUB_OFFLINE"] = "0"
