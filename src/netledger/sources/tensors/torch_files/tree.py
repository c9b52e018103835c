"""The records of a pickle as tensors: where in the tree each tensor stands, and what it is there.

Calls that only shape data (an ordered dict, a size) are read through; every other call is left alone and named.
"""

from __future__ import annotations

from netledger.errors import FormatError, LimitError, NetledgerError
from netledger.limits import NAME_BYTES, TENSORS
from netledger.sources.tensors.torch_files.beside import BESIDE, DATA, is_alone, roles_beside
from netledger.sources.tensors.torch_files.rebuilding import PARAMETERS, REBUILD, TAKEN_ALONG, integer, integers
from netledger.sources.tensors.torch_files.references import storage_inside
from netledger.sources.tensors.torch_files.storages import Storage, StorageView
from netledger.wire.pickle import Items, Made, Reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Find = Callable[[Reference], "tuple[Storage, str | None]"]
    Place = tuple[str, Any, str | None]

_DATA = frozenset(
    (
        "collections.OrderedDict", "collections.defaultdict", "collections.Counter", "collections.deque",
        "builtins.set", "builtins.frozenset", "builtins.list", "builtins.tuple", "builtins.dict", "builtins.bytearray",
        "builtins.complex", "builtins.slice", "builtins.range", "__builtin__.set", "__builtin__.list",
        "__builtin__.dict", "__builtin__.bytearray", "_codecs.encode", "torch.Size", "torch.device", "numpy.dtype",
        "numpy.core.multiarray.scalar", "numpy._core.multiarray.scalar", "torch.serialization._get_layout",
        "torch.jit._pickle.build_intlist", "torch.jit._pickle.build_doublelist", "torch.jit._pickle.build_boollist",
        "torch.jit._pickle.build_tensorlist", "torch.jit._pickle.restore_type_tag",
    )
)  # fmt: skip
"""Calls that do nothing but hold what they are given: read through, not worth naming."""

_SHARDED = ("torch.distributed.checkpoint.", "torch.distributed._shard.", "pathlib.")
_DEPTH = 500
_PARTS = 200
"""A tensor's arguments and state are looked through for others so far."""
_NAMES_BYTES = 64 * 1024 * 1024
_CONTAINERS = (Items, list, tuple, Made)
_KEYS = (str, int)


