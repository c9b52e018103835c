"""``docs/reference/catalogue.md`` is what the network files say."""

from __future__ import annotations

import subprocess
import sys

from netledger import catalogue
from tests.support import ROOT


def test_the_page_is_current() -> None:
    script = ROOT / "scripts" / "catalogue_page.py"
    done = subprocess.run([sys.executable, str(script), "--check"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def test_every_network_is_on_it() -> None:
    page = (ROOT / "docs" / "reference" / "catalogue.md").read_text(encoding="utf-8")
    assert [name for name in catalogue.names() if f"### `{name}`\n" not in page] == []
