"""What stands beside a network in a checkpoint: records of training, data, gradients - or more of the network.

A state dict names its tensors after layers. A tensor beside one is told by its key where that is a word for a record
(``class_weights``, ``loss_history``, ``mean``); by nothing where it is not, and then its values are Unknown.
"""

from __future__ import annotations

from netledger.sources.tensors.roles import COUNTERS, last_part
from netledger.sources.tensors.torch_files.rebuilding import WHOLE
from netledger.unknown import Unknown
from netledger.wire.pickle import Items, Made

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable
    from typing import Any

    from netledger.network import Tensor

BESIDE = "beside"
"""The role of what stands beside a network under no word that tells what it is."""
UNCLEAR_BESIDE = Unknown("it stands beside the network's tensors, and whether it was learned is not stored")

DATA = "data"
"""The role of a tensor that examples may be, in a file without a network."""
UNCLEAR_DATA = Unknown("it may be data, and no name of a layer says that it was learned")

_LOOKED_THROUGH = 400
_LAYERS_OWN = frozenset(
    ("weight", "bias", "kernel", "gamma", "beta", "running_mean", "qweight", "_packed_params", "W_q")
)
_RECORDS = frozenset(
    (
        "acc", "accs", "accuracies", "accuracy", "anchors", "best", "buffer", "callbacks", "classes", "config", "count",
        "counts", "curve", "curves", "data", "dataset", "epoch", "epochs", "fitness", "histories", "history", "hub",
        "idx", "ids", "indices", "inputs", "iterator", "label", "labels", "log", "logs", "loops", "loss", "losses",
        "lr", "lrs", "max", "mean", "means", "memory", "meta", "metric", "metrics", "min", "normalizer", "priors",
        "replay", "sampler", "scaler", "scalers", "scheduler", "schedulers", "score", "scores", "state", "statistics",
        "stats", "std", "stds", "step", "steps", "target", "targets", "threshold", "thresholds", "times", "transform",
        "var", "variance",
    )
)  # fmt: skip
"""The last word of a key under which no network keeps what it learned."""
_HELPERS = frozenset(("callbacks", "loops", "trainer", "hub", "history", "log", "logs"))
"""The last word of a key under which helpers of training keep things, copies of the network among them."""
_EXAMPLES = frozenset(
    (
        "actions", "audio", "data", "dones", "edge", "embeds", "features", "ids", "image", "images", "input", "inputs",
        "index", "label", "labels", "latent", "latents", "mask", "masks", "mel", "obs", "observations", "outputs",
        "pixels", "predictions", "preds", "rewards", "samples", "spectrogram", "target", "targets", "terminals", "test",
        "train", "val", "waveform", "x", "y",
    )
)  # fmt: skip
"""The last word of a key under which examples are kept: PyTorch Geometric's ``x``, latents, what an agent saw."""
_WEIGHTED = frozenset(("class", "loss", "pos", "sample", "sampling"))
"""What stands before ``weights`` where those weigh examples, not inputs."""
_GRADIENTS = frozenset(
    (
        "fisher", "gradient", "gradients", "grad", "grads", "hessian", "importance", "momentum", "momenta", "velocity",
    )
)  # fmt: skip
"""The last word of a key under which something else is kept for each parameter, by the parameter's own name."""


def roles_beside(
    pairs: list[tuple[Any, Any]], tensors: Container[str], parameters: Container[str], alone: set[int]
) -> dict[int, str]:
    """Place among ``pairs`` → the role of all that is below, where a network stands among them; else nothing.

    ``tensors`` are the calls that rebuild a tensor, ``parameters`` those among them that make a parameter; which of
    them are made of nothing else (:func:`is_alone`) goes into ``alone``, by their ``id``.
    """
    looked = _Looked(tensors, alone)
    networks = {i for i, (_, value) in enumerate(pairs) if looked.holds_layers(value)}
    if not networks:
        if any(isinstance(key, str) and ("." in key or _names_layer(key)) for key, _ in pairs):
            return {}  # a state dict itself
        return {i: DATA for i, (key, value) in enumerate(pairs) if _is_data(key, value, tensors, parameters)}
    found = {}
    lone = len(networks) == 1
    for i, (key, value) in enumerate(pairs):
        words = _words(key)
        if i in networks:
            if words[-1:] and (words[-1] in _GRADIENTS or (words[-1] in _HELPERS and not lone)):
                found[i] = "state"
        elif not isinstance(value, Made) or not (value.path in parameters or _names_layer(key)):
            found[i] = "state" if _is_record(words) else BESIDE
    return found


