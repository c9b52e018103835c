"""Records: immutable values; and the small pieces under them: Unknown, Count, dtypes, printable, errors."""

from __future__ import annotations

import copy
import json
import operator
import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import netledger
from netledger import errors
from netledger.dtypes import BITS, bytes_of, dtype_named
from netledger.network import Tensor
from netledger.printable import printable
from netledger.unknown import Count, Unknown, least, sum_up, unknowns_of


def test_records_are_values():
    one, same, other = Tensor("w", "weight", (2, 3)), Tensor("w", "weight", (2, 3)), Tensor("w", "weight", (3, 2))
    assert one == same
    assert hash(one) == hash(same)
    assert one != other
    assert one != "w"
    assert one.replace(shape=(3, 2)) == other
    assert copy.deepcopy(one) == one
    assert pickle.loads(pickle.dumps(one)) == one
    assert repr(Unknown("why")) == "Unknown(reason='why')"


def test_records_do_not_change():
    tensor = Tensor("w", "weight", (2, 3))
    with pytest.raises(AttributeError, match="Tensor is immutable: name cannot be set"):
        tensor.name = "v"
    with pytest.raises(AttributeError, match="cannot be deleted"):
        del tensor.name
    with pytest.raises(TypeError, match="Tensor has no field 'colour'"):
        tensor.replace(colour="red")


PARTS = st.one_of(st.integers(0, 10**20), st.builds(Unknown, st.sampled_from("abc")))
NUMBERS = st.lists(PARTS, max_size=4).map(sum_up)
OPEN = st.builds(Count, st.integers(0, 10**20), st.frozensets(st.builds(Unknown, st.sampled_from("abc")), min_size=1))


@settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine's first draw takes a second
@given(st.lists(PARTS, max_size=8))
def test_a_sum_is_an_int_unless_something_in_it_is_unknown(values):
    total = sum_up(values)
    assert (type(total) is int) == all(isinstance(value, int) for value in values)
    assert least(total) == sum(value for value in values if isinstance(value, int))
    assert unknowns_of(total) == {value for value in values if isinstance(value, Unknown)}
    assert sum(values) == total


