"""``print(model)`` and lists of tensors with their shapes: every size is stated, nothing has to be propagated."""

from __future__ import annotations

from netledger.audit.understanding.code.layers import SILENT, TORCH, Unclear, framework_layer
from netledger.audit.understanding.pieces import Piece
from netledger.audit.understanding.prose.lines import Found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PLAIN = (
    "activation",
    "dropout",
    "identity",
    "rotary",
    "relu",
    "gelu",
    "silu",
    "pool",
    "droppath",
    "loss",
    "softmax",
    "sigmoid",
    "tanh",
)
"""Words in the names of modules that have no parameters."""
MOST_TIMES = 512
MOST_PIECES = 20_000
NORMS = {"rmsnorm": "rmsnorm", "layernorm": "layernorm"}


class Open:
    """A container whose bracket is not closed yet: its path, how often it stands there, where its layers begin."""

    __slots__ = ("indent", "path", "start", "times", "type")

    def __init__(self, path: str, type: str, times: int, start: int, indent: int) -> None:
        self.path, self.type, self.times, self.start, self.indent = path, type, times, start, indent


def read_printed(lines: list[str]) -> Found:
    r"""The layers of a printed PyTorch module.

    >>> text = "Net(\n  (fc1): Linear(in_features=784, out_features=10, bias=True)\n)"
    >>> [(piece.name, piece.reads, piece.out) for piece in read_printed(text.split("\n")).pieces]
    [('fc1', 784, 10)]
    """
    found = Found()
    found.how = "module"
    waiting: list[Open] = []
    for line_no, line in enumerate(lines, 1):
        text = line.strip().lstrip(">│| ")
        if text == ")" and waiting:
            _close(found, waiting.pop())
        elif text.startswith("(") and "): " in text:
            name, _, module = text[1:].partition("): ")
            _module(found, waiting, name, module, line_no, len(line) - len(line.lstrip()))
        if len(found.pieces) > MOST_PIECES:
            break
    while waiting:
        _close(found, waiting.pop())
    return found


def _module(found: Found, waiting: list[Open], name: str, module: str, line_no: int, indent: int) -> None:
    while waiting and waiting[-1].indent >= indent > 0:
        _close(found, waiting.pop())
    times = 1
    head, sign, rest = module.partition(" x ")
    if sign and head.isdigit() and 0 < int(head) <= MOST_TIMES:
        times, module = int(head), rest
        name = name.strip("()").partition("-")[0]
    kind, _, inner = module.partition("(")
    path = f"{waiting[-1].path}.{name}" if waiting and waiting[-1].path else name
    if not module.rstrip().endswith(")") and inner.count("(") >= inner.count(")"):
        waiting.append(Open(path, kind.strip(), times, len(found.pieces), indent))
        return
    for sign in ("MACs,", "FLOPs,"):  # ptflops prints its figures before the module's own arguments
        if sign in module:
            module = f"{kind}({module.partition(sign)[2]}"
    if waiting and waiting[-1].type == "MultiheadAttention" and name == "out_proj":
        path = path.rpartition(".")[0]
        piece: Piece | None = _attention(path, module, line_no)
    else:
        piece = _leaf(path, kind.strip(), module, line_no)
    if piece is not None:
        found.pieces += [_again(piece, path, i, times) for i in range(times)]


def _attention(path: str, module: str, line_no: int) -> Piece | None:
    """Of PyTorch's attention only the matrix of its outputs is printed; what it reads is as wide, and biased alike."""
    out = _made("Linear", f"Linear({module.partition('(')[2]}", line_no)
    if not isinstance(out, Piece) or out.out is None:
        return None
    piece = Piece("multihead_attention", line_no, path)
    piece.attributes = {"embed_dim": out.out, "num_heads": 1}
    if out.bias is False:
        piece.attributes["bias"] = False
    return piece


def _again(piece: Piece, path: str, i: int, times: int) -> Piece:
    again = piece.copy()
    again.name = path if times == 1 else f"{path.rpartition('.')[0]}.{i}".lstrip(".")
    return again


def _close(found: Found, block: Open) -> None:
    """A block that stands several times: its layers once for each, numbered."""
    if block.times == 1:
        return
    once = found.pieces[block.start :]
    stem = block.path.rpartition(".")[0]
    del found.pieces[block.start :]
    for i in range(block.times):
        for piece in once:
            again = piece.copy()
            again.name = f"{stem}.{i}{piece.name[len(block.path) :]}".lstrip(".")
            found.pieces.append(again)
        if len(found.pieces) > MOST_PIECES:
            return


def _leaf(path: str, kind: str, module: str, line_no: int) -> Piece | None:
    made = _made(kind, module, line_no)
    if isinstance(made, Piece):
        made.name = path
        return made if made.kind != "reshaping" else None
    lower = kind.lower()
    if any(word in lower for word in PLAIN):
        return None
    piece = Piece(kind, line_no, path)
    piece.doubt = f"what a '{kind}' is made of is not printed"
    return piece


