"""README and the documentation say what the program says: every marked command is run again, every Python block too."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys

import pytest

from tests.support import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
import run_blocks

PAGES = {str(page.relative_to(ROOT)): page for page in run_blocks.pages()}
MARKED = [name for name, page in PAGES.items() if run_blocks.MARK in page.read_text(encoding="utf-8")]
PYTHON = [
    (name, number, block)
    for name, page in PAGES.items()
    for number, block in enumerate(
        re.findall(r"<!-- test -->\n```python\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
    )
]

PRINTED = [
    (name, *pair)
    for name, page in PAGES.items()
    for pair in re.findall(
        r"<!-- prints -->\n```python\n(.*?)```\n\n```text\n(.*?)```", page.read_text(encoding="utf-8"), re.S
    )
]
"""What another tool prints, beside the code that has it print that."""


@pytest.mark.parametrize("name", MARKED)
def test_the_commands_print_what_the_page_shows(name):
    text = PAGES[name].read_text(encoding="utf-8")
    assert run_blocks.current(text) == text, "run: python scripts/run_blocks.py"


def commands_not_run() -> list[tuple[str, str]]:
    """Our commands of the blocks that need what a test has not: a data set, a library's weights, a browser."""
    found = []
    for name, page in PAGES.items():
        blocks = re.finditer(r"(<!-- run -->\n)?```console\n(.*?)```", page.read_text(encoding="utf-8"), re.S)
        lines = [line[2:] for block in blocks if not block[1] for line in block[2].splitlines() if line[:2] == "$ "]
        found += [(name, line.partition("netledger ")[2]) for line in lines if re.search(r"(^|-m )netledger ", line)]
    return found


@pytest.mark.parametrize(("name", "command"), commands_not_run())
def test_a_command_that_is_not_run_is_one_that_there_is(name, command):
    """Its command, its options and their values are read; nothing is done."""
    import shlex

    from netledger.cli.parsing import parsed

    assert parsed(shlex.split(command.partition(" | ")[0], comments=True)) is not None


def test_the_readme_s_first_command_is_one_line_that_sets_everything_up():
    lines = (ROOT / "README.md").read_text(encoding="utf-8").splitlines()
    first = next(line for line in lines if line.startswith("$ "))
    assert first.startswith("$ python3 -m venv ")
    assert first.endswith("netledger show alexnet")


@pytest.mark.parametrize(("name", "number", "block"), PYTHON, ids=[f"{name}-{number}" for name, number, _ in PYTHON])
def test_python_blocks_run(name, number, block, tmp_path, monkeypatch, capsys):
    if re.search(r"import torch|torchvision|execute", block):
        pytest.importorskip("torch")
    monkeypatch.chdir(tmp_path)
    exec(compile(block, f"{name}:{number}", "exec"), {})


@pytest.mark.parametrize(
    ("name", "code", "shown"), PRINTED, ids=[f"{name}-{number}" for number, (name, _, _) in enumerate(PRINTED)]
)
def test_what_other_tools_print_is_what_they_print(name, code, shown):
    """In a process of its own: TorchLens replaces torch's functions, and what is compiled afterwards meets them."""
    for module in re.findall(r"^(?:import|from) (\w+)", code, re.M):
        if importlib.util.find_spec(module) is None:
            pytest.skip(f"{module} is not installed")
    needs_torchvision = "from tests.torchvision_support import import_torchvision; import_torchvision()\n"
    hub = 'from tests.docs.hub_stand_in import serve; serve("you/first-two")\n'
    first = needs_torchvision if "lightning" in code else hub if "huggingface_hub" in code else ""
    done = subprocess.run(
        [sys.executable, "-c", first + code],
        cwd=ROOT,
        env=os.environ | {"KERAS_BACKEND": "torch", "COLUMNS": "120", "PYTHONIOENCODING": "utf-8"},
        capture_output=True,
        encoding="utf-8",
        timeout=600,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    printed = [line.rstrip() for line in done.stdout.splitlines()]
    assert "\n".join(printed).strip() == shown.strip()


@pytest.mark.parametrize(
    "tool", ["torchinfo", "keras", "lightning", "torchlens", "treescope", "huggingface_hub", "uv", "ruff"]
)
def test_each_tool_s_block_is_among_those_that_are_run(tool):
    assert any(
        name.endswith("comparison.md") and (f"import {tool}" in code or f"from {tool}" in code or f'"{tool}"' in code)
        for name, code, _ in PRINTED
    )


def test_links_between_pages_lead_somewhere():
    broken = []
    for name, page in PAGES.items():
        for target in re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8")):
            if "://" not in target and not target.startswith("mailto:") and not (page.parent / target).exists():
                broken.append(f"{name}: {target}")
    assert broken == []
