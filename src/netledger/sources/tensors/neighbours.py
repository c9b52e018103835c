"""What a stored tensor is, told from those that stand beside it: names alone would mislead."""

from __future__ import annotations

from netledger.sources.tensors.roles import last_part, module_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

    from netledger.network import Tensor


def told_by_neighbours(tensors: Sequence[Tensor], joined: str) -> Sequence[Tensor]:
    """The tensors in the roles that what stands beside them gives; ``joined`` are the :func:`spellings` of their names.

    These are searched once for what few files hold.
    """
    if ".alpha\n" in joined:
        tensors = without_adapter_constants(tensors)
    if "alphas_cumprod\n" in joined or "num_updates\n" in joined:
        tensors = without_schedules(tensors)
    if any(f"{name[1:]}\n" in joined for name in LOSSES):
        tensors = without_class_weights(tensors)
    if "cluster_size\n" in joined or "cluster_usage\n" in joined:
        tensors = without_averaged_codebooks(tensors)
    if "mean\n" in joined and "var\n" in joined:
        tensors = without_running_statistics(tensors)
    if "learning_rate\n" in joined:
        tensors = without_moments(tensors)
    if ".original0\n" in joined:
        tensors = without_unpacking(tensors)
    if "_orig\n" in joined:
        tensors = without_power_iteration(tensors)
    if any(f"{name}\n" in joined for name in _MEASURED):
        tensors = without_metrics(tensors)
    return tensors


