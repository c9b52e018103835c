"""A slice of the ONNX fuzzing: every mutated file is counted, counted with Unknowns, or refused in one line."""

from __future__ import annotations

from collections import Counter

import pytest

from tests.fuzz_files.onnx_mutations import check, mutated, seeds


def test_the_seeds_are_sound():
    assert [check(seed) for seed in seeds()] == ["counted"] * 4


@pytest.mark.parametrize("part", range(4))
def test_mutated_files(part):
    sound, outcomes = seeds(), Counter()
    for seed in range(part * 1_000, (part + 1) * 1_000):
        data = mutated(seed, sound)
        try:
            outcomes[check(data)] += 1
        except Exception as error:
            pytest.fail(f"seed {seed}: {type(error).__name__}: {error}")
    assert outcomes["refused"] > 300
    assert outcomes["counted"] > 200
    assert outcomes["unknown"] > 5
