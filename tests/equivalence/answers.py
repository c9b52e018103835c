"""What netledger answers today, whole: every line of every sample network's books, every audit of the corpus.

    python -m tests.equivalence.answers            all answers, as JSON
    python -m tests.equivalence.answers REVISION   those that differ between a revision of git and the working tree

A change that only moves code changes none of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import netledger
from netledger import catalogue
from netledger.ledger import Entry, Ledger, keep_books
from netledger.unknown import Unknown
from tests.networks import oddities
from tests.support import NETWORKS, ROOT

SHOWN = 80
"""The most layers of a network whose lines are kept one by one; of a larger one their digest, and each kind's sums."""


def _files() -> dict[str, Path]:
    files = [path for path in NETWORKS.rglob("*") if path.suffix in (".cfg", ".prototxt")]
    return {path.relative_to(NETWORKS).as_posix(): path for path in sorted(files)}


FILES = _files()
NAMES = [*catalogue.names(), *catalogue.models(), *FILES, "oddities"]


def books(name: str) -> Ledger:
    """The books of one sample network."""
    if name == "oddities":
        return keep_books(oddities())
    return keep_books(netledger.read(str(FILES[name])) if name in FILES else catalogue.load(name))


def of_network(name: str) -> dict[str, Any]:
    """Totals and lines of one sample network."""
    ledger = books(name)
    answer: dict[str, Any] = {"totals": {key: said(count) for key, count in ledger.totals.as_dict().items()}}
    rows = [row(entry) for entry in ledger.entries]
    if len(rows) <= SHOWN:
        return {**answer, "layers": rows}
    kinds: dict[str, list[Entry]] = {}
    for entry in ledger.entries:
        kinds.setdefault(entry.kind, []).append(entry)
    sums = {kind: f"{len(found)} layers, {of('parameters', found)} parameters, {of('macs', found)} MACs" for kind, found in kinds.items()}  # fmt: skip
    digest = hashlib.blake2b("\n".join(rows).encode(), digest_size=16).hexdigest()
    return {**answer, "kinds": sums, "layers": [f"{len(rows)} lines of digest {digest}"]}


def of(quantity: str, entries: list[Entry]) -> str:
    """A sum over some layers, as text."""
    counts = [getattr(entry, quantity) for entry in entries]
    known = sum([count for count in counts if isinstance(count, int)])
    return f"{known:,}" if all(isinstance(count, int) for count in counts) else f"≥ {known:,}"


def row(entry: Entry) -> str:
    """One line of the books as text: path, kind, shapes, counts, and the formulas that say why."""
    reads = " ".join(map(said, entry.inputs))
    gives = " ".join(map(said, entry.outputs))
    counts = " ".join(
        f"{name} {said(getattr(entry, name))}" for name in ("weights", "biases", "buffers", "macs", "bytes")
    )
    effect = entry.effect
    return f"{entry.layer.path}: {entry.kind} [{reads} -> {gives}] {counts} = {effect.parameters.text()} | {effect.macs.text()}"


def said(value: object) -> str:
    """A count, a size or a shape as text, with the reason of what is unknown."""
    if isinstance(value, Unknown):
        return f"unknown ({value.reason})"
    return "x".join(map(said, value)) if isinstance(value, tuple) else str(value)


def of_networks() -> dict[str, Any]:
    """Every sample network's answer."""
    return {name: of_network(name) for name in NAMES}


def of_audits() -> dict[str, Any]:
    """Every text of the corpus against its network, and every block of the documentation by itself."""
    from netledger.audit.page import judge_page
    from tests.audit.support_corpus import all_cases, judge

    judged = {case.name: judge(case) for case in all_cases()}
    judged |= {name: judge_page(text, None) for name, text in texts().items()}
    return {name: of_audit(result) for name, result in judged.items()}