@given(NUMBERS, NUMBERS, NUMBERS)
def test_counts_add_like_numbers_and_keep_what_is_unknown(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert least(a + b) == least(a) + least(b)
    assert unknowns_of(a + b) == unknowns_of(a) | unknowns_of(b)
    assert sum([a, b, c]) == a + b + c


@given(NUMBERS, st.integers(0, 5))
def test_multiples_keep_unknowns_except_zero_times(count, factor):
    product = count * factor
    assert least(product) == least(count) * factor
    assert unknowns_of(product) == (unknowns_of(count) if factor else frozenset())
    assert factor * count == product
    assert product == sum_up([count] * factor)


@given(NUMBERS, NUMBERS)
def test_a_difference_with_an_unknown_is_unknown(a, b):
    difference = a - b
    assert isinstance(difference, Unknown) == bool(unknowns_of(a) | unknowns_of(b))
    if not isinstance(difference, Unknown):
        assert difference == least(a) - least(b)


@given(OPEN, st.integers(-5, 10**21), st.integers(0, 10**21))
def test_a_comparison_answers_only_what_no_value_of_the_unknown_changes(count, other, unknown):
    """Whatever the unknown part really is, the answer given is the answer of the real number."""
    real = count.exact + unknown
    for compare in (operator.gt, operator.ge, operator.lt, operator.le):
        try:
            said = compare(count, other)
        except ValueError as error:
            assert "is open: " in str(error)  # noqa: PT017
            assert compare(count.exact, other) != compare(count.exact + abs(other) + 1, other)
        else:
            assert said == compare(real, other)
            assert said == {operator.gt: operator.lt, operator.lt: operator.gt, operator.ge: operator.le,
                            operator.le: operator.ge}[compare](other, count)  # fmt: skip


@given(OPEN, st.integers(0, 10**21))
def test_an_open_count_equals_no_int(count, other):
    assert count != other
    assert {count: 1}.get(other) is None


@pytest.mark.parametrize(
    "use", [int, float, operator.index, lambda n: n / 2, lambda n: 2 / n, lambda n: n // 2, lambda n: n % 2, range]
)
@pytest.mark.parametrize("count", [sum_up([60, Unknown("no rule for 'Foo'")])])
def test_an_open_count_refuses_to_be_a_number_with_a_sentence(use, count):
    with pytest.raises(ValueError, match=r"^not an exact count, at least 60: no rule for 'Foo'$"):
        use(count)


def test_an_open_count_is_not_written_as_json():
    with pytest.raises(TypeError, match="not JSON serializable"):
        json.dumps({"n": sum_up([60, Unknown("x")])})


def test_how_counts_are_written_and_refused():
    open_count = sum_up([1_234_567, Unknown("x")])
    nothing = sum_up([Unknown("x")])
    assert str(open_count) == f"{open_count}" == f"{open_count:,}" == "≥ 1,234,567"
    assert (f"{open_count:>14,}|", f"{open_count:<14,}|", f"{open_count:d}") == (
        "   ≥ 1,234,567|", "≥ 1,234,567   |", "≥ 1234567"
    )  # fmt: skip
    assert str(nothing) == f"{nothing:,}" == f"{Unknown('x'):,}" == "unknown"
    assert f"{nothing:>9}" == "  unknown"
    with pytest.raises(ValueError, match="a Count holds an Unknown; without one 7 is an int"):
        Count(7, frozenset())
    with pytest.raises(ValueError, match="times -2 it would say at most"):
        open_count * -2
    with pytest.raises(TypeError):
        open_count + "1"
    with pytest.raises(TypeError):
        open_count > "1"  # noqa: B015


ALEXNET = {"parameters": 60_965_224, "weights": 60_954_656, "biases": 10_568, "macs": 724_406_816, "neurons": 659_272}


def test_the_totals_of_a_known_network_are_plain_ints():
    """Everything that a person does with a number in Python; the figures are the paper's own layers, added by hand."""
    totals = netledger.count("alexnet").totals
    assert {name: getattr(totals, name) for name in ALEXNET} == ALEXNET
    assert {type(value) for value in totals.as_dict().values()} == {int}
    assert f"{totals.parameters:,}" == "60,965,224"
    assert totals.parameters / 1e6 == 60.965224
    assert json.loads(json.dumps(totals.as_dict())) == totals.as_dict()
    assert sum([totals.weights, totals.biases]) == totals.parameters > 0
    assert np.array([totals.parameters]).dtype == np.int64
    assert pd.DataFrame({"n": [totals.parameters, 1]})["n"].sum() == 60_965_225


def test_the_totals_of_a_network_with_an_unknown_say_at_least():
    """5·5·3·4 + 4 = 304 parameters; what the loop holds nobody knows, so that its MACs are a least."""
    network = netledger.count("x = input(3, 8, 8)\nconv = conv2d(4, kernel_size=5)\ny = operation('Loop', 'its body')")
    assert network.totals.macs > 4_000
    assert f"{network.totals.macs:,}" == "≥ 4,800"
    with pytest.raises(ValueError, match="at least 4,800"):
        _ = network.total_mult_adds
    assert network.to_dict()["totals"]["macs"] == 4_800
    assert "macs" in network.to_dict()["totals"]["at_least"]


@pytest.mark.parametrize(
    ("elements", "dtype", "size"),
    [(60_965_224, "float32", 243_860_896), (3, "int4", 2), (1, "bool", 1), (10, "complex128", 160), (0, "float64", 0)],
)
def test_bytes_of_packed_values(elements, dtype, size):
    assert bytes_of(elements, dtype) == size


def test_dtype_names():
    assert dtype_named("HALF") == "float16"
    assert all(dtype_named(name) == name for name in BITS)
    with pytest.raises(errors.UsageError, match="unknown dtype 'flot32': did you mean 'float32'"):
        dtype_named("flot32")
    with pytest.raises(errors.UsageError, match="known are"):
        dtype_named("zzzzzz")


def test_tensors_know_their_bytes_or_why_not():
    assert Tensor("w", "weight", (3, 3), "int4").bytes == 5
    assert Tensor("w", "weight", (3, 3), nbytes=7).bytes == 7
    assert Tensor("w", "weight", (3, 3), elements=72).count == 72
    assert Tensor("w", "weight", ()).count == 1
    assert Tensor("w", "weight", (0, Unknown("n"))).count == 0
    assert isinstance(Tensor("w", "weight", (2, Unknown("n"))).bytes, Unknown)
    assert isinstance(Tensor("w", "weight", (2,), "q9").bytes, Unknown)


@given(st.text(max_size=300))
def test_printable_text_holds_nothing_that_steers_a_terminal(text):
    shown = printable(text)
    assert shown.isprintable()
    assert not any(character in shown for character in "\u202e\u200b\u2028\x1b\r\n\x00\ufeff")
    assert len(printable(text, most=10)) <= 10 * 10 + 1


def test_printable_examples():
    assert printable("conv1 ✓ 畳み込み") == "conv1 ✓ 畳み込み"
    assert printable("\x1b]8;;http://x\x07") == "\\x1b]8;;http://x\\x07"
    assert printable("\u202e") == "\\u202e"
    assert printable("\U000e0041") == "\\U000e0041"
    assert printable("x" * 300) == "x" * 256 + "…"


@pytest.mark.parametrize(
    "code", [0x3164, 0x115F, 0xFFA0, 0x034F, 0x2800, 0x17B4, 0xFE0E, 0xFE0F, 0xE0101, 0x00AD, 0x200B]
)
def test_letters_that_show_nothing_are_told(code):
    assert printable(f"conv{chr(code)}1") == f"conv\\{'x' if code < 256 else 'u' if code < 0x10000 else 'U'}" + (
        f"{code:02x}1" if code < 256 else f"{code:04x}1" if code < 0x10000 else f"{code:08x}1"
    )


def test_a_selector_behind_a_picture_stays():
    assert printable("⚠️ careful") == "⚠️ careful"


def _every_error(root=errors.NetledgerError):
    return [root, *[error for child in root.__subclasses__() for error in _every_error(child)]]


@pytest.mark.parametrize("kind", _every_error(), ids=lambda kind: kind.__name__)
def test_errors_travel_between_processes(kind):
    """As ``concurrent.futures`` and ``multiprocessing`` send them: pickled, with the place and the hint."""
    made = kind("torch", "train", "training") if issubclass(kind, errors.MissingExtraError) else kind("why")
    made.at(file="a.onnx", line=3, column=7, item="fc8")
    made.hint = "try again"
    came = pickle.loads(pickle.dumps(made))
    assert (type(came), str(came), vars(came)) == (kind, str(made), vars(made))


def test_the_error_tree():
    for error in (errors.UsageError, errors.DataError, errors.LimitError):
        assert issubclass(error, ValueError)
    assert issubclass(errors.NotFoundError, LookupError)
    assert issubclass(errors.MissingExtraError, ImportError)
    assert issubclass(errors.FormulaError, ArithmeticError)
    codes = {error.exit_code for error in (errors.UsageError, errors.DataError, errors.NotFoundError)}
    assert codes == {2, 65, 66}
    assert errors.MissingExtraError("torch", "torch", "a live model").exit_code == 69


def test_errors_say_where_once():
    error = errors.FormatError("bad").at(item="tensor 'x'", byte=7).at(file="a.onnx", byte=99, item="outer")
    assert str(error) == "a.onnx: tensor 'x': bad (at byte 7)"
    placed = errors.NotationError("bad").at(line=3, column=5).at(line=9)
    assert str(placed) == "line 3, column 5: bad"
    assert str(errors.DataError("a\x1b[0m\nb")) == "a\\x1b[0m\\x0ab"


def test_suggestions():
    assert str(errors.NotFoundError("no network 'x'", near=("a", "b"))) == "no network 'x': did you mean 'a' or 'b'?"
    assert errors.nearest("x" * 300, ["y"]) == ()
    assert errors.or_list(["a"]) == "'a'"
    assert str(errors.MissingExtraError("torch", "train", "training")) == (
        'training needs torch: pip install "netledger[train]"'
    )
