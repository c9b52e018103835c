"""What people look for here by the name that another tool gives it, and the line to write instead.

Of functions and modules, which are looked for in ``netledger`` itself; of figures and views there is
:mod:`netledger.ledger.other_names`.
"""

from __future__ import annotations

_RESULT = ", whose result has total_params and total_mult_adds"
_SIZED = f"netledger.summary(model, input_size=(1, 3, 224, 224)){_RESULT}"
_FED = f"netledger.summary(model, input_data=(x,)){_RESULT}"
_BARE = f"netledger.summary(model){_RESULT}"
_WORDS = "their names as texts, as in netledger.summary(model, col_names=('output_size', 'num_params'))"
_LEDGER = "netledger.summary(model, verbose=0)"
_SHOWN = "netledger.summary(model, col_names=('output_size', 'num_params'), depth=2)"
_THOUSANDS = "f'{ledger.total_mult_adds:,}', with what netledger.summary(model) returns"

ANSWERS = {
    # ptflops, calflops, DeepSpeed, torchstat, flopth
    **dict.fromkeys(("get_model_complexity_info", "calculate_flops", "get_model_profile", "FlopsProfiler"), _SIZED),
    **dict.fromkeys(("stat", "flopth", "torchinfo", "torchsummary", "torchsummaryX", "model_summary"), _SIZED),
    **dict.fromkeys(("crawl_module", "print_summary", "nn_summary", "profile_deepspeed", "count_flops"), _SIZED),
    "calculate_flops_hf": f"netledger.summary('FOLDER/config.json'){_RESULT}",
    # fvcore, thop, torch.utils.flop_counter, torch_flops
    **dict.fromkeys(("FlopCountAnalysis", "flop_count", "flop_count_table", "flop_count_str", "profile"), _FED),
    **dict.fromkeys(("FlopCounterMode", "TorchFLOPsByFX", "count_ops", "profile_macs"), _FED),
    **dict.fromkeys(("flops", "macs", "get_flops", "get_macs", "measure_flops", "log_forward_pass"), _FED),
    **dict.fromkeys(
        ("ActivationCountAnalysis", "activation_count"),
        "netledger.summary(model, input_data=(x,)).totals.neurons, the outputs of convolutional and linear layers",
    ),
    **dict.fromkeys(("parameter_count", "parameter_count_table", "count_parameters"), _BARE),
    **dict.fromkeys(("count_params", "get_total_params", "num_params", "get_num_params", "get_parameter_count"), _BARE),
    "clever_format": _THOUSANDS,
    # torchinfo, torchsummary, Lightning
    "ModelStatistics": "netledger.Ledger, which is what netledger.summary(model) returns",
    **dict.fromkeys(("ColumnSettings", "RowSettings", "Mode", "Verbosity", "Units"), _WORDS),
    "summary_string": "str(netledger.summary(model, (3, 224, 224), verbose=0))",
    "ALL_COLUMN_SETTINGS": _WORDS,
    **dict.fromkeys(("ModelSummary", "summarize", "Summary"), _BARE),
    # modules: fvcore.nn, deepspeed.profiling, torch.utils.flop_counter, torchinfo's own, Lightning's
    **dict.fromkeys(("nn", "flop_counter", "utils"), _FED),
    **dict.fromkeys(("profiling", "flops_profiler", "pytorch"), _SIZED),
    **dict.fromkeys(("model_statistics", "layer_info"), "netledger.Ledger, which is what netledger.summary returns"),
    **dict.fromkeys(("enums", "formatting"), f"{_SHOWN}, with the columns and the depth that you want"),
    # methods of torchinfo's ModelStatistics
    **dict.fromkeys(("to_readable", "format_output_num"), _THOUSANDS),
    **dict.fromkeys(("to_megabytes", "float_to_megabytes"), f"{_LEDGER}.total_param_bytes / 1e6"),
    **dict.fromkeys(("to_dataframe", "to_pandas", "to_df"), f"{_LEDGER}.to_pandas()"),
}
"""Name in ``netledger`` → what to write."""


def instead_of(name: str) -> str:
    """What to add to an error about a name that is not netledger's but another tool's; nothing for any other.

    >>> instead_of("summary_string"), instead_of("nobody")
    (': write str(netledger.summary(model, (3, 224, 224), verbose=0))', '')
    """
    return f": write {ANSWERS[name]}" if name in ANSWERS else ""
