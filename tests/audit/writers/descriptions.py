"""The network written out in the text, as people paste it above their calculation."""

from __future__ import annotations


def _torch_call(entry):
    kind = entry["type"]
    if kind == "conv2d":
        more = f", groups={entry['groups']}" if entry.get("groups", 1) > 1 else ""
        more += "" if entry["bias"] else ", bias=False"
        return (
            f"nn.Conv2d({entry['in']}, {entry['out']}, {entry['kernel'][0]}, padding={entry.get('padding', 0)}{more})"
        )
    if kind == "linear":
        return f"nn.Linear({entry['in']}, {entry['out']})"
    calls = {
        "maxpool2d": lambda: "nn.MaxPool2d(2)",
        "flatten": lambda: "nn.Flatten()",
        "batchnorm": lambda: f"nn.BatchNorm2d({entry['features']})",
        "embedding": lambda: f"nn.Embedding({entry['num']}, {entry['dim']})",
    }
    return calls[kind]() if kind in calls else f"nn.{kind.upper()}({entry['input']}, {entry['hidden']})"


def torch_module(net):
    lines = ["class Net(nn.Module):", "    def __init__(self):", "        super().__init__()"]
    return lines + [f"        self.{entry['name']} = {_torch_call(entry)}" for entry in net.layers]


def torch_sequential(net):
    return ["model = nn.Sequential(", *(f"    {_torch_call(entry)}," for entry in net.layers), ")"]


def _keras_call(entry, shape):
    kind = entry["type"]
    more = f", input_shape={shape}" if shape else ""
    name = f", name='{entry['name']}'"
    if kind == "conv2d":
        bias = "" if entry["bias"] else ", use_bias=False"
        k = entry["kernel"][0]
        return f"Conv2D({entry['out']}, ({k}, {k}), padding='same', activation='relu'{bias}{more}{name})"
    calls = {
        "linear": lambda: f"Dense({entry['out']}{more}{name})",
        "maxpool2d": lambda: f"MaxPooling2D((2, 2){name})",
        "flatten": lambda: "Flatten()",
    }
    return calls[kind]() if kind in calls else None


def keras(net):
    calls = [_keras_call(entry, net.inputs if n == 0 else None) for n, entry in enumerate(net.layers)]
    if None in calls or any(entry.get("groups", 1) > 1 for entry in net.layers):
        return None
    shown = [call.replace(f"input_shape=({net.inputs[0]},)", f"input_shape=({net.inputs[0]},)") for call in calls]
    return ["model = Sequential([", *(f"    {call}," for call in shown), "])"]


WORDS = {
    "en": ("Input: {s}", "{o} filters {k}x{k}, stride 1, same padding", "2x2 max pooling, stride 2", "{o} units"),
    "de": ("Eingabe: {s}", "{o} Filter {k}x{k}, Stride 1, Padding same", "Max-Pooling 2x2", "{o} Neuronen"),
    "fr": ("Entrée : {s}", "{o} filtres {k}x{k}, stride 1, padding same", "max pooling 2x2", "{o} neurones"),
    "es": ("Entrada: {s}", "{o} filtros de {k}x{k}, stride 1, padding same", "max pooling 2x2", "{o} neuronas"),
    "zh": ("输入：{s}", "{o}个{k}x{k}卷积核，步长1，same填充", "2x2最大池化", "{o}个神经元"),
}


def listed(net, language="en"):
    """``conv1: 16 filters 3x3, stride 1, same padding``."""
    start, filters, pooling, units = WORDS.get(language, WORDS["en"])
    lines = [start.format(s="x".join(map(str, net.inputs)))]
    for entry in net.layers:
        kind = entry["type"]
        if kind == "conv2d" and entry["bias"] and entry.get("groups", 1) == 1:
            lines.append(f"{entry['name']}: " + filters.format(o=entry["out"], k=entry["kernel"][0]))
        elif kind == "linear":
            lines.append(f"{entry['name']}: " + units.format(o=entry["out"]))
        elif kind == "maxpool2d":
            lines.append(f"{entry['name']}: {pooling}")
        elif kind != "flatten":
            return None
    return lines


def shapes(net):
    """``conv1: 16 filters 5x5 -> 28x28x16``."""
    lines, at = ["input -> " + "x".join(map(str, net.inputs))], list(net.inputs)
    for entry in net.layers:
        kind = entry["type"]
        if kind == "conv2d" and entry["bias"] and entry.get("groups", 1) == 1:
            at = [*at[:2], entry["out"]]
            k = entry["kernel"][0]
            lines.append(f"{entry['name']}: {entry['out']} filters {k}x{k} -> " + "x".join(map(str, at)))
        elif kind == "maxpool2d":
            at = [at[0] // 2, at[1] // 2, at[2]]
            lines.append(f"{entry['name']}: max 2x2 -> " + "x".join(map(str, at)))
        elif kind == "linear":
            lines.append(f"{entry['name']} -> {entry['out']}")
        elif kind != "flatten":
            return None
    return lines


def sentence(net):
    """``784 inputs, two hidden layers of 512 and 256 units, 10 outputs``: for plain perceptrons."""
    if any(entry["type"] != "linear" for entry in net.layers):
        return None
    hidden = [str(entry["out"]) for entry in net.layers[:-1]]
    many = {1: "one hidden layer", 2: "two hidden layers", 3: "three hidden layers"}[len(hidden)]
    joined = " and ".join([", ".join(hidden[:-1]), hidden[-1]]) if len(hidden) > 1 else hidden[0]
    inputs, outputs = net.inputs[0], net.layers[-1]["out"]
    return [f"A fully connected network with {inputs} inputs, {many} of {joined} units and {outputs} outputs."]


DESCRIPTIONS = {
    "torch module": torch_module, "torch sequential": torch_sequential, "keras": keras, "list": listed,
    "shapes": shapes, "sentence": sentence,
}  # fmt: skip
