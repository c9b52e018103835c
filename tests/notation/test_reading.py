"""The notation read: what a description may say, and how it is told that it says nonsense."""

from __future__ import annotations

import time

import pytest

from netledger.errors import LimitError, NetledgerError, NotationError
from netledger.limits import DESCRIPTION_BYTES, PARSED_BYTES
from netledger.notation import parse
from netledger.unknown import Unknown
from tests.watching import calls_of


def test_branches_outputs_names_and_what_is_read_above():
    net = parse(
        "image = input(384, 13, 13)\n"
        "conv = conv2d(384, kernel_size=1)\n"
        "left, right = split(conv, [192, 192])\n"
        'q = conv2d(right, 64, 1, name="encoder.0.query")\n'
        "both = concat(q, left)\n"
        "relu()\n"
        "relu()\n"
    )
    assert net["conv"].inputs == ("image",)
    assert net["left"].outputs == ("left:0", "left:1")
    assert net["encoder.0.query"].inputs == ("left:1",)
    assert net["encoder.0.query"].attributes == {"out_channels": 64, "kernel_size": 1}
    assert net["both"].inputs == ("encoder.0.query", "left:0")
    assert net["relu_2"].inputs == ("relu_1",)


def test_inputs_of_every_form():
    net = parse('a = input(3, 224, 224)\nb = input(128, dtype="int64")\nc = input()\nd = input((5, 6))')
    assert net["a"].attributes == {"shape": (3, 224, 224)}
    assert net["b"].attributes == {"shape": (128,), "dtype": "int64"}
    assert isinstance(net["c"].attributes["shape"], Unknown)
    assert net["d"].attributes == {"shape": (5, 6)}


def test_repeated_blocks():
    net = parse(
        "x = input(16, 8, 8)\n"
        "for i in range(1, 3):\n"
        '    y = conv2d(x, 16, 3, padding=1, name=f"layer1.{i}.conv1")\n'
        '    x = add(y, x, name=f"layer1.{i}.add")\n'
        "    r = relu()\n"
        "for i in range(2):\n"
        "    for j in range(2):\n"
        "        t = tanh()\n"
    )
    assert [layer.path for layer in net][1:4] == ["layer1.1.conv1", "layer1.1.add", "r.1"]
    assert net["layer1.2.add"].inputs == ("layer1.2.conv1", "layer1.1.add")
    assert net["t.1.0"].inputs == ("t.0.1",)


def test_the_header():
    net = parse(
        'network(title="T", source="S", published={"parameters": 7}, notes=["a", "b"], dtype="float16", family="f")\n'
        "x = input(3)\ny = linear(2)"
    )
    assert (net.title, net.source, net.published, net.notes, net.dtype) == (
        "T",
        "S",
        {"parameters": 7},
        ("a", "b"),
        "float16",
    )
    assert net.meta == {"family": "f"}
    assert parse('network(notes="one")').notes == ("one",)


def test_what_every_layer_takes():
    net = parse(
        'x = input(3)\na = linear(2, trainable=False, dtype="float16", meta={"device": 0})\n'
        'b = linear(x, 2, share="a")\nc = parameter(1, 197, 768)\nd = layer("Foo", a, attributes={"k": 3})'
    )
    assert (net["a"].trainable, net["a"].dtype, net["a"].meta) == (False, "float16", {"device": 0})
    assert net["b"].share == "a"
    assert net["c"].attributes == {"shape": (1, 197, 768)}
    assert net["c"].inputs == ()
    assert (net["d"].kind, net["d"].attributes, net["d"].inputs) == ("Foo", {"k": 3}, ("a",))


def test_comments_and_arithmetic_are_kept():
    net = parse("# above\nx = input(3, 2*4, -8 + 16)  # behind # it\n# below")
    assert net["x"].attributes["shape"] == (3, 8, 8)
    assert net["x"].meta["comment"] == ("above", "behind # it")
    assert net.meta["comment_below"] == ("below",)
    assert parse('x = input(3, name="#no comment")')["#no comment"].meta == {}


# The three wordings that the design promises, then everything else that a person may get wrong.
CALLED = "def f(x):\n    y = relu(x)\n    return y\na = input(3)\n"


def test_a_function_s_arguments_by_name_and_by_default() -> None:
    """``n·m = 8`` features of 3, then 2 of 8."""
    text = "def f(x, *, n, m=2):\n    y = linear(x, n * m)\n    return y\na = input(3)\nb = f(a, n=4)\nc = linear(b, 2)"
    assert [layer.attributes.get("out_features") for layer in parse(text)] == [None, 8, 2]


