"""The variables that a Keras file stores, found by layer: in the three layouts that Keras has written.

``layers/conv2d/vars/0`` (Keras 3; a layer's group is named by its class), ``_layer_checkpoint_dependencies/…`` (late 2)
and ``model_weights/conv2d/conv2d/kernel:0`` (``.h5``; by its name).
"""

from __future__ import annotations

from math import prod

from netledger.errors import FormatError
from netledger.network import Tensor, elements_of
from netledger.unknown import Unknown
from netledger.wire.hdf5 import Hdf5Object

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.layers import Slot
    from netledger.sources.keras.graph import KerasLayer
    from netledger.sources.keras.steps import KerasStep
    from netledger.wire.hdf5 import Hdf5File

_CONTAINERS = ("layers", "_layer_checkpoint_dependencies")
_LEGACY = "model_weights"
_STATE = ("seed_generator", "optimizer", "optimizer_weights", "metrics/")
_LEARNED = ("weight", "bias", "parameter")
_LIVE = "a live variable"


def live_variable(path: str, shape: tuple[int, ...], dtype: str, *, trainable: bool, fixed: bool) -> Hdf5Object:
    """A variable of a live model in the place of a file's dataset. ``trainable``: it is trained now; ``fixed``: its
    layer made it as one that never is.
    """
    said = {name: "" for name, true in (("trainable", trainable), ("fixed", fixed)) if true}
    return Hdf5Object(path, shape, dtype, _LIVE, None, 0, said)


class KerasVariables:
    """Datasets by the place of a layer; ``taken`` are those that some layer has."""

    def __init__(self, file: Hdf5File | None) -> None:
        self.objects = {} if file is None else file.objects
        self.taken = set[str]()
        self.legacy = _LEGACY in self.objects or "layer_names" in getattr(self.objects.get(""), "attributes", {})
        self._below: dict[str, list[str]] = {}
        for path in self.objects:
            if path:
                self._below.setdefault(path.rpartition("/")[0], []).append(path)

    @property
    def complete(self) -> bool:
        """Whether every variable that there is stands here: a configuration alone tells none."""
        return bool(self.objects)

    @property
    def root(self) -> str:
        """Where the outermost model's layers stand."""
        return _LEGACY if self.legacy and _LEGACY in self.objects else ""

    def places(self, root: str, layers: Sequence[KerasLayer]) -> dict[str, str]:
        """Each layer's group below a model's group, by the layer's name."""
        if not self.objects:
            return {}
        if self.legacy:
            return {layer.name: _joined(root, layer.name) for layer in layers}
        holder = next((_joined(root, name) for name in _CONTAINERS if _joined(root, name) in self.objects), None)
        if holder is None:
            return {}
        named = {}
        for path in self._below.get(holder, ()):
            said = getattr(self.objects.get(f"{path}/vars"), "attributes", {}).get("name")
            if isinstance(said, str):
                named[said] = path
        found, used = {}, dict[str, int]()
        for layer in layers:
            if layer.operation:
                continue
            word = _snake(layer.config.class_name)
            used[word] = used.get(word, -1) + 1
            found[layer.name] = named.get(layer.name) or f"{holder}/{word}_{used[word]}".removesuffix("_0")
        return found

    def of(self, place: str, name: str, outer: str | None) -> list[Hdf5Object]:
        """The datasets of a layer. In an ``.h5`` those of a nested model stand in the outermost layer's group."""
        if self.legacy and outer is not None:
            return [one for one in self.datasets(outer) if name in one.path[len(outer) + 1 :].split("/")[:-1]]
        return self.datasets(place)

    def datasets(self, group: str) -> list[Hdf5Object]:
        """Every dataset below a group: as its ``weight_names`` list them, numbered ones by their numbers."""
        found: list[Hdf5Object] = []
        waiting = [group]
        while waiting:
            path = waiting.pop()
            one = self.objects.get(path)
            if one is None:
                continue
            if one.shape is not None:
                found.append(one)
            below = self._below.get(path, ())
            waiting += sorted(below, key=_number_last, reverse=True)
        listed = getattr(self.objects.get(group), "attributes", {}).get("weight_names", ())
        order = {_joined(group, name): i for i, name in enumerate(listed)}
        return sorted(found, key=lambda one: order.get(one.path, len(order))) if order else found

    def said_of_rest(self, count: int) -> str:
        """What is said of variables of no layer."""
        return f"{count:,} stored variables belong to no layer that the configuration names"

    def rest(self) -> list[Hdf5Object]:
        """Datasets of no layer: an optimizer's state, what a model holds beside its layers."""
        return [one for one in self.objects.values() if one.shape is not None and one.path not in self.taken]


def tensors_for(
    step: KerasStep, held: list[Hdf5Object], path: str, *, trainable: bool, quantised: bool
) -> tuple[Tensor, ...]:
    """The tensors of a row, taken out of what is left of its layer's variables, in the roles that the row states."""
    if not step.roles:
        return ()
    mine = [one for one in held if not step.variables or any(word in f"/{one.path}" for word in step.variables)]
    roles = [role for role in step.roles.split() if role != "bias" or step.attributes.get("bias", True)]
    found = []
    for one in mine:
        held.remove(one)
        seeds = any(word in one.path for word in _STATE)
        named = _role_by_name(one) if quantised else None
        if named in roles:
            roles.remove(named)
        role = "state" if seeds else named or (roles.pop(0) if roles else "scale" if quantised else "parameter")
        found.append(tensor_of(one, path, role, trainable))
    return tuple(found)


