"""Models: a family and the values of its sizes, one ``model(…)`` each in the files of ``models/``; and other names.

A name is found whatever its case and signs: ``VGG-16``, ``Llama 2 7B``, ``ViT-B/16``. What a network is also called
stands with it (``also`` of a model; ``aliases.txt`` for those that are a file of their own).
"""

from __future__ import annotations

import os

from netledger.errors import NotationError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from netledger.network import Network

_HERE = os.path.dirname(os.path.abspath(__file__))  # noqa: PTH100, PTH120 - pathlib would cost start-up time
_OWN = ("title", "source", "published", "notes", "also", "family")
_HEAD = "\nmodel(\n    "


def key_of(name: str) -> str:
    """What two spellings of a name have in common: its words and numbers, in lower case.

    >>> key_of("VGG-16"), key_of("vgg16"), key_of("Llama 2 7B"), key_of("ViT-B/16"), key_of("qwen2.5-7b")
    ('vgg-16', 'vgg-16', 'llama-2-7-b', 'vit-b-16', 'qwen-2-5-7-b')
    """
    words: list[str] = []
    sort = ""
    for character in name.lower():
        now = "letter" if character.isalpha() else "digit" if character.isdigit() else ""
        if now and now == sort:
            words[-1] += character
        elif now:
            words.append(character)
        sort = now
    return "-".join(words)


def run_together(key: str) -> str:
    """A key whose neighbouring words are written as one: what those type who leave out signs.

    >>> run_together(key_of("mobilenet_v2")) == run_together(key_of("MobileNetV2"))
    True
    """
    parts: list[str] = []
    for word in key.split("-"):
        if parts and word.isalpha() and parts[-1].isalpha():
            parts[-1] += word
        else:
            parts.append(word)
    return "-".join(parts)


_read: dict[str, str] = {}
"""The files of ``models/`` that were read: they are asked for each name, and do not change."""
_others: dict[str, str] = {}


def _texts() -> Iterator[str]:
    with os.scandir(os.path.join(_HERE, "models")) as entries:  # noqa: PTH118
        paths = sorted([entry.path for entry in entries if entry.name.endswith(".net")])
    for path in paths:
        if path not in _read:
            with open(path, encoding="utf-8") as file:  # noqa: PTH123
                _read[path] = "\n" + file.read()
        yield _read[path]


def model_names() -> list[str]:
    """The names of all models, in the order of their files.

    >>> "gpt2-medium" in model_names()
    True
    """
    return [name for _, names in shelves() for name in names]


def shelves() -> list[tuple[str, list[str]]]:
    """The names of all models, file by file, each under what its first line says: ``Encoders of language``.

    >>> [heading for heading, names in shelves() if "whisper-tiny" in names]
    ['Transformers for images and speech']
    """
    found = []
    for text in _texts():
        heading = text.lstrip("\n# ").partition("\n")[0].partition(". ")[0].partition(": ")[0]
        found.append((heading, [entry.partition('"')[2].partition('"')[0] for entry in text.split(_HEAD)[1:]]))
    return found


def entry_of(name: str) -> str | None:
    """The text of the model of exactly this name."""
    head = f'{_HEAD}"{name}",'
    for text in _texts():
        at = text.find(head)
        if at >= 0:
            return text[at + 1 :].partition("\nmodel(")[0]
    return None


def other_names() -> dict[str, str]:
    """``key of a name → the name that the catalogue knows``: of models, and of ``aliases.txt``."""
    if not _others:
        _others.update(_listed_names())
    return _others


def _listed_names() -> dict[str, str]:
    found: dict[str, str] = {}
    for text in _texts():
        for entry in text.split(_HEAD)[1:]:
            name = entry.partition('"')[2].partition('"')[0]
            found[key_of(name)] = name
            listed = entry.partition(" also=[")[2].partition("]")[0]
            for other in listed.split('"')[1::2]:
                found.setdefault(key_of(other), name)
    with open(os.path.join(_HERE, "aliases.txt"), encoding="utf-8") as file:  # noqa: PTH118, PTH123
        for line in file:
            name, colon, others = line.partition(":")
            if colon and not line.startswith("#"):
                for other in others.split(","):
                    found[key_of(other)] = name.strip()
    return found


def values_of(name: str, entry: str) -> tuple[dict[str, Any], dict[str, Any]]:
    """What a model's entry says of itself, and the values that it gives its family's sizes.

    An entry that is ``like`` another has that one's figures, notes and values where it gives none of its own.

    >>> own, values = values_of("qwen3-4b-2507", entry_of("qwen3-4b-2507") or "")
    >>> own["title"], own["published"], values["hidden_size"], values["max_position_embeddings"]
    ('Qwen3 4B 2507', {'parameters': '4.0B'}, 2560, 262144)
    """
    from netledger.notation.literals import NameScope, literal
    from netledger.notation.syntax import syntax_tree

    call: Any = syntax_tree(entry).body[0]
    try:
        given = {keyword.arg: literal(keyword.value, NameScope()) for keyword in call.value.keywords}
        architecture = literal(call.value.args[1], NameScope())
    except (AttributeError, IndexError) as error:
        raise NotationError(f"{name}: no model(…): {error}") from None
    like = given.pop("like", None)
    inherited, values = values_of(like, entry_of(like) or "") if like else ({}, {})
    inherited.pop("also", None)
    own = {key: given.pop(key) for key in _OWN if key in given}
    return {**inherited, **own}, {**values, **given, "architectures": (architecture,)}


def load_model(name: str, entry: str) -> Network:
    """The network of a model: its family with its values."""
    from netledger.catalogue.family import family_network, family_of_class

    own, values = values_of(name, entry)
    family = own.get("family") or family_of_class(values["architectures"][0])
    network, _ = family_network(family, values, name)
    meta = {**network.meta, "values": {key: value for key, value in values.items() if key != "architectures"}}
    return network.replace(
        title=own["title"], source=own["source"], published=own.get("published", {}), notes=own.get("notes", ()),
        meta={**meta, "architecture": values["architectures"][0]},
    )  # fmt: skip