PAGES = ("README.md", "docs/getting-started.md", "docs/guides/audit.md", "docs/the-thread.md")
"""Pages that show calculations and what is said of them."""


def texts() -> dict[str, str]:
    """The documentation's examples, and what its pages show in blocks, named by their first lines."""
    found = {path.name: path.read_text(encoding="utf-8") for path in sorted((ROOT / "docs/examples").glob("*.txt"))}
    for page in PAGES:
        for block in re.findall(r"^```\w*\n(.*?)^```", (ROOT / page).read_text(encoding="utf-8"), re.M | re.S):
            found[f"{page}: {block.strip().partition(chr(10))[0]}"] = block
    return found


def of_audit(result: Any) -> dict[str, Any]:
    """What an audit decides: the verdict, the network, the total, and of each line the verdict, its layer, its causes."""
    found: dict[str, Any] = result.to_dict()
    causes: dict[int, list[str]] = {}
    for each in found["findings"]:
        causes.setdefault(each["line_no"], []).append(f"{each['kind']} → {each['expected']}")
    lines = [
        f"{line['line_no']} {line['verdict']}: {line['layer']}" + "".join([f" | {why}" for why in causes.get(line["line_no"], ())])
        for line in found["lines"] if line["verdict"] != "not_checked"
    ]  # fmt: skip
    return {**{key: found[key] for key in ("verdict", "network", "convention", "total")}, "layers": lines}


ANSWERS: dict[str, Callable[[], dict[str, Any]]] = {"networks": of_networks, "audits": of_audits}


def written(answers: dict[str, Any]) -> str:
    """Answers as JSON, a line for each layer or for each text, so that a difference can be read."""
    blocks = []
    for name, answer in answers.items():
        head = {key: value for key, value in answer.items() if key != "layers"}
        text = json.dumps(head, ensure_ascii=False)
        if "layers" in answer:
            lines = ",\n  ".join(json.dumps(line, ensure_ascii=False) for line in answer["layers"])
            text = f'{text[:-1]}, "layers": [\n  {lines}]}}'
        blocks.append(f"{json.dumps(name, ensure_ascii=False)}: {text}")
    return "{\n" + ",\n".join(blocks) + "\n}\n"


def _of_revision(revision: str) -> dict[str, dict[str, Any]]:
    """The answers of another revision's code to the same questions."""
    with tempfile.TemporaryDirectory() as folder:
        packed = subprocess.run(["git", "archive", revision, "src"], cwd=ROOT, check=True, capture_output=True)
        subprocess.run(["tar", "-x", "-C", folder], input=packed.stdout, check=True)
        path = os.pathsep.join([str(Path(folder) / "src"), str(ROOT)])
        done = subprocess.run(
            [sys.executable, "-m", "tests.equivalence.answers"],
            cwd=ROOT, env={**os.environ, "PYTHONPATH": path}, check=True, capture_output=True, text=True,
        )  # fmt: skip
    answers: dict[str, dict[str, Any]] = json.loads(done.stdout)
    return answers


def main() -> int:
    """Print all answers, or those that differ from a revision's; 1 where some do."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("revision", nargs="?", help="a revision of git, such as main or HEAD~3")
    revision = parser.parse_args().revision
    today = json.loads(json.dumps({part: make() for part, make in ANSWERS.items()}))
    if revision is None:
        print(json.dumps(today))
        return 0
    before = _of_revision(revision)
    differ = [
        (name, before[part].get(name), today[part].get(name))
        for part in ANSWERS for name in {**before[part], **today[part]}
        if before[part].get(name) != today[part].get(name)
    ]  # fmt: skip
    for name, old, new in differ:
        print(f"--- {name}\n- {json.dumps(old, ensure_ascii=False)}\n+ {json.dumps(new, ensure_ascii=False)}")
    print(f"{len(differ)} of {sum(map(len, today.values())):,} answers differ")
    return bool(differ)


if __name__ == "__main__":
    sys.exit(main())
