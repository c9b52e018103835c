"""Named sizes: where a family's ``size("hidden_size")`` gets its value, and what was asked for."""

from __future__ import annotations

from netledger.errors import ArgumentError
from netledger.limits import CONFIGURED_SIZE
from netledger.printable import printable, printable_value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from netledger.notation.family.named import Loops

_HEADS = ("causal", "conditional", "masked")
"""Roles of the class that people mean by a model of language, where none is named."""
_CLASSIFIERS = frozenset("sequence token classifier image question pretraining teacher".split())
"""Roles whose head has as many outputs as there are labels."""
MISSING: Any = object()
"""Where a size has no default."""
ROLE = "role:"
"""Before what a part of a larger model is in its family, where its class has no name (``role:causal``)."""


class Sizes:
    """The values of a configuration, by key, as a family asks for them.

    ``asked`` holds every key that was asked for with the value it got, ``defaulted`` those that the configuration
    leaves to the default, ``parts`` the model type and the values of each part, ``headed`` the class with a head where
    none is named. A value of the wrong sort is an
    ``ArgumentError`` that names the key.

    >>> sizes = Sizes({"n_embd": 768})
    >>> sizes.size("n_embd"), sizes.size("n_layer", 12), sizes.defaulted
    (768, 12, {'n_layer': 12})
    """

    __slots__ = ("given", "asked", "defaulted", "said", "classifies", "parts", "headed")
    loops: Loops | None = None

    def __init__(self, given: Mapping[str, Any]) -> None:
        self.given = given
        self.asked: dict[str, Any] = {}
        self.defaulted: dict[str, Any] = {}
        self.said: list[str] = []
        self.classifies = False
        self.headed: str | None = None
        self.parts: list[tuple[str, Sizes]] = []

    def architecture(self, classes: Mapping[str, str]) -> str:
        """What the class in ``architectures`` is in this family (``causal``, ``base``, …); without one its base."""
        named = self.given.get("architectures")
        self.asked["architectures"] = named
        if not named:
            base = next((name for name, role in classes.items() if role == "base"), "base")
            self.said.append(f"the configuration names no class: the base model {base}")
            self.headed = next((name for name, role in classes.items() if role in _HEADS), None)
            return "base"
        first = named[0] if isinstance(named, tuple | list) else named
        if isinstance(first, str) and first.startswith(ROLE) and first.removeprefix(ROLE) in classes.values():
            return first.removeprefix(ROLE)
        if not isinstance(first, str) or first not in classes:
            known = ", ".join(classes)
            raise ArgumentError(
                f"architectures: {printable_value(first)} is no class of this family that is known ({known})"
            )
        self.classifies = classes[first] in _CLASSIFIERS
        return classes[first]

    def labels(self, default: int = 2) -> int:
        """How many classes a classifier tells apart: ``id2label``'s, ``num_labels``, or its class's default."""
        named = self.option("id2label", None)
        if not isinstance(named, dict | None):
            raise ArgumentError(f"id2label takes an object, not {printable_value(named)}")
        stated: int = self.size("num_labels", default, null=default)
        if not self.classifies:
            self.defaulted.pop("num_labels", None)
        if isinstance(named, dict) and "num_labels" in self.given and len(named) != stated:
            raise ArgumentError(f"id2label and num_labels contradict each other: {len(named):,} and {stated:,}")
        if not isinstance(named, dict):
            return stated
        self.defaulted.pop("num_labels", None)
        self.asked["num_labels"] = len(named)
        return len(named)

    def inside(self, given: Mapping[str, Any], prefix: str) -> Sizes:
        """The sizes of a part whose tensors stand below ``prefix``."""
        return Sizes(given)

    def input_shape(self, shape: tuple[Any, ...]) -> tuple[Any, ...]:
        """The shape that a family's text states for an input; one that holds no value is an ``ArgumentError``."""
        for size in shape:
            if isinstance(size, int) and not 0 < size <= CONFIGURED_SIZE:
                stated = "×".join([f"{one:,}" if isinstance(one, int) else "?" for one in shape])
                raise ArgumentError(f"an input of {stated}: each size is from 1 to 2^40")
        return shape

    def rest(self) -> dict[str, Any]:
        """What no line above has asked for: the values of a part that has no object of its own."""
        left = {key: value for key, value in self.given.items() if key not in self.asked and key != "model_type"}
        self.asked.update(left)
        return left

    def of_part(self, number: int, key: str) -> Any:
        """A size that the part of this number got, given or by default."""
        return self.parts[number][1].asked[key]

    def size(
        self, key: str, default: Any = MISSING, *, null: Any = MISSING, also: Any = (), evenly: Any = None
    ) -> Any:  # fmt: skip
        """A whole number from 0 up; ``default`` where the key is missing, ``null`` where it is null; ``evenly`` are two
        sizes of which the first, divided by the second without rest, stands for a default (and for a null) that is not
        given.

        >>> Sizes({}).size("head_dim", evenly=(64, 8))
        8
        """
        if evenly is not None:
            divided = _Divided(*evenly)
            default = divided if default is MISSING else default
            null = divided if null is MISSING or null == "evenly" else null
        value = self._looked_up(key, default, null, also)
        if isinstance(value, _Divided):
            value = value.value()
            if key in self.defaulted:
                self.asked[key] = self.defaulted[key] = value
            return value
        if value is None or (value is default and not isinstance(value, int)):
            return value
        if type(value) is float and value.is_integer():
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= CONFIGURED_SIZE:
            raise ArgumentError(
                f"{printable(key)} takes a size (a whole number from 0 to 2^40), not {printable_value(value)}"
            )
        return value

    def flag(self, key: str, default: Any = MISSING, *, null: Any = MISSING, also: Any = ()) -> Any:
        """True or False."""
        value = self._looked_up(key, default, null, also)
        if not isinstance(value, bool) and value is not default and value is not null:
            raise ArgumentError(f"{printable(key)} takes true or false, not {printable_value(value)}")
        return value

    def option(self, key: str, default: Any = MISSING, *, null: Any = MISSING, also: Any = ()) -> Any:
        """Anything else: a word, a list, a number, a table."""
        value = self._looked_up(key, default, null, also)
        return value if key not in _SORTS_OF_LAYERS or value is default or value is null else _sorts(key, value)

    def _looked_up(self, key: str, default: Any, null: Any, also: Any) -> Any:
        names = (key, *((also,) if isinstance(also, str) else also))
        self._agreed(names)
        for name in names:
            if name in self.given:
                value = self.given[name]
                self.asked[name] = value
                if value is not None:
                    return value
                if null is not MISSING:
                    return null
                if default is not None:
                    raise ArgumentError(f"{printable(name)} is null: nothing says what that stands for")
                return None
        if default is MISSING:
            self._absent(key)
        self.asked.setdefault(key, default)
        self.defaulted[key] = default
        return default

    def _agreed(self, names: tuple[str, ...]) -> None:
        """Two names of one size may both be given, if they say the same."""
        given = [name for name in names if self.given.get(name) is not None]
        for name in given[1:]:
            self.asked.setdefault(name, self.given[name])
            if self.given[name] != self.given[given[0]]:
                first, second = printable(given[0]), printable(name)
                values = f"{printable_value(self.given[given[0]])} and {printable_value(self.given[name])}"
                raise ArgumentError(f"{first} and {second} contradict each other: {values}")

    def _absent(self, key: str) -> None:
        raise ArgumentError(f"the configuration gives no {printable(key)}")


