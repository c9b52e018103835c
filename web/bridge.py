"""What the page asks of netledger: JSON in, JSON out. It runs in the browser's worker, on the wheel that anybody installs."""

from __future__ import annotations

import json
import os
import shlex

from netledger import catalogue
from netledger.errors import NetledgerError, NotationError, NotFoundError
from netledger.ledger import keep_books

MODELS = (
    ".index.json",
    ".onnx",
    ".safetensors",
    ".gguf",
    ".pt",
    ".pth",
    ".prototxt",
    ".cfg",
    ".net",
    ".npz",
    ".bin",
    ".json",
)
"""Suffixes in the order in which a dropped folder is searched for the file to open."""


def call(request: str) -> str:
    """One question answered: ``{"ok": …}``, or ``{"error": …, "hint": …}`` in the words of the command line."""
    asked = json.loads(request)
    try:
        return json.dumps({"ok": QUESTIONS[asked.pop("op")](**asked)})
    except NetledgerError as error:
        caret = error.caret() if isinstance(error, NotationError) else ""
        return json.dumps({"error": f"error: {error}", "hint": error.hint or "", "caret": caret or ""})
    except RecursionError:
        return json.dumps({"error": "error: nested too deeply for netledger", "hint": "", "caret": ""})


def names() -> list:
    """Every network of the catalogue with its title and what else it is called."""
    from netledger.catalogue.model_entries import other_names

    known: dict = {}
    for other, meant in other_names().items():
        known.setdefault(meant, []).append(other)
    found = []
    for name in catalogue.names():
        title = catalogue.text_of(name)[:2000].partition('title="')[2].partition('"')[0]
        found.append({"name": name, "title": title, "aliases": known.get(name, [])})
    return found + [{"name": name, "title": "", "aliases": known.get(name, [])} for name in catalogue.models()]


def audit(text: str, against: str = "") -> dict:
    """The verdict on a calculation, with the network that it was judged by as a description that can be edited."""
    from netledger.audit import audit as judged
    from netledger.sources import read

    result = judged(text, read(against) if against.strip() else None)
    data = result.to_dict()
    data["exit_code"] = result.exit_code
    data["described"] = described(result, against)
    return data


def described(result: object, against: str) -> str:
    """The judged network in the notation; empty where there is none, or one too long to edit."""
    from netledger.notation import to_text

    network = getattr(result, "described", None)
    if hasattr(network, "layers"):
        return to_text(network) if len(network.layers) < 400 else ""  # type: ignore[attr-defined, arg-type]
    for name in (against.strip(), getattr(result, "network", "") or ""):
        if catalogue.has(name):
            return catalogue.text_of(name)
    return against if "(" in against else ""


def network(what: str = "", place: str = "", shape: str = "", format: str = ""):
    """The network that a name, a description or the dropped files hold."""
    from netledger.cli.networks import named_shape
    from netledger.sources import Options, read, read_file

    given = [named_shape(part) for part in shape.split(";") if part.strip()]
    options = Options(dict(given))
    if place:
        return read_file(chosen(place), format=format or None, options=options)
    return read(what.strip(), options=options)


def chosen(place: str) -> str:
    """The file of a dropped folder that says most: an index before its shards, a model before a configuration."""
    files = sorted(os.path.join(folder, name) for folder, _, names in os.walk(place) for name in names)
    if len(files) == 1:
        return files[0]
    for suffix in MODELS:
        found = [file for file in files if file.endswith(suffix)]
        if suffix == ".json":
            found.sort(key=lambda file: not file.endswith("config.json"))
        if found:
            return found[0]
    raise NotFoundError("no model in this folder: " + ", ".join(os.path.basename(file) for file in files[:8]))


def ledger(
    batch: int = 1, dtype: str = "", quantity: str = "parameters", shape_of: str = "icicle", **what: str
) -> dict:
    """The books of one network as a table, its picture and its totals."""
    from netledger.documents.ledger import View, ledger_document
    from netledger.renderers.html import fragment

    books = keep_books(network(**what), batch=batch, dtype=dtype or None)
    page = fragment(ledger_document(books, View(groups=True, charts=((quantity, shape_of),))))
    counts = {name: books_total(getattr(books.totals, name)) for name in ("parameters", "macs", "neurons", "bytes")}
    return {"html": page, "name": books.network.name, "title": books.network.title or "", "totals": counts}


