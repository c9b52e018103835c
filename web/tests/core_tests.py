"""The tests that need nothing but Python, pytest and netledger, found by what they import.

Run in Pyodide, which is a Python of its own (no processes, no threads, no C extensions of PyPI) and a newer one than most
machines have: what passes here passes on that version. Run as a script (``.ci/python314``) it is the same on an
interpreter that has nothing but pytest and netledger, with processes and threads.
"""

from __future__ import annotations

import ast
import importlib.abc
import importlib.machinery
import json
import os
import sys
from pathlib import Path

NEEDED = ("pytest", "_pytest", "py", "pluggy", "iniconfig", "packaging", "pygments")
"""pytest and what it imports; taken from the environment that runs the build."""
NOT_HERE = frozenset(("subprocess", "multiprocessing", "threading", "pty", "fcntl", "termios", "socket", "resource"))
MORE = (
    "audit",
    "catalogue",
    "cli",
    "compare",
    "documents",
    "predict",
    "reading",
    "renderers",
    "understanding",
    "words",
)
"""Folders whose tests run, too, where there are processes and files as usual."""
FOLDERS = ("layers", "notation", "wire", "tests")
"""The folders of the core's tests; those about files, terminals and frameworks are about what is not there."""
ELSEWHERE = ("test_house.py", "test_pytest_plugin.py")
"""About the source's files, and about pytest's plugin as pip installs it."""
TOO_DEEP = "not hostile and not none_of_ours and not deep and not nested"
"""A browser's stack is small: what Python refuses elsewhere ends it here, and the page starts it anew."""


class Beside(importlib.abc.MetaPathFinder):
    """Finds pytest in the host's ``site-packages``, and nothing else there: what is compiled there cannot run here."""

    def __init__(self, folder: str) -> None:
        self.folder = folder

    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] not in NEEDED:
            return None
        return importlib.machinery.PathFinder.find_spec(name, path or [self.folder], target)


def imported(file: Path) -> set[str]:
    """What a module imports when it is imported."""
    tree = ast.parse(file.read_text(encoding="utf-8"))
    found = set()
    for node in tree.body:
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names if node.module == "tests")}
    return found


def lacking(file: Path, root: Path, seen: set[Path], not_here: frozenset[str] = NOT_HERE) -> set[str]:
    """The modules that are missing here of those that a test imports, through its helpers too."""
    missing = set()
    for name in imported(file):
        first = name.partition(".")[0]
        if first == "tests":
            helper = root.joinpath(*name.split(".")).with_suffix(".py")
            if helper not in seen and helper.is_file():
                seen.add(helper)
                missing |= lacking(helper, root, seen, not_here)
        elif first in not_here or first not in sys.stdlib_module_names | {"netledger", "pytest"}:
            missing.add(first)
    return missing


def core(root: Path, folders: tuple[str, ...] = FOLDERS, not_here: frozenset[str] = NOT_HERE) -> list[Path]:
    """The files of tests that can run here."""
    files = sorted(root.glob("tests/**/test_*.py"))
    files = [file for file in files if file.parts[-2] in folders and file.name not in ELSEWHERE]
    return [file for file in files if not lacking(file, root, set(), not_here)]


def run(root: str, site: str, words: str = "[]") -> int:
    """pytest's exit code."""
    sys.meta_path.append(Beside(site))
    sys.dont_write_bytecode = True
    sys.path.insert(0, root)
    os.chdir(root)
    import pytest

    files = [str(file) for file in core(Path(root))]
    print(f"Python {sys.version.split()[0]} in Pyodide: {len(files)} files of tests")
    plain = (
        "-p",
        "no:cacheprovider",
        "-p",
        "no:faulthandler",
        "--capture=sys",
        "-q",
        "--tb=short",
        "--durations=12",
        "-o",
        "addopts=",
    )
    plain += ("-k", TOO_DEEP)
    return int(pytest.main([*plain, *(json.loads(words) or files)]))


def alone() -> int:
    """The same with everything that a usual interpreter has; pytest's exit code."""
    import pytest

    root = Path(__file__).resolve().parents[2]
    sys.path.insert(0, str(root))
    os.chdir(root)
    files = [str(file) for file in core(root, (*FOLDERS, *MORE), frozenset())]
    print(f"Python {sys.version.split()[0]}: {len(files)} files of tests", flush=True)
    return int(pytest.main(["-p", "no:cacheprovider", "-q", "--tb=short", "-o", "addopts=", *files]))


if __name__ == "__main__":
    sys.exit(alone())
