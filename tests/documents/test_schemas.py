"""Every JSON that netledger writes names its schema, the schema is shipped, and real outputs keep to it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import netledger
from netledger.cli import main
from tests.networks import oddities
from tests.support import NETWORKS, ROOT

PACKAGE = Path(netledger.__file__).parent
SHIPPED = [*files("netledger").joinpath("schema").iterdir(), files("netledger").joinpath("audit/audit.schema.json")]
SCHEMAS: dict[str, dict[str, Any]] = {data["$id"]: data for data in (json.loads(file.read_text()) for file in SHIPPED)}

COMMANDS = {
    "show alexnet": "netledger.ledger/1",
    "show gpt2": "netledger.ledger/1",
    "show conv2d(256,kernel_size=5,in_channels=96)": "netledger.ledger/1",
    "show alexnet --memory training --batch 8": "netledger.predicted_memory/1",
    "show alexnet --memory inference": "netledger.predicted_memory/1",
    "show gpt2 --scale n_layer=1..4": "netledger.scaling/1",
    "show alexnet vgg16 page.md strange.net": "netledger.models/1",
    "compare alexnet alexnet/torchvision": "netledger.comparison/1",
    "compare alexnet alexnet/torchvision vgg16": "netledger.comparison/1",
    "list": "netledger.catalogue/1",
    "list alexnet": "netledger.catalogue/1",
    "check alexnet --max parameters=61M --max macs=1": "netledger.check/1",
    "check alexnet --max parameters=100M": "netledger.check/1",
    "check strange.net --max macs=1": "netledger.check/1",
    "check gpt2 --max memory=1GB": "netledger.check/1",
    "check alexnet strange.net page.md --max macs=1G": "netledger.checks/1",
    "audit calculation.txt --against alexnet": "netledger.audit/2",
    "claims page.md": "netledger.claims/1",
    "claims nothing.md": "netledger.claims/1",
    "memory gpt2": "netledger.memory/1",
    "memory llama-3.1-8b --context 8192 --batch 4 --weights q4_k_m": "netledger.memory/1",
    "memory mamba-2.8b": "netledger.memory/1",
    "split alexnet --batch 8": "netledger.split/1",
    "split alexnet/one-weird-trick --scheme owt --devices 4 --batch 128": "netledger.one_weird_trick/1",
    "verify lenet5": "netledger.verification/1",
}
WITH_TORCH = ("--memory", "split ", "verify ")
PAGE = "# Sizes\n\n<!-- netledger: alexnet -->\n```\nconv2: (5*5)*96*256 + 256 = 614656\n```\n"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "page.md").write_text(PAGE)
    (tmp_path / "nothing.md").write_text("<!-- netledger: nothing -->\n60M parameters\n" + PAGE)
    (tmp_path / "calculation.txt").write_text("conv2: (5*5)*96*256 + 256 = 614656\n3*4 = 12\n")
    (tmp_path / "strange.net").write_text("x = input(3, 8, 8)\ny = Strange()\nz = conv2d(4, kernel_size=3)\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def validator(schema: str) -> jsonschema.Draft202012Validator:
    return jsonschema.Draft202012Validator(SCHEMAS[schema])


@pytest.mark.parametrize("command", COMMANDS)
def test_what_a_command_prints(command: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    if any(word in command for word in WITH_TORCH):
        pytest.importorskip("torch")
    main([*command.split(), "--format", "json"])
    printed = capsys.readouterr()
    assert printed.err == ""
    data = json.loads(printed.out)
    assert data["schema"] == COMMANDS[command]
    validator(data["schema"]).validate(data)
    for spoilt in spoilt_ones(data):
        assert not validator(COMMANDS[command]).is_valid(spoilt), spoilt


def spoilt_ones(data: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Every member of the outermost object left out, of another type, and one too many."""
    for name in data:
        if name in SCHEMAS[data["schema"]]["required"]:
            yield {key: value for key, value in data.items() if key != name}
        yield {**data, name: {"of": ["another type"]} if not isinstance(data[name], dict) else 1.5}
    yield {**data, "not_in_the_schema": 1}


def test_one_layer_explained() -> None:
    data = json.loads(netledger.count("alexnet")["conv2"].render("json"))
    validator("netledger.document/1").validate(data)
    assert data["schema"] == "netledger.document/1"
    assert not validator("netledger.document/1").is_valid({**data, "blocks": [{"unheard": "of"}]})


def test_scores() -> None:
    pytest.importorskip("torch")
    from netledger.documents.verify import scores_document
    from netledger.train.evaluation import Score

    document = scores_document("checkpoint.pt", [Score(0.5, 0.75, 1.25, 4, 1, 10)])
    assert document.data is not None
    validator("netledger.scores/1").validate(document.data())


def test_networks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from netledger.notation import to_json

    found = [netledger.read(name) for name in ("alexnet", "gpt2", "googlenet", "mamba-2.8b")]
    found += [netledger.read(str(path)) for path in sorted(NETWORKS.rglob("*.cfg"))]
    for network in [*found, oddities()]:
        validator("netledger.network/1").validate(json.loads(json.dumps(to_json(network))))
    main(["format", "alexnet", "--to", "json"])
    validator("netledger.network/1").validate(json.loads(capsys.readouterr().out))
    data = to_json(found[0])
    for spoilt in ({**data, "layers": [{"path": "x"}]}, {**data, "layer": []}, {"schema": data["schema"]}):
        assert not validator("netledger.network/1").is_valid(spoilt)


def test_a_file_written_with_json_s_suffix_is_the_same(folder: Path) -> None:
    assert main(["show", "alexnet", "-o", "alexnet.json"]) == 0
    validator("netledger.ledger/1").validate(json.loads((folder / "alexnet.json").read_text()))


def test_every_schema_that_is_named_is_shipped_and_documented() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in PACKAGE.rglob("*.py"))
    named = set(re.findall(r'"(netledger\.[a-z_]+/\d+)"', text)) - {"netledger.example/1"}
    assert named == set(SCHEMAS)
    page = (ROOT / "docs" / "reference" / "json.md").read_text(encoding="utf-8")
    assert [name for name in SCHEMAS if f"`{name}`" not in page] == []
    assert named == {*COMMANDS.values(), "netledger.network/1", "netledger.scores/1", "netledger.document/1"}


def test_every_document_with_data_names_a_schema() -> None:
    """A new output cannot forget it: what a Document stands for begins with its schema."""
    from netledger.documents.model import Document

    for path in sorted((PACKAGE / "documents").glob("*.py")):
        source = path.read_text(encoding="utf-8")
        if "Document(" in source and "lambda:" in source and path.name not in ("model.py", "ledger.py"):
            assert '"schema": ' in source, path.name
    assert Document("x", ()).data is None


@pytest.mark.parametrize("schema", SCHEMAS)
def test_schemas_are_schemas_and_closed(schema: str) -> None:
    jsonschema.Draft202012Validator.check_schema(SCHEMAS[schema])
    name, _, version = schema.removeprefix("netledger.").partition("/")
    assert int(version) >= 1
    assert any(file.name == f"{name}.schema.json" for file in SHIPPED)
    assert SCHEMAS[schema]["required"]
