"""No kind and no operator costs nothing for want of a rule: it has one, or its count is Unknown."""

from __future__ import annotations

import pytest

from netledger.errors import NotationError
from netledger.layers import KINDS, rule_for
from netledger.ledger import keep_books
from netledger.notation import parse
from netledger.sources.onnx.control_flow import BODIES
from netledger.sources.onnx.ops import OPERATORS, operator

NAMES = sorted({key.rpartition(".")[2] for key in (*OPERATORS, *BODIES)})


@pytest.mark.parametrize("name", NAMES)
def test_an_operator_of_onnx_in_a_description_is_unknown_or_refused(name: str):
    """``Conv()`` says nothing of channels; ``Relu`` is a kind spelt wrongly, and said to be."""
    said = f"x = input(3, 8, 8)\ny = {name}()"
    if name.lower() in {kind.replace("_", "") for kind in KINDS}:
        with pytest.raises(NotationError, match="did you mean"):
            parse(said)
        return
    ledger = keep_books(parse(said))
    assert ledger.entries[-1].unknown
    assert not isinstance(ledger.totals.macs, int)


@pytest.mark.parametrize("name", ["Conv", "Loop", "TreeEnsemble", "LinearClassifier", "MatMulNBits"])
def test_these_are_unknown(name: str):
    assert keep_books(parse(f"x = input(3, 8, 8)\ny = {name}()")).entries[-1].unknown


def test_every_operator_has_a_rule_and_every_kind_an_example():
    for key in OPERATORS:
        found = operator(key)
        assert found is not None
        assert found.rule.__doc__, key
    for kind in KINDS:
        assert ">>>" in (rule_for(kind).function.__doc__ or ""), kind
