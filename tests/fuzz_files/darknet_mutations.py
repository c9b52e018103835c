"""Darknet definitions, changed word by word."""

from __future__ import annotations

from netledger.sources.cfg.darknet import SOURCE
from tests.fuzz_files.texts import changed, check_text

SAMPLES = (
    "[net]\nheight=32\nwidth=32\nchannels=3\n"
    "[convolutional]\nbatch_normalize=1\nfilters=8\nsize=3\nstride=1\npad=1\nactivation=leaky\n"
    "[maxpool]\nsize=2\nstride=2\n[convolutional]\nfilters=8\nsize=1\nstride=1\nactivation=linear\n"
    "[shortcut]\nfrom=-2\nactivation=linear\n[route]\nlayers=-1,1\ngroups=2\ngroup_id=1\n[upsample]\nstride=2\n"
    "[reorg]\nstride=2\n[local]\nfilters=2\nsize=3\nstride=1\npad=1\nactivation=relu\n[dropout]\nprobability=.5\n"
    "[connected]\noutput=10\nactivation=linear\n[softmax]\n",
    "[net]\ninputs=64\n[gru]\noutput=16\n[lstm]\noutput=8\n[rnn]\noutput=4\nbatch_normalize=1\n[connected]\noutput=5\n",
    "[net]\nheight=16\nwidth=16\nchannels=4\n[deconvolutional]\nfilters=4\nsize=4\nstride=2\npadding=1\nactivation=relu\n"
    "[crop]\ncrop_height=8\ncrop_width=8\n[batchnorm]\n[avgpool]\n[yolo]\n",
)
WORDS = (
    "convolutional",
    "route",
    "connected",
    "filters",
    "size",
    "stride",
    "groups",
    "dilation",
    "padding",
    "wormhole",
)


def mutated(seed: int) -> bytes:
    """A definition, mostly sound."""
    return changed(SAMPLES, WORDS, seed)


def check(data: bytes) -> str:
    """Read it."""
    return check_text(SOURCE, data)
