"""What a notebook shows: a real kernel runs the cells, nbconvert writes the page, its structure is what is compared."""

from __future__ import annotations

import html.parser

import pytest

import netledger
from netledger.catalogue import load

nbformat = pytest.importorskip("nbformat")
pytest.importorskip("nbconvert")
pytest.importorskip("ipykernel")

DRAWS = """\
import random, numpy, torch
class Model(torch.nn.Linear):
    def forward(self, x):
        random.random(), numpy.random.rand(3), torch.manual_seed(7)
        return super().forward(x)
def states():
    return random.getstate(), str(numpy.random.get_state()), torch.get_rng_state().tolist()
model, before = Model(2, 3), states()
netledger.summary(model, (1, 2), verbose=0)
[one == other for one, other in zip(before, states())]"""
"""A model that draws, counted beside a kernel's threads."""
CELLS = {
    "summary": "import netledger\nnetledger.summary('resnet18', depth=1, col_names=('output_size', 'num_params'))",
    "ledger": "%load_ext netledger\n%ledger alexnet --layers conv2",
    "name": "net = netledger.read('lenet5')\n%ledger net --depth 1",
    "audit": "%%audit --against alexnet\nconv2: (5*5)*96*256 + 256 = 614656",
    "network": "netledger.read('lenet5')",
    "comparison": "netledger.compare('alexnet', 'alexnet/ungrouped')",
    "entry": "netledger.count('alexnet')['conv2']",
    "random": DRAWS,
    "error": "%ledger alexnett",
}


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> nbformat.NotebookNode:
    from nbconvert.preprocessors import ExecutePreprocessor

    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS.values()])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    ExecutePreprocessor(timeout=120).preprocess(notebook, {"metadata": {"path": str(tmp_path_factory.mktemp("nb"))}})
    return notebook


def output(run: nbformat.NotebookNode, cell: str, kind: str = "text/html") -> str:
    outputs = run.cells[list(CELLS).index(cell)].outputs
    return next((str(out.data[kind]) for out in outputs if "data" in out and kind in out.data), "")


