"""The HTML report: one file that sorts, filters and folds, that can be read without a script, small, safe, printable."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

import netledger
from conftest import Watched

ALLOWED = 60_000


@pytest.fixture(scope="module")
def report(tmp_path_factory):
    from netledger.cli import main

    path = tmp_path_factory.mktemp("report") / "report.html"
    assert main(["show", "resnet18", "-o", str(path)]) == 0
    return path


@pytest.fixture
def open_report(browser, report):
    seen = []

    def open_it(**how: object):
        watched = Watched(browser, report.as_uri(), **how)
        seen.append(watched)
        watched.page.goto(report.as_uri())
        return watched.page

    yield open_it
    for watched in seen:
        assert watched.asked == [report.as_uri()]
        assert not watched.wrong
        watched.context.close()


def test_it_sorts_filters_folds_and_draws(open_report) -> None:
    page = open_report(viewport={"width": 1100, "height": 800})
    page.click("th[data-name=macs] button")
    expect(page.locator("tbody tr").first).to_have_attribute("data-path", "layer1.0–1.conv1")
    page.fill(".nl-tools input", "fc")
    expect(page.locator(".nl-tools [role=status]")).to_have_text("1 rows, 513,000 parameters")
    assert page.locator("figure.nl-chart:visible").count() == 1
    page.get_by_label("MACs").check()
    expect(page.locator("figure.nl-chart:visible title").first).to_have_text("resnet18: 1,814,073,344 MACs")


def test_it_is_read_and_folds_without_a_script(open_report) -> None:
    page = open_report(java_script_enabled=False)
    inside = page.locator("tr.level1").first
    assert inside.is_visible() and "11,689,512" in page.inner_text("tfoot")
    page.locator("tr.group input").first.uncheck()
    assert not inside.is_visible()


def test_phone_dark_and_print(open_report) -> None:
    page = open_report(viewport={"width": 360, "height": 700}, color_scheme="dark")
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    dark = page.evaluate("getComputedStyle(document.querySelector('.netledger table')).backgroundColor")
    assert dark == "rgb(13, 17, 23)"
    back, ink = (
        sum(
            map(
                int,
                re.findall(r"\d+", page.evaluate(f"getComputedStyle(document.querySelector('{which}')).{what}"))[:3],
            )
        )
        for which, what in (("body", "backgroundColor"), (".netledger h1", "color"))
    )
    assert back < 150 < 600 < ink  # the page behind the table is dark too, and its heading is not
    page.emulate_media(media="print")
    assert not page.locator(".nl-tools").is_visible()
    assert page.evaluate("getComputedStyle(document.querySelector('.nl-scroll')).overflow") == "visible"


def test_it_costs_little_over_its_data(report) -> None:
    """Its data: what CSV writes of the same rows, and the pictures."""
    page = report.read_text(encoding="utf-8")
    pictures = sum(len(part.partition("</svg>")[0]) for part in page.split("<svg xmlns")[1:])
    data = len(netledger.count("resnet18").to_csv())
    assert len(page.encode()) - pictures - data < ALLOWED