class Walk:
    """Finds every tensor under a pickled value: the views in order, and the calls that were not followed.

    Each container is entered once, however often it is referred to, so the time is that of the pickle's own size.
    """

    def __init__(self, find: Find) -> None:
        self.find = find
        self.views: list[StorageView] = []
        self.calls: dict[str, int] = {}
        self.seen = set[int]()
        self.entered: list[object] = []
        """What ``seen`` has the identities of: kept, so that nothing else gets them."""
        self.alone = set[int]()
        self.partitioned: dict[str, tuple[int, ...]] = {}
        self.classes: dict[str, tuple[frozenset[str], frozenset[str]]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}
        """The shape that a dictionary states for what is packed in it, by the dictionary's path (HQQ)."""
        self.heads = set[str]()
        """The keys at the root below which whole parts of a checkpoint stand."""
        self.named = 0

    def enter(self, root: object, prefix: str = "", role: str | None = None) -> None:
        """Walk ``root``; names begin with ``prefix``, a given ``role`` holds for all."""
        self.entered.append(root)
        below = [iter([(prefix, root, role)])]
        while below:
            place = next(below[-1], None)
            if place is None:
                below.pop()
                continue
            path, value, role = place
            if isinstance(value, Made):
                view = self.rebuilt(value)
                if view is not None:
                    self.keep(view, path, role)
                    self.beside(value, view, path, role)
                    continue
                self.note(value)
            if isinstance(value, _CONTAINERS) and id(value) not in self.seen:
                self.seen.add(id(value))
                if len(below) >= _DEPTH:
                    raise LimitError(f"values nested deeper than {_DEPTH}")
                below.append(self.children(path, value, role))

    def keep(self, view: StorageView, path: str, role: str | None) -> None:
        self.named += len(path)
        if len(path) > NAME_BYTES or self.named > _NAMES_BYTES:
            raise LimitError(f"a tensor's name of more than {NAME_BYTES:,} bytes")
        if len(self.views) >= TENSORS:
            raise LimitError(f"more than {TENSORS:,} tensors")
        view.name, view.role = path or "tensor", role or view.role
        self.views.append(view)

    def beside(self, made: Made, view: StorageView, path: str, role: str | None) -> None:
        """The other tensors that a tensor is made of: indices of sparse ones, scales of quantised ones."""
        if id(made) in self.alone or is_alone(made, REBUILD):
            return
        own = {view.storage.key} if view.storage is not None else set[str]()
        for inner in self.inside(made.args, made.state):
            if inner.storage is not None and inner.storage.key not in own:
                own.add(inner.storage.key)
                self.keep(
                    inner,
                    f"{path}_part{len(own)}",
                    TAKEN_ALONG.get(made.path, "scale") if role in (None, "learned") else role,
                )

    def inside(self, *values: object) -> Iterator[StorageView]:
        """The tensors in the arguments and the state of another one, the outermost first."""
        parts: list[Any] = list(values)
        for part in parts:  # grows while it is gone through
            if not isinstance(part, _CONTAINERS):
                continue
            inner = self.rebuilt(part) if isinstance(part, Made) else None
            if inner is not None:
                yield inner
            if id(part) in self.seen or len(parts) > _PARTS:
                continue
            if isinstance(part, Made):
                parts += [part.args, part.state]
            elif isinstance(part, Items):
                parts += [item for _, item in part.pairs]
            elif isinstance(part, list | tuple):
                parts += part

    def note(self, made: Made) -> None:
        path = made.path
        if path not in _DATA and not path.startswith(_SHARDED) and path not in self.classes:
            self.calls[path] = self.calls.get(path, 0) + 1

    # ------------------------------------------------------------------ the tree

    def children(self, path: str, value: Any, role: str | None) -> Iterator[Place]:
        """What stands under a container, each with its path and its role."""
        if isinstance(value, Items):
            yield from self.pairs(path, value.pairs, _role_of_dict(value, role))
        elif isinstance(value, Made):
            yield from self.parts(path, value, role)
        elif named := _named_pairs(value):
            yield from self.pairs(path, named, role)
        else:
            roles = self.roles_at_root([(None, item) for item in value]) if not path and role is None else {}
            for i, item in enumerate(value):
                if isinstance(item, _CONTAINERS):
                    yield _join(path, i), item, role or roles.get(i)

    def pairs(self, path: str, pairs: list[tuple[Any, Any]], role: str | None) -> Iterator[Place]:
        beside = not path and any(_is_dictionary(item) for _, item in pairs)
        roles = self.roles_at_root(pairs) if not path and role is None else {}
        if not path:
            self.heads |= {key for key, item in pairs if isinstance(key, str) and self.is_part(item)}
        for i, (key, item) in enumerate(pairs):
            if isinstance(item, _CONTAINERS):
                name = key if isinstance(key, _KEYS) else f"[{i}]"
                if key in ("param_shapes", "frozen_param_shapes"):
                    self.partitioned |= _shapes_in(item)
                elif key == "shape" and isinstance(item, Made) and item.path == "torch.Size":
                    self.shapes[path] = integers(item)
                below = "state" if role in _OPEN and isinstance(key, str) and _is_state(key) else role
                if beside and below is None and isinstance(item, Made) and self.is_number(item):
                    below = "buffer"
                below = below or roles.get(i)
                yield _join(path, name), item, below

    def roles_at_root(self, pairs: list[tuple[Any, Any]]) -> dict[int, str]:
        """What stands beside a network in a checkpoint, by its place."""
        return roles_beside(pairs, REBUILD, PARAMETERS, self.alone)

    def is_part(self, value: Any) -> bool:
        """Whether tensors may stand below it: a container that is none itself."""
        return isinstance(value, _CONTAINERS) and not (isinstance(value, Made) and value.path in REBUILD)

    def is_number(self, made: Made) -> bool:
        """Whether it is a tensor of no dimension: beside a state dict that is a record of training (``best_acc``)."""
        view = self.rebuilt(made)
        return view is not None and not view.size

    def parts(self, path: str, made: Made, role: str | None) -> Iterator[Place]:
        """What a call that was not made was to hold: its items, its state, its arguments."""
        dictionary = Items(made.items)
        yield from self.pairs(path, made.items, _role_of_dict(dictionary, role))
        for state in made.state if isinstance(made.state, tuple) else (made.state,):
            if isinstance(state, Items):
                yield from self.state(path, state, role, self.classes.get(made.path))
            elif isinstance(state, _CONTAINERS):
                yield path, state, role
        if made.list:
            yield path, made.list, role
        args = made.args if isinstance(made.args, tuple) else ()
        if made.path == "collections.OrderedDict" and args and isinstance(args[0], list):
            yield path, Items([pair for pair in map(_pair, args[0]) if pair is not None]), role
        else:
            for argument in args:
                if isinstance(argument, _CONTAINERS):
                    yield path, argument, role

    def state(
        self, path: str, state: Items, role: str | None, listed: tuple[frozenset[str], frozenset[str]] | None = None
    ) -> Iterator[Place]:
        """An object's attributes; a module's parameters, buffers and children under the names they have in it.

        ``listed`` is what TorchScript's code says of its class: the names of its parameters, of its buffers.
        """
        module = {"_parameters", "_modules"} <= {key for key, _ in state.pairs if isinstance(key, str)}
        for key, item in state.pairs:
            if module and role is None and isinstance(item, Made) and key not in _OF_MODULES:
                if self.rebuilt(item) is not None:  # a tensor that is neither a parameter nor a buffer of its module
                    yield _join(path, str(key)), item, "constant"
                    continue
            if listed is not None and isinstance(key, str) and isinstance(item, Made) and role is None:
                if self.rebuilt(item) is not None:
                    yield _join(path, key), item, _listed_role(key, *listed)
                    continue
            if key == "state_dict_metadata" and isinstance(item, Items):
                yield path, item, role
                continue
            inner = item.items if isinstance(item, Made) else item.pairs if isinstance(item, Items) else None
            if key == "_modules" and inner is not None:
                yield from self.pairs(path, inner, role)
            elif key == "_parameters" and inner is not None:
                for name, value, _ in self.pairs(path, inner, role):
                    yield name, value, role or "learned"
            elif key == "_buffers" and inner is not None:
                for name, value, _ in self.pairs(path, inner, role):
                    yield name, value, role or ("running_statistic" if ".running_" in f".{name}" else "buffer")
            elif isinstance(item, _CONTAINERS) and not (isinstance(key, str) and key.endswith("_hooks")):
                yield _join(path, key if isinstance(key, str) else "?"), item, role

    # ------------------------------------------------------------------ rebuilding

    def rebuilt(self, made: Made) -> StorageView | None:
        """The tensor that a call stands for; ``None`` where it stands for none."""
        rule = REBUILD.get(made.path)
        if rule is None:
            return None
        args = made.args if isinstance(made.args, tuple) else ()
        try:
            return rule(self, args, made)
        except NetledgerError:
            raise
        except (LookupError, TypeError, ValueError, AttributeError):
            raise FormatError(f"a tensor is rebuilt by {made.path} from what does not fit it") from None

    def stored(self, storage: Any, offset: Any, size: Any, stride: Any, dtype: str | None = None) -> StorageView:
        """A view of a storage that a persistent reference names.

        A state dict is saved detached: whether a plain tensor requires a gradient says nothing of training.
        """
        if isinstance(storage, Reference):
            found, own = self.find(storage)
        elif isinstance(storage, Made) and storage.path == "torch.storage._load_from_bytes":
            found, own = storage_inside(storage.args[0])
        else:
            raise TypeError
        return StorageView(found, dtype or own or "uint8", integer(offset), integers(size), integers(stride))


