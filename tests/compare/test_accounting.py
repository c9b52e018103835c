"""The differences of the layers add up to the difference of the totals, to the last parameter, whatever is compared."""

from __future__ import annotations

import random
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netledger import catalogue
from netledger.compare import Comparison, compare_ledgers
from netledger.compare.alignment import MOST_SCORES, aligned
from netledger.compare.units import units_of
from netledger.ledger import Ledger, keep_books
from netledger.network import Layer, Network

QUANTITIES = ("parameters", "weights", "biases", "macs", "buffers")
NAMES = catalogue.names()


@cache
def ledger_of(name: str) -> Ledger:
    return keep_books(catalogue.load(name))


def check(comparison: Comparison) -> None:
    """Every layer of both stands in one row, in both networks' order but for the moved; the sums agree."""
    left, right = comparison.ledgers
    for quantity in QUANTITIES:
        ours = sum(getattr(row, quantity) for row in comparison.rows)
        assert ours == getattr(right.totals, quantity) - getattr(left.totals, quantity)
        assert ours == comparison.difference(quantity)
    for side, ledger in (("left", left), ("right", right)):
        units = [getattr(row, side) for row in comparison.rows]
        paths = [path for unit in units if unit is not None for path in unit.paths]
        assert sorted(paths) == sorted(entry.path for entry in ledger)


@pytest.mark.parametrize("name", NAMES)
def test_every_network_of_the_catalogue_with_every_other(name: str) -> None:
    for other in NAMES[: NAMES.index(name) + 1]:
        check(compare_ledgers([ledger_of(name), ledger_of(other)]))


@pytest.mark.parametrize(
    ("one", "other"), [("alexnet", "alexnet/torchvision"), ("vgg16", "vgg16_bn"), ("resnet18", "resnet50")]
)
def test_the_other_way_round(one: str, other: str) -> None:
    forth = compare_ledgers([ledger_of(one), ledger_of(other)])
    back = compare_ledgers([ledger_of(other), ledger_of(one)])
    for quantity in QUANTITIES:
        assert forth.difference(quantity) == -back.difference(quantity)  # type: ignore[operator]


@pytest.mark.parametrize("name", ["alexnet", "googlenet", "resnet34", "mobilenet_v2", "lenet5/1998"])
def test_renamed_layers_are_the_same_layers(name: str) -> None:
    """Names say nothing here: only role and position are left to match by."""
    ledger = ledger_of(name)
    new = {value: f"n{i}" for i, layer in enumerate(ledger.network.layers) for value in layer.outputs}
    layers = tuple(
        layer.replace(
            path=f"layer_{'x' * (i % 7)}_{i}",
            inputs=tuple(new[value] for value in layer.inputs),
            outputs=tuple(new[value] for value in layer.outputs),
        )
        for i, layer in enumerate(ledger.network.layers)
    )
    other = keep_books(ledger.network.replace(layers=layers))
    comparison = compare_ledgers([ledger, other])
    check(comparison)
    assert [row.name for row in comparison.rows if not row.same] == []


