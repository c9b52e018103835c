"""Pictures of a run: its curves, and the kernels of its first convolution."""

from __future__ import annotations

import csv
import math
from pathlib import Path

from netledger.errors import MissingExtraError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from netledger.execute.building import NetworkModule


def _figure(width: float, height: float) -> Any:
    try:
        from matplotlib.figure import Figure
    except ImportError as error:
        raise MissingExtraError("matplotlib", "train", "drawing the curves") from error
    return Figure(figsize=(width, height), layout="constrained")


def draw_curves(folder: Path, title: str) -> Path:
    """``curves.png``: loss by step with its running mean, validation errors by epoch; from the run's CSV files."""
    with (folder / "steps.csv").open(newline="", encoding="utf-8") as stream:
        steps = list(csv.DictReader(stream))
    with (folder / "epochs.csv").open(newline="", encoding="utf-8") as stream:
        epochs = list(csv.DictReader(stream))
    figure = _figure(9, 3.6)
    losses, errors = figure.subplots(1, 2)
    iterations, loss = [int(row["iteration"]) for row in steps], [float(row["loss"]) for row in steps]
    losses.plot(iterations, loss, color="#b9c6d6", linewidth=0.6, label="each batch")
    losses.plot(iterations, running_mean(loss, 0.98), color="#1f4e8c", linewidth=1.5, label="running mean")
    if epochs:
        at = [int(row["iteration"]) for row in epochs]
        losses.plot(at, [float(row["validation_loss"]) for row in epochs], "o-", color="#c2451e", label="validation")
        numbers = [int(row["epoch"]) for row in epochs]
        for name, colour in (("top1", "#c2451e"), ("top5", "#5a8f3d")):
            values = [100 * (1 - float(row[name])) for row in epochs]
            errors.plot(numbers, values, "o-", color=colour, label=f"{name[:3]}-{name[3]} error, {values[-1]:.2f} %")
        errors.legend(frameon=False)
    losses.set(xlabel="step", ylabel="loss", title=title)
    errors.set(xlabel="epoch", ylabel="validation error, %", title="one view")
    losses.legend(frameon=False)
    for axes in (losses, errors):
        axes.spines[["top", "right"]].set_visible(False)
        axes.set_ylim(bottom=0)
    path = folder / "curves.png"
    figure.savefig(path, dpi=110)
    return path


def running_mean(values: list[float], keep: float) -> list[float]:
    """Exponential, with the beginning's bias taken out.

    >>> running_mean([1.0, 1.0], 0.5)
    [1.0, 1.0]
    """
    mean, weight, result = 0.0, 0.0, []
    for value in values:
        mean, weight = keep * mean + (1 - keep) * value, keep * weight + (1 - keep)
        result.append(mean / weight)
    return result


def draw_kernels(module: NetworkModule, state: dict[str, Any], folder: Path) -> Path | None:
    """``kernels.png``: the filters of the first convolution, in colour where it reads three channels, each scaled to
    its own range; ``None`` where the network has none. ``state`` has the whole of every tensor by name."""
    operation = next((o for o in module.operations() if o.layer.kind == "conv2d"), None)
    if operation is None:
        return None
    weights = state[f"{operation.layer.path}.weight"].float()
    count, channels, height, width = weights.shape
    if channels != 3:
        weights = weights.mean(1, keepdim=True).expand(-1, 3, -1, -1)
    flat = weights.flatten(1)
    low, high = flat.min(1).values.view(-1, 1, 1, 1), flat.max(1).values.view(-1, 1, 1, 1)
    weights = (weights - low) / (high - low).clamp_min(1e-12)
    columns = math.ceil(math.sqrt(count * 2))
    rows = math.ceil(count / columns)
    sheet = weights.new_ones(rows * (height + 1) + 1, columns * (width + 1) + 1, 3)
    for i in range(count):
        y, x = (i // columns) * (height + 1) + 1, (i % columns) * (width + 1) + 1
        sheet[y : y + height, x : x + width] = weights[i].permute(1, 2, 0)
    figure = _figure(9, 9 * sheet.shape[0] / sheet.shape[1] + 0.4)
    axes = figure.subplots()
    axes.imshow(sheet.numpy(), interpolation="nearest")
    axes.set_axis_off()
    axes.set_title(f"the {count} kernels of {operation.layer.path}, {height}×{width}×{channels}")
    path = folder / "kernels.png"
    figure.savefig(path, dpi=110)
    return path
