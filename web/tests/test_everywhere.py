"""For everybody: keyboard, screen reader, a phone, the dark, print; offline from any folder."""

from __future__ import annotations

import functools
import http.server
import importlib.util
import threading
from pathlib import Path

import pytest

from conftest import DIST, Watched

WEB = Path(__file__).resolve().parents[1]


def axe() -> str:
    spec = importlib.util.spec_from_file_location("page_build", WEB / "build.py")
    build = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(build)
    try:
        folder = build.vendored("axe-core")
    except SystemExit as lacking:
        pytest.skip(str(lacking))
    return (folder / "axe.min.js").read_text(encoding="utf-8")


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_nothing_stands_in_anybodys_way(browser, address, scheme: str) -> None:
    context = browser.new_context(color_scheme=scheme, bypass_csp=True, viewport={"width": 1000, "height": 800})
    page = context.new_page()
    page.goto(address)
    page.wait_for_selector("body[data-ready=yes]", timeout=60_000)
    page.evaluate(axe())
    for tab, then in (
        ("ask", "#verdict[data-verdict]"),
        ("open", "#open-result table"),
        ("compare", "#compare-result table"),
        ("memory", "#memory-result dl"),
    ):
        page.click(f"#tab-{tab}")
        if tab == "compare":
            page.fill("#source-left", "lenet5")
            page.fill("#source-right", "lenet5/1998")
        elif tab != "ask":
            page.fill(f"#source-{tab}", "lenet5")
        page.wait_for_selector(then)
        found = page.evaluate(
            "async () => (await axe.run()).violations.map((v) => v.id + ': ' + v.nodes.map((n) => n.html.slice(0, 160)).slice(0, 3).join(' | '))"
        )
        assert not found, f"{tab}: {found}"
    context.close()


def test_a_phone_scrolls_tables_not_the_page(opened) -> None:
    page = opened("#tab=open&network=alexnet", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.wait_for_selector("#open-result table")
    for tab in ("ask", "open", "compare", "memory"):
        page.click(f"#tab-{tab}")
        page.wait_for_timeout(300)
        assert page.evaluate("document.documentElement.scrollWidth") <= 360, tab


def test_a_phone_shows_question_and_verdict_in_its_first_screen(opened) -> None:
    page = opened("", viewport={"width": 360, "height": 740}, has_touch=True, is_mobile=True)
    page.wait_for_selector("#verdict[data-verdict=wrong]")
    box = page.locator("#verdict").bounding_box()
    assert box["y"] + box["height"] <= 740
    assert page.evaluate("document.querySelector('#text').scrollHeight <= document.querySelector('#text').clientHeight")


def test_the_keyboard_reaches_everything(page) -> None:
    page.focus("#tab-ask")
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.id") == "tab-open"
    assert page.locator("#open").is_visible() and not page.locator("#ask").is_visible()
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "AlexNet"  # the first example
    for _ in range(page.locator("#open .examples button").count()):
        page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.id") == "source-open"


def test_print_shows_the_verdict_and_no_controls(page) -> None:
    page.wait_for_selector("#verdict[data-verdict]")
    page.emulate_media(media="print")
    assert not page.locator("nav").is_visible() and page.locator("#verdict").is_visible()
    page.emulate_media(media="screen")


def test_it_works_from_any_folder_of_any_server(browser, tmp_path) -> None:
    """As ``python -m http.server`` serves it, in a folder below the root, with only the page's own policy."""
    (tmp_path / "some").mkdir()
    (tmp_path / "some" / "folder").symlink_to(DIST, target_is_directory=True)

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(tmp_path)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    watched = Watched(browser, f"http://127.0.0.1:{server.server_address[1]}/some/folder/")
    page = watched.go()
    page.wait_for_selector("#lines [data-verdict=wrong]")
    watched.context.set_offline(True)
    page.fill("#text", "conv1: 11*11*3*96 + 96 = 34944")
    page.wait_for_selector("#verdict[data-verdict=right]")
    watched.check()
    watched.context.close()
    server.shutdown()


def test_the_policy_stands_in_the_page() -> None:
    page = (DIST if DIST.exists() else WEB).joinpath("index.html").read_text(encoding="utf-8")
    assert '<meta http-equiv="Content-Security-Policy" content="default-src \'none\';' in page
    assert (
        "unsafe-inline" not in page and "'unsafe-eval'" not in page and "http://" not in page and "https://" not in page
    )
