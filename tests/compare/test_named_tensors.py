"""Files of tensors have names and no order: they are matched by name."""

from __future__ import annotations

from netledger.compare import compare
from netledger.network import Layer, Network, Tensor


def held(name, *paths):
    """A file with one weight of its own size at each path."""
    sizes = {"a": 2, "b": 3, "c": 5, "d": 7}
    return Network(
        name,
        [
            Layer(path, "tensors", tensors=(Tensor(f"{path}.weight", "weight", (sizes[path[-1]], 11)),))
            for path in paths
        ],
    )


def test_two_orders_of_the_same_names_differ_in_nothing():
    comparison = compare(held("one", "m.a", "m.b", "m.c", "m.d"), held("two", "m.d", "m.b", "m.a", "m.c"))
    assert comparison.difference("parameters") == 0
    assert all(row.left is not None and row.right is not None for row in comparison.rows)
    assert {row.left.name for row in comparison.rows} == {row.right.name for row in comparison.rows}


def test_what_only_one_has_is_listed():
    comparison = compare(held("one", "m.a", "m.b", "m.c"), held("two", "m.c", "m.a", "m.d"))
    assert comparison.difference("parameters") == 11 * (7 - 3)
