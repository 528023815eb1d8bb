import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from conversion.workers.differences import METRICS, RELATIVE, differences, norm

FLOATS = {np.float16: 16, np.float32: 32, np.float64: 64}


def pairs(kind: Any, width: int, *, finite: bool = False) -> st.SearchStrategy[tuple[Any, Any]]:
    numbers = st.floats(width=width, allow_nan=not finite, allow_infinity=not finite)  # type: ignore[arg-type]
    arrays = hnp.arrays(kind, st.shared(hnp.array_shapes(max_dims=2, max_side=4), key="shape"), elements=numbers)
    return st.tuples(arrays, arrays)


@given(pairs(np.float32, 32))
def test_metrics_agree_with_an_element_by_element_reading(pair: tuple[Any, Any]) -> None:
    expected, actual = pair
    found = differences(expected, actual)
    elements = [(float(a), float(b)) for a, b in zip(expected.flat, actual.flat, strict=True)]
    if expected.tobytes() == actual.tobytes():
        assert found is None
        return
    assert found is not None
    nan = [(a, b) for a, b in elements if math.isnan(a) != math.isnan(b)]
    numbers = [(a, b) for a, b in elements if not (math.isnan(a) or math.isnan(b))]
    infinite = [(a, b) for a, b in numbers if a != b and (math.isinf(a) or math.isinf(b))]
    usable = [(a, b) for a, b in numbers if not (math.isinf(a) or math.isinf(b))]
    gaps = [abs(a - b) for a, b in usable]
    assert found["nan"] == len(nan)
    assert found["infinite"] == len(infinite)
    assert found["max_abs"] == pytest.approx(max(gaps, default=0), rel=1e-8)
    assert found["max_rel1"] == pytest.approx(max((abs(a - b) / (1 + abs(a)) for a, b in usable), default=0), rel=1e-8)
    assert found["beyond_torch"] == sum(abs(a - b) > 1e-7 + 1e-3 * abs(a) for a, b in usable)
    assert found["beyond_1e-7"] == sum(gap > 1e-7 for gap in gaps)
    assert list(found) == list(METRICS)


def test_every_metric_by_hand() -> None:
    nan, inf = math.nan, math.inf
    expected = np.array([1, nan, nan, inf, inf, 0.5, 0, 4], dtype=np.float64)
    actual = np.array([1, nan, 2, inf, 3, 0.25, 1, 4.5], dtype=np.float64)
    found = differences(expected, actual)
    assert found is not None
    # four pairs of numbers, 0, 0.25, 1 and 0.5 apart; of the third the relative difference has no meaning
    by_hand = {
        "max_abs": 1, "max_rel": 0.5, "max_rel1": 1, "rms": math.sqrt(1.3125 / 4), "unequal": 5, "beyond_1e-7": 3,
        "beyond_torch": 3, "nan": 1, "infinite": 1,
    }  # fmt: skip
    assert {name: found[name] for name in by_hand} == pytest.approx(by_hand, rel=1e-8)
    for relative in RELATIVE:
        assert found[f"excess_{relative:.0e}"] == pytest.approx(max(0.25 - relative / 2, 1, 0.5 - 4 * relative))


def test_whole_numbers_have_no_units_in_the_last_place() -> None:
    found = differences(np.array([1, 2]), np.array([1, 7]))
    assert found is not None
    assert (found["max_abs"], found["ulp"]) == (5, 0)


@given(pairs(np.float32, 32, finite=True), st.sampled_from(RELATIVE))
def test_the_excess_is_the_absolute_tolerance_that_numpy_needs(pair: tuple[Any, Any], relative: float) -> None:
    expected, actual = (side.astype(np.float64) for side in pair)
    found = differences(*pair)
    if found is None:
        return
    excess = found[f"excess_{relative:.0e}"]
    # numpy.isclose is relative to its second argument
    assert np.isclose(actual, expected, rtol=relative, atol=excess * (1 + 1e-7) + 1e-300).all()
    if excess > 1e-30:
        assert not np.isclose(actual, expected, rtol=relative, atol=excess * (1 - 1e-7)).all()


@pytest.mark.parametrize("kind", FLOATS)
@given(data=st.data(), steps=st.integers(0, 40))
def test_ulp_counts_the_values_between(kind: Any, data: st.DataObject, steps: int) -> None:
    start = kind(data.draw(st.floats(width=FLOATS[kind], min_value=-1000, max_value=1000)))  # type: ignore[call-overload]
    end = start
    for _ in range(steps):
        end = np.nextafter(end, kind(2000))
    found = differences(np.array([start]), np.array([end]))
    zeros = found is None or (start == 0 and end == 0)
    assert (0 if zeros else found["ulp"]) == steps  # type: ignore[index]


@given(hnp.arrays(np.int64, 3), hnp.arrays(np.int64, 3))
def test_integers_are_subtracted_without_overflow(first: Any, second: Any) -> None:
    found = differences(first, second)
    exact = max(abs(int(a) - int(b)) for a, b in zip(first, second, strict=True))
    assert (0 if found is None else found["max_abs"]) == pytest.approx(exact, rel=1e-8)
    assert (0 if found is None else found["unequal"]) == np.count_nonzero(first != second)


@given(pairs(np.float32, 32, finite=True))
def test_swapping_the_sides_changes_no_symmetric_metric(pair: tuple[Any, Any]) -> None:
    one, other = differences(*pair), differences(pair[1], pair[0])
    for name in ("max_abs", "ulp", "rms", "unequal", "nan", "infinite"):
        assert (one or dict.fromkeys(METRICS, 0))[name] == pytest.approx((other or dict.fromkeys(METRICS, 0))[name])


def test_booleans_complex_numbers_and_nothing_at_all() -> None:
    flipped = differences(np.array([True, False]), np.array([True, True]))
    assert flipped is not None
    assert (flipped["unequal"], flipped["max_abs"]) == (1, 1)
    turned = differences(np.array([3 + 4j]), np.array([0j]))
    assert turned is not None
    assert turned["max_abs"] == 5
    assert differences(np.zeros((0, 3), np.float32), np.zeros((0, 3), np.float32)) is None


def test_a_truth_in_more_digits_is_compared_as_it_is() -> None:
    found = differences(np.array([1 / 3]), np.array([1 / 3], dtype=np.float32))
    assert found is not None
    assert found["max_abs"] == pytest.approx(abs(1 / 3 - float(np.float32(1 / 3))), rel=1e-7)
    assert found["ulp"] == 0


def test_the_norm_leaves_out_what_is_not_finite() -> None:
    assert norm(np.array([-3.0, np.inf, np.nan], dtype=np.float32)) == 3
    assert norm(np.array([np.nan])) == 0
