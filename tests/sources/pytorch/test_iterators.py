"""Iterators that a model holds: after a count they give what they would have given, or it is said that they do not."""

from __future__ import annotations

import itertools

import pytest
import torch
from torch import nn

from netledger.sources.pytorch.restoring import iterators
from tests.sources.pytorch.counting import Function, counted

ITEMS = [torch.tensor(float(i)) for i in range(5)]


def given():
    yield from ITEMS


def numbers():
    number = 1000
    while True:
        yield number
        number += 1


def rest(iterator):
    return [next(iterator, None) for _ in range(12)]


def same(one, other):
    if isinstance(one, tuple):
        return len(one) == len(other) and all(map(same, one, other))
    return one is other or (not isinstance(one, torch.Tensor) and one == other)


SET_BACK = {
    "a list's": lambda: iter(ITEMS),
    "a tuple's": lambda: iter(tuple(ITEMS)),
    "a list's, backwards": lambda: reversed(ITEMS),
    "a text's": lambda: iter("abcdefgh"),
    "two side by side": lambda: zip(ITEMS, reversed(ITEMS), strict=True),
    "what a function makes of them": lambda: map(str, ITEMS),
    "some of them": lambda: filter(lambda one: one != 1, ITEMS),
    "a cycle": lambda: itertools.cycle(ITEMS),
    "a cycle of one": lambda: itertools.cycle(["a"]),
    "a cycle of equals": lambda: itertools.cycle("aabaab"),
    "a cycle of what is counted": lambda: itertools.cycle(range(5)),
    "a cycle of pairs": lambda: itertools.cycle(zip(ITEMS, ITEMS, strict=True)),
}


@pytest.mark.parametrize("pickled", [True, False])
@pytest.mark.parametrize("name", SET_BACK)
def test_an_iterator_gives_what_it_would_have_given(name, pickled, monkeypatch):
    """Before the first round of a cycle ends, on its end, and later; read so often that it ends in the pass, or not."""
    if not pickled:  # as Python 3.14 has it
        reduced = iterators._reduced
        itself = "itertools"
        monkeypatch.setattr(iterators, "_reduced", lambda one: None if type(one).__module__ == itself else reduced(one))
    for before, steps in itertools.product((0, 1, 5, 7), (0, 1, 2, 5, 9)):
        if "cycle" not in name and before + steps > 4:
            continue
        model = Function(lambda self, x, steps=steps: (rest_of(self.kept, steps), x)[1], layer=nn.Linear(8, 8))
        model.kept = kept = SET_BACK[name]()
        expected = SET_BACK[name]()
        rest_of(kept, before), rest_of(expected, before)
        notes = counted(model, torch.randn(2, 8)).network.notes
        assert not [note for note in notes if "cannot be set back" in note]
        assert model.kept is kept
        assert same(tuple(rest(kept)), tuple(rest(expected))), (before, steps)


def rest_of(iterator, steps):
    for _ in range(steps):
        next(iterator)


NAMED = {
    "generator": numbers,
    "count": itertools.count,
    "list_iterator": lambda: iter([7]),
    "dict_keyiterator": lambda: iter({"a": 1, "b": 2}),
    "enumerate": lambda: enumerate(ITEMS),
    "islice": lambda: itertools.islice(ITEMS, 3),
    "repeat": lambda: itertools.repeat(1, 4),
    "pairwise": lambda: itertools.pairwise(ITEMS),
    "cycle": lambda: itertools.cycle(given()),
}


@pytest.mark.parametrize("name", NAMED)
def test_an_iterator_that_cannot_be_set_back_is_named(name):
    def forward(self, x):
        next(self.kept), next(self.kept, None)
        return self.layer(x)

    model = Function(forward, layer=nn.Linear(8, 8))
    model.kept = NAMED[name]()
    notes = counted(model, torch.randn(2, 8)).network.notes
    assert [note for note in notes if f"{name} of the model's has moved on and cannot be set back" in note]


@pytest.mark.parametrize("name", [*NAMED, *SET_BACK])
def test_an_iterator_that_was_not_read_is_not_named(name):
    model = Function(lambda self, x: self.layer(x), layer=nn.Linear(8, 8))
    make = (NAMED | SET_BACK)[name]
    model.kept = make()
    assert not [note for note in counted(model, torch.randn(2, 8)).network.notes if "cannot be set back" in note]
    assert same(next(model.kept), next(make()))


TURNS = itertools.cycle("abc")


def test_an_iterator_among_the_globals_of_the_models_module():
    next(TURNS)
    model = Function(lambda self, x: (next(TURNS), self.layer(x))[1], layer=nn.Linear(8, 8))
    counted(model, torch.randn(2, 8))
    assert next(TURNS) == "b"


def test_what_an_iterator_holds_is_looked_into():
    """A list that a zip gives out is the model's too: what the pass appends to it is taken away."""
    held = [[], []]

    def forward(self, x):
        for mine, _ in self.kept:
            mine.append(x)
        return self.layer(x)

    model = Function(forward, layer=nn.Linear(8, 8))
    model.kept = zip(held, range(2), strict=True)
    notes = counted(model, torch.randn(2, 8)).network.notes
    assert held == [[], []]
    assert [note for note in notes if "list_iterator of the model's has moved on and cannot be set back" in note]