def _is_data(key: Any, value: Any, tensors: Container[str], parameters: Container[str]) -> bool:
    """Whether a tensor stands under a word for examples, where no network stands beside it."""
    tensor = isinstance(value, Made) and value.path in tensors and value.path not in parameters
    words = _words(key)
    return tensor and words != [] and words[-1] in _EXAMPLES


def with_examples(tensors: list[Tensor]) -> list[Tensor]:
    """Tensors that stand in a list without names: where some are whole numbers, they are examples and their labels."""
    if not any(tensor.name.isdecimal() and tensor.dtype in (*COUNTERS, "uint8") for tensor in tensors):
        return tensors
    return [tensor.replace(role=DATA) if tensor.name.isdecimal() else tensor for tensor in tensors]


def _words(key: Any) -> list[str]:
    """The words of a key, without the one that says that a dict is below it."""
    words = key.lower().replace("-", "_").split("_") if isinstance(key, str) else []
    return words[:-1] if words[-1:] == ["dict"] else words


def _is_record(words: list[str]) -> bool:
    if words[-1:] == ["weights"]:
        return words[-2:-1] != [] and words[-2] in _WEIGHTED
    return words != [] and words[-1] in _RECORDS


def _names_layer(key: Any) -> bool:
    """Whether a tensor of this name is one of a layer: ``fc.weight``, ``in_proj_bias``."""
    return isinstance(key, str) and (last_part(key) in _LAYERS_OWN or key.endswith(("_weight", "_bias")))


class _Looked:
    """Which values were looked through already, and what was found: each once, however often it is referred to."""

    def __init__(self, tensors: Container[str], alone: set[int]) -> None:
        self.tensors, self.alone = tensors, alone
        self.found: dict[int, bool] = {}

    def holds_layers(self, value: Any) -> bool:
        """Whether there is a tensor under a layer's name below ``value``, or a whole module."""
        if isinstance(value, Made) and value.path in self.tensors and is_alone(value, self.tensors):
            self.alone.add(id(value))
            if not value.items:
                return False
        below = [value]
        for part in below:  # grows while it is gone through
            if id(part) in self.found:
                if self.found[id(part)]:
                    return True
                continue
            if len(below) > _LOOKED_THROUGH:
                return False
            if self._is_layer(part, below):
                self.found[id(part)] = self.found[id(value)] = True
                return True
            self.found[id(part)] = False
        return False

    def _is_layer(self, part: Any, below: list[Any]) -> bool:
        """Whether a tensor stands in it under a layer's name; the containers in it go to ``below``."""
        for key, item in _entries(part):
            tensor = isinstance(item, Made) and item.path in self.tensors
            if key == "_parameters" or (tensor and _names_layer(key)):
                return True
            if not tensor and isinstance(item, Items | Made | list | tuple) and len(below) <= _LOOKED_THROUGH:
                below.append(item)
        return False


def _entries(value: Any) -> Iterable[tuple[Any, Any]]:
    if isinstance(value, Items):
        return value.pairs
    if isinstance(value, list | tuple):
        return [(None, item) for item in value[:_LOOKED_THROUGH]]
    if not isinstance(value, Made):
        return ()
    states = value.state if isinstance(value.state, tuple) else (value.state,)
    own = [pair for state in states if isinstance(state, Items) for pair in state.pairs]
    arguments = value.args if isinstance(value.args, tuple) else ()
    return [*value.items, *own, *[(None, item) for item in arguments if isinstance(item, list | tuple)]]


def is_alone(made: Made, tensors: Container[str]) -> bool:
    """Whether a tensor is made of its storage and of numbers, with an empty dict of hooks: nearly every tensor is."""
    if made.state is not None or type(made.args) is not tuple:
        return False
    for part in made.args:
        kind = type(part)
        if kind is Made:
            if part.args != () or part.state is not None or part.path in tensors:
                return False
        elif kind is tuple:
            if not WHOLE.issuperset(map(type, part)):
                return False
        elif kind is Items or kind is list:
            return False
    return True
