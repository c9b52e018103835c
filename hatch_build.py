"""Makes the catalogue's figures a part of the wheel."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FiguresHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes ``netledger/_figures.py`` into the wheel; an editable install gets one that knows when it is stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is written."""
        if self.target_name != "wheel":
            return
        package = Path(self.root) / "src"
        sys.path.insert(0, str(package))
        try:
            from netledger.ledger.figures import source_text

            text = source_text(checkout=version == "editable")
        finally:
            sys.path.pop(0)
        if version == "editable":
            (package / "netledger" / "_figures.py").write_text(text, encoding="utf-8")
            return
        index = Path(tempfile.mkdtemp()) / "_figures.py"
        index.write_text(text, encoding="utf-8")
        build_data["force_include"][str(index)] = "netledger/_figures.py"
