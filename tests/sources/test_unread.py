"""What is asked for and changes nothing is said: options, fields of our own JSON, entries of an architecture."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from netledger.cli import main
from netledger.errors import NotationError
from netledger.notation import from_json_text

UNHEARD = [
    (["alexnet", "--dim", "batch=3"], "--dim batch: 'alexnet' names no sizes"),
    (["gpt2", "--dim", "sequence=3"], "--dim sequence: 'gpt2' names no sizes"),
    (["family:llama", "--dim", "n=3"], "--dim n: 'family:llama' names no sizes"),
    (["x = input(3, 8, 8)\ny = relu()", "--dim", "n=3"], "--dim n: 'description' names no sizes"),
    (["gpt2", "--set", "n_layers=3"], "did you mean 'n_layer'? it has add_cross_attention"),
    (["family:llama", "--set", "depth=3"], "has no size 'depth': it has architectures, attention_bias"),
    (["alexnet", "--input", "picture=3x8x8"], "no input 'picture'"),
]


@pytest.mark.parametrize(("words", "said"), UNHEARD, ids=[" ".join(words)[:40] for words, _ in UNHEARD])
def test_an_option_that_nothing_hears(words: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", *words]) in (2, 66)
    assert said in capsys.readouterr().err


def test_a_field_that_is_nearly_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    entries = [{"type": "conv2d", "in": 3, "out": 8, "kernel": 3, "bais": False}]
    file = tmp_path / "net.json"
    file.write_text(json.dumps({"architecture": entries}))
    assert main(["show", str(file)]) == 65
    assert "a conv2d has no 'bais': did you mean 'bias'?" in capsys.readouterr().err
    own = {"schema": "netledger.network/1", "name": "n", "layers": [{"path": "a", "kind": "relu", "atributes": {}}]}
    with pytest.raises(NotationError, match="has no field 'atributes': did you mean 'attributes'"):
        from_json_text(json.dumps(own))


def test_other_fields_of_an_entry_are_named() -> None:
    entries = [
        {"type": "linear", "name": "fc", "in": 3, "out": 4, "activation": "relu", "comment": "last"},
        {"type": "repeat", "times": 2, "colour": "red", "layers": [{"type": "flatten"}]},
    ]
    network = from_json_text(json.dumps({"architecture": entries}))
    said = " / ".join(network.notes)
    assert "'activation' of fc is not read" in said
    assert "'comment' of fc is not read" in said
    assert "'colour' of repeat_2 is not read" in said
