"""What a run says of itself: lines when they are due, times as people say them, numbers for TensorBoard."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from netledger.train import metrics
from netledger.train.metrics import EPOCHS, STEPS, Metrics, Progress, duration


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0.4, "0s"), (59.4, "59s"), (60, "1m 00s"), (3599, "59m 59s"), (3600, "1h 00m"), (86_399, "23h 59m"),
     (86_400, "1d 0h"), (266_400, "3d 2h")],
)  # fmt: skip
def test_a_length_of_time(seconds: float, said: str) -> None:
    assert duration(seconds) == said


def test_a_line_is_due_every_five_seconds(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    """Steps 11 to 13 of 20, 32 images each, one at 2, 6 and 8 seconds: 64 in 6 s, and 8 steps left at 3 s each."""
    clock = iter([0.0, 2.0, 6.0, 6.0, 8.0])
    monkeypatch.setattr(metrics.time, "monotonic", lambda: next(clock, 8.0))
    progress = Progress(20)
    for iteration in (11, 12, 13):
        progress.step(iteration, 0, 32, 0.5)
    assert capsys.readouterr().err == "epoch 1, step 12 of 20: loss 0.5000, 11 images/s, 24s left\n"
    assert progress.speed == 96 / 8


def test_a_quiet_run_says_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress(20, every=0, quiet=True)
    progress.step(1, 0, 32, None)
    progress.say("hello")
    assert capsys.readouterr().err == ""


class Board:
    """What TensorBoard would be told."""

    def __init__(self) -> None:
        self.told: list[tuple[str, Any, Any]] = []

    def add_scalar(self, name: str, value: Any, place: Any) -> None:
        self.told.append((name, value, place))

    def close(self) -> None:
        self.told.append(("closed", None, None))


def test_numbers_go_to_tensorboard_too_and_words_do_not(tmp_path: Path) -> None:
    kept = Metrics(tmp_path)
    kept.board = board = Board()
    kept.add("steps", (7, *[0.5] * (len(STEPS) - 1)))
    kept.add("epochs", (1, *["none"] * (len(EPOCHS) - 1)))
    kept.close()
    assert board.told == [*[(f"steps/{name}", 0.5, 7) for name in STEPS[1:]], ("closed", None, None)]
