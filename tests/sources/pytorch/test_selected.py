"""As many values as the data say: on shapes alone an assumed number, said and marked; exact where the data are known."""

from __future__ import annotations

from typing import Any

import pytest

torch = pytest.importorskip("torch")

from torch import nn  # noqa: E402
from torch.nn.utils.rnn import pack_padded_sequence, pad_packed_sequence  # noqa: E402

from tests.sources.pytorch.counting import Function, counted, macs  # noqa: E402


def behind(select: Any) -> Function:
    """16 features of what is selected, times 16·5 weights."""
    return Function(lambda self, x: self.a(select(x)), a=nn.Linear(16, 5))


SELECTED = {
    "where a value is positive": lambda x: x[x[:, 0] > 0],
    "places that are not zero": lambda x: x[torch.nonzero(x[:, 0]).flatten()],
    "places by argwhere": lambda x: x[torch.argwhere(x[:, 0]).flatten()],
    "places by where": lambda x: x[torch.where(x[:, 0] > 0)[0]],
    "different values": lambda x: torch.unique(x[:, 0]).unsqueeze(1).expand(-1, 16),
    "different neighbours": lambda x: torch.unique_consecutive(x[:, 0]).unsqueeze(1).expand(-1, 16),
    "what a mask keeps": lambda x: torch.masked_select(x[:, 0], x[:, 1] > 0).unsqueeze(1).expand(-1, 16),
    "a product in parts": lambda x: torch.linalg.multi_dot([x[x[:, 0] > 0].mT, x[x[:, 1] > 0], x.mT[:, :3]]).mT,
    "how often each is there": lambda x: torch.bincount(x[:, 0].long()).float().unsqueeze(1).expand(-1, 16),
}


@pytest.mark.parametrize("how", SELECTED)
def test_what_the_data_select_is_no_exact_number(how: str) -> None:
    """Nobody knows how many rows there are: parameters are exact, products are not."""
    ledger = counted(behind(SELECTED[how]), torch.empty(8, 16, device="meta"))
    assert ledger.totals.parameters == 16 * 5 + 5
    assert not isinstance(ledger.totals.macs, int) or any(
        "depends on the data" in one for one in ledger.network.assumed
    )


KNOWN = torch.tensor([True, False, True, True, False, False, True, False])
EXACT = {
    "a mask that the model holds": (lambda x: x[KNOWN], 4),
    "values of a mask that the model holds": (lambda x: torch.masked_select(x[:, 0], KNOWN).unsqueeze(1).expand(-1, 16), 4),
    "each twice": (lambda x: x.repeat_interleave(2, dim=0), 16),
    "each as often as the model says": (lambda x: x.repeat_interleave(torch.tensor([1, 2, 0, 0, 1, 1, 3, 0]), dim=0), 8),
    "each thrice, by a tensor": (lambda x: x.repeat_interleave(torch.tensor([3]), dim=0), 24),
    "each as often as the model says, in a row": (
        lambda x: x[:, 0].repeat_interleave(torch.tensor([1, 2, 0, 0, 1, 1, 3, 0])).unsqueeze(1).expand(-1, 16), 8),
    "places as often as the model says": (lambda x: x[torch.repeat_interleave(torch.tensor([1, 0, 2]))], 3),
    "as many as are said beside the data": (
        lambda x: x.repeat_interleave(x[:, 0].long(), dim=0, output_size=11), 11),
    "from a place in a tensor": (lambda x: torch.narrow(x, 0, torch.tensor(2), 5), 5),
    "counted beside it": (lambda x: x[: int(x.new_full((), 3, dtype=torch.int64))], 3),
    "ones beside it": (lambda x: x[: int(torch.ones_like(x[:6, 0], dtype=torch.int64).sum())], 6),
}  # fmt: skip


@pytest.mark.parametrize("how", EXACT)
def test_what_the_model_itself_says_is_exact(how: str) -> None:
    """So many rows as PyTorch makes of data, of 16 features, times 16·5 weights."""
    select, rows = EXACT[how]
    if "beside the data" not in how:
        assert len(select(torch.zeros(8, 16))) == rows
    assert macs(behind(select), torch.empty(8, 16, device="meta")) == rows * 16 * 5


def test_repeats_that_the_data_say_are_unknown() -> None:
    ledger = counted(behind(lambda x: x.repeat_interleave(x[:, 0].long(), dim=0)), torch.empty(8, 16, device="meta"))
    assert ledger.totals.parameters == 16 * 5 + 5
    assert "it repeats by a tensor that depends on the weights or the data" in ledger.unknown[0][1].reason


@pytest.mark.parametrize("batch_first", [True, False])
def test_sequences_packed_and_padded_again(batch_first: bool) -> None:
    """Steps of 5 + 3 + 2 sequences through an RNN of 4·6 + 6·6 weights, then all 3·5 places through a layer."""
    lengths = torch.tensor([5, 3, 2])

    def run(self: Any, x: Any) -> Any:
        out, _ = self.rnn(pack_padded_sequence(x, lengths, batch_first=batch_first))
        return self.a(pad_packed_sequence(out, batch_first=batch_first)[0])

    model = Function(run, rnn=nn.RNN(4, 6, batch_first=batch_first), a=nn.Linear(6, 2))
    shape = (3, 5, 4) if batch_first else (5, 3, 4)
    assert macs(model, torch.empty(shape, device="meta")) == 10 * (4 * 6 + 6 * 6) + 15 * 6 * 2
