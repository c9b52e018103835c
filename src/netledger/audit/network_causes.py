"""Why a total is not the network's: one mistake made in every layer, a part left out, a part too many."""

from __future__ import annotations

from netledger.audit import misconceptions
from netledger.audit.diagnosis import Cause

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from netledger.audit.judging import Judge
    from netledger.audit.reading.statement import Statement
    from netledger.audit.truth import Part, Truth


def network_causes(judge: Judge, value: int, statement: Statement) -> list[Cause]:
    """The mistakes about a whole network that give ``value``, likeliest first."""
    truth = judge.truth
    if judge.wrong_totals is None:
        judge.wrong_totals = {}
        for cause, wrong in _wrong_totals(truth):
            judge.wrong_totals.setdefault(wrong, []).append(cause)
        for pair in _pairs(truth):
            count = sum([truth.count(part) * part.times for part in pair])
            names = " and ".join([part.shown for part in pair])
            judge.wrong_totals.setdefault(truth.total - count, []).append(
                Cause("missing_layer", f"{names} ({count:,}) are missing", 1.5)
            )
    found = list(judge.wrong_totals.get(value, ()))
    found.extend(_part_missing(truth, truth.total - value))
    found.extend(_part_too_many(truth, value - truth.total))
    found.extend(_units(truth, value))
    return sorted(found, key=lambda cause: cause.cost)


def _wrong_totals(truth: Truth) -> Iterator[tuple[Cause, int]]:
    everywhere = {
        "missing_bias": "the biases are missing", "double_bias": "the biases are added twice",
        "missing_in_channels": "the depth of the filters is missing", "missing_groups": "the groups are ignored",
        "counted_running_stats": "running statistics are counted; they are not learned",
        "missing_second_bias": "the second bias vectors are missing",
        "pytorch_double_bias": "two bias vectors are PyTorch's way; these layers have one",
        "missing_gate_matrix": "a gate's matrices are missing",
        "recurrent_not_square": "the recurrent matrices are square",
        "swapped_dims": "there is a bias for each output, not for each input",
    }  # fmt: skip
    for kind, why in everywhere.items():
        for variant in range(3):
            total, applied = 0, False
            for part in truth.parts:
                wrong = _nth(kind, part, truth, variant)
                applied = applied or wrong is not None
                total += (truth.count(part) if wrong is None else wrong) * part.times
            if applied:
                yield Cause(kind, why, 0.5 + variant * 0.2), total
    norms = [part for part in truth.parts if part.family in ("norm", "batchnorm")]
    if norms:
        left_out = sum([truth.count(part) * part.times for part in norms])
        biases = sum([part.biases * part.times for part in truth.parts if part not in norms])
        yield Cause("missing_norm", f"the norms' {left_out:,} are missing", 0.4), truth.total - left_out
        yield (
            Cause("missing_bias", f"the biases and the norms ({left_out + biases:,}) are missing", 0.6),
            truth.total - left_out - biases,
        )
    yield (
        Cause("gradients_counted", "gradients are counted beside the parameters: twice the number", 2),
        2 * truth.total,
    )


def _nth(kind: str, part: Part, truth: Truth, variant: int) -> int | None:
    """The value of a part under a misconception; its n-th form, the first one where there is no other."""
    values = [
        wrong
        for entry in misconceptions.MISCONCEPTIONS.get(kind, [])
        if part.family in entry.families
        for wrong, _ in entry.values(part, truth)
    ]
    return values[min(variant, len(values) - 1)] if values else None


def _part_missing(truth: Truth, missing: int) -> Iterator[Cause]:
    if missing <= 0:
        return
    for part in truth.parts:
        count = truth.count(part)
        if not count:
            continue
        norm = part.family in ("norm", "batchnorm")
        kind = (
            "missing_norm" if norm else "missing_output_projection" if is_output_projection(part) else "missing_layer"
        )
        for times in {part.times, 1}:
            if count * times == missing:
                yield Cause(kind, f"{part.shown} ({missing:,}) is missing", 0.8 if times == part.times else 1.4)
            elif part.weights * times == missing:
                yield Cause(kind, f"the matrix of {part.shown} ({missing:,}) is missing", 1.2)
            elif part.biases and part.biases * times == missing:
                yield Cause("missing_bias", f"the biases of {part.shown} ({missing:,}) are missing", 1.0)


def _pairs(truth: Truth) -> Iterator[tuple[Part, Part]]:
    parts = [part for part in truth.parts if part.full][:60]
    for i, first in enumerate(parts):
        for second in parts[i + 1 :]:
            yield first, second


def is_output_projection(part: Part) -> bool:
    """Whether a part is the matrix that joins the heads again, by its name."""
    name = part.name.lower()
    leaf = name.rpartition(".")[2]
    if leaf in ("o", "o_proj", "out_proj", "wo", "xo", "c_proj", "to_out", "proj", "out", "w_o"):
        return "mlp" not in name and part.family == "linear"
    return name.endswith(("attn.output", "attention.output", "attention.output.dense", "attn.proj", "attn.out"))


def _part_too_many(truth: Truth, extra: int) -> Iterator[Cause]:
    if extra <= 0:
        return
    for part in truth.parts:
        if part.tied_to:
            table = next((p for p in truth.parts if p.name == part.tied_to), None)
            if table is not None and truth.count(table) == extra:
                yield Cause(
                    "tied_embeddings_double_counted",
                    f"{part.shown} shares its matrix with {table.shown}: counted once",
                    0,
                )
            continue
        count = truth.count(part)
        if count and extra == count * part.times:
            yield Cause("extra_layer", f"{part.shown} ({extra:,}) is counted twice", 1.2)
        elif count and extra == count and part.times > 1:
            yield Cause("extra_layer", f"one {part.shown} ({extra:,}) too many", 1.4)
        elif part.biases and extra == part.biases:
            yield Cause("double_bias", f"the biases of {part.shown} are added twice", 1.3)


def _units(truth: Truth, value: int) -> Iterator[Cause]:
    for factor, why in ((4, "those are bytes of float32"), (2, "those are bytes of 16-bit numbers")):
        if value == truth.total * factor and factor == 4:
            yield Cause("unit_mixup", f"{why}, not parameters", 2)
