"""The notation written: canonical text, loops folded back, JSON; nothing is lost either way."""

from __future__ import annotations

import json

import pytest

from netledger import catalogue
from netledger.errors import NotationError
from netledger.ledger import keep_books
from netledger.network import Layer, Network, Tensor
from netledger.notation import from_json, from_json_text, parse, to_json, to_text
from netledger.unknown import Unknown
from tests.support import DATA

NAMES = catalogue.names()


@pytest.mark.parametrize("name", NAMES)
def test_every_network_of_the_catalogue_comes_back(name):
    network = catalogue.load(name)
    text = to_text(network)
    assert parse(text, name) == network
    assert to_text(parse(text, name)) == text
    assert from_json(json.loads(json.dumps(to_json(network)))) == network


def test_the_canonical_form():
    text = to_text(parse("image=input( 3,32,32 ) # in\nc1 = conv2d(16,3 , padding = 1)\nr = relu( )\nx=add(c1,r)", "n"))
    assert text == (
        "image = input(3, 32, 32)  # in\nc1 = conv2d(16, kernel_size=3, padding=1)\nr = relu()\nx = add(c1, r)\n"
    )


def test_blocks_that_repeat_are_written_once():
    text = (
        "x = input(16, 8, 8)\n"
        "for i in range(0, 40):\n"
        '    c = conv2d(x, 16, kernel_size=3, padding=1, name=f"stage.{i}.conv")\n'
        '    x = add(c, x, name=f"stage.{i}.add")\n'
        "last = relu()\n"
    )
    written = to_text(parse(text, "n"))
    assert written.count("\n") < 8
    assert parse(written, "n") == parse(text, "n")


def test_blocks_read_from_outside_are_not_folded():
    blocks = [f"a{i} = linear(4, name='s.{i}.a')" for i in range(3)]
    text = "\n".join(["x = input(4)", *blocks, "y = add(a0, a2)"])
    assert parse(to_text(parse(text, "n")), "n") == parse(text, "n")


# what is read in each layer of rounds that look alike and are not, or only just are: ``path: values it reads``
ROUNDS = {
    "a name that is the path": "fc.0: x, fc.1: fc.0, fc.2: fc.1",
    "the last round reads another value": "b.0.fc: x, b.1.fc: b.0.fc, b.2.fc: x",
    "the first round reads otherwise": "b.0.a: x, b.0.c: x, b.1.a: b.0.c, b.1.c: b.1.a, b.2.a: b.1.c, b.2.c: b.2.a",
    "the last round is cut off": "b.0.a: x, b.0.c: b.0.a, b.1.a: b.0.c",
    "a number that jumps": "b.0.a: x, b.0.c: b.0.a, b.1.a: b.0.c, b.2.c: b.1.a",
    "numbers in two places": "b.0.a.0: x, b.0.c: b.0.a.0, b.1.a.1: b.0.c, b.1.c: b.1.a.1",
    "more values from round to round": "b.0.add: x y, b.1.add: b.0.add x y, b.2.add: b.1.add x y",
    "two values for one that is carried": "b.0.a: x, b.0.c: y, b.1.a: b.0.c, b.1.c: b.0.c, b.2.a: b.1.c, b.2.c: b.1.c",
    "carried from above the reader": "b.0.a: x, b.0.add: x b.0.a, b.1.a: b.0.add, b.1.add: b.0.a b.1.a, b.2.a: b.1.add, "
    "b.2.add: b.1.a b.2.a",
    "read behind the next round": "b.0.a: x, b.1.a: b.0.a, b.2.a: b.1.a, end.add: b.0.a b.2.a",
    "carried and read by name": "b.0.a: x, b.0.add: x b.0.a, b.1.a: b.0.add, b.1.add: b.0.add b.1.a, b.2.a: b.1.add, "
    "b.2.add: b.1.add b.2.a, end: b.2.add",
    "a value from outside in each": "b.0.a: x, b.0.add: b.0.a y, b.1.a: b.0.add, b.1.add: b.1.a y, b.2.a: b.1.add, "
    "b.2.add: b.2.a y",
}


@pytest.mark.parametrize("name", ROUNDS)
def test_rounds_that_look_alike_come_back_as_they_were(name):
    layers = [Layer(path, "input", {"shape": (8,)}) for path in "xy"]
    for text in ROUNDS[name].split(", "):
        path, reads = text.split(": ")
        kind = "add" if path.endswith("add") else "linear"
        layers.append(Layer(path, kind, {} if kind == "add" else {"out_features": 8}, tuple(reads.split())))
    network = Network("rounds", tuple(layers))
    again = parse(to_text(network), name="rounds")
    assert [(layer.path, layer.kind, layer.inputs) for layer in again.layers] == [
        (layer.path, layer.kind, layer.inputs) for layer in network.layers
    ]
    assert keep_books(again).totals == keep_books(network).totals


