"""What a model of transformers is fed: it is asked with what its ``forward`` names, until it takes it.

A model is asked first with its main input and with whatever its ``forward`` requires; an argument that it then says it
misses is added, and a shape that does not fit is replaced by the next that such an argument may have.
"""

from __future__ import annotations

import inspect

from netledger.sources.pytorch.finding.model_sizes import ModelSizes
from netledger.sources.pytorch.finding.placeholder_tokens import Placeholders
from netledger.sources.pytorch.finding.required_arguments import makers_of
from netledger.sources.pytorch.finding.transformers_arguments import (
    embeddings,
    flat_patches,
    length,
    patches_in_a_row,
    tiles,
)
from netledger.sources.pytorch.inputs import Given, Spec, float_type

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any


class Asking:
    """The inputs that a model of transformers may take, and what to try where it did not take one."""

    def __init__(self, model: Any) -> None:
        self.model, self.sizes = model, ModelSizes(model.config)
        declared = inspect.signature(model.forward).parameters
        self.names = [name for name, one in declared.items() if one.kind not in (one.VAR_KEYWORD, one.VAR_POSITIONAL)]
        self.passes_on = any(one.kind is one.VAR_KEYWORD for one in declared.values())
        self.required = [name for name in self.names if declared[name].default is inspect.Parameter.empty]
        self.makers = makers_of(self.required)
        main = model.main_input_name
        self.main = [main] if isinstance(main, str) else list(main)
        self.dtype = float_type(model)
        width = getattr(self.sizes.text(), "hidden_size", 0)
        self.placeholders = Placeholders(model.config, width if isinstance(width, int) else 0)

    def first(self) -> Iterator[Given]:
        """Ways to call it: with an image or a sound among its tokens, with an input of every sort it has, with the main
        one and what is required alone, then with all; at last with tokens already looked up.
        """
        yield from self.among_tokens()
        wanted = [*[name for name in self.main if name in self.names], *self.required]
        seen: set[tuple[str, ...]] = set()
        every = [name for name in self.names if name in self.makers]
        masked = tuple([*self.sorts(), *[name for name in _MASKS if name in self.names]])
        for more in ((*self.sorts(), *self.decoder()), self.decoder(), (), self.sorts(), masked, every):
            names = tuple(dict.fromkeys([*wanted, *more]))
            if names and names not in seen and all(name in self.makers for name in names):
                seen.add(names)
                yield from self.shaped(names)
        if "inputs_embeds" in self.names and self.main == ["input_ids"] and not self.sorts():
            beside = self.shaped(self.decoder())
            yield self.given({**next(beside).kwargs, "inputs_embeds": embeddings(self.sizes)[0]})

    def among_tokens(self) -> Iterator[Given]:
        """Text with an image or a sound in it, for a model that has tokens for them."""
        sorts = [(sort, name) for part, name, sort in _SORTS if self.has(part) and name in self.names]
        sorts = [(sort, name) for sort, name in sorts if sort in self.placeholders.token]
        if "input_ids" not in self.names or not sorts:
            return
        stated = {"image": getattr(self.sizes.config, "num_query_tokens", 1)}  # nobody counts what queries stand for
        many = {sort: stated.get(sort, 1) for sort, _ in sorts}
        ids = self.placeholders.ids(many, length(self.sizes))
        required = [name for name in self.required if name in self.makers and name != "input_ids"]
        wanted = list(dict.fromkeys([*[name for _, name in sorts], *required]))
        lying = [name for name in _LYING if name in self.names and name in self.makers]
        for more in dict.fromkeys((tuple(lying), ())):
            for given in self.shaped((*wanted, *self.decoder(), *more)):
                yield self.with_ids(given.kwargs, ids)

    def with_ids(self, arguments: dict[str, Any], ids: Any) -> Given:
        """The call with these token ids."""
        beside = [name for name in ("mm_token_type_ids", "token_type_ids") if name in self.names]
        sorts = dict.fromkeys(beside, self.placeholders.sorts(ids))
        given = self.given({**arguments, "input_ids": ids, **sorts})
        tokens = f"input_ids 1×{ids.shape[1]}: {self.placeholders.said(ids)}"
        return Given(
            (), given.kwargs, tuple([tokens if one.startswith("input_ids ") else one for one in given.assumed])
        )

    def has(self, part: str) -> bool:
        """Whether the configuration has this part."""
        return self.sizes.has(part)

    def decoder(self) -> tuple[str, ...]:
        """The tokens of a decoder beside an encoder."""
        both = getattr(self.model.config, "is_encoder_decoder", False)
        return ("decoder_input_ids",) if both and "decoder_input_ids" in self.names else ()

    def sorts(self) -> tuple[str, ...]:
        """Images and sounds, where the configuration has a part for them."""
        found = [name for part, name, _ in _SORTS if self.has(part) and name in self.names]
        return tuple([name for name in ("input_ids", *found) if name in self.names]) if found else ()

    def shaped(self, names: tuple[str, ...]) -> Iterator[Given]:
        """These arguments: each in its likeliest shape, then one after the other in its next ones."""
        made = {name: self.options(name, names) for name in names}
        likeliest = {name: options[0] for name, options in made.items()}
        yield self.given(likeliest)
        for name, options in made.items():
            for other in options[1:]:
                yield self.given({**likeliest, name: other})

    def options(self, name: str, names: Iterable[str]) -> list[Any]:
        """What an argument may be: beside a grid of patches an image is its patches."""
        if name == "pixel_values":
            if "target_sizes" in names:
                return patches_in_a_row(self.sizes)
            if "aspect_ratio_ids" in names:
                return tiles(self.sizes)
            if any("grid_thw" in one or "position_ids" in one for one in names):
                return flat_patches(self.sizes)
        found = self.makers[name](self.sizes)
        ids = self.makers[name] in (self.makers["attention_mask"], self.makers["input_ids"])
        if type(self.model).__name__.endswith("ForMultipleChoice") and ids:
            return [one.replace(shape=(1, CHOICES, *one.shape[1:])) for one in found]
        return found

    def given(self, arguments: dict[str, Any]) -> Given:
        """The call, with a sentence on each shape."""
        named = {
            name: one.replace(name=name, dtype=one.dtype or self.dtype) if isinstance(one, Spec) else one
            for name, one in arguments.items()
        }
        said = [
            f"{name} {'×'.join(map(str, one.shape))}, from the model's configuration"
            for name, one in named.items()
            if hasattr(one, "shape")
        ]
        return Given((), named, tuple(said))

    def after(self, given: Given, why: str) -> Iterator[Given]:
        """What to add where the model says, in words that name it, that an argument is missing."""
        takes = "use_cache" in self.names or self.passes_on
        if takes and "use_cache" not in given.kwargs and any(words in why for words in _OF_A_CACHE):
            yield Given((), {**given.kwargs, "use_cache": False}, given.assumed)
        for words, (token, many) in _ENDS.items():
            if words in why:
                yield from self.ended(given, token, many)
        if "both" in why:
            names = [name for name in given.kwargs if _names(why, name)]
            for name in names if len(names) > 1 else ():
                kept = {one: value for one, value in given.kwargs.items() if one != name}
                yield Given((), kept, tuple([one for one in given.assumed if not one.startswith(f"{name} ")]))
        ids = given.kwargs.get("input_ids")
        more = self.placeholders.refitted(ids, why) if hasattr(ids, "flatten") else None
        if more is not None:
            yield self.with_ids(given.kwargs, more)
            return
        named = [name for name in self.makers if _names(why, name)] + [
            _MEANT[words] for words in _MEANT if words in why
        ]
        missing = [name for name in named if name in self.names and name not in given.kwargs]
        if missing:
            names = [*given.kwargs, *missing]
            made = {name: self.options(name, names)[0] for name in names if name in missing or name == "pixel_values"}
            yield self.given({**given.kwargs, **made})

    def ended(self, given: Given, token: str, many: int) -> Iterator[Given]:
        """The call with token ids that end in so many of one that the configuration names."""
        end = getattr(self.sizes.text(), token, None)
        ids = given.kwargs.get("input_ids")
        if type(end) is int and isinstance(ids, Spec):
            import torch

            row = torch.full(ids.shape, self.placeholders.text)
            row[..., -many:] = end
            said = f"input_ids end in {many} × {token.removesuffix('_id')}"
            yield Given((), {**given.kwargs, "input_ids": row}, (*given.assumed, said))


