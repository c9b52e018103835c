"""The comparison as a document, as data, and from the command line."""

from __future__ import annotations

import csv
import io
import json

import pytest

from netledger.cli import main
from netledger.compare import compare
from netledger.documents.comparison import comparison_document
from netledger.documents.model import Signed, Table
from netledger.sources import read

FORMATS = ("text", "markdown", "latex", "csv", "json", "html", "terminal")


def table(document: object) -> Table:
    found: Table = document.tables()[0]  # type: ignore[attr-defined]
    return found


def test_only_what_differs_is_shown_and_the_rest_counted() -> None:
    document = comparison_document(compare("alexnet", "alexnet/ungrouped"))
    assert len(table(document).rows) == 7
    assert "18 layers are the same." in compare("alexnet", "alexnet/ungrouped").render()
    assert len(table(comparison_document(compare("alexnet", "alexnet/ungrouped"), all=True)).rows) == 25


def test_the_sum_is_written_out() -> None:
    text = str(compare("alexnet", "alexnet/ungrouped"))
    assert "60,965,224 → 62,378,344: +1,413,120 = 307,200 + 663,552 + 442,368" in text
    assert "659,272 in both" in text
    assert "250,816 = 76,864 - 331,776 + 4,096" in str(compare("alexnet/cuda-convnet-145", "alexnet/cuda-convnet-150"))


def test_the_footer_is_the_total_difference() -> None:
    shown = table(comparison_document(compare("alexnet", "alexnet/torchvision")))
    footer = shown.footer[0]
    assert footer.cells[shown.column("parameters")] == Signed(135_616)
    assert footer.cells[shown.column("macs")] == Signed(714_188_480 - 724_406_816)


def test_long_runs_of_layers_that_one_side_lacks_are_one_line() -> None:
    """ResNet-152 against ResNet-50: 4 blocks more in layer2, 30 in layer3, each of ten layers."""
    shown = table(comparison_document(compare("resnet50", "resnet152")))
    assert [row.cells[-1] for row in shown.rows] == [
        "only in the second: 40 layers", "only in the second: 300 layers",
    ]  # fmt: skip
    parameters = [row.cells[shown.column("parameters")].number for row in shown.rows]
    assert sum(parameters) == 60_192_808 - 25_557_032


def test_nothing_differs() -> None:
    text = str(compare("lenet5", "lenet5"))
    assert "Nothing differs: all 13 layers are the same." in text
    assert "61,706 in both" in text


@pytest.mark.parametrize("format", FORMATS)
def test_every_format(format: str) -> None:
    text = compare("alexnet", "alexnet/ungrouped").render(format)
    assert "conv2" in text
    assert "307,200" in text or "307200" in text
    several = compare("alexnet", "alexnet/ungrouped", "alexnet/torchvision").render(format)
    assert "torchvision" in several


def test_csv_holds_numbers() -> None:
    rows = list(csv.DictReader(io.StringIO(compare("alexnet", "alexnet/ungrouped").render("csv"))))
    assert [int(row["parameters"]) for row in rows if int(row["parameters"])] == [307_200, 663_552, 442_368]
    negative = list(csv.DictReader(io.StringIO(compare("alexnet/ungrouped", "alexnet").render("csv"))))
    assert sum(int(row["parameters"]) for row in negative) == -1_413_120


def test_data() -> None:
    data = json.loads(compare("alexnet", "alexnet/ungrouped").render("json"))
    assert data == compare("alexnet", "alexnet/ungrouped").to_dict()
    assert data["schema"] == "netledger.comparison/1"
    assert [network["parameters"] for network in data["networks"]] == [60_965_224, 62_378_344]
    pair = data["pairs"][0]
    assert pair["difference"]["parameters"] == 1_413_120 == sum(layer["parameters"] for layer in pair["layers"])
    conv2 = next(layer for layer in pair["layers"] if layer["first"] and layer["first"]["paths"] == ["conv2"])
    assert conv2["changes"][0] == {"what": "groups", "before": 2, "after": 1, "words": "groups 2 → 1"}
    assert conv2["first"]["formula"] == ["(5*5)*48*256 + 256"]
    assert conv2["second"]["output_shape"] == [256, 27, 27]


# ---------------------------------------------------------------------- several networks


def test_a_matrix() -> None:
    names = ("alexnet", "alexnet/ungrouped", "alexnet/torchvision", "alexnet/torchvision")
    document = comparison_document(compare(*names))
    overview, differences, layers = document.tables()
    assert [row.cells[2] for row in overview.rows] == [60_965_224, 62_378_344, 61_100_840, 61_100_840]
    matrix = [[cell.number for cell in row.cells[1:]] for row in differences.rows]
    assert matrix[0] == [0, 1_413_120, 135_616, 135_616]
    assert all(matrix[i][j] == -matrix[j][i] for i in range(4) for j in range(4))
    assert [column.name for column in differences.columns[1:]][2:] == ["alexnet/torchvision", "alexnet/torchvision #2"]
    for column in range(1, 5):
        values = [row.cells[column] for row in layers.rows]
        assert sum(value for value in values if value) == layers.footer[0].cells[column]


def test_layers_without_a_counterpart_are_counted_together() -> None:
    layers = comparison_document(compare("alexnet", "vgg16", "alexnet/caffe")).tables()[2]
    last = layers.rows[-1]
    assert last.cells[0] == "layers without a counterpart"
    assert sum(row.cells[2] or 0 for row in layers.rows) == 138_357_544


# ---------------------------------------------------------------------- the command


def test_the_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "alexnet", "alexnet/ungrouped", "--format", "text"]) == 0
    out = capsys.readouterr().out
    assert "groups 2 → 1, each filter sees 96 instead of 48 channels: +307,200 weights" in out


def test_the_command_with_another_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "alexnet", "alexnet/ungrouped", "--input", "3x227x227", "--format", "json"]) == 0
    pair = json.loads(capsys.readouterr().out)["pairs"][0]
    image = pair["layers"][0]
    assert image["same"]


def test_the_command_takes_two(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "alexnet"]) == 2
    assert "two networks or more" in capsys.readouterr().err


def test_the_command_with_a_network_that_is_none(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["compare", "alexnet", "alexnett"]) == 66
    assert "did you mean 'alexnet'" in capsys.readouterr().err


def test_in_a_notebook() -> None:
    html = compare("alexnet", "alexnet/ungrouped")._repr_html_()
    assert "<table" in html
    assert "+307,200" in html
    assert compare("alexnet", "alexnet/ungrouped").to_markdown().startswith("# alexnet")


def test_what_a_comparison_says_of_itself() -> None:
    """Dropping conv2's groups changes conv2 and nothing else of three layers."""
    one = read("x = input(4, 8, 8)\nconv2 = conv2d(4, kernel_size=1, groups=2)\nout = relu()")
    other = read("x = input(4, 8, 8)\nconv2 = conv2d(4, kernel_size=1)\nout = relu()")
    assert repr(compare(one, other)).endswith(": 1 of 3 layers differ>")
    assert repr(compare("alexnet", "zfnet", "vgg16")) == "<Comparison of alexnet and zfnet and vgg16>"


def test_padding_that_is_valid_is_none() -> None:
    texts = [f"x = input(3, 8, 8)\nc = conv2d(4, kernel_size=3, padding={padding})" for padding in ("'valid'", "0")]
    assert not compare(*map(read, texts)).pairs[0].changed
