"""A network of AlexNet's form small enough to train in a test: groups, norms in each tower, dropout."""

from __future__ import annotations

from netledger.network import Network
from netledger.notation import parse

TEXT = """
image = input(1, 10, 10)
conv1 = conv2d(8, kernel_size=3, meta={"init": {"weight": ["normal", 0.01]}})
relu1 = relu()
norm1 = local_response_norm(3, alpha=1e-3, k=2, groups=2)
pool1 = max_pool2d(3, stride=2, ceil_mode=True)
conv2 = conv2d(8, kernel_size=3, padding=1, groups=2)
relu2 = relu()
conv3 = conv2d(12, kernel_size=3, padding=1)
relu3 = relu()
flat = flatten()
fc6 = linear(16)
relu6 = relu()
drop6 = dropout(0.5)
fc7 = linear(16)
relu7 = relu()
drop7 = dropout(0.5)
fc8 = linear(3)
prob = softmax()
"""


def tiny(init: str = "kaiming") -> Network:
    return parse(f'network(init="{init}")\n' + TEXT, name="tiny")
