from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kolhub.roster.numbers import decimal_mark, read_number, read_rate
from kolhub.roster.problems import SEVERITIES


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.2M", 1_200_000),
        ("409.8M", 409_800_000),
        ("4.53w", 45_300),
        ("4.53W", 45_300),
        ("3.2万", 32_000),
        ("3.2萬", 32_000),
        ("1亿", 100_000_000),
        ("1.5億", 150_000_000),
        ("5천", 5_000),
        ("3만", 30_000),
        ("12,345", 12_345),
        ("1,234,567", 1_234_567),
        ("12,34,567", 1_234_567),
        ("1.234.567", 1_234_567),
        ("1.234,5", Decimal("1234.5")),
        ("1,234.5", Decimal("1234.5")),
        ("12 345", 12_345),
        ("1\u00a0234\u00a0567", 1_234_567),
        ("1'234'567", 1_234_567),
        ("29.0b", 29_000_000_000),
        ("3.3k", 3_300),
        ("0.89k", 890),
        ("12,3万", 123_000),
        ("１２．５万", 125_000),
        ("٤٥٣", 453),
        ("1亿2000万", 120_000_000),
        ("1万2千", 12_000),
        ("300万粉丝", 3_000_000),
        ("1.2M followers", 1_200_000),
        ("1.5 mln", 1_500_000),
        ("2 crore", 20_000_000),
        ("249500000.0", 249_500_000),
        ("0", 0),
        (48500000, 48_500_000),
        (323.5, Decimal("323.5")),
    ],
)
def test_numbers_are_read(text, value):
    reading = read_number(text)
    assert (reading.value, reading.problem) == (value, None)


@pytest.mark.parametrize(
    "text", ["", "-", "--", "—", "N/A", "n/a", "#N/A", "NaN", "null", "暂无", "Unknown", "なし", None]
)
def test_nothing_known_is_neither_a_number_nor_a_problem(text):
    assert read_number(text) == read_number(None)
    assert read_number(text).value is None and read_number(text).problem is None


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("12,3", "ambiguous_separator"),
        ("12.345", "ambiguous_separator"),
        ("12,345K", "ambiguous_separator"),
        ("1.38E+10", "scientific_notation"),
        ("1,38e10", "scientific_notation"),
        ("#VALOR!", "spreadsheet_error"),
        ("#VALUE!", "spreadsheet_error"),
        ("#REF!", "spreadsheet_error"),
        ("#DIV/0!", "spreadsheet_error"),
        ("#¡DIV/0!", "spreadsheet_error"),
        ("########", "spreadsheet_error"),
        ("3K-30K", "number_range"),
        ("10万~20万", "number_range"),
        ("1,2,3", "malformed_number"),
        ("1.2.3", "malformed_number"),
        ("3 5", "malformed_number"),
        ("1,234,5", "malformed_number"),
        ("2.5 mil", "ambiguous_unit"),
        ("-5405", "negative_number"),
        ("viele", "not_a_number"),
        ("1.2Mx", "not_a_number"),
        (True, "not_a_number"),
        (1.38e16, "precision_lost"),
        (-3, "negative_number"),
        ("9" * 200, "not_a_number"),
    ],
)
def test_what_is_not_certain_is_a_problem_and_never_a_guess(text, problem):
    reading = read_number(text)
    assert (reading.value, reading.problem) == (None, problem)


def test_hedges_are_kept_as_notes():
    assert (read_number("10w+").value, read_number("10w+").note) == (100_000, "lower_bound")
    assert (read_number("约3万").value, read_number("约3万").note) == (30_000, "approximate_number")


def test_the_columns_decimal_mark_settles_what_one_cell_leaves_open():
    comma = decimal_mark(["1.234,5", "12,75", "3.456.789"])
    assert comma == ","
    assert read_number("12.345", comma).value == 12_345
    assert read_number("12,3", comma).value == Decimal("12.3")
    assert decimal_mark(["1,234.5", "12.75", "0.5"]) == "."
    assert read_number("12.345", ".").value == Decimal("12.345")
    assert read_number("12,345K", ".").value == 12_345_000
    assert decimal_mark(["12,3"]) == "", "one odd cell proves nothing"
    assert decimal_mark(["12,75", "1,5", "2,5", "1.5"]) == "", "a column of two minds proves nothing"


def test_two_writings_of_one_number_agree_within_the_last_digit():
    assert read_number("409.8M").agrees_with(read_number("409812345"))
    assert not read_number("409.8M").agrees_with(read_number("419812345"))
    assert not read_number("1.2M").agrees_with(read_number("120000"))


@pytest.mark.parametrize(
    ("cell", "unit", "share"),
    [
        ("1.39%", "", "0.0139"),
        ("１.３９％", "", "0.0139"),
        ("1,39%", "", "0.0139"),
        ("0", "", "0"),
        ("1.39", "percent", "0.0139"),
        ("0.0139", "ratio", "0.0139"),
        (0.0139, "ratio", "0.0139"),
        ("80", "percent", "0.8"),
    ],
)
def test_rates(cell, unit, share):
    assert read_rate(cell, unit).value == Decimal(share)


@pytest.mark.parametrize(
    ("cell", "problem"),
    [("0.5", "rate_unit_unknown"), ("1%-3%", "number_range"), ("high", "not_a_rate"), ("NaN%", None)],
)
def test_rates_that_are_none(cell, problem):
    assert (read_rate(cell).value, read_rate(cell).problem) == (None, problem)


@given(st.integers(0, 10**12), st.sampled_from(["{}", "{:,}", " {} "]))
def test_whole_numbers_survive_every_way_of_writing_them(number, style):
    assert read_number(style.format(number)).value == number


@given(st.text(max_size=30))
def test_any_text_gives_a_value_or_a_known_problem(text):
    reading = read_number(text)
    assert reading.problem is None or reading.problem in SEVERITIES
    assert reading.value is None or (reading.value >= 0 and reading.problem is None)
    read_rate(text, "percent")
    decimal_mark([text])
