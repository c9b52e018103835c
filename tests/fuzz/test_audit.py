"""A slice of the fuzzing of calculations; ``make fuzz`` runs a million."""

from __future__ import annotations

import pytest

from tests.fuzz.run_audit import run


@pytest.mark.parametrize("seed", [2, 3])
def test_mutated_calculations(seed, capsys):
    assert run(400, seed) == 0
    assert "400 calculations" in capsys.readouterr().out
