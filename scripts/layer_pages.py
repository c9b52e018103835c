"""Write ``docs/reference/layers/``: one page a family, made from the rules themselves.

python scripts/layer_pages.py           # writes the pages
python scripts/layer_pages.py --check   # exit 1 where one is not current
"""

from __future__ import annotations

import argparse
import doctest
import importlib
import inspect
import re
import sys
from pathlib import Path
from typing import Any

import netledger.layers
from netledger.formula import Formula
from netledger.layers import KINDS, Effect, Rule, rule_for
from netledger.layers.arguments import REQUIRED, accepted
from netledger.layers.sizes import shape_text
from netledger.unknown import Unknown

PAGES = Path(__file__).resolve().parent.parent / "docs" / "reference" / "layers"
NOTE = "<!-- made from the rules by scripts/layer_pages.py: change the rule's docstring, not this page -->\n"
Applied = tuple[str, dict[str, Any], tuple[Any, ...], Effect]


def families() -> dict[str, list[tuple[Rule, list[str]]]]:
    """Every family's rules in the order they are written, each with its kinds."""
    found: dict[str, dict[Any, tuple[Rule, list[str]]]] = {}
    for kind, module in KINDS.items():
        importlib.import_module(module)
        one = rule_for(kind)
        rules = found.setdefault(module.rpartition(".")[2], {})
        rules.setdefault(one.function, (one, []))[1].append(kind)
    return {
        family: sorted(rules.values(), key=lambda pair: pair[0].function.__code__.co_firstlineno)
        for family, rules in found.items()
    }


def applied_in(examples: list[doctest.Example]) -> list[Applied]:
    """Run a docstring's example and note what it asks of the rules."""
    calls: list[Applied] = []
    original = netledger.layers.apply

    def noting(kind: str, attributes: Any, inputs: tuple[Any, ...] = (), batched: bool = False) -> Effect:
        effect = original(kind, attributes, inputs, batched)
        calls.append((kind, dict(attributes), inputs, effect))
        return effect

    names: dict[str, Any] = {}
    shown, sys.displayhook = sys.displayhook, lambda value: None
    netledger.layers.apply = noting
    try:
        for example in examples:
            exec(compile(example.source, "<example>", "single"), names)
    finally:
        netledger.layers.apply, sys.displayhook = original, shown
    return calls


def markdown(text: str) -> str:
    """The text with double backquotes as Markdown writes them."""
    return re.sub(r"``(.+?)``", r"`\1`", text)


def signature(one: Rule) -> list[str]:
    lines = ["| argument | takes | default |", "|---|---|---|"]
    for parameter in one.parameters.values():
        default = "required" if parameter.default is REQUIRED else f"`{parameter.default!r}`"
        if isinstance(parameter.default, Unknown):
            default = "not given"
        by_name = " (by name only)" if parameter.by_name else ""
        takes = accepted(parameter.type).replace("|", r"\|")
        lines.append(f"| `{parameter.name}`{by_name} | {takes} | {default} |")
    return lines if one.parameters else ["It takes no arguments."]


def explained(what: str, formula: Formula) -> str | None:
    """``parameters: (k_h·k_w)·C_in·C_out = (5·5)·48·256 = 307,200``; ``None`` where there is nothing to count."""
    value = formula.value
    if value == 0:
        return None
    shown = f"{value:,}" if isinstance(value, int) else "unknown"
    parts = list(dict.fromkeys((formula.unicode(symbols=True), formula.unicode(), shown)))
    return f"| {what} | `{'` = `'.join(parts[:-1])}`{' = ' if len(parts) > 1 else ''}**{parts[-1]}** |"


def worked(applied: Applied) -> list[str]:
    kind, attributes, inputs, effect = applied
    arguments = ", ".join(f"{name}={value!r}" for name, value in attributes.items())
    shapes = ", ".join(shape_text(shape) for shape in inputs) or "shapes not given"
    lines = [f"`{kind}({arguments})` on {shapes}:", "", "| | |", "|---|---|"]
    outputs = ", ".join(shape_text(shape) for shape in effect.outputs)
    lines.append(f"| output | {outputs or 'none'} |")
    for size in effect.sizes[:1]:
        lines.append(explained("first size" if len(effect.sizes) > 1 else "size", size) or "")
    figures = (
        ("weights", effect.weights), ("biases", effect.biases), ("buffers", effect.buffers), ("MACs", effect.macs),
        ("other operations", effect.other),
    )  # fmt: skip
    lines += [line for what, formula in figures if (line := explained(what, formula))]
    tensors = ", ".join(f"`{slot.name}` {shape_text(slot.shape)}" for slot in effect.slots)
    return [line for line in [*lines, f"| tensors | {tensors} |" if tensors else ""] if line or line == lines[1]]


