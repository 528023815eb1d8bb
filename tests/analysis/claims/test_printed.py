"""A printed number stands for what it rounds from, and for nothing else."""

import math
from decimal import ROUND_HALF_EVEN, ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.claims.printed import Bounds, Interval, Span, Value, agrees, interval, show, show_printed, with_unit


@given(st.decimals(0, 100, places=6), st.integers(0, 3), st.sampled_from([ROUND_HALF_UP, ROUND_HALF_EVEN]))
def test_any_value_agrees_with_its_rounded_form(value: Decimal, places: int, rounding: str) -> None:
    printed = str(value.quantize(Decimal(1).scaleb(-places), rounding=rounding))
    assert agrees(float(value), printed, "percent")


@given(st.integers(0, 100), st.floats(0.500001, 50))
def test_a_value_further_off_than_half_a_digit_does_not(printed: int, off: float) -> None:
    assert not agrees(printed + off, str(printed), "percent")
    assert not agrees(printed - off, str(printed), "percent")


@pytest.mark.parametrize(
    ("value", "published", "unit", "expected"),
    [
        (41.5, "42", "percent", True),
        (42.5, "42", "percent", True),
        (42.51, "42", "percent", False),
        (0.85, "0.9", "kappa", True),
        (0.849, "0.9", "kappa", False),
        (0.952, "0.95", "kappa", True),
        (0.356, "0.34", "rho", False),
        (74.0, "75", "percent_approx", True),
        # "about 75 %" stands for 72.5 to 77.5, and no further
        (77.5, "75", "percent_approx", True),
        (77.51, "75", "percent_approx", False),
        (72.5, "75", "percent_approx", True),
        (72.49, "75", "percent_approx", False),
        (23.5, "23", "percent_approx", True),
        (23.51, "23", "percent_approx", False),
        (22.49, "23", "percent_approx", False),
        (3.5, "3", "ratio_approx", True),
        (3.51, "3", "ratio_approx", False),
        (2.49, "3", "ratio_approx", False),
        (5.6, "5", "ratio_approx", False),  # times are not said in fives
        (0.45, "0.5", "ratio", True),
        (0.449, "0.5", "ratio", False),
        (89.0, "85", "percent_at_least", True),
        (100.0, "85", "percent_at_most", False),
        (11.5, "11", "count_at_most", False),
        (101, "100", "count_at_least", True),
        (Span(5, 3, 7), "7", "count", True),
        (Span(5, 3, 7), "3", "count", True),
        (Span(5, 3, 7), "8", "count", False),
        (Span(5, 3, 7), "2", "count", False),
        (Span(5, 3, 7), "N/A", "count", False),
        (Bounds(3, 7), "8", "count", False),
        (Bounds(3, 7), "5", "count", True),
        ("5", "5", "count", True),
        (float("inf"), "10", "count_at_least", True),
        (23.4, "23", "percent_approx", True),  # nobody says "about 23" who rounds to fives
        (24.0, "23", "percent_approx", False),
        (12.0, "20", "percent_approx", False),
        (2.8, "3", "ratio_approx", True),
        (85.0, "85", "percent_at_least", True),
        (84.9, "85", "percent_at_least", False),
        (50.0, "50", "percent_more_than", False),
        (50.5, "50", "percent_more_than", True),
        (11, "11", "count_at_most", True),
        (12, "11", "count_at_most", False),
        (99, "100", "count_at_least", False),
        (10, "10", "count", True),
        (11, "10", "count", False),
        (1e-7, "1e-7", "threshold", True),
        (1e-3, "1e-7", "threshold", False),
        ("2023-01-06", "2023-01-06", "date", True),
        ("a; b", "a; b", "ranking", True),
        ("b; a", "a; b", "ranking", False),
        ("N/A", "N/A", "count", True),
        (3, "N/A", "count", False),
        ("5.0", "5", "count", False),  # a text is compared as it is
        (1.005e-7, "1e-7", "threshold", False),
        (1e-7 * (1 + 1e-12), "1e-7", "threshold", True),
        (0.0, "0", "threshold", True),
        (float("nan"), "10", "count", False),
    ],
)
def test_forms(value: Value, published: str, unit: str, expected: bool) -> None:
    assert agrees(value, published, unit) is expected


