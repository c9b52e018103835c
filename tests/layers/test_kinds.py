"""Every kind at once: the table is complete, and what is not known stays unknown."""

from __future__ import annotations

import importlib
import inspect
import itertools
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import netledger.layers as package
from netledger.errors import NotFoundError, ShapeError, UsageError
from netledger.layers import KINDS, OTHER_NAMES, Call, Effect, Slot, apply, known_kinds, rule, rule_for
from netledger.network import elements_of
from netledger.unknown import Unknown

MISSING = Unknown("nobody said")
FEWEST: dict[str, dict[str, Any]] = {
    "experts": {"num_experts": 2, "intermediate_size": 2, "top_k": 1},
    "permute": {"dims": (0,)},
    "reshape": {"shape": (2, -1)},
    "view": {"shape": (-1,)},
    "expand": {"size": (3, -1)},
    "unflatten": {"dim": 0, "unflattened_size": (2, -1)},
    "upsample": {"scale_factor": 2},
    "interpolate": {"size": 3},
    "affine_grid": {"size": (2, 3, 4, 5)},
    "fractional_max_pool2d": {"kernel_size": 2, "output_size": 2},
    "fractional_max_pool3d": {"kernel_size": 2, "output_ratio": 0.5},
    "einsum": {"equation": "...i,...ij->...j"},
    "cast": {"dtype": "float16"},
    "tied": {"to": "wte"},
    "parameter": {"shape": MISSING},
    "multihead_attention": {"embed_dim": 4, "num_heads": 2},
    "group_norm": {"num_groups": 1},
}
OF_TYPE = {"int": 2, "integer": 0, "Sizes": 2, "OutputSizes": 2, "Dims": 0, "float": 1, "Shape": MISSING}
CONTRACTIONS = frozenset(
    kind
    for family in (
        "conv1d conv2d conv3d conv_transpose1d conv_transpose2d conv_transpose3d linear bilinear matmul bmm einsum",
        "lora lstm gru rnn lstm_cell gru_cell rnn_cell multihead_attention scaled_dot_product_attention",
        "separable_conv2d conv2d_partial conv2d_local deform_conv2d attention experts causal_conv1d",
    )
    for kind in family.split()
)
FOREIGN = (".operators", ".traced")
"""Families that stand for what a source read, with sizes of its own; they are tested with that source."""
OWN = [kind for kind, module in KINDS.items() if not module.endswith(FOREIGN)]


def fewest(kind: str) -> dict[str, Any]:
    """Just enough arguments for a kind."""
    if kind in FEWEST:
        return FEWEST[kind]
    return {p.name: OF_TYPE[p.type] for p in rule_for(kind).parameters.values() if p.required}


@pytest.mark.parametrize("kind", KINDS)
def test_the_table_names_where_the_rule_is(kind: str) -> None:
    module = importlib.import_module(KINDS[kind])
    found = rule_for(kind)
    assert found.function.__module__ == KINDS[kind] == module.__name__
    document = inspect.getdoc(found.function)
    assert document is not None
    assert ">>> " in document
    assert "Source:" in document or kind == "input"


def test_no_rule_is_missing_from_the_table() -> None:
    folder = Path(package.__file__).parent
    for path in folder.rglob("*.py"):
        parts = path.relative_to(folder).with_suffix("").parts
        importlib.import_module(".".join(("netledger.layers", *[part for part in parts if part != "__init__"])))
    modules = {kind: rule_for(kind).function.__module__ or "" for kind in known_kinds()}  # a page's example has none
    ours = {kind for kind, module in modules.items() if module.startswith("netledger.layers.")}
    assert ours - {"example_double"} == set(KINDS)


@pytest.mark.parametrize("kind", OWN)
def test_without_a_shape_sizes_and_macs_are_unknown(kind: str) -> None:
    counts = {"einsum": [2], "matmul": [2], "bmm": [2]}.get(kind, [0, 1, 2, 3])
    for count in counts:
        effect = apply(kind, fewest(kind), (MISSING,) * count)
        for shape in effect.outputs:
            unknown = isinstance(shape, Unknown) or any(isinstance(size, Unknown) for size in shape)
            assert unknown or KINDS[kind].endswith((".reduction", ".outputs")) or kind == "affine_grid"
        if kind == "affine_grid":  # the grid is stated
            assert effect.macs.count == 2 * 4 * 5 * 2 * 3
        elif kind in CONTRACTIONS:
            assert isinstance(effect.macs.count, Unknown)
        else:
            assert effect.macs.count == 0


@pytest.mark.parametrize("kind", OWN)
def test_sizes_that_are_unknown_stay_unknown(kind: str) -> None:
    """With a rank and no size nothing is invented: no MACs of a contraction, and no element count."""
    for rank, count in itertools.product(range(6), [2] if kind == "einsum" else [1, 2, 3]):
        shape = tuple(Unknown(f"size {i}") for i in range(rank))
        second = (shape[0], 2) if kind == "einsum" and shape else shape
        try:
            effect = apply(kind, fewest(kind), (shape, second, shape)[:count], True)
        except ShapeError:
            continue  # no such layer for this rank
        macs = effect.macs.count
        if rank > 1 and kind != "affine_grid":
            assert isinstance(macs, Unknown) if kind in CONTRACTIONS else macs == 0
        learned = [elements_of(slot.shape) for slot in effect.slots if slot.role in ("weight", "bias", "parameter")]
        if any(isinstance(elements, Unknown) for elements in learned):
            assert isinstance(effect.parameters.count, Unknown)
        elif learned:
            assert effect.parameters.count == sum(learned)


