"""Asking GitHub one question at a time, through PyGithub, until it is answered or hopeless.

PyGithub brings authentication, connections and redirects. Its own retrying is switched off: it sleeps inside the request,
where nothing can count, test or interrupt it, gives up on a 429 without Retry-After and doesn't know GraphQL's rate-limit
answer. Its pause of a second after each POST is off as well: GitHub asks for that between changes, while these are reads,
sent one after the other.
"""

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from github import Auth, Github, GithubException
from github.Requester import Requester

from datapackage.errors import StudyError
from mining.github.clock import Clock, stamp
from mining.github.report import RunReport
from mining.github.tokens import Redactor, Token
from mining.github.troubles import Trouble, classify, describe, limit_ends

API_URL = "https://api.github.com"
_ATTEMPTS = 7
_FAR_PAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)


class PageTooLarge(StudyError):  # noqa: N818 - a condition that the caller answers by asking for less
    """GitHub ran out of time over the query: ask for less."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A usable answer.

    Attributes
    ----------
    body : mapping
        ``data``, and ``errors`` where parts of it are missing.
    fetched : str
        When it came, by this machine's clock.
    server_date : str
        The same by the server's clock.
    """

    body: Mapping[str, Any]
    fetched: str
    server_date: str


@dataclass
class _Seat:
    """A token with its connection and the time before which it must rest."""

    token: Token
    requester: Requester
    rests_until: dt.datetime = _FAR_PAST
    refused: bool = False


@dataclass
class _Reply:
    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    trouble: Trouble | None = None


class Client:
    """Sends GraphQL queries and, for what GraphQL lacks, REST requests.

    Parameters
    ----------
    tokens : sequence of Token
        At least one; a token at its limit rests while the others work.
    api_url : str
        Base address of the REST interface, such as ``https://api.github.com`` or ``https://HOST/api/v3``.
    clock : Clock
        Time and waiting.
    report : RunReport
        Receives the counts.
    timeout : int
        Seconds without an answer after which a request counts as failed.
    """

    def __init__(
        self, tokens: Sequence[Token], api_url: str, clock: Clock, report: RunReport, *, timeout: int = 30
    ) -> None:
        self._clock = clock
        self.report = report
        self.redactor = Redactor(tokens)
        self._seats = [_Seat(token, _requester(token, api_url, timeout)) for token in tokens]

    def ask(self, query: str, variables: Mapping[str, Any], *, reducible: bool) -> Answer:
        """Send a query until it is answered.

        Parameters
        ----------
        query : str
            GraphQL text.
        variables : mapping
            Its variables.
        reducible : bool
            Whether the caller can ask for less; otherwise a time-out is tried again like any server error.

        Returns
        -------
        Answer
            With data, perhaps partial.

        Raises
        ------
        PageTooLarge
            The query timed out and is `reducible`.
        StudyError
            GitHub refuses the query or all tokens, or fails again and again.
        """
        reply = self._send(
            lambda requester: requester.graphql_query(query, dict(variables)), classify, reducible=reducible
        )
        cost = (reply.body["data"].get("rateLimit") or {}).get("cost", 1)
        self.report.points += int(cost)
        now = self._clock.now()
        # what isn't part of a GraphQL answer has no business in the archive
        body = {part: reply.body[part] for part in ("data", "errors") if part in reply.body}
        return Answer(body, stamp(now), _server_date(reply.headers) or stamp(now))

    def read(self, path: str) -> tuple[int, Any]:
        """Send a REST request (GET), following redirects on the same host.

        Returns
        -------
        status : int
            Any but those that are worth another try (limits, server errors).
        body : object
            Parsed JSON.
        """
        reply = self._send(
            lambda requester: requester.requestJsonAndCheck("GET", path), _classify_rest, reducible=False
        )
        return reply.status, reply.body

    def _send(
        self,
        send: Callable[[Requester], tuple[Any, Any]],
        judge: Callable[[int, Mapping[str, str], Any], Trouble | None],
        *,
        reducible: bool,
    ) -> _Reply:
        failures = limits = 0
        while True:
            seat = self._seat()
            self.report.requests += 1
            reply = _exchange(seat.requester, send, judge)
            trouble = reply.trouble
            if trouble is None:
                self._note_remaining(seat, reply.headers)
                return reply
            self.report.troubles[trouble] += 1
            if trouble is Trouble.TOO_LARGE and reducible:
                raise PageTooLarge("GitHub ran out of time over this query")
            if trouble is Trouble.REFUSED:
                raise StudyError(
                    self.redactor.clean(f"GitHub refuses the request: {describe(reply.status, reply.body)}")
                )
            if trouble is Trouble.BAD_CREDENTIALS:
                seat.refused = True
                self.report.warnings.append(f"{seat.token} was refused (401) and is not used again; renew it")
            elif trouble in (Trouble.PRIMARY_LIMIT, Trouble.SECONDARY_LIMIT):
                limits += 1
                self._rest(seat, trouble, reply.headers, limits)
            else:
                failures += 1
                self._back_off(trouble, reply, failures)

    def _seat(self) -> _Seat:
        usable = [seat for seat in self._seats if not seat.refused]
        if not usable:
            raise StudyError("GitHub refuses every token (401); set a valid one and run the command again to continue")
        seat = min(usable, key=lambda candidate: candidate.rests_until)
        seconds = (seat.rests_until - self._clock.now()).total_seconds()
        if seconds > 0:
            self._wait(seconds)
        return seat

    def _rest(self, seat: _Seat, trouble: Trouble, headers: Mapping[str, str], repeated: int) -> None:
        if repeated > _ATTEMPTS * len(self._seats):
            raise StudyError("GitHub keeps limiting the requests; run the command again later to continue")
        until = limit_ends(headers, self._clock.now(), repeated)
        # a secondary limit is about behaviour, not about one token's budget: going on with another would make it worse
        for other in self._seats if trouble is Trouble.SECONDARY_LIMIT else [seat]:
            other.rests_until = max(other.rests_until, until)

    def _back_off(self, trouble: Trouble, reply: _Reply, failures: int) -> None:
        if failures >= _ATTEMPTS:
            words = self.redactor.clean(describe(reply.status, reply.body)) if reply.status else str(trouble)
            raise StudyError(f"{failures} tries in a row failed ({words}); run the command again to continue")
        self._wait(2.0 ** (failures - 1))

    def _note_remaining(self, seat: _Seat, headers: Mapping[str, str]) -> None:
        if headers.get("x-ratelimit-remaining") == "0":
            seat.rests_until = limit_ends(headers, self._clock.now(), 1)

    def _wait(self, seconds: float) -> None:
        self.report.waited += seconds
        self._clock.sleep(seconds)


