"""Messages between processes: they contract nothing, and none is sent while one of several processes counts.

The others may not be in the same call, and would never answer. What is received has its shape, and no values.
"""

from __future__ import annotations

import torch

from netledger.sources.pytorch.tracing.arguments import Arguments, tensors_in
from netledger.sources.pytorch.tracing.data_dependent import special

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.sources.pytorch.tracing.tracer import Tracer

_INTO_THEIR_FIRST = """
allreduce_ allreduce_coalesced_ allgather_ _allgather_base_ allgather_coalesced_ allgather_into_tensor_coalesced_
reduce_ reduce_scatter_ _reduce_scatter_base_ reduce_scatter_tensor_coalesced_ broadcast_ scatter_ gather_ alltoall_
alltoall_base_ recv_ recv_any_source_ send barrier monitored_barrier_
"""
_GIVE_ANOTHER = """
all_reduce all_reduce_ all_reduce_coalesced all_reduce_coalesced_ all_gather_into_tensor all_gather_into_tensor_out
all_gather_into_tensor_coalesced reduce_scatter_tensor reduce_scatter_tensor_out reduce_scatter_tensor_coalesced
all_to_all_single broadcast broadcast_ wait_tensor _wrap_tensor_autograd
"""
_FUNCTIONAL = ("_c10d_functional", "_c10d_functional_autograd")


@special(*[f"c10d::{name}" for name in _INTO_THEIR_FIRST.split()])
def collective(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """What ``torch.distributed`` writes into its first argument, and the work that one may wait for."""
    if _alone():
        return tracer.run(func, args, kwargs)[0]
    from torch._C._distributed_c10d import FakeWork

    if not tracer.shadows.real and func.name() not in ("c10d::send", "c10d::barrier"):
        for tensor in tensors_in(args[:1]):
            shadow = tracer.shadows.of(tensor)
            if not shadow.is_meta:
                tracer.shadows.forget(shadow, {})
    work = FakeWork().boxed()
    made = [work if "Work" in str(returned.type) else args[0] for returned in func._schema.returns]
    return tuple(made) if len(made) != 1 else made[0]


@special(*[f"{namespace}::{name}" for namespace in _FUNCTIONAL for name in _GIVE_ANOTHER.split()],
         "_dtensor::shard_dim_alltoall")  # fmt: skip
def functional_collective(tracer: Tracer, func: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The same as functions of their arguments."""
    if _alone():
        return tracer.run(func, args, kwargs)[0]
    arguments = Arguments(tracer.shadows, args, kwargs)
    arguments.to_meta()
    out = func(*arguments.args, **arguments.kwargs)
    tracer.mark(func, arguments, out)
    if tracer.shadows.real:
        return torch.utils._pytree.tree_map_only(torch.Tensor, lambda one: torch.zeros_like(one, device="cpu"), out)
    return out


def _alone() -> bool:
    """Whether there is no other process to wait for."""
    return torch.distributed.get_world_size() == 1
