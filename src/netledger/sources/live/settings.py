"""The settings of ``count`` and ``summary`` that say how to count; any other must be a model's own argument."""

from __future__ import annotations

from netledger.errors import UsageError, nearest

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from typing import Any

SETTINGS = frozenset(
    (
        "input_data",
        "input_size",
        "specs",
        "batch",
        "dtypes",
        "mode",
        "training",
        "real",
        "args",
        "kwargs",
        "more_data",
        "factory_kwargs",
        "trust_remote_code",
        "device",
        "batch_dim",
        "batch_size",
        "branching",
        "cache_forward_pass",
        "col_width",
        "row_settings",
    )
)
"""Any other is an argument of the model's ``forward``, as with torchinfo."""
_OF_READING = frozenset(("remote", "known", "opened"))
_OF_SUMMARY = frozenset(("depth", "col_names", "verbose", "formulas"))
_SPELLINGS = {
    **dict.fromkeys(("include_backPropagation", "backward"), "training"),
    **dict.fromkeys(("input_shape", "inputsize", "shape", "size", "input_res", "input_dim"), "input_size"),
    **dict.fromkeys(("inputs", "input", "data", "example_inputs", "input_constructor"), "input_data"),
    "show_layers": "depth",
    **dict.fromkeys(("max_depth", "show_hierarchical"), "depth"),
    **dict.fromkeys(("show_output", "kernel_sizes", "columns"), "col_names"),
    **dict.fromkeys(("print_summary", "print_per_layer_stat", "print_results"), "verbose"),
}
"""How other tools call what is a setting here."""


_NEEDLESS = frozenset(
    (
        "as_strings as_string output_as_string output_precision output_unit flops_units param_units units precision "
        "print_profile print_fn line_length positions expand_nested show_trainable show_parent_layers show_input "
        "custom_ops custom_hooks custom_modules_hooks "
        "ignore_modules ignore_list backend ost detailed warm_up report_missing ret_layer_info"
    ).split()
)
"""Settings of other tools for what is done, or needs nothing, here."""


def meant(name: str, known: Iterable[str] = ()) -> str:
    """What to add to an error about a setting that is none: the nearest that is, or that it can be left out.

    >>> meant("input_shape"), meant("as_strings")
    ('; did you mean input_size?', '; leave it out: numbers, units and every operation are shown without it')
    """
    if name in _NEEDLESS:
        return "; leave it out: numbers, units and every operation are shown without it"
    near = nearest(_SPELLINGS.get(name, name), [*sorted(SETTINGS | _OF_SUMMARY), *known])
    return f"; did you mean {near[0]}?" if near else ""


def check_settings(settings: Mapping[str, Any]) -> None:
    """A ``UsageError`` for a setting that nothing would heed: a name, a file, a description has no ``forward``.

    >>> check_settings({"device": "cpu"})
    >>> check_settings({"input_shape": (3, 256, 256)})
    Traceback (most recent call last):
    netledger.errors.UsageError: 'input_shape' is no setting; did you mean input_size?
    """
    for name in settings.keys() - SETTINGS - _OF_READING:
        raise UsageError(f"'{name}' is no setting{meant(name)}")
