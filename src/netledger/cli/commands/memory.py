"""What a model takes when it runs: weights, keys and values, latents, windows, recurrent state; or when it is trained.

  netledger memory llama-3.1-8b --context 131072
  netledger memory model.gguf --context 32768 --cache q8_0 --runtime llama.cpp
  netledger memory ./config.json --context 8192 --batch 4 --weights q4_k_m
  netledger memory qwen3-8b --within 24GB --weights q4_k_m         what fits: context, batch, weights
  netledger memory whisper-large-v3 --context 448 --encoder-context 1500
  netledger memory llama-2-7b --for training --optimizer adamw
  netledger memory llama-2-7b --for lora --lora r=16,targets=q_proj+v_proj

Without --runtime it is the architecture's own need; a runtime's rules for rounding are named when they are used.
"""

from __future__ import annotations

from netledger.cli.networks import add_source, network_of
from netledger.cli.output import add_output, show
from netledger.errors import UsageError
from netledger.unknown import least

TYPE_CHECKING = False
if TYPE_CHECKING:
    from argparse import ArgumentParser, Namespace
    from collections.abc import Iterator

    from netledger.network import Network
    from netledger.predict.fitting import Fit
    from netledger.predict.running import Model
    from netledger.predict.runtimes import Runtime, Setting
    from netledger.unknown import Number

_UNITS = {"kb": 10**3, "mb": 10**6, "gb": 10**9, "tb": 10**12, "kib": 2**10, "mib": 2**20, "gib": 2**30, "tib": 2**40}


def configure(parser: ArgumentParser) -> None:
    """The options of ``netledger memory``."""
    from netledger.cli.commands.show import count

    parser.add_argument("network", metavar="MODEL", help="a catalogue name, config.json, a folder, a GGUF file, …")
    group = parser.add_argument_group("what is asked")
    group.add_argument("--context", type=count, metavar="N", help="positions (default: the model's own up to 4096)")
    group.add_argument("--batch", type=count, default=1, metavar="N", help="sequences at once")
    group.add_argument("--encoder-context", type=count, metavar="N", help="positions of the encoder (default: its own)")
    group.add_argument("--weights", default="as-stored", metavar="TYPE", help="as-stored, bf16, int8, q8_0, q4_k_m, …")
    group.add_argument("--cache", default="f16", metavar="TYPE", help="f16, q8_0, fp8, …; q8_0,f16 for keys and values")
    group.add_argument("--cache-type-k", "-ctk", metavar="TYPE", help="the keys' type alone")
    group.add_argument("--cache-type-v", "-ctv", metavar="TYPE", help="the values' type alone")
    group.add_argument("--for", dest="purpose", choices=("inference", "training", "lora"))
    group.add_argument(
        "--within", metavar="SIZE", help="24GB: the longest context, largest batch, heaviest weights that fit"
    )
    group = parser.add_argument_group("a runtime's rules")
    group.add_argument("--runtime", default="none", metavar="NAME", help="llama.cpp, ik_llama.cpp, vllm, transformers")
    group.add_argument("--ubatch", type=count, default=512, metavar="N", help="llama.cpp's micro-batch")
    group.add_argument("--unified", action="store_true", help="llama.cpp: one cache for all sequences")
    group.add_argument("--swa-full", action="store_true", help="sliding layers keep the whole context")
    group.add_argument(
        "--mla", type=int, choices=(0, 1, 2, 3), help="0: keys and values multiplied out; 2, 3: the latent"
    )
    group.add_argument("--draft", type=int, default=0, metavar="N", help="drafted positions: recurrent state for each")
    group = parser.add_argument_group("training")
    group.add_argument("--optimizer", default="adamw", metavar="NAME", help="adamw, adamw-8bit, sgd, …")
    group.add_argument("--lora", metavar="r=16,targets=q_proj+v_proj", help="low-rank adapters, and on what")
    add_source(parser)
    add_output(parser)


def run(arguments: Namespace) -> int:
    """Read, derive, show."""
    from netledger.documents.running import running_document
    from netledger.predict import running
    from netledger.predict.adapters import adapters, stated_adapters
    from netledger.predict.runtimes import runtime_named

    runtime = runtime_named(arguments.runtime)
    network = network_of(arguments.network, arguments)
    model = running.model_of(network, runtime.name)
    setting = _setting(arguments, model)
    lora = 0
    if arguments.purpose is None:
        arguments.purpose = "inference" if arguments.lora is None else "lora"
    if arguments.purpose == "lora":
        lora = adapters(model.ledger, *stated_adapters(arguments.lora or "r=16,targets=q_proj+v_proj"))
    elif arguments.lora is not None:
        raise UsageError(f"--lora is asked of --for lora, not of --for {arguments.purpose}")
    answer, fit = _trained(lora, model), None
    if arguments.within is not None:
        setting, fit = _within(model, setting, runtime, arguments)
        answer = " ".join(_told_fit(fit, setting, model, arguments))
    found = running.run(
        model, setting, runtime, arguments.weights, arguments.purpose, arguments.optimizer, lora,
        _saved(network, model, arguments),
    )  # fmt: skip
    show(running_document(found, answer, fit), arguments)
    return 0


