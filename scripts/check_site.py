"""The documentation's site before it is built: every page is in the navigation, no link leads nowhere."""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DOCS = ROOT / "docs"
BUILT = frozenset(("page/index.html",))
"""What ``make site`` puts beside the pages."""


def navigation() -> list[str]:
    """The pages that ``mkdocs.yml`` names."""
    text = (ROOT / "mkdocs.yml").read_text(encoding="utf-8").partition("\nnav:")[2]
    return re.findall(r"(?:: |- )(\S+\.md)\s*$", text, re.M)


def anchors(page: Path) -> set[str]:
    """The places of a page that a link can name: its headings."""
    titles = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), re.M)
    plain = [re.sub(r"[^\w\- ]", "", re.sub(r"[`*]", "", title).lower()).strip() for title in titles]
    return {re.sub(r"[\s]+", "-", title) for title in plain}


def links(page: Path) -> list[str]:
    """The targets of a page's links and pictures, code left out."""
    text = re.sub(r"^(```|~~~).*?^\1", "", page.read_text(encoding="utf-8"), flags=re.M | re.S)
    text = re.sub(r"`[^`\n]*`", "", text)
    return re.findall(r"\]\(([^)\s]+)\)", text) + re.findall(r'src="([^"]+)"', text)


def faults() -> list[str]:
    """What is wrong, a line each."""
    listed = navigation()
    found = [f"mkdocs.yml: {page} is not there" for page in listed if not (DOCS / page).is_file()]
    found += [f"mkdocs.yml: {page} stands twice" for page in set(listed) if listed.count(page) > 1]
    for page in sorted(DOCS.rglob("*.md")):
        name = page.relative_to(DOCS).as_posix()
        if name not in listed:
            found.append(f"docs/{name}: not in the navigation")
        for link in links(page):
            found += _dead(page, name, link)
    return found


def _dead(page: Path, name: str, link: str) -> list[str]:
    if "://" in link or link.startswith("mailto:") or link in BUILT:
        return []
    path, _, place = link.partition("#")
    target = (page.parent / path).resolve() if path else page
    if not target.exists() or (DOCS not in target.parents and target != DOCS):
        return [f"docs/{name}: {link} leads nowhere"]
    if place and target.suffix == ".md" and place not in anchors(target):
        return [f"docs/{name}: {link} names no heading"]
    return []


if __name__ == "__main__":
    sys.exit("\n".join(faults()) or 0)
