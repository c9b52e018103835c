"""The site: nothing out of the navigation, nothing dead, and what it is built from is where the build looks."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from netledger.cli import main

ROOT = Path(__file__).resolve().parents[2]


def test_every_page_is_in_the_navigation_and_every_link_leads_somewhere() -> None:
    done = subprocess.run(
        [sys.executable, str(ROOT / "scripts" / "check_site.py")], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_dead_link_is_found(tmp_path: Path) -> None:
    sys.path.insert(0, str(ROOT / "scripts"))
    try:
        import check_site
    finally:
        sys.path.pop(0)
    page = ROOT / "docs" / "index.md"
    assert check_site._dead(page, "index.md", "nowhere.md")
    assert check_site._dead(page, "index.md", "getting-started.md#no-such-heading")
    assert not check_site._dead(page, "index.md", "getting-started.md#a-network-of-your-own")


@pytest.mark.parametrize("net", sorted((ROOT / "docs").rglob("*.net")), ids=str)
def test_a_description_that_we_ship_is_as_format_writes_it(net: Path) -> None:
    assert main(["format", str(net), "--check"]) == 0