@pytest.mark.parametrize("kind", OWN)
def test_slots_are_the_formula_in_shapes(kind: str) -> None:
    """Double entry inside a rule: the tensors it names hold as many values as its formulas say."""
    tried = 0
    for batched in (False, True):
        for shape in (
            (8,),
            (4, 8),
            (8, 9),
            (4, 9, 8),
            (8, 9, 10),
            (2, 8, 9, 10),
            (8, 9, 10, 9),
            (3, 4),
            (4, 6, 6),
            (2, 2, 3),
        ):
            try:
                effect = apply(kind, fewest(kind), (shape, shape, shape)[: 2 if kind == "einsum" else 3], batched)
            except ShapeError:
                continue
            tried += 1
            for roles, formula in ((("weight", "parameter"), effect.weights), (("bias",), effect.biases)):
                by_shape = sum(elements_of(slot.shape) for slot in effect.slots if slot.role in roles)
                assert isinstance(formula.count, Unknown) or formula.count == by_shape
    assert tried or kind in ("unflatten", "permute", "reshape", "view", "expand", "einsum", "bmm", "matmul")


def test_neurons_are_outputs_of_convolutions_and_linear_layers() -> None:
    assert {kind for kind in OWN if rule_for(kind).neurons} == {
        "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d", "linear",
        "separable_conv2d", "conv2d_partial", "conv2d_local", "deform_conv2d",
    }  # fmt: skip


def test_a_kind_has_one_owner() -> None:
    with pytest.raises(UsageError, match=r"kind 'relu' is already in netledger\.layers\.values\.activation"):

        @rule("relu")
        def mine(call: Call) -> Effect:
            return Effect((call.input,))


def test_a_rule_of_ones_own() -> None:
    @rule("tests_doubled", neurons=True)
    def doubled(call: Call, width: int, *, bias: bool = True) -> Effect:
        return Effect((call.input,), slots=(Slot("weight", "weight", (width,)),))

    assert "tests_doubled" in known_kinds()
    assert apply("tests_doubled", {"width": 3}, ((5,),)).slots[0].shape == (3,)
    assert [p.by_name for p in rule_for("tests_doubled").parameters.values()] == [False, True]


def test_unknown_kinds_are_named_with_their_neighbours() -> None:
    with pytest.raises(NotFoundError, match="unknown kind 'conv2': did you mean 'conv2d'") as caught:
        apply("conv2", {})
    assert "conv2d" in caught.value.near
    for theirs, ours in (
        ("dense", "linear"),
        ("fc", "linear"),
        ("Fully_Connected", "linear"),
        ("bn", "batch_norm"),
        ("lrn", "local_response_norm"),
    ):
        with pytest.raises(NotFoundError, match=f"unknown kind '{theirs}': did you mean '{ours}'"):
            rule_for(theirs)
    assert {*OTHER_NAMES.values()} <= {*known_kinds()}
    assert not {*OTHER_NAMES} & {*known_kinds()}
    with pytest.raises(NotFoundError, match=r"unknown kind 'zzzzzz'$"):
        apply("zzzzzz", {})


def test_only_the_families_used_are_imported() -> None:
    code = (
        "import sys; from netledger.layers import apply; apply('conv2d', {'out_channels': 1, 'kernel_size': 1});"
        "print(*sorted(m for m in sys.modules if m.startswith('netledger.layers.')));"
        "print({'typing', 're', 'enum', 'dataclasses', 'ast'} & (set(sys.modules) - before))"
    )
    code = "import sys; before = set(sys.modules); " + code
    done = subprocess.run([sys.executable, "-I", "-c", code], capture_output=True, text=True, check=True)
    modules, heavy = done.stdout.splitlines()
    assert modules.split() == [
        f"netledger.layers.{name}"
        for name in ("arguments", "kinds", "products", "sizes", "windows", "windows.convolution")
    ]
    assert heavy == "set()"


def test_every_kind_has_a_role_and_says_what_training_keeps_in_known_words() -> None:
    for kind in KINDS:
        found = rule_for(kind)
        assert found.role
        assert found.keeps in ("", "nothing", "inputs", "output")
        assert not (found.view and found.keeps not in ("", "nothing"))
    roles = {rule_for(kind).role for kind in ("conv2d", "conv_transpose2d", "separable_conv2d")}
    assert roles == {"convolution"}


def test_no_list_of_kinds_stands_elsewhere_for_what_their_rules_say() -> None:
    """A new activation is compared, split and sized by what its decorator says alone."""
    from netledger.compare.units import role_of
    from netledger.execute.splitting.plan import by_map

    @rule("example_bend", role="activation", by_map=True, keeps="output")
    def bend(call: Call) -> Effect:
        return Effect((call.input,))

    assert (role_of("example_bend"), by_map("example_bend")) == ("activation", True)