def _role_by_name(one: Hdf5Object) -> str | None:
    """What a variable of a quantised layer is, where the file names it; ``.h5`` lists what is trained first."""
    name = one.path.rpartition("/")[2].removesuffix(":0")
    if name.startswith("lora_") or name.endswith(("kernel", "embeddings")):
        return "weight"
    return next((role for end, role in _ENDS.items() if name.endswith(end)), None)


_ENDS = {
    "bias": "bias", "_scale": "scale", "_zero": "zero_point", "g_idx": "constant", "_amax_history": "buffer",
}  # fmt: skip
"""How Keras names what a quantised layer keeps → its role."""


def tensor_of(one: Hdf5Object, path: str, role: str, trainable: bool = True) -> Tensor:
    """A dataset as a tensor, named behind the row's path; numbers alone are parameters."""
    assert one.shape is not None
    dtype = dtype_of(one)
    if dtype is None:
        raise FormatError(f"its elements are {one.what}, no numbers").at(item=f"'{one.path}'")
    if role in _LEARNED and dtype in ("bool", "int64", "int32", "uint32", "uint64"):
        role = "state"
    if one.what == _LIVE:
        trainable = "trainable" in one.attributes
        role = "buffer" if role == "parameter" and "fixed" in one.attributes else role
    name = one.path.rpartition("/")[2].removesuffix(":0")
    return Tensor(
        f"{path}.{name}" if path else name, role, one.shape, dtype, trainable=trainable, storage=one.path
    )  # fmt: skip


def beside_kernel(tensors: tuple[Tensor, ...]) -> tuple[Tensor, ...]:
    """Spectral normalisation keeps its layer's kernel once more, and the vector of its power iteration: no weights."""
    kernels = {tensor.shape for tensor in tensors if tensor.role == "weight"}
    return tuple(
        [
            tensor.replace(role="constant" if tensor.shape in kernels else "buffer")
            if tensor.role == "parameter"
            else tensor
            for tensor in tensors
        ]
    )


def maybe_learned(tensors: tuple[Tensor, ...], quantised: bool = False) -> tuple[Tensor, ...]:
    """Of a layer without a rule: matrices are learned, what a number alone names may be counted or measured.

    So may what is called after a running value. Of a quantised one numbers alone tell scales and kernels apart no more,
    nor does anything say how many values a byte of it holds.
    """
    return tuple(
        [tensor.replace(elements=_NOT_TOLD) if _may_not_be(tensor, quantised) else tensor for tensor in tensors]
    )


def _may_not_be(tensor: Tensor, quantised: bool) -> bool:
    name = tensor.name.rpartition(".")[2]
    if quantised and tensor.role != "state" and (name.isdecimal() or tensor.dtype in ("int8", "uint8")):
        return True
    numbered = name.isdecimal() or not set(name.lower().split("_")).isdisjoint(_RUNNING)
    return tensor.role == "parameter" and len(tensor.shape) < 2 and numbered


_RUNNING = frozenset(("average", "avg", "count", "counter", "ema", "mean", "moving", "running", "std", "step", "var"))
"""Words of names that layers give to what they measure."""
_NOT_TOLD = Unknown("a variable of a layer without a rule, and nothing tells whether it is learned")


def unpacked(tensors: tuple[Tensor, ...], slots: Sequence[Slot]) -> tuple[Tensor, ...]:
    """A kernel of small integers that holds two values in each, as its layer's own shape tells."""
    for i, tensor in enumerate(tensors):
        if tensor.role == "weight" and tensor.dtype in ("int8", "uint8") and slots:
            whole, stored = elements_of(slots[0].shape), elements_of(tensor.shape)
            if isinstance(whole, int) and isinstance(stored, int) and whole > stored >= whole // 2:
                return (*tensors[:i], tensor.replace(elements=whole), *tensors[i + 1 :])
    return tensors


def dtype_of(one: Hdf5Object) -> str | None:
    """A dataset's element type; two opaque bytes each are NumPy's way to keep ``bfloat16``. ``None``: no numbers."""
    count = elements_of(one.shape or ())
    opaque = one.what == "opaque" and isinstance(count, int) and count > 0 and one.nbytes == 2 * count
    return one.dtype or ("bfloat16" if opaque else None)


def _joined(group: str, name: str) -> str:
    return f"{group}/{name}" if group else name


def _number_last(path: str) -> tuple[int, str]:
    """A variable's number as a number; words in their own order before."""
    last = path.rpartition("/")[2]
    return (int(last), "") if last.isascii() and last.isdigit() and len(last) < 9 else (-1, last)


def _snake(name: str) -> str:
    """A class's name as Keras writes it in files.

    >>> _snake("MaxPooling2D"), _snake("BatchNormalization"), _snake("PReLU")
    ('max_pooling2d', 'batch_normalization', 'p_re_lu')
    """
    import re

    word = re.sub("(.)([A-Z][a-z0-9]+)", r"\1_\2", re.sub(r"\W+", "", name))
    return re.sub("([a-z])([A-Z])", r"\1_\2", word).lower()


def stored_in(held: Sequence[Hdf5Object]) -> dict[str, int]:
    """Elements and bytes of datasets; no bytes where a filter packs some."""
    counts = {"tensors": len(held), "elements": sum([prod(one.shape or ()) for one in held])}
    sizes = [one.nbytes for one in held]
    known = [size for size in sizes if size is not None]
    return {**counts, "bytes": sum(known)} if len(known) == len(sizes) else counts
