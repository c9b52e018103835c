"""Networks of many kinds in PyTorch, whose printouts the real tools make and whose counts the framework gives."""

from __future__ import annotations

import functools
from typing import Any


@functools.cache
def networks() -> dict[str, tuple[Any, tuple[int, ...], str]]:
    """Name → (module, shape of one example, dtype of the input)."""
    import torch
    from torch import nn

    class Residual(nn.Module):
        def __init__(self, width: int) -> None:
            super().__init__()
            self.conv1 = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.bn1 = nn.BatchNorm2d(width)
            self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
            self.bn2 = nn.BatchNorm2d(width)

        def forward(self, x: Any) -> Any:
            return torch.relu(x + self.bn2(self.conv2(torch.relu(self.bn1(self.conv1(x))))))

    class Small(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(3, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
            self.layer1, self.layer2 = Residual(16), Residual(16)
            self.pool, self.fc = nn.AdaptiveAvgPool2d(1), nn.Linear(16, 10)

        def forward(self, x: Any) -> Any:
            return self.fc(self.pool(self.layer2(self.layer1(self.stem(x)))).flatten(1))

    class Tagger(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embedding = nn.Embedding(5000, 64)
            self.lstm = nn.LSTM(64, 96, batch_first=True, bidirectional=True)
            self.fc = nn.Linear(192, 9)

        def forward(self, x: Any) -> Any:
            return self.fc(self.lstm(self.embedding(x))[0])

    class Separable(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.dw, self.pw = nn.Conv2d(3, 3, 3, padding=1, groups=3), nn.Conv2d(3, 32, 1)
            self.norm, self.up = nn.GroupNorm(4, 32), nn.ConvTranspose2d(32, 16, 2, stride=2)
            self.head = nn.Conv2d(16, 1, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.up(self.norm(self.pw(self.dw(x)))))

    class Positions(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tok, self.pos = nn.Embedding(1000, 64), nn.Parameter(torch.zeros(1, 32, 64))
            self.ln, self.head = nn.LayerNorm(64), nn.Linear(64, 1000, bias=False)

        def forward(self, x: Any) -> Any:
            return self.head(self.ln(self.tok(x) + self.pos[:, : x.shape[1]]))

    class Tied(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.wte, self.rnn = nn.Embedding(500, 32), nn.GRU(32, 32, batch_first=True)
            self.lm_head = nn.Linear(32, 500, bias=False)
            self.lm_head.weight = self.wte.weight

        def forward(self, x: Any) -> Any:
            return self.lm_head(self.rnn(self.wte(x))[0])

    class Frozen(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.backbone = nn.Sequential(nn.Conv2d(3, 8, 3), nn.BatchNorm2d(8), nn.ReLU(), nn.Conv2d(8, 16, 3))
            self.head = nn.Linear(16, 5)
            self.backbone.requires_grad_(False)

        def forward(self, x: Any) -> Any:
            return self.head(self.backbone(x).mean((2, 3)))

    class Again(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.inp, self.shared, self.out = nn.Linear(16, 32), nn.Linear(32, 32), nn.Linear(32, 4)

        def forward(self, x: Any) -> Any:
            x = self.inp(x)
            for _ in range(3):
                x = torch.relu(self.shared(x))
            return self.out(x)

    layer = nn.TransformerEncoderLayer(128, 4, 512, batch_first=True)
    plain = nn.Sequential(
        nn.Flatten(), nn.Linear(784, 300), nn.ReLU(), nn.Dropout(0.2), nn.Linear(300, 100), nn.Linear(100, 10)
    )
    return {
        "residual": (Small(), (3, 32, 32), "float32"),
        "tagger": (Tagger(), (20,), "int64"),
        "separable": (Separable(), (3, 32, 32), "float32"),
        "plain": (plain, (1, 28, 28), "float32"),
        "encoder": (nn.TransformerEncoder(layer, 2, enable_nested_tensor=False), (16, 128), "float32"),
        "positions": (Positions(), (16,), "int64"),
        "tied": (Tied(), (12,), "int64"),
        "frozen": (Frozen(), (3, 16, 16), "float32"),
        "again": (Again(), (16,), "float32"),
        "images": (nn.Sequential(nn.Conv3d(1, 4, 3), nn.PReLU(), nn.InstanceNorm3d(4)), (1, 8, 8, 8), "float32"),
        "sequence": (nn.Sequential(nn.Conv1d(12, 32, 7), nn.BatchNorm1d(32), nn.Conv1d(32, 8, 5)), (12, 40), "float32"),
    }


def count(module: Any) -> int:
    """The framework's own count, tied storage once."""
    return sum(p.numel() for p in module.parameters())


def listings(module: Any) -> dict[str, str]:
    """``named_parameters()`` as people print it."""
    named = [(name, tuple(p.shape), p.numel(), p) for name, p in module.named_parameters()]
    total = count(module)

    def rows(form: Any) -> str:
        return "\n".join(form(*row) for row in named)

    return {
        "plain": rows(lambda name, shape, n, p: f"{name} {shape} {n}") + f"\ntotal {total}",
        "size": rows(lambda name, shape, n, p: f"{name}: {p.size()} -> {n:,}") + f"\nTotal params: {total:,}",
        "sheet": "name\tshape\tparams\n"
        + rows(lambda name, shape, n, p: f"{name}\t{shape}\t{n}")
        + f"\ntotal\t\t{total}",
        "quoted": "name,shape,params\n" + rows(lambda name, shape, n, p: f'{name},"{shape}",{n}') + f"\ntotal,,{total}",
        "words": rows(lambda name, shape, n, p: f"Layer: {name} | Size: {p.size()} | Params: {n}")
        + f"\nTotal params: {total}",
        "columns": rows(lambda name, shape, n, p: f"{name:<40} {list(shape)!s:<20} {n:>12,}") + f"\nTotal: {total:,}",
        "tab": rows(lambda name, shape, n, p: f"{name}\t{n}") + f"\nTotal\t{total}",
        "markdown": "| Modules | Parameters |\n|---|---|\n"
        + rows(lambda name, shape, n, p: f"| {name} | {n} |")
        + f"\nTotal Trainable Params: {total}",
        "dictionary": f"{ {name: n for name, _, n, _ in named} }\n{total}",
        "tuples": rows(lambda name, shape, n, p: f"{(name, n)}") + f"\nTotal number of parameters: {total}",
    }
