"""Formats that are recognised and not read: refused by name, so that nobody wonders what went wrong."""

from __future__ import annotations

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
    (257, b"ustar", "a tar archive"),
    (0, b"ptrt", "a TensorRT engine"),
    (0, b"ftrt", "a TensorRT engine"),
    (0, b"\x7fELF", "a compiled program"),
    (0, b"MZ", "a compiled program"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\x89PNG", "an image"),
    (0, b"\xff\xd8\xff", "an image"),
    (0, b"GIF8", "an image"),
    (0, b"BM", "an image"),
    (8, b"WEBP", "an image"),
    (0, b"\x1f\x8b", "a gzip archive"),
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"lmgg", "a GGML file, the format before GGUF"),
    (0, b"tjgg", "a GGJT file, the format before GGUF"),
    (0, b"fmgg", "a GGMF file, the format before GGUF"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"SQLite format 3", "an SQLite database"),
    (4, b"ET12", "an ExecuTorch program"),
    (0, b"MATLAB 5.0", "a MATLAB file"),
    (0, b"<?xml", "an XML file without OpenVINO's <net> and <layers>"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"version https://git-lfs", "a Git LFS pointer: the model itself was not downloaded"),
)
"""Offset, magic number, what it is."""

_SUFFIXES = {
    ".engine": "a TensorRT engine", ".plan": "a TensorRT engine",
    ".trt": "a TensorRT engine", ".pdparams": "PaddlePaddle parameters",
    ".pdiparams": "PaddlePaddle parameters", ".mindir": "a MindSpore model", ".joblib": "a joblib file",
    ".mat": "a MATLAB file", ".ncnn": "an ncnn model",
    ".mnn": "an MNN model", ".rknn": "an RKNN model", ".om": "an Ascend model", ".pte": "an ExecuTorch program",
    ".tar": "a tar archive", ".t7": "a Torch7 file", ".cntk": "a CNTK model",
    ".weights": "a file of Darknet weights (show the .cfg, they are checked against it)",
    ".pmml": "a PMML document", ".nnef": "an NNEF model", ".npk": "a Burn record",
}  # fmt: skip
"""Suffix → what it is, for what no magic number gives away."""

_ARCHIVES = (
    (b"[Content_Types].xml", "an Office document"),
    (b"META-INF/", "a Java archive"),
    (b"AndroidManifest.xml", "an Android package"),
)


def name_of(head: bytes, path: str) -> str | None:
    r"""What a file that no source claims is, if its first bytes or its suffix tell.

    >>> name_of(b"ARROW1\0\0", "model.bin")
    'an Arrow file'
    """
    for offset, magic, name in _MAGIC:
        if head[offset : offset + len(magic)] == magic:
            return name
    if head.startswith(b"\x80") and b"joblib" in head:
        return "a joblib file"
    if head.startswith(b"PK\3\4"):
        first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
        for start, name in _ARCHIVES:
            if first.rpartition(b"/")[2] == start or first.startswith(start):
                return name
    zipped = head.startswith(b"PK\3\4") and not path.endswith((".pt", ".pth", ".bin", ".ckpt", ".npz"))
    return name_of_suffix(path) or ("a ZIP archive" if zipped else None)


def name_of_suffix(path: str) -> str | None:
    """What a file is by its suffix alone, where that belongs to a format that is not read.

    >>> name_of_suffix("model.trt")
    'a TensorRT engine'
    """
    return _SUFFIXES.get(path[path.rfind(".") :] if "." in path else "")