CHOICES = 2
"""Sequences that a model chooses among."""
_SORTS = (
    ("vision_config", "pixel_values", "image"), ("backbone_config", "pixel_values", "image"),
    ("audio_config", "input_features", "audio"), ("audio_config", "input_values", "audio"),
    ("audio_encoder_config", "input_values", "audio"), ("codec_config", "input_values", "audio"),
)  # fmt: skip
"""Part of a configuration → the argument that brings it its input, and what that is."""
_ENDS = {"<eos> token": ("eos_token_id", 1), "three separator tokens": ("sep_token_id", 3)}
"""What a model says → the tokens that it looks for in a text, and how many."""
_OF_A_CACHE = ("ache", "'num_hidden_layers'")
"""What is said where a cache of keys and values cannot be made: without one the same is computed."""
_MEANT = {"language unknown": "lang_ids"}
"""What a model says → the argument that it means, where it does not name it."""
_LYING = (
    "image_grid_thw",
    "grid_thw",
    "spatial_shapes",
    "aspect_ratio_ids",
    "aspect_ratio_mask",
    "image_sizes",
    "input_features_mask",
    "feature_attention_mask",
    "chunk_sample_lengths",
)
"""Arguments that say how an image's patches lie, how long a sound is."""
_MASKS = ("pixel_attention_mask",)
"""Arguments that say which parts of an image are there, which some models do not do without."""


def _names(text: str, name: str) -> bool:
    """Whether a text has a name as a word.

    >>> _names("You have to specify bbox", "bbox"), _names("no input_ids_2", "input_ids")
    (True, False)
    """
    words = "".join([letter if letter.isalnum() or letter == "_" else " " for letter in text]).split()
    return name in words
