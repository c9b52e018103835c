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
from netledger.cli import main
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


def installed(file: str) -> bool:
    return bool(subprocess.run(["kpsewhich", file], capture_output=True, text=True, check=False).stdout.strip())


def compiled(engine: str, preamble: str, body: str, folder: Path, runs: int = 1) -> str:
    """The log of the last of so many runs, which have to succeed; ``paper.pdf`` is in the folder."""
    if shutil.which(engine) is None:
        pytest.skip(f"{engine} is not installed")
    packages = body.partition("\\usepackage{")[2].partition("}")[0].split(",")
    kind, *more = re.findall(r"\\(?:documentclass|usepackage)(?:\[.*?\])?\{(.*?)\}", preamble)
    lacking = [file for file in [f"{kind}.cls", *[f"{name}.sty" for name in (*packages, *more)]] if not installed(file)]
    if lacking:
        pytest.skip(f"not installed: {', '.join(lacking)}")
    text = f"{preamble}\n\\usepackage{{{','.join(packages)}}}\n\\begin{{document}}\n{body}\n\\end{{document}}\n"
    (folder / "paper.tex").write_text(text, encoding="utf-8")
    command = [engine, "-interaction=nonstopmode", "-halt-on-error", "-no-shell-escape", "paper.tex"]
    for _ in range(runs):
        ran = subprocess.run(
            command, cwd=folder, capture_output=True, text=True, errors="replace", timeout=120, check=False
        )
        assert ran.returncode == 0, ran.stdout[-1500:]
    return (folder / "paper.log").read_text(encoding="utf-8", errors="replace")


def seen(folder: Path) -> str:
    """What a reader of the compiled paper sees."""
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext is not installed")
    shown = subprocess.run(["pdftotext", "-layout", "paper.pdf", "-"], cwd=folder, capture_output=True, check=True)
    return shown.stdout.decode()


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
    """pdfTeX without CJK support names the letters, and the table fits its column all the same; nothing is lost in silence."""
    log = compiled(
        "pdflatex", CLASSES["article, two columns"], "\\noindent\n" + latex(HOSTILE, RenderOptions()), tmp_path
    )
    assert "Overfull \\hbox" not in log
    assert "U+5377 79EF 5C42 4E00" in seen(tmp_path)


FONT = "WenQuanYi Zen Hei"
EAST_ASIAN = {
    "xeCJK": ("xelatex", rf"\usepackage{{xeCJK}}\setCJKmainfont{{{FONT}}}\setCJKmonofont{{{FONT}}}"),
    "ctex": ("xelatex", rf"\usepackage[fontset=none]{{ctex}}\setCJKmainfont{{{FONT}}}\setCJKmonofont{{{FONT}}}"),
    "fontspec": ("xelatex", rf"\usepackage{{fontspec}}\setmainfont{{{FONT}}}\setmonofont{{{FONT}}}"),
    "CJKutf8": ("pdflatex", r"\usepackage{CJKutf8}"),
}


@pytest.mark.parametrize("package", EAST_ASIAN)
def test_chinese_names_are_shown_where_the_paper_can(package: str, tmp_path: Path) -> None:
    """Whatever else cannot be shown (a font of GB 2312 has neither Hangul nor faces) is named and stops nothing."""
    engine, preamble = EAST_ASIAN[package]
    if engine == "xelatex" and FONT not in subprocess.run(["fc-list"], capture_output=True, text=True).stdout:
        pytest.skip(f"the font {FONT} is not installed")
    network = Network("网络", [
        Layer("卷积层一", "linear", {"out_features": 3, "in_features": 2}, ()),
        Layer("합성곱", "linear", {"out_features": 4}, ("卷积层一",)),
        Layer("\U0001f600", "linear", {"out_features": 4}, ("합성곱",)),
    ])  # fmt: skip
    log = compiled(engine, CLASSES["article"] + preamble, latex(network, RenderOptions()), tmp_path)
    shown = seen(tmp_path)
    assert "卷积层一" in shown
    assert ("합성곱" in shown) == (engine == "xelatex")
    assert "U+1F600" in shown
    assert "Missing character" not in log


@pytest.mark.parametrize(
    "asked",
    [
        ["audit", "conv1: 34944\nconv2: (5*5)*96*256 + 256 = 614656", "--against", "alexnet"],
        ["compare", "resnet50", "wide_resnet50_2"],
        ["check", "alexnet", "--max", "parameters=50M"],
        ["show", "llama-3-8b", "--notes"],
        ["memory", "gpt2"],
    ],
    ids=lambda asked: asked[0],
)
def test_whatever_is_asked_compiles_and_fits_one_column(asked: list[str], tmp_path: Path) -> None:
    written = tmp_path / "written.tex"
    assert main([*asked, "-o", str(written)]) in (0, 1)
    body = "\\noindent\n" + written.read_text(encoding="utf-8")
    log = compiled("pdflatex", CLASSES["article, two columns"], body, tmp_path)
    assert "Overfull \\hbox" not in log
    if asked[0] == "audit":
        assert re.search(r"2 × conv2: \(5\*5\)\*96\*256 \+ 256 = 614656", seen(tmp_path))


def test_signs_are_what_they_were_in_typewriter_too(tmp_path: Path) -> None:
    """The old encoding's typewriter font has a brace where others have a dash."""
    network = Network("net", [Layer("h.0–11—x<2>|3{4}_5", "linear", {"out_features": 3, "in_features": 2}, ())])
    compiled("pdflatex", CLASSES["article"], latex(network, RenderOptions()), tmp_path)
    assert "h.0–11—x<2>|3{4}" in seen(tmp_path)


@pytest.mark.parametrize("name", ["alexnet", "gpt2", "squeezenet1_1"])
def test_a_long_table_stands_in_the_middle_of_its_page(name: str, tmp_path: Path) -> None:
    """Its columns are settled in the third run; what is wider than the text stands out on both sides."""
    options = RenderOptions(longtable=True)
    assert "Overfull \\hbox" not in compiled("pdflatex", CLASSES["article"], latex(name, options), tmp_path, runs=3)


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


def test_columns_of_a_typst_table_stand_beside_each_other(tmp_path: Path) -> None:
    """Nine columns in the text of a page: at the usual size names ran into the shapes beside them."""
    typst = pytest.importorskip("typst")
    (tmp_path / "paper.typ").write_text(render(netledger.count("alexnet").document(), "typst"), encoding="utf-8")
    (tmp_path / "paper.pdf").write_bytes(typst.compile(str(tmp_path / "paper.typ")))
    shown = seen(tmp_path)
    assert re.search(r"rnorm1 +local_response_norm +96×55×55", shown)
    assert re.search(r"\(3·3\)·256·384 \+ 384 +149,520,384 +1\.5%", shown)


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
