"""Whatever a model keeps of a forward pass, it trains and computes afterwards as if it had never been counted."""

from __future__ import annotations

import functools
import types
from collections import OrderedDict, deque

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402

from netledger import summary  # noqa: E402

TABLE: dict = {}
ORDERED: OrderedDict = OrderedDict()
QUEUE: deque = deque(maxlen=3)
SEEN: list = []
MASK = None


@functools.lru_cache
def mask(size):
    return torch.full((size, size), float("-inf")).triu(1).exp()


@functools.cache
def frequencies(size, width):
    return torch.outer(torch.arange(size).float() + 1, 1 / 10 ** (torch.arange(0, width, 2) / width)).cos()


class Helper:
    def __init__(self):
        self.table = None

    def get(self, size):
        if self.table is None:
            self.table = torch.linspace(0.5, 1, size)
        return self.table


class Slotted:
    __slots__ = ("table",)

    def __init__(self):
        self.table = None


ELSEWHERE = Helper()


class Base(nn.Module):
    klass = None

    def __init__(self):
        super().__init__()
        self.linear = nn.Linear(4, 4)
        self.cache, self.items, self.helper, self.slotted, self.position = {}, [], Helper(), Slotted(), None
        self.calls = 0

    def forward(self, x):
        self.calls += 1
        return self.scaled(self.linear(x))


class Dictionary(Base):
    def scaled(self, y):
        return y * self.cache.setdefault("ones", torch.full((4,), 2.0))


class Attribute(Base):
    def scaled(self, y):
        if self.position is None:
            self.position = torch.arange(4.0) + 1
        return y * self.position


class Items(Base):
    def scaled(self, y):
        if not self.items:
            self.items.append(torch.full((4,), 2.0))
        return y * self.items[0]


class LastActivation(Base):
    def scaled(self, y):
        self.cache["last"] = SEEN.append(y) or y
        QUEUE.append((y, "a tuple"))
        return y


class Remembered(Base):
    def scaled(self, y):
        return y * mask(4)[0] + mask(4)[3]


class RememberedForEver(Base):
    def scaled(self, y):
        return y * frequencies(1, 8)[0]


class OfWeights(Base):
    """A table made of weights, of which a pass on shapes knows no value."""

    def scaled(self, y):
        key = ("weights", id(self))
        if key not in TABLE:
            TABLE[key] = self.linear.weight.detach() * 2
        return y @ TABLE[key]


class InATuple(Base):
    def scaled(self, y):
        if "pair" not in ORDERED:
            ORDERED["pair"] = (torch.ones(4), self.linear.weight.detach().sum(0))
        return y * ORDERED["pair"][0] + ORDERED["pair"][1]


class Helped(Base):
    def scaled(self, y):
        return y * self.helper.get(4)


class HelpedFromElsewhere(Base):
    def scaled(self, y):
        return y * ELSEWHERE.get(4)


class InASlot(Base):
    def scaled(self, y):
        if self.slotted.table is None:
            self.slotted.table = torch.arange(4.0) + 1
        return y * self.slotted.table


class OfTheClass(Base):
    def scaled(self, y):
        if OfTheClass.klass is None:
            OfTheClass.klass = torch.arange(4.0) + 1
        return y * OfTheClass.klass


class OfTheModule(Base):
    def scaled(self, y):
        global MASK
        if MASK is None:
            MASK = torch.arange(4.0) + 1
        return y * MASK


def table_of(size):
    if not hasattr(table_of, "kept"):
        table_of.kept = torch.arange(size) + 1.0
    return table_of.kept


def elsewhere(size):
    if not hasattr(settings, "kept"):
        settings.kept = torch.arange(size) + 1.0
    return settings.kept


settings = types.ModuleType("settings")


class OfAFunction(Base):
    def scaled(self, y):
        return y * table_of(4)


class OfAnotherModule(Base):
    def scaled(self, y):
        return y * elsewhere(4)


def in_a_closure():
    kept = None

    class InAClosure(Base):
        def scaled(self, y):
            nonlocal kept
            if kept is None:
                kept = y.detach().abs() * 0 + 2
            return y * kept

    return InAClosure()


@functools.cache
def helper_of(size):
    made = Helper()
    made.table = torch.arange(size) + 1.0
    return made


@functools.lru_cache(maxsize=4)
def function_of(size):
    kept = {"tables": [torch.arange(size) + 1.0]}
    return lambda: kept["tables"][0]


class InACachedObject(Base):
    """The cache holds an object, the object a tensor: without it the object is of no use."""

    def scaled(self, y):
        return y * helper_of(4).table


class InACachedFunction(Base):
    def scaled(self, y):
        return y * function_of(4)()


