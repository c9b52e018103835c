"""Files that are recognised by name and not read, files of the wrong suffix, files that two formats claim."""

from __future__ import annotations

import contextlib
import gzip
import io
import tarfile
import zipfile
from pathlib import Path

import pytest

from netledger.errors import FormatError, UsageError
from netledger.ledger import keep_books
from netledger.sources import read_file
from tests.sources.builders import archive, entry, gguf, info, npy, safetensors, write

SOUND = {
    "safetensors": safetensors({"w": entry()}, 8),
    "gguf": gguf((), (info("w", (2,)),), 32),
    "npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8),
    "npz": archive({"w.npy": npy("{'descr': '<f4', 'fortran_order': False, 'shape': (2,)}", 8)}),
}


def tar() -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w") as file:
        file.addfile(tarfile.TarInfo("storages"), io.BytesIO())
    return held.getvalue()


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("m.pt", b"%PDF-1.7\n%...", "a PDF document"),
        ("m.pth", tar(), "a tar archive"),
        ("m.pt", gzip.compress(b"hello", mtime=0), "a gzip archive"),
        ("m.safetensors", b"\x89PNG\r\n\x1a\n" + bytes(60), "an image"),
        ("m.bin", b"lmgg" + bytes(60), "a GGML file, the format before GGUF"),
        ("m.ort", b"\x14\0\0\0ORTM" + bytes(60), "a model in ONNX Runtime's own format"),
        ("m.engine", b"ptrt" + bytes(60), "a TensorRT engine"),
        ("m.pdiparams", b"\0\0\0\0", "PaddlePaddle parameters"),
        ("m.mindir", b"\x0a\x050.1.0", "a MindSpore model"),
        ("m.joblib", b"\x80\x04\x95\0\0\0\0\0\0\0\0\x8c\x13joblib.numpy_pickle", "a joblib file"),
        ("m.gguf", b"version https://git-lfs.github.com/\n", "a Git LFS pointer: the model itself was not downloaded"),
        ("m.bin", b"\xba\x16\x4f\x2f" + bytes(60), "a fastText model"),
        ("m.bin", b"\x06\0\0\0\x10\0TransformerSpec\0" + bytes(60), "a CTranslate2 model"),
        ("m.txt", b"tree\nversion=v4\n", "a LightGBM model, of trees"),
        ("m.zip", archive({"readme": b""}), "a ZIP archive"),
        ("m.docx", archive({"[Content_Types].xml": b""}), "an Office document"),
        ("m.pt2", archive({"m/archive_format": b"pt2"}), "a PyTorch exported program"),
        ("m.pt", archive({"m/archive_format": b"pt2"}), "a PyTorch exported program"),
    ],
)  # fmt: skip
def test_refused_by_name(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_file(write(tmp_path, name, data))
    assert caught.value.why == f"this is {what}; not read yet"


@pytest.mark.parametrize(
    ("name", "data", "what"),
    [
        ("tokenizer.model", b"\x0a\x0e\x0a\x05<unk>\x15\0\0\0\0\x18\x02", "a SentencePiece tokenizer: no network"),
        ("vocab.txt", b"[PAD]\n[UNK]\n", "a tokenizer's vocabulary: no network"),
        ("m.onnx_data", bytes(64), "the values of an ONNX file (show the .onnx, it names them)"),
        ("m.data-00000-of-00001", bytes(64), "the values of a TensorFlow checkpoint (show the .index, it names them)"),
    ],
)  # fmt: skip
def test_what_is_no_model_at_all(tmp_path: Path, name: str, data: bytes, what: str) -> None:
    with pytest.raises(FormatError) as caught:
        read_file(write(tmp_path, name, data))
    assert caught.value.why == f"this is {what}"


def test_an_exported_program_inside_is_told_too(tmp_path: Path) -> None:
    data = archive({"m/version": b"3", "m/serialized_exported_program.json": b"{}"})
    with pytest.raises(FormatError, match="this is a PyTorch exported program; not read yet"):
        read_file(write(tmp_path, "m.pt", data))
    with pytest.raises(FormatError, match="no PyTorch checkpoint"):
        read_file(write(tmp_path, "m.pt", archive({"m/version": b"3"})))


@pytest.mark.parametrize("kind", SOUND)
@pytest.mark.parametrize("suffix", ["bin", "pt", "safetensors", "gguf", "dat", "weights", "data"])
def test_a_wrong_suffix_does_not_matter(tmp_path: Path, kind: str, suffix: str) -> None:
    assert keep_books(read_file(write(tmp_path, f"m.{suffix}", SOUND[kind]))).total_params == 2


def test_two_formats_that_claim_a_file_are_named(tmp_path: Path) -> None:
    """The start of an archive whose first member is an array - and, read as safetensors, a header of 67 MB."""
    data = b"PK\3\4\0\0\0\0{" + bytes(17) + b"\5\0\0\0" + b"w.npy" + bytes(100)
    with pytest.raises(UsageError, match=r"it can be read as 'safetensors' or 'npz': say which with --from"):
        read_file(write(tmp_path, "model.dat", data))


def test_an_unknown_file_says_what_is_read(tmp_path: Path) -> None:
    with pytest.raises(FormatError, match=r"not a format that netledger knows; it reads .*safetensors"):
        read_file(write(tmp_path, "model.dat", b"\1\2\3\4" * 10))


@pytest.mark.parametrize("kind", SOUND)
def test_polyglots_with_a_zip_at_the_end_are_refused_or_read_as_what_they_begin(tmp_path: Path, kind: str) -> None:
    held = io.BytesIO(SOUND[kind])
    held.seek(0, io.SEEK_END)
    with zipfile.ZipFile(held, "a") as file:
        file.writestr("archive/data.pkl", b"\x80\x02}.")
    path = write(tmp_path, "m.dat", held.getvalue())
    with contextlib.suppress(FormatError):
        assert keep_books(read_file(path)).total_params == 2  # GGUF allows bytes after its data
