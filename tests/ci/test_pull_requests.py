"""Pull requests: limits of growth, baselines, marked claims, reports for machines, the action's own script, the hooks."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import pytest

import netledger
from netledger.cli import main

ROOT = Path(__file__).resolve().parents[2]
SMALL = "image = input(1, 8, 8)\nconv = conv2d(4, kernel_size=3)\nflat = flatten()\nfc = linear({out})\n"


def write(path: Path, out: int) -> Path:
    path.write_text(SMALL.format(out=out))
    return path


@pytest.fixture
def before(tmp_path: Path) -> Path:
    """The ledger of the small network with ten outputs: 40 + 144·10 + 10 = 1,490 parameters, by hand."""
    path = tmp_path / "main.json"
    assert main(["show", str(write(tmp_path / "net.net", 10)), "-o", str(path)]) == 0
    assert json.loads(path.read_text())["totals"]["parameters"] == 40 + 144 * 10 + 10
    return path


@pytest.mark.parametrize(
    ("out", "limit", "code"),
    [(10, "0", 0), (11, "0", 1), (11, "145", 0), (11, "144", 1), (11, "10%", 0), (11, "9%", 1), (9, "0", 0)],
)
def test_growth_is_held_to_its_limit(before: Path, tmp_path: Path, out: int, limit: str, code: int) -> None:
    """One output more is 144 weights and a bias: 145 of 1,490 parameters, 9.7 %."""
    net = str(write(tmp_path / "net.net", out))
    assert main(["compare", str(before), net, "--max-increase", f"parameters={limit}"]) == code
    assert main(["check", net, "--baseline", str(before), "--max-increase", f"parameters={limit}"]) == code


def test_a_baseline_alone_allows_nothing_more(before: Path, tmp_path: Path) -> None:
    assert main(["check", str(write(tmp_path / "net.net", 10)), "--baseline", str(before)]) == 0
    assert main(["check", str(write(tmp_path / "net.net", 11)), "--baseline", str(before)]) == 1


def test_exit_code_says_whether_anything_differs(before: Path, tmp_path: Path) -> None:
    same, other = str(write(tmp_path / "net.net", 10)), str(write(tmp_path / "other.net", 9))
    assert main(["compare", str(before), same, "--exit-code"]) == 0
    assert main(["compare", str(before), other, "--exit-code"]) == 1
    assert main(["compare", str(before), other]) == 0


def test_what_is_not_known_is_no_baseline_and_passes_no_limit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    open_net = tmp_path / "open.net"
    open_net.write_text("fc = linear(3)\n")
    assert main(["show", str(open_net), "-o", str(tmp_path / "open.json")]) == 0
    assert main(["check", "lenet5", "--baseline", str(tmp_path / "open.json")]) == 2
    assert "not known exactly" in capsys.readouterr().err
    assert main(["show", "lenet5", "-o", str(tmp_path / "lenet.json")]) == 0
    assert main(["check", str(open_net), "--baseline", str(tmp_path / "lenet.json")]) == 1


@pytest.mark.parametrize("text", ["", "{", "[]", '{"schema": "netledger.ledger/1"}', '{"totals": {"parameters": 1}}'])
def test_a_bad_baseline_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    (tmp_path / "bad.json").write_text(text)
    assert main(["check", "lenet5", "--baseline", str(tmp_path / "bad.json")]) in (2, 65)
    assert capsys.readouterr().err.startswith("error: ")


@pytest.mark.parametrize("name", ["alexnet", "resnet18", "mobilenet_v2", "lenet5/1998", "alexnet/cuda-convnet-145"])
def test_a_ledger_is_read_back_with_the_same_totals(name: str) -> None:
    from netledger.notation import from_json_text

    ledger = netledger.count(name)
    again = netledger.count(from_json_text(json.dumps(ledger.to_dict())))
    assert again.totals == ledger.totals
    assert [entry.outputs for entry in again] == [entry.outputs for entry in ledger]


CLAIMS = """# A page

<!-- netledger: alexnet -->
AlexNet has 60,965,224 parameters.

Unmarked: AlexNet has 3 parameters.

