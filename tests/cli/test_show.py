"""``netledger show``: its options, its formats, its files."""

from __future__ import annotations

import csv
import io
import json
from importlib.resources import files
from pathlib import Path

import jsonschema
import pytest

from netledger.cli import main
from tests.networks import oddities

SCHEMA = json.loads(files("netledger").joinpath("schema/ledger.schema.json").read_text())


def show(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["show", *words]) == 0
    return capsys.readouterr().out


def data(capsys: pytest.CaptureFixture[str], *words: str) -> dict[str, object]:
    found = json.loads(show(capsys, *words, "--format", "json"))
    jsonschema.validate(found, SCHEMA)
    return dict(found)


def test_the_issue_s_totals(capsys: pytest.CaptureFixture[str]) -> None:
    text = show(capsys, "alexnet")
    for words in (
        "60,965,224 = 60,954,656 weights + 10,568 biases",
        "724,406,816 = 1,448,813,632 FLOPs",
        "659,272",
        "243.9 MB = 232.6 MiB in float32",
        "reached two ways",
        "multiply–accumulates of contractions only",
    ):
        assert words in text


def test_a_bare_network_means_show(capsys: pytest.CaptureFixture[str]) -> None:
    text = show(capsys, "alexnet")
    assert main(["alexnet"]) == 0
    assert capsys.readouterr().out == text


def test_the_json_is_what_the_issue_lists(capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "alexnet")
    assert found["totals"] == {
        "parameters": 60_965_224,
        "weights": 60_954_656,
        "biases": 10_568,
        "trainable": 60_965_224,
        "frozen": 0,
        "buffers": 0,
        "macs": 724_406_816,
        "flops": 1_448_813_632,
        "neurons": 659_272,
        "bytes": 243_860_896,
        "at_least": [],
    }
    conv2 = next(layer for layer in found["layers"] if layer["path"] == "conv2")  # type: ignore[attr-defined]
    assert conv2["output_shape"] == [256, 27, 27]
    assert conv2["formula"] == {
        "numbers": "(5*5)*48*256 + 256",
        "symbols": conv2["formula"]["symbols"],
        "latex": conv2["formula"]["latex"],
        "value": 307_456,
    }
    assert [tensor["shape"] for tensor in conv2["tensors"]] == [[256, 48, 5, 5], [256]]
    assert set(conv2["tensors"][0]) >= {"name", "role", "shape", "dtype", "trainable", "storage"}


def test_an_unknown_is_null_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "conv2d(256, kernel_size=5, in_channels=96)")
    layer = found["layers"][0]  # type: ignore[index]
    assert layer["macs"] is None
    assert layer["output_shape"] is None
    assert layer["parameters"] == 614_656  # 5·5·96·256 + 256
    assert found["totals"]["at_least"] == ["macs", "flops", "neurons"]  # type: ignore[index]
    assert found["unknown"][0]["path"] == layer["path"]  # type: ignore[index]


def test_the_schema_holds_for_odd_networks() -> None:
    from netledger.ledger import keep_books

    found = keep_books(oddities()).to_dict()
    jsonschema.validate(found, SCHEMA)
    assert found["discrepancies"] == [{"path": "wrong", "what": "parameters", "by_formula": 36, "by_shape": 44}]
    assert found["totals"]["at_least"]
    # by hand: 800 + 3·72 + 3·16 + 64 + 44 + 36, and what 'strange' has, which nobody knows
    assert found["totals"]["parameters"] == 1_208
    assert found["totals"]["frozen"] == 64
    jsonschema.Draft202012Validator.check_schema(SCHEMA)


def test_a_document_that_is_no_ledger_fails_the_schema() -> None:
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"schema": "netledger.ledger/1"}, SCHEMA)


def test_layers_ends_with_a_sentence_that_explains_the_number(capsys: pytest.CaptureFixture[str]) -> None:
    last = show(capsys, "alexnet", "--layers", "conv2").splitlines()[-1]
    assert last == (
        "conv2 has 256 filters of 5×5 over 96/2 = 48 channels (2 groups), plus one bias each: "
        "(5·5)·48·256 + 256 = 307,456 parameters."
    )