def _made(kind: str, module: str, line_no: int) -> Any:
    import ast

    try:
        node = ast.parse(module.strip(), mode="eval").body
        arguments = [ast.literal_eval(argument) for argument in node.args] if isinstance(node, ast.Call) else []
        keywords = (
            {k.arg: ast.literal_eval(k.value) for k in node.keywords if k.arg} if isinstance(node, ast.Call) else {}
        )
    except (SyntaxError, ValueError, RecursionError, MemoryError, TypeError):
        return Unclear(kind)
    norm = next((ours for ending, ours in NORMS.items() if kind.lower().endswith(ending)), None)
    if norm is not None and kind not in TORCH and arguments and isinstance(arguments[0], tuple | int):
        kind = "RMSNorm" if norm == "rmsnorm" else "LayerNorm"
    if kind == "Conv1D" and {"nf", "nx"} <= keywords.keys():  # transformers' transposed linear layer
        kind, keywords = "Linear", {"in_features": keywords["nx"], "out_features": keywords["nf"]}
    shape = arguments[0] if kind == "LayerNorm" and arguments else None
    if isinstance(shape, tuple) and len(shape) > 1:
        piece = Piece("layer_norm", line_no)
        piece.attributes = {"normalized_shape": shape, **({"bias": False} if keywords.get("bias") is False else {})}
        return piece
    if kind not in TORCH and kind not in SILENT:
        kind = "Linear" if kind.endswith("Linear") and {"in_features", "out_features"} <= keywords.keys() else kind
    return framework_layer(f"nn.{kind}", kind, arguments, keywords, "pytorch", line_no)


# ---------------------------------------------------------------------- tensors with their shapes


def read_tensors(lines: list[str]) -> Found:
    """Names of tensors with shapes, as ``named_parameters()`` and ``state_dict()`` give them.

    >>> found = read_tensors(["conv1.weight torch.Size([6, 1, 5, 5])", "conv1.bias torch.Size([6])"])
    >>> [(piece.name, piece.reads, piece.out, piece.bias) for piece in found.pieces]
    [('conv1', 1, 6, None)]
    """
    found = Found()
    found.how = "printout"
    tensors: dict[str, dict[str, tuple[tuple[int, ...], int]]] = {}
    for line_no, line in enumerate(lines, 1):
        named = _tensor(line)
        if named is not None:
            owner, _, leaf = named[0].rpartition(".")
            tensors.setdefault(owner, {})[leaf] = (named[1], line_no)
    for owner, leaves in tensors.items():
        piece = _of_tensors(owner, leaves)
        if piece is not None:
            found.pieces.append(piece)
    return found


def _tensor(line: str) -> tuple[str, tuple[int, ...]] | None:
    start = line.find("[") if "[" in line else line.find("(")
    head = (
        line[:start].replace("torch.Size(", " ").replace("torch.Size", " ").strip(" :\t=-|'\"*`,(") if start > 0 else ""
    )
    words = head.split()
    if not words or len(words) > 2 or "." not in words[0]:
        return None
    name = words[0].strip(":'\",`|")
    if name.rpartition(".")[2] not in _LEAVES or not all(part.replace("_", "a").isalnum() for part in name.split(".")):
        return None
    close = line.find("]" if line[start] == "[" else ")", start)
    sizes = [size.strip() for size in line[start + 1 : close].split(",") if size.strip()]
    if close < 0 or not sizes or not all(size.isdecimal() and len(size) < 10 for size in sizes):
        return None
    return name, tuple([int(size) for size in sizes])


_LEAVES = ("weight", "bias", "running_mean", "running_var", "num_batches_tracked")


def _of_tensors(owner: str, leaves: dict[str, tuple[tuple[int, ...], int]]) -> Piece | None:
    """The layer whose tensors these are: four sizes make a convolution, two a linear layer or a table, one a norm."""
    if "weight" not in leaves:
        return None
    shape, line_no = leaves["weight"]
    lower = owner.lower()
    table = any(word in lower.rpartition(".")[2] for word in ("emb", "wte", "wpe"))
    norm = "batchnorm" if "running_mean" in leaves or "bn" in lower or "batch" in lower else "layernorm"
    kind = {1: norm, 2: "embedding" if table else "linear", 3: "conv", 4: "conv", 5: "conv"}.get(len(shape))
    if kind is None:
        return None
    piece = Piece(kind, line_no, owner)
    bias = "bias" in leaves
    piece.bias = None if bias else False
    if kind == "conv":
        piece.out, piece.reads, piece.kernel, piece.axes = shape[0], shape[1], shape[2:], len(shape) - 2
    elif kind == "embedding":
        piece.reads, piece.out = shape
    elif kind == "linear":
        piece.out, piece.reads = shape
    else:
        piece.out = shape[0]
        piece.kind = kind if bias or kind == "batchnorm" else "rmsnorm"
    return piece