@pytest.mark.parametrize(
    ("text", "line", "column", "message"),
    [
        ("x = input(3, 8, 8)\ny = conv2(4, 3)", 2, 5, "unknown kind 'conv2': did you mean 'conv2d'"),
        (
            "x = input(3, 8, 8)\ny = conv2d(256, 1, groups=3)", 2, 5,
            "conv2d: 256 output channels do not divide into 3 groups",
        ),
        (
            "x = input(256, 6, 6)\ny = flatten()\nz = linear(4096, in_features=9126)", 3, 5,
            r"linear: stated in_features=9126, but the input has 256·6·6 = 9,216",
        ),
        ("x = input(3, 8, 8)\ny = conv2d(4, 3, strid=2)", 2, 5, "conv2d: no argument 'strid': did you mean 'stride'"),
        ("x = input(3, 8, 8)\ny = conv2d(4)", 2, 5, "conv2d: argument 'kernel_size' is missing"),
        ("x = input(3, 8, 8)\ny = conv2d(4, 9)", 2, 5, "kernel of 9 is larger than the input of 8"),
        ("x = input(3, 8, 8)\ny = conv2d(4, 'a')", 2, 5, "kernel_size takes a size or a tuple of sizes, not 'a'"),
        ("x = input(3, 8, 8)\ny = add(x, zz)", 2, 12, "no layer 'zz' above"),
        ("x = input(3)\nx = relu()", 2, 5, "a layer named 'x' stands above already"),
        ("x = input(3\n", 1, 10, "'\\(' was never closed"),
        ("x = 3", 1, 5, "expected a call"),
        ("import os", 1, 1, "expected 'name = kind"),
        ("x = input(3)\ny = linear(2)(3)", 2, 5, "expected a call"),
        ("x = a.b(3)", 1, 5, "expected a call"),
        ("x, *y = input(3)", 1, 1, "expected one name"),
        ("x = y = input(3)", 1, 1, "expected one name"),
        ("x = input(**a)", 1, 5, "'\\*\\*' has no meaning here"),
        ("x = input(3, 1 / 2)", 1, 14, "arithmetic here is"),
        ("x = input(3, 1 // 0)", 1, 14, "division by zero"),
        (f"x = input(3, {'9' * 30} * {'9' * 30})", 1, 14, "an integer of more than"),
        ("x = input(3, ~1)", 1, 14, "only '-' before a number"),
        ("x = input(3, 1j)", 1, 14, "expected a number"),
        ("x = input(3, lambda: 1)", 1, 14, "expected a literal"),
        ("x = input(3, f'{1!r}')", 1, 14, "only plain"),
        ("x = input(3, relu())", 1, 14, "a layer stands on a line of its own"),
        ("x = input(3, y)", 1, 11, None),
        ("x = input(3)\nnetwork(title='late')", 2, 1, "stands once, first"),
        ("for i in [1, 2]:\n    x = input(3)", 1, 1, "expected 'for i in range"),
        ("for i, j in range(2):\n    x = input(3)", 1, 1, "expected 'for i in range"),
        ("for i in range('a'):\n    x = input(3)", 1, 10, "range takes whole numbers"),
        ("for i in range(10**9):\n    x = input(3)", 1, 16, "arithmetic"),
        ("for i in range(100001):\n    x = input(3)", 1, 10, "more than 100,000 repetitions"),
        ("x = input(3)\ny = linear(2, share='z')", 2, 5, "shares the tensors of 'z'"),
        ("x = input(3)\na, b = relu()", 2, 8, "has 1 output"),
        ("x = input(3, name=5)", 1, 5, "name takes a string"),
        ("x = layer()", 1, 5, "takes the kind first"),
        ('x = layer("Foo", 3)', 1, 5, "attributes="),
        ("x = linear(1, 2, 3, 4, 5, 6, 7, 8, 9)", 1, 5, "linear: takes"),
        ("x = linear(4, out_features=3)", 1, 5, "given twice"),
        (CALLED + "b = f(a, a)", 5, 5, "f: takes 1 arguments, not 2"),
        (CALLED + "b = f(a, x=a)", 5, 5, "f: 'x' is given twice"),
        (CALLED + "b = f(a, z=a)", 5, 5, "f: 'z' is none of its arguments"),
        (CALLED + "b = f()", 5, 5, "f: argument 'x' is missing"),
        ("def f(*x):\n    y = relu()\na = input(3)\nb = f(a)", 1, 1, "a function takes named arguments only"),
        ("def f(x):\n    y = relu(x)\n    return y + 1\na = input(3)\nb = f(a)", 3, 5, "a function returns names of layers"),
        ("def f(x):\n    if 1:\n        return x\n    y = relu(x)\na = input(3)\nb = f(a)", 3, 9, "expected 'name = kind"),
        ("def f(x):\n    y = f(x)\n    return y\na = input(3)\nb = f(a)", 2, 9, "functions nested deeper than 8"),
        ("x = input(3)\nreturn x", 2, 1, "expected 'name = kind"),
        ("".join(f"{' ' * i}for {name} in range(2):\n" for i, name in enumerate("abcde")) + " " * 5 + "x = input(3)", 5, 5,
         "loops nested deeper than 4"),
        ("a, b = (1, 2, 3)\nx = input(3)", 1, 1, "2 names for another number of values"),
        ("require(1)", 1, 1, "expected require"),
        ("x = input(3)\nunused('y')", 2, 1, "unused.* names keys of a family's configuration"),
        ("network(**a)", 1, 1, "'\\*\\*' has no meaning here"),
        ("x = input(3, {**a})", 1, 14, "'\\*\\*' has no meaning here"),
        ("x = input(3, 1 is 2)", 1, 14, "comparisons here are"),
        ("x = input(3)\ny = linear(size('a'))", 2, 12, "has no meaning here"),
        ("from resnet import block", 1, 1, "in netledger's own families alone"),
        ("x = part(3)", 1, 5, "expected part"),
    ],
)  # fmt: skip
def test_errors_point_at_the_place(text, line, column, message):
    with pytest.raises(NotationError, match=message) as caught:
        parse(text)
    error = caught.value
    assert error.line == line
    if message is not None:
        assert error.column == column
    assert error.source_line.strip() == text.splitlines()[line - 1].strip()


