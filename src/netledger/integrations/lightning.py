"""A callback for Lightning: the ledger of the module when fitting begins.

::

    from netledger.integrations.lightning import LedgerCallback

    Trainer(callbacks=[LedgerCallback(depth=1, max={"parameters": "30M"})])

Without ``input_size`` or ``input_data`` the module's ``example_input_array`` is its input.
"""

from __future__ import annotations

import importlib
import sys

from netledger.errors import MissingExtraError
from netledger.integrations.keeping import Keeping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_NAMES = ("lightning.pytorch", "pytorch_lightning")


def _callback_class() -> Any:
    """Lightning's ``Callback``, of the one of its two packages that is in use."""
    for name in (*[name for name in _NAMES if name in sys.modules], *_NAMES):
        try:
            return importlib.import_module(name).Callback
        except ImportError as error:
            if error.name not in (name, name.partition(".")[0]):
                raise
    raise MissingExtraError("lightning", "integrations", "a callback for Lightning")


class _Fitting(Keeping):
    """Counts the module before it is fitted, shows its ledger, holds it against budgets and logs its totals.

    The arguments are those of :class:`~netledger.integrations.keeping.Keeping`; ``ledger`` holds the result.
    """

    def on_fit_start(self, trainer: Any, pl_module: Any) -> None:
        """Lightning calls this once, with the module on its device."""
        self.keep(pl_module, first=trainer.is_global_zero)
        for logger in trainer.loggers:
            logger.log_hyperparams(self.figures())


def __getattr__(name: str) -> Any:
    """``LedgerCallback``, made when it is asked for: Lightning is imported then."""
    if name != "LedgerCallback":
        raise AttributeError(name)
    made = type(name, (_Fitting, _callback_class()), {"__doc__": _Fitting.__doc__, "__module__": __name__})
    globals()[name] = made
    return made
