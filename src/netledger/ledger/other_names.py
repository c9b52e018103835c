"""What people look for in a ledger and its rows by the name that another tool gives it, and what to write instead."""

from __future__ import annotations

_ROWS = "of each row, as in {entry.path: entry.macs for entry in ledger}"
OF_A_LEDGER = {
    # torchinfo
    "formatting": "ledger.print(depth=2, columns=('layer', 'macs')), with the view that you want",
    **dict.fromkeys(("to_readable", "format_output_num"), "f'{ledger.total_mult_adds:,}'"),
    **dict.fromkeys(("to_megabytes", "float_to_megabytes", "model_size"), "ledger.total_param_bytes / 1e6"),
    "total_output": "ledger.total_output_bytes",
    "input_size": "[entry.output_shape for entry in ledger if entry.kind == 'input']",
    # tables
    **dict.fromkeys(("to_dataframe", "to_df", "to_frame", "as_dataframe", "dataframe", "df"), "ledger.to_pandas()"),
    **dict.fromkeys(("to_json", "json"), "ledger.render('json')"),
    **dict.fromkeys(("to_html", "html"), "ledger.render('html')"),
    **dict.fromkeys(("to_string", "summary_str"), "str(ledger)"),
    # fvcore, torch.utils.flop_counter, DeepSpeed, Lightning
    **dict.fromkeys(("total", "macs", "mult_adds", "total_macs", "get_total_macs"), "ledger.total_mult_adds"),
    **dict.fromkeys(("flops", "total_flops", "get_total_flops"), "ledger.totals.flops, two of them a MAC"),
    **dict.fromkeys(("params", "parameters", "total_parameters", "get_total_params"), "ledger.total_params"),
    **dict.fromkeys(("trainable", "trainable_parameters"), "ledger.trainable_params"),
    **dict.fromkeys(("by_module", "by_operator", "by_module_and_operator", "get_flop_counts"), f"entry.macs {_ROWS}"),
    **dict.fromkeys(("flop_counts", "layer_names", "param_nums", "in_sizes", "out_sizes"), f"what you want {_ROWS}"),
    **dict.fromkeys(("unsupported_ops", "uncalled_modules"), "ledger.unknown, what has no count with its reason"),
    **dict.fromkeys(("print_model_profile", "get_table"), "ledger.print()"),
}
"""Name in what ``netledger.summary`` returns → what to write."""
OF_AN_ENTRY = {
    # torchinfo's LayerInfo
    **dict.fromkeys(("num_params", "total_params", "params", "param_nums"), "entry.parameters"),
    **dict.fromkeys(("mult_adds", "total_mult_adds"), "entry.macs"),
    **dict.fromkeys(("flops", "total_flops"), "2 * entry.macs"),
    **dict.fromkeys(("output_size", "out_size", "output_sizes"), "entry.output_shape"),
    **dict.fromkeys(("input_size", "in_size", "input_shape"), "entry.inputs"),
    **dict.fromkeys(("class_name", "layer_type"), "entry.kind"),
    **dict.fromkeys(("var_name", "layer_id", "name"), "entry.path"),
    **dict.fromkeys(("kernel_size", "stride", "groups"), "entry.layer.attributes, which are the layer's settings"),
    "module": "entry.layer: a ledger keeps no module alive",
}
"""Name in a row of it → what to write."""
_OF = {"Ledger": OF_A_LEDGER, "Entry": OF_AN_ENTRY}


def instead_of(name: str, kind: str) -> str:
    """What to add to an error about a name that a ``Ledger`` or an ``Entry`` has not; nothing where no tool has it.

    >>> instead_of("to_dataframe", "Ledger"), instead_of("num_params", "Entry"), instead_of("nobody", "Ledger")
    (': write ledger.to_pandas()', ': write entry.parameters', '')
    """
    answers = _OF.get(kind, {})
    return f": write {answers[name]}" if name in answers else ""


def no_attribute(found: object, kind: type, name: str) -> AttributeError:
    """The error for a name that ``found``, a ``kind``, has not; Python adds what is near."""
    said = f"{kind.__name__!r} object has no attribute {name!r}{instead_of(name, kind.__name__)}"
    return AttributeError(said, name=name, obj=found)


class OtherName:
    """An attribute that only says what to write instead of it.

    A row's are looked up a million times in a large ledger, and each would take half as long again if the class had a
    ``__getattr__``: so each of these names stands in it by itself.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __get__(self, found: object, kind: type) -> object:
        raise no_attribute(found, kind, self.name)
