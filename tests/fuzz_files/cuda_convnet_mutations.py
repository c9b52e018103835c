"""cuda-convnet layer definitions, changed word by word."""

from __future__ import annotations

from netledger.sources.cfg.cuda_convnet import SOURCE
from tests.fuzz_files.texts import changed, check_text

_TWO_TOWERS = (
    "[data]\ntype=data\ndataIdx=0\n[labels]\ntype=data\ndataIdx=1\n"
    "[c1a]\ntype=conv\ninputs=data\nchannels=3\nfilters=16\npadding=0\nstride=4\nfilterSize=11\npartialSum=5\ngpu=0\n"
    "[c1b]\ntype=conv\ninputs=data\nchannels=3\nfilters=16\npadding=0\nstride=4\nfilterSize=11\npartialSum=5\ngpu=1\n"
    "[n1]\ntype=cmrnorm\ninputs=c1a\nchannels=16\nsize=5\n"
    "[p1]\ntype=pool\npool=max\ninputs=n1\nsizeX=3\nstride=2\nchannels=16\nneuron=relu\n"
    "[c2]\ntype=conv\ninputs=c1a,c1b\nchannels=16,16\nfilters=8,8\nfilterSize=3,3\ngroups=1,1\nstride=2,2\n"
)
SAMPLES = (
    _TWO_TOWERS + "[f]\ntype=fc\ninputs=p1,c2\noutputs=10\n[s]\ntype=softmax\ninputs=f\n"
    "[cost]\ntype=cost.logreg\ninputs=labels,s\n",
    _TWO_TOWERS
    + "[l]\ntype=local\ninputs=p1\nchannels=16\nfilters=4\nfilterSize=3\npadding=1\n[h]\ntype=hs\ninputs=l\nkeep=0.5\n"
    "[e]\ntype=eltsum\ninputs=h,h\n[j]\ntype=concat\ninputs=e,h\n",
    "[data]\ntype=data\ndataIdx=0\n[b]\ntype=blur\ninputs=data\nstdev=4\nfilterSize=9\nchannels=3\n"
    "[n]\ntype=nailbed\ninputs=b\nstride=4\nchannels=3\n[r]\ntype=resize\ninputs=n\nscale=1.5\nchannels=3\n"
    "[c]\ntype=conv\ninputs=r\nchannels=3\nfilters=16\nfilterSize=5\nsharedBiases=0\n",
)
WORDS = ("conv", "local", "fc", "pool", "data", "inputs", "channels", "filters", "groups", "filterChannels", "treefc")


def mutated(seed: int) -> bytes:
    """A definition, mostly sound."""
    return changed(SAMPLES, WORDS, seed)


def check(data: bytes) -> str:
    """Read it."""
    return check_text(SOURCE, data)