@pytest.mark.parametrize(
    ("pattern", "paths"),
    [("conv*", 5), ("fc6,fc7", 2), ("linear", 3), ("conv2", 1), ("fc?", 3)],
)
def test_layer_patterns(capsys: pytest.CaptureFixture[str], pattern: str, paths: int) -> None:
    rows = list(csv.DictReader(io.StringIO(show(capsys, "alexnet", "--layers", pattern, "--format", "csv"))))
    assert len(rows) == paths


def test_batch_multiplies_macs_and_not_parameters(capsys: pytest.CaptureFixture[str]) -> None:
    totals = data(capsys, "alexnet", "--batch", "128")["totals"]
    assert totals["macs"] == 128 * 724_406_816  # type: ignore[index]
    assert totals["neurons"] == 128 * 659_272  # type: ignore[index]
    assert totals["parameters"] == 60_965_224  # type: ignore[index]


def test_dtype_changes_the_bytes(capsys: pytest.CaptureFixture[str]) -> None:
    assert data(capsys, "alexnet", "--dtype", "half")["totals"]["bytes"] == 121_930_448  # type: ignore[index]
    assert "121.9 MB = 116.3 MiB in float16" in show(capsys, "alexnet", "--dtype", "float16")


def test_input_feeds_another_shape(capsys: pytest.CaptureFixture[str]) -> None:
    """At 256 the last pool leaves 7×7, so fc6 reads 256·7·7 = 12,544."""
    found = show(capsys, "alexnet", "--input", "3x256x256", "--layers", "fc6")
    assert "12544·4096 + 4096" in found
    assert "published" not in found
    assert "12544·4096" in show(capsys, "alexnet", "--input", "image=3,256,256", "--layers", "fc6")


def test_set_changes_an_argument_and_is_checked_by_the_rules(capsys: pytest.CaptureFixture[str]) -> None:
    found = data(capsys, "alexnet", "--set", "fc8.out_features=10")
    assert found["totals"]["parameters"] == 60_965_224 - 4_097_000 + 4096 * 10 + 10  # type: ignore[index]
    assert "fc8.out_features=10" in str(found["title"])
    ungrouped = ["--set", "conv2.groups=1", "--set", "conv4.groups=1", "--set", "conv5.groups=1"]
    assert data(capsys, "alexnet", *ungrouped)["totals"]["parameters"] == 62_378_344  # type: ignore[index]
    assert main(["show", "alexnet", "--set", "conv2.groups=3"]) == 65
    assert "256 output channels do not divide into 3 groups" in capsys.readouterr().err


def test_a_column_beside_the_usual_ones(capsys: pytest.CaptureFixture[str]) -> None:
    usual = show(capsys, "alexnet", "--format", "csv").splitlines()[0]
    more = show(capsys, "alexnet", "--columns", "+other,+kernel,+macs", "--format", "csv").splitlines()
    assert more[0] == f"{usual},other,kernel"
    assert more[2].endswith(",0,11")


def test_columns_and_formulas(capsys: pytest.CaptureFixture[str]) -> None:
    header = show(capsys, "alexnet", "--columns", "layer,kernel_size,mult_adds", "--format", "csv").splitlines()[0]
    assert header == "layer,kernel,macs"
    assert "formula" not in show(capsys, "alexnet", "--formulas", "none", "--format", "csv").splitlines()[0]
    both = show(capsys, "alexnet", "--formulas", "both", "--format", "csv")
    assert both.splitlines()[0].count("symbols") == 1
    assert "(k_h*k_w)*(C_in/g)*C_out + C_out" in both
    everything = show(capsys, "alexnet", "--columns", "all", "--format", "csv").splitlines()[0]
    assert len(everything.split(",")) > 15