KINDS = st.sampled_from(
    [
        ("conv2d", {"kernel_size": 3, "padding": 1}), ("relu", {}), ("batch_norm", {}), ("dropout", {}),
        ("max_pool2d", {"kernel_size": 1}), ("local_response_norm", {"size": 5}),
    ]
)  # fmt: skip


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A chain of up to a dozen layers; convolutions with up to 9 filters, some biased."""
    layers = [Layer("image", "input", {"shape": (3, 9, 9)})]
    for i, (kind, attributes) in enumerate(draw(st.lists(KINDS, max_size=12))):
        if kind == "conv2d":
            attributes = {**attributes, "out_channels": draw(st.integers(1, 9)), "bias": draw(st.booleans())}
        name = draw(st.sampled_from([f"{kind}{i}", f"features.{i}", f"{kind}_{i}"]))
        layers.append(Layer(name, kind, attributes, (layers[-1].path,)))
    return Network("random", tuple(layers))


@settings(max_examples=150, deadline=None)
@given(networks(), networks())
def test_random_networks(one: Network, other: Network) -> None:
    check(compare_ledgers([keep_books(one), keep_books(other)]))


@settings(max_examples=60, deadline=None)
@given(networks(), st.data())
def test_a_layer_put_in_is_found(network: Network, data: st.DataObject) -> None:
    """One convolution more: the difference is its own, and the layers before it are the same."""
    place = data.draw(st.integers(1, len(network.layers)))
    before = network.layers[place - 1].path
    channels = keep_books(network)[before].outputs[0][0]
    new = Layer("new", "conv2d", {"out_channels": channels, "kernel_size": 1}, (before,))
    after = [
        layer.replace(inputs=tuple("new" if value == before else value for value in layer.inputs))
        for layer in network.layers[place:]
    ]
    other = network.replace(layers=(*network.layers[:place], new, *after))
    comparison = compare_ledgers([keep_books(network), keep_books(other)])
    check(comparison)
    assert comparison.difference("parameters") == channels * channels + channels


# ---------------------------------------------------------------------- large networks


def chain(name: str, stem: str, length: int, width: int = 8) -> Ledger:
    layers = [Layer("image", "input", {"shape": (width,)})]
    for i in range(length):
        layers.append(Layer(f"{stem}.{i}", "linear", {"out_features": width}, (layers[-1].path,)))
    return keep_books(Network(name, tuple(layers)))


def test_large_networks_are_cut_at_common_names() -> None:
    one, other = chain("one", "block", 900), chain("other", "block", 1_000)
    assert len(one) * len(other) > MOST_SCORES
    comparison = compare_ledgers([one, other])
    check(comparison)
    assert sum(row.same for row in comparison.rows) == 901
    assert [row.name for row in comparison.rows if not row.same] == [f"block.{i}" for i in range(900, 1_000)]


@pytest.mark.parametrize("length", [40, 500, 700, 1_000])
def test_shuffled_names_of_equal_layers_are_the_same_answer_at_every_length(length: int) -> None:
    """Which layer is which follows from what it is and where it stands; the way of matching may not show."""
    names = [f"layer{i}" for i in range(length)]
    other = random.Random(7).sample(names, length)

    def named(order: list[str]) -> Ledger:
        layers = [Layer("image", "input", {"shape": (8,)})]
        for name in order:
            layers.append(Layer(name, "linear", {"out_features": 8}, (layers[-1].path,)))
        return keep_books(Network("net", tuple(layers)))

    comparison = compare_ledgers([named(names), named(other)])
    check(comparison)
    assert all(row.same for row in comparison.rows)
    assert len(comparison.rows) == length + 1


def test_anchors_keep_both_orders() -> None:
    """Layers that stand in another order in the other network cannot all be anchors."""
    one = chain("one", "a", 700)
    turned = (one.network.layers[0], *one.network.layers[:350:-1], *one.network.layers[1:351])
    layers = [turned[0]]
    for layer in turned[1:]:
        layers.append(layer.replace(inputs=(layers[-1].path,)))
    comparison = compare_ledgers([one, keep_books(Network("turned", tuple(layers)))])
    check(comparison)
    assert sum(row.same for row in comparison.rows) >= 351


def test_large_networks_without_a_common_name_are_matched_by_place() -> None:
    comparison = compare_ledgers([chain("one", "a", 700), chain("other", "b", 700)])
    check(comparison)
    assert all(row.same for row in comparison.rows)
    check(compare_ledgers([chain("one", "a", 700), chain("other", "b", 900, 9)]))


def test_matching_keeps_both_orders() -> None:
    for one, other in (("resnet18", "googlenet"), ("alexnet", "vgg19_bn"), ("squeezenet1_0", "squeezenet1_1")):
        ours, theirs = units_of(ledger_of(one)), units_of(ledger_of(other))
        places = [
            (ours.index(a), theirs.index(b))
            for a, b, moved in aligned(ours, theirs)
            if a is not None and b is not None and not moved
        ]
        assert places == sorted(places)
        assert [b for _, b in places] == sorted(b for _, b in places)
