"""Papers: what is written compiles where it will be read, fits its column, and keeps foreign names harmless.

The compilers are those of the machine; each is skipped aloud where it is missing.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

import netledger
from netledger.network import Layer, Network
from netledger.renderers import RenderOptions, render

CLASSES = {
    "article": r"\documentclass{article}",
    "article, two columns": r"\documentclass[twocolumn]{article}",
    "IEEEtran": r"\documentclass[conference]{IEEEtran}",
}
HOSTILE = Network("\\input{/etc/passwd} 100% $x$ 卷积网络", [
    Layer("卷积层一", "linear", {"out_features": 3, "in_features": 2}, ()),
    Layer("слой_2", "linear", {"out_features": 4}, ("卷积层一",)),
    Layer("αβγ#&~^{}\\", "linear", {"out_features": 5}, ("слой_2",)),
])  # fmt: skip


def latex(what: object, options: RenderOptions) -> str:
    ledger = netledger.count(what)
    return render(ledger.document(fold=False), "latex", options)


def compiled(engine: str, preamble: str, body: str, folder: Path) -> str:
    """The log of a run that has to succeed."""
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    name = preamble.partition("{")[2].rstrip("}")
    found = subprocess.run(["kpsewhich", f"{name}.cls"], capture_output=True, text=True, check=False)
    if not found.stdout.strip():
        pytest.skip(f"the class {name} is not installed")
    packages = body.partition("\\usepackage{")[2].partition("}")[0]
    for package in packages.split(","):
        if not subprocess.run(["kpsewhich", f"{package}.sty"], capture_output=True, check=False).stdout.strip():
            pytest.skip(f"the package {package} is not installed")
    text = f"{preamble}\n\\usepackage{{{packages}}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    ran = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120, check=False
    )
    assert ran.returncode == 0, ran.stdout[-1500:]
    return (folder / "paper.log").read_text(encoding="utf-8", errors="replace")


@pytest.mark.parametrize("kind", CLASSES)
@pytest.mark.parametrize("name", ["alexnet", "lenet5", "squeezenet1_1"])
def test_a_table_compiles_and_fits_one_column(name: str, kind: str, tmp_path: Path) -> None:
    log = compiled("pdflatex", CLASSES[kind], r"\noindent" + "\n" + latex(name, RenderOptions()), tmp_path)
    assert "Overfull \\hbox" not in log


@pytest.mark.parametrize("engine", ["pdflatex", "xelatex"])
@pytest.mark.parametrize(
    "options", [RenderOptions(), RenderOptions(siunitx=True), RenderOptions(longtable=True, notes=True)], ids=str
)
def test_foreign_names_compile(engine: str, options: RenderOptions, tmp_path: Path) -> None:
    text = latex(HOSTILE, options)
    assert "\\input{" not in text
    compiled(engine, CLASSES["article"], text, tmp_path)


def test_a_missing_letter_is_named(tmp_path: Path) -> None:
    """pdfTeX without CJK support names the letters; nothing is lost in silence."""
    text = latex(HOSTILE, RenderOptions())
    assert r"\netledgerother{卷积层一}{5377}{U+5377 U+79EF U+5C42 U+4E00}" in text
    compiled("pdflatex", CLASSES["article"], text, tmp_path)


def test_a_ledger_is_its_table_alone_unless_notes_are_wanted() -> None:
    plain = latex("alexnet", RenderOptions())
    assert plain.startswith("% needs \\usepackage{booktabs}\n")
    assert "\\section" not in plain
    assert "\\begin{tabular}" in plain
    assert "left out to fit one column" in plain
    notes = latex("alexnet", RenderOptions(longtable=True, notes=True))
    assert "\\section*{alexnet" in notes
    assert "\\begin{longtable}" in notes
    assert "left out" not in notes


def test_columns_are_dropped_in_the_order_of_their_priority() -> None:
    ledger = netledger.count("alexnet")
    text = render(ledger.document(columns=("layer", "parameters", "macs", "weights", "kind", "share")), "latex")
    head = text.partition("\\toprule\n")[2].partition(" \\\\")[0]
    assert head == "layer & parameters & MACs & kind"


def test_typst_compiles(tmp_path: Path) -> None:
    typst = pytest.importorskip("typst")
    for name, what in (("alexnet", "alexnet"), ("hostile", HOSTILE)):
        file = tmp_path / f"{name}.typ"
        file.write_text(render(netledger.count(what).document(), "typst"), encoding="utf-8")
        assert typst.compile(str(file)).startswith(b"%PDF")


def test_rst_is_read_without_a_complaint() -> None:
    core = pytest.importorskip("docutils.core")
    for what in ("alexnet", HOSTILE):
        text = render(netledger.count(what).document(), "rst")
        page = core.publish_string(
            text, writer="html5", settings_overrides={"report_level": 2, "halt_level": 2, "raw_enabled": False}
        )
        assert page.count(b"<table") == 1
    assert "\n\nSource: NIPS 2012" in render(netledger.count("alexnet").document(), "rst")


def test_rst_and_typst_of_a_verdict() -> None:
    result = netledger.audit("conv2: (5*5)*96*256 + 256 = 614656", "alexnet")
    assert "307,456" in result.render("rst")
    assert "307,456" in result.render("typst")


def test_text_that_does_not_fit_is_set_in_lines() -> None:
    """The room left is the column's 229.5 pt less what stands beside it; names and numbers keep theirs."""
    comparison = render(netledger.compare("alexnet", "alexnet/ungrouped").document(), "latex")
    (width,) = re.findall(r"begin\{tabular\}\{@\{\}lrp\{(\d+)pt\}@\{\}\}", comparison)
    assert 60 <= int(width) < 229.5 - 2 * 6
    assert r"{\raggedright groups 2 $\to$ 1, each filter sees 96" in comparison
    assert r"\raggedright \texttt" not in comparison
    assert "raggedright" not in render(netledger.count("alexnet").document(), "latex")