def test_depth_sums_up(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "deep.net"
    file.write_text(
        'x = input(8)\na = linear(8, name="enc.a")\nb = linear(8, name="enc.b")\nc = linear(4, name="dec.c")\n'
    )
    rows = list(csv.DictReader(io.StringIO(show(capsys, str(file), "--depth", "1", "--format", "csv"))))
    assert [(row["layer"], row["parameters"]) for row in rows] == [("x", "0"), ("enc", "144"), ("dec", "36")]


def test_repeated_blocks_fold_in_text_and_not_in_complete_tables(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    file = tmp_path / "blocks.net"
    lines = ["x = input(8)", *[f'y = linear(8, name="block.{i}.fc")' for i in range(126)]]
    file.write_text("\n".join(lines))
    text = show(capsys, str(file))
    assert "block.0–125.fc ×126" in text
    assert "126·(8·8 + 8)" in text
    assert f"{126 * 72:,}" in text
    for format in ("markdown", "latex", "csv", "json"):
        assert "block.77.fc" in show(capsys, str(file), "--format", format)


@pytest.mark.parametrize(
    ("suffix", "start"),
    [(".md", "# alexnet"), (".tex", "% needs"), (".csv", "layer,kind"), (".json", "{"), (".html", "<!doctype"),
     (".txt", "alexnet: "), (".svg", "<svg"), ("", "alexnet: ")],
)  # fmt: skip
def test_a_file_s_suffix_chooses_the_format(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, suffix: str, start: str
) -> None:
    file = tmp_path / f"out{suffix}"
    assert show(capsys, "alexnet", "-o", str(file)) == ""
    assert file.read_text().startswith(start)


def test_an_unknown_suffix_is_refused_not_filled_with_text(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "out.unheard"
    assert main(["show", "alexnet", "-o", str(file)]) == 2
    assert "no format has the suffix '.unheard'" in capsys.readouterr().err
    assert not file.exists()
    assert show(capsys, "alexnet", "-o", str(file), "--format", "markdown") == ""
    assert file.read_text().startswith("# alexnet")


@pytest.mark.parametrize(("suffix", "start"), [("png", b"\x89PNG"), ("pdf", b"%PDF")])
@pytest.mark.parametrize("chart", ["icicle", "bars", "treemap"])
def test_a_picture_is_a_picture(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, suffix: str, start: bytes, chart: str
) -> None:
    file = tmp_path / f"fig.{suffix}"
    assert show(capsys, "resnet18", "-o", str(file), "--chart", chart, "--of", "macs") == ""
    assert file.read_bytes().startswith(start)
    assert main(["show", "resnet18", "--format", suffix]) == 2
    assert "written to a file" in capsys.readouterr().err


def test_a_file_is_written_whole_or_not_at_all(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    file = tmp_path / "ledger.md"
    file.write_text("precious")
    file.chmod(0o640)
    assert main(["show", "alexnet", "--layers", "nothing", "-o", str(file)]) == 66
    assert file.read_text() == "precious"
    link = tmp_path / "link.md"
    link.symlink_to(file)
    assert main(["show", "alexnet", "-o", str(link)]) == 0
    assert link.is_symlink()
    assert file.read_text().startswith("# alexnet")
    assert file.stat().st_mode & 0o777 == 0o640
    assert sorted(path.name for path in tmp_path.iterdir()) == ["ledger.md", "link.md"]


def test_a_place_that_cannot_be_written(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["show", "alexnet", "-o", str(tmp_path / "no" / "such" / "x.md")]) == 2
    assert "cannot write: no such file or directory" in capsys.readouterr().err
    assert main(["show", "alexnet", "-o", "/dev/full"]) == 2
    assert "no space left" in capsys.readouterr().err
    assert main(["show", "alexnet", "-o", str(tmp_path)]) == 2


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("gpt-oss-20b", "✓ active 3.6B: without the input table"),
        ("mixtral-8x7b", "✓ active 12.9B: all tensors"),
        ("deepseek-v2", "✓ active 21B: all tensors or without the input table"),
        ("deepseek-v2-lite", "active 2.4B; none of the three counts rounds to it"),
    ],
)
def test_which_meaning_of_active_a_card_has(model: str, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    main(["show", model])
    assert said in capsys.readouterr().out