<!-- netledger: alexnet -->

```text
conv1: 11*11*3*96 + 96 = 34944
conv2: 5*5*96*256 + 256 = 614656
```
"""


def test_marked_claims_are_checked_and_others_are_not(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text(CLAIMS)
    assert main(["claims", str(page), "--format", "sarif"]) == 1
    (run,) = json.loads(capsys.readouterr().out)["runs"]
    (found,) = run["results"]
    place = found["locations"][0]["physicalLocation"]
    assert place["region"]["startLine"] == 12
    assert place["artifactLocation"]["uri"].endswith("page.md")
    page.write_text(CLAIMS.replace("96*256 + 256 = 614656", "48*256 + 256 = 307456"))
    assert main(["claims", str(page)]) == 0


def test_junit_counts_what_failed(tmp_path: Path) -> None:
    report = tmp_path / "report.xml"
    assert main(["check", "alexnet", "--max", "parameters=61M", "--max", "macs=1M", "-o", str(report)]) == 1
    suites = ET.parse(report).getroot()
    assert (suites.get("tests"), suites.get("failures")) == ("2", "1")
    (failure,) = suites.iter("failure")
    assert "724,406,816" in str(failure.get("message"))


def test_an_audit_s_faults_stand_at_their_lines(tmp_path: Path) -> None:
    text, report = tmp_path / "sums.txt", tmp_path / "sums.sarif"
    text.write_text("conv1: 11*11*3*96 + 96 = 34944\nconv2: 5*5*96*256 + 256 = 614656\n")
    assert main(["audit", str(text), "--against", "alexnet", "-o", str(report)]) == 1
    (result,) = json.loads(report.read_text())["runs"][0]["results"]
    assert result["ruleId"] == "missing_groups"
    assert result["locations"][0]["physicalLocation"]["region"]["startLine"] == 2


def test_reports_are_of_checks_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "lenet5", "--format", "junit"]) == 2
    assert "check, claims and audit alone" in capsys.readouterr().err


def test_the_hooks_name_commands_that_are_there() -> None:
    yaml = pytest.importorskip("yaml")
    from netledger.cli import COMMANDS

    for hook in yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8")):
        program, command = hook["entry"].split()
        assert program == "netledger"
        assert command in COMMANDS


def test_the_fixture_of_the_guide_is_the_one_there_is(pytester: pytest.Pytester) -> None:
    guide = (ROOT / "docs" / "guides" / "budgets.md").read_text(encoding="utf-8")
    block = guide.partition("```python\n")[2].partition("```")[0]
    pytester.makepyfile(block)
    result = pytester.runpytest_subprocess("-p", "no:cacheprovider")
    result.assert_outcomes(passed=1, failed=1)


def test_a_mark_of_an_unknown_network_hides_no_other_mark(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    page = tmp_path / "page.md"
    page.write_text("<!-- netledger: alexnett -->\n60M parameters\n" + CLAIMS)
    assert main(["claims", str(page)]) == 66
    said = capsys.readouterr().out
    assert "no network or file 'alexnett': did you mean 'alexnet'" in said
    assert "page.md:13" in said
    assert main(["claims", str(page), "--format", "sarif"]) == 66
    results = json.loads(capsys.readouterr().out)["runs"][0]["results"]
    lines = {one["ruleId"]: one["locations"][0]["physicalLocation"]["region"]["startLine"] for one in results}
    assert lines == {"not_read": 2, "missing_groups": 14}


def test_a_broken_budget_stands_at_the_network_s_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A code scanner takes no result without a place."""
    monkeypatch.chdir(tmp_path)
    Path("my net.net").write_text("x = input(3)\ny = linear(2)\n")
    for networks in (["my net.net"], ["my net.net", "alexnet"]):
        assert main(["check", *networks, "--max", "parameters=1", "-o", "r.sarif"]) == 1
        results = json.loads(Path("r.sarif").read_text())["runs"][0]["results"]
        (place,) = results[0]["locations"]
        assert place["physicalLocation"]["artifactLocation"]["uri"] == "my%20net.net"
