"""Work grows with the text and with the network, not with their product: counted in calls, not in seconds."""

from __future__ import annotations

import pytest

from netledger.audit.page import judge_page
from netledger.audit.reading.characters.cleaning import clean
from netledger.network import Layer, Network
from tests.watching import calls_of, lines_of


def network(layers):
    made = [Layer(f"fc{i}", "linear", {"in_features": 64, "out_features": 64}) for i in range(layers)]
    return Network("deep", tuple(made))


def sums_of_sums(n):
    """Each line adds the two above: what the last one adds up through all of them is there 1.6 to the n times."""
    values = [4160, 4160]
    lines = [f"fc{i}: 64*64 + 64 = 4160" for i in range(2)]
    for i in range(n):
        values.append(values[-2] + values[-1])
        lines.append(f"s{i}: {values[-3]} + {values[-2]} = {values[-1]}")
    return "\n".join([*lines, f"total: {values[-1]}"])


TEXTS = {
    "sums of sums": sums_of_sums,
    "poolings": lambda n: "\n".join([f"pool{i}: 2*2*{i + 9} = {4 * (i + 9)}" for i in range(n)] + ["total 9999"] * n),
    "totals": lambda n: "\n".join(["total 270"] * n),
    "a wrong total again": lambda n: "\n".join(["total 5000000"] * n),
    "growing totals": lambda n: "\n".join([f"total {1000 + i}" for i in range(n)]),
    "equal layers": lambda n: "\n".join([f"fc{i}: 64*64 + 64 = 4160" for i in range(n)]),
    "faults": lambda n: "\n".join([f"fc{i}: 64*63 + 64 = 4096" for i in range(n)]),
    "names of others": lambda n: "\n".join([f"fc{n - i}: 64*{i + 9} + {i + 9} = {65 * (i + 9)}" for i in range(n)]),
    "slips of the pen": lambda n: "\n".join([f"fc{i}: 64*64 + 64 = {5000 + i}" for i in range(n)]),
    "numbers of a line": lambda n: " ".join(["4160"] * n),
    "a long sum": lambda n: " + ".join(["64*64 + 64"] * n),
    "one comma": lambda n: "1," * n,
}


def calls(text, against):
    return calls_of(judge_page, text, against)


@pytest.mark.parametrize("name", TEXTS)
def test_twice_the_text_is_hardly_more_than_twice_the_work(name):
    against = network(30)
    judge_page(TEXTS[name](4), against)
    small, large = calls(TEXTS[name](60), against), calls(TEXTS[name](120), against)
    assert large < 2.6 * small


def test_twice_the_letters_are_hardly_more_than_twice_the_work():
    """``W: 50`` again and again, beside U and V: whether a text has all three is asked once."""
    layer = Layer("rnn", "rnn", {"input_size": 9, "hidden_size": 50, "bias_vectors": 1})
    against = Network("recurrent", (layer,))

    def text(n):
        return "\n".join(["U: 450", "V: 50"] + ["W: 50"] * n)

    judge_page(text(4), against)
    assert calls(text(120), against) < 2.6 * calls(text(60), against)


@pytest.mark.parametrize("name", ["equal layers", "faults"])
def test_twice_the_network_is_hardly_more_than_twice_the_work(name):
    text = TEXTS[name](40)
    judge_page(text, network(50))
    assert calls(text, network(400)) < 2.6 * calls(text, network(200))


@pytest.mark.parametrize("piece", ["{", "{1+", "{1+2}", "}{"])
def test_cleaning_a_line_of_braces_grows_with_its_length(piece):
    assert lines_of(clean, piece * 400) < 2.6 * lines_of(clean, piece * 200)
