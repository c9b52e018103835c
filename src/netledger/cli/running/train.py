"""Train a network on a folder of images, by a published recipe.

  netledger train alexnet/fashion-mnist --data /usr/share/datasets/fashion-mnist --recipe laptop
  netledger train alexnet --data imagenet --recipe caffe --device cuda
  netledger train alexnet --data imagenet --resume               go on where it was stopped, bit for bit
  netledger train alexnet --data imagenet --resume auto          the same command for the first start and every other
  torchrun --nproc-per-node 2 -m netledger train alexnet --data imagenet --split towers

DIR is a folder of idx files (MNIST, Fashion-MNIST), has train/ and val/ with one folder of images a class, or
holds WebDataset tars (.jpg or .png with .cls or .json); --data "train-{000..146}.tar" names tars by a pattern.
Written into the run's folder: checkpoint.pt, steps.csv, epochs.csv, curves.png, kernels.png.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, network_of
from netledger.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from typing import Any

    from netledger.train.recipes import Recipe
    from netledger.train.settings import Settings


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger train``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file or a description")
    parser.add_argument("--data", required=True, metavar="DIR", help="the images")
    add_source(parser)
    group = parser.add_argument_group("the recipe")
    group.add_argument(
        "--recipe",
        default="paper",
        metavar="NAME",
        help="paper (default), 2012, caffe, one-weird-trick, torchvision, laptop",
    )
    group.add_argument("--epochs", type=count, metavar="N")
    group.add_argument("--batch", type=count, metavar="N")
    group.add_argument("--rate", type=float, metavar="R", help="learning rate of the weights")
    group.add_argument("--decay", type=float, metavar="D", help="weight decay")
    group.add_argument(
        "--schedule", metavar="NAME", help="plateau, epochs:every=30,factor=0.1, iterations, steps, log145, constant"
    )
    group.add_argument("--init", metavar="NAME", help="paper, 2012, caffe-alexnet, caffenet, kaiming, torch; or 'own'")
    group = parser.add_argument_group("the run")
    group.add_argument("-o", "--output", metavar="DIR", help="the run's folder (default: runs/NETWORK)")
    group.add_argument(
        "--resume",
        nargs="?",
        const=True,
        default=False,
        choices=("auto",),
        metavar="auto",
        help="go on from the checkpoint in the run's folder; 'auto': begin where there is none, as a queue restarts it",
    )
    group.add_argument("--seed", type=int, default=0)
    group.add_argument("--steps", type=count, metavar="N", help="end after so many updates")
    group.add_argument("--device", default=None, help="cpu, cuda, cuda:1 (default: cuda where there is one)")
    group.add_argument("--split", metavar="HOW", help="with torchrun: towers (of 2012), data, fsdp or owt (of 2014)")
    group.add_argument("--workers", type=int, default=None, metavar="N", help="processes that make batches")
    group.add_argument(
        "--checkpoint",
        metavar="URL",
        help="keep the checkpoint there too, and go on from there: s3://, gs://, any that fsspec knows",
    )
    group.add_argument("--checkpoint-minutes", type=float, default=10.0, metavar="M")
    group.add_argument("--strict", action="store_true", help="an image that cannot be read is an error")
    group.add_argument("--quiet", action="store_true")
    group = parser.add_argument_group("speed")
    group.add_argument("--precision", choices=("float32", "bfloat16"), help="default: bfloat16 on a GPU")
    group.add_argument("--channels-last", action="store_true", default=None)
    group.add_argument("--compile", action="store_true", default=None)
    group.add_argument("--accumulate", type=count, default=1, metavar="N", help="split each batch into N passes")


def run(arguments: Namespace) -> int:
    """Train."""
    from netledger.execute import require

    require("torch", "train", "training")
    require("PIL", "train", "reading images")
    require("matplotlib", "train", "drawing the curves")  # asked for now, not after the hours it takes
    from netledger.train.cores import cores_shared
    from netledger.train.training import train

    network = network_of(arguments.network, arguments)
    recipe, settings = _recipe(arguments), _settings(arguments, network.name)
    with cores_shared(settings):
        result = train(network, arguments.data, recipe, settings)
    if result.score is not None and not arguments.quiet:
        _say(result)
    return 0


def _recipe(arguments: Namespace) -> Recipe:
    from netledger.train.recipes import recipe

    chosen = recipe(arguments.recipe)
    if arguments.schedule is not None:
        name, given = _schedule(arguments.schedule)
        kept = chosen.schedule_arguments if name == chosen.schedule else {}
        chosen = chosen.replace(schedule=name, schedule_arguments={**kept, **given})
    if arguments.rate is not None and not 0 < arguments.rate < float("inf"):
        raise UsageError(f"--rate must be positive, not {arguments.rate}")
    if arguments.init == "own":
        chosen = chosen.replace(init=None)
        arguments.init = None
    return chosen.but(
        epochs=arguments.epochs, batch=arguments.batch, rate=arguments.rate, decay=arguments.decay, init=arguments.init
    )


def _schedule(text: str) -> tuple[str, dict[str, object]]:
    """A schedule's name and arguments.

    >>> _schedule("epochs:every=5,factor=0.1")
    ('epochs', {'every': 5, 'factor': 0.1})
    """
    from netledger.cli.networks import literal

    name, _, rest = text.partition(":")
    given: dict[str, object] = {}
    for part in rest.split(",") if rest else ():
        key, equals, value = part.partition("=")
        number = literal(value)
        if not equals or not isinstance(number, int | float):
            raise UsageError(f"--schedule takes NAME or NAME:ARGUMENT=NUMBER,…, not '{text}'")
        given[key] = number
    return name, given


def _settings(arguments: Namespace, name: str) -> Settings:
    import os

    from netledger.train.parallel import best_device
    from netledger.train.settings import FAST_ON_GPU, Settings

    device = arguments.device or best_device()
    fast: dict[str, Any] = FAST_ON_GPU if device.startswith("cuda") else {}
    chosen: dict[str, Any] = {
        option: getattr(arguments, option) if getattr(arguments, option) is not None else fast.get(option)
        for option in ("precision", "channels_last", "compile")
    }
    folder = arguments.output or os.path.join("runs", name.replace("/", "-"))  # noqa: PTH118
    return Settings(
        folder, arguments.seed, device, workers=_workers(arguments, device), minutes=arguments.checkpoint_minutes,
        steps=arguments.steps, resume=arguments.resume, strict=arguments.strict, quiet=arguments.quiet,
        split=arguments.split, accumulate=arguments.accumulate, checkpoint=arguments.checkpoint,
        **{option: value for option, value in chosen.items() if value is not None},
    )  # fmt: skip


def _workers(arguments: Namespace, device: str) -> int:
    """As asked for; else as many as there are cores where a GPU does the rest, and none on a CPU."""
    import os

    if arguments.workers is not None:
        return max(int(arguments.workers), 0)
    return min(os.cpu_count() or 1, 16) if device.startswith("cuda") else 0


def _say(result: object) -> None:
    from netledger.cli.output import write_text
    from netledger.train.metrics import duration
    from netledger.train.training import TrainingResult

    assert isinstance(result, TrainingResult)
    assert result.score is not None
    skipped = f"; {result.skipped:,} images could not be read" if result.skipped else ""
    write_text(
        f"top-1 {100 * result.score.top1:.2f} %, top-5 {100 * result.score.top5:.2f} % of {result.score.images:,} "
        f"images after {result.iterations:,} steps in {duration(result.seconds)}: {result.folder}{skipped}\n"
    )