class Structure(html.parser.HTMLParser):
    """Heads of columns, how many rows, classes of cells."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.columns: list[str] = []
        self.rows = 0
        self.groups = 0
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag == "th" and given.get("data-name"):
            self.columns.append(str(given["data-name"]))
        self.rows += tag == "tr"
        self.groups += tag == "tr" and "group" in str(given.get("class"))


def test_a_summary_shows_what_was_asked_for(run: nbformat.NotebookNode) -> None:
    shown = Structure(output(run, "summary"))
    assert shown.columns == ["layer", "kind", "output", "parameters"]
    assert shown.rows == 1 + 12 + 1  # the head; image, four modules, four layers, avgpool, flatten and fc; the total
    assert output(run, "summary", "text/plain") == "<Ledger of resnet18: 11,689,512 parameters, 1,814,073,344 MACs>"


def test_the_magics_take_the_command_line_s_options(run: nbformat.NotebookNode) -> None:
    assert Structure(output(run, "ledger")).rows == 1 + 1 + 2
    assert "(5·5)·48·256 + 256" in output(run, "ledger")
    assert "61,706" in output(run, "name")
    assert "307,456" in output(run, "audit")
    assert output(run, "audit", "text/plain").startswith("<audit: ")


def test_an_error_is_a_line_not_a_traceback(run: nbformat.NotebookNode) -> None:
    outputs = run.cells[list(CELLS).index("error")].outputs
    text = "".join([out.get("text", "") for out in outputs])
    assert text.startswith("error: no network or file 'alexnett'")
    assert not any(out.output_type == "error" for out in outputs)


@pytest.mark.parametrize("cell", ["network", "comparison", "entry"])
def test_everything_has_a_short_and_a_rich_form(run: nbformat.NotebookNode, cell: str) -> None:
    assert len(output(run, cell, "text/plain")) < 120
    page = output(run, cell)
    assert 'class="netledger"' in page
    assert "<script" not in page


def test_it_converts_to_a_page(run: nbformat.NotebookNode) -> None:
    from nbconvert import HTMLExporter

    page, _ = HTMLExporter().from_notebook_node(run)
    assert (
        page.count('class="netledger"') >= len(CELLS) - 2
    )  # neither the error nor the line of random states is a ledger


def test_blocks_fold_in_a_notebook() -> None:
    assert Structure(netledger.count("resnet18")._repr_html_()).groups == 4


def test_short_forms() -> None:
    ledger = netledger.count("alexnet")
    assert repr(load("alexnet")) == "<Network alexnet: 25 layers>"
    assert repr(ledger["conv2"]) == "<Entry conv2: conv2d, 307,456 parameters, 223,948,800 MACs>"
    assert repr(netledger.compare("alexnet", "alexnet/ungrouped")).endswith("7 of 25 layers differ>")


def test_memory_is_short_and_rich_too() -> None:
    """AlexNet's weights by its own count: 60,965,224 of four bytes; GPT-2's cache: 12 layers, keys and values, 768 wide."""
    from netledger.execute.memory import predict
    from netledger.predict.running import model_of, run
    from netledger.predict.runtimes import Setting, runtime_named

    memory = predict(load("alexnet"), batch=128, purpose="inference")
    assert repr(memory).startswith("<Memory of alexnet: ")
    assert repr(memory).endswith(" bytes, inference at batch 128>")
    page = memory._repr_html_()
    assert 'class="netledger"' in page
    assert "243,860,896" in page
    gpt2 = model_of(netledger.read("gpt2"))
    running = run(gpt2, Setting(1024), runtime_named("none"), "as-stored", "inference", "adamw", 0)
    assert repr(running) == f"<Memory of gpt2: {running.total:,} bytes at a context of 1,024>"
    assert f"{12 * 2 * 768 * 2 * 1024:,}" in running._repr_html_()
    assert running.to_pandas()["bytes"].dropna().iloc[0] == 12 * 2 * 768 * 2 * 1024


def test_frames_hold_numbers() -> None:
    ledger = netledger.count("alexnet")
    pandas = pytest.importorskip("pandas")
    frame = ledger.to_pandas()
    assert str(frame["parameters"].dtype) == "Int64"
    assert int(frame["parameters"].sum()) == 60_965_224
    assert frame["share"].sum() == pytest.approx(1)
    assert list(frame["output"][:2]) == ["3×224×224", "96×55×55"]
    unknown = netledger.count("fc = linear(3)\n").to_pandas()
    assert unknown["parameters"].isna().all()
    assert isinstance(frame, pandas.DataFrame)


def test_polars_frames_hold_numbers() -> None:
    polars = pytest.importorskip("polars")
    frame = netledger.count("alexnet").to_polars(columns=("layer", "parameters", "macs"))
    assert frame.schema["parameters"] == polars.Int64
    assert frame["macs"].sum() == 724_406_816


def test_random_states_are_the_callers_in_a_kernel(run):
    assert output(run, "random", "text/plain") == "[True, True, True]"


def test_magics_print_in_a_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """IPython in a terminal shows a short form only: there the table is printed, as summary does."""
    from IPython.core.interactiveshell import InteractiveShell

    shell = InteractiveShell.instance()
    try:
        for line in ("%load_ext netledger", "%ledger alexnet --layers conv2", "%ledger", "%ledger?"):
            shell.run_cell(line)
        shell.run_cell("%%audit alexnet\nconv2: (5*5)*96*256 + 256 = 614656")
    finally:
        InteractiveShell.clear_instance()
    printed = capsys.readouterr()
    assert "(5·5)·48·256 + 256" in printed.out
    assert "conv2 has 2 groups" in printed.out
    assert "in the words of ``netledger show``" in printed.out
    assert "%ledger takes a network and options" in printed.err
