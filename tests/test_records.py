"""Records: immutable values; and the small pieces under them: Unknown, Count, dtypes, printable, errors."""

from __future__ import annotations

import copy
import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netledger import errors
from netledger.dtypes import BITS, bytes_of, dtype_named
from netledger.network import Tensor
from netledger.printable import printable
from netledger.unknown import Count, Unknown


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


COUNTS = st.builds(
    Count, st.integers(-(10**20), 10**20), st.frozensets(st.builds(Unknown, st.sampled_from("abc")), max_size=2)
)


@given(COUNTS, COUNTS, COUNTS)
def test_counts_add_like_numbers_and_keep_what_is_unknown(a, b, c):
    assert a + b == b + a
    assert (a + b) + c == a + (b + c)
    assert (a + b).exact == a.exact + b.exact
    assert (a + b).unknowns == a.unknowns | b.unknowns
    assert sum([a, b, c]) == a + b + c


@given(COUNTS, st.integers(-5, 5))
def test_multiples_keep_unknowns_except_zero_times(count, factor):
    product = count * factor
    assert product.exact == count.exact * factor
    assert product.unknowns == (count.unknowns if factor else frozenset())
    assert factor * count == product


@given(COUNTS, COUNTS)
def test_a_difference_with_an_unknown_is_unknown(a, b):
    difference = a - b
    assert isinstance(difference, Unknown) == bool(a.unknowns | b.unknowns)
    if not isinstance(difference, Unknown):
        assert difference == a.exact - b.exact


def test_how_counts_are_written_and_refused():
    assert str(Count(1_234_567)) == "1,234,567"
    assert str(Count(5) + Unknown("x")) == "≥ 5"
    assert str(Count.of(Unknown("x"))) == "unknown"
    assert Count(7).value == int(Count(7)) == 7
    assert (Count(7) + Unknown("x")).value is None
    with pytest.raises(ValueError, match="not an exact count: no rule"):
        int(Count(7) + Unknown("no rule"))


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


def test_carets_stand_under_the_place():
    error = errors.NotationError("unknown kind")
    assert error.caret() == ""
    error.at(line=1, column=5)
    error.source_line = "x = conv2\n"
    assert error.caret().splitlines() == ["    x = conv2", "        ^"]


def test_suggestions():
    assert str(errors.NotFoundError("no network 'x'", near=("a", "b"))) == "no network 'x': did you mean 'a' or 'b'?"
    assert errors.nearest("x" * 300, ["y"]) == ()
    assert errors.or_list(["a"]) == "'a'"
    assert str(errors.MissingExtraError("torch", "train", "training")) == (
        'training needs torch: pip install "netledger[train]"'
    )
