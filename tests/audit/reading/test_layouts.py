"""Tables and texts as they come: who stands in which cell, and which numbers belong together."""

from __future__ import annotations

import pytest

from netledger.audit.reading.reader import read
from netledger.audit.reading.statements.loose import place_of


def told(text):
    """(label, quantity, value, is it a total) of each statement."""
    return [(s.name, s.quantity, s.value, s.is_total) for s in read(text).statements]


@pytest.mark.parametrize(
    "row",
    [
        "| fc8 | 512*20 + 20 | 9,999 |", "fc8\t512*20 + 20\t9,999", "fc8 & $512 \\times 20 + 20$ & 9{,}999 \\\\ \\hline", "fc8;512*20 + 20;9,999",
        "fc8,512*20 + 20,\"9,999\"", "fc8      512*20 + 20      9,999", "<tr><td>fc8</td><td>512*20 + 20</td><td align=right>9,999</td></tr>",
        "fc8: 512*20 + 20 = 9,999", "fc8: 9,999 = 512*20 + 20", "fc8: $\\underbrace{512\\cdot20}_{\\text{weights}} + 20 = \\num{9999}$",
        "fc8: 512 inputs × 20 units + 20 biases = 9,999 parameters", "fc8: \\frac{1024}{2} \\cdot 20 + 20 = 9\\,999", "fc8: 2⁹·20 + 20 = 9 999",
    ],
)  # fmt: skip
def test_an_equation_with_its_stated_value(row):
    (statement,) = read(row).statements
    assert statement.label[0] == "fc8"
    assert statement.expression.node.value == 10260
    assert statement.stated.node.value == 9999


def test_columns_of_weights_biases_and_totals():
    for text in (
        "Layer;Weights;Biases;Total\nfc1;9.800;70;9.870",
        "Layer,Weights,Biases,Total\nfc1,9800,70,9870",
        "Layer   Weights   Biases   Total\nfc1     9,800     70       9,870",
        "| Layer | Weights | Biases | Total |\n|--|--|--|--|\n| fc1 | 9,800 | 70 | 9,870 |",
    ):
        assert told(text) == [
            ("fc1", "weights", 9800, False),
            ("fc1", "biases", 70, False),
            ("fc1", "params", 9870, False),
        ], text


def test_columns_beside_the_parameters():
    text = "| Layer | Params | MACs | Memory |\n|---|---|---|---|\n| Conv 2 (5x5) | 2,416 | 154.6K | 40 B |\n| Total | 3,000 | 1.2M | 9 KB |"
    assert told(text) == [
        ("Conv 2", "params", 2416, False), ("Conv 2", "ops", 154_600, False), ("Conv 2", "bytes", 40, False),
        ("Total", "params", 3000, True), ("Total", "ops", 1_200_000, True), ("Total", "bytes", 9000, True),
    ]  # fmt: skip
    statements = read(text).statements
    assert statements[1].column == ["MACs"]
    assert statements[1].scale == "macs"


def test_the_printed_count_beside_an_equation():
    text = "Layer (type)     Output Shape      Param #    by hand\nConv2d-1      [-1, 8, 30, 30]       216     3*3*3*8+8 = 224"
    assert [s.value for s in read(text).statements] == [216, 224]


def test_rows_of_html_over_lines():
    text = "<table>\n<tr><th>Layer</th><th>Params</th></tr>\n<tr>\n<td>conv1</td>\n<td>3*3*8 + 8 = 80</td>\n</tr>\n</table>"
    (statement,) = read(text).statements
    assert (statement.label, statement.line_no, statement.value) == (["conv1"], 5, 80)


@pytest.mark.parametrize(
    "text",
    ["Total = 70\n  + 30\n  + 900\n  = 1,000", "Total: 70 + 30\n + 900 = 1,000", "Total\n= 70 + 30 + 900\n= 1,000", "Total = 70 + 30 +\n900 = 1,000"],
)  # fmt: skip
def test_one_equation_over_lines(text):
    (statement,) = read(text).statements
    assert (statement.expression.node.value, statement.value) == (1000, 1000)


