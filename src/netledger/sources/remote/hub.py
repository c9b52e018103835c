"""Repositories of the Hugging Face Hub: ``hf://owner/model[@revision][/file]``.

The first answer names the commit that the revision stands for; all else of the repository is read at that commit.
The token is the environment's ``HF_TOKEN``, else what huggingface_hub, where it is installed, has kept of a login.
"""

from __future__ import annotations

import os

from netledger.errors import NotFoundError, UsageError
from netledger.sources.remote.http import HttpFile
from netledger.sources.remote.ranges import Budget

_MODELS = ("model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin")
"""What stands for a whole repository, the first that is there."""


class HubFile(HttpFile):
    """A file of a repository; its siblings are those of the same commit."""

    __slots__ = ()

    @property
    def commit(self) -> str | None:
        """The commit that this file was read at, as the hub says it; ``None`` where it says none."""
        said = {name.lower(): value for name, value in self.answered.items()}.get("x-repo-commit", "")
        return said if 7 <= len(said) <= 64 and said.isalnum() else None

    def beside(self, name: str) -> HubFile:
        """In the same folder, at the same commit."""
        place, revision, path = _parts(self.address.partition("?")[0])
        if not path:
            raise NotFoundError("it is in no repository's revision").at(file=self.path)
        folder = path.rpartition("/")[0]
        inside = f"{folder}/{name}" if folder else name
        return HubFile(f"{place}/resolve/{self.commit or revision}/{inside}", self.budget, self._secret)


def _parts(address: str) -> tuple[str, str, str]:
    """``…/owner/model/resolve/revision/path`` as its three parts; a revision's own ``/`` is written ``%2F`` there."""
    place, _, rest = address.partition("/resolve/")
    revision, _, path = rest.partition("/")
    return place, revision, path


def open_url(what: str, known: str | None = None) -> HttpFile:
    """The file at an http or https address; of the hub with its token."""
    if what.startswith(f"{_hub()}/"):
        return HubFile(what, Budget(), _secret(), known)
    return HttpFile(what, Budget(), known=known)


def open_of_hub(what: str, known: str | None = None) -> HubFile:
    """A file of a repository; without a name, its index of shards or its weights."""
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in ("1", "TRUE", "YES", "ON"):
        raise UsageError(f"{what[:120]}: HF_HUB_OFFLINE says that nothing may be fetched")
    place, revision, file = named(what)
    address, budget, missing = f"{_hub()}/{place}/resolve/{revision}", Budget(), None
    for name in [file] if file else _MODELS:
        try:
            return HubFile(f"{address}/{name}", budget, _secret(), known)
        except NotFoundError as error:
            missing = missing or error
    if file and missing is not None:
        raise missing
    raise NotFoundError(
        f"none of {', '.join(_MODELS)} is there: name the file", hint=f"netledger show --remote 'hf://{place}/*.gguf'"
    )


def named(what: str) -> tuple[str, str, str]:
    """Repository, revision and file of an ``hf://`` address.

    >>> named("hf://org/model@refs%2Fpr%2F1/a/b.onnx"), named("hf://org/model")
    (('org/model', 'refs%2Fpr%2F1', 'a/b.onnx'), ('org/model', 'main', ''))
    """
    owner, _, rest = what[len("hf://") :].partition("/")
    model, _, file = rest.partition("/")
    model, _, revision = model.partition("@")
    if not owner or not model or any(sign in what for sign in "?#\\ "):
        raise UsageError(f"'{what[:120]}' is no hf://owner/model[@revision][/file]")
    return f"{owner}/{model}", revision or "main", file


def _hub() -> str:
    return os.environ.get("HF_ENDPOINT", "https://huggingface.co").rstrip("/")


def _secret() -> dict[str, str]:
    token = os.environ.get("HF_TOKEN") or _kept()
    return {"Authorization": f"Bearer {token}"} if token and token.isprintable() else {}


def _kept() -> str | None:
    """The token of a login, from the place where huggingface_hub keeps it."""
    try:
        from huggingface_hub import get_token
    except ImportError:
        return None
    token = get_token()
    return token if isinstance(token, str) else None
