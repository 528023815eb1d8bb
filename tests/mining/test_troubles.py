"""When to ask again: bounds that hold whatever the headers say."""

import datetime as dt

from hypothesis import given
from hypothesis import strategies as st

from mining.github.progress import estimate
from mining.github.troubles import classify, limit_ends

NOW = dt.datetime(2024, 5, 1, tzinfo=dt.UTC)
HEADERS = st.dictionaries(
    st.sampled_from(["retry-after", "x-ratelimit-remaining", "x-ratelimit-reset", "date"]),
    st.one_of(st.sampled_from(["0", "1", "60", "1714521900"]), st.text(max_size=12)),
)


@given(HEADERS, st.integers(1, 50))
def test_the_wait_is_never_zero(headers, repeated):
    assert limit_ends(headers, NOW, repeated) > NOW


@given(
    HEADERS.filter(lambda headers: "retry-after" not in headers and headers.get("x-ratelimit-remaining") != "0"),
    st.integers(1, 50),
)
def test_without_advice_it_is_a_minute_at_least_and_an_hour_at_most(headers, repeated):
    wait = (limit_ends(headers, NOW, repeated) - NOW).total_seconds()
    assert 60 <= wait <= 3600


@given(
    st.integers(100, 599),
    HEADERS,
    st.one_of(st.none(), st.text(), st.dictionaries(st.text(), st.text()), st.lists(st.integers())),
)
def test_any_answer_is_classified(status, headers, body):
    trouble = classify(status, headers, body)
    assert trouble is not None or isinstance(body["data"], dict)


@given(st.integers(0, 10**6), st.integers(1, 100), st.integers(1, 5))
def test_budget_covers_every_issue(issues, page, tokens):
    budget = estimate(issues, page, tokens)
    assert budget.requests * page >= issues
    assert budget.points >= budget.requests
    assert budget.minutes >= 1