def test_several_on_a_line():
    assert [(s.name, s.value) for s in read("a1 = 12, b2 = 2,345, fc = 48, total 2,405").statements] == [
        ("a1", 12), ("b2", 2345), ("fc", 48), ("total", 2405),
    ]  # fmt: skip
    assert [s.quantity for s in read("conv: 3*4 = 12 params, memory 5*6 = 30 bytes").statements] == ["params", "bytes"]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("4.8 × 10^12", 48 * 10**11), ("4.8 × 10¹²", 48 * 10**11), ("2^20", 2**20), ("12.9B", 12_900_000_000), ("3,2 Mio. Parameter", 3_200_000),
        ("6100 万", 61_000_000), ("1.2억", 120_000_000), ("7,1 млн. параметров", 7_100_000), ("1/4", 0.25), ("40 GiB", 40 * 2**30),
        ("16 MB", 16_000_000), ("the layer has 73 856 parameters", 73856), ("\\(61~706\\)", 61706), ("das sind 61.706 Parameter", 61706),
    ],
)  # fmt: skip
def test_units_and_powers(text, value):
    assert read(text).statements[0].value == value


def test_points_are_settled_by_what_surrounds_them():
    assert [s.value for s in read("conv: 61.706 Parameter\nfc: 2.416 Parameter\n0.25 s").statements][:2] == [
        61706,
        2416,
    ]
    assert read("5*5*6*16 + 16 = 2.416").statements[0].value == 2416
    assert read("accuracy 61.706, loss 1.5").statements[0].value == 61.706
    assert read("1,234 parameters took 61.706 s").statements[0].value == 1234


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("fc1 : 784 X l28 + 128 = 1OO,480", 100480), ("fcl: 3x3xl6 = 144\nfc2: 4*5 = 2O", 144), ("Tota1: 9O + 1O = 1OO", 100),
        ("conv: 1S0 * 2 = 300", 300),
    ],
)  # fmt: skip
def test_what_a_scanner_misread(text, value):
    statement = read(text).statements[0]
    assert statement.value == value
    assert statement.expression.node.value == value


def test_what_only_looks_misread():
    assert read("model A: 2B, loss l2 = 5, 3l = 4").statements[0].value == 2_000_000_000
    assert read("l28 = 4").statements[0].label == ["l28"]


def test_byte_order_mark_and_line_ends():
    assert told("\ufeffconv: 3*4 = 12\r\ntotal 12\r\n") == [("conv", "", 12, False), ("total", "", 12, True)]


def test_places_are_those_of_the_text():
    for line in (
        "- **conv**: \\(5 \\times 96 = 480\\)",
        "conv: 5×９６ = 480",
        "| conv | 5*96 | 480 |",
        "conv\t5*96\t480",
    ):
        node = read(line).statements[0].expression.node
        line_no, start, end = node.span
        assert line_no == 1
        assert line[start] in "5l"
        assert line[end - 1] in "6６"


def test_every_number_is_accounted_for():
    text = "2024-05-06 12:30, v2: conv1 (kernel 11, stride 4) has 35K parameters\nk*k*64 weights (of 70,000)"
    calculation = read(text)
    lines = text.split("\n")
    found = {}
    for loose in calculation.loose:
        start, end = place_of(loose.token)
        found[lines[loose.token.line_no - 1][start:end]] = loose.why
    assert found["2024-05-06"] == "a date"
    assert found["12:30"] == "a time"
    assert found["70,000"] == "in brackets"
    claimed = {leaf.text for s in calculation.statements for m in s.members if m.node for leaf in m.node.numbers()}
    assert "35K" in claimed


def test_a_point_before_digits_that_are_no_number_ends_the_reading_of_none() -> None:
    """A bracket, a point and thousands: found by the fuzzer, which it kept for ever."""
    from netledger.audit import audit

    assert audit("layer 4: 3·3·384·384 + 384 = 1(.327.488").verdict in ("adds_up", "not_checked", "wrong")
