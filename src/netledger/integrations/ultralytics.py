"""A callback for Ultralytics: the ledger of the network when training begins.

::

    from netledger.integrations.ultralytics import LedgerCallback

    model = YOLO("yolo11n.yaml")
    model.add_callback("on_pretrain_routine_end", LedgerCallback(depth=2))

Without ``input_size`` or ``input_data`` the input is one image of the size that is trained on.
"""

from __future__ import annotations

import os

from netledger.integrations.keeping import Keeping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class LedgerCallback(Keeping):
    """Counts the network that a trainer holds, shows its ledger and holds it against budgets.

    The arguments are those of :class:`~netledger.integrations.keeping.Keeping`; ``ledger`` holds the result.
    """

    def __call__(self, trainer: Any) -> None:
        """Ultralytics calls this with its trainer."""
        size = trainer.args.imgsz
        height, width = (size, size) if isinstance(size, int) else tuple(size)
        channels = (getattr(trainer, "data", None) or {}).get("channels", 3)
        first = int(os.getenv("RANK", "-1")) <= 0
        self.keep(trainer.model, first=first, input_size=(1, channels, height, width))
