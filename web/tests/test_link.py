"""A link holds the whole state in its fragment: opened elsewhere, it shows the same page."""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from playwright.sync_api import expect

SEEN = """() => ({
  fields: Object.fromEntries([...document.querySelectorAll("input[id], textarea[id], select[id]")]
    .filter((field) => field.type !== "file").map((field) => [field.id, field.value])),
  filter: [...document.querySelectorAll(".nl-tools input")].map((box) => box.value),
  tab: document.querySelector("[role=tab][aria-selected=true]").id,
  understood: document.getElementById("understood").open,
  verdict: document.getElementById("verdict").dataset.verdict,
  lines: [...document.querySelectorAll("#lines [data-verdict]")].map((line) => line.dataset.verdict),
  totals: [...document.querySelectorAll("#open-totals, #memory-total")].map((part) => part.textContent),
  rows: [...document.querySelectorAll("#open-result tbody tr")].filter((row) => row.checkVisibility())
    .map((row) => row.dataset.path || row.cells[0].textContent),
  picture: document.querySelector("#open-result svg title")?.textContent,
  compared: document.getElementById("compare-result").textContent,
  memory: document.getElementById("memory-result").textContent,
})"""


def settled(page) -> None:
    expect(page.locator("#verdict[data-verdict=wrong]")).to_have_count(1)
    expect(page.locator("#open-result svg title").first).to_contain_text("MACs")
    expect(page.locator("#compare-result")).to_contain_text("+307,200")
    expect(page.locator("#memory-result")).to_contain_text("master copies")


def test_everything_that_can_be_set_is_in_the_link(opened) -> None:
    page = opened("#tab=open&network=resnet18")
    expect(page.locator("#open-result table.nl[data-ledger]")).to_have_count(1)
    page.click("#tab-ask")
    page.fill("#text", "conv1: 3*3*1*6 + 6 = 61\n全: 1 + 1 = 2 & more #1?")
    page.fill("#against", "lenet5")
    expect(page.locator("#verdict[data-verdict=wrong]")).to_have_count(1)
    page.click("#understood summary")
    described = page.input_value("#described")
    assert "kernel_size=5" in described
    page.fill("#described", described.replace("kernel_size=5", "kernel_size=3", 1))
    expect(page.locator("#lines [data-verdict]").first).to_have_attribute("data-verdict", "wrong")
    page.click("#tab-compare")
    page.fill("#source-left", "alexnet")
    page.fill("#source-right", "alexnet/ungrouped")
    page.click("#tab-memory")
    page.fill("#source-memory", "gpt2")
    page.fill("#memory-batch", "3")
    page.fill("#memory-context", "5")
    page.select_option("#memory-cache", "q8_0")
    page.select_option("#memory-purpose", "training")
    page.select_option("#memory-optimizer", "sgd")
    page.click("#tab-open")
    page.select_option("#open-quantity", "macs")
    page.select_option("#open-chart", "treemap")
    page.fill("#open-batch", "4")
    page.fill("#open-shape", "3x160x160")
    settled(page)
    page.locator("#open-result tr.group input").nth(1).uncheck()
    page.fill("#open-result .nl-tools input", "conv")
    page.locator("#open-result tr.group input").nth(1).uncheck()
    page.locator("#open-result tr.group input").nth(2).uncheck()
    seen = page.evaluate(SEEN)
    assert urlsplit(page.url).query == "" and "fold=" in page.url
    other = opened("#" + urlsplit(page.url).fragment)
    settled(other)
    expect(other.locator(".nl-tools input")).to_have_value("conv")
    assert other.evaluate(SEEN) == seen

    other.locator("#open-result th[data-name=macs] button").click()
    other.locator("#open-result th[data-name=macs] button").click()
    sorted_rows = other.evaluate(SEEN)["rows"]
    page.evaluate("(hash) => { location.hash = hash; }", urlsplit(other.url).fragment)
    expect(page.locator("#open-result th[data-name=macs]")).to_have_attribute("aria-sort", "ascending")
    assert page.evaluate(SEEN)["rows"] == sorted_rows


def test_a_link_resets_what_it_does_not_name(opened) -> None:
    page = opened("#tab=memory&memory=gpt2&m-batch=3&m-context=5&m-purpose=training")
    expect(page.locator("#memory-batch-said")).to_have_text("8")
    page.evaluate("() => { location.hash = 'tab=memory&memory=gpt2'; }")
    expect(page.locator("#memory-batch-said")).to_have_text("1")
    assert page.input_value("#memory-purpose") == "inference"
    assert "m-" not in page.url


def test_a_link_holds_a_text_and_follows_it(opened) -> None:
    text = "conv1: 11*11*3*96 + 96 = 34945"
    page = opened(f"#text={quote(text)}&against=alexnet")
    expect(page.locator("#verdict[data-verdict=wrong]")).to_have_count(1)
    assert page.input_value("#text") == text
    page.fill("#text", "conv1: 11*11*3*96 + 96 = 34944")
    expect(page.locator("#verdict[data-verdict=right]")).to_have_count(1)
    assert "34944" in page.url and page.url.split("#")[0].endswith("/")


def test_a_hostile_link_injects_nothing(opened) -> None:
    bad = quote('"><img src=x onerror=alert(1)><script>alert(2)</script>')
    names = "text against net network batch shape quantity chart sort filter fold left right memory m-batch m-dtype m-optimizer"
    page = opened("#tab=open&" + "&".join(f"{name}={bad}" for name in names.split()))
    expect(page.locator("#open-result .error")).to_have_count(1)
    page.evaluate(
        "(hash) => { location.hash = hash; }", f"tab={bad}&network=resnet18&sort={bad}&fold={bad},9,-1&filter={bad}"
    )
    expect(page.locator("#open-result table.nl[data-ledger]")).to_have_count(1)
    assert page.locator("main img, main script").count() == 0