class Once(Base):
    def scaled(self, y):
        if Shared.only is None:
            Shared.only = Shared()
        return y * Shared.only.table


class Shared:
    only = None

    def __init__(self):
        self.table = torch.arange(4) + 1.0


BOX: list = [None]


def boxed(make, read):
    """Something with a tensor in it in the place of something else in a list."""

    class Boxed(Base):
        def scaled(self, y):
            if BOX[0] is None:
                BOX[0] = make()
            return y * read(BOX[0])

    return Boxed


InABox = boxed(lambda: torch.arange(4) + 1.0, lambda held: held)
InADictionaryInABox = boxed(lambda: {"table": torch.arange(4) + 1.0}, lambda held: held["table"])
InASetInABox = boxed(lambda: {torch.arange(4) + 1.0}, lambda held: next(iter(held)))
InAPartialInABox = boxed(lambda: functools.partial(torch.mul, torch.arange(4) + 1.0), lambda held: held(2))


class AsAParameter(Base):
    def scaled(self, y):
        if not hasattr(self, "scale"):
            self.scale = nn.Parameter(torch.ones(4))
            self.register_buffer("steps", torch.ones(1))
        self.linear.weight.requires_grad_(False)
        self.linear.bias.data = self.linear.bias.data * 2
        return y * self.scale


class OnAParameter(Base):
    def scaled(self, y):
        weight = self.linear.weight
        if not hasattr(weight, "table"):
            weight.table = torch.arange(4) + 1.0
        return y * weight.table


KINDS = [
    Dictionary, Attribute, Items, LastActivation, Remembered, RememberedForEver, OfWeights, InATuple, Helped,
    HelpedFromElsewhere, InASlot, OfTheClass, OfTheModule, in_a_closure, AsAParameter, InACachedObject,
    InACachedFunction, OnAParameter, Once, OfAFunction, OfAnotherModule, InABox, InADictionaryInABox, InASetInABox, InAPartialInABox,
]  # fmt: skip


def _fresh():
    global MASK
    mask.cache_clear(), frequencies.cache_clear(), TABLE.clear(), ORDERED.clear(), SEEN.clear(), QUEUE.clear()
    helper_of.cache_clear(), function_of.cache_clear()
    vars(table_of).pop("kept", None), vars(settings).pop("kept", None)
    MASK, OfTheClass.klass, ELSEWHERE.table, Shared.only, BOX[0] = None, None, None, None, None


@pytest.mark.parametrize("real", [False, True])
@pytest.mark.parametrize("training", [False, True])
@pytest.mark.parametrize("kind", KINDS)
def test_afterwards_it_trains_and_computes_as_if_never_counted(kind, training, real):
    x = torch.randn(2, 4)
    torch.manual_seed(1)
    _fresh()
    expected = kind().train()(x).detach()
    _fresh()
    torch.manual_seed(1)
    model = kind()
    state = {name: (id(value), value.clone()) for name, value in model.named_parameters()}
    before = {name: id(value) for name, value in vars(model).items()}
    ledger = summary(model, input_size=(2, 4), verbose=0, real=real, training=training)
    assert ledger.total_mult_adds == (64 if kind is OfWeights else 32)
    assert {name: id(value) for name, value in vars(model).items()} == before
    assert model.calls == 0
    assert model.cache == {}
    assert model.items == []
    assert list(TABLE) == list(ORDERED) == SEEN == list(QUEUE) == []
    assert model.helper.table is model.slotted.table is MASK is OfTheClass.klass is ELSEWHERE.table is None
    assert Shared.only is BOX[0] is None
    assert not hasattr(table_of, "kept")
    assert not hasattr(settings, "kept")
    assert vars(model.linear.weight) == {}
    assert mask.cache_info().currsize == frequencies.cache_info().currsize == 0
    for name, value in model.named_parameters():
        assert id(value) == state[name][0]
        assert torch.equal(value, state[name][1])
        assert value.requires_grad
    out = model(x)
    assert torch.equal(out, expected)
    out.sum().backward()
    _fresh()


def test_what_was_cached_before_is_what_is_cached_afterwards():
    _fresh()
    model = OfTheClass()
    x = torch.randn(2, 4)
    expected = model(x)
    kept = OfTheClass.klass
    summary(model, input_size=(2, 4), verbose=0)
    assert OfTheClass.klass is kept
    assert torch.equal(model(x), expected)
    _fresh()


def test_what_a_user_holds_is_never_taken_away():
    meta = torch.empty(2, 4, device="meta")
    holder = {"input": meta, "list": [meta]}
    model = nn.Sequential(nn.Identity(), nn.Linear(4, 3), nn.ReLU(inplace=True))
    assert summary(model, input_data=holder["input"], verbose=0).total_mult_adds == 24
    assert holder["input"] is holder["list"][0] is meta
