r"""Pickles as data: an interpreter of the opcodes that builds records of what is written, never what it stands for.

Nothing is imported, looked up or called. A global is a :class:`Global` (two strings), a call a :class:`Made` (what was
to be called, with what), a persistent reference a :class:`Reference`. A ``dict`` is an :class:`Items`, a list of pairs,
since hashing a stranger's keys can take for ever; every other container is a plain ``list`` or ``tuple``.

>>> load(b"\x80\x02cos\nsystem\nX\x02\x00\x00\x00ls\x85R.")
(Made(os.system), 23)
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError
from netledger.wire.pickle import objects  # noqa: F401 - enters its opcodes
from netledger.wire.pickle.machine import CutError, Global, Items, Machine, Made, Reference
from netledger.wire.pickle.opcodes import OPCODES

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["CutError", "Global", "Items", "Made", "Reference", "load"]


def load(data: bytes, start: int = 0) -> tuple[Any, int]:
    """What the pickle that begins at ``start`` of ``data`` describes, and the offset after it.

    A ``CutError`` where ``data`` ends before it does, a ``FormatError`` where it breaks its own rules, a ``LimitError``
    above ``PICKLE_OPS``, ``PICKLE_STACK`` or ``PICKLE_MEMO``. Time and memory grow with the bytes really there.
    """
    machine = Machine(data, start)
    try:
        return machine.run(OPCODES), machine.at
    except IndexError:
        raise FormatError("the pickle takes what it has not put there").at(byte=machine.at) from None
    except (FormatError, LimitError) as error:
        error.at(byte=machine.at)
        raise
