"""Many threads, interrupts and forks: PyTorch and the models are afterwards what they were."""

from __future__ import annotations

import _thread
import asyncio
import contextlib
import math
import os
import queue
import signal
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from multiprocessing.pool import ThreadPool

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.utils import _python_dispatch, checkpoint  # noqa: E402

from netledger import summary  # noqa: E402
from netledger.unknown import least  # noqa: E402
from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402

HOLDERS = (torch, nn.Module, nn, torch.Tensor, checkpoint, torch.backends.mha, threading.Thread, _thread,
           ThreadPoolExecutor, torch.overrides, _python_dispatch)  # fmt: skip

CALL = nn.Module.__call__


def everything():
    """Every attribute of what a pass may replace, by identity."""
    state = [{name: id(value) for name, value in vars(holder).items()} for holder in HOLDERS]
    modes = (torch._C._len_torch_function_stack(), torch._C._len_torch_dispatch_stack())
    return state, modes, torch.is_grad_enabled(), torch.is_inference_mode_enabled(), id(sys.stdout), CALL.__code__


@pytest.fixture(autouse=True)
def unchanged():
    summary(nn.Linear(2, 2), (1, 2), verbose=0)  # what is imported on first use
    before = everything()
    yield
    assert everything() == before


def net():
    return nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Flatten(), nn.Linear(8 * 36, 5)).train()


MACS = 36 * 27 * 8 + 8 * 36 * 5


@pytest.mark.parametrize("shared", [True, False])
def test_eight_threads(shared):
    switch = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    models = [net()] * 8 if shared else [net() for _ in range(8)]
    try:
        with ThreadPoolExecutor(8) as pool:
            found = list(pool.map(lambda m: [macs(m, (1, 3, 8, 8)) for _ in range(4)], models))
    finally:
        sys.setswitchinterval(switch)
    assert found == [[MACS] * 4] * 8
    assert all(module.training for model in models for module in model.modules())


def test_a_thread_that_trains_meanwhile_draws_its_own_random_numbers():
    model = nn.Sequential(nn.Linear(4, 4), nn.Dropout())
    torch.manual_seed(3)
    expected = torch.cat([torch.rand(7) for _ in range(60)])
    torch.manual_seed(3)
    drawn, stop = [], threading.Event()

    def train():
        for _ in range(60):
            drawn.append(torch.rand(7))
            stop.wait(0.002)

    thread = threading.Thread(target=train)
    thread.start()
    while thread.is_alive():
        assert macs(model, (1, 4), mode="train") == 16
    thread.join()
    assert torch.equal(torch.cat(drawn), expected)


def test_other_threads_compute_as_ever():
    model, x = net().eval(), torch.randn(1, 3, 8, 8)
    expected, wrong, stop = model(x), [], threading.Event()

    def infer():
        while not stop.is_set():
            out = model(x)
            if type(out) is not torch.Tensor or out.is_meta or not torch.equal(out, expected):
                wrong.append(out)

    thread = threading.Thread(target=infer)
    thread.start()
    for _ in range(10):
        assert macs(model, (1, 3, 8, 8)) == MACS
    stop.set()
    thread.join()
    assert not wrong


def test_asyncio():
    async def all_of_them():
        return await asyncio.gather(*[asyncio.to_thread(macs, net(), (1, 3, 8, 8)) for _ in range(4)])

    assert asyncio.run(all_of_them()) == [MACS] * 4


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, MemoryError])
def test_whatever_the_model_raises(error):
    class Broken(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x):
            self.kept = self.linear(x)
            raise error

    model = Broken()
    if error is ValueError:
        assert str(counted(model, (1, 4)).totals.macs) == "≥ 16"
    else:
        with pytest.raises(error):
            counted(model, (1, 4))
    assert model.training
    assert not hasattr(model, "kept")


@pytest.mark.skipif(not hasattr(signal, "setitimer"), reason="no timers here")
def test_an_interrupt_at_any_time():
    def interrupt(number, frame):
        raise KeyboardInterrupt

    model, before, hit = net(), everything(), 0
    handler = signal.signal(signal.SIGALRM, interrupt)
    try:
        for step in range(120):
            try:  # the one alarm of this turn may come as late as the call that takes it back
                signal.setitimer(signal.ITIMER_REAL, 0.0002 * (step + 1))
                try:
                    counted(model, (1, 3, 8, 8))
                finally:
                    signal.setitimer(signal.ITIMER_REAL, 0)
            except KeyboardInterrupt:
                hit += 1
            assert everything() == before
            assert all(module.training for module in model.modules())
    finally:
        signal.signal(signal.SIGALRM, handler)
    assert hit


def interrupted_at_each(meets, goes_into, most=math.inf):
    """An interrupt at the first line of code that ``meets``, then at the second …: each leaves everything as it was."""
    model, before = net(), everything()

    def interrupt_at(n):
        met = 0

        def trace(frame, event, argument):
            nonlocal met
            if event == "line" and meets(frame.f_code):
                met += 1
                if met == n:
                    sys.settrace(None)
                    raise KeyboardInterrupt
            return trace if goes_into(frame.f_code) else None

        sys.settrace(trace)
        try:
            counted(model, (1, 3, 8, 8))
        except KeyboardInterrupt:
            return True
        finally:
            sys.settrace(None)
        return False

    previous, lines = sys.gettrace(), 0
    while lines < most and interrupt_at(lines + 1):
        lines += 1
        assert everything() == before
    sys.settrace(previous)
    assert lines > 10


