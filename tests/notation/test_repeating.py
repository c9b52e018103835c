"""A turn of a loop that is made from another is what reading it would have made."""

from __future__ import annotations

import json
import pickle
import re
import sys
from pathlib import Path

import pytest

from netledger.catalogue.family import family_network, family_text, model_types
from netledger.catalogue.model_entries import entry_of, values_of
from netledger.cli import main
from netledger.errors import NetledgerError
from netledger.ledger import keep_books
from netledger.network import Layer, Network
from netledger.notation import expand, reading
from netledger.notation.family.sizes import Sizes

DEEP = ("num_hidden_layers", "n_layer", "n_layers", "num_layers", "encoder_layers", "decoder_layers")

WITHOUT_DEFAULTS = {
    "dots1": {"n_routed_experts": 4, "num_experts_per_tok": 2},  # transformers' class has no default that can be built
    "zamba2": {"layers_block_type": ("linear_attention", "hybrid", *["linear_attention"] * 5, "hybrid", "hybrid")},
    "nemotron_nas": {"block_configs": 9 * ({"attention": {"n_heads_in_group": 8}, "ffn": {"ffn_mult": 2.625}},)},
    "nemotron_h": {"layers_block_type": ("mamba", "mlp", "attention") * 3},
    "aria": {
        "vision_config": {"image_size": 490, "patch_size": 14}
    },  # by default a picture of patches that no queries read
    "aya_vision": {"vision_config": {}},  # a width that does not divide into its heads
    "granite_speech": {"projector_config": {"encoder_hidden_size": 1024}},  # 1408 by default, which no encoder gives
    "vision_encoder_decoder": {"encoder": {"model_type": "vit"}, "decoder": {"model_type": "trocr"}},
    "speech_encoder_decoder": {"encoder": {"model_type": "wav2vec2"}, "decoder": {"model_type": "mbart"}},
    "encoder_decoder": {"encoder": {"model_type": "bert"}, "decoder": {"model_type": "bert"}},
    "esm": {"vocab_size": 33},  # no default: its class has no number of words
    "informer": {"prediction_length": 24},  # no default
    "time_series_transformer": {"prediction_length": 24},
    "gemma3n_text": {"num_kv_shared_layers": 4},  # 15 by default, which is more than nine layers
}
"""What a family needs beside a depth."""


def both(monkeypatch: pytest.MonkeyPatch, model_type: str, values: dict[str, object]) -> None:
    fast, _ = family_network(model_type, values, "m")
    shown = keep_books(fast).render()  # of layers that are kept as a run, where there are any
    monkeypatch.setattr(reading, "_FEW", 10**6)
    slow, _ = family_network(model_type, values, "m")
    assert slow.rolled is None
    assert fast.layers == slow.layers
    assert keep_books(slow).render() == shown
    assert keep_books(slow).entries == keep_books(fast).entries


@pytest.mark.parametrize("model_type", model_types())
def test_every_family(monkeypatch: pytest.MonkeyPatch, model_type: str) -> None:
    text = family_text(model_type)
    deep = {key: 9 for key in DEEP if f'"{key}"' in text and model_type != "albert"}
    named = re.search(r'"(\w+)": "(?:causal|conditional|masked)"', text)
    head = {"architectures": (named[1],)} if named else {}
    both(monkeypatch, model_type, deep | head | WITHOUT_DEFAULTS.get(model_type, {}))