def section(one: Rule, kinds: list[str]) -> str:
    document = inspect.getdoc(one.function) or ""
    prose, _, _ = document.partition(">>> ")
    examples = doctest.DocTestParser().get_examples(document)
    text = [f"## {', '.join(kinds[:6])}{', …' if len(kinds) > 6 else ''}", ""]
    if len(kinds) > 6:
        text += [", ".join(f"`{kind}`" for kind in kinds), ""]
    text += [markdown(prose.strip()), ""]
    if one.neurons:
        text += ["Its outputs are counted as neurons.", ""]
    text += [*signature(one), ""]
    calls = applied_in(examples)
    if calls:
        text += ["**Worked example.** " + worked(calls[0])[0], *worked(calls[0])[1:], ""]
        text += ["```pycon", *document[len(prose) :].strip().splitlines(), "```", ""]
    return "\n".join(text)


def page(family: str, rules: list[tuple[Rule, list[str]]]) -> str:
    module = importlib.import_module(rules[0][0].function.__module__)
    title, _, rest = (inspect.getdoc(module) or family).partition("\n\n")
    head = [NOTE, f"# {markdown(title).rstrip('.')}", ""]
    if rest:
        head += [markdown(rest), ""]
    return "\n".join(head) + "\n" + "\n".join(section(one, kinds) for one, kinds in rules)


def index(found: dict[str, list[tuple[Rule, list[str]]]]) -> str:
    lines = [NOTE, "# Layers", "", INTRODUCTION, "| family | kinds |", "|---|---|"]
    for family, rules in sorted(found.items()):
        kinds = [kind for _, kinds in rules for kind in kinds]
        lines.append(f"| [{family}]({family}.md) | {', '.join(f'`{kind}`' for kind in kinds)} |")
    return "\n".join(lines) + "\n"


INTRODUCTION = """Each kind of layer has one rule: a small function from attributes and input shapes to output shapes,
parameters and multiply-accumulates, as formulas. Every source uses the same rules. Kinds are named as PyTorch's
functions, arguments as its module constructors, with these differences:

- the size that an input tells already is left out, and comes last, by name, where it must be stated (`conv2d(256,
  kernel_size=5, in_channels=96)`); where it is stated and there is an input, both must agree;
- additions of ours, by name only: `groups` of `linear` and `local_response_norm`, `ceil_mode` of convolutions,
  `bias_vectors` of recurrent layers, `transpose_a` and `transpose_b` of `matmul`, `output_size` of transposed
  convolutions;
- shapes of a description have no batch, those of a file or a live model have: `dim` counts in the shape as it is, and
  where it is left out the channels are meant (the first dimension, or the second behind a batch).

MACs count contractions only: convolutions, matrix products, attention's two products, recurrent gates. A size that is
not known makes a count unknown, with the reason; it is never taken for 0.
"""


def pages() -> dict[str, str]:
    """File name → what stands in it."""
    found = families()
    made = {f"{family}.md": page(family, rules) for family, rules in found.items()}
    return {"index.md": index(found), **{name: text.rstrip() + "\n" for name, text in made.items()}}


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description="Write docs/reference/layers/ from the rules.")
    parser.add_argument("--check", action="store_true", help="only say which pages are not current")
    check = parser.parse_args(arguments).check
    wanted = pages()
    stale = [
        name
        for name in sorted({*wanted, *(path.name for path in PAGES.glob("*.md"))})
        if not (PAGES / name).exists() or wanted.get(name) != (PAGES / name).read_text(encoding="utf-8")
    ]
    if check:
        for name in stale:
            print(f"docs/reference/layers/{name} is not current: run python scripts/layer_pages.py", file=sys.stderr)
        return 1 if stale else 0
    PAGES.mkdir(parents=True, exist_ok=True)
    for name in stale:
        if name in wanted:
            (PAGES / name).write_text(wanted[name], encoding="utf-8")
        else:
            (PAGES / name).unlink()
    return 0


if __name__ == "__main__":
    sys.exit(main())