def test_files_come_back_with_tensors_foreign_kinds_and_odd_names():
    network = Network(
        "odd",
        [
            Layer("in put", "input", {"shape": (Unknown("batch"), 3)}, outputs=("in:0",)),
            Layer(
                'he said "x"\\\x1b', "Foo-Bar", {"k": (1, (2, 3)), "none": None}, ("in:0", "never made"), ("a", "b"),
                (Tensor("w", "weight", (2, 3), "float16", False, "s"), Tensor("m", "buffer", (Unknown("?"),), nbytes=3)),
                False, "int8", None, ((3,),), (Unknown("u"), (4,)), "Type", Unknown("no"), {"d": 0, "f": 1.5},
            ),
            Layer("for", "relu", inputs=("b",)),
            Layer("none", "relu", outputs=()),
        ],
        "Title", "Source", {"parameters": 3, "note": "x"}, ("n1",), True, "float16", ("a1",), ("for",),
        {"m": {1: (2,)}},
    )  # fmt: skip
    assert parse(to_text(network), "odd") == network
    assert from_json(json.loads(json.dumps(to_json(network)))) == network


def test_tied_layers_and_rounds_that_read_nothing_come_back():
    tied = "ids = input(7)\nwte = embedding(100, 16)\nhead = linear(100, bias=False, share='wte')"
    assert parse(to_text(parse(tied, "n")), "n") == parse(tied, "n")
    rounds = [Layer(f"b.{i}.relu", "relu") for i in range(3)]
    network = Network("n", (Layer("x", "input", {"shape": (8,)}), *rounds))
    assert [layer.inputs for layer in parse(to_text(network), "n").layers] == [()] * 4


def test_json_that_is_none_of_ours_is_told_so():
    for text, message in [
        ("{", "not JSON"),
        ("[" * 100_000, "nested too deep"),
        ('{"a": NaN}', "'NaN' is no JSON number"),
        ('{"schema": "netledger.network/9"}', "is not read here"),
        ("{}", "expected an object with 'schema'"),
        ('{"schema": "netledger.network/1"}', "'layers' must be a list"),
        ('{"schema": "netledger.network/1", "layers": [], "colour": 1}', "no field 'colour'"),
        ('{"schema": "netledger.network/1", "layers": [{"path": "a"}]}', "layer 0: 'kind' is missing"),
        ('{"schema": "netledger.network/1", "layers": [{"path": 1, "kind": "x"}]}', "'path' is a text, not 1"),
        (
            '{"schema": "netledger.network/1", "layers": [{"path": "a", "kind": "x"}, {"path": "a", "kind": "x"}]}',
            "same path",
        ),
        ('{"architecture": 5}', "must be a list"),
        ('{"architecture": []}', "an empty list: it describes no network"),
        (
            '{"schema": "netledger.network/1", "layers": [], "meta": ' + "[" * 70 + "]" * 70 + "}",
            "nested deeper than 64",
        ),
        (
            '{"schema": "netledger.network/1", "layers": [], "meta": {"m": {"map": [[1, 2, 3]]}}}',
            "a 'map' is a list of pairs",
        ),
        ('{"architecture": [{"kind": 5}]}', "needs a 'type'"),
        ('{"architecture": [{"type": "conv9d"}]}', "unknown type 'conv9d': did you mean"),
        ('{"architecture": [{"type": "zzzzz"}]}', "known are linear"),
        ('{"architecture": [{"type": "linear", "in": 3}]}', "a linear needs 'out'"),
        ('{"architecture": [{"type": "repeat", "times": -1, "layers": []}]}', "a repeat needs"),
    ]:
        with pytest.raises(NotationError, match=message):
            from_json_text(text)


def test_a_ledger_that_names_a_layer_twice_is_none():
    data = keep_books(parse("x = input(3)\nfc = linear(2)", "n")).to_dict()
    assert [layer.path for layer in from_json(data).layers] == ["x", "fc"]
    with pytest.raises(NotationError, match="two layers have the same path"):
        from_json({**data, "layers": data["layers"] * 2})


def test_architecture_documents_count_what_their_truth_says():
    """True totals worked out by hand and by frameworks; every parameter is counted once and biases are."""
    cases = json.loads((DATA / "architectures.json").read_text())
    assert len(cases) > 20
    for case in cases:
        network = from_json({"architecture": case["architecture"]})
        assert keep_books(network).totals.parameters == case["true_total"], case["architecture"]


def test_architecture_names_are_made_unique_and_repeats_numbered():
    network = from_json(
        [
            {"type": "repeat", "name": "block", "times": 2, "layers": [{"type": "linear", "in": 2, "out": 2}]},
            {"type": "embedding", "name": "e", "num": 5, "dim": 2},
            {"type": "tied", "name": "e", "to": "e"},
        ]
    )
    assert [layer.path for layer in network] == ["block.0.linear_1", "block.1.linear_1", "e", "e_2"]
    assert network["block.1.linear_1"].meta == {"repeat": "block", "times": 2}
    assert network["e_2"].meta == {"tied": "e"}


def test_a_key_of_letters_that_look_alike_stays_what_it_is():
    network = Network("n", [], meta={"ª": 1, "a": 2})
    assert parse(to_text(network)).meta == {"ª": 1, "a": 2}
