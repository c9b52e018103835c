"""The public names: all there, found lazily, and importing netledger imports next to nothing."""

from __future__ import annotations

import subprocess
import sys

import pytest

import netledger

FUNCTIONS = ("audit", "check", "compare", "count", "read", "rule", "summary")
CLASSES = ("Count", "Formula", "Layer", "Ledger", "NetledgerError", "Network", "Tensor", "Unknown")


def test_the_export_list() -> None:
    assert sorted(netledger.__all__) == sorted([*FUNCTIONS, *CLASSES, "__version__"])
    assert set(netledger.__all__) <= set(dir(netledger))


@pytest.mark.parametrize("name", FUNCTIONS)
def test_functions(name: str) -> None:
    assert callable(getattr(netledger, name))
    assert getattr(netledger, name).__doc__


@pytest.mark.parametrize("name", CLASSES)
def test_classes(name: str) -> None:
    assert isinstance(getattr(netledger, name), type)
    assert getattr(netledger, name).__doc__


def test_an_unknown_name() -> None:
    with pytest.raises(AttributeError, match="no attribute 'sumary'"):
        netledger.sumary  # noqa: B018


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.strip()


def test_importing_netledger_imports_nothing_else() -> None:
    code = "import sys; before = set(sys.modules); import netledger; print(*sorted(set(sys.modules) - before))"
    assert run(code) == "__future__ netledger"


HEAVY = (
    "torch numpy rich jinja2 typing dataclasses enum.nothing json logging subprocess inspect importlib.metadata "
    "multiprocessing asyncio decimal fractions pathlib tempfile"
)


def test_show_in_a_pipe_imports_no_framework_and_nothing_heavy() -> None:
    code = (
        "import sys; from netledger.cli import main; main(['show', 'alexnet', '-o', '/dev/null']);"
        f"print(*[name for name in {HEAVY!r}.split() if name in sys.modules])"
    )
    assert run(code) == ""


@pytest.mark.parametrize("name", ["compare", "audit"])
def test_importing_a_module_does_not_hide_the_function_of_its_name(name: str) -> None:
    assert run(f"import netledger.{name}; import netledger; print(callable(netledger.{name}))") == "True"


def test_the_package_is_typed() -> None:
    from importlib.resources import files

    assert files("netledger").joinpath("py.typed").is_file()