@pytest.mark.parametrize(
    ("published", "unit"), [("2018", "date"), ("1", "ranking"), ("0.05", "verdict"), ("Infinity", "count"), ("NaN", "rho")]
)  # fmt: skip
def test_what_is_no_quantity_stands_for_no_interval(published: str, unit: str) -> None:
    """A year is not a number between two others, however it is spelt."""
    assert interval(published, unit) is None


@pytest.mark.parametrize(
    ("published", "unit", "wanted"),
    [
        ("42", "percent", (41.5, 42.5, False)),
        ("0.90", "kappa", (0.895, 0.905, False)),
        ("75", "percent_approx", (72.5, 77.5, False)),
        ("23", "percent_approx", (22.5, 23.5, False)),
        ("5", "ratio_approx", (4.5, 5.5, False)),
        ("10", "count", (10, 10, False)),
        ("4", "count_at_most", (-math.inf, 4, False)),
        ("100", "count_at_least", (100, math.inf, False)),
        ("50", "percent_more_than", (50, math.inf, True)),
    ],
)
def test_a_printed_form_stands_for_these_values(published: str, unit: str, wanted: tuple[float, float, bool]) -> None:
    assert interval(published, unit) == wanted


def test_representation_moves_no_value_over_an_end() -> None:
    """Up to 1e-9 beside an end is at the end: inside, or outside where the end is excluded."""
    assert 0.1 + 0.2 > 0.3
    assert Interval(0, 0.3).holds(0.1 + 0.2)
    for off, held in ((1e-9, True), (2e-9, False)):
        assert Interval(0, 1).holds(-off) is held
        assert Interval(-1, 0).holds(off) is held
        assert Interval(0, 1, open_low=True).holds(off) is not held


def test_every_printed_form_of_the_study_is_understood(study: object) -> None:
    claims = study.claims  # type: ignore[attr-defined]
    texts = claims[[interval(row.published, row.unit) is None for row in claims.itertuples()]]
    assert set(texts["unit"]) <= {"ranking", "verdict", "date", "count"}
    assert set(texts[texts["unit"] == "count"]["published"]) <= {"N/A", "archived"}


def test_values_are_shown_as_a_reader_wants_them() -> None:
    values = (None, 3, 55.5, 0.9031324, float("nan"), "a; b", Span(5, 3, 7), Bounds(3, 7))
    assert [show(value) for value in values] == [
        "", "3", "55.5", "0.9031", "undefined", "a; b", "5 (3 to 7)", "3 to 7",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("published", "unit", "shown"),
    [
        ("42", "percent", "42\u00a0%"),
        ("75", "percent_approx", "about 75\u00a0%"),
        ("50", "percent_more_than", "> 50\u00a0%"),
        ("100", "count_at_least", "≥ 100"),
        ("4", "count_at_most", "≤ 4"),
        ("0.34", "rho", "0.34"),
        ("2023-01-06", "date", "2023-01-06"),
    ],
)
def test_printed_numbers_are_shown_as_the_paper_says_them(published: str, unit: str, shown: str) -> None:
    assert show_printed(published, unit) == shown


def test_what_is_no_number_gets_no_unit() -> None:
    assert with_unit("", "percent") == ""
    assert with_unit("undefined", "percent") == "undefined"
    assert with_unit("5 (3 to 7)", "percent") == "5 (3 to 7)"


@pytest.mark.parametrize("number", ["7", "42", "4.5", "0.25"])
def test_a_share_gets_its_sign(number: str) -> None:
    assert with_unit(number, "percent_at_most") == f"{number}\u00a0%"
    assert with_unit(number, "count") == number
