"""Repositories of the Hugging Face Hub: ``hf://owner/model[@revision][/file]``.

The first answer names the commit that the revision stands for; all else of the repository is read at that commit.
The token is the environment's ``HF_TOKEN``, else what huggingface_hub, where it is installed, has kept of a login.
"""

from __future__ import annotations

import os

from netledger.errors import NotFoundError, UsageError
from netledger.printable import printable
from netledger.sources.remote.http import HttpFile, HttpText
from netledger.sources.remote.ranges import Budget

_MODELS = ("model.safetensors.index.json", "model.safetensors", "pytorch_model.bin.index.json", "pytorch_model.bin")
"""What stands for a whole repository, the first that is there."""
_SORTS = (
    ".index.json",
    ".safetensors",
    ".gguf",
    ".onnx",
    ".tflite",
    ".keras",
    ".h5",
    ".pt",
    ".pth",
    ".msgpack",
    ".bin",
)
"""What a repository's model may be where it has none of those names: endings, the first that is there."""
_SHOWN = 12


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
    return HubFile(f"{address}/{_only_model(place, revision, budget)}", budget, _secret(), known)


def _only_model(place: str, revision: str, budget: Budget) -> str:
    """The one model in a repository whose files have names of their own; several are told, with the next command."""
    at = f"hf://{place}" + (f"@{revision}" if revision != "main" else "")
    found = _models_in(_listed(place, revision, budget))
    if len(found) == 1:
        return found[0]
    if found:
        shown = ", ".join([printable(name) for name in found[:_SHOWN]]) + (", …" if len(found) > _SHOWN else "")
        endings = {name[name.rfind(".") :] for name in found}
        folders = all("/" in name for name in found)
        pattern = f"; all of them: '{at}/{'**/' if folders else ''}*{endings.pop()}'" if len(endings) == 1 else ""
        raise UsageError(
            f"{at} holds {len(found)} models: {shown}",
            hint=f"netledger show --remote {printable(f'{at}/{found[0]}')}{pattern}",
        )
    raise NotFoundError(
        f"{at}: none of {', '.join(_MODELS)} is there, nor another model: name the file",
        hint=f"netledger show --remote {at}/FILE",
    )


def _listed(place: str, revision: str, budget: Budget) -> list[str]:
    """The names of a repository's files, as the hub lists them; none where it does not."""
    from netledger.notation.strict_json import parse_json

    try:
        answer = HttpText(f"{_hub()}/api/models/{place}/revision/{revision}", budget, _secret())
    except NotFoundError:
        return []
    data = parse_json(answer.content.encode())
    listed = data.get("siblings") if isinstance(data, dict) else None
    names = [one.get("rfilename") for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    return [name for name in names if isinstance(name, str) and 0 < len(name) < 1_000 and ".." not in name.split("/")]


def _models_in(names: list[str]) -> list[str]:
    """The models among a repository's files: of the first sort that is there; of one in parts the first part.

    >>> _models_in(["a-Q4.gguf", "b-00001-of-00002.gguf", "b-00002-of-00002.gguf", "README.md", "x.onnx"])
    ['a-Q4.gguf', 'b-00001-of-00002.gguf']
    """
    for ending in _SORTS:
        found = sorted([name for name in names if name.endswith(ending) and "://" not in name])
        found = [name for name in found if not any(sign in name for sign in "?#\\ ") and not _is_later_part(name)]
        if found:
            return found
    return []


def _is_later_part(name: str) -> bool:
    """Whether a file is a part of another: ``…-00002-of-00003.gguf``."""
    stem = name.rpartition(".")[0]
    number, of, count = stem[-14:-9], stem[-9:-5], stem[-5:]
    return of == "-of-" and number.isdigit() and count.isdigit() and int(number) > 1


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