def books_total(count) -> dict:
    """A total as exact text and as the short form that people say."""
    least = "" if isinstance(count, int) else "≥ "
    exact = count if isinstance(count, int) else count.exact
    if least and not exact:
        return {"exact": "not known", "short": "?"}
    for step, unit in ((10**12, "T"), (10**9, "G"), (10**6, "M"), (10**3, "k")):
        if exact >= step:
            return {"exact": f"{least}{exact:,}", "short": f"{least}{exact / step:.4g} {unit}"}
    return {"exact": f"{least}{exact:,}", "short": f"{least}{exact}"}


def compare(left: dict, right: dict, place: str = "") -> dict:
    """What differs between two networks."""
    from netledger.compare import compare_ledgers
    from netledger.documents.comparison import comparison_document
    from netledger.renderers.html import fragment

    sides = [{**side, "place": f"{place}/{side['place']}"} if "place" in side else side for side in (left, right)]
    comparison = compare_ledgers([keep_books(network(**side)) for side in sides])
    return {"html": fragment(comparison_document(comparison))}


def memory(batch: int = 1, purpose: str = "inference", context: int = 0, dtype: str = "", **asked: str) -> dict:
    """What a network takes in memory: what keeps something for later positions as ``netledger memory`` derives it, any
    other with its activations, as ``netledger show --memory`` does; and the command that says the same.
    """
    from netledger.predict.running import model_of

    optimizer, cache, encoder = asked.pop("optimizer", "adamw"), asked.pop("cache", "f16"), asked.pop("encoder", 0)
    read = network(**asked)
    name = asked.get("what", "").strip() or os.path.basename(chosen(asked["place"]))
    model = model_of(read)
    training = f" --optimizer {optimizer}" if purpose == "training" else ""
    if model.keeps:
        answer, said = running(model, purpose, optimizer, dtype or "as-stored", context, batch, cache, int(encoder))
        answer["command"] = f"netledger memory {shlex.quote(name)} --for {purpose}{training}{said}"
        return answer
    answer = activations(with_context(read, context) if context else read, batch, purpose, optimizer, dtype)
    said = f" --dtype {dtype}" if dtype else ""
    sized = "".join(f" --input {layer.path}={context}" for layer in sequence_inputs(read)) if context else ""
    answer["command"] = f"netledger show {shlex.quote(name)} --memory {purpose}{training} --batch {batch}{said}{sized}"
    return answer | {"context": bool(sequence_inputs(read))}


def running(model, purpose, optimizer, weights, context, batch, cache, encoder) -> tuple[dict, str]:
    """A model that keeps keys and values, latents or states; and the options that ask for it."""
    from netledger.documents.running import running_document
    from netledger.predict.positions import own_context
    from netledger.predict.running import known_type, run
    from netledger.predict.runtimes import Setting, runtime_named
    from netledger.renderers.html import fragment

    context, kind = context or own_context(model), known_type(cache)
    reads = any(keeps.sort == "cross" for keeps in model.keeps)
    heard = (encoder or context) if reads else None
    setting = Setting(context, batch, heard, kind, kind, absorbed=model.absorbed)
    found = run(model, setting, runtime_named("none"), weights, purpose, optimizer, 0)
    said = f" --context {context} --batch {batch} --weights {weights} --cache {cache}"
    said += f" --encoder-context {heard}" if reads else ""
    shown = {"html": fragment(running_document(found)), "total": books_total(found.total)}
    return shown | {"context": True, "cache": True, "encoder": reads}, said


def activations(read, batch: int, purpose: str, optimizer: str, dtype: str) -> dict:
    """A network that keeps nothing for later: its weights, and the activations of a batch."""
    from netledger.documents.memory import memory_document
    from netledger.execute.aliasing import without_softmax
    from netledger.execute.memory import predict
    from netledger.renderers.html import fragment

    trained = without_softmax(read) if purpose == "training" else read
    found = predict(trained, batch=batch, purpose=purpose, optimizer=optimizer, dtype=dtype or None)
    return {"html": fragment(memory_document(found)), "total": books_total(found.total)}


def sequence_inputs(read) -> list:
    """The inputs that are sequences of tokens: one size, read by an embedding."""
    embedded = {name for layer in read.layers if layer.kind == "embedding" for name in layer.inputs}
    return [layer for layer in read.inputs() if layer.path in embedded or layer.dtype in ("int64", "int32")]


def with_context(read, context: int):
    """The network fed sequences of this length."""
    for layer in sequence_inputs(read):
        shape = layer.attributes.get("shape")
        if isinstance(shape, tuple) and shape:
            read = read.with_input((*shape[:-1], context), layer.path)
    return read


QUESTIONS = {"names": names, "audit": audit, "ledger": ledger, "compare": compare, "memory": memory}