def _requester(token: Token, api_url: str, timeout: int) -> Requester:
    return Github(
        auth=Auth.Token(token.secret),
        base_url=api_url.rstrip("/"),
        timeout=timeout,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        user_agent="onnx-converter-failures-mining",
    ).requester


def _exchange(
    requester: Requester,
    send: Callable[[Requester], tuple[Any, Any]],
    judge: Callable[[int, Mapping[str, str], Any], Trouble | None],
) -> _Reply:
    try:
        headers, body = send(requester)
        status = 200
    except GithubException as error:
        # GraphQL errors reach us as an exception that carries the whole answer, whatever data came with them
        status, headers, body = error.status, error.headers or {}, error.data
        if isinstance(body, Mapping) and body.get("errors") and ("data" in body or "message" not in body):
            status = 200
    except requests.exceptions.ReadTimeout:
        return _Reply(0, trouble=Trouble.TOO_LARGE)
    except (requests.exceptions.ChunkedEncodingError, requests.exceptions.ContentDecodingError):
        return _Reply(0, trouble=Trouble.TRUNCATED)
    except requests.exceptions.RequestException:
        # its text is not passed on: it may hold the request
        return _Reply(0, trouble=Trouble.CONNECTION)
    except (ValueError, TypeError):  # PyGithub on a body that breaks off, or that is empty
        return _Reply(200, trouble=Trouble.TRUNCATED)
    except (RuntimeError, AssertionError):
        raise StudyError("the API address redirects to another host or scheme; correct --api-url") from None
    return _Reply(status, headers, body, judge(status, headers, body))


def _classify_rest(status: int, headers: Mapping[str, str], body: Any) -> Trouble | None:
    trouble = classify(status, headers, {"data": {}} if status < 400 else body)
    return None if trouble is Trouble.REFUSED else trouble


def _server_date(headers: Mapping[str, str]) -> str | None:
    try:
        return stamp(parsedate_to_datetime(headers["date"]))
    except (KeyError, ValueError):
        return None