def _saved(network: Network, model: Model, arguments: Namespace) -> Number | None:
    """What training keeps of the forward pass: known of networks in 32 bits whose every kind is known."""
    if arguments.purpose != "training" or model.keeps or network.dtype != "float32" or "values" in network.meta:
        return None
    from netledger.execute.memory import predict

    return predict(network, batch=arguments.batch, optimizer="none").saved


def _trained(lora: int, model: Model) -> str | None:
    from netledger.predict.adapters import trained_text

    total = least(model.ledger.totals.parameters)
    if not lora or not total:
        return None
    return trained_text(lora, total) + "."


def _setting(arguments: Namespace, model: Model) -> Setting:
    from netledger.predict.positions import own_context, own_encoder_context
    from netledger.predict.running import cache_types, known_type
    from netledger.predict.runtimes import Setting

    if arguments.draft < 0:
        raise UsageError("--draft takes a number from 0 up")
    key, value = cache_types(arguments.cache)
    if arguments.cache_type_k is not None:
        key = known_type(arguments.cache_type_k)
    if arguments.cache_type_v is not None:
        value = known_type(arguments.cache_type_v)
    encoder = arguments.encoder_context or own_encoder_context(model)
    return Setting(
        arguments.context or own_context(model), arguments.batch, encoder, key, value, arguments.ubatch,
        arguments.swa_full, arguments.unified, arguments.mla, arguments.draft, model.absorbed,
    )  # fmt: skip


def _within(model: Model, setting: Setting, runtime: Runtime, arguments: Namespace) -> tuple[Setting, Fit]:
    """What fits, and the setting that is shown: the longest context unless one was asked for."""
    from netledger.predict.fitting import ANY, fit_of

    if arguments.purpose != "inference":
        raise UsageError("--within answers for inference")
    fit = fit_of(model, setting, runtime, arguments.weights, size_of(arguments.within))
    if arguments.context is not None or fit.context in (None, ANY):
        return setting, fit
    return setting.replace(context=fit.context), fit


def _told_fit(fit: Fit, setting: Setting, model: Model, arguments: Namespace) -> Iterator[str]:
    from netledger.predict.fitting import ANY, WEIGHTS
    from netledger.predict.positions import learned_positions, positions_of

    own, size = positions_of(model), arguments.within
    if fit.context is None:
        yield f"It does not fit into {size}: not with one position."
    elif fit.context == ANY:
        yield f"It fits into {size} at any context: nothing grows with the positions."
    else:
        beyond = f", more than the {own:,} that the model's configuration states" if own and fit.context > own else ""
        learned = ": all that the model has learned" if fit.context == learned_positions(model) else ""
        yield f"The longest context within {size} is {fit.context:,} positions{learned or beyond}."
    if fit.batch is not None and fit.batch < ANY:
        yield f"At {fit.at:,} positions each the largest batch is {fit.batch:,}."
    if fit.weights is not None:
        yield f"At {fit.at:,} positions the heaviest weights that fit are {fit.weights}."
    elif not model.stored:
        yield f"At {fit.at:,} positions no weights fit, {WEIGHTS[-1]} not either."


def size_of(text: str) -> int:
    """Bytes written by a person: ``24GB``, ``16 GiB``.

    >>> size_of("24GB"), size_of("1.5 GiB")
    (24000000000, 1610612736)
    """
    plain = text.strip().lower().replace(" ", "")
    unit = next((name for name in sorted(_UNITS, key=len, reverse=True) if plain.endswith(name)), "")
    number = plain.removesuffix(unit)
    whole, _, decimals = number.partition(".")
    if (
        not unit
        or not (whole + decimals).isdigit()
        or not (whole + decimals).isascii()
        or not whole
        or len(number) > 20
    ):
        raise UsageError(f"'{text[:40]}' is no size: write 24GB or 16GiB")
    per: int = 10 ** len(decimals)
    return int(whole + decimals) * _UNITS[unit] // per
