"""Random states after a count: the caller's with threads beside it that do not draw; another thread's never rewound."""

from __future__ import annotations

import random
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

torch = pytest.importorskip("torch")
numpy = pytest.importorskip("numpy")

from netledger.sources.pytorch.restoring.random_states import OtherThreads  # noqa: E402
from tests.sources.pytorch.counting import Function, macs  # noqa: E402

linux = pytest.mark.skipif(sys.platform != "linux", reason="only Linux says how often a thread has run")


def drawing():
    """A model that draws from every generator there is, one of them seeded anew; 6 MACs."""

    def forward(self, x):
        random.random(), numpy.random.rand(3), torch.manual_seed(7)
        return self.layer(x)

    return Function(forward, layer=torch.nn.Linear(2, 3))


def states():
    python, numbers = random.getstate(), numpy.random.get_state()
    return hash(python), bytes(numbers[1]), numbers[2:], bytes(torch.get_rng_state().numpy())


@contextmanager
def no_others():
    yield


@contextmanager
def a_daemon_that_waits():
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, daemon=True)
    thread.start()
    yield
    stop.set()
    thread.join()


@contextmanager
def an_idle_pool():
    with ThreadPoolExecutor(3) as pool:
        list(pool.map(lambda _: time.sleep(0.02), range(3)))
        yield


@contextmanager
def a_progress_bar():
    tqdm = pytest.importorskip("tqdm")
    monitor, tqdm.tqdm.monitor = tqdm.tqdm.monitor, tqdm._monitor.TMonitor(tqdm.tqdm, 0.0005)
    yield
    tqdm.tqdm.monitor.exit()
    tqdm.tqdm.monitor = monitor


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize(
    "beside",
    [
        no_others,
        a_progress_bar,
        pytest.param(a_daemon_that_waits, marks=linux),
        pytest.param(an_idle_pool, marks=linux),
    ],
)
def test_the_states_are_the_callers(beside, real):
    model = drawing()
    with beside():
        settled()
        before = states()
        assert macs(model, (1, 2), real=real) == 6
        assert states() == before


def settled():
    """A moment in which those who were about to wait do."""
    time.sleep(0.05)


@pytest.mark.parametrize("draw", [random.random, lambda: numpy.random.rand(), lambda: torch.rand(1).item()])
def test_what_a_thread_draws_meanwhile_it_never_draws_again(draw):
    """The thread draws while the model runs: 50 numbers, each another one."""
    model = Function(lambda self, x: (random.random(), in_turns(), self.layer(x))[2], layer=torch.nn.Linear(2, 3))
    mine, its, drawn = threading.Semaphore(0), threading.Semaphore(0), []

    def in_turns():
        its.release()
        assert mine.acquire(timeout=20)

    def train():
        for _ in range(50):
            its.acquire()
            drawn.append(draw())
            mine.release()

    thread = threading.Thread(target=train)
    thread.start()
    while thread.is_alive():
        if len(drawn) == 50:
            thread.join()
            break
        assert macs(model, (1, 2)) == 6
    assert len(set(drawn)) == 50


def test_a_task_of_a_pool_is_no_idling():
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(random.random).result()
        model = Function(
            lambda self, x: (drawn.append(pool.submit(random.random).result()), self.layer(x))[1],
            layer=torch.nn.Linear(2, 3),
        )
        drawn = [first]
        for _ in range(5):
            assert macs(model, (1, 2)) == 6
    assert len(set(drawn)) == len(drawn) > 5


@linux
def test_who_has_run():
    go, stop = threading.Event(), threading.Event()
    thread = threading.Thread(target=lambda: (go.wait(), stop.wait()), daemon=True)
    thread.start()
    settled()
    others = OtherThreads()
    sum(range(1000))
    assert not others.may_have_run()
    go.set()
    settled()
    assert others.may_have_run()
    again = OtherThreads()
    stop.set()
    thread.join()
    assert again.may_have_run()
    assert not OtherThreads().may_have_run()
