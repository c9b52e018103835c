"""Runs the commands shown in README.md and docs/, and writes what they print under them.

A block that is to be run looks like this, and everything between the command and the closing fence is replaced::

    <!-- run -->
    ```console
    $ netledger show alexnet --layers conv2
    ```

``python scripts/run_blocks.py`` rewrites; ``--check`` only says which are out of date. The test suite does the same.
"""

from __future__ import annotations

import io
import os
import shlex
import shutil
import sys
import tempfile
from contextlib import chdir, redirect_stderr, redirect_stdout, suppress
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MARK = "<!-- run -->"


def pages() -> list[Path]:
    """README and every page of the documentation."""
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


def output_of(command: str, folder: str) -> str:
    """What ``netledger …`` prints into a pipe of 120 columns, run in ``folder``; ``| head -n N`` is understood."""
    from netledger.cli import main

    text, _, head = command.partition(" | head -n ")
    words = shlex.split(text.removeprefix("$ "))
    if words[:1] != ["netledger"]:
        raise SystemExit(f"only netledger commands are run: {command}")
    out, err = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8") for _ in range(2))
    columns = os.environ.get("COLUMNS")
    os.environ["COLUMNS"] = "120"
    try:
        with chdir(folder), redirect_stdout(out), redirect_stderr(err), suppress(SystemExit):
            main(words[1:])
    finally:
        del os.environ["COLUMNS"]
        os.environ |= {"COLUMNS": columns} if columns is not None else {}
    texts = []
    for stream in (out, err):
        stream.flush()
        texts.append(stream.buffer.getvalue().decode("utf-8"))  # type: ignore[attr-defined]
    lines = "".join(texts).rstrip("\n").split("\n")
    return "\n".join(line.rstrip() for line in (lines[: int(head)] if head else lines))


def current(page: str) -> str:
    """The page with every marked block's output renewed: run one after the other in one copy of ``docs/examples``."""
    with tempfile.TemporaryDirectory() as folder:
        shutil.copytree(ROOT / "docs" / "examples", folder, dirs_exist_ok=True)
        return _renewed(page, folder)


def _renewed(page: str, folder: str) -> str:
    result: list[str] = []
    lines = page.split("\n")
    i = 0
    while i < len(lines):
        result.append(lines[i])
        if lines[i].strip() != MARK:
            i += 1
            continue
        fence, end = lines[i + 1], i + 2
        while lines[end] != "```":
            end += 1
        commands = [line for line in lines[i + 2 : end] if line.startswith("$ ")]
        result.append(fence)
        for number, command in enumerate(commands):
            if number and result[-1] != commands[number - 1]:  # one that printed nothing needs no gap
                result.append("")
            printed = output_of(command, folder)
            result += [command, *(printed.split("\n") if printed else [])]
        i = end
    return "\n".join(result)


def main_script(check: bool) -> int:
    """Rewrite what is out of date (or only name it); 1 where there was anything."""
    stale = []
    for page in pages():
        text = page.read_text(encoding="utf-8")
        renewed = current(text) if MARK in text else text
        if renewed != text:
            stale.append(page.relative_to(ROOT))
            if not check:
                page.write_text(renewed, encoding="utf-8")
    for page in stale:
        print(("out of date: " if check else "renewed: ") + str(page))
    return 1 if stale and check else 0


if __name__ == "__main__":
    sys.exit(main_script("--check" in sys.argv[1:]))
