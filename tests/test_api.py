"""The Python functions as people mistype them: one clear error at once, nothing ignored in silence."""

from __future__ import annotations

import subprocess
import sys

import pytest

import netledger
from netledger.errors import UsageError


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"input": (3, 256, 256)}, "'input' is no setting; did you mean input_data?"),
        ({"input_shape": (3, 256, 256)}, "'input_shape' is no setting; did you mean input_size?"),
        ({"foo": 1}, "'foo' is no setting"),
        ({"depth": "x"}, "depth is how many parts of the path are kept, a whole number from 1, not 'x'"),
        ({"depth": 0}, "a whole number from 1, not 0"),
    ],
)
@pytest.mark.parametrize("network", ["alexnet", "linear(10, in_features=784)"])
def test_a_setting_that_nothing_would_heed(network: str, settings: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        netledger.summary(network, verbose=0, **settings)
    assert said in str(caught.value)


def test_settings_of_torchinfo_are_heard_of_a_name_too() -> None:
    ledger = netledger.summary("alexnet", verbose=0, device="cpu", col_width=16, row_settings=("depth",), mode="eval")
    assert ledger.total_params == 60_965_224


def test_columns_stand_once(capsys: pytest.CaptureFixture[str]) -> None:
    netledger.summary("alexnet", col_names=["layer", "parameters"])
    head = next(line for line in capsys.readouterr().out.splitlines() if line.startswith("layer"))
    assert head.split() == ["layer", "kind", "parameters"]


def test_what_is_no_text_is_not_audited() -> None:
    with pytest.raises(UsageError, match="an audit is of text, not of int"):
        netledger.audit(5)  # type: ignore[arg-type]


def test_an_entry_is_found_by_its_path_or_its_place() -> None:
    ledger = netledger.count("alexnet")
    assert ledger[1] is ledger["conv1"]
    assert ledger[-1] is ledger.entries[-1]
    with pytest.raises(IndexError):
        ledger[99]


def test_python_says_what_is_near() -> None:
    done = subprocess.run(
        [sys.executable, "-c", "import netledger; netledger.sumary"], capture_output=True, text=True, check=False
    )
    assert "Did you mean: 'summary'?" in done.stderr
    assert "TYPE_CHECKING" not in dir(netledger)
