"""Pictures: areas are in the proportion of the numbers, nothing overlaps, nothing is lost, the file is safe."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from itertools import pairwise

import pytest

import netledger
from netledger.documents.ledger.chart import SHAPES, Chart, ChartNode, ledger_chart
from netledger.errors import UsageError
from netledger.renderers.pictures.charts import REST, WIDTH, rectangles
from netledger.renderers.pictures.svg import drawn

NAMES = ("alexnet", "resnet18", "googlenet", "mobilenet_v2")


@pytest.mark.parametrize("quantity", ["parameters", "macs", "bytes"])
@pytest.mark.parametrize("name", NAMES)
def test_an_icicle_is_in_proportion(name: str, quantity: str) -> None:
    ledger = netledger.count(name)
    chart = ledger_chart(ledger, quantity)
    assert chart.root.value == getattr(ledger.totals, quantity)
    by_path = {entry.path: getattr(entry, quantity) for entry in ledger.entries}
    places, height = rectangles(chart)
    for place in places:
        if by_path.get(place.path):
            assert place.width == pytest.approx(WIDTH * by_path[place.path] / chart.root.value)
    for row in range(int(height // 30)):
        line = sorted((place.x, place.width) for place in places if place.y == row * 30)
        assert all(x + width <= after + 1e-6 for (x, width), (after, _) in pairwise(line))


@pytest.mark.parametrize("name", NAMES)
def test_a_treemap_covers_its_area_once(name: str) -> None:
    chart = ledger_chart(netledger.count(name), "parameters", "treemap")
    places, height = rectangles(chart)
    assert sum(place.width * place.height for place in places) == pytest.approx(WIDTH * height, rel=1e-6)
    for place in places:
        share = place.width * place.height / (WIDTH * height)
        said = int(place.said.rpartition(": ")[2].partition(" ")[0].replace(",", ""))
        assert share == pytest.approx(said / chart.root.value, rel=1e-6)


def test_bars_are_as_long_as_their_numbers() -> None:
    root = ChartNode("n", "", 30, 7, (ChartNode("a", "a", 10, 0), ChartNode("b", "b", 20, 1)))
    places, _ = rectangles(Chart("bars", "parameters", root, True))
    short, long = (place.width for place in places if place.colour in (0, 1))
    assert long == pytest.approx(2 * short)


def test_many_thin_parts_are_one_that_says_how_many() -> None:
    thin = tuple(ChartNode(str(i), f"thin.{i}", 1, 0) for i in range(5_000))
    root = ChartNode("n", "", 105_000, 7, (ChartNode("big", "big", 100_000, 0), *thin))
    places, _ = rectangles(Chart("icicle", "parameters", root, True))
    rest = [place for place in places if place.colour == REST]
    assert len(places) == 3
    assert "5,000 smaller parts, thin.0 to thin.4999: 5,000" in rest[0].said


@pytest.mark.parametrize("shape", SHAPES)
def test_the_file_is_xml_whatever_a_layer_is_called(shape: str) -> None:
    bad = '"/><script>alert(1)</script>&\x00\u202e'
    root = ChartNode(bad, "", 3, 7, (ChartNode(bad, bad, 3, 0),))
    tree = ET.fromstring(drawn(Chart(shape, "macs", root, True)))
    tags = {element.tag.rpartition("}")[2] for element in tree.iter()}
    assert tags <= {"svg", "title", "g", "rect", "text"}


def test_other_quantities_and_shapes_are_refused() -> None:
    ledger = netledger.count("alexnet")
    assert ledger_chart(ledger).exact
    with pytest.raises(UsageError, match="not of 'neurons'"):
        ledger_chart(ledger, "neurons")
    with pytest.raises(UsageError, match="not 'pie'"):
        ledger_chart(ledger, "macs", "pie")


def test_a_network_without_parameters_is_an_empty_picture() -> None:
    assert "<rect" not in drawn(ledger_chart(netledger.count("x = input(3, 8, 8)\ny = relu()")))


@pytest.mark.parametrize("name", NAMES)
def test_no_number_of_a_picture_is_cut(name: str) -> None:
    """A name may end in "…"; a number that did would be another number."""
    for shape in SHAPES:
        for place in rectangles(ledger_chart(netledger.count(name), "parameters", shape))[0]:
            assert not re.search(r" [\d,]+…$", place.label)
