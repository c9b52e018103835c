"""Ways of writing that were once misread: sheets, settings, sums below lists, quoted attempts; right ones and wrong ones."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import bn, conv, document, linear, pool, rnn

SMALL = document(
    [
        conv("conv1", 3, 8, 5),
        pool("pool1"),
        conv("conv2", 8, 12, 3),
        linear("fc1", 300, 40),
        linear("fc2", 40, 7),
    ]
)
"""608 + 876 + 12,040 + 287 = 13,811."""

case(
    "sheet with an empty cell",
    SMALL,
    "Layer\tKernel\tWeights\tBias\tSum\nconv1\t5x5\t600\t8\t608\nconv2\t3x3\t864\t12\t876\nfc1\t\t12000\t40\t12040\n"
    "fc2\t\t280\t7\t287\n\t\t13744\t67\t13811",
    total=(13811, True),
)
case("bias in brackets", SMALL, "conv1 5x5x3x8 stride 2 (+8) = 608\nfc2 40x7 (+7) = 287")
case("plus one in words", SMALL, "conv1: 8 filters, each 5x5x3 = 75 weights plus one bias = 76, so 8 * 76 = 608")
case(
    "weights and biases apart",
    document([linear("a", 9, 5), linear("b", 5, 2)]),
    r"W_1 &: 9 \cdot 5 = 45, & b_1 &: 5 \\" + "\n" + r"W_2 &: 5 \cdot 2 = 10, & b_2 &: 2" + "\n$N = 45+5+10+2 = 62$",
    total=(62, True),
)
case("a change of sizes", SMALL, "my net, 3 -> 8, k5\nconv1: 608\nconv2: 876")
case("constructor above", document([rnn("gru", "gru", 20, 7, 2)]), "GRU(7), two biases:\n3*(20*7 + 7*7 + 7 + 7) = 609")
case("taken back", SMALL, "conv1: 5*5*8 + 8 = 208 <- wrong, forgot the channels\nconv1: 5*5*3*8 + 8 = 608")
case("shape before zero", SMALL, "Layer 1 - conv1 -> (5*5*3+1)*8 = 608\nLayer 2 - MaxPool 2x2 -> 14x14x8 -> 0")
case("sizes before the arrow", SMALL, "fc1: in 300, out 40 -> params = 12040\nfc2: in 40, out 7 -> params = 287")
case("weights in a sentence", SMALL, "Each of the 8 filters has 75 weights and 1 bias: 8 x 76 = 608 for conv1.")
case("bytes of 1024", SMALL, "13,811 parameters * 4 bytes = 55,244 bytes = 54 KB")
case("norm tensors", document([bn("bn", 16)]), "bn: gamma 16, beta 16\n2*16 = 32")
case(
    "sheet with a wrong cell",
    SMALL,
    "Layer\tWeights\tBias\tSum\nconv1\t600\t8\t608\nconv2\t864\t12\t876\nfc1\t12000\t40\t12140\nfc2\t280\t7\t287",
    {4: [("wrong_value", 12040)]},
)
case("wrong tensor", SMALL, "conv2.weight [12, 8, 3, 3] = 846\nconv2.bias [12] = 12", {1: [("wrong_value", 864)]})
case("wrong size of torch", SMALL, "fc1.weight torch.Size([40, 300]) 12100", {1: [("wrong_value", 12000)]})
case(
    "operations that do not multiply",
    SMALL,
    "conv1: 608 params, 28*28*608 = 476,627 mult-adds",
    {1: [("arithmetic", 476672)]},
)
case(
    "gates in brackets",
    document([rnn("lstm", "lstm", 10, 6, 1)]),
    "3 gates (input, forget, output): 3*(10*6 + 6*6 + 6) = 306",
    {1: [("missing_gate_matrix", 408)]},
)