@pytest.mark.parametrize("part", ["watching", "meta_tensors"])
def test_an_interrupt_at_every_line_that_changes_modes(part):
    """What a traceback still holds puts nothing back when it is let go of."""
    interrupted_at_each(
        lambda code: part in code.co_filename and code.co_name in ("begin", "end", "__enter__", "__exit__"),
        lambda code: "netledger" in code.co_filename,
    )


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
def test_a_fork_after_use_and_during_it():
    class Forking(nn.Module):
        def __init__(self):
            super().__init__()
            self.linear = nn.Linear(4, 4)

        def forward(self, x):
            return self.linear(x)

    def child():
        own = nn.Module.__call__ is CALL and CALL.__code__.co_name == "_wrapped_call_impl"
        right = own and macs(net(), (1, 3, 8, 8)) == MACS and CALL.__code__.co_name == "_wrapped_call_impl"
        os._exit(0 if right else 1)

    stop = threading.Event()

    def keep_counting():
        while not stop.is_set():
            macs(net(), (1, 3, 8, 8))

    thread = threading.Thread(target=keep_counting)
    thread.start()
    try:
        for _ in range(5):
            pid = os.fork()
            if pid == 0:
                child()
            assert os.waitpid(pid, 0)[1] == 0
    finally:
        stop.set()
        thread.join()


class Branches(nn.Module):
    """Three layers, each run by another thread."""

    def __init__(self, how):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(16, 16) for _ in range(3)])
        self.how, self.pool = how, ThreadPoolExecutor(3)

    def forward(self, x):
        return sum(self.how(self, x))


def started(self, x):
    found = {}
    threads = [threading.Thread(target=lambda m=m: found.update({id(m): m(x)})) for m in self.layers]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]
    return found.values()


def own_pool(self, x):
    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(lambda m: m(x), self.layers))


def products_only(self, x):
    with ThreadPoolExecutor(3) as pool:
        return [pool.submit(lambda w=m.weight: x @ w).result() for m in self.layers]


def pool_of_the_model(self, x):
    return [self.pool.submit(m, x).result() for m in self.layers]


def multiprocessing_pool(self, x):
    with ThreadPool(2) as pool:
        return pool.map(lambda m: m(x), self.layers)


def with_asyncio(self, x):
    async def run():
        return await asyncio.gather(*[asyncio.to_thread(m, x) for m in self.layers])

    return asyncio.run(run())


@pytest.mark.parametrize("device", ["cpu", "meta"])
@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    "how", [started, own_pool, products_only, pool_of_the_model, multiprocessing_pool, with_asyncio]
)
def test_work_in_other_threads_is_counted(how, real, device):
    model = Branches(how)
    list(model.pool.map(bool, range(3)))  # its threads are there before anybody counts
    if device == "meta" and real:
        pytest.skip("a model without values is not run with them")
    assert macs(model.to(device), torch.zeros(1, 16), real=real) == 3 * 256
    model.pool.shutdown()  # where other threads are, nobody's random state is put back


class Worker:
    """A thread that was there before, and computes what is put into its queue."""

    def __init__(self):
        self.asked, self.done = queue.Queue(), queue.Queue()
        self.thread = threading.Thread(target=self.work, daemon=True)
        self.thread.start()

    def work(self):
        while (todo := self.asked.get()) is not None:
            try:
                self.done.put(todo())
            except Exception as error:
                self.done.put(error)

    def ask(self, todo):
        self.asked.put(todo)
        found = self.done.get(timeout=30)
        if isinstance(found, Exception):
            raise found
        return found


@pytest.mark.parametrize("learned", [False, True])
def test_what_a_thread_computes_out_of_sight_is_unknown(learned):
    worker = Worker()
    fc, weight = torch.nn.Linear(16, 16), torch.nn.Parameter(torch.randn(16, 16))

    def forward(self, x):
        y = self.fc(x)
        return worker.ask(lambda: torch.nn.functional.linear(y, weight) if learned else y @ y.T)

    ledger = counted(Function(forward, fc=fc, weight=weight), torch.zeros(2, 16))
    assert least(ledger.totals.macs) == 2 * 16 * 16
    assert "another thread has made a tensor" in ledger.unknown[0][1].reason
    assert macs(Function(lambda self, x: self.fc(x).data + 1, fc=fc), torch.zeros(2, 16)) == 512  # its own is none
    worker.asked.put(None)


def test_a_thread_begun_without_the_threading_module_is_counted():
    def forward(self, x):
        y, found = self.fc(x), queue.Queue()
        _thread.start_new_thread(lambda: found.put(y @ y.T), ())
        return found.get(timeout=30)

    assert macs(Function(forward, fc=torch.nn.Linear(16, 16)), torch.zeros(2, 16)) == 2 * 16 * 16 + 2 * 2 * 16


def test_an_interrupt_where_pytorch_puts_a_mode_back():
    """Its context is left half-way, and ends only when nobody holds the traceback any more."""
    interrupted_at_each(
        lambda code: code.co_name == "__exit__" and code.co_filename == contextlib.__file__, lambda code: True, most=40
    )
