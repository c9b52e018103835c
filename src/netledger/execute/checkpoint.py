"""Checkpoints: everything a run needs to go on bit for bit, written whole or not at all.

A checkpoint is a file of ``torch.save`` that holds plain values and tensors only, and is read with
``weights_only=True``: opening one from elsewhere runs no code. It carries the network's own description.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import pickle
from pathlib import Path

import torch

from netledger.errors import DataError, FormatError, NotFoundError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import IO, Any

    from netledger.execute.building import NetworkModule
    from netledger.network import Network

FORMAT = "netledger checkpoint"
VERSION = 1


def write_atomically(path: Path, write: Any) -> None:
    """Call ``write(stream)`` for a file beside ``path``, then put it in its place: what was there stays whole until the
    new one is complete, on a full disk too (``DataError``)."""
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as stream:
            write(stream)
            stream.flush()
            os.fsync(stream.fileno())
        partial.replace(path)
    except (OSError, RuntimeError) as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        kept = " (the previous one is untouched)" if path.exists() else ""
        raise DataError(f"cannot be written: {reason_of(error)}{kept}").at(file=str(path)) from error


def reason_of(error: Exception) -> str:
    """Why something could not be written, a full disk in those words, also where PyTorch's own error hides it."""
    said = getattr(error, "strerror", None) or (str(error).splitlines() or [type(error).__name__])[0]
    one: BaseException | None = error
    while one is not None:
        if getattr(one, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(one):
            return "disk full"
        one = one.__context__
    return said


def save(path: Path, content: dict[str, Any]) -> None:
    """Write a checkpoint, with a checksum of all that it holds."""
    whole = {**content, "format": FORMAT, "version": VERSION, "checksum": checksum(_kept(content))}
    write_atomically(path, lambda stream: torch.save(whole, stream))


def _kept(content: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in content.items() if name not in ("format", "version", "checksum")}


def checksum(content: Any) -> str:
    """A digest of plain values and tensors, each with its type: a byte that changed on a disk gives another.

    >>> checksum({"a": [1, torch.zeros(2)]}) == checksum({"a": [1, torch.zeros(2)]})
    True
    >>> checksum({"a": 1}) == checksum({"a": 1.0})
    False
    """
    digest = hashlib.blake2b(digest_size=16)
    waiting = [content]
    while waiting:
        value = waiting.pop()
        if isinstance(value, torch.Tensor):
            digest.update(f"{value.dtype} {tuple(value.shape)}".encode())
            digest.update(value.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy())
        elif isinstance(value, dict):
            digest.update(f"dict {len(value)}".encode())
            waiting += [item for pair in value.items() for item in pair]
        elif isinstance(value, list | tuple):
            digest.update(f"{type(value).__name__} {len(value)}".encode())
            waiting += value
        else:
            digest.update(f"{type(value).__name__} {value!r}".encode())
    return digest.hexdigest()


def load(path: str | Path, device: Any = "cpu") -> dict[str, Any]:
    """Read a checkpoint; what is none is a ``FormatError``."""
    path = Path(path)
    if path.is_dir():
        path = path / "checkpoint.pt"
    if not path.is_file():
        raise NotFoundError(f"no checkpoint '{path}'")
    with path.open("rb") as stream:
        return read(stream, str(path), device)


def read(stream: IO[bytes], name: str, device: Any = "cpu") -> dict[str, Any]:
    """The checkpoint in a stream that can be sought, of this name in errors; what is none is a ``FormatError``."""
    try:
        content = torch.load(stream, map_location=device, weights_only=True)
    except (OSError, RuntimeError, EOFError, pickle.UnpicklingError, ValueError, KeyError) as error:
        raise FormatError(f"is no checkpoint: {str(error).splitlines()[0][:120] if str(error) else 'empty'}").at(
            file=name
        ) from error
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise FormatError("is no checkpoint of netledger").at(file=name)
    if content.get("version") != VERSION:
        version = content.get("version")
        raise FormatError(f"is a checkpoint of version {version}; this reads {VERSION}").at(file=name)
    stated = content.pop("checksum", None)
    if stated is not None and stated != checksum(_kept(content)):
        raise FormatError("is damaged: what it holds does not fit its own checksum").at(file=name)
    return content


def network_of(content: dict[str, Any]) -> Network:
    """The network that a checkpoint was made of."""
    from netledger.notation import parse

    return parse(content["network"], name=content["name"])


def restore(module: NetworkModule, state: dict[str, Any], file: str) -> None:
    """Put a checkpoint's tensors into a module; a checkpoint of another network is a ``DataError`` that says which
    tensors differ."""
    ours = module.state_dict()
    wrong = [f"'{name}' is missing" for name in ours if name not in state]
    wrong += [f"'{name}' is not in the network" for name in state if name not in ours]
    wrong += [
        f"'{name}' is {_text(state[name])} there, {_text(value)} here"
        for name, value in ours.items()
        if name in state and state[name].shape != value.shape
    ]
    if wrong:
        more = f", and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise DataError(f"is a checkpoint of another network: {'; '.join(wrong[:3])}{more}").at(file=file)
    module.load_state_dict(state)


def _text(value: Any) -> str:
    return "×".join(map(str, value.shape)) or "scalar"


def read_weights(module: NetworkModule, path: str | Path) -> None:
    """Weights for a module from a checkpoint of netledger, or from a plain state dict saved by PyTorch."""
    try:
        state = load(path)["model"]
    except FormatError:
        try:
            state = torch.load(path, map_location="cpu", weights_only=True)
        except Exception as error:
            raise FormatError("holds no weights that can be read safely").at(file=str(path)) from error
        if not isinstance(state, dict) or not all(isinstance(v, torch.Tensor) for v in state.values()):
            raise FormatError("holds no weights: a mapping of names to tensors is expected").at(
                file=str(path)
            ) from None
    restore(module, state, str(path))


__all__ = ["checksum", "load", "network_of", "read", "read_weights", "restore", "save", "reason_of", "write_atomically"]