@pytest.mark.parametrize(
    "name", ["efficientnet_b1", "densenet121", "mobilenet", "convnext_tiny", "yolov3", "resnext50_32x4d"]
)
def test_networks(monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    own, values = values_of(name, entry_of(name) or "")
    both(monkeypatch, own["family"], values)


@pytest.mark.parametrize(
    "body",
    [
        "    x = linear(x, width, name=f'block.{i}.fc')\n    width = 5 if i == 2 else width",  # a value carried into the next turn
        "    wide = i == 4\n    x = linear(x, 9 if wide else 4, name=f'block.{i}.fc')",
        "    y = linear(x, 4, name=f'block.{i}.a')\n    x = add(x, y, name=f'block.{i}.sum')",
        "    x = linear(x, i + 1, name=f'block.{i}.fc')",
        "    if i % 2 == 0:\n        x = linear(x, 4, name=f'block.{i}.even')\n    else:\n        x = relu(x, name=f'block.{i}.odd')",
        "    before = x\n    x = linear(before, 4, name=f'block.{i}.fc')\n    kept = x",
        "    z = linear(start, 4, name=f'block.{i}.fc')",
        "    a, b = split(x, [2, 2], dim=-1, name=f'block.{i}.halves')\n    x = concat(b, a, dim=-1, name=f'block.{i}.cat')",
    ],
)
def test_bodies(monkeypatch: pytest.MonkeyPatch, body: str) -> None:
    text = f"width = size('w', 4)\nname = ''\nstart = input(4)\nx = start\nfor i in range(8):\n{body}\nlast = relu(x, name='last')"
    fast = expand(text, Sizes({}), "m")
    monkeypatch.setattr(reading, "_FEW", 10**6)
    assert fast.layers == expand(text, Sizes({}), "m").layers


LOOP = "start = input(4)\nx = start\nfor i in range({turns}):\n{body}\nlast = linear(x, 3, name='last')"


def looped(body: str, turns: int = 1000, **values: object) -> Network:
    return expand(LOOP.format(turns=turns, body=body), Sizes(values), "m")


def test_turns_that_are_alike_are_kept_once() -> None:
    network = looped("    here = f'blocks.{i}'\n    x = linear(x, 4, name=f'{here}.fc')")
    assert network.rolled is not None
    assert len(network.rolled.parts) < 10
    ledger = keep_books(network)
    assert ledger.totals.parameters == 1000 * (4 * 4 + 4) + 4 * 3 + 3
    assert ledger.rolled is not None
    assert "blocks.0–999.fc" in ledger.render()
    assert ledger.rolled is not None
    assert [layer.path for layer in network.layers[1:-1]] == [f"blocks.{i}.fc" for i in range(1000)]
    assert [layer.inputs for layer in network.layers[500:502]] == [("blocks.498.fc",), ("blocks.499.fc",)]
    assert len(ledger.entries) == 1002


@pytest.mark.parametrize(
    ("body", "parameters", "row"),
    [
        ("    if i == 500:\n        x = linear(x, 4, False, name=f'b.{i}.fc')\n    else:\n        x = linear(x, 4, name=f'b.{i}.fc')", 19_996, "b.501–999.fc"),
        ("    x = linear(x, 4, i != 500, name=f'b.{i}.fc')", 19_996, "b.501–999.fc"),
        ("    here = f'b.{i}'\n    odd = here == 'b.500'\n    x = linear(x, 4, not odd, name=f'{here}.fc')", 19_996, "b.501–999.fc"),
        ("    x = linear(x, 5 if i == 499 else 4, name=f'b.{i}.fc')", 20_009, "b.501–999.fc"),  # + 4 + 1, and 4 the next
        ("    here = f'b.{i}'\n    x = linear(x, 4, name=f'{here}.fc')\n    x = linear(x, 4, name='one') if i == 500 else x", None, ""),
    ],
)  # fmt: skip
def test_one_of_a_thousand_that_deviates(body: str, parameters: int | None, row: str) -> None:
    if parameters is None:
        with pytest.raises(NetledgerError):
            looped(body)
        return
    ledger = keep_books(looped(body))
    assert ledger.totals.parameters == parameters + 4 * 3 + 3
    assert row in ledger.render()


def test_a_list_of_sorts_with_one_that_deviates() -> None:
    body = "    x = linear(x, 4, sorts[i] == 'wide', name=f'b.{i}.fc')"
    sorts = tuple(["wide"] * 700 + ["thin"] + ["wide"] * 299)
    text = 'sorts = option("sorts")\n' + LOOP.format(turns=1000, body=body)
    network = expand(text, Sizes({"sorts": sorts}), "m")
    assert network.rolled is not None
    assert len(network.rolled.parts) < 20
    assert keep_books(network).totals.parameters == 1000 * 20 - 4 + 15
    assert [network[f"b.{i}.fc"].attributes.get("bias", True) for i in (699, 700, 701)] == [True, False, True]


@pytest.mark.parametrize(
    "after",
    [
        "again = linear(x, 4, name='b.500.fc')",  # a name that a turn has
        "for j in range(490, 500):\n    x = linear(x, 4, name=f'b.{j}.fc')",
    ],
)
def test_the_names_of_turns_are_taken(after: str) -> None:
    with pytest.raises(NetledgerError, match="stands above already"):
        expand(LOOP.format(turns=1000, body="    x = linear(x, 4, name=f'b.{i}.fc')") + "\n" + after, Sizes({}), "m")


def test_a_name_around_the_loop_like_one_of_its_turns(monkeypatch: pytest.MonkeyPatch) -> None:
    text = "start = input(4)\nfirst = linear(start, 4, name='b.1.first')\nx = start\nfor i in range(9):\n    x = add(x, first, name=f'b.{i}.sum')"
    fast = expand(text, Sizes({}), "m")
    monkeypatch.setattr(reading, "_FEW", 10**6)
    assert fast.layers == expand(text, Sizes({}), "m").layers
    assert [layer.inputs[1] for layer in fast.layers[2:]] == ["b.1.first"] * 9


def test_another_name_below_a_turn_is_free() -> None:
    more = "\nagain = linear(x, 4, name='b.500.more')\nand_so = linear(x, 4, name='b.1000.fc')"
    network = expand(LOOP.format(turns=1000, body="    x = linear(x, 4, name=f'b.{i}.fc')") + more, Sizes({}), "m")
    assert len(network.layers) == 1004


def test_a_matrix_of_a_turn_that_another_layer_uses() -> None:
    text = LOOP.format(turns=1000, body="    x = linear(x, 4, name=f'b.{i}.fc')")
    ledger = keep_books(expand(text + "\ntied = linear(start, 4, name='tied', share='b.700.fc')", Sizes({}), "m"))
    assert ledger.totals.parameters == 1000 * 20 + 15
    assert ledger["tied"].tied_to == "b.700.fc"


def test_what_is_kept_once_is_a_network_as_any_other() -> None:
    body = "    x = linear(x, 4, name=f'b.{i}.fc')"
    renamed = looped(body).replace(name="other")
    assert renamed.rolled is not None
    assert renamed.replace(name="m") == looped(body)
    assert pickle.loads(pickle.dumps(renamed)) == renamed
    longer = looped(body).replace(layers=(*looped(body).layers, Layer("more", "relu", {}, ("last",))))
    assert keep_books(longer).totals.parameters == 20_015
    assert len(looped(body).with_input((4,))) == 1002


def steps_of(path: Path) -> int:
    """How many calls ``show`` makes."""
    count = 0

    def called(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    main(["show", str(path)])  # what is imported and kept once
    sys.setprofile(called)
    try:
        main(["show", str(path)])
    finally:
        sys.setprofile(None)
    return count


LLAMA = {"model_type": "llama", "architectures": ["LlamaForCausalLM"]}
QWEN = {"model_type": "qwen2", "architectures": ["Qwen2ForCausalLM"]}


@pytest.mark.parametrize(("config", "each"), [(LLAMA, 0.1), (QWEN, 40)])  # Qwen's blocks ask whether they slide
def test_depth_costs_nothing(config: dict[str, object], each: float, tmp_path: Path) -> None:
    steps = []
    for layers in (500, 5000):
        path = tmp_path / str(layers) / "config.json"
        path.parent.mkdir()
        path.write_text(json.dumps({**config, "num_hidden_layers": layers}))
        steps.append(steps_of(path))
    assert steps[1] - steps[0] < each * 4500, steps  # read and booked one by one: above a thousand a block
