"""The page's memory is the command line's: what its bridge answers is what the command that it names prints."""

from __future__ import annotations

import importlib.util
import json
import shlex
from typing import Any

import pytest

from netledger.cli import main
from tests.support import ROOT


def asked(**question: Any) -> dict[str, Any]:
    """What the page's worker gets for a question."""
    spec = importlib.util.spec_from_file_location("bridge", ROOT / "web" / "bridge.py")
    assert spec is not None
    assert spec.loader is not None
    bridge = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(bridge)
    answer = json.loads(bridge.call(json.dumps({"op": "memory", **question})))
    assert "ok" in answer, answer
    return dict(answer["ok"])


def in_all(answer: dict[str, Any]) -> int:
    return int(answer["total"]["exact"].replace(",", ""))


QUESTIONS = [
    {"what": "gpt2", "context": 1024, "batch": 4, "cache": "q8_0"},
    {"what": "gpt2", "purpose": "training"},
    {"what": "llama-3.1-8b", "context": 131072, "dtype": "bfloat16"},
    {"what": "whisper-small", "context": 448, "encoder": 1500},
    {"what": "deepseek-v2-lite", "context": 4096},
    {"what": "mamba-130m", "batch": 2},
    {"what": "alexnet", "batch": 128},
    {"what": "alexnet", "purpose": "training", "optimizer": "adam", "dtype": "float16"},
    {"what": "bert-base-uncased", "context": 64},
]


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: " ".join(map(str, question.values())))
def test_the_command_that_the_page_names_says_the_same(
    question: dict[str, Any], capsys: pytest.CaptureFixture[str]
) -> None:
    answer = asked(**question)
    assert main([*shlex.split(answer["command"])[1:], "--format", "json"]) == 0
    printed = json.loads(capsys.readouterr().out)
    assert in_all(answer) == (printed["total"]["bytes"] if "total" in printed else printed["bytes"]["in all"])


def test_a_model_s_cache_is_its_keys_and_values() -> None:
    # 12 layers of 768 keys and 768 values in two bytes, at 1,024 positions; weights in two bytes
    assert in_all(asked(what="gpt2", context=1024)) == 2 * 124_439_808 + 12 * 1024 * (768 + 768) * 2
    assert in_all(asked(what="gpt2", context=1024, batch=8)) == 2 * 124_439_808 + 8 * 12 * 1024 * (768 + 768) * 2


def test_only_what_matters_is_offered() -> None:
    assert asked(what="gpt2")["cache"]
    assert not asked(what="gpt2")["encoder"]
    assert asked(what="whisper-small")["encoder"]
    assert not asked(what="alexnet")["context"]
    assert "cache" not in asked(what="alexnet")


def test_show_memory_heeds_the_type(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", "alexnet", "--memory", "inference", "--dtype", "float16"]) == 0
    assert f"{60_965_224 * 2:,}" in capsys.readouterr().out
