"""The GitHub Action's own scripts, run as GitHub runs them: a repository, the base's commit, the variables it sets, and
a ``gh`` that keeps the comments of one pull request.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
NET = "image = input(1, 8, 8)\nconv = conv2d(4, kernel_size=3)\nflat = flatten()\nfc = linear({out})\n"
GH = """
import json, os, pathlib, shutil, subprocess, sys
store = pathlib.Path(os.environ["STORE"])
comments = json.loads(store.read_text(encoding="utf-8"))
words = sys.argv[1:]
assert words[0] == "api" and os.environ["GH_TOKEN"] == "token"
if os.environ.get("FORBIDDEN") == "any" or (os.environ.get("FORBIDDEN") and "--method" in words):
    sys.exit("HTTP 403: Resource not accessible by integration")
(place,) = [word for word in words[1:] if word.startswith("repos/")]
if "--method" not in words:
    assert place == "repos/o/r/issues/7/comments" and "--paginate" in words
    query = words[words.index("--jq") + 1]
    if shutil.which("jq"):
        found = subprocess.run(["jq", "-r", query], input=json.dumps(comments), text=True, capture_output=True, check=True)
        print(found.stdout, end="")
    else:
        assert "startswith(env.MARK)" in query
        print("".join(f"{one['id']}\\n" for one in comments if one["body"].startswith(os.environ["MARK"])), end="")
    sys.exit()
name, _, file = words[words.index("-F") + 1].partition("=@")
body = pathlib.Path(file).read_text(encoding="utf-8")
assert name == "body" and len(body) <= 65_536
method = words[words.index("--method") + 1]
if method == "POST":
    assert place == "repos/o/r/issues/7/comments"
    comments.append({"id": 100 + len(comments), "body": body})
else:
    (one,) = [one for one in comments if place == f"repos/o/r/issues/comments/{one['id']}"]
    one["body"] = body
