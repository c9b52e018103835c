"""Every error that netledger raises, in one tree.

::

    NetledgerError                      (Exception)      exit code 70
    ├── UsageError                      (ValueError)      2   the request itself makes no sense
    ├── DataError                       (ValueError)     65   what was read is wrong
    │   ├── NotationError                                65   a description: line, column and caret
    │   ├── ShapeError                                   65   a layer that cannot be: sizes do not fit
    │   ├── ArgumentError               (UsageError)     65   an argument that a kind of layer does not take
    │   ├── FormulaError                (ArithmeticError) 65  an expression without a value
    │   ├── FormatError                                  65   a model file that breaks its own format
    │   └── LimitError                                   65   more than netledger is willing to read
    ├── NotFoundError                   (LookupError)    66   no such network, file, layer or kind
    ├── MissingExtraError               (ImportError)    69   an optional package is not installed
    └── ModelError                      (RuntimeError)   65   a live model that cannot be counted as asked

Inner code says *why*; the border adds *where* with :meth:`NetledgerError.at`. One error prints as one line:
``error: alexnet.onnx: initializer 'fc6_w_0': dims say 37,748,736 elements (at byte 1,204)``.
"""

from __future__ import annotations

from netledger.printable import printable


class NetledgerError(Exception):
    """Root of the tree. ``exit_code`` is what the command line returns.

    >>> str(NetledgerError("no weights").at(file="a.onnx", byte=1204))
    'a.onnx: no weights (at byte 1,204)'
    """

    exit_code = 70

    def __init__(self, why: str, *, hint: str | None = None) -> None:
        super().__init__(why)
        self.why = why
        self.hint = hint
        self.file: str | None = None
        self.byte: int | None = None
        self.line: int | None = None
        self.column: int | None = None
        self.item: str | None = None

    def at(
        self,
        *,
        file: str | None = None,
        byte: int | None = None,
        line: int | None = None,
        column: int | None = None,
        item: str | None = None,
    ) -> NetledgerError:
        """Add where it happened; what an inner place has said already is kept. Returns the error itself."""
        self.file = self.file if self.file is not None else file
        self.byte = self.byte if self.byte is not None else byte
        self.item = self.item if self.item is not None else item
        if self.line is None:
            self.line, self.column = line, column
        return self

    def __str__(self) -> str:
        where = [printable(self.file)] if self.file is not None else []
        if self.line is not None:
            where.append(f"line {self.line}" + (f", column {self.column}" if self.column is not None else ""))
        if self.item is not None:
            where.append(printable(self.item))
        at = f" (at byte {self.byte:,})" if self.byte is not None else ""
        return ": ".join([*where, printable(self.why) + at])


class UsageError(NetledgerError, ValueError):
    """The request itself makes no sense: an option's value, two options that exclude each other."""

    exit_code = 2


class DataError(NetledgerError, ValueError):
    """What was read is wrong."""

    exit_code = 65


class NotationError(DataError):
    """A network description that cannot be read. ``source_line`` is the line, for the caret under the place."""

    source_line: str | None = None


class ShapeError(DataError):
    """A layer whose sizes do not fit its input or each other."""


class ArgumentError(DataError, UsageError):
    """An argument that a kind of layer does not take, or a value that the argument cannot have."""


class FormulaError(DataError, ArithmeticError):
    """An expression that has no exact value."""


class FormatError(DataError):
    """A model file that breaks the rules of its own format."""


class LimitError(DataError):
    """More than netledger is willing to read or compute; names the limit (``netledger.limits``)."""


class NotFoundError(NetledgerError, LookupError):
    """No such network, file, layer or kind; ``near`` holds the nearest names that exist."""

    exit_code = 66

    def __init__(self, why: str, *, near: tuple[str, ...] = (), hint: str | None = None) -> None:
        super().__init__(why + (f": did you mean {or_list(near)}?" if near else ""), hint=hint)
        self.near = near


class MissingExtraError(NetledgerError, ImportError):
    """An optional package is not installed; prints the exact line that installs it."""

    exit_code = 69

    def __init__(self, package: str, extra: str, what: str) -> None:
        super().__init__(f'{what} needs {package}: pip install "netledger[{extra}]"')
        self.package, self.extra, self.what = package, extra, what

    def __reduce__(self) -> tuple[object, ...]:
        return type(self), (self.package, self.extra, self.what), dict(self.__dict__)


class ModelError(NetledgerError, RuntimeError):
    """A live model that cannot be counted as asked: its own code raised, or its input does not fit."""

    exit_code = 65


class BudgetError(NetledgerError, ValueError):
    """A network is outside its budget where a program, not the command line, holds it to one."""

    exit_code = 1


def or_list(names: tuple[str, ...] | list[str]) -> str:
    """Names for a sentence, quoted.

    >>> or_list(["a", "b", "c"])
    "'a', 'b' or 'c'"
    """
    quoted = [f"'{printable(name)}'" for name in names]
    return quoted[0] if len(quoted) == 1 else ", ".join(quoted[:-1]) + f" or {quoted[-1]}"


def nearest(name: str, among: list[str] | tuple[str, ...], most: int = 3) -> tuple[str, ...]:
    """The names of ``among`` that look most like ``name``, best first; for "did you mean".

    >>> nearest("alxnet", ["alexnet", "vgg16"])
    ('alexnet',)
    """
    if len(name) > 200:
        return ()
    from difflib import get_close_matches

    return tuple(get_close_matches(name, among, n=most, cutoff=0.6))
