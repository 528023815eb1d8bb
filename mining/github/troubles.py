"""What can be wrong with an answer, decided from its status, headers and body alone.

Sources: GitHub documentation, "Rate limits for the REST API" and "Rate limits and query limits for the GraphQL API": 403
or 429 for both limits, 200 with ``RATE_LIMITED``; ``Retry-After`` first, then ``X-RateLimit-Reset``, else at least a
minute and longer each time.
"""

import datetime as dt
from collections.abc import Mapping, Sequence
from email.utils import parsedate_to_datetime
from enum import StrEnum
from typing import Any


class Trouble(StrEnum):
    """Kinds of trouble, as the run's report counts them."""

    PRIMARY_LIMIT = "primary_rate_limit"
    SECONDARY_LIMIT = "secondary_rate_limit"
    TOO_LARGE = "query_timed_out"
    SERVER_ERROR = "server_error"
    TRUNCATED = "truncated_answer"
    CONNECTION = "connection_failed"
    BAD_CREDENTIALS = "token_refused"
    REFUSED = "refused"


_MISSING = {"NOT_FOUND", "FORBIDDEN", "UNPROCESSABLE", "INSUFFICIENT_SCOPES"}
_TOO_LARGE_TYPES = {"RESOURCE_LIMITS_EXCEEDED", "MAX_NODE_LIMIT_EXCEEDED", "TIMEOUT"}
_TOO_LARGE_WORDS = ("something went wrong while executing your query", "timeout", "timed out", "couldn't respond")
_LIMIT_WORDS = ("secondary rate limit", "abuse detection", "please wait a few minutes")


def classify(status: int, headers: Mapping[str, str], body: Any) -> Trouble | None:
    """Say what is wrong with an answer of the GraphQL address; None if its data can be used.

    Parameters
    ----------
    status : int
        HTTP status.
    headers : mapping
        Header names in lower case.
    body : object
        The parsed JSON, whatever it is.

    Returns
    -------
    Trouble or None
        None also for partial data: fields that are missing because their object is deleted or not ours to see.
    """
    if status < 400:
        return _classify_body(body)
    if status in (403, 429):
        text = str(body.get("message") or "").lower() if isinstance(body, Mapping) else ""
        return _classify_limit(status, headers, text)
    # 502 and 504 are how GitHub ends a query that runs longer than about ten seconds
    known = {401: Trouble.BAD_CREDENTIALS, 502: Trouble.TOO_LARGE, 504: Trouble.TOO_LARGE}
    return known.get(status, Trouble.SERVER_ERROR if status >= 500 else Trouble.REFUSED)


def _classify_body(body: Any) -> Trouble | None:
    if not isinstance(body, Mapping):
        return Trouble.TRUNCATED
    errors = body.get("errors") or []
    if errors:
        return _classify_errors(errors, body)
    return None if isinstance(body.get("data"), Mapping) else Trouble.TRUNCATED


def _classify_limit(status: int, headers: Mapping[str, str], text: str) -> Trouble:
    if headers.get("x-ratelimit-remaining") == "0" and "retry-after" not in headers:
        return Trouble.PRIMARY_LIMIT
    if status == 429 or "retry-after" in headers or any(words in text for words in _LIMIT_WORDS):
        return Trouble.SECONDARY_LIMIT
    return Trouble.PRIMARY_LIMIT if text.startswith("api rate limit exceeded") else Trouble.REFUSED


def _classify_errors(errors: Sequence[Mapping[str, Any]], body: Mapping[str, Any]) -> Trouble | None:
    kinds = {str(error.get("type") or "") for error in errors}
    texts = [str(error.get("message") or "").lower() for error in errors]
    if "RATE_LIMITED" in kinds:
        return Trouble.PRIMARY_LIMIT
    if any(words in text for text in texts for words in _LIMIT_WORDS):
        return Trouble.SECONDARY_LIMIT
    if kinds & _TOO_LARGE_TYPES or any(words in text for text in texts for words in _TOO_LARGE_WORDS):
        return Trouble.TOO_LARGE
    if isinstance(body.get("data"), Mapping) and kinds <= _MISSING:
        return None
    return Trouble.REFUSED


def limit_ends(headers: Mapping[str, str], now: dt.datetime, repeated: int) -> dt.datetime:
    """Return when to ask again after a rate limit.

    Parameters
    ----------
    headers : mapping
        Header names in lower case.
    now : datetime
        The current time (UTC).
    repeated : int
        How often in a row a limit was hit, this time included; from 1.

    Returns
    -------
    datetime
        What ``Retry-After`` says; else the reset if nothing remains; else one minute, doubled each time, an hour at
        most.
    """
    after = headers.get("retry-after", "").strip()
    if after.isdigit():
        return now + dt.timedelta(seconds=max(1, int(after)))
    if after:
        try:
            return max(parsedate_to_datetime(after).astimezone(dt.UTC), now + dt.timedelta(seconds=1))
        except ValueError:
            pass  # neither seconds nor a date: as if it were not there
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        # a second more: the reset is given in whole seconds
        return max(dt.datetime.fromtimestamp(int(reset), dt.UTC), now) + dt.timedelta(seconds=1)
    return now + dt.timedelta(seconds=min(3600, 60 * 2 ** (repeated - 1)))


def describe(status: int, body: Any) -> str:
    """Return the server's own words about a refusal, in one short line."""
    if isinstance(body, Mapping):
        errors = body.get("errors")
        words = "; ".join(str(error.get("message")) for error in errors) if errors else str(body.get("message") or "")
    else:
        words = ""
    return f"HTTP {status}: {' '.join(words.split())[:300] or 'no message'}"
