"""Options that every test folder shares."""

from __future__ import annotations

from importlib.util import find_spec

import pytest

pytest_plugins = ["pytester"]

if find_spec("hypothesis"):  # not in a browser, where the tests run that need nothing but pytest
    from hypothesis import HealthCheck, settings

    # The same examples in each run, so that what a run says is about the change; `make fuzz` draws new ones. None is timed.
    slow = [HealthCheck.too_slow]
    settings.register_profile("same", derandomize=True, database=None, deadline=None, suppress_health_check=slow)
    settings.register_profile("drawn", derandomize=False, deadline=None, suppress_health_check=slow)
    settings.load_profile("same")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--refresh-golden", action="store_true", help="write the golden files anew instead of comparing with them"
    )


@pytest.fixture
def refresh_golden(request: pytest.FixtureRequest) -> bool:
    return bool(request.config.getoption("--refresh-golden"))
