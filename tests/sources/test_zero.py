"""DeepSpeed's folders, written here as its engine writes them: parts of one flat vector, filled to an even length."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
import torch
from torch import nn

from netledger.cli import main
from netledger.errors import FormatError
from netledger.ledger import keep_books
from netledger.sources import read_file


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(7, 5), nn.BatchNorm1d(5), nn.Linear(5, 3))


def flat(module: nn.Module) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in module.parameters()])


def second_stage(folder: Path, ranks: int, lost: int = 0) -> Path:
    """Stage 1 and 2: the model whole, the flat float32 values cut into equal parts with zeros behind the last."""
    module, tag = network(), folder / "global_step7"
    tag.mkdir(parents=True)
    (folder / "latest").write_text("global_step7")
    shapes = {name: parameter.shape for name, parameter in module.named_parameters()}
    state = {"module": module.state_dict(), "param_shapes": [shapes], "buffer_names": [], "ds_version": "0.14"}
    torch.save(state, tag / "mp_rank_00_model_states.pt")
    values = flat(module)[: flat(module).numel() - lost]
    step = 2 * ranks
    values = torch.cat([values, torch.zeros(math.ceil(len(values) / step) * step - len(values))])
    for rank, part in enumerate(values.chunk(ranks)):
        optimizer = {"state": {0: {"exp_avg": torch.zeros_like(part), "exp_avg_sq": torch.zeros_like(part)}}}
        held = {
            "zero_stage": 2, "partition_count": ranks, "single_partition_of_fp32_groups": [part.clone()],
            "base_optimizer_state": optimizer,
        }  # fmt: skip
        file = tag / f"zero_pp_rank_{rank}_mp_rank_00_optim_states.pt"
        torch.save({"optimizer_state_dict": held, "ds_version": "0.14"}, file)
    return folder


def third_stage(folder: Path, ranks: int) -> Path:
    """Stage 3: every parameter is cut into parts of its own; the model's states hold shapes and empty tensors."""
    module = network()
    folder.mkdir()
    empty = {name: torch.empty(0, dtype=torch.float16) for name, _ in module.named_parameters()}
    shapes = [{name: parameter.shape for name, parameter in module.named_parameters()}]
    for rank in range(ranks):
        state = {"module": {**empty, **dict(module.named_buffers())}, "param_shapes": shapes}
        torch.save(state, folder / f"zero_pp_rank_{rank}_mp_rank_00_model_states.pt")
        parts = [torch.zeros(math.ceil(parameter.numel() / ranks)) for parameter in module.parameters()]
        held = {"zero_stage": 3, "partition_count": ranks, "fp32_flat_groups": [torch.cat(parts)]}
        torch.save({"optimizer_state_dict": held}, folder / f"zero_pp_rank_{rank}_mp_rank_00_optim_states.pt")
    return folder


@pytest.mark.parametrize("ranks", [1, 2, 3, 8])
@pytest.mark.parametrize("stage", [second_stage, third_stage])
def test_partitions_are_joined(tmp_path: Path, stage: object, ranks: int) -> None:
    folder = stage(tmp_path / "run", ranks)  # type: ignore[operator]
    wanted = flat(network()).numel()
    ledger = keep_books(read_file(str(folder)))
    assert int(ledger.totals.parameters) == wanted
    assert int(ledger.totals.buffers) == 11
    said = {evidence.what: evidence for evidence in ledger.evidence}
    assert said[f"parameters in the partitions ({ranks:,})"].agrees
    assert all(evidence.agrees for evidence in ledger.evidence)
    if stage is second_stage:
        files = list((folder / "global_step7").iterdir())
        stored = sum(_bytes_in(torch.load(file)) for file in files)
        assert said["bytes of the stored tensors"].ours == stored


def _bytes_in(value: object) -> int:
    if isinstance(value, torch.Tensor):
        return value.numel() * value.element_size()
    if isinstance(value, dict):
        return sum(map(_bytes_in, value.values()))
    return sum(map(_bytes_in, value)) if isinstance(value, list) else 0


def test_a_partition_with_too_little_is_said(tmp_path: Path) -> None:
    ledger = keep_books(read_file(str(second_stage(tmp_path / "run", 2, lost=9))))
    (said,) = [evidence for evidence in ledger.evidence if "partitions" in evidence.what]
    assert not said.agrees
    assert said.theirs != said.ours == flat(network()).numel()


def test_slices_of_tensors_are_not_added_up_wrongly(tmp_path: Path) -> None:
    folder = second_stage(tmp_path / "run", 1) / "global_step7"
    torch.save({"module": network().state_dict()}, folder / "mp_rank_01_model_states.pt")
    with pytest.raises(FormatError, match="2 model-parallel ranks"):
        read_file(str(folder))


def test_without_latest_the_only_step_is_read_and_of_several_the_last_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    parent = tmp_path / "run"
    second_stage(parent, 2)
    (parent / "latest").unlink()
    assert main(["show", str(parent)]) == 0
    assert f"{sum(p.numel() for p in network().parameters()):,}" in capsys.readouterr().out
    (parent / "global_step7").rename(parent / "global_step10")
    second_stage(parent, 2)
    (parent / "latest").unlink()
    assert main(["show", str(parent)]) == 66
    assert f"2 steps of a training; the last: netledger show {parent}/global_step10" in capsys.readouterr().err


def test_latest_names_a_folder_beside_it_only(tmp_path: Path) -> None:
    folder = second_stage(tmp_path / "run", 1)
    for tag in ("../run/global_step7", "/etc", ".", "", "global_step7/../global_step7"):
        (folder / "latest").write_text(tag)
        assert main(["show", str(folder)]) == 66


def test_the_folder_is_one_model_on_the_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", str(second_stage(tmp_path / "run", 2))]) == 0
    assert "✓ parameters in the partitions (2): 68" in capsys.readouterr().out
