"""The documentation's site (item 7), built strictly and looked at: question and answer, dark, narrow, copied, searched."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from playwright.sync_api import expect

from conftest import DIST, HERE, Watched

ROOT = HERE.parents[1]


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *words: object) -> None:
        """A log of requests is no test's result."""


@pytest.fixture(scope="module")
def site(browser, tmp_path_factory):
    """The address of a site built as ``make site`` builds it."""
    zensical = Path(sys.executable).with_name("zensical")
    if not zensical.exists():
        pytest.skip("zensical is not installed")
    folder = tmp_path_factory.mktemp("site")
    shutil.copytree(ROOT / "docs", folder / "docs")
    shutil.copy(ROOT / "mkdocs.yml", folder)
    done = subprocess.run(
        [zensical, "build", "--clean", "--strict"], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    shutil.copytree(DIST, folder / "site" / "page")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=folder / "site"))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


@pytest.fixture
def visit(browser, site):
    """A function that opens a page of the site; errors and requests to elsewhere fail the test."""
    all_watched: list[Watched] = []

    def open_one(path: str, **how: object):
        watched = Watched(browser, site, **how)
        all_watched.append(watched)
        watched.page.goto(site + path)
        return watched.page

    yield open_one
    for watched in all_watched:
        watched.check()
        watched.context.close()


def test_home_shows_the_question_and_the_answer_within_one_screen(visit) -> None:
    page = visit("index.html", viewport={"width": 1280, "height": 720})
    for said in ("62,378,344 parameters. Is it so?", "wrong: line 1", "48 channels → 307,456"):
        box = page.get_by_text(said).first.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 720


@pytest.mark.parametrize(("scheme", "dark"), [("light", False), ("dark", True)])
def test_it_follows_the_scheme(visit, scheme: str, dark: bool) -> None:
    page = visit("index.html", color_scheme=scheme)
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    shades = [int(part) for part in colour.strip("rgba() ").split(",")[:3]]
    assert (max(shades) < 64) is dark


@pytest.mark.parametrize("path", ["index.html", "getting-started.html", "comparison.html", "reference/catalogue.html"])
def test_code_scrolls_on_a_phone_and_the_page_does_not(visit, path: str) -> None:
    page = visit(path, viewport={"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    cut = """() => [...document.querySelectorAll('pre > code')].filter(
        (code) => code.scrollWidth > code.clientWidth + 1 && !['auto', 'scroll'].includes(getComputedStyle(code).overflowX)).length"""
    assert page.evaluate(cut) == 0


def test_a_block_is_copied_as_it_stands(visit, browser) -> None:
    page = visit("getting-started.html", permissions=["clipboard-read", "clipboard-write"])
    block = page.locator("pre", has_text="small.net").first
    block.hover()
    block.get_by_role("button", name="Copy").first.click()
    page.wait_for_function("async () => (await navigator.clipboard.readText()).length > 0")
    assert "netledger show small.net" in page.evaluate("navigator.clipboard.readText()")


def test_it_can_be_searched(visit) -> None:
    page = visit("index.html")
    page.get_by_role("button", name="Search").first.click()
    field = page.locator("input:focus")
    expect(field).to_be_visible()
    field.fill("deformable")
    expect(page.get_by_role("option").filter(has_text="deformable").first).to_be_visible()


def test_the_page_is_in_it_and_judges(visit) -> None:
    page = visit("try.html")
    frame = page.frame_locator("iframe.try")
    expect(frame.locator("[data-verdict=wrong], [data-verdict=right]").first).to_be_visible(timeout=60_000)
    assert frame.locator("[data-verdict]").count() >= 9
