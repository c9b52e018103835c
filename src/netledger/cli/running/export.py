"""Write a network for others: ONNX with weights, PyTorch source code, Caffe prototxt, or a description.

netledger export alexnet -o alexnet.onnx
netledger export alexnet/fashion-mnist -o small.onnx --weights runs/alexnet-fashion-mnist/checkpoint.pt
netledger export alexnet/torchvision -o alexnet.py
netledger export alexnet/caffe -o alexnet.prototxt
"""

from __future__ import annotations

from netledger.cli.networks import add_source, located, network_of
from netledger.errors import NetledgerError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger export``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="NETWORK", help="a catalogue name, a file, a description or a live model")
    parser.add_argument("-o", "--output", required=True, metavar="FILE", help="its suffix chooses the format")
    parser.add_argument("--to", metavar="FORMAT", help="onnx, pytorch, caffe, net or json")
    parser.add_argument("--weights", metavar="FILE", help="a checkpoint or state dict; else initialised from --seed")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=count, metavar="N", help="fix ONNX's batch size, which is free otherwise")
    add_source(parser)


def run(arguments: Namespace) -> int:
    """Write the file."""
    from netledger.execute import require
    from netledger.execute.exporting import export, format_for

    chosen = format_for(arguments.output, arguments.to)
    if chosen == "onnx":
        require("torch", "onnx", "writing ONNX")
        require("onnx", "onnx", "writing ONNX")
    network = network_of(arguments.network, arguments)
    try:
        export(
            network,
            arguments.output,
            format=chosen,
            weights=arguments.weights,
            seed=arguments.seed,
            batch=arguments.batch,
        )
    except NetledgerError as error:
        raise located(error, network.name) from None
    return 0
