"""PyTorch's files inside other archives, as Stable-Baselines3 and NeMo write them; tar archives that lie."""

from __future__ import annotations

import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest
import torch
from torch import nn

from netledger.errors import DataError, FormatError, LimitError
from netledger.ledger import keep_books
from netledger.sources import read_file
from netledger.wire.cursor import Buffer
from netledger.wire.tar import members
from tests.sources.builders import write


def saved(value: object) -> bytes:
    held = io.BytesIO()
    torch.save(value, held)
    return held.getvalue()


def network() -> nn.Module:
    return nn.Sequential(nn.Linear(4, 8), nn.BatchNorm1d(8), nn.Linear(8, 2))


PARAMETERS = 4 * 8 + 8 + 2 * 8 + 8 * 2 + 2


def test_an_agent_of_stable_baselines(tmp_path: Path) -> None:
    """Its optimizer and its variables are of training; its settings are JSON that nobody runs."""
    model = network()
    optimizer = torch.optim.Adam(model.parameters())
    model(torch.zeros(3, 4)).sum().backward()
    optimizer.step()
    with zipfile.ZipFile(tmp_path / "agent.zip", "w") as archive:
        archive.writestr("data", "{}")
        archive.writestr("pytorch_variables.pth", saved({"log_ent_coef": torch.zeros(1)}))
        archive.writestr("policy.pth", saved(model.state_dict()))
        archive.writestr("policy.optimizer.pth", saved(optimizer.state_dict()))
        archive.writestr("_stable_baselines3_version", "2.9.2")
    books = keep_books(read_file(str(tmp_path / "agent.zip")))
    assert (books.totals.parameters, books.totals.buffers) == (PARAMETERS, 8 + 8 + 1)
    held = sum(int(tensor.count) for tensor in books.network.tensors if tensor.role == "state")
    assert held == 2 * PARAMETERS + 6 + 1  # two moments, a step for each tensor, the variable
    assert [one.agrees for one in books.evidence] == [True] * len(books.evidence)


@pytest.mark.parametrize("mode", ["w:", "w:gz"])
@pytest.mark.parametrize("kind", [tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT])
@pytest.mark.parametrize("folder", ["./", f"{'deep/' * 30}"])
def test_a_model_of_nemo(tmp_path: Path, mode: str, kind: int, folder: str) -> None:
    files = {"model_config.yaml": b"target: x\n" * 100, "model_weights.ckpt": saved(network().state_dict())}
    with tarfile.open(tmp_path / "m.nemo", mode, format=kind) as archive:  # type: ignore[call-overload]
        for name, data in files.items():
            place = tarfile.TarInfo(f"{folder}{name}")
            place.size = len(data)
            archive.addfile(place, io.BytesIO(data))
    totals = keep_books(read_file(str(tmp_path / "m.nemo"))).totals
    assert (totals.parameters, totals.buffers) == (PARAMETERS, 17)


def tar(**files: bytes) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as archive:
        for name, data in files.items():
            place = tarfile.TarInfo(name)
            place.size = len(data)
            archive.addfile(place, io.BytesIO(data))
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("m.nemo", tar(readme=b"x"), "this is a tar archive; not read yet"),
        ("m.tar", tar(readme=b"x"), "this is a tar archive; not read yet"),
        ("m.tar.gz", gzip.compress(tar(readme=b"x")), "this is a gzip archive; not read yet"),
        ("m.nemo", gzip.compress(b"no tar at all" * 100), "this is a gzip archive; not read yet"),
        ("m.nemo", gzip.compress(tar(a=b"x"))[:40] + b"?" * 99, "the compressed data is damaged"),
    ],
    ids=range(5),
)
def test_other_archives_are_refused_by_name(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    with pytest.raises(FormatError, match=what):
        read_file(write(tmp_path, name, data))


def test_an_archive_that_inflates_to_far_more_than_it_is(tmp_path: Path) -> None:
    data = gzip.compress(tar(a=bytes(8 << 20)))
    with pytest.raises(LimitError, match="200 times its size"):
        read_file(write(tmp_path, "m.nemo", data))


WEIGHTS = tar(**{"w.ckpt": saved(network().state_dict())})


@pytest.mark.parametrize(
    ("data", "error", "what"),
    [
        (WEIGHTS[:124] + b"77777777777\0" + WEIGHTS[136:], FormatError, "a header's checksum does not fit it"),
        (WEIGHTS[:600], FormatError, "member 'w.ckpt'"),
        (WEIGHTS[:124] + b"9" * 12 + WEIGHTS[136:], FormatError, "checksum"),
        (WEIGHTS[:148] + b"?" * 8 + WEIGHTS[156:], FormatError, "a number that is none"),
        (WEIGHTS[:512] + bytes(4) + WEIGHTS[516:], FormatError, "this is a tar archive"),
    ],
    ids=range(5),
)
def test_archives_that_lie(tmp_path: Path, data: bytes, error: type[DataError], what: str) -> None:
    with pytest.raises(error, match=what):
        read_file(write(tmp_path, "m.nemo", data))


def test_a_long_name_is_bounded() -> None:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=tarfile.GNU_FORMAT) as archive:
        archive.addfile(tarfile.TarInfo("x" * 5_000))
    with pytest.raises(LimitError, match="a name of more than"):
        members(Buffer(held.getvalue()))


def test_every_beginning_of_a_file_is_an_error_or_a_count(tmp_path: Path) -> None:
    for end in range(300, len(WEIGHTS), 331):
        try:
            total = keep_books(read_file(write(tmp_path, "m.nemo", WEIGHTS[:end]))).totals.parameters
        except DataError:
            continue
        assert total == PARAMETERS
