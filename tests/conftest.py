"""Options that every test folder shares."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest

pytest_plugins = ["pytester"]

if find_spec("hypothesis"):  # not in a browser, where the tests run that need nothing but pytest
    from hypothesis import HealthCheck, settings

    # The same examples in each run, so that what a run says is about the change; `make fuzz` draws new ones. None is timed.
    slow = [HealthCheck.too_slow]
    settings.register_profile("same", derandomize=True, database=None, deadline=None, suppress_health_check=slow)
    settings.register_profile("drawn", derandomize=False, deadline=None, suppress_health_check=slow)
    settings.load_profile("same")


HERE = Path(__file__).resolve().parent
UNTRACED = """
    catalogue/test_keras_applications.py catalogue/test_models_built.py execute/test_real_training.py
    fuzz_files/test_onnx_mutations.py fuzz_files/test_slice.py properties/test_families.py
    sources/onnx/test_backend_models.py sources/pytorch/test_threads.py
""".split()
"""Files of very many cases through lines that the other tests reach too: tracing makes them two to three times as long,
and adds next to nothing to what is covered."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        file = item.path.relative_to(HERE).as_posix() if item.path.is_relative_to(HERE) else ""
        if file in UNTRACED:
            item.add_marker("no_cover")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden", action="store_true", help="write the golden files anew instead of comparing with them"
    )


@pytest.fixture
def refresh_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--refresh-golden"))
