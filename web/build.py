"""Builds the page: ``python web/build.py`` writes ``web/dist/``, static files that need no server of ours.

Pyodide comes from npm at the version and with the hash in ``vendor.json``; it is fetched once into ``web/.vendor/``.
``--check`` only says whether everything of ours that the page is made of is there.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent
DIST = HERE / "dist"
CACHE = HERE / ".vendor"
STATIC = ("index.html", "style.css", "worker.js", "bridge.py", "examples.json")
SHARED = ("table.js", "table.css")


def vendored(name: str) -> Path:
    """The folder of an npm package at its pinned version, fetched and checked; exits with a sentence where not."""
    pin = json.loads((HERE / "vendor.json").read_text(encoding="utf-8"))[name]
    folder = CACHE / f"{name}-{pin['version']}"
    if all((folder / file).is_file() for file in pin["files"]):
        return folder
    npm = shutil.which("npm")
    if npm is None:
        sys.exit(f"{name} comes from npm, which is not installed here")
    with tempfile.TemporaryDirectory() as temporary:
        packed = subprocess.run(
            [npm, "pack", f"{name}@{pin['version']}", "--silent", "--pack-destination", temporary],
            capture_output=True, text=True, check=False,
        )  # fmt: skip
        archives = list(Path(temporary).glob("*.tgz"))
        if packed.returncode or len(archives) != 1:
            sys.exit(f"{name} {pin['version']} could not be had from npm: {packed.stderr.strip()[-300:]}")
        digest = base64.b64encode(hashlib.sha512(archives[0].read_bytes()).digest()).decode()
        if f"sha512-{digest}" != pin["integrity"]:
            sys.exit(f"{name} {pin['version']} is not the package that vendor.json pins: its hash is sha512-{digest}")
        folder.mkdir(parents=True, exist_ok=True)
        with tarfile.open(archives[0]) as archive:
            for file in pin["files"]:
                member = archive.extractfile(f"package/{file}")
                if member is None:
                    sys.exit(f"{name} {pin['version']} holds no {file}")
                (folder / file).write_bytes(member.read())
    return folder


def inputs() -> list[Path]:
    """Every file of ours that the page is made of."""
    scripts = sorted((HERE / "scripts").glob("*.js"))
    shared = [ROOT / "src/netledger/renderers/assets" / file for file in SHARED]
    return [*[HERE / file for file in STATIC], *scripts, *shared, HERE / "vendor.json", ROOT / "pyproject.toml"]


def check() -> None:
    """Say whether everything is there that the page is built from, what its script imports included."""
    missing = [str(file.relative_to(ROOT)) for file in inputs() if not file.is_file()]
    for script in (HERE / "scripts").glob("*.js"):
        named = re.findall(r"""(?:from|import)\s+["']\./([\w.-]+\.js)["']""", script.read_text(encoding="utf-8"))
        missing += [f"web/scripts/{name}" for name in named if not (HERE / "scripts" / name).is_file()]
    if missing or not list((HERE / "scripts").glob("*.js")):
        sys.exit(f"the page cannot be built: {', '.join(missing) or 'web/scripts'} is not there")
    print("everything that the page is built from is there")


def wheel(folder: Path) -> Path:
    """Our own wheel, built as anybody's pip would build it."""
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", str(folder), str(ROOT)]
    subprocess.run(command, check=True)
    return next(folder.glob("netledger-*.whl"))


def build() -> None:
    """Write ``web/dist`` anew."""
    pyodide = vendored("pyodide")
    pin = json.loads((HERE / "vendor.json").read_text(encoding="utf-8"))["pyodide"]
    if DIST.exists():
        shutil.rmtree(DIST)
    (DIST / "pyodide").mkdir(parents=True)
    for file in pin["files"]:
        shutil.copyfile(pyodide / file, DIST / "pyodide" / file)
    for file in STATIC:
        shutil.copyfile(HERE / file, DIST / file)
    shutil.copytree(HERE / "scripts", DIST / "scripts")
    for file in SHARED:
        shutil.copyfile(ROOT / "src/netledger/renderers/assets" / file, DIST / file)
    with tempfile.TemporaryDirectory() as temporary:
        shutil.copyfile(wheel(Path(temporary)), DIST / "netledger.whl")
    size = sum(file.stat().st_size for file in DIST.rglob("*") if file.is_file())
    print(f"{DIST}: {size / 1e6:.1f} MB; python3 -m http.server -d {DIST} serves it")


if __name__ == "__main__":
    check() if sys.argv[1:] == ["--check"] else build()