@pytest.mark.parametrize(
    "text",
    [
        "x = " + "(" * 5000 + "1" + ")" * 5000,
        "x = input(" + "[" * 150 + "]" * 150 + ")",
        "x = input(" + "-" * 20_000 + "1)",
        "x = input(" + "1+" * 20_000 + "1)",
        "x = input(" + "9" * 5000 + ")",
        "x = input(1" + "0" * 41 + ")",
        "\0",
        "x = input(3)\x0c\x1b",
        "for i in range(100000):\n  for j in range(100000):\n    x = " + "relu()",
    ],
)
def test_hostile_descriptions_are_refused_quickly(text):
    started = time.process_time()
    with pytest.raises(NetledgerError) as caught:
        parse(text)
    assert time.process_time() - started < 2
    assert "\n" not in str(caught.value)
    assert "\x1b" not in str(caught.value)


def test_a_description_that_is_too_long_is_not_even_parsed():
    with pytest.raises(LimitError, match="more than 2,097,152"):
        parse("#" * (DESCRIPTION_BYTES + 1))
    with pytest.raises(NetledgerError, match="more than 40 digits"):
        parse("x = input(10000000000000000000000000000000000000000)")
    with pytest.raises(NetledgerError, match="shape takes a tuple of sizes"):
        parse("x = input(1000000000000000000000000000000000000000)")


LINE = 'layer_{i} = linear(64, name="blocks.{i}.fc")  # {i}\n'


def test_a_long_description_is_the_same_as_a_short_one_by_the_line() -> None:
    """What is parsed in pieces keeps its lines, comments, loops and continued statements."""
    count = 6_000
    text = "x = input(64)\n" + "".join([LINE.format(i=i) for i in range(count)])
    assert len(text) > 2 * PARSED_BYTES
    text += "for i in range(2):\n    linear(\n64,\n    )\nlast = linear(64)  # the end\n"
    network = parse(text)
    assert [layer.path for layer in network.layers[1 : count + 1]] == [f"blocks.{i}.fc" for i in range(count)]
    assert network["blocks.4321.fc"].meta["comment"] == "4321"
    assert network["last"].meta["comment"] == "the end"
    assert len(network.layers) == count + 4


@pytest.mark.parametrize("wrong", ["y = linear(64", "y = linear(64))", "y = no_such_kind(64)", "é = linear(64) +"])
def test_a_fault_far_down_is_told_at_its_line(wrong: str) -> None:
    text = "x = input(64)\n" + "".join([LINE.format(i=i) for i in range(6_000)]) + wrong + "\n"
    with pytest.raises(NotationError) as caught:
        parse(text)
    assert caught.value.line == 6_002
    assert caught.value.source_line == wrong
    assert caught.value.column is not None
    assert 1 <= caught.value.column <= len(wrong) + 1


def test_a_statement_longer_than_a_piece_is_refused() -> None:
    with pytest.raises(LimitError, match="a statement of more than 131,072 characters"):
        parse("x = input(64)\nlinear(64, meta={" + '"a": 1,\n' * 40_000 + "})\n")


def test_steps_grow_with_the_lines() -> None:
    steps = [calls_of(parse, "x = input(64)\n" + "linear(64)\n" * n) for n in (4_000, 8_000, 16_000)]
    assert steps[1] <= 2.05 * steps[0]
    assert steps[2] <= 2.05 * steps[1]