store.write_text(json.dumps(comments), encoding="utf-8")
"""


class Action:
    """A repository with a base and a head, and what the action's steps do in it."""

    def __init__(self, folder: Path) -> None:
        yaml = pytest.importorskip("yaml")
        if shutil.which("bash") is None or shutil.which("git") is None:
            pytest.skip("no bash or no git")
        steps = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["runs"]["steps"]
        self.steps = {step["name"]: step for step in steps if "name" in step}
        self.folder = folder
        self.repository = folder / "repository"
        self.repository.mkdir()
        self.store = folder / "comments.json"
        self.store.write_text(json.dumps([{"id": 1, "body": "Looks good <!-- netledger-difference -->"}]))
        (folder / "bin").mkdir()
        (folder / "gh.py").write_text(GH, encoding="utf-8")
        for name, words in (("netledger", "-m netledger"), ("gh", f'"{folder / "gh.py"}"')):
            command = folder / "bin" / name
            command.write_text(f'#!/bin/sh\nexec "{sys.executable}" {words} "$@"\n')
            command.chmod(0o755)
        self._git("init", "-q")

    def _git(self, *words: str) -> str:
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.org", "-C", str(self.repository)]
        return subprocess.check_output([*git, *words], text=True).strip()

    def commit(self, **files: str) -> str:
        for name, text in files.items():
            (self.repository / f"{name}.net").write_text(text, encoding="utf-8")
        self._git("add", "-A")
        self._git("commit", "-qm", "x", "--allow-empty")
        return self._git("rev-parse", "HEAD")

    def run(self, step: str, **given: str) -> subprocess.CompletedProcess[str]:
        environment = {
            **os.environ, "PATH": f"{self.folder / 'bin'}{os.pathsep}{os.environ['PATH']}",
            "RUNNER_TEMP": str(self.folder), "GITHUB_STEP_SUMMARY": str(self.folder / "summary.md"), **given,
        }  # fmt: skip
        return subprocess.run(
            ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", self.steps[step]["run"]],
            cwd=self.repository, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip

    def compared(self, base: str, limits: str = "", network: str = "net.net") -> dict[str, str]:
        output = self.folder / "output"
        output.write_text("")
        done = self.run(
            "Compare", BASE=base, NETWORK=network, ARGUMENTS="", MAX_INCREASE=limits, GITHUB_OUTPUT=str(output)
        )
        assert done.returncode == 0, done.stderr
        return dict(line.split("=", 1) for line in output.read_text(encoding="utf-8").splitlines())

    def comment(self, said: dict[str, str], **given: str) -> str:
        done = self.run(
            "Comment", GH_TOKEN="token", NUMBER="7", REPOSITORY="o/r", MARKDOWN=said["markdown"], MARK=said["mark"],
            STORE=str(self.store), **given,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def comments(self) -> list[str]:
        return [one["body"] for one in json.loads(self.store.read_text(encoding="utf-8"))]


@pytest.fixture
def action(tmp_path: Path) -> Action:
    return Action(tmp_path)


def test_the_difference_is_told_and_held_to_its_limits(action: Action) -> None:
    """One output more is 144 weights and a bias: 145 of 1,490 parameters, 9.7 %."""
    base = action.commit(net=NET.format(out=10))
    action.commit(net=NET.format(out=11))
    for limits, grew in (("parameters=5% macs=50%", "true"), ("parameters=10%", "false"), ("", "false")):
        said = action.compared(base, limits)
        assert said["grew"] == grew
        assert "+145" in Path(said["markdown"]).read_text(encoding="utf-8")
    assert "+145" in (action.folder / "summary.md").read_text(encoding="utf-8")
    assert action.run("Within the limits").returncode == 1


def test_one_comment_a_network_which_follows_the_pull_request(action: Action) -> None:
    base = action.commit(net=NET.format(out=10), other=NET.format(out=20))
    action.commit(net=NET.format(out=11), other=NET.format(out=21))
    action.comment(action.compared(base))
    action.comment(action.compared(base, network="other.net"))
    assert len(action.comments()) == 3
    action.commit(net=NET.format(out=12))
    action.comment(action.compared(base))
    first, mine, other = action.comments()
    assert first.startswith("Looks good")
    assert "+290" in mine
    assert "+145" not in mine
    assert "+145" in other
    assert "| layer |" in mine.replace("|layer|", "| layer |")


def test_a_network_that_is_new_is_shown_whole(action: Action) -> None:
    base = action.commit(other=NET.format(out=10))
    action.commit(net=NET.format(out=10))
    said = action.compared(base, "parameters=1%")
    action.comment(said)
    assert said["grew"] == "false"
    assert "New in this pull request" in action.comments()[-1]
    assert "1,490" in action.comments()[-1]


def test_a_base_that_cannot_be_read_fails(action: Action) -> None:
    base = action.commit(net="nonsense(\n")
    action.commit(net=NET.format(out=10))
    done = action.run("Compare", BASE=base, NETWORK="net.net", ARGUMENTS="", MAX_INCREASE="", GITHUB_OUTPUT="/dev/null")
    assert done.returncode == 65
    assert "net.net" in done.stderr
    outside = action.run(
        "Compare", BASE="", NETWORK="net.net", ARGUMENTS="", MAX_INCREASE="", GITHUB_OUTPUT="/dev/null"
    )
    assert outside.returncode == 2
    assert "::error::" in outside.stdout


def test_what_is_longer_than_a_comment_may_be_is_cut(action: Action) -> None:
    def deep(outputs: int) -> str:
        return "image = input(9)\n" + "".join(f"fc{i} = linear({outputs + i % 7})\n" for i in range(1500))

    base = action.commit(net=deep(10))
    action.commit(net=deep(11))
    said = action.compared(base)
    action.comment(said)
    assert "cut here" in action.comments()[-1]
    assert len((action.folder / "summary.md").read_text(encoding="utf-8")) > 65_536


def test_without_the_right_to_write_it_is_a_warning(action: Action) -> None:
    base = action.commit(net=NET.format(out=10))
    action.commit(net=NET.format(out=11))
    said = action.compared(base)
    assert "::warning::" in action.comment(said, FORBIDDEN="any")
    assert "::warning::" in action.comment(said, FORBIDDEN="writing")
    assert len(action.comments()) == 1


@pytest.mark.parametrize(
    ("given", "installed"),
    [({}, "/here"), ({"EXTRAS": "torch"}, "/here[torch]"), ({"PACKAGE": "netledger==1"}, "netledger==1")],
)
def test_it_installs_itself(action: Action, given: dict[str, str], installed: str) -> None:
    (action.folder / "bin" / "python").write_text('#!/bin/sh\necho "$@"\n')
    (action.folder / "bin" / "python").chmod(0o755)
    done = action.run("Install netledger", **{"PACKAGE": "", "EXTRAS": "", "HERE": "/here", **given})
    assert done.stdout.split()[-1] == installed


def test_the_documentation_gives_inputs_that_there_are() -> None:
    yaml = pytest.importorskip("yaml")
    inputs = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))["inputs"]
    guide = (ROOT / "docs" / "guides" / "budgets.md").read_text(encoding="utf-8")
    block = next(part for part in guide.split("```yaml\n")[1:] if "jobs:" in part).partition("```")[0]
    (step,) = [one for one in yaml.safe_load(block)["jobs"]["size"]["steps"] if "with" in one]
    assert set(step["with"]) <= set(inputs)
