"""``s3://`` and ``gs://`` through their own libraries; servers of this machine stand for the stores."""

from __future__ import annotations

import importlib.util
import json
import math
from collections.abc import Iterator
from typing import Any

import pytest

from netledger.cli import main
from netledger.errors import NotFoundError
from netledger.ledger import keep_books
from netledger.sources import Options, read
from tests.sources.builders import safetensors as container

fsspec: Any = pytest.importorskip("fsspec")

KEY, SECRET = "AKIDONOTSHOW", "this-is-not-to-be-shown"
REMOTE = Options(settings={"remote": True})
ONE = {"fc.weight": (10, 20), "fc.bias": (10,)}
MANY = {f"layers.{i}.attention.name_of_a_tensor.weight": (2, 3) for i in range(5000)}
TWO = {"up.weight": (30, 10)}


def safetensors(shapes: dict[str, tuple[int, ...]]) -> bytes:
    header, end = {}, 0
    for name, shape in shapes.items():
        start, end = end, end + 4 * math.prod(shape)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [start, end]}
    return container(header, end)


INDEX = {"weight_map": {**dict.fromkeys(ONE, "m-1.safetensors"), **dict.fromkeys(TWO, "m-2.safetensors")}}
FILES = {
    "one.safetensors": safetensors(ONE),
    "many.safetensors": safetensors(MANY),
    "m/m-1.safetensors": safetensors(ONE),
    "m/m-2.safetensors": safetensors(TWO),
    "m/model.safetensors.index.json": json.dumps(INDEX).encode(),
}


@pytest.fixture(scope="module")
def place() -> Iterator[pytest.MonkeyPatch]:
    with pytest.MonkeyPatch.context() as patch:
        yield patch


@pytest.fixture(scope="module")
def s3(place: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of Amazon's protocol, as moto serves it."""
    pytest.importorskip("s3fs", reason="s3fs is not installed")
    server = pytest.importorskip("moto.server", reason="moto is not installed").ThreadedMotoServer("127.0.0.1", 0)
    server.start()
    host, port = server.get_host_and_port()
    place.setenv("AWS_ENDPOINT_URL", f"http://{host}:{port}")
    place.setenv("AWS_ACCESS_KEY_ID", KEY)
    place.setenv("AWS_SECRET_ACCESS_KEY", SECRET)
    place.setenv("AWS_DEFAULT_REGION", "us-east-1")
    yield filled("s3")
    server.stop()


@pytest.fixture(scope="module")
def gs(place: pytest.MonkeyPatch) -> Iterator[str]:
    """A bucket of Google's protocol."""
    place.setenv(
        "GCSFS_EXPERIMENTAL_ZB_HNS_SUPPORT", "false"
    )  # that would be another protocol; read when it is imported
    pytest.importorskip("gcsfs", reason="gcsfs is not installed")
    emulator = pytest.importorskip("gcp_storage_emulator.server", reason="gcp-storage-emulator is not installed")
    server = emulator.create_server("127.0.0.1", 0, in_memory=True)
    server.start()
    place.setenv("STORAGE_EMULATOR_HOST", f"http://127.0.0.1:{server._api._httpd.server_address[1]}")
    place.setenv("GOOGLE_CLOUD_PROJECT", "project")
    place.setitem(fsspec.config.conf, "gs", {"token": "anon"})
    yield filled("gs")
    server.stop()


def filled(scheme: str) -> str:
    system = fsspec.filesystem(scheme)
    system.mkdir("bucket")
    for name, data in FILES.items():
        system.pipe(f"bucket/models/{name}", data)
    return f"{scheme}://bucket/models"


def parameters(url: str) -> int:
    return int(keep_books(read(url, options=REMOTE)).totals.parameters)


@pytest.mark.parametrize("scheme", ["s3", "gs"])
def test_files_in_a_store(scheme: str, request: pytest.FixtureRequest, capsys: pytest.CaptureFixture[str]) -> None:
    """Counts by hand: of one file, of one whose header needs a second range, of shards; what is not there is said."""
    url = request.getfixturevalue(scheme)
    assert parameters(f"{url}/one.safetensors") == 10 * 20 + 10
    assert parameters(f"{url}/many.safetensors") == 5000 * 6
    assert parameters(f"{url}/m/model.safetensors.index.json") == 210 + 300
    with pytest.raises(NotFoundError, match="it is not there"):
        parameters(f"{url}/none.safetensors")
    assert main(["show", "--remote", f"{url}/*.safetensors", f"{url}/none.safetensors", "--format", "csv"]) in (1, 66)
    said = "".join(capsys.readouterr())
    assert "30000" in said
    assert "210" in said
    assert KEY not in said
    assert SECRET not in said


@pytest.mark.skipif(importlib.util.find_spec("torch") is None, reason="torch is not installed")
def test_tars_of_images_in_a_store(s3: str) -> None:
    from netledger.train.data.remote_shards import RemoteShard, shards_below

    system = fsspec.filesystem("s3")
    content = bytes(range(256)) * 100
    system.pipe("bucket/set/train-0.tar", content)
    system.pipe("bucket/set/other.txt", b"x")
    assert [str(shard) for shard in shards_below("s3://bucket/set/")] == ["s3://bucket/set/train-0.tar"]
    shard = RemoteShard("s3://bucket/set/train-0.tar")
    assert shard.read(1000, 500) == content[1000:1500]
    with shard.open("rb") as stream:
        assert stream.read() == content
