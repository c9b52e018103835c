"""One live model, counted twice by each tool: in a process that has built it, each tool in a fork of its own.

    python bench/calls.py MODEL ROUNDS SECONDS

A line of JSON for each: the tool, CPU seconds of the first and the second call, peak megabytes, multiply-accumulates;
or why there are none. What was imported before is the model's own. ``bench/models.py`` makes a table of them.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import warnings
from collections.abc import Callable
from time import monotonic, thread_time
from typing import Any

from measuring import MOST_SECONDS, ROOT, TIME_WAS_UP, missing

sys.path[:0] = [str(ROOT / "src"), str(ROOT)]

Model = tuple[Any, dict[str, Any]]
"""A model, and what it is called with."""


def images(name: str) -> Model:
    """One of torchvision's on the meta device."""
    import torch
    from tests.torchvision_support import import_torchvision

    with torch.device("meta"):
        return import_torchvision().models.get_model(name).eval(), {"x": torch.empty(1, 3, 224, 224, device="meta")}


def llama(hidden: int, inner: int, layers: int, heads: int) -> Model:
    """A Llama of these sizes on the meta device."""
    import torch
    from tests.torchvision_support import import_torchvision

    import_torchvision()
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(hidden_size=hidden, intermediate_size=inner, num_hidden_layers=layers,
                         num_attention_heads=heads, num_key_value_heads=8, vocab_size=128256)  # fmt: skip
    with torch.device("meta"):
        return LlamaForCausalLM(config).eval(), {"input_ids": torch.ones(1, 2048, dtype=torch.int64, device="meta")}


BUILD: dict[str, Callable[[], Model]] = {
    "alexnet": lambda: images("alexnet"),
    "llama-405b": lambda: llama(16384, 53248, 126, 128),
}
TOOLS = {
    "building and running": ("torch", """
def count():
    with torch.no_grad():
        model(**data)
"""),
    "netledger": ("torch", """
from netledger.sources import Options, read
from netledger.ledger import keep_books
def count(): return int(keep_books(read(model, options=Options(settings={"input_data": data}))).totals.macs)
"""),
    "FlopCounterMode": ("torch", """
from torch.utils.flop_counter import FlopCounterMode
def count():
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        model(**data)
    return counter.get_total_flops() // 2
"""),
    "torchinfo": ("torchinfo", """
import torchinfo
def count(): return torchinfo.summary(model, input_data=data, verbose=0, device="meta").total_mult_adds
"""),
    "fvcore": ("fvcore", """
from fvcore.nn import FlopCountAnalysis
def count():
    with torch.no_grad():
        return FlopCountAnalysis(model, tuple(data.values())).unsupported_ops_warnings(False).total()
"""),
    "ptflops": ("ptflops", """
from ptflops import get_model_complexity_info
def count():
    return int(get_model_complexity_info(
        model, (1,), input_constructor=lambda _: data, as_strings=False, print_per_layer_stat=False)[0])
"""),
    "thop": ("thop", """
import thop
def count(): return int(thop.profile(model, inputs=tuple(data.values()), verbose=False)[0])
"""),
    "calflops": ("calflops", """
from calflops import calculate_flops
def count(): return calculate_flops(model, kwargs=data, print_results=False, output_as_string=False)[1]
"""),
    "TorchLens": ("torchlens", """
import torchlens
def count():
    log = torchlens.trace(model, tuple(data.values()))
    return log.total_macs if hasattr(log, "total_macs") else log.total_flops // 2
"""),
}  # fmt: skip
"""``tool → (what must be installed, its code)``."""
OFTEN = ("building and running", "netledger", "FlopCounterMode")
"""What the aims are about is measured in every round, the other peers in the first."""


def calls(code: str, model: Any, data: dict[str, Any]) -> list[Any]:
    """CPU seconds of two calls of a tool, peak megabytes, what it counted.

    The thread's clock: that of a process with a limit of CPU time, as ``measuring.run`` sets one, goes on in steps of
    4 ms on Linux, half a call. A model on the meta device is run by one thread.
    """
    import torch

    names: dict[str, Any] = {"model": model, "data": data, "torch": torch}
    exec(code, names)
    found = []
    for _ in range(2):
        begun = thread_time()
        macs = names["count"]()
        found.append(thread_time() - begun)
    return [*found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, macs]


def forked(code: str, model: Any, data: dict[str, Any]) -> dict[str, Any]:
    """The same in a process of its own, which begins where this one is; what it prints is not looked at."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
        try:
            said: dict[str, Any] = {"calls": calls(code, model, data)}
        except BaseException as error:
            said = {"failed": f"failed: {type(error).__name__}: {error}".splitlines()[0][:100]}
        with os.fdopen(writing, "w") as pipe:
            json.dump(said, pipe)
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    found: dict[str, Any] = json.loads(text) if text else {"failed": f"failed: it ended, or took {MOST_SECONDS} s"}
    return found


def main() -> None:
    name, most, seconds = sys.argv[1], int(sys.argv[2]), float(sys.argv[3])
    ends = monotonic() + seconds
    warnings.simplefilter("ignore")
    import torch

    model, data = BUILD[name]()
    with torch.no_grad():
        model(**data)
    left = dict(TOOLS)
    for i in range(most):
        for tool, (needs, code) in list(left.items()):
            late = monotonic() > ends and (tool not in OFTEN or i > 0)
            absent = missing(needs)
            said = {"failed": f"not installed: {absent}" if absent else TIME_WAS_UP} if absent or late else None
            said = said or forked(code, model, data)
            if i == 0 or "failed" not in said:
                print(json.dumps({"tool": tool, **said}), flush=True)
            if "failed" in said or tool not in OFTEN:
                del left[tool]


if __name__ == "__main__":
    main()
