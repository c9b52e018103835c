"""Open, compare, memory: files of any size at the cost of their header; the table sorts, filters and folds."""

from __future__ import annotations

import base64
import io
import json
import struct

import pytest
from playwright.sync_api import expect

from conftest import HERE, READY, Watched
from netledger.catalogue import text_of

GIGABYTES = 5_000_000_000


def table(page, name: str):
    expect(page.locator("#open-result h1")).to_contain_text(name)
    return page.locator("#open-result table.nl[data-ledger]")


def sparse(path, rows: int):
    """A safetensors file that is all hole behind its header."""
    header = json.dumps(
        {"fc.weight": {"dtype": "F32", "shape": [rows, 1000], "data_offsets": [0, rows * 4000]}}
    ).encode()
    with path.open("wb") as file:
        file.write(struct.pack("<Q", len(header)) + header)
        file.truncate(8 + len(header) + rows * 4000)
    return path


@pytest.mark.parametrize("size", [GIGABYTES, 20 * GIGABYTES])
def test_a_file_of_five_gigabytes_opens_at_the_cost_of_its_header(page, tmp_path, size: int) -> None:
    file = sparse(tmp_path / "big.safetensors", size // 4000)
    page.click("#tab-open")
    page.set_input_files("[data-picker=open-file]", str(file))
    expect(page.locator("#open-totals")).to_contain_text(f"{size // 4:,}")
    assert "only the header is read" in page.inner_text("#open .held")


def onnx_file() -> bytes:
    onnx = pytest.importorskip("onnx")
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    kept = [
        make.make_tensor(name, kind, shape, bytes(4 * size), raw=True)
        for name, shape, size in (("w", (4, 3, 3, 3), 108), ("b", (4,), 4))
    ]
    node = make.make_node("Conv", ["image", "w", "b"], ["made"], "conv")
    image, made = (
        make.make_tensor_value_info("image", kind, [1, 3, 8, 8]),
        make.make_tensor_value_info("made", kind, [1, 4, 6, 6]),
    )
    graph = make.make_graph([node], "small", [image], [made], kept)
    return make.make_model(graph, opset_imports=[make.make_opsetid("", 17)]).SerializeToString()


def checkpoint() -> bytes:
    torch = pytest.importorskip("torch")
    file = io.BytesIO()
    torch.save({"fc.weight": torch.zeros(10, 784), "fc.bias": torch.zeros(10)}, file)
    return file.getvalue()


def gguf_file() -> bytes:
    gguf, numpy = pytest.importorskip("gguf"), pytest.importorskip("numpy")
    import tempfile
    from pathlib import Path

    path = Path(tempfile.mkdtemp()) / "small.gguf"
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_tensor("token_embd.weight", numpy.zeros((100, 16), numpy.float32))
    for write in (
        writer.write_header_to_file,
        writer.write_kv_data_to_file,
        writer.write_tensors_to_file,
        writer.close,
    ):
        write()
    return path.read_bytes()


def safetensors_file() -> bytes:
    header = json.dumps({"fc.weight": {"dtype": "F16", "shape": [10, 784], "data_offsets": [0, 15_680]}}).encode()
    return struct.pack("<Q", len(header)) + header + bytes(15_680)


GPT2 = {"model_type": "gpt2", "n_layer": 12, "n_head": 12, "n_embd": 768, "vocab_size": 50257, "n_positions": 1024}
CAFFE = HERE.parents[1] / "tests/data/networks/caffe/bvlc_alexnet-deploy.prototxt"
DROPPED = {
    "small.onnx": (onnx_file, "112"),  # 4·3·3·3 + 4
    "net.pt": (checkpoint, "7,850"),  # 784·10 + 10
    "small.gguf": (gguf_file, "1,600"),
    "half.safetensors": (safetensors_file, "7,840"),
    "config.json": (lambda: json.dumps(GPT2).encode(), "124,439,808"),  # as published
    "deploy.prototxt": (CAFFE.read_bytes, "60,965,224"),  # the sum that the paper's layers make
}


@pytest.mark.parametrize("name", DROPPED)
def test_a_dropped_file_of_each_format_opens(page, name: str) -> None:
    make, parameters = DROPPED[name]
    page.click("#tab-open")
    page.evaluate(
        """([name, text]) => {
            const bytes = Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
            const dropped = new DataTransfer();
            dropped.items.add(new File([bytes], name));
            document.querySelector('[data-source=open]').dispatchEvent(
                new DragEvent('drop', { dataTransfer: dropped, bubbles: true, cancelable: true }));
        }""",
        [name, base64.b64encode(make()).decode()],
    )
    expect(page.locator("#open-totals")).to_contain_text(f"parameters: {parameters}")


def test_a_folder_opens_by_what_is_in_it(page, tmp_path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net" / "readme.txt").write_text("nothing")
    (tmp_path / "net" / "mine.net").write_text(text_of("lenet5"))
    page.click("#tab-open")
    page.set_input_files("[data-picker=open-folder]", str(tmp_path / "net"))
    expect(page.locator("#open-totals")).to_contain_text("61,706")


def test_the_table_sorts_filters_and_folds(page) -> None:
    page.click("#tab-open")
    page.fill("#source-open", "resnet18")
    shown = table(page, "resnet18")
    shown.locator("th[data-name=parameters] button").click()
    first = shown.locator("tbody tr").first
    assert first.get_attribute("data-path") == "layer4.0.conv2"
    assert "sort=-parameters" in page.url
    shown.locator("th[data-name=parameters] button").click()
    shown.locator("th[data-name=parameters] button").click()
    page.fill("#open-result .nl-tools input", "layer4 conv2d")
    assert "5 rows, 8,388,608 parameters" in page.inner_text("#open-result .nl-tools")
    page.fill("#open-result .nl-tools input", "")
    fold = shown.locator("tr.group input").first
    inside = shown.locator("tr.level1").first
    assert inside.is_visible()
    fold.uncheck()
    assert not inside.is_visible()
    assert (
        shown.locator("tbody tr[data-path='conv1'] td[data-value='9408']").last.get_attribute("title")
        == "(7·7)·3·64 = 9,408"
    )


def test_pictures_of_parameters_macs_and_bytes(page) -> None:
    page.click("#tab-open")
    page.fill("#source-open", "alexnet")
    table(page, "alexnet")
    expect(page.locator("#open-totals")).to_contain_text("243.9 MB")
    for quantity, said in (("macs", "conv2: 223,948,800 (30.9%)"), ("bytes", "fc6: 151,011,328 (61.9%)")):
        page.select_option("#open-quantity", quantity)
        expect(page.locator("#open-result svg title", has_text=said)).to_have_count(1)
    page.select_option("#open-chart", "treemap")
    page.wait_for_selector("#open-result svg[viewBox='0 0 960 480']")
    page.locator("#open-result svg g[data-path=fc6] rect").click()
    assert page.input_value("#open-result .nl-tools input") == "fc6"


def test_every_tab_offers_examples(page) -> None:
    """A click shows what a link with the same state shows."""
    for tab, name, place, said in (
        ("open", "GPT-2", "#open-totals", "124,439,808"),  # as published
        ("open", "one convolution", "#open-totals", "614,656"),  # 5·5·96·256 + 256
        ("compare", "AlexNet with and without groups", "#compare-result", "groups 2 → 1"),
        ("memory", "AlexNet in training", "#memory-result", "243,860,896"),  # 4 · 60,965,224
    ):
        page.click(f"#tab-{tab}")
        page.click(f"#{tab} .examples button:has-text('{name}')")
        expect(page.locator(place)).to_contain_text(said)
    assert "m-purpose=training" in page.url and "network=conv2d" in page.url


def test_two_are_compared(page) -> None:
    page.click("#tab-compare")
    page.fill("#source-left", "alexnet")
    page.fill("#source-right", "alexnet/ungrouped")
    page.wait_for_selector("#compare-result table")
    assert "+307,200" in page.inner_text("#compare-result") and "groups 2 → 1" in page.inner_text("#compare-result")


def test_memory_slides(page) -> None:
    page.click("#tab-memory")
    page.fill("#source-memory", "alexnet")
    page.wait_for_selector("#memory-result dl")
    one = page.inner_text("#memory-total")
    page.fill("#memory-batch", "7")
    expect(page.locator("#memory-batch-said")).to_have_text("128")
    expect(page.locator("#memory-result p").first).to_contain_text("at batch 128")
    assert page.inner_text("#memory-total") != one and "243,860,896" in page.inner_text("#memory-result")
    page.select_option("#memory-dtype", "float16")
    expect(page.locator("#memory-result")).to_contain_text("121,930,448")
    expect(page.locator("#memory-command code")).to_contain_text("--memory inference --batch 128 --dtype float16")
    expect(page.locator("#memory-cache")).to_be_hidden()


def test_memory_of_a_model_is_what_the_command_line_says(page) -> None:
    page.click("#tab-memory")
    page.fill("#source-memory", "gpt2")
    expect(page.locator("#memory-cache")).to_be_visible()
    page.fill("#memory-batch", "0")
    page.select_option("#memory-dtype", "")
    page.fill("#memory-context", "4")
    cache = 12 * 1024 * (768 + 768) * 2  # layers, positions, keys and values, bytes
    expect(page.locator("#memory-total")).to_contain_text(f"{2 * 124_439_808 + cache:,}")
    page.select_option("#memory-cache", "f32")
    expect(page.locator("#memory-total")).to_contain_text(f"{2 * 124_439_808 + 2 * cache:,}")
    expect(page.locator("#memory-command code")).to_contain_text(
        "netledger memory gpt2 --for inference --context 1024 --batch 1 --weights as-stored --cache f32"
    )


def test_a_hostile_file_injects_nothing(page, tmp_path) -> None:
    bad = "<img src=x onerror=alert(1)>"
    header = json.dumps({f"{bad}.weight": {"dtype": "F32", "shape": [2, 2], "data_offsets": [0, 16]}}).encode()
    file = tmp_path / f"{'<b>x'}.safetensors"
    file.write_bytes(struct.pack("<Q", len(header)) + header + bytes(16))
    page.click("#tab-open")
    page.set_input_files("[data-picker=open-file]", str(file))
    expect(page.locator("#open-result")).to_contain_text("onerror")
    assert page.locator("#open img, #open script, #open-result b, #open .held b").count() == 0


def test_a_broken_file_says_so_as_on_the_command_line(page, tmp_path) -> None:
    file = tmp_path / "cut.safetensors"
    file.write_bytes(struct.pack("<Q", 4_000) + b"{")
    page.click("#tab-open")
    page.set_input_files("[data-picker=open-file]", str(file))
    page.wait_for_selector("#open-result .error")
    assert page.inner_text("#open-result .error").startswith("error: ") and "cut.safetensors" in page.inner_text(
        "#open-result .error"
    )


def test_what_ends_python_is_answered_and_python_starts_anew(browser, address) -> None:
    """A chain so long that the parser runs out of the browser's stack: one answer, and the next question is answered."""
    watched = Watched(browser, address)
    page = watched.go("#tab=open&network=lenet5")
    expect(page.locator("#open-totals")).to_contain_text("61,706")
    page.fill("#source-open", "input(" + "1+" * 20_000 + "1)")
    expect(page.locator("#open-result .error")).to_contain_text("nested too deeply")
    page.fill("#source-open", "alexnet")
    expect(page.locator("#open-totals")).to_contain_text("60,965,224", timeout=READY)
    assert any("fatal" in said for said in watched.wrong)  # Pyodide says so itself
    watched.wrong.clear()
    watched.check()
    watched.context.close()