class _Divided:
    """A size that is one divided by another, if it comes to be needed."""

    __slots__ = ("of", "by")

    def __init__(self, of: Any, by: Any) -> None:
        self.of, self.by = of, by

    def value(self) -> Any:
        if self.by == 0 or self.of % self.by:
            raise ArgumentError(f"{self.of:,} does not divide into {self.by:,} heads")
        return self.of // self.by


_SORTS_OF_LAYERS = frozenset(("layer_types", "layers_block_type", "mlp_layer_types", "block_types", "mlp_types"))
_SORTS = frozenset(
    "full_attention sliding_attention chunked_attention window_attention linear_attention indexed_attention "
    "deepseek_sparse_attention qwen_sparse_attention compressed_sparse_attention heavily_compressed_attention "
    "minimax_m3_sparse reference_sliding_attention conv mamba attention hybrid hybrid_full hybrid_sliding recurrent "
    "moe mlp dense sparse hash_moe".split()
)
"""What configurations call the sorts of layers. Source: transformers' ``configuration_utils.py``."""


def _sorts(key: str, value: Any) -> Any:
    if not isinstance(value, tuple):
        raise ArgumentError(f"{printable(key)} takes a list of sorts of layers, not {printable_value(value)}")
    for item in value:
        if not isinstance(item, str) or item not in _SORTS:
            raise ArgumentError(f"{printable(key)}: a layer of the sort {printable_value(item)} is not known")
    return value