_OF_MODULES = ("_parameters", "_buffers", "_modules")


def _shapes_in(value: Any) -> dict[str, tuple[int, ...]]:
    """DeepSpeed's ``param_shapes``: for each group of the optimizer a dict from names to shapes."""
    found: dict[str, tuple[int, ...]] = {}
    for group in value if isinstance(value, list | tuple) else [value]:
        pairs = group.pairs if isinstance(group, Items) else group.items if isinstance(group, Made) else []
        for name, size in pairs:
            if isinstance(name, str) and isinstance(size, Made) and size.path == "torch.Size":
                found[name] = integers(size)
    return found


def _is_state(key: str) -> bool:
    """Optimizers and random generators keep state, no parameters."""
    if key.startswith(("optimizer", "optim.", "random_state")) or key == "optim":
        return True
    lower = key.lower()
    return "rng" in lower and "rng" in lower.split("_")


def _listed_role(name: str, parameters: frozenset[str], buffers: frozenset[str]) -> str | None:
    if name in parameters:
        return "learned"
    if name in buffers:
        return "running_statistic" if name.startswith("running_") else "buffer"
    return "constant"


def _role_of_dict(items: Items, role: str | None) -> str | None:
    """An optimizer's state dict has ``state`` and ``param_groups``: nothing below it is a parameter."""
    if role not in _OPEN or len(items.pairs) > 16:
        return role
    keys = {key for key, _ in items.pairs if type(key) is str}
    return "state" if {"state", "param_groups"} <= keys else role


_OPEN = (None, BESIDE, DATA)
"""Roles that what stands further below may still tell better."""


def _is_dictionary(value: Any) -> bool:
    """A dict, plain or ordered, that holds something: a state dict among the values of a checkpoint."""
    if isinstance(value, Made):
        return value.path == "collections.OrderedDict" and bool(value.items)
    return isinstance(value, Items) and bool(value.pairs)


def _pair(value: Any) -> tuple[Any, Any] | None:
    return (value[0], value[1]) if isinstance(value, list | tuple) and len(value) == 2 else None


def _named_pairs(value: list[Any] | tuple[Any, ...]) -> list[tuple[Any, Any]]:
    """``list(model.named_parameters())``: a list of names, each with what it names; empty for other lists."""
    found = []
    for item in value:
        pair = _pair(item)
        if pair is None or not isinstance(pair[0], str):
            return []
        found.append(pair)
    return found


def _join(path: str, key: str | int) -> str:
    return f"{path}.{key}" if path else str(key)
