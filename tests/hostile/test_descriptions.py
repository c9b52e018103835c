"""Descriptions of wrong types, forged evidence and loops out of proportion: one line each, in steps that are counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from netledger.cli import main
from netledger.errors import DataError, LimitError, NotationError
from netledger.ledger import keep_books
from netledger.notation import from_json_text, parse
from netledger.notation.fields import LAYER, NETWORK, TENSOR
from netledger.unknown import least
from tests.fuzz_files.wrong_types import WRONG
from tests.watching import watched

LINEAR = {"path": "x", "kind": "linear", "attributes": {"out_features": 3, "in_features": 3}}
WEIGHT = {"name": "x.weight", "role": "weight", "shape": [3, 3]}


def _document(network: dict[str, Any], layer: dict[str, Any], tensor: dict[str, Any] | None) -> str:
    tensors = {} if tensor is None else {"tensors": [{**WEIGHT, **tensor}]}
    layers = [{**LINEAR, **tensors, **layer}]
    return json.dumps({"schema": "netledger.network/1", "name": "n", "layers": layers, **network})


CASES = [
    *[((name, value), _document({name: value}, {}, None)) for name in NETWORK for value in WRONG],
    *[((name, value), _document({}, {name: value}, None)) for name in LAYER for value in WRONG],
    *[((name, value), _document({}, {}, {name: value})) for name in TENSOR for value in WRONG],
]


def test_every_field_with_every_wrong_value_is_refused_or_means_what_it_says() -> None:
    refused: list[str] = []
    for what, text in CASES:
        try:
            totals = keep_books(from_json_text(text)).totals.as_dict()
        except DataError as error:
            refused.append(str(error))
            continue
        assert all(least(count) >= 0 for count in totals.values()), what
    assert len(refused) > len(CASES) / 2
    assert not [line for line in refused if not line or "\n" in line]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (_document({}, {"unknown": 5}, None), "'unknown' is the reason why"),
        (_document({}, {}, {"nbytes": -7}), "'nbytes' is a count"),
        (_document({}, {}, {"shape": [-3, 3]}), "'shape' is a list"),
        (_document({"meta": {"stored_values": ["model.safetensors", 12]}}, {}, None), "evidence of a file"),
        (_document({}, {"meta": {"used": False}, "inputs": ["y"]}, None), "said to be unused but reads"),
        (_document({}, {"input_shapes": [[True, -5]]}, None), "'input_shapes' is a list"),
        ('{"schema": "netledger.network/1", "schema": "x"}', "stands twice"),
        ('{"schema": "netledger.network/1", "name": "\\ud800", "layers": []}', "half a character"),
        ('{"architecture": [{"type": "parameter", "shape": 5}]}', "is no number and no list"),
    ],
)
def test_what_was_believed_is_refused(text: str, line: str) -> None:
    with pytest.raises(NotationError, match=line):
        from_json_text(text)


@pytest.mark.parametrize(
    "text",
    [
        "x = linear({'a': 1}, in_features=3)",
        "x = linear(3, in_features=3, dtype=5)",
        "x = linear(3, in_features=3, meta=5)",
        "x = linear(3, in_features=3, tensors=5)",
        "x = linear(3, in_features=3, tensors=[('a', 'weight', (-3, 3))])",
        "x = linear(3, in_features=3, unknown='why')",
        "x = linear(3, in_features=3, share=5)",
        "x = linear(3, in_features=3, attributes=5)",
        "network(notes=5)",
        "network(batched='yes')",
        "network(stored_values=('model.safetensors', 12))",
        "network(outputs=5)",
        "x = linear(0x, in_features=1is)",
    ],
)
def test_a_description_of_wrong_types_is_told_its_line(
    text: str, tmp_path: Path, capfd: pytest.CaptureFixture[str], recwarn: pytest.WarningsRecorder
) -> None:
    (tmp_path / "a.net").write_text(text)
    assert main(["show", str(tmp_path / "a.net")]) == 65
    assert capfd.readouterr().err.splitlines()[0].startswith(f"error: {tmp_path}/a.net: line 1, column")
    assert not recwarn.list


@pytest.mark.parametrize("text", ["x = linear(\n", "x = 'abc", "x = 3 3", "for", "x = (1]", "é = $"])
def test_no_file_is_opened_to_show_the_line_of_a_text_that_is_no_description(text: str) -> None:
    with pytest.raises(NotationError):
        parse(text)  # imports what an error needs
    with watched() as seen, pytest.raises(NotationError):
        parse(text)
    assert [subject for event, subject in seen if event == "open"] == []


@pytest.mark.parametrize("body", ["relu()", "h = linear(4)", "y = h", "x = input(3)\n    if i > 3:\n        relu()"])
@pytest.mark.parametrize("loops", [1, 3])
def test_a_loop_costs_no_more_steps_than_its_text_pays_for(body: str, loops: int) -> None:
    head = "h = input(4)\n"
    with pytest.raises(NotationError, match="too many for a text so short"):
        parse(head + f"for i in range(99999):\n    {body}\n" * loops)
    few = parse(head + "for i in range(1000):\n    relu()\n")
    assert len(few) == 1001


def test_repeats_of_an_architecture_cost_no_more_than_their_entries_pay_for() -> None:
    nothing: list[Any] = []
    for _ in range(4):
        nothing = [{"type": "repeat", "times": 100_000, "layers": nothing}]
    for entries in (nothing, [{"type": "repeat", "times": 99_999, "layers": [{"type": "flatten"}]}]):
        with pytest.raises(LimitError, match="too many for its entries"):
            from_json_text(json.dumps({"architecture": entries}))
