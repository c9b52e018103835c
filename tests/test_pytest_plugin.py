"""The fixture ``network_budget``, in a test run of its own."""

from __future__ import annotations

import pytest

TESTS = """
def test_kept(network_budget):
    assert [finding.ok for finding in network_budget("alexnet", max={"parameters": "61M"})] == [True]

def test_broken(network_budget):
    network_budget("alexnet", max={"macs": "700M"})

def test_without(network_budget):
    network_budget("alexnet")

def test_live(network_budget):
    torch = __import__("pytest").importorskip("torch")
    [finding] = network_budget(torch.nn.Linear(8, 4), input_size=(2, 8), max={"macs": 64})
    assert finding.counted == 64
"""


def test_the_fixture(pytester: pytest.Pytester) -> None:
    pytester.makepyfile(TESTS)
    result = pytester.runpytest("-q", "-p", "no:cacheprovider")
    result.assert_outcomes(passed=2, failed=2)
    # by hand: the five convolutions need 665,784,864, with fc6's 37,748,736 it is 703,533,600
    result.stdout.fnmatch_lines(
        ["*macs 724,406,816, budget ≤ 700,000,000: BROKEN, passed at fc6*", "*conv2 223,948,800*"]
    )
