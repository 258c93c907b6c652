"""What may be typed into a field, what comes of it, and what is said when nothing does."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.widgets import Bounds, GroupsCodec, NumberCodec, TupleCodec, ValueRefused, format_number
from app.widgets.codecs import TIMES, step_along_ladder

WHOLE = NumberCodec(integer=True, bounds=Bounds(1, 4096))
RATE = NumberCodec(bounds=Bounds(0, None, exclusive_minimum=True))
SHARE = NumberCodec(bounds=Bounds(0, 1, exclusive_maximum=True))
PAIR = TupleCodec(2, Bounds(1, 64))


@pytest.mark.parametrize(
    ("codec", "text", "value"),
    [
        (WHOLE, "64", 64),
        (WHOLE, " 64 ", 64),
        (WHOLE, "6.4e1", 64),
        (WHOLE, "1 024", 1024),
        (RATE, "1e-3", 0.001),
        (RATE, "1E-3", 0.001),
        (RATE, "0,001", 0.001),
        (RATE, ".5", 0.5),
        (NumberCodec(), "\N{MINUS SIGN}2.5", -2.5),
        (NumberCodec(optional=True), "  ", None),
        (PAIR, f"3 {TIMES} 5", (3, 5)),
        (PAIR, "3x5", (3, 5)),
        (PAIR, "3, 5", (3, 5)),
        (PAIR, "(3, 5)", (3, 5)),
        (PAIR, "7", (7, 7)),
        (TupleCodec(None), "4 5 6", (4, 5, 6)),
    ],
)
def test_a_text_is_read_as_the_value_it_means(
    codec: NumberCodec | TupleCodec, text: str, value: object
) -> None:
    read = codec.parse(text)
    assert read == value
    assert type(read) is type(value)


@pytest.mark.parametrize(
    ("codec", "text", "sentence"),
    [
        (WHOLE, "abc", "Give a whole number from 1 to 4096; \u201cabc\u201d is not one."),
        (WHOLE, "", "Give a whole number from 1 to 4096; it is empty now."),
        (WHOLE, "2.5", "Give a whole number from 1 to 4096; \u201c2.5\u201d is not one."),
        (WHOLE, "0", "Give a whole number from 1 to 4096; 0 is too small."),
        (WHOLE, "5000", "Give a whole number from 1 to 4096; 5000 is too large."),
        (WHOLE, "3 3", "Give a whole number from 1 to 4096; \u201c3 3\u201d is not one."),
        (WHOLE, "1,024", "Write 1024 without a comma."),
        (RATE, "0", "Give a number above 0; 0 is too small."),
        (RATE, "inf", "Give a number above 0; \u201cinf\u201d is not one."),
        (RATE, "nan", "Give a number above 0; \u201cnan\u201d is not one."),
        (RATE, "1_0", "Give a number above 0; \u201c1_0\u201d is not one."),
        (SHARE, "1", "Give a number of at least 0 and below 1; 1 is too large."),
        (NumberCodec(optional=True), "x", "Give a number, or nothing; \u201cx\u201d is not one."),
        (PAIR, "1 2 3", f"Give 2 whole numbers, such as 3 {TIMES} 3; \u201c1 2 3\u201d is not that."),
        (PAIR, "", f"Give 2 whole numbers, such as 3 {TIMES} 3; \u201c\u201d is not that."),
        (PAIR, "3 x 100", "Give a whole number from 1 to 64; 100 is too large."),
    ],
)
def test_what_is_no_value_is_refused_in_a_sentence(
    codec: NumberCodec | TupleCodec, text: str, sentence: str
) -> None:
    with pytest.raises(ValueRefused) as refusal:
        codec.parse(text)
    assert str(refusal.value) == sentence


@pytest.mark.parametrize(
    ("number", "text"),
    [(64, "64"), (0.001, "0.001"), (1e-7, "1e-7"), (2.0, "2"), (1e20, "1e20"), (-0.25, "-0.25"), (0, "0")],
)
def test_numbers_are_written_shortly(number: float, text: str) -> None:
    assert format_number(number) == text


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_every_number_survives_being_written_and_read(number: float) -> None:
    assert NumberCodec().parse(format_number(number)) == number


@given(st.lists(st.integers(1, 10**6), min_size=1, max_size=5))
def test_every_tuple_survives_being_written_and_read(numbers: list[int]) -> None:
    codec = TupleCodec(len(numbers))
    assert codec.parse(codec.format(numbers)) == tuple(numbers)


@pytest.mark.parametrize(
    ("codec", "start", "steps", "end"),
    [
        (WHOLE, 64, 1, 65),
        (WHOLE, 64, -10, 54),
        (WHOLE, 4096, 1, 4096),
        (WHOLE, 1, -5, 1),
        (NumberCodec(integer=True, increment=8), 16, 1, 24),
        (RATE, 0.001, 1, 0.002),
        (RATE, 0.001, -1, 0.0005),
        (RATE, 0.003, 1, 0.005),
        (SHARE, 0.5, 1, 0.55),
        (SHARE, 0.95, 1, 0.95),
        (NumberCodec(integer=True, bounds=Bounds(5), optional=True), None, 1, 5),
    ],
)
def test_arrows_step_within_the_bounds(codec: NumberCodec, start: object, steps: int, end: object) -> None:
    stepped = codec.step(start, steps)
    assert stepped == pytest.approx(end)
    assert type(stepped) is type(end)


def test_arrows_step_all_parts_of_a_tuple() -> None:
    assert PAIR.step((3, 64), 1) == (4, 64)


@given(st.integers(-8, 8), st.sampled_from([1.0, 2.0, 5.0]), st.integers(-6, 6))
def test_the_ladder_leads_back(exponent: int, mantissa: float, steps: int) -> None:
    start = float(f"{mantissa}e{exponent}")
    there = step_along_ladder(start, steps)
    if there > 0:  # below the finest rung lies zero, and beyond it another ladder
        assert math.isclose(step_along_ladder(there, -steps), start)


def test_the_ladder_ends_at_zero() -> None:
    assert step_along_ladder(1e-9, -3) <= 0


def test_values_of_the_wrong_kind_are_refused() -> None:
    with pytest.raises(TypeError, match="holds numbers"):
        WHOLE.format("64")
    with pytest.raises(TypeError, match="sequence"):
        PAIR.format(3)


@pytest.mark.parametrize(
    ("codec", "text", "value", "written"),
    [
        (TupleCodec(None, integer=False), "0.5, -2 1e-3", (0.5, -2.0, 0.001), "0.5  -2  0.001"),
        (TupleCodec(None, gaps=True), "? 3 ?", (None, 3, None), f"? {TIMES} 3 {TIMES} ?"),
        (TupleCodec(2, optional=True), " ", None, ""),
        (TupleCodec(None, least=0), "", (), ""),
        (GroupsCodec(2, PAIR), "1 2; 3", ((1, 2), (3, 3)), f"1 {TIMES} 2, 3 {TIMES} 3"),
    ],
)
def test_lists_of_other_kinds(
    codec: TupleCodec | GroupsCodec, text: str, value: object, written: str
) -> None:
    assert codec.parse(text) == value
    assert codec.format(value) == written
    assert codec.parse(written) == value


def test_groups_and_gaps_step_together() -> None:
    assert GroupsCodec(2, PAIR).step(((1, 2), (3, 64)), 1) == ((2, 3), (4, 64))
    assert TupleCodec(None, gaps=True).step((None, 3), 1) == (None, 4)
    assert TupleCodec(2, optional=True).step(None, 1) == (1, 1)
    with pytest.raises(ValueRefused, match="2 groups"):
        GroupsCodec(2, PAIR).parse("1 2, 3 4, 5 6")
