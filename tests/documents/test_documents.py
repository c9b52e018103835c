"""The ledger's document: columns, totals, evidence, explanations; the catalogue's and the budget's."""

from __future__ import annotations

import json

import pytest

import netledger
from netledger.budgets import check, number
from netledger.documents.budget import budget_document
from netledger.documents.catalogue import catalogue_document, members
from netledger.documents.ledger import View, ledger_document
from netledger.documents.ledger.columns import COLUMNS, columns_named
from netledger.documents.ledger.explain import explanation, remarks
from netledger.documents.ledger.totals import double_entries, evidence_sentence
from netledger.errors import NotFoundError, UsageError
from netledger.ledger import keep_books
from netledger.ledger.figures import groups_of, normalisation_of
from netledger.network import Layer, Network, Tensor, Unknown
from netledger.renderers import render
from netledger.renderers.values import Writer
from tests.networks import oddities
from tests.support import DATA

write = Writer().write


def sentence(kind: str, attributes: dict[str, object], shape: tuple[int, ...] | None) -> str:
    layers = [] if shape is None else [Layer("x", "input", {"shape": shape})]
    layers.append(Layer("it", kind, attributes, ("x",) if shape else ()))
    return write(explanation(keep_books(Network("n", layers))["it"]))


@pytest.mark.parametrize(
    ("kind", "attributes", "shape", "said"),
    [
        ("conv2d", {"out_channels": 96, "kernel_size": 11}, (3, 227, 227),
         "it has 96 filters of 11×11 over 3 channels, plus one bias each: (11·11)·3·96 + 96 = 34,944 parameters."),
        ("conv1d", {"out_channels": 4, "kernel_size": 3, "bias": False}, (2, 9),
         "it has 4 filters of 3 over 2 channels, without biases: (3)·2·4 = 24 parameters."),
        ("linear", {"out_features": 10}, (84,),
         "it joins each of 84 inputs with each of 10 outputs, plus one bias for each output: "
         "84·10 + 10 = 850 parameters."),
        ("embedding", {"num_embeddings": 50257, "embedding_dim": 768}, (16,),
         "it has a vector of 768 values for each of 50,257 entries: 50257·768 = 38,597,376 parameters."),
        ("batch_norm", {}, (64, 8, 8),
         "it has a scale and a shift for each of 64 values: 64 + 64 = 128 parameters."),
        ("relu", {}, (8,), "it (relu) has no parameters."),
        ("MyOp", {}, (8,), "it cannot be counted: unknown kind 'MyOp'"),
    ],
)  # fmt: skip
def test_explanations(kind: str, attributes: dict[str, object], shape: tuple[int, ...], said: str) -> None:
    """The counts are hand calculations: 11·11·3·96 + 96 = 34,944 and so on."""
    assert sentence(kind, attributes, shape).replace("(3)·", "3·") == said.replace("(3)·", "3·")


def test_an_explanation_of_what_is_not_known() -> None:
    said = sentence("conv2d", {"out_channels": 4, "kernel_size": 3}, None)
    assert "is not known: the input shape is not given" in said


def test_remarks_tell_the_macs_and_the_output() -> None:
    said = [write(remark) for remark in remarks(keep_books(netledger.read("alexnet"))["conv2"])]
    assert said[0].endswith("= 223,948,800.")  # 27·27·5·5·48·256
    assert said[1].startswith("Output 256×27×27: ")


def test_every_column_has_a_cell_for_every_odd_layer() -> None:
    ledger = keep_books(oddities(), batch=3)
    table = ledger_document(ledger, View(columns=("all",))).tables()[0]
    assert [column.name for column in table.columns] == list(COLUMNS)
    rows = {write(row.cells[0]): row for row in table.rows}
    head = [write(value) for value in rows["head"].cells]
    assert head[table.column("parameters")] == "0"
    assert head[table.column("formula")] == "tied to embed"
    assert write(rows["wrong"].cells[table.column("evidence")]) == "DISAGREE"
    assert write(rows["right"].cells[table.column("evidence")]) == "agree"
    assert write(rows["strange"].cells[table.column("macs")]) == "?"
    fold = rows["blocks.0–2.fc"]
    assert fold.repeat == 3
    assert fold.cells[table.column("macs")] == 3 * 3 * 16 * 8 * 8  # batch × blocks × positions × 8·8
    assert write(fold.cells[table.column("macs_formula")]).startswith("9·(")
    assert fold.cells[table.column("flops")] == 2 * 3 * 3 * 16 * 8 * 8


