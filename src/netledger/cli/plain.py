"""Words of a command line that leave no doubt, read without ``argparse``, whose import is a third of a short command.

A command's ``configure`` fills a :class:`Plain` as it fills an ``ArgumentParser``. Whatever is not plain - help, an
unknown option, a value that begins with a dash or is none of the choices - is left to argparse: it knows what to say.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable, Sequence
    from types import ModuleType
    from typing import Any


class Values:
    """The values of the options by their names, as ``argparse.Namespace`` has them."""

    def __init__(self, values: dict[str, Any]) -> None:
        self.__dict__.update(values)


class Option:
    """One option or positional argument: where its value goes, and how it is taken."""

    __slots__ = ("action", "choices", "default", "dest", "nargs", "required", "type")

    def __init__(
        self, dest: str, action: str, nargs: str | None, default: Any, type: Callable[[str], Any] | None,
        choices: Sequence[Any] | None, required: bool,
    ) -> None:  # fmt: skip
        self.dest, self.action, self.nargs, self.default = dest, action, nargs, default
        self.type, self.choices, self.required = type, choices, required

    def value(self, word: str) -> Any:
        """What a word means here; a ``ValueError`` where it means nothing."""
        value = word if self.type is None else self.type(word)
        if self.choices is not None and value not in self.choices:
            raise ValueError(word)
        return value


class Plain:
    """The options of one command, with the two methods of ``ArgumentParser`` by which commands state them."""

    def __init__(self) -> None:
        self.options: dict[str, Option] = {}
        self.stated: list[Option] = []
        self.places: list[Option] = []

    def add_argument_group(self, title: str) -> Plain:
        """Groups matter to help alone."""
        return self

    def add_argument(
        self, *names: str, dest: str | None = None, action: str = "store", nargs: str | None = None,
        default: Any = ..., const: Any = None, type: Callable[[str], Any] | None = None,
        choices: Sequence[Any] | None = None, required: bool = False, metavar: str = "", help: str = "",
    ) -> None:  # fmt: skip
        """As in argparse."""
        long = [name for name in names if name.startswith("--")] or list(names)
        dest = dest or long[0].lstrip("-").replace("-", "_")
        if default is ...:
            default = False if action == "store_true" else None
        option = Option(dest, action, nargs, default, type, choices, required)
        self.stated.append(option)
        if names[0].startswith("-"):
            self.options.update(dict.fromkeys(names, option))
        else:
            self.places.append(option)

    def values(self, words: Sequence[str]) -> dict[str, Any] | None:
        """The values that the words give; ``None`` where there is any doubt.

        >>> command = Plain()
        >>> command.add_argument("network")
        >>> command.add_argument("--batch", type=int, default=1)
        >>> command.values(["alexnet", "--batch=2"]), command.values(["--batch", "2"]), command.values(["a", "--bath"])
        ({'network': 'alexnet', 'batch': 2}, None, None)
        """
        values = {option.dest: option.default for option in self.stated}
        given: set[str] = set()
        placed: list[str] = []
        index, end_of_places = 0, None
        while index < len(words):
            word, index = words[index], index + 1
            if word == "-" or not word.startswith("-"):
                if end_of_places not in (None, index - 1):  # argparse wants the words of a list side by side
                    return None
                placed.append(word)
                end_of_places = index
                continue
            name, equals, text = word.partition("=")
            option = self.options.get(name)
            if (
                option is None
                or text == "--"
                or option.nargs == "?"  # whether the next word is its value is argparse's to say
                or (equals and (option.action == "store_true" or not name.startswith("--")))
            ):
                return None
            given.add(option.dest)
            if option.action == "store_true":
                values[option.dest] = True
                continue
            if not equals:
                if index == len(words) or (words[index].startswith("-") and words[index] != "-"):
                    return None
                text, index = words[index], index + 1
            if not _put(values, option, text):
                return None
        if not self._place(values, placed) or any(one.required and one.dest not in given for one in self.stated):
            return None
        return values

    def _place(self, values: dict[str, Any], words: list[str]) -> bool:
        """Give the positional arguments their words, the last of them all that are left; whether that fits."""
        for place in self.places:
            least, most = _COUNTS[place.nargs]
            taken, words = (words[:1], words[1:]) if most == 1 else (words, [])
            if len(taken) < least:
                return False
            if most == 1 and taken:
                if not _put(values, place, taken[0]):
                    return False
            elif most > 1:
                if place.type is not None or place.choices is not None:
                    return False
                values[place.dest] = taken if taken or place.default is None else place.default
        return not words


_COUNTS: dict[str | None, tuple[float, float]] = {
    None: (1, 1), "?": (0, 1), "*": (0, float("inf")), "+": (1, float("inf")),
}  # fmt: skip
"""How many words an argument takes, at least and at most."""


def _put(values: dict[str, Any], option: Option, word: str) -> bool:
    """Keep the value of a word; whether it has one."""
    try:
        value = option.value(word)
    except Exception:  # argparse calls the type again and tells what is wrong
        return False
    values[option.dest] = [*values[option.dest], value] if option.action == "append" else value
    return True


def plain(module: ModuleType, words: Sequence[str]) -> Namespace | None:
    """The values that plain words give a command, its function among them; ``None`` where argparse must be asked."""
    command = Plain()
    module.configure(command)
    values = command.values(words)
    return None if values is None else Values({**values, "run": module.run})  # type: ignore[return-value]
