"""When to ask again: bounds that hold whatever the headers say."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mining.github.progress import estimate
from mining.github.troubles import LONGEST_WAIT, classify, limit_wait

NOW = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]),
    st.one_of(st.sampled_from(["0", "1", "60", "1714521900"]), st.text(max_size=12)),
)


@given(HEADERS, st.integers(1, 50))
def test_the_wait_is_never_zero_nor_longer_than_githubs_hour(headers, repeated):
    wait = limit_wait(headers, NOW, repeated)
    assert 1 <= wait.seconds <= LONGEST_WAIT
    assert wait.seconds <= wait.asked


@given(
    HEADERS.filter(lambda headers: "retry-after" not in headers and headers.get("x-ratelimit-remaining") != "0"),
    st.integers(1, 50),
)
def test_without_advice_it_is_a_minute_at_least_and_an_hour_at_most(headers, repeated):
    assert 60 <= limit_wait(headers, NOW, repeated).seconds <= 3600


@pytest.mark.parametrize(
    ("headers", "seconds", "asked"),
    [
        ({"retry-after": "99999999999"}, LONGEST_WAIT, 99999999999),
        ({"retry-after": "²"}, 60, 60),
        ({"retry-after": "-5"}, 60, 60),
        ({"retry-after": "1e3"}, 60, 60),
        # a clock there that is three hours ahead of the one here: only the difference counts
        ({"retry-after": "Wed, 01 May 2024 03:05:00 GMT", "date": "Wed, 01 May 2024 03:00:00 GMT"}, 300, 300),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1714532700", "date": "Wed, 01 May 2024 03:00:00 GMT"}, 301, 301),
        # a reset a day ahead, and one that is past
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1714608000"}, LONGEST_WAIT, 86401),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1"}, 1, 1),
        ({"x-ratelimit-remaining": "0", "x-ratelimit-reset": "9" * 400}, 60, 60),
    ],
)  # fmt: skip
def test_moments_are_the_servers_and_absurd_ones_are_bounded(headers, seconds, asked):
    wait = limit_wait(headers, NOW, 1)
    assert (wait.seconds, wait.asked) == (seconds, asked)


@given(
    st.integers(100, 599),
    HEADERS,
    st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.text()), st.lists(st.integers())),
)
def test_any_answer_is_classified(status, headers, body):
    trouble = classify(status, headers, body)
    assert trouble is not None or (status == 200 and isinstance(body["data"], dict))


@given(st.integers(0, 10**6), st.integers(1, 100), st.integers(1, 5))
def test_budget_covers_every_issue(issues, page, tokens):
    budget = estimate(issues, page, tokens)
    assert budget.requests * page >= issues
    assert budget.points >= budget.requests
    assert budget.minutes >= 1
