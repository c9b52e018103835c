"""Keeps CONTRIBUTING.md true: its links to file and line, and what its commands print in a copy of the source.

A link ``[`file:12`](path#L12 "text")`` leads to the first line of the file that holds the text. A recipe is a section
with blocks under marks: ``file`` makes one, ``end`` adds to one, ``line`` writes the block in place of the one line
that holds the text behind the bar; the commands of ``try`` are then run in a folder of their own.

``python scripts/recipes.py`` writes lines and output anew; ``tests/docs/test_recipes.py`` compares.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "CONTRIBUTING.md"
LINK = re.compile(r'\[`([^`:\]]+):\d+`\]\(([^)#\s]+)#L\d+ "((?:[^"\\]|\\.)+)"\)')
BLOCK = re.compile(r"<!-- (file|end|line): (\S+)(?: \| (.+?))? -->\n```\w*\n(.*?)```\n", re.S)
TRY = re.compile(r"(<!-- try -->\n```console\n)(.*?)(```\n)", re.S)


def sections(page: str) -> dict[str, str]:
    """The page's sections that hold a recipe, by their headings."""
    parts = re.split(r"^## (.+)\n", page, flags=re.M)
    return {title: text for title, text in zip(parts[1::2], parts[2::2], strict=True) if TRY.search(text)}


def linked(page: str) -> str:
    """The page with every link at the line where its text stands now; a text that is gone is an error."""

    def found(match: re.Match[str]) -> str:
        shown, path, text = match[1], match[2], match[3].replace('\\"', '"')
        lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
        number = next((i for i, line in enumerate(lines, 1) if text in line), None)
        if number is None:
            raise SystemExit(f"CONTRIBUTING.md: {path} has no line with {text}")
        return f'[`{shown}:{number}`]({path}#L{number} "{match[3]}")'

    return LINK.sub(found, page)


def follow(recipe: str, copy: Path) -> None:
    """Write a recipe's blocks into a copy of the source."""
    for sort, path, text, block in BLOCK.findall(recipe):
        target = copy / path
        before = "" if sort == "file" else target.read_text(encoding="utf-8")
        target.unlink(missing_ok=True)  # the copy is made of links
        if sort == "line":
            lines = before.splitlines(keepends=True)
            (place,) = [i for i, line in enumerate(lines) if text in line]
            target.write_text("".join([*lines[:place], block, *lines[place + 1 :]]), encoding="utf-8")
        else:
            target.write_text(f"{before}\n\n{block}" if before else block, encoding="utf-8")


def copied(folder: Path) -> Path:
    """A copy of the source, of links: what a recipe changes is written anew."""
    skip = shutil.ignore_patterns("__pycache__")
    shutil.copytree(ROOT / "src", folder / "src", copy_function=_link, ignore=skip)
    return folder


def _link(source: str, target: str) -> None:
    try:
        os.link(source, target)
    except OSError:  # on another disk
        shutil.copy2(source, target)


def commands(shown: str) -> Iterator[str]:
    """The commands of a console block; lines that begin with ``>`` go on."""
    command = ""
    for line in shown.splitlines():
        if command and line.startswith("> "):
            command += "\n" + line[2:]
            continue
        if command:
            yield command
        command = line[2:] if line.startswith("$ ") else ""
    if command:
        yield command


def tried(shown: str, copy: Path, folder: Path) -> str:
    """A console block with what its commands print now."""
    start = f'netledger() {{ "{sys.executable}" -m netledger "$@"; }}; python() {{ "{sys.executable}" "$@"; }}\n'
    path = os.pathsep.join([str(copy / "src"), str(ROOT)])
    environment = {**os.environ, "PYTHONPATH": path, "COLUMNS": "120", "CUDA_VISIBLE_DEVICES": ""}
    result = []
    for command in commands(shown):
        done = subprocess.run(
            ["bash", "-c", start + command], cwd=folder, env=environment, text=True, encoding="utf-8",
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False,
        )  # fmt: skip
        first, *more = command.split("\n")
        result += [f"$ {first}", *[f"> {line}" for line in more], *done.stdout.rstrip("\n").split("\n")]
    return "".join([f"{line.rstrip()}\n" for line in result if line])


def done(recipe: str) -> str:
    """A recipe followed in a copy of the source, with what its commands print."""
    with tempfile.TemporaryDirectory() as holder:
        copy = copied(Path(holder))
        follow(recipe, copy)
        folder = Path(holder) / "elsewhere"
        folder.mkdir()
        return TRY.sub(lambda match: match[1] + tried(match[2], copy, folder) + match[3], recipe)


def main() -> None:
    """Write the page anew."""
    page = linked(PAGE.read_text(encoding="utf-8"))
    for recipe in sections(page).values():
        page = page.replace(recipe, done(recipe))
    PAGE.write_text(page, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
