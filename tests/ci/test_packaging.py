"""What is handed on (items 7 and 8): the sdist builds everything without the repository, and the metadata is filled in."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path

import pytest

from tests.support import ROOT

pytest.importorskip("hatchling")


def run(*words: str, cwd: Path) -> str:
    """A command that must succeed, with neither our checkout nor a registry within reach."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "GIT_"))}
    environment |= {"PIP_NO_INDEX": "1", "GIT_CEILING_DIRECTORIES": str(cwd.parent), "COLUMNS": "120"}
    done = subprocess.run(words, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that the sdist unpacks to, far from the checkout."""
    folder = tmp_path_factory.mktemp("sdist")
    run(sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder), cwd=ROOT)
    (archive,) = folder.glob("netledger-*.tar.gz")
    with tarfile.open(archive) as packed:
        packed.extraction_filter = getattr(tarfile, "data_filter", None)  # which 3.11.0 to 3.11.3 do not have
        packed.extractall(folder)
    return folder / archive.name.removesuffix(".tar.gz")


@pytest.fixture(scope="module")
def wheel(unpacked: Path) -> Path:
    """The wheel that pip builds of the unpacked sdist."""
    words = ("wheel", "--quiet", "--no-deps", "--no-build-isolation", "--wheel-dir", "wheels", ".")
    run(sys.executable, "-m", "pip", *words, cwd=unpacked)
    (built,) = (unpacked / "wheels").glob("*.whl")
    return built


@pytest.mark.skipif(
    shutil.which("git") is None or not (ROOT / ".git").exists(), reason="no checkout to compare the sdist with"
)
def test_the_sdist_holds_every_file_that_is_kept(unpacked: Path) -> None:
    kept = subprocess.check_output(["git", "ls-files"], cwd=ROOT, text=True).splitlines()
    there = {path.relative_to(unpacked).as_posix() for path in unpacked.rglob("*") if path.is_file()}
    assert {name for name in kept if (ROOT / name).is_file()} - there == set()


def test_the_wheel_of_the_sdist_is_the_checkout_s_and_runs(unpacked: Path, wheel: Path, tmp_path: Path) -> None:
    """As many parameters as the README says, by the installed wheel alone; the figures made by the build are in it."""
    with zipfile.ZipFile(wheel) as packed:
        names = set(packed.namelist())
        packed.extractall(tmp_path)
    sources = {path.relative_to(ROOT / "src").as_posix() for path in (ROOT / "src").rglob("*") if path.is_file()}
    sources = {name for name in sources if "__pycache__" not in name}
    made = {"netledger/_figures.py", "netledger/audit/words/_together.py"}
    assert sources - names <= made
    assert made <= names
    shown = run(sys.executable, "-c", "import sys; sys.path.insert(0, '.'); from netledger.cli import main; main(['alexnet'])", cwd=tmp_path)  # fmt: skip
    assert "60,965,224" in shown


def test_page_and_site_can_be_built_of_the_sdist(unpacked: Path) -> None:
    assert "is there" in run(sys.executable, "web/build.py", "--check", cwd=unpacked)
    run(sys.executable, "scripts/check_site.py", cwd=unpacked)
    for target in ("page", "site", "browser", "test", "check", "docs", "bench"):
        assert f"\n{target}:" in (unpacked / "Makefile").read_text(encoding="utf-8")


def test_a_missing_part_of_the_page_is_named(unpacked: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(unpacked, copy, ignore=shutil.ignore_patterns("tests", "wheels", "docs"))
    (copy / "web" / "scripts" / "dom.js").unlink()
    done = subprocess.run(
        [sys.executable, "web/build.py", "--check"], cwd=copy, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert "web/scripts/dom.js" in done.stderr


def test_the_metadata_says_who_where_and_for_which_pythons(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as packed:
        (name,) = [name for name in packed.namelist() if name.endswith(".dist-info/METADATA")]
        found = Parser().parsestr(packed.read(name).decode())
    links = dict(link.split(", ", 1) for link in found.get_all("Project-URL"))
    assert {"Homepage", "Documentation", "Changelog", "Issues"} <= set(links)
    assert all(link.startswith("https://") for link in links.values())
    assert found["Author"] == "The netledger authors"
    assert found["Requires-Python"] == ">=3.11"
    assert found.get_all("Requires-Dist") is None or all("extra ==" in one for one in found.get_all("Requires-Dist"))
    classifiers = found.get_all("Classifier")
    assert [f"Programming Language :: Python :: 3.{minor}" in classifiers for minor in range(11, 15)] == [True] * 4


def test_every_install_line_that_an_error_prints_names_an_extra() -> None:
    """``pip install "netledger[…]"`` in sources and pages: each is an extra of pyproject.toml."""
    import re

    extras = set(
        tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    )
    pages = [*(ROOT / "docs").rglob("*.md"), ROOT / "README.md", *(ROOT / "src").rglob("*.py")]
    texts = [page.read_text(encoding="utf-8") for page in pages]
    named = {extra for text in texts for extra in re.findall(r"netledger\[(\w+)\]", text)}
    named |= {
        extra for text in texts for extra in re.findall(r'(?:MissingExtraError|require)\("[\w.]+", "(\w+)"', text)
    }
    assert named <= extras
    assert {"torch", "train", "pictures", "frames"} <= named
