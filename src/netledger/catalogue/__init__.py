"""Networks as data: one ``.net`` file each, with where it was published and what was claimed about it.

``alexnet`` is ``alexnet.net``; ``alexnet/ungrouped`` is ``alexnet/ungrouped.net``. Adding a network is adding a file.
"""

from __future__ import annotations

import os

from netledger.errors import NotFoundError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from netledger.network import Network

_FOLDER = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would cost start-up time
_ALLOWED = frozenset("abcdefghijklmnopqrstuvwxyz0123456789_-./ ()")
_INSIDE = frozenset(("families", "models"))
"""Folders that hold no networks under their own names."""
_TUNED = frozenset(("instruct", "it", "chat", "hf", "thinking"))
"""Words by which hubs tell a tuned or converted model from the one whose sizes it has."""


def _file_of(name: str) -> str:
    return os.path.join(_FOLDER, *name.split("/")) + ".net"  # noqa: PTH118


def _is_plain(name: str) -> bool:
    return (
        0 < len(name) < 100
        and _ALLOWED.issuperset(name.lower())
        and all(name.split("/"))
        and ".." not in name
        and name[0] not in ". "
    )


def _has_file(name: str) -> bool:
    return name.partition("/")[0] not in _INSIDE and os.path.isfile(_file_of(name))  # noqa: PTH113


_known: list[tuple[list[str], dict[str, str], dict[str, str]]] = []


def spellings() -> tuple[list[str], dict[str, str], dict[str, str]]:
    """The names of files; ``key → name`` of all names and other names; the same with letters in a row as one word, as
    in ``MobileNetV2``. Worked out once, for files do not change.

    >>> own, named, together = spellings()
    >>> "alexnet" in own, named["vgg-16"], together["mobilenetv-2"]
    (True, 'vgg16', 'mobilenet_v2')
    """
    if not _known:
        from netledger.catalogue.model_entries import key_of, other_names, run_together

        own = names()
        named = {**other_names(), **{key_of(known): known for known in own}}
        _known.append((own, named, {run_together(key): known for key, known in named.items()}))
    return _known[0]


def resolve(name: str) -> str | None:
    """The catalogue's own name of what somebody calls ``name``; ``None`` where it holds no such network.

    Case, signs and spaces do not matter, and models have other names too; what stands before a hub's stroke, and words
    of tuned models, name no other sizes.

    >>> resolve("alexnet"), resolve("VGG-16"), resolve("Llama 2 7B"), resolve("alexnet.onnx")
    ('alexnet', 'vgg16', 'llama-2-7b', None)
    >>> resolve("MobileNetV2"), resolve("EfficientNetB0")
    ('mobilenet_v2', 'efficientnet_b0')
    >>> resolve("meta-llama/Llama-3.1-8B-Instruct"), resolve("google/gemma-2-9b-it")
    ('llama-3.1-8b', 'gemma-2-9b')
    """
    if not _is_plain(name):
        return None
    if _has_file(name):
        return name
    from netledger.catalogue.model_entries import entry_of, key_of, run_together

    if entry_of(name) is not None:
        return name
    own, named, together = spellings()
    owner, stroke, rest = name.partition("/")
    keys = [key_of(name)]
    if stroke and "/" not in rest and owner not in own and owner not in _INSIDE:
        keys.append(key_of(rest))
    keys += ["-".join([word for word in key.split("-") if word not in _TUNED]) for key in keys]
    found = next((named[key] for key in keys if key and key in named), None)
    if found is not None:
        return found
    return next((together[key] for key in map(run_together, keys) if key and key in together), None)


def has(name: str) -> bool:
    """Whether the catalogue holds a network of this name, or one that is also called so.

    >>> has("alexnet"), has("AlexNet"), has("../alexnet")
    (True, True, False)
    """
    return resolve(name) is not None


def names() -> list[str]:
    """The name of every network that is a file of its own, sorted: a family's head before its members."""
    found: list[str] = []
    waiting = [""]
    while waiting:
        prefix = waiting.pop()
        with os.scandir(os.path.join(_FOLDER, prefix)) as entries:  # noqa: PTH118
            for entry in entries:
                if entry.name.endswith(".net"):
                    found.append(prefix + entry.name.removesuffix(".net"))
                elif entry.is_dir() and not entry.name.startswith("_") and entry.name not in _INSIDE:
                    waiting.append(f"{prefix}{entry.name}/")
    return sorted(found)


def models() -> list[str]:
    """The name of every model that is a family with values (``gpt2-medium``, ``llama-2-7b``), in their files' order."""
    from netledger.catalogue.model_entries import model_names

    return model_names()


def _unknown(name: str) -> NotFoundError:
    return NotFoundError(f"no network '{name}' in the catalogue", near=nearest(name, [*names(), *models()]))


def text_of(name: str) -> str:
    """The description as it is kept; a name that is none is a ``NotFoundError`` with the nearest names."""
    own = resolve(name)
    if own is None:
        raise _unknown(name)
    if not _has_file(own):
        from netledger.catalogue.model_entries import entry_of

        return entry_of(own) or ""
    with open(_file_of(own), encoding="utf-8") as file:  # noqa: PTH123
        return file.read()


def load(name: str) -> Network:
    """The network of this name, or that is also called so.

    >>> [layer.path for layer in load("alexnet")][:3]
    ['image', 'conv1', 'relu1']
    >>> load("GPT-2 small").name
    'gpt2'
    """
    own = resolve(name)
    if own is None:
        raise _unknown(name)
    if not _has_file(own):
        from netledger.catalogue.model_entries import load_model

        return load_model(own, text_of(own))
    from netledger.notation import parse

    return parse(text_of(own), name=own)