def test_columns_have_the_names_people_know() -> None:
    names = [
        definition.column.name for definition in columns_named(["num_params", "OUTPUT-SIZE", "mult_adds", " path "])
    ]
    assert names == ["parameters", "output", "macs", "layer"]
    with pytest.raises(UsageError, match="no column 'widht'"):
        columns_named(["widht"])


def test_evidence_counts_double_entries() -> None:
    """By hand: embed, three fc, three norm, fixed, strange, wrong, right, given_up are 12; the tied head is none."""
    ledger = keep_books(oddities())
    assert double_entries(ledger) == (12, 2, 1)
    assert write(evidence_sentence(ledger)).startswith("✗ 2 of 12 parameter counts reached two ways")
    tensors = (Tensor("fc.weight", "weight", (2, 3)), Tensor("fc.bias", "bias", (2,)))
    network = Network("n", (Layer("fc", "linear", {"out_features": 2, "in_features": 3}, tensors=tensors),))
    good = write(evidence_sentence(keep_books(network)))
    assert good == "✓ 1 of 1 parameter count reached two ways, by formula and by stored shape, and all agree"
    assert write(evidence_sentence(keep_books(Network("n", (Layer("r", "relu"),))))) == "no layer has parameters"


def test_published_claims_stand_beside_the_count() -> None:
    network = netledger.read("alexnet").replace(
        published={"parameters": 62_378_344, "neurons": "650,000", "top-1": "37.5 %"}
    )
    text = render(ledger_document(keep_books(network)), "text")
    assert "✗ parameters 62,378,344; counted 60,965,224" in text
    assert "• neurons 650,000; counted 659,272" in text
    assert "top-1 37.5 %" in text
    batched = render(ledger_document(keep_books(network, batch=2)), "text")
    assert "batch of 2" in batched


def test_published_figures_are_evidence_only_for_what_was_published() -> None:
    network = netledger.read("alexnet").replace(published={"macs": 724_406_816})
    assert [evidence.agrees for evidence in keep_books(network).evidence] == [True]
    assert keep_books(network, batch=2).evidence == ()


# ---------------------------------------------------------------------- the catalogue


def test_the_family_answers_do_newer_implementations_group() -> None:
    """What the files state agrees with their layers and with the facts about each implementation."""
    names = members("alexnet")
    variants = json.loads((DATA / "alexnet_variants.json").read_text())["variants"]
    known = {name: variants[found] for name in names if (found := netledger.read(name).meta.get("variant")) in variants}
    assert len(known) == 45
    for name, facts in known.items():
        network = netledger.read(name)
        assert (groups_of(network) != "none") == facts["grouped"], name
        norms = [layer for layer in facts["layers"] if layer["kind"].startswith("lrn")]
        assert ("local response" in normalisation_of(network)) == bool(norms), name
    document = catalogue_document(list(known), "alexnet")
    assert len(document.tables()[0].rows) == 45
    grouped = sum(1 for facts in known.values() if facts["grouped"])
    assert f"{grouped} of 45 group their convolutions" in render(document, "text")
    data = json.loads(render(document, "json"))
    assert {network["name"] for network in data["networks"]} == set(known)


