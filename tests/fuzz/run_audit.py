"""Fuzzing the auditor with mutated calculations: an answer or a NetledgerError, in bounded time - nothing else.

python tests/fuzz/run_audit.py --count 1000000 [--seed 1]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
if str(ROOT) not in sys.path:
    sys.path.insert(0, str(ROOT))

PIECES = [
    "(", ")", "[", "]", "*", "**", "×", "x", "+", "-", "/", "^", "=", "==", "≈", "~", "→", "->", ":", ",", ";", ".", "|", "\n", "  ", "\t", "%", "M",
    "K", "亿", "1", "0", "3", "64", "4096", "1,000", "1.5", "1e9", "9**9**9", "1/0", "²", "^{2}", r"\times", r"\frac{1}{2}", "$", "{", "}", "**", "_",
    "`", "~~", "total", "params", "conv1", "fc", "layer 2", "FLOPs", "n=3", "= 34944", "٣", "𝟏", "\u202e", "\x00", "（", "：", "#", "- ", "1. ", "<sup>",
]  # fmt: skip
SECONDS = 5.0
"""More CPU time than that for one text of a few kilobytes is a fault (a text takes milliseconds)."""


def mutate(text: str, pick: random.Random) -> str:
    """A few small changes."""
    for _ in range(pick.randint(1, 8)):
        place = pick.randrange(len(text) + 1)
        action = pick.randrange(6)
        if action == 0:
            text = text[:place] + pick.choice(PIECES) + text[place:]
        elif action == 1:
            text = text[:place] + text[place + pick.randint(1, 12) :]
        elif action == 2:
            end = place + pick.randint(1, 20)
            text = text[:place] + text[place:end] * pick.randint(2, 20) + text[end:]
        elif action == 3:
            lines = text.split("\n")
            pick.shuffle(lines)
            text = "\n".join(lines)
        elif action == 4:
            text = (
                text[:place]
                + chr(pick.choice((pick.randrange(32, 127), pick.randrange(0x2FFF), pick.randrange(0x1F600))))
                + text[place:]
            )
        else:
            text = text[:place] + str(pick.randrange(10 ** pick.randint(1, 9))) + text[place:]
        text = text[:6000]
    return text


def run(count: int, seed: int) -> int:
    """Judge so many mutated texts; the number of verdicts of each sort is printed, a fault raises."""
    from netledger.audit.page import judge_page
    from netledger.errors import NetledgerError
    from netledger.notation.architecture import network_from_architecture
    from tests.audit.support_corpus import all_cases

    pick = random.Random(seed)
    cases = [(case.text, network_from_architecture(case.network, "corpus")) for case in all_cases()]
    seen: dict[str, int] = {}
    for number in range(count):
        text, network = pick.choice(cases)
        text = mutate(text, pick)
        started = time.process_time()
        try:
            result = judge_page(text, network)
            outcome = result.verdict
            result.to_dict()
        except NetledgerError as error:
            outcome = type(error).__name__
        except Exception:
            print(f"seed {seed}, text {number}: {text!r}", file=sys.stderr)
            raise
        took = time.process_time() - started
        if took > SECONDS:
            raise AssertionError(f"seed {seed}, text {number}: {took:.1f} s for {text!r}")
        seen[outcome] = seen.get(outcome, 0) + 1
    print(f"{count:,} calculations: " + ", ".join(f"{n:,} {name}" for name, n in sorted(seen.items())))
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    return run(arguments.count, arguments.seed)


if __name__ == "__main__":
    sys.exit(main())
