"""The books: formulas against tensors, tied storage once, Unknown kept, totals named."""

from __future__ import annotations

import pytest

from netledger.catalogue import load
from netledger.errors import NotFoundError, ShapeError
from netledger.ledger import keep_books
from netledger.network import Layer, Network, Tensor
from netledger.notation import parse
from netledger.unknown import Unknown


def test_alexnet_adds_up_to_the_published_figures():
    totals = keep_books(load("alexnet")).totals
    figures = {name: int(count) for name, count in totals.as_dict().items()}
    assert figures == {
        "parameters": 60_965_224, "weights": 60_954_656, "biases": 10_568, "trainable": 60_965_224, "frozen": 0,
        "buffers": 0, "macs": 724_406_816, "flops": 1_448_813_632, "neurons": 659_272, "bytes": 243_860_896,
    }  # fmt: skip


def test_tied_storage_is_counted_once():
    ledger = keep_books(
        parse('ids = input(16)\nwte = embedding(50257, 768)\nhead = linear(50257, bias=False, share="wte")')
    )
    assert int(ledger.totals.parameters) == 50257 * 768  # where-counters-go-wrong: 38,597,376
    assert int(ledger.totals.macs) == 16 * 768 * 50257
    assert ledger["head"].tied_to == "wte"
    assert ledger["head"].parameters == 0


def test_a_tied_head_with_a_bias_adds_its_bias():
    ledger = keep_books(parse('ids = input(4)\nwte = embedding(100, 8)\nhead = linear(100, share="wte")'))
    assert (int(ledger.totals.weights), int(ledger.totals.biases)) == (800, 100)


def test_sharing_what_does_not_fit_is_an_error_at_its_layer():
    net = Network(
        "bad",
        [
            Layer("a", "linear", {"out_features": 2, "in_features": 3}),
            Layer("b", "linear", {"out_features": 3, "in_features": 3}, share="a"),
        ],
    )
    with pytest.raises(ShapeError, match="b: shares 'weight' of 'a', but needs 3×3 where that has 2×3"):
        keep_books(net)
    lost = Network("bad", [Layer("b", "linear", {"out_features": 3, "in_features": 3}, share="nothing")])
    with pytest.raises(ShapeError, match="'nothing', which is no earlier layer"):
        keep_books(lost)


def test_frozen_layers_and_other_dtypes():
    ledger = keep_books(
        parse('x = input(512)\na = linear(512, trainable=False)\nb = linear(10, dtype="float16")'), dtype=None
    )
    assert int(ledger.totals.parameters) == 267_786  # where-counters-go-wrong: the frozen first layer counts
    assert int(ledger.totals.trainable) == 5_130
    assert int(ledger.totals.frozen) == 262_656
    assert int(ledger.totals.bytes) == 262_656 * 4 + 5_130 * 2
    assert int(keep_books(ledger.network, dtype="int8").totals.bytes) == 267_786


def test_a_batch_multiplies_work_and_not_parameters():
    net = parse("x = input(3, 8, 8)\nc = conv2d(4, kernel_size=3)")
    one, many = keep_books(net), keep_books(net, batch=32)
    assert int(many.totals.macs) == 32 * int(one.totals.macs)
    assert int(many.totals.neurons) == 32 * 4 * 36
    assert many.totals.parameters == one.totals.parameters


def layer_with(tensors, **more):
    return Layer("fc", "linear", {"out_features": 2, "in_features": 3}, tensors=tensors, **more)


W, B = Tensor("fc.weight", "weight", (2, 3)), Tensor("fc.bias", "bias", (2,))


def test_two_entries_that_agree_are_evidence():
    ledger = keep_books(Network("n", [layer_with((W, B))]))
    (evidence,) = ledger["fc"].evidence
    assert (evidence.kind, evidence.ours, evidence.theirs, evidence.agrees) == ("shapes", 8, 8, True)
    assert ledger.discrepancies == ()


def test_two_entries_that_disagree_are_both_shown():
    ledger = keep_books(Network("n", [layer_with((W.replace(shape=(2, 4)), B))]))
    (discrepancy,) = ledger.discrepancies
    assert (discrepancy.path, discrepancy.by_formula, discrepancy.by_shape) == ("fc", 8, 10)
    assert int(ledger.totals.parameters) == 10  # what is really there


def test_what_is_stored_but_not_learned_is_listed_and_not_added():
    tensors = (
        W, B, Tensor("mean", "running_statistic", (2,)), Tensor("k", "constant", (9,)), Tensor("m", "state", (8,)),
        Tensor("s", "scale", (2,), "float16"),
    )  # fmt: skip
    totals = keep_books(Network("n", [layer_with(tensors)])).totals
    assert int(totals.parameters) == 8
    assert int(totals.buffers) == 2
    assert int(totals.bytes) == 8 * 4 + 2 * 2


def test_a_storage_with_two_names_is_counted_once():
    tied = Tensor("head.weight", "weight", (2, 3), storage="0")
    net = Network("n", [layer_with((W.replace(storage="0"), B)), Layer("head", "tensors", tensors=(tied,))])
    ledger = keep_books(net)
    assert int(ledger.totals.parameters) == 8
    assert ledger["head"].tied_to == "fc"


