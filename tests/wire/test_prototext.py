"""Protocol buffers as text: every form that their own writer and reader take, held against them."""

from __future__ import annotations

import pytest

from netledger.errors import FormatError, LimitError
from netledger.limits import NAME_BYTES
from netledger.wire.prototext import parse

TEXTS = [
    "dim: 1 dim: 2",
    "dim: [1, 2, 3] dim: 4",
    "dim: []",
    "name: 'a' 'b' \"c\" dim: 3",
    "name: 'a\\tb'; dim: 1, dim: 2;",
    "shape < dim: 1 > shape { dim: [5] },",
    "shape: { dim: 7 } # and so on",
    "string: ['x' 'y', 'z']",
]


@pytest.mark.parametrize("text", TEXTS)
def test_fields_are_those_that_google_s_reader_finds(text: str) -> None:
    """By a message of whole numbers, texts and messages, made here."""
    descriptor = pytest.importorskip("google.protobuf.descriptor_pb2")
    from google.protobuf import descriptor_pool, message_factory, text_format

    file = descriptor.FileDescriptorProto(name="t.proto", package="t")
    message = file.message_type.add(name="M")
    for number, (name, kind) in enumerate((("dim", 3), ("name", 9), ("shape", 11), ("string", 9)), 1):
        more = {"type_name": ".t.M"} if kind == 11 else {}
        message.field.add(name=name, number=number, type=kind, label=1 if name == "name" else 3, **more)
    pool = descriptor_pool.DescriptorPool()
    pool.Add(file)
    theirs = text_format.Parse(text, message_factory.GetMessageClass(pool.FindMessageTypeByName("t.M"))())
    ours = parse(text)
    assert ours.texts("dim") == [str(one) for one in theirs.dim]
    assert ours.texts("name") == [theirs.name] * bool(theirs.name)
    assert ours.texts("string") == list(theirs.string)
    assert [one.texts("dim") for one in ours.messages("shape")] == [[str(d) for d in one.dim] for one in theirs.shape]


@pytest.mark.parametrize(
    ("text", "why"),
    [("dim: [1, {", "a list of plain values was expected"), ("dim: [1", "a list of plain values was expected"),
     ("dim: }", "field 'dim' has no value"), ("dim 3", "no ':' between"), ("3: 4", "expected a field name"),
     ("name: 'a", "a string is never closed")],
)  # fmt: skip
def test_what_cannot_be_is_refused(text: str, why: str) -> None:
    with pytest.raises(FormatError, match=why):
        parse(text)


def test_a_word_without_end_is_refused() -> None:
    with pytest.raises((FormatError, LimitError), match="a word of more than"):
        parse("x" * (NAME_BYTES + 1) + ": 1")
