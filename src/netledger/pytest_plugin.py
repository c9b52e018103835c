"""The pytest fixture ``network_budget``: a network kept within its budget by a test.

::

    def test_it_stays_small(network_budget):
        network_budget("alexnet", max={"parameters": "61M", "macs": "725M"})
        network_budget(Net(), input_size=(1, 3, 224, 224), max={"macs": "4G"})

It takes what ``netledger.check`` and ``netledger.summary`` take, fails the test with the row that breaks a budget, and
returns the findings.
"""

from __future__ import annotations

import pytest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from netledger.budgets import Checked

    Budget = Callable[..., tuple[Checked, ...]]


@pytest.fixture(scope="session")
def network_budget() -> Budget:
    """A function ``(network, max={…}, min={…})`` that fails the test where a budget is broken."""

    def keep(
        network: object,
        *,
        max: Mapping[str, int | str] | None = None,
        min: Mapping[str, int | str] | None = None,
        **settings: Any,
    ) -> tuple[Checked, ...]:
        __tracebackhide__ = True
        from netledger.api import count
        from netledger.budgets import check

        if not max and not min:
            raise ValueError('network_budget needs a budget: max={"parameters": "61M"}')
        findings = check(count(network, **settings) if settings else network, max=max, min=min)
        broken = [finding for finding in findings if not finding.ok]
        if broken:
            biggest = [f"    {path} {value:,}" for path, value in broken[0].biggest]
            pytest.fail("\n".join([*map(str, broken), *biggest]), pytrace=False)
        return findings

    return keep