def without_quantisation(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """A module's tensors, where a lone ``scale`` beside a ``zero_point`` says how values are written: nothing learned.

    >>> from netledger.network import Tensor
    >>> pair = [Tensor("fc.scale", "parameter", ()), Tensor("fc.zero_point", "buffer", ())]
    >>> [tensor.role for tensor in without_quantisation(pair)]
    ['scale', 'zero_point']
    """
    places = {last_part(tensor.name): tensor for tensor in tensors}
    if "scale" not in places or "zero_point" not in places or places["scale"].shape not in ((), (1,)):
        return tensors
    said = {places[name].name: name for name in ("scale", "zero_point")}
    return [tensor.replace(role=said.get(tensor.name, tensor.role)) for tensor in tensors]


def without_power_iteration(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """Beside ``weight_orig`` spectral normalisation keeps two vectors, pruning a mask: buffers.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"fc.{name}", "weight", (4,)) for name in ("weight_orig", "weight_u", "weight_v")]
    >>> [tensor.role for tensor in without_power_iteration(held)]
    ['weight', 'buffer', 'buffer']
    """
    normalised = {tensor.name.removesuffix("_orig") for tensor in tensors if tensor.name.endswith("_orig")}
    if not normalised:
        return tensors
    vectors = {f"{name}_{kept}" for name in normalised for kept in ("u", "v", "mask")}
    return [tensor.replace(role="buffer") if tensor.name in vectors else tensor for tensor in tensors]


def without_class_weights(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """The lone ``weight`` of a loss weighs classes: a buffer of PyTorch's.

    >>> from netledger.network import Tensor
    >>> [tensor.role for tensor in without_class_weights([Tensor("criterion.weight", "weight", (4,))])]
    ['buffer']
    """
    names = {tensor.name for tensor in tensors}
    return [
        tensor.replace(role="buffer")
        if f".{tensor.name}".endswith(LOSSES) and len(tensor.shape) == 1 and f"{tensor.name[:-6]}bias" not in names
        else tensor
        for tensor in tensors
    ]


LOSSES = (".loss.weight", ".criterion.weight", ".loss_fn.weight", ".cross_entropy.weight", ".loss_function.weight")
"""How the names end (``.`` before the whole) of what PyTorch's losses weigh classes by."""


def without_running_statistics(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """``mean`` and ``var`` beside a normalisation's ``scale`` or ``bias`` of the same shape: Flax's and Haiku's.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"bn.{name}", "parameter", (4,)) for name in ("mean", "var", "scale")]
    >>> [tensor.role for tensor in without_running_statistics(held)]
    ['running_statistic', 'running_statistic', 'parameter']
    """
    found: dict[str, dict[str, object]] = {}
    for tensor in tensors:
        last = last_part(tensor.name)
        if last in _NORMALISED:
            found.setdefault(module_of(tensor.name), {})[last] = tensor.shape
    places = set[str]()
    for place, shapes in found.items():
        mean = shapes.get("mean")
        if mean is not None and mean == shapes.get("var") and mean in [shapes.get(name) for name in _AFFINE]:
            places.add(place)
    return [
        tensor.replace(role="running_statistic")
        if last_part(tensor.name) in ("mean", "var") and module_of(tensor.name) in places
        else tensor
        for tensor in tensors
    ]


_AFFINE = ("scale", "bias", "weight", "gamma", "beta", "offset")
_NORMALISED = ("mean", "var", *_AFFINE)


def without_metrics(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """What a metric has added up so far, where a checkpoint keeps it: a module that holds nothing else is one.

    Source: the names under ``add_state`` in torchmetrics 1.9.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"val.{name}", "parameter", ()) for name in ("mean_value", "weight")]
    >>> {tensor.role for tensor in without_metrics(held)}
    {'state'}
    """
    modules: dict[str, set[str]] = {}
    for tensor in tensors:
        modules.setdefault(module_of(tensor.name), set()).add(last_part(tensor.name))
    metrics = {
        place
        for place, names in modules.items()
        if not names.isdisjoint(_MEASURED) and names <= _MEASURED | _MEASURED_WITH
    }
    return [tensor.replace(role="state") if module_of(tensor.name) in metrics else tensor for tensor in tensors]


_MEASURED = frozenset(
    (
        "confmat", "tp", "fp", "tn", "fn", "sum_squared_error", "sum_abs_error", "sum_abs_per_error", "sum_error",
        "sum_squared_log_error", "sum_log_cosh_error", "sum_deviance_score", "residual", "mean_x", "mean_y", "var_x",
        "var_y", "corr_xy", "n_total", "max_abs_dev_x", "max_abs_dev_y", "mean_value", "sum_value", "max_value",
        "min_value", "mean_val", "max_val", "min_val", "total_log_probs", "sum_snr", "sum_si_snr", "sum_sdr",
        "sum_si_sdr", "sum_pesq", "sum_stoi", "sum_uqi", "sum_sam", "sum_scale", "sum_scores", "minkowski_dist_sum",
        "iou_sum", "total_num_edits", "rmse_val_sum", "real_features_sum", "real_features_cov_sum",
        "fake_features_sum", "fake_features_cov_sum", "sum_pit_metric", "msum", "mnum",
    )
)  # fmt: skip
"""What metrics alone call their sums."""
_MEASURED_WITH = frozenset(
    (
        "weight", "total", "num_obs", "num_observations", "num_total", "num", "count", "counts", "numel", "similarity",
        "num_elements", "support", "value", "measure", "measures", "score", "errors", "preds", "target", "data_range",
        "var_val", "real_features_num_samples", "fake_features_num_samples", "target_len", "preds_len", "num_scores",
        "sum_target", "sum_squared_target", "n_samples", "labels", "num_batches", "target_squared",
    )
)  # fmt: skip
"""What metrics keep beside those, under words that layers use too."""


def without_moments(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """A file of what one of MLX's optimizers keeps, and of nothing else: ``step``, ``learning_rate``, moments.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(name, "parameter", ()) for name in ("fc.m", "step", "learning_rate")]
    >>> {tensor.role for tensor in without_moments(held)}
    {'state'}
    """
    settings = {tensor.name for tensor in tensors if not tensor.shape}
    moments = {last_part(tensor.name) for tensor in tensors if tensor.name not in _SETTINGS}
    if not settings >= _SETTINGS or not moments <= _MOMENTS:
        return tensors
    return [tensor.replace(role="state") for tensor in tensors]


_SETTINGS = frozenset(("step", "learning_rate"))
_MOMENTS = frozenset(("m", "v", "u", "exp_avg", "exp_avg_sq", "exp_avg_sq_row", "exp_avg_sq_col"))


def without_unpacking(tensors: Sequence[Tensor]) -> list[Tensor]:
    """Torchao's tensors taken apart into parametrisations: the first holds the values, the others unpack them.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"fc.parametrizations.weight.original{i}", "parameter", (4, 4), t)
    ...         for i, t in enumerate(("int8", "float32", "int8"))]
    >>> [tensor.role for tensor in without_unpacking(held)]
    ['parameter', 'scale', 'zero_point']
    """
    values = {
        tensor.name.removesuffix("0")
        for tensor in tensors
        if tensor.name.endswith(".original0") and tensor.dtype in ("int8", "float8_e4m3fn", "float8_e5m2")
    }
    found = []
    for tensor in tensors:
        head = tensor.name.rstrip("0123456789")
        beside = head in values and tensor.name != f"{head}0"
        role = "zero_point" if tensor.dtype in ("int8", "int32", "int64") else "scale"
        found.append(tensor.replace(role=role) if beside else tensor)
    return found


def without_schedules(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """A diffusion's noise schedule: beside ``alphas_cumprod``, what has one value a step is worked out, not learned.

    ``logvar`` is learned in some. A running average's own ``decay`` beside ``num_updates`` is a setting.

    >>> from netledger.network import Tensor
    >>> held = [Tensor("alphas_cumprod", "buffer", (9,)), Tensor("alphas", "parameter", (9,))]
    >>> [tensor.role for tensor in without_schedules(held)]
    ['buffer', 'buffer']
    """
    steps = {tensor.name.removesuffix(_STEPS): tensor.shape for tensor in tensors if last_part(tensor.name) == _STEPS}
    averages = {tensor.name.removesuffix(_UPDATES) for tensor in tensors if last_part(tensor.name) == _UPDATES}
    found = []
    for tensor in tensors:
        last = last_part(tensor.name)
        place = tensor.name.removesuffix(last)
        timed = last != "logvar" and steps.get(place) == tensor.shape
        owners = {"decay": averages, "scale_factor": steps}.get(last, ())
        setting = tensor.shape == () and place in owners
        found.append(tensor.replace(role="buffer") if tensor.learned and (timed or setting) else tensor)
    return found


_STEPS, _UPDATES = "alphas_cumprod", "num_updates"


def without_averaged_codebooks(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """A codebook that follows averages has no gradient: beside its clusters' sizes and sums it is a buffer too.

    Sources: EnCodec (``cluster_size``, ``embed_avg``), Mimi (``cluster_usage``, ``embed_sum``), both in transformers.

    >>> from netledger.network import Tensor
    >>> held = [Tensor(f"vq.{name}", "parameter", (8, 4)) for name in ("embed", "embed_avg", "cluster_size", "scale")]
    >>> [tensor.role for tensor in without_averaged_codebooks(held)]
    ['buffer', 'buffer', 'buffer', 'parameter']
    """
    names = {tensor.name for tensor in tensors}
    places = [name.removesuffix(last) for name in names for last in _CLUSTERS if name.endswith(last)]
    books = {place for place in places if any(f"{place}{of}" in names for of in _SUMS)}
    kept = {f"{place}{last}" for place in books for last in (*_CLUSTERS, *_SUMS, "embed", "inited", "initialized")}
    return [tensor.replace(role="buffer") if tensor.name in kept else tensor for tensor in tensors]


_CLUSTERS, _SUMS = ("cluster_size", "cluster_usage"), ("embed_avg", "embed_sum", "embedding_sum")


def without_adapter_constants(tensors: Sequence[Tensor]) -> Sequence[Tensor]:
    """An adapter's ``alpha`` is the number its product is scaled by: a setting that is stored, nothing learned.

    >>> from netledger.network import Tensor
    >>> pair = [Tensor("q.lora_down.weight", "weight", (4, 8)), Tensor("q.alpha", "parameter", ())]
    >>> [tensor.role for tensor in without_adapter_constants(pair)]
    ['weight', 'constant']
    """
    if not any(tensor.name.endswith(".alpha") for tensor in tensors):
        return tensors
    kohya = ("lora_", "lycoris_")
    adapted = {tensor.name[: tensor.name.find(sign)] for tensor in tensors for sign in _ADAPTERS if sign in tensor.name}
    return [
        tensor.replace(role="constant")
        if tensor.name.endswith(".alpha")
        and tensor.shape in ((), (1,))
        and (tensor.name.startswith(kohya) or tensor.name[: -len(".alpha")] in adapted)
        else tensor
        for tensor in tensors
    ]


_ADAPTERS = (".lora_", ".hada_", ".lokr_", ".oft_", ".dora_", ".diff")
"""What stands beside ``alpha`` in the files of LoRA, LoHa, LoKr and their like."""
