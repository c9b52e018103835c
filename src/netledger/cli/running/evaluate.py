"""Top-1 and top-5 accuracy of a trained network: one view, and the average over ten as in the paper.

netledger evaluate runs/alexnet/checkpoint.pt --data imagenet
"""

from __future__ import annotations

from netledger.cli.output import add_output, show

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger evaluate``."""
    from netledger.cli.commands.show import count

    parser.add_argument("checkpoint", metavar="CHECKPOINT", help="checkpoint.pt of a run, or the run's folder")
    parser.add_argument("--data", required=True, metavar="DIR", help="the images; the validation set is used")
    parser.add_argument("--one-view", action="store_true", help="the centre alone")
    parser.add_argument("--batch", type=count, default=128, metavar="N")
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--workers", type=int, default=0, metavar="N")
    parser.add_argument("--strict", action="store_true", help="an image that cannot be read is an error")
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Score and show."""
    from netledger.execute import require

    require("torch", "train", "evaluating")
    from netledger.documents.verify import scores_document
    from netledger.train.evaluation import evaluate

    scores = evaluate(
        arguments.checkpoint, arguments.data, ten=not arguments.one_view, device=arguments.device,
        batch=arguments.batch, workers=arguments.workers, strict=arguments.strict,
    )  # fmt: skip
    show(scores_document(arguments.checkpoint, scores), arguments)
    return 0
