"""What people look for here by the name that another tool gives it, and the line to write instead."""

from __future__ import annotations

_RESULT = ", whose result has total_params and total_mult_adds"
_SIZED = f"netledger.summary(model, input_size=(1, 3, 224, 224)){_RESULT}"
_FED = f"netledger.summary(model, input_data=(x,)){_RESULT}"
_BARE = f"netledger.summary(model){_RESULT}"
_WORDS = "their names as texts, as in netledger.summary(model, col_names=('output_size', 'num_params'))"

ANSWERS = {
    # ptflops, calflops, DeepSpeed, torchstat, flopth
    **dict.fromkeys(("get_model_complexity_info", "calculate_flops", "get_model_profile", "FlopsProfiler"), _SIZED),
    **dict.fromkeys(("stat", "flopth", "torchinfo", "torchsummary", "torchsummaryX", "model_summary"), _SIZED),
    "calculate_flops_hf": f"netledger.summary('FOLDER/config.json'){_RESULT}",
    # fvcore, thop, torch.utils.flop_counter, torch_flops
    **dict.fromkeys(("FlopCountAnalysis", "flop_count", "flop_count_table", "flop_count_str", "profile"), _FED),
    **dict.fromkeys(("FlopCounterMode", "TorchFLOPsByFX", "count_ops", "profile_macs"), _FED),
    **dict.fromkeys(
        ("ActivationCountAnalysis", "activation_count"),
        "netledger.summary(model, input_data=(x,)).totals.neurons, the outputs of convolutional and linear layers",
    ),
    **dict.fromkeys(("parameter_count", "parameter_count_table", "count_parameters"), _BARE),
    "clever_format": "f'{ledger.total_mult_adds:,}', with what netledger.summary(model) returns",
    # torchinfo, torchsummary, Lightning
    "ModelStatistics": "netledger.Ledger, which is what netledger.summary(model) returns",
    **dict.fromkeys(("ColumnSettings", "RowSettings", "Mode", "Verbosity", "Units"), _WORDS),
    "summary_string": "str(netledger.summary(model, (3, 224, 224), verbose=0))",
    **dict.fromkeys(("ModelSummary", "summarize"), _BARE),
}
"""Name → what to write."""


def instead_of(name: str) -> str:
    """What to add to an error about a name that is not netledger's but another tool's; nothing for any other.

    >>> instead_of("summary_string"), instead_of("nobody")
    (': write str(netledger.summary(model, (3, 224, 224), verbose=0))', '')
    """
    return f": write {ANSWERS[name]}" if name in ANSWERS else ""
