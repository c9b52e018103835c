"""Descriptions, changed word by word, and with values of wrong types in the place of right ones."""

from __future__ import annotations

import random

from netledger.sources.description import NET
from tests.fuzz_files.texts import changed, check_text

SAMPLES = (
    'network(title="T", notes=["a"], published={"parameters": 10})\nx = input(3, 8, 8)\nc = conv2d(4, kernel_size=3)\n'
    "batch_norm()\nrelu()\nmax_pool2d(2)\nflatten()\nlinear(10, dtype='float16')\n",
    "x = input(4)\nfor i in range(3):\n    h = linear(4, bias=False)\n    y = add(h, x)\nlinear(2, name='head')\n",
    "a = linear(3, in_features=2, tensors=[('a.weight', 'weight', (3, 2))])\nb = linear(3, share='a', inputs=('a',))\n",
)
WORDS = ("linear", "conv2d", "lstm", "attention", "input", "in_features", "kernel_size", "dtype", "tensors", "meta", "unknown", "used", "outputs")  # fmt: skip
VALUES = ("{'a': 1}", "[1]", "()", "None", "True", "-7", "2.5", "'²'", "'x'", "99999", "10**9", "unknown('why')", "((3,),)", "{}", "1e999", "b'x'", "...")  # fmt: skip


def mutated(seed: int) -> bytes:
    """A description; in every second one a value or two of another type."""
    chance = random.Random(seed)
    text = changed(SAMPLES, WORDS, seed)
    for _ in range(chance.choice((0, 0, 1, 2))):
        places = [i for i, byte in enumerate(text) if byte in b"=(,"]
        if places:
            at = chance.choice(places) + 1
            more = next((n for n, byte in enumerate(text[at:]) if byte in b",)\n"), 0)
            text = text[:at] + chance.choice(VALUES).encode() + text[at + more :]
    return text


def check(data: bytes) -> str:
    """Read it."""
    return check_text(NET, data)
