"""One class of registry: what is built in, what registers itself, what installed packages offer; one owner a name.

The packages here are real distributions (a module, its ``dist-info`` with entry points) on the path of a fresh process.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from netledger.errors import NotFoundError, UsageError
from netledger.registry import Table, place_of
from tests.support import process_environment

RULE = """
from netledger.formula import ZERO, symbol
from netledger.layers import Call, Effect, Slot, rule

@rule("acme_gain", role="activation", by_map=True, keeps="inputs")
def gain(call: Call, width: int) -> Effect:
    return Effect((call.input,), weights=symbol("width", width), slots=(Slot("weight", "weight", (width,)),))
"""
MAKER = """
from netledger.execute.operations import operation

@operation("acme_gain")
def gain(making):
    return lambda layer, x: x * layer.weight
"""
FAMILY = '''
FAMILY = """
width = size("hidden_size", 8)
head = architecture({"AcmeForCausalLM": "causal"})
ids = input(4, dtype="int64")
wte = embedding(size("vocab_size"), width)
up = linear(4 * width)
"""
'''
POINTS = {
    "netledger.layers": "acme_gain = acme_rule",
    "netledger.makers": "acme_gain = acme_maker",
    "netledger.families": "acme = acme_family:FAMILY",
}


def install(folder: Path, points: dict[str, str], name: str = "acme", **modules: str) -> Path:
    """A distribution as pip lays one out."""
    info = folder / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    for module, text in modules.items():
        (folder / f"{module}.py").write_text(text)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
    lines = [f"[{group}]\n{entries}\n" for group, entries in points.items()]
    (info / "entry_points.txt").write_text("\n".join(lines))
    return folder


def python(*arguments: str, on: Path) -> subprocess.CompletedProcess[str]:
    path = os.pathsep.join([str(on), *filter(None, [os.environ.get("PYTHONPATH")])])
    return subprocess.run(
        [sys.executable, *arguments], capture_output=True, text=True, check=False,
        env={**process_environment(), "PYTHONPATH": path, "CUDA_VISIBLE_DEVICES": ""},
    )  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Path:
    return install(tmp_path / "site", POINTS, acme_rule=RULE, acme_maker=MAKER, acme_family=FAMILY)


NET = "x = input(5)\nfc = linear(7)\ngain = acme_gain(7)\n"


def test_a_layer_of_another_package_is_counted(tmp_path: Path, site: Path) -> None:
    (tmp_path / "own.net").write_text(NET)
    done = python("-m", "netledger", "show", str(tmp_path / "own.net"), "--format", "json", on=site)
    assert done.stderr == ""
    assert json.loads(done.stdout)["totals"]["parameters"] == 5 * 7 + 7 + 7
    (tmp_path / "empty").mkdir()
    without = python("-m", "netledger", "show", str(tmp_path / "own.net"), on=tmp_path / "empty")
    assert without.returncode != 0
    assert "unknown kind 'acme_gain'" in without.stderr


def test_a_maker_of_another_package_makes_its_layer(site: Path) -> None:
    pytest.importorskip("torch")
    code = f"""if True:
        import torch
        from netledger.execute import build
        from netledger.notation import parse
        module = build(parse({NET!r}))
        with torch.no_grad():
            for p in module.parameters():
                p.fill_(2)
        print(module(torch.ones(1, 5)).tolist())"""
    done = python("-c", code, on=site)
    assert done.stdout.strip() == str([[(5 * 2.0 + 2) * 2] * 7]), done.stderr


def test_a_family_of_another_package_reads_its_configurations(tmp_path: Path, site: Path) -> None:
    config = {"model_type": "acme", "architectures": ["AcmeForCausalLM"], "hidden_size": 3, "vocab_size": 11}
    (tmp_path / "config.json").write_text(json.dumps(config))
    done = python("-m", "netledger", "show", str(tmp_path / "config.json"), "--format", "json", on=site)
    assert done.stderr == ""
    assert json.loads(done.stdout)["totals"]["parameters"] == 11 * 3 + 3 * 12 + 12


@pytest.mark.parametrize(
    ("group", "name", "code"),
    [
        ("netledger.layers", "acme_gain", "from netledger.layers import rule_for as f"),
        ("netledger.makers", "acme_gain", "from netledger.execute.operations import maker_of as f"),
        ("netledger.families", "acme", "from netledger.catalogue.family import family_text as f"),
        ("netledger.sources", "acme", "from netledger.sources import SOURCES; f = SOURCES.get"),
        ("netledger.renderers", "acme", "from netledger.renderers import renderer_for as f"),
    ],
)
def test_a_name_has_one_owner_in_every_registry(tmp_path: Path, group: str, name: str, code: str) -> None:
    if "execute" in code:
        pytest.importorskip("torch")
    site = install(tmp_path / "site", {group: f"{name} = first:THING"}, "first", first="THING = 1")
    install(site, {group: f"{name} = second:THING"}, "second", second="THING = 2")
    done = python("-c", f"{code}; f({name!r})", on=site)
    assert f"'{name}' is claimed by two plugins in {group}: first:THING and second:THING" in done.stderr
    (site / "second-1.0.dist-info" / "entry_points.txt").unlink()
    done = python("-c", f"{code}; f({name!r})", on=site)
    assert "UsageError: first:THING brings no " in done.stderr  # a number is no format, renderer, rule, maker or family


@pytest.mark.parametrize(
    ("group", "own", "code"),
    [
        ("netledger.layers", "conv2d", "from netledger.layers import rule_for as f"),
        ("netledger.families", "llama", "from netledger.catalogue.family import has_family as f"),
        ("netledger.renderers", "svg", "from netledger.renderers import renderer_for as f"),
    ],
)
def test_another_package_cannot_take_a_name_of_netledger(tmp_path: Path, group: str, own: str, code: str) -> None:
    site = install(tmp_path / "site", {group: f"{own} = first:THING"}, "first", first="THING = 1")
    done = python("-c", f"{code}; f('unheard_of')", on=site)
    assert f"UsageError: '{own}' in {group} is netledger's own; first:THING claims it too" in done.stderr
    assert python("-c", f"{code}; f({own!r})", on=site).returncode == 0  # what is built in asks nobody


def test_registering_a_name_twice_names_the_owner() -> None:
    table: Table[int] = Table("colour", {"red": "netledger.errors"}, is_one=bool)
    assert table.register("blue", 1, "paint:blue") == 1
    assert table.register("blue", 2, "paint:blue") == 2  # a module that is loaded again
    for owner in ("paint:navy", "other:blue"):
        with pytest.raises(UsageError, match=f"colour 'blue' is already in paint:blue; {owner} cannot have it too"):
            table.register("blue", 3, owner)
    with pytest.raises(UsageError, match=r"colour 'red' is already in netledger\.errors; paint:red"):
        table.register("red", 3, "paint:red")
    assert (table.find("blue"), table.find("green"), table.names()) == (2, None, ["blue", "red"])
    with pytest.raises(NotFoundError, match="unknown colour 'blu': did you mean 'blue'"):
        table.get("blu")


def test_nothing_registers_a_name_for_two_operations_of_pytorch() -> None:
    pytest.importorskip("torch")
    from netledger.sources.pytorch.rules.operations import counts
    from netledger.sources.pytorch.tracing.data_dependent import special

    for register, name in ((counts, "linear"), (special, "item")):
        with pytest.raises(UsageError, match=f"'aten::{name}' is already in "):
            register(name)(lambda *given: None)


def test_an_opcode_of_pickle_and_a_function_of_torch_have_one_owner() -> None:
    from netledger.wire.pickle.opcodes import op

    with pytest.raises(UsageError, match="the opcode 0x4b has a second owner"):
        op("K")(lambda machine: None)
    torch = pytest.importorskip("torch")
    from netledger.sources.pytorch.tracing.facade import _answers

    with pytest.raises(UsageError, match=r"is answered by \w+ already"):
        _answers(torch.Tensor.item)(lambda *given: None)


@pytest.mark.parametrize("package", ["netledger.layers", "netledger.execute.operations", "netledger.sources.onnx.ops"])
def test_the_tables_say_what_the_modules_register(package: str) -> None:
    """Every name's module has it, and no module has one that its table does not name."""
    if "execute" in package:
        pytest.importorskip("torch")
    module = importlib.import_module(package)
    (table,) = [
        value for value in vars(module).values() if isinstance(value, Table) and any(f"{package}." in p for p in map(value.own.__getitem__, value.own))
    ]  # fmt: skip
    for name in table.own:
        table.get(name)
        assert (table.owner(name) or "").partition(":")[0] == table.own[name], name
    strangers = [name for name in table.names() if name not in table.own]
    assert [name for name in strangers if (table.owner(name) or "").startswith(f"{package}.")] == []


def test_place_of() -> None:
    assert place_of(Table.find) == "netledger.registry:Table.find"
