"""Makes what the wheel brings ready: the catalogue's figures, and the auditor's words of all languages together."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface


class FiguresHook(BuildHookInterface):  # type: ignore[type-arg]
    """Writes modules into the wheel; an editable install gets such that know when they are stale."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called before the wheel is written."""
        if self.target_name != "wheel":
            return
        package = Path(self.root) / "src"
        sys.path.insert(0, str(package))
        try:
            from netledger.audit.words import fingerprint
            from netledger.audit.words.languages import source_text as words
            from netledger.ledger.figures import source_text as figures

            checkout = version == "editable"
            together = words(fingerprint() if checkout else None)
            made = {"_figures.py": figures(checkout=checkout), "audit/words/_together.py": together}
        finally:
            sys.path.pop(0)
        folder = Path(tempfile.mkdtemp())
        for place, text in made.items():
            path = (package / "netledger" if checkout else folder) / place
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
            if not checkout:
                build_data["force_include"][str(path)] = f"netledger/{place}"
