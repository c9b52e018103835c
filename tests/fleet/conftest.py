"""What every test of a census starts from: the processes that it starts are measured where the test is."""

from __future__ import annotations

import os
from collections.abc import Iterator
from unittest import mock

import pytest

from tests.support import process_environment


@pytest.fixture(autouse=True, scope="session")
def measured() -> Iterator[None]:
    with mock.patch.dict(os.environ, process_environment()):
        yield
