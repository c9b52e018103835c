"""Write ``docs/reference/catalogue.md``: every network of the catalogue, made from the network files themselves.

python scripts/catalogue_page.py           # writes the page
python scripts/catalogue_page.py --check   # exit 1 where it is not current
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any

from netledger import catalogue
from netledger.ledger import Ledger, keep_books

PAGE = Path(__file__).resolve().parent.parent / "docs" / "reference" / "catalogue.md"
NOTE = (
    "<!-- made from src/netledger/catalogue by scripts/catalogue_page.py: change the network's file, not this page -->"
)
HEAD = """# The catalogue

Networks as data: one `.net` file each, with where it was published, what was claimed about it and how it differs from
the paper. Each can be named wherever netledger takes a network:

```sh
netledger show alexnet
netledger list alexnet
netledger compare alexnet alexnet/ungrouped
```

Parameters and multiply–accumulates are counted by netledger from the description, for one example of the input given.
"""


def families() -> dict[str, list[Ledger]]:
    """The networks by family: those called ``alexnet`` and ``alexnet/…`` together."""
    found: dict[str, list[Ledger]] = {}
    for name in catalogue.names():
        found.setdefault(name.split("/")[0], []).append(keep_books(catalogue.load(name)))
    return found


def page() -> str:
    """The whole page."""
    parts = [NOTE, "", HEAD]
    alone = []
    for family, ledgers in families().items():
        if len(ledgers) == 1:
            alone += ledgers
        else:
            parts += [f"## {family}", "", *(line for ledger in ledgers for line in entry(ledger))]
    return "\n".join([*parts, "## Others", "", *(line for ledger in alone for line in entry(ledger))]).rstrip() + "\n"


def entry(ledger: Ledger) -> list[str]:
    """One network: its name, title, counts, and what its file says of it."""
    network = ledger.network
    shape = " × ".join(map(str, network.inputs()[0].attributes["shape"]))
    lines = [
        f"### `{network.name}`",
        "",
        f"{plain(network.title)} ({network.meta['year']})" if "year" in network.meta else plain(network.title),
        "",
    ]
    counts = f"{ledger.totals.parameters:,} parameters, {ledger.totals.macs:,} MACs, input {shape}"
    lines.append(f"- {counts}")
    for key, words in (("groups", "groups"), ("normalisation", "normalisation"), ("differs", "differs from the paper")):
        if key in network.meta:
            lines.append(f"- {words}: {plain(network.meta[key])}")
    if network.published:
        claims = "; ".join([f"{name} {claim(value)}" for name, value in network.published.items()])
        lines.append(f"- published: {plain(claims)}")
    lines += [f"- source: {plain(network.source)}", *[f"- {plain(note)}" for note in network.notes], ""]
    return lines


def claim(value: Any) -> str:
    """A published figure as text."""
    return f"{value:,}" if isinstance(value, int) else str(value)


def plain(text: str | None) -> str:
    """Text that Markdown leaves as it is."""
    return "".join([f"\\{c}" if c in "*_`<>[]#" else c for c in text or ""])


def main() -> int:
    """Write or check the page."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="exit 1 where the page is not current")
    check = parser.parse_args().check
    text = page()
    if check:
        current = PAGE.exists() and PAGE.read_text(encoding="utf-8") == text
        print(f"{PAGE.name} is {'current' if current else 'not current: run scripts/catalogue_page.py'}")
        return 0 if current else 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
