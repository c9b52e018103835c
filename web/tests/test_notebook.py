"""A notebook's page (item 3) in the browser: columns and marks stay aligned under Jupyter's CSS, light and dark; blocks fold."""

from __future__ import annotations

import pytest

from conftest import CHROMIUM

CELLS = (
    "%load_ext netledger",
    "%ledger resnet18",
    "%%audit --against alexnet\nconv1: (11*11)*3*96 + 96 = 34944\nconv2: (5*5)*96*256 + 256 = 614656",
)
PLACES = """(words) => words.map((word) => {
    const within = [...document.querySelectorAll('.netledger pre')].find((one) => one.textContent.includes('^^'));
    const text = within.textContent, start = text.indexOf(word);
    const walker = document.createTreeWalker(within, NodeFilter.SHOW_TEXT);
    let passed = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        if (start < passed + node.length) {
            const range = document.createRange();
            range.setStart(node, start - passed);
            range.setEnd(node, start - passed + 1);
            return range.getBoundingClientRect().left;
        }
        passed += node.length;
    }
    return null;
})"""


@pytest.fixture(scope="module")
def notebook():
    """A notebook that a real kernel has run."""
    nbformat = pytest.importorskip("nbformat")
    pytest.importorskip("ipykernel")
    processors = pytest.importorskip("nbconvert.preprocessors")
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(source) for source in CELLS])
    made.metadata["kernelspec"] = {"name": "python3", "language": "python", "display_name": "Python 3"}
    processors.ExecutePreprocessor(timeout=120).preprocess(made, {})
    return made


@pytest.fixture
def show(browser, notebook, tmp_path):
    """A function that shows the notebook in a theme; Jupyter's page asks for scripts elsewhere, and gets none."""
    contexts = []

    def open_one(theme: str):
        from nbconvert import HTMLExporter

        file = tmp_path / f"{theme}.html"
        file.write_text(HTMLExporter(theme=theme).from_notebook_node(notebook)[0], encoding="utf-8")
        contexts.append(browser.new_context(viewport={"width": 900, "height": 900}))
        page = contexts[-1].new_page()
        page.route("**/*", lambda route: route.continue_() if route.request.url.startswith("file:") else route.abort())
        page.goto(file.as_uri(), wait_until="domcontentloaded")
        return page

    yield open_one
    for context in contexts:
        context.close()


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_alignment_survives_jupyter_s_css(show, theme: str) -> None:
    assert CHROMIUM is not None
    page = show(theme)
    factor, mark = page.evaluate(PLACES, ["96*256", "^^"])
    assert mark == pytest.approx(factor, abs=0.5)
    sides = page.evaluate(
        "() => [...document.querySelectorAll('table.nl td.number')].map((cell) => getComputedStyle(cell).textAlign)"
    )
    assert set(sides) == {"right"}
    assert len(sides) > 100
    assert page.evaluate("getComputedStyle(document.querySelector('.netledger table.nl td')).textAlign") == "left"


@pytest.mark.parametrize(("theme", "dark"), [("light", False), ("dark", True)])
def test_it_takes_the_notebook_s_theme(show, theme: str, dark: bool) -> None:
    page = show(theme)
    colours = page.evaluate(
        "() => { const style = getComputedStyle(document.querySelector('.netledger table.nl')); return [style.backgroundColor, style.color]; }"
    )
    back, ink = ([int(part) for part in colour.strip("rgba() ").split(",")[:3]] for colour in colours)
    assert (sum(back) < sum(ink)) is dark


def test_it_scrolls_inside_itself_and_folds(show) -> None:
    page = show("light")
    box = page.locator(".netledger .nl-scroll").first
    assert box.evaluate("(one) => one.scrollHeight > one.clientHeight")
    inside = page.locator("tr.level1").first
    assert inside.is_visible()
    page.locator("tr.group input").first.uncheck()
    assert not inside.is_visible()
