"""Low-rank adapters (LoRA): how many values they train beside a network's own.

Source: Hu et al. 2021, arXiv:2106.09685: a matrix of ``out × in`` gets two of ``r`` rows or columns.
"""

from __future__ import annotations

from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.ledger import Ledger


def stated_adapters(text: str) -> tuple[int, list[str]]:
    """The rank and the matrices that a person names.

    >>> stated_adapters("r=16,targets=q_proj+v_proj")
    (16, ['q_proj', 'v_proj'])
    """
    parts = dict(part.partition("=")[::2] for part in text.split(","))
    rank, targets = parts.get("r", ""), parts.get("targets", "")
    named = rank.isascii() and rank.isdigit() and len(rank) < 10 and int(rank) > 0
    if set(parts) - {"r", "targets"} or not named or not targets:
        raise UsageError(f"--lora takes r=16,targets=q_proj+v_proj, not '{text[:60]}'")
    return int(rank), [target for target in targets.split("+") if target]


def trained_text(trained: int, total: int) -> str:
    """What PEFT prints of a model with adapters, in a sentence.

    >>> trained_text(294_912, 124_439_808)
    '294,912 values are trained: 0.2364 % of 124,734,720'
    """
    return f"{trained:,} values are trained: {100 * trained / (total + trained):.4f} % of {total + trained:,}"


def adapters(ledger: Ledger, rank: int, targets: Sequence[str]) -> int:
    """How many values low-rank adapters of some matrices train: ``r·(in + out)`` each.

    >>> from netledger.catalogue import load
    >>> from netledger.ledger import keep_books
    >>> adapters(keep_books(load("llama-2-7b")), 8, ["q_proj", "v_proj"])
    4194304
    """
    total = 0
    seen = set[str]()
    for entry in ledger:
        name = entry.layer.path.rpartition(".")[2]
        for slot in entry.effect.slots:
            last = slot.name.removesuffix(".weight").rpartition(".")[2]
            wanted = name if last in ("weight", "") else last
            if wanted in targets and slot.role == "weight" and len(slot.shape) == 2:
                seen.add(wanted)
                total += sum(rank * size for size in slot.shape if isinstance(size, int))
    missing = [target for target in targets if target not in seen]
    if missing:
        raise UsageError(f"--lora: no matrix is called '{missing[0]}'")
    return total
