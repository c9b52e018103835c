"""A callback for the ``Trainer`` of transformers: the ledger of the model when training begins.

::

    from netledger.integrations.transformers import LedgerCallback

    Trainer(model, arguments, callbacks=[LedgerCallback(max={"trainable": "10M"})], ...)

Without ``input_size`` or ``input_data`` the model's input is found from its configuration.
"""

from __future__ import annotations

from netledger.errors import MissingExtraError
from netledger.integrations.keeping import Keeping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

try:
    from transformers import TrainerCallback
except ImportError as error:
    if error.name != "transformers":
        raise
    raise MissingExtraError("transformers", "integrations", "a callback for transformers' Trainer") from error


class LedgerCallback(Keeping, TrainerCallback):  # type: ignore[misc]
    """Counts the model before it is trained, shows its ledger and holds it against budgets.

    The arguments are those of :class:`~netledger.integrations.keeping.Keeping`; ``ledger`` holds the result.
    """

    def on_train_begin(self, args: Any, state: Any, control: Any, model: Any = None, **others: Any) -> None:
        """The Trainer calls this before its first step."""
        if model is not None:
            self.keep(model, first=state.is_world_process_zero)
