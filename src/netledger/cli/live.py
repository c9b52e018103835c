"""The options of live models: how a factory is called, how the model is run, whether its backward pass is counted."""

from __future__ import annotations

from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Sequence
    from typing import Any


def add_live(parser: ArgumentParser) -> None:
    """``--args``, ``--kwargs``, ``--training``, ``--real`` and ``--trust-remote-code``."""
    group = parser.add_argument_group("live models")
    group.add_argument("--args", metavar="VALUES", help="positional arguments of module:factory: '10, \"relu\"'")
    group.add_argument("--kwargs", metavar="NAME=VALUE,…", help="named arguments of the factory: num_classes=10")
    group.add_argument("--training", action="store_true", help="in training mode, the backward pass counted too")
    group.add_argument("--real", action="store_true", help="run with real values (control flow that depends on data)")
    group.add_argument("--trust-remote-code", action="store_true", help="run code that is kept beside a configuration")


def live_settings(arguments: Namespace) -> dict[str, Any]:
    """The options above as settings of the source, with inputs written ``name=int64[1,128]``.

    >>> from argparse import Namespace
    >>> live_settings(Namespace(input=["ids=int64[1,8]", "3x4"], kwargs="width=2, act='relu'", training=True))
    {'specs': ('ids=int64[1,8]',), 'kwargs': {'width': 2, 'act': 'relu'}, 'training': True}
    """
    settings: dict[str, Any] = {}
    given = getattr(arguments, "input", ())
    specs = tuple([text for text in given if goes_in_order(given, text)])
    if specs:
        settings["specs"] = specs
    if getattr(arguments, "args", None):
        settings["args"] = _called("--args", arguments.args)[0]
    if getattr(arguments, "kwargs", None):
        settings["kwargs"] = _called("--kwargs", arguments.kwargs)[1]
    for name in ("training", "real", "trust_remote_code"):
        if getattr(arguments, name, False):
            settings[name] = True
    if getattr(arguments, "batch", 1) != 1 and specs:
        settings["batch"] = 1
    return settings


def goes_in_order(given: Sequence[str], text: str) -> bool:
    """Whether an input is handed to the source as it is written: with a type, or one of several without a name.

    >>> goes_in_order(["3x8x8", "7"], "7"), goes_in_order(["3x8x8"], "3x8x8"), goes_in_order([], "int64[1,7]")
    (True, False, True)
    """
    return "[" in text or ("=" not in text and sum("=" not in one for one in given) > 1)


def _called(option: str, text: str) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments of a call, as Python's parser reads them; literals only, nothing is run."""
    import ast

    try:
        call = ast.parse(f"f({text})", mode="eval").body
        if not isinstance(call, ast.Call):
            raise ValueError(text)
        args = tuple([ast.literal_eval(value) for value in call.args])
        kwargs = {keyword.arg: ast.literal_eval(keyword.value) for keyword in call.keywords if keyword.arg is not None}
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UsageError(f"{option} takes literals, as in {_EXAMPLES[option]}, not '{text}'") from error
    wrong = kwargs if option == "--args" else args
    if wrong:
        raise UsageError(f"{option} takes arguments as in {_EXAMPLES[option]}, not '{text}'")
    return args, kwargs


_EXAMPLES = {"--args": "--args \"10, 'relu'\"", "--kwargs": "--kwargs num_classes=10,width=0.5"}
