"""Formats that are recognised and not read: refused by name, so that nobody wonders what went wrong."""

from __future__ import annotations

_MAGIC: tuple[tuple[int, bytes, str], ...] = (
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
    (0, b"BZh", "a bzip2 archive"),
    (0, b"\xfd7zXZ\0", "an xz archive"),
    (0, b"\x28\xb5\x2f\xfd", "a zstandard archive"),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    (0, b"Rar!", "a RAR archive"),
    (0, b"lmgg", "a GGML file, the format before GGUF"),
    (0, b"tjgg", "a GGJT file, the format before GGUF"),
    (0, b"fmgg", "a GGMF file, the format before GGUF"),
    (0, b"ARROW1", "an Arrow file"),
    (0, b"\xba\x16\x4f\x2f", "a fastText model"),
    (0, b"tree\nversion=", "a LightGBM model, of trees"),
    (0, b"{L\0\0", "an XGBoost model, of trees"),
    (6, b"TransformerSpec", "a CTranslate2 model"),
    (6, b"TransformerEncoderSpec", "a CTranslate2 model"),
    (6, b"TransformerDecoderModelSpec", "a CTranslate2 model"),
    (6, b"WhisperSpec", "a CTranslate2 model"),
    (0, b"[nlp]", "the settings of a spaCy pipeline: no network"),
    (0, b"[paths]", "the settings of a spaCy pipeline: no network"),
    (0, b"#version: 0.2\n", "a tokenizer's list of merges: no network"),
    (0, b"[PAD]\n", "a tokenizer's vocabulary: no network"),
    (0, b"\x0a\x0e\x0a\x05<unk>", "a SentencePiece tokenizer: no network"),
    (0, b"PAR1", "a Parquet file"),
    (0, b"SQLite format 3", "an SQLite database"),
    (4, b"ET12", "an ExecuTorch program"),
    (4, b"ORTM", "a model in ONNX Runtime's own format"),
    (0, b"MATLAB 5.0", "a MATLAB file"),
    (0, b"<?xml", "an XML file without OpenVINO's <net> and <layers>"),
    (0, b"<!DOCTYPE", "a web page"),
    (0, b"<html", "a web page"),
    (0, b"version https://git-lfs", "a Git LFS pointer: the model itself was not downloaded"),
)
"""Offset, magic number, what it is."""

_SUFFIXES = {
    ".engine": "a TensorRT engine", ".plan": "a TensorRT engine",
    ".trt": "a TensorRT engine", ".pdiparams": "PaddlePaddle parameters",
    ".mindir": "a MindSpore model", ".joblib": "a joblib file",
    ".mat": "a MATLAB file", ".ncnn": "an ncnn model",
    ".mnn": "an MNN model", ".rknn": "an RKNN model", ".om": "an Ascend model", ".pte": "an ExecuTorch program",
    ".tar": "a tar archive", ".t7": "a Torch7 file", ".cntk": "a CNTK model",
    ".weights": "a file of Darknet weights (show the .cfg, they are checked against it)",
    ".spm": "a SentencePiece tokenizer: no network",
    ".data": "the values of an ONNX file (show the .onnx, it names them)",
    ".onnx_data": "the values of an ONNX file (show the .onnx, it names them)",
    ".pmml": "a PMML document", ".nnef": "an NNEF model", ".npk": "a Burn record",
}  # fmt: skip
"""Suffix → what it is, for what no magic number gives away."""

_ARCHIVES = (
    (b"[Content_Types].xml", "an Office document"),
    (b"META-INF/", "a Java archive"),
    (b"AndroidManifest.xml", "an Android package"),
)


def said_of(name: str) -> str:
    """The sentence that refuses what bears this name.

    >>> said_of("an Arrow file")
    'this is an Arrow file; not read yet'
    """
    return f"this is {name}" if name.endswith((": no network", "it names them)")) else f"this is {name}; not read yet"


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


_BESIDE = (".xml", ".param", ".onnx", ".json", ".cfg", ".prototxt")
"""Endings of files that describe the values of a ``.bin`` of the same name."""


def described_by(path: str) -> str | None:
    """The command for the file beside values without a header that says what they are."""
    import os

    from netledger.printable import printable
    from netledger.sources.foreign import names_in

    folder = os.path.dirname(path) or "."  # noqa: PTH120 - pathlib is not imported here
    stem = os.path.basename(path).rpartition(".")[0]  # noqa: PTH119
    names = names_in(folder)
    same = [f"{stem}{ending}" for ending in _BESIDE if f"{stem}{ending}" in names]
    found = same + [name for name in ("model.json", "config.json") if name in names]
    found += [name for name in names if name.endswith((".onnx", ".xml", ".param"))]
    return f"netledger show {printable(os.path.join(folder, found[0]))}" if found else None  # noqa: PTH118


def name_of_suffix(path: str) -> str | None:
    """What a file is by its suffix alone, where that belongs to a format that is not read.

    >>> name_of_suffix("model.trt")
    'a TensorRT engine'
    """
    ending = path[path.rfind(".") :] if "." in path else ""
    if ending.startswith(".data-") and "-of-" in ending:
        return "the values of a TensorFlow checkpoint (show the .index, it names them)"
    return _SUFFIXES.get(ending)
