"""The built page in a real browser: the system's Chromium, offline; what it logs and what it asks for is watched."""

from __future__ import annotations

import os
import shutil
import threading
from pathlib import Path
from urllib.parse import urlsplit

import pytest

HERE = Path(__file__).resolve().parent
DIST = HERE.parent / "dist"
CHROMIUM = next(
    (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
)
REQUIRED = os.environ.get("NETLEDGER_BROWSER") == "required"
READY = 60_000


def missing() -> str | None:
    """What a browser test needs and this machine has not."""
    if CHROMIUM is None:
        return "no Chromium is installed"
    if not (DIST / "index.html").is_file():
        return "the page is not built (make page)"
    return None


@pytest.fixture(scope="session")
def address():
    """The page, served as ``netledger page`` serves it: its policy binds the worker too."""
    lacking = missing()
    if lacking:
        pytest.fail(lacking) if REQUIRED else pytest.skip(lacking)
    from netledger.cli.commands.page import served

    server = served(str(DIST), 0)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}/"
    server.shutdown()


@pytest.fixture(scope="session")
def browser(address):
    from playwright.sync_api import expect, sync_playwright

    expect.set_options(timeout=30_000)

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        yield chromium
        chromium.close()


class Watched:
    """A page with everything that must not happen on it: errors, policy violations, requests to elsewhere."""

    def __init__(self, browser, address: str, **how: object) -> None:
        self.context = browser.new_context(**how)
        self.page = self.context.new_page()
        self.wrong: list[str] = []
        self.asked: list[str] = []
        self.page.on(
            "console", lambda said: self.wrong.append(said.text) if said.type in ("error", "warning") else None
        )
        self.page.on("pageerror", lambda error: self.wrong.append(str(error)))
        self.page.on("dialog", lambda dialog: (self.wrong.append("a dialog"), dialog.dismiss()))
        self.context.on("request", lambda request: self.asked.append(request.url))
        self.address = address
        self.page.add_init_script(
            "addEventListener('securitypolicyviolation', (e) => console.error('policy: ' + e.violatedDirective + ' ' + e.blockedURI))"
        )

    def go(self, fragment: str = ""):
        self.page.goto(self.address + fragment)
        self.page.wait_for_selector("body[data-ready=yes]", timeout=READY)
        return self.page

    def check(self) -> None:
        home = urlsplit(self.address).netloc
        elsewhere = [
            url
            for url in self.asked
            if urlsplit(url).scheme in ("http", "https", "ws", "wss") and urlsplit(url).netloc != home
        ]
        assert not elsewhere
        assert not self.wrong


@pytest.fixture(scope="session")
def shared(browser, address):
    """One page for all tests that only look: starting Python costs seconds."""
    watched = Watched(browser, address, viewport={"width": 1200, "height": 900}, accept_downloads=False)
    watched.go()
    yield watched
    watched.context.close()


@pytest.fixture
def page(shared):
    """The shared page at its start; what went wrong during the test fails it."""
    shared.wrong.clear()
    shared.page.evaluate(
        """() => new Promise((done) => {
            document.activeElement.blur();
            if (!location.hash) return done();
            addEventListener("hashchange", () => setTimeout(done, 200), { once: true });
            location.hash = "";
        })"""
    )
    yield shared.page
    shared.check()


@pytest.fixture
def opened(browser, address):
    """A function that opens a page of its own: ``opened(fragment, **how the browser is to be)``."""
    all_watched: list[Watched] = []

    def open_one(fragment: str = "", **how: object):
        watched = Watched(browser, address, **how)
        all_watched.append(watched)
        return watched.go(fragment)

    yield open_one
    for watched in all_watched:
        watched.check()
        watched.context.close()
