"""What can be wrong with an answer, decided from its status, headers and body alone.

Sources: GitHub documentation, "Rate limits for the REST API" and "Rate limits and query limits for the GraphQL API": 403
or 429 for both limits, 200 with ``RATE_LIMITED``; ``Retry-After`` first, then ``X-RateLimit-Reset``, else at least a
minute and longer each time.
"""

import datetime as dt
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
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
    MALFORMED = "malformed_answer"
    CONNECTION = "connection_failed"
    BAD_CREDENTIALS = "token_refused"
    REFUSED = "refused"


LONGEST_WAIT = 3660.0
"""Seconds: GitHub's limits last an hour, so whatever asks for more is a mistake or a clock that is wrong."""
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
    if status == 200:
        return _classify_body(body)
    if status < 400:
        return Trouble.MALFORMED
    return _classify_error(status, headers, body)


def classify_rest(status: int, headers: Mapping[str, str], body: Any) -> Trouble | None:
    """Say the same of an answer of the REST interface: None where the status is an answer in itself."""
    if status == 200:
        return None if isinstance(body, Mapping) else Trouble.MALFORMED
    if status < 400:
        return Trouble.MALFORMED
    # deleted, unknown or not ours to see, taken down for legal reasons: that is what was asked
    return None if status in (404, 410, 451) else _classify_error(status, headers, body)


def _classify_error(status: int, headers: Mapping[str, str], body: Any) -> Trouble:
    if status in (403, 429):
        text = str(body.get("message") or "").lower() if isinstance(body, Mapping) else ""
        return _classify_limit(status, headers, text)
    # 502 and 504 are how GitHub ends a query that runs longer than about ten seconds
    known = {401: Trouble.BAD_CREDENTIALS, 502: Trouble.TOO_LARGE, 504: Trouble.TOO_LARGE}
    return known.get(status, Trouble.SERVER_ERROR if status >= 500 else Trouble.REFUSED)


def _classify_body(body: Any) -> Trouble | None:
    if not isinstance(body, Mapping):
        return Trouble.TRUNCATED
    errors = body.get("errors")
    if errors:
        if not isinstance(errors, list) or not all(isinstance(error, Mapping) for error in errors):
            return Trouble.MALFORMED
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


@dataclass(frozen=True, slots=True)
class Wait:
    """How long to wait after a rate limit.

    Attributes
    ----------
    seconds : float
        Above 0, `LONGEST_WAIT` at most.
    asked : float
        What the headers ask for; more than `seconds` where that is absurd.
    """

    seconds: float
    asked: float


def limit_wait(headers: Mapping[str, str], now: dt.datetime, repeated: int) -> Wait:
    """Return how long to wait before asking again after a rate limit.

    Moments in the headers are compared with the server's own ``Date``, so a wrong clock here does no harm.

    Parameters
    ----------
    headers : mapping
        Header names in lower case.
    now : datetime
        The current time (UTC), used where the server doesn't give its own.
    repeated : int
        How often in a row a limit was hit, this time included; from 1.

    Returns
    -------
    Wait
        What ``Retry-After`` says; else until the reset if nothing remains; else one minute, doubled each time, an hour
        at most.
    """
    there = server_time(headers) or now
    after = headers.get("retry-after", "").strip()
    if re.fullmatch(r"[0-9]{1,15}", after):
        return _bounded(float(after))
    moment = _parsed(after)
    if moment is not None:
        return _bounded((moment - there).total_seconds())
    reset = headers.get("x-ratelimit-reset", "").strip()
    if headers.get("x-ratelimit-remaining") == "0" and re.fullmatch(r"[0-9]{1,15}", reset):
        # a second more: the reset is given in whole seconds
        return _bounded(max(0.0, float(reset) - there.timestamp()) + 1)
    return _bounded(float(min(3600, 60 * 2 ** min(repeated - 1, 10))))


def _bounded(seconds: float) -> Wait:
    return Wait(min(LONGEST_WAIT, max(1.0, seconds)), max(1.0, seconds))


def server_time(headers: Mapping[str, str]) -> dt.datetime | None:
    """Return the server's time (UTC) as its ``Date`` says; None without a readable one."""
    return _parsed(headers.get("date", ""))


def _parsed(text: str) -> dt.datetime | None:
    try:
        return parsedate_to_datetime(text).astimezone(dt.UTC)
    except (ValueError, TypeError, OverflowError, IndexError):
        return None


def describe(status: int, body: Any) -> str:
    """Return the server's own words about a refusal, in one short line."""
    words = ""
    if isinstance(body, Mapping):
        errors = body.get("errors")
        entries = errors if isinstance(errors, list) else []
        told = [error.get("message") for error in entries if isinstance(error, Mapping)]
        words = "; ".join(str(text) for text in told) if told else str(body.get("message") or "")
    return f"HTTP {status}: {' '.join(words.split())[:300] or 'no message'}"
