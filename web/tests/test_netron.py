"""What docs/comparison.md says of Netron is what Netron shows: its own page of one node, in the same browser."""

from __future__ import annotations

import re
import socket

import pytest
from playwright.sync_api import expect

from conftest import HERE


@pytest.fixture
def first_two(tmp_path):
    """The layers of that page as an ONNX file."""
    onnx = pytest.importorskip("onnx")
    make, kind = onnx.helper, onnx.TensorProto.FLOAT
    shapes = {
        "0.weight": (96, 3, 11, 11), "0.bias": (96,), "2.weight": (256, 48, 5, 5), "2.bias": (256,),
        "4.weight": (10, 57600), "4.bias": (10,),
    }  # fmt: skip
    kept = [make.make_tensor(name, kind, shape, bytes(4 * _product(shape)), raw=True) for name, shape in shapes.items()]
    sizes = {"dilations": [1, 1], "group": 1, "kernel_shape": [11, 11], "pads": [2] * 4, "strides": [4, 4]}
    grouped = {**sizes, "group": 2, "kernel_shape": [5, 5], "strides": [1, 1]}
    nodes = [
        make.make_node("Conv", ["image", "0.weight", "0.bias"], ["/0/Conv_output_0"], "/0/Conv", **sizes),
        make.make_node("Relu", ["/0/Conv_output_0"], ["/1/Relu_output_0"], "/1/Relu"),
        make.make_node("Conv", ["/1/Relu_output_0", "2.weight", "2.bias"], ["/2/Conv_output_0"], "/2/Conv", **grouped),
        make.make_node("Flatten", ["/2/Conv_output_0"], ["/3/Flatten_output_0"], "/3/Flatten"),
        make.make_node("Gemm", ["/3/Flatten_output_0", "4.weight", "4.bias"], ["prob"], "/4/Gemm", transB=1),
    ]
    values = [
        make.make_tensor_value_info(name, kind, shape) for name, shape in (("image", [1, 3, 64, 64]), ("prob", [1, 10]))
    ]
    path = tmp_path / "first-two.onnx"
    graph = make.make_graph(nodes, "first-two", values[:1], values[1:], kept)
    onnx.save(make.make_model(graph, opset_imports=[make.make_opsetid("", 17)]), path)
    return path


def _product(shape) -> int:
    result = 1
    for size in shape:
        result *= size
    return result


def test_netron_shows_attributes_and_counts_nothing(browser, first_two) -> None:
    netron = pytest.importorskip("netron")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    netron.start(str(first_two), ("127.0.0.1", port), browse=False)
    context = browser.new_context(viewport={"width": 1200, "height": 900})
    try:
        page = context.new_page()
        page.route("**/*", lambda route: route.continue_() if "127.0.0.1" in route.request.url else route.abort())
        page.goto(f"http://127.0.0.1:{port}/")
        page.get_by_role("button", name="Accept").click()  # of cookies
        node = page.locator("svg g.node", has_text="Conv").nth(1)
        expect(node).to_contain_text("256×48×5×5")
        expect(node.locator("path").first).to_have_attribute("d", re.compile("."))  # it has been laid out
        node.locator("path").first.click(force=True)
        sidebar = page.locator(".sidebar").first
        expect(sidebar).to_contain_text("OUTPUTS", ignore_case=True)
        page.wait_for_timeout(500)
        fields = sidebar.locator("input")
        said = " ".join([sidebar.inner_text(), *[fields.nth(place).input_value() for place in range(fields.count())]])
    finally:
        context.close()
        netron.stop(("127.0.0.1", port))
    block = (
        (HERE.parents[1] / "docs" / "comparison.md")
        .read_text(encoding="utf-8")
        .partition("<!-- netron -->")[2]
        .split("```")[1]
    )
    quoted = re.findall(
        r"[/\w.]+_output_0|/2/Conv|ai\.onnx|2\.\w+|\d+(?:, \d+)+|[a-z]+_shape|dilations|strides|pads|group", block
    )
    assert len(quoted) >= 12
    assert [word for word in quoted if word not in said] == []
    assert not re.search(r"307[,.]?456|69[,.]?120[,.]?000|69\.1|307\.?5?\s?K", said)
