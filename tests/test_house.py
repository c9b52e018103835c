"""The house's own rules that import-linter cannot state."""

from __future__ import annotations

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import netledger

ROOT = Path(netledger.__file__).parent.parent


def modules() -> dict[str, Path]:
    found = {}
    for path in (ROOT / "netledger").rglob("*.py"):
        parts = path.relative_to(ROOT).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(tree: ast.AST, known: dict[str, Path]) -> Iterator[str]:
    """Every module that a file imports when it runs, inside functions too; not for type checkers alone."""
    for node in ast.iter_child_nodes(tree):
        if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.ImportFrom) and node.module:
            for name in node.names:
                full = f"{node.module}.{name.name}"
                yield full if full in known else node.module
        elif isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        yield from imports(node, known)


def circles(graph: dict[str, set[str]]) -> set[frozenset[str]]:
    """The sets of modules of which each reaches each."""
    reach = {name: set(found) for name, found in graph.items()}
    while True:
        wider = {name: found.union(*(reach[other] for other in found)) for name, found in reach.items()}
        if wider == reach:
            break
        reach = wider
    inside = [name for name in graph if name in reach[name]]
    return {frozenset(other for other in inside if other in reach[name] and name in reach[other]) for name in inside}


def test_the_circles_of_a_small_graph() -> None:
    assert circles({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": {"a"}}) == {frozenset("bc")}


def test_no_files_import_each_other() -> None:
    known = modules()
    graph = {
        name: {found for found in imports(ast.parse(path.read_text(encoding="utf-8")), known) if found in known} - {name}
        for name, path in known.items()
    }  # fmt: skip
    assert circles(graph) == set()


def layers_of_the_house() -> dict[str, int]:
    """``module → how high it stands``, from the contract that import-linter keeps."""
    contracts = tomllib.loads((ROOT.parent / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
    lines = contracts["contracts"][0]["layers"]
    return {name: -height for height, line in enumerate(lines) for name in line.split(" | ")}


UPWARDS = {
    "documents": "what can be shown names the function that makes its document: it is made when it is shown",
    "renderers": "views write what they show",
    "ledger": "a network's own figures, when it is asked for them",
}
"""What is named in strings by modules below, and why; import-linter cannot see it, and nothing may join it."""


def test_a_string_names_no_module_above_but_for_these() -> None:
    known, height = modules(), layers_of_the_house()
    found = set[str]()
    for module, path in known.items():
        here = module.split(".")[1] if "." in module else "__init__"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            named = (
                node.value.partition(":")[0] if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""
            )
            if named in known and here in height:
                there = named.split(".")[1] if "." in named else here
                if height.get(there, 0) > height[here]:
                    found.add(there)
    assert found == set(UPWARDS)


NAMED_TWICE = {
    "Column": "a table in somebody's text, and one in a document",
    "LedgerCallback": "the same callback for another library, imported from that library's module",
    "Quantity": "what a statement is about, and a number with its unit in a document",
    "Row": "a table in somebody's text, and one in a document",
    "Sizes": "sizes that a text states, and those of a family's configuration",
    "Statement": "what a text says, as read and as understood",
    "Sum": "a sum in somebody's text, and one over a family's loops",
    "Symbolic": "a formula in letters in somebody's text, and a family's totals",
    "Table": "a registry, and a block of a document",
}
"""Public classes that share a name, and what each is; no other may."""


def test_a_public_class_has_a_name_of_its_own() -> None:
    found: dict[str, list[str]] = {}
    for module, path in modules().items():
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found.setdefault(node.name, []).append(module)
    shared = {name: places for name, places in found.items() if len(places) > 1}
    assert set(shared) <= set(NAMED_TWICE), {name: shared[name] for name in shared if name not in NAMED_TWICE}


MOST_FILES = 14
MADE = ("_figures.py", "_together.py")
"""Written by the build."""
CROWDED = frozenset(("audit/words",))
"""Folders that hold more: a language a file."""


def test_a_folder_holds_fourteen_files_at_most() -> None:
    files: dict[str, int] = {}
    for path in (ROOT / "netledger").rglob("*.py"):
        folder = path.parent.relative_to(ROOT / "netledger").as_posix()
        files[folder] = files.get(folder, 0) + (path.name not in MADE)
    assert {folder for folder, count in files.items() if count > MOST_FILES} <= CROWDED