def test_groups_and_normalisation_are_read_off_the_layers_where_nothing_is_stated() -> None:
    layers = (
        Layer("x", "input", {"shape": (8, 4, 4)}),
        Layer("c1", "conv2d", {"out_channels": 8, "kernel_size": 3, "groups": 2}, ("x",)),
        Layer("n", "batch_norm", {}, ("c1",)),
    )
    assert groups_of(Network("n", layers)) == "2 in c1"
    assert normalisation_of(Network("n", layers)) == "batch norm"
    many = [Layer(f"c{i}", "conv2d", {"out_channels": 8, "kernel_size": 3, "groups": 8}) for i in range(7)]
    assert groups_of(Network("n", many)) == "in 7 convolutions"
    assert (groups_of(Network("n")), normalisation_of(Network("n"))) == ("none", "none")


def test_an_unknown_family() -> None:
    with pytest.raises(NotFoundError, match="no network 'alexnets' in the catalogue"):
        members("alexnets")


# ---------------------------------------------------------------------- budgets


def test_a_broken_budget_names_the_row_and_the_biggest() -> None:
    (finding,) = check("alexnet", max={"parameters": "40M"})
    assert (finding.ok, finding.counted, finding.limit) == (False, 60_965_224, 40_000_000)
    # by hand: the convolutions hold 2,334,080 and fc6 37,752,832: 40,086,912 is the first sum above
    assert finding.passed_at == "fc6"
    assert finding.biggest[:2] == (("fc6", 37_752_832), ("fc7", 16_781_312))
    text = render(budget_document("alexnet", [finding]), "text")
    assert "✗ 20,965,224 too many, passed at fc6" in text
    assert "fc6 37,752,832 (61.9%)" in text
    assert str(finding) == "parameters 60,965,224, budget ≤ 40,000,000: BROKEN, passed at fc6"


def test_budgets_that_are_kept() -> None:
    findings = check("alexnet", max={"params": 60_965_224, "bytes": "233MiB", "layers": 30}, min={"macs": "724M"})
    assert [finding.ok for finding in findings] == [True, True, True, True]
    (finding,) = check("alexnet", min={"macs": "725M"})
    assert not finding.ok
    assert "593,184 too few" in render(budget_document("alexnet", [finding]), "text")


@pytest.mark.parametrize("quantity", ["neurons", "flops", "trainable", "macs", "bytes", "weights", "biases", "layers"])
def test_each_quantity_s_rows_add_up_to_its_total(quantity: str) -> None:
    (finding,) = check("alexnet", max={quantity: 0})
    assert not finding.ok
    assert finding.passed_at is not None
    (almost,) = check("alexnet", max={quantity: finding.counted - 1})
    assert almost.passed_at is not None  # the running sum reaches the total at the last row that has any


def test_an_unknown_keeps_no_maximum() -> None:
    layers = (Layer("a", "linear", {"out_features": 2, "in_features": 3}), Layer("b", "MyOp", unknown=Unknown("why")))
    network = Network("n", layers)
    (finding,) = check(network, max={"parameters": 100})
    assert (finding.ok, finding.open) == (False, True)
    assert "not known" in str(finding)
    assert "some layers cannot be counted" in render(budget_document("n", [finding]), "text")
    (finding,) = check(network, max={"parameters": 7})
    assert (finding.ok, finding.open) == (False, False)
    (finding,) = check(network, min={"parameters": 8})
    assert finding.ok


@pytest.mark.parametrize(
    ("text", "value"),
    [("61M", 61 * 10**6), ("60,965,224", 60_965_224), ("1.5GiB", 3 * 2**29), ("0.5k", 500), ("2 billion", 2 * 10**9),
     ("232.564MiB", 243_861_028), (5, 5)],
)  # fmt: skip
def test_numbers_as_people_write_them(text: str | int, value: int) -> None:
    assert number(text) == value


@pytest.mark.parametrize("text", ["", "M", "1..2", "-5", "1e9", "61 X", "9" * 41, "٣M"])
def test_what_is_no_number(text: str) -> None:
    with pytest.raises(UsageError):
        number(text)


