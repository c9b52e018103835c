"""Descriptions by programs: more than 10,000 blocks are read, and the steps grow with the blocks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from netledger.sources import read_file
from tests.watching import calls_of


def prototxt(n: int) -> str:
    layer = (
        'layer {{ name: "fc{0}" type: "InnerProduct" bottom: "{1}" top: "fc{0}" '
        "inner_product_param {{ num_output: 8 }} }}\n"
    )
    head = 'input: "data"\ninput_dim: 1\ninput_dim: 8\ninput_dim: 1\ninput_dim: 1\n'
    return head + "".join([layer.format(i, f"fc{i - 1}" if i else "data") for i in range(n)])


def cfg(n: int) -> str:
    return "[net]\nheight=8\nwidth=8\nchannels=3\n" + "[convolutional]\nfilters=4\nsize=1\nactivation=linear\n" * n


def keras(n: int) -> str:
    first = '{"class_name": "InputLayer", "config": {"batch_shape": [null, 8], "name": "x"}}'
    layers = [f'{{"class_name": "Dense", "config": {{"name": "fc{i}", "units": 8}}}}' for i in range(n)]
    return f'{{"class_name": "Sequential", "config": {{"name": "s", "layers": [{", ".join([first, *layers])}]}}}}'


KINDS = [(prototxt, ".prototxt"), (cfg, ".cfg"), (keras, ".json")]


@pytest.mark.parametrize(("text", "suffix"), KINDS)
def test_more_than_ten_thousand_blocks(text: Callable[[int], str], suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"long{suffix}"
    path.write_text(text(12_000))
    assert sum(layer.kind in ("linear", "conv2d") for layer in read_file(str(path)).layers) == 12_000


@pytest.mark.parametrize(("text", "suffix"), KINDS)
def test_steps_grow_with_the_blocks(text: Callable[[int], str], suffix: str, tmp_path: Path) -> None:
    found = []
    for n in (100, 1_000, 2_000, 4_000):  # the first: what is imported and looked up once
        path = tmp_path / f"{n}{suffix}"
        path.write_text(text(n))
        found.append(calls_of(read_file, str(path)))
    assert found[2] <= 2.05 * found[1]
    assert found[3] <= 2.05 * found[2]