def test_a_kind_without_a_rule_is_unknown_never_zero():
    net = Network("n", [Layer("x", "wormhole"), layer_with(())])
    ledger = keep_books(net)
    assert str(ledger.totals.macs) == "unknown"
    assert (str(ledger.totals.weights), str(ledger.totals.biases)) == ("≥ 6", "≥ 2")
    assert str(ledger.totals.buffers) == "unknown"
    assert str(ledger.totals.parameters) == "≥ 8"
    assert ledger.unknown[0][0] == "x"
    assert "unknown kind 'wormhole'" in ledger.unknown[0][1].reason
    known = keep_books(Network("n", [Layer("x", "conv2d", unknown=Unknown("not followed"))]))
    assert known.unknown == (("x", Unknown("not followed")),)


def test_stated_shapes_fill_and_contradict():
    stated = Layer("c", "conv2d", {"out_channels": 4, "kernel_size": 3}, ("x",), output_shapes=((4, 7, 7),))
    net = Network("n", [Layer("x", "input", {"shape": (3, 8, 8)}), stated])
    ledger = keep_books(net)
    assert ledger.discrepancies[0].what == "output shape"
    assert (ledger.discrepancies[0].by_formula, ledger.discrepancies[0].by_shape) == ("4×6×6", "4×7×7")
    filled = keep_books(
        Network("n", [Layer("c", "wormhole", output_shapes=((5,),)), Layer("f", "linear", {"out_features": 2}, ("c",))])
    )
    assert filled["f"].parameters == 12  # fmt: skip


def test_published_figures_are_evidence():
    net = parse('network(published={"parameters": 8, "macs": 7})\nx = input(3)\nf = linear(2)')
    assert [(item.what, item.agrees) for item in keep_books(net).evidence] == [("parameters", True), ("macs", False)]


def test_torchinfo_s_names():
    ledger = keep_books(parse("x = input(3)\nf = linear(2)"))
    assert (ledger.total_params, ledger.trainable_params, ledger.total_mult_adds) == (8, 8, 6)


def test_layers_are_found_by_path_and_errors_name_theirs():
    ledger = keep_books(parse("x = input(3)\nf = linear(2)"))
    assert len(ledger) == 2
    with pytest.raises(NotFoundError, match="no layer 'g' in"):
        ledger["g"]
    with pytest.raises(ShapeError, match="c: conv2d: needs an input of channels"):
        keep_books(
            Network(
                "n",
                [
                    Layer("x", "input", {"shape": (3,)}),
                    Layer("c", "conv2d", {"out_channels": 1, "kernel_size": 1}, ("x",)),
                ],
            )
        )


def test_one_that_differs_among_a_thousand_stored_layers_is_booked_by_itself():
    def layer(i: int, **said: object) -> Layer:
        tensor = Tensor(f"h.{i}.weight", "weight", (2, 3)).replace(**said)
        return Layer(f"h.{i}", "tensors", outputs=(), tensors=(tensor,))

    layers = [layer(i) for i in range(1_000)]
    layers[300] = layer(300, shape=(2, 4))
    layers[400] = layer(400, trainable=False)
    layers[500] = layer(500, dtype="float16")
    layers[600] = layer(600, role="running_statistic")
    layers[700], layers[800] = layer(700, storage="one"), layer(800, storage="one")
    layers[900] = layer(900).replace(unknown=Unknown("nobody knows"))
    ledger = keep_books(Network("n", layers))
    assert int(ledger.totals.parameters) == 998 * 6 + 2
    assert (ledger["h.300"].weights, ledger["h.400"].frozen, ledger["h.600"].buffers) == (8, 6, 6)
    assert (ledger["h.500"].bytes, ledger["h.501"].bytes) == (12, 24)
    assert (ledger["h.800"].weights, ledger["h.800"].tied_to) == (0, "h.700")
    assert ledger["h.900"].unknown == (Unknown("nobody knows"),)


def test_alike_layers_each_have_their_evidence_and_one_that_differs_its_discrepancy():
    layers = [Layer("x", "input", {"shape": (8,)})]
    for i in range(6):
        held = (Tensor(f"h.{i}.weight", "weight", (8, 9 if i == 4 else 8)),)
        layers.append(Layer(f"h.{i}", "linear", {"out_features": 8, "bias": False}, (layers[-1].path,), tensors=held))
    ledger = keep_books(Network("n", layers))
    said = [(e.what, e.ours, e.theirs, e.agrees) for entry in ledger for e in entry.evidence]
    assert said == [(f"h.{i} parameters", 64, 72 if i == 4 else 64, i != 4) for i in range(6)]
    assert [(d.path, d.by_formula, d.by_shape) for d in ledger.discrepancies] == [("h.4", 64, 72)]
    assert (int(ledger.totals.parameters), int(ledger.totals.macs)) == (5 * 64 + 72, 6 * 64)