@pytest.mark.parametrize(
    ("shape", "batched", "batch", "said"),
    [((2, 3), True, 1, "12 = 24 FLOPs, for the input given, 2×3"), ((1, 3), True, 1, "6 = 12 FLOPs, per example"),
     ((1, 3), True, 4, "24 = 48 FLOPs, for a batch of 4"),
     ((2, 3), True, 4, "48 = 96 FLOPs, for 4 times the input"),
     ((3,), False, 1, "6 = 12 FLOPs, per example")],
)  # fmt: skip
def test_what_the_macs_are_for_is_said(shape: tuple[int, ...], batched: bool, batch: int, said: str) -> None:
    """A layer of 3·2 weights uses each of them once for each of the rows it is fed."""
    layers = (Layer("x", "input", {"shape": shape}), Layer("fc", "linear", {"out_features": 2}, ("x",)))
    ledger = keep_books(Network("n", layers, batched=batched), batch=batch)
    assert said in render(ledger_document(ledger), "text")


def test_bytes_name_the_types_that_are_counted() -> None:
    tensors = (
        Tensor("n.weight", "weight", (8,), "float16"),
        Tensor("n.num_batches_tracked", "buffer", (), "int64"),
    )
    ledger = keep_books(Network("n", (Layer("n", "batch_norm", {"num_features": 8}, tensors=tensors),)))
    assert "16 bytes in float16" in render(ledger_document(ledger), "text").replace("  ", " ")


def test_explanations_of_tied_stored_and_other_layers() -> None:
    ledger = keep_books(oddities())
    assert write(explanation(ledger["head"])) == "head uses the tensors of embed and adds no parameters of its own."
    assert write(explanation(ledger["given_up"])) == "given_up cannot be counted: its input depends on the data"
    lstm = sentence("lstm", {"hidden_size": 16}, (10, 8))
    # by hand: four gates, each 16·(8 + 16) weights and two biases of 16
    assert lstm.startswith("it has weight_ih_l0 64×8, weight_hh_l0 64×16, bias_ih_l0 64, bias_hh_l0 64: ")
    assert lstm.endswith(f"= {4 * (16 * (8 + 16) + 2 * 16):,} parameters.")
    said = [write(remark) for remark in remarks(ledger["wrong"])]
    assert said[-1] == "The stored tensors hold 44: the two counts do NOT agree."
    document = ledger_document(ledger, View(layers=("r*", "wrong", "embed")))
    assert write(document.tables()[0].footer[0].cells[0]) == "these 3"


def test_a_tensor_list_without_a_rule_is_shown_and_explained() -> None:
    layer = Layer("model.tok", "tensors", tensors=(Tensor("model.tok.weight", "weight", (3, 5), "bfloat16"),))
    ledger = keep_books(Network("n", (layer,)))
    assert ledger.total_params == 15
    text = render(ledger_document(ledger, View(layers=("model",))), "text")
    assert "model.tok stores model.tok.weight 3×5: 15 parameters." in text
    assert "30 bytes in bfloat16" in text


def test_attributes_of_every_sort_become_json() -> None:
    attributes = {"a": (1, (2,)), "b": 0.5, "c": float("inf"), "d": Unknown("why"), "e": None, "f": b"x"}
    network = Network("n", (Layer("odd", "MyOp", attributes),), meta={"nan": float("nan"), "g": {"h": [1]}})
    data = json.loads(json.dumps(keep_books(network).to_dict(), allow_nan=False))
    assert data["meta"] == {"nan": "nan", "g": {"h": [1]}}
    assert data["layers"][0]["attributes"] == {
        "a": [1, [2]], "b": 0.5, "c": "inf", "d": None, "e": None, "f": "b'x'",
    }  # fmt: skip


def test_long_lists_of_unknowns_say_how_many_more() -> None:
    layers = [Layer(f"op{i}", f"Op{i}", unknown=Unknown(f"reason {i}")) for i in range(30)]
    layers += [Layer(f"same{i}", "Foo", unknown=Unknown("the same")) for i in range(9)]
    text = render(ledger_document(keep_books(Network("n", layers))), "text")
    assert "and 11 more" in text  # 31 reasons, 20 of them written
    alone = render(ledger_document(keep_books(Network("n", layers[30:]))), "text")
    assert "? the same: same0, same1, same2, same3, same4 and 4 more" in alone
