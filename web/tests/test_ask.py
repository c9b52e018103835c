"""Ask: the verdict appears by itself, points, explains, corrects; nothing pasted can inject anything."""

from __future__ import annotations

QUIET = 2_500


def judged(page, verdict: str):
    page.wait_for_selector(f"#verdict[data-verdict={verdict}]", timeout=60_000)
    return page


def put(page, text: str, against: str = "") -> None:
    page.fill("#against", against)
    page.fill("#text", text)


def verdicts(page) -> list[str]:
    return page.eval_on_selector_all("#lines [data-verdict]", "all => all.map((line) => line.dataset.verdict)")


def test_the_question_is_judged_on_load_without_a_click(opened) -> None:
    page = judged(opened(), "wrong")
    page.wait_for_selector("#lines li:nth-child(9)")
    assert verdicts(page) == ["right", "wrong", "right", "wrong", "wrong", "right", "right", "right", "carries"]
    assert "48" in page.inner_text("#lines li:nth-child(2)")
    assert "lines 2, 4, 5" in page.inner_text("#verdict")  # so each line bears its number
    assert page.locator("#lines .line-no").all_inner_texts() == list("123456789")
    assert "307,456" in page.inner_text("#corrected") and "60,965,224" in page.inner_text("#corrected")
    page.click("#tab-ask")
    assert page.locator("#examples button").count() == 6


def test_it_is_said_that_an_answer_is_awaited(opened) -> None:
    """From the moment that Python runs until the first verdict stands there, and no longer."""
    page = opened()
    said = "() => document.querySelector('#state').textContent || document.querySelector('#verdict').dataset.verdict"
    assert page.evaluate(said)
    judged(page, "wrong")
    page.wait_for_function("() => document.querySelector('#state').textContent === ''")


def test_the_verdict_follows_the_typing(page) -> None:
    put(page, "conv2: 5*5*48*256 + 256 = 307456", "alexnet")
    judged(page, "right")
    page.press("#text", "End")
    page.press("#text", "Backspace")
    judged(page, "wrong")
    page.keyboard.type("6")
    judged(page, "right")


def test_an_edited_network_judges_anew(page) -> None:
    put(page, "conv2: 5*5*48*256 + 256 = 307456", "alexnet")
    judged(page, "right")
    page.click("#understood summary")
    described = page.input_value("#described")
    assert "conv2d(256, kernel_size=5" in described
    page.fill("#described", described.replace("conv2d(256, kernel_size=5", "conv2d(250, kernel_size=5"))
    judged(page, "wrong")


def test_every_example_is_judged(page) -> None:
    for place in range(6):
        page.locator("#examples button").nth(place).click()
        page.wait_for_timeout(700)
        page.wait_for_selector("#lines [data-verdict], #problem .error")
        assert page.locator("#problem .error").count() == 0
        assert verdicts(page), page.locator("#examples button").nth(place).inner_text()


def test_an_error_reads_as_on_the_command_line(page) -> None:
    put(page, "conv2: 5*5*48*256 + 256 = 307456", "alexnett")
    page.wait_for_selector("#problem .error")
    said = page.inner_text("#problem .error")
    assert said.startswith("error: no network or file 'alexnett'") and "alexnet" in said


def test_the_list_of_networks_can_be_searched(page) -> None:
    names = page.eval_on_selector_all("#networks option", "all => all.map((option) => option.value)")
    assert {"alexnet", "alexnet/ungrouped", "resnet50", "vgg16"} <= set(names)
    labels = page.eval_on_selector_all("#networks option", "all => all.map((option) => option.label)")
    assert any(label.startswith("vgg16: ") for label in labels)  # an alias says whose it is
    put(page, "conv1: 3*3*3*64 + 64 = 1792", "VGG configuration D")
    judged(page, "right")
    assert "vgg16" in page.inner_text("#notes")


def test_a_hostile_text_injects_nothing(page) -> None:
    hostile = '<img src=x onerror=alert(1)>: 3*3 = 9\nconv1: <script>alert(1)</script> 11*11*3*96 + 96 = 34945\n"><svg onload=alert(1)>'
    put(page, hostile, "alexnet")
    page.wait_for_timeout(QUIET // 4)
    page.fill("#against", '"><img src=x onerror=alert(1)>')
    page.wait_for_selector("#problem .error")
    assert page.locator("main img, main script, #ask svg").count() == 0


def test_a_mark_explains_itself_to_mouse_finger_and_keyboard(page) -> None:
    put(page, "conv2: 5*5*96*256 + 256 = 614656", "alexnet")
    judged(page, "wrong")
    mark = page.locator("#lines .mark").first
    tip = mark.locator(".tip")
    page.mouse.move(0, 0)
    assert not tip.is_visible()
    mark.hover()
    assert tip.is_visible() and "48" in tip.inner_text()
    page.mouse.move(0, 0)
    mark.focus()
    page.keyboard.press("Enter")
    assert mark.get_attribute("aria-expanded") == "true" and tip.is_visible()
    page.keyboard.press("Escape")
    assert mark.get_attribute("aria-expanded") == "false"
