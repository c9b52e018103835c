"""Formulas copied beside their source, examples with a total each, and numbers that are told as mistakes."""

from __future__ import annotations

from tests.audit.corpus.cases import case
from tests.audit.corpus.networks import conv, document, linear, rnn

D = document
PATCHES = [linear("hidden", 400, 60), conv("conv", 3, 12, 7)]
"""400*60 + 60 = 24,060 and 7*7*3*12 + 12 = 1,776: 25,836."""

case(
    "a-formula-its-source-and-the-formula",
    D(PATCHES),
    r"""
Input of 20×20 pixels: 20×20=40020 \times 20 = 40020×20=400 values.
Each of the 60 neurons has 400 weights + 1 bias, in all 60×401=24,06060 \times 401 = 24{,}06060×401=24,060 parameters.
Each filter has 7×7×3=1477\times7\times3 = 1477×7×3=147 weights; with its bias 147+1=148147 + 1 = 148147+1=148.
For 12 filters: 12×148=1,77612\times148=1,77612×148=1,776.
""",
)
case(
    "a-formula-its-source-and-a-slip",
    D(PATCHES),
    r"""
Each of the 60 neurons has 400 weights + 1 bias, in all 60×401=24,06060 \times 401 = 24{,}06060×401=24,060 parameters.
For 12 filters of 148: 12×148=1,77812\times148=1,77812×148=1,778.
""",
    {2: [("arithmetic", 1776)]},
)
TWO = [rnn("lstm", "lstm", 2, 1, 1), rnn("lstm", "lstm_1", 3, 5, 1)]
"""4*(2*1 + 1*1 + 1) = 16 and 4*(3*5 + 5*5 + 5) = 180."""
case(
    "two-examples-each-with-its-total",
    D(TWO),
    """
First example
Total params: 16
Trainable params: 16
Non-trainable params: 0
4*1*(2 + 1 + 1) = 16
Second example
Total params: 180
Trainable params: 180
Non-trainable params: 0
4*5*(3 + 5 + 1) = 180
""",
)
case(
    "two-examples-and-a-total-of-neither",
    D(TWO),
    """
First example
Total params: 16
4*1*(2 + 1 + 1) = 16
Second example
Total params: 190
4*5*(3 + 5 + 1) = 180
""",
    {5: [("wrong_sum", None)]},
)
case(
    "numbers-told-as-mistakes",
    D([conv("conv", 4, 20, 3)]),
    """
Each filter: 3*3*4 + 1 = 37
20 filters: 20*37 = 740 parameters
Wrong answers: 200 (20*10) ignores the input's channels; 1480 double-counts every weight; 720 forgets the biases.
""",
)
case(
    "the-same-number-claimed",
    D([conv("conv", 4, 20, 3)]),
    """
Each filter: 3*3*4 + 1 = 37
20 filters: 20*(3*3*4 + 1) = 1480 parameters, which double-counts nothing
""",
    {2: [("arithmetic", 740)]},
)
