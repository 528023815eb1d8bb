"""Asking GitHub one question at a time until it is answered or hopeless.

PyGithub's own retrying is switched off: it sleeps inside the request, where nothing can count, test or interrupt it,
gives up on a 429 without Retry-After and doesn't know GraphQL's rate-limit answer. Its pause of a second after each
POST is off as well: GitHub asks for that between changes, while these are reads, sent one after the other.
"""

import datetime as dt
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from github.Requester import Requester

from datapackage.errors import StudyError
from mining.github.answers import BadAnswer, Check
from mining.github.clock import Clock, duration, stamp
from mining.github.report import RunReport
from mining.github.tokens import Redactor, Token
from mining.github.transport import Reply, Request, exchange, requester
from mining.github.troubles import Trouble, Wait, classify, classify_rest, describe, limit_wait, server_time

API_URL = "https://api.github.com"
_ATTEMPTS = 7
_ATTEMPTS_OF: Mapping[Trouble | None, int] = {Trouble.MALFORMED: 4}  # a spoilt answer seldom heals by waiting
_FIRST_ATTEMPTS = 3  # as long as nothing has answered at all, the fault is likely to be on this side
_FIRST_SECONDS = 20
_USED_UP = 3  # answers in a row of which each says that it was the last one granted
_FAR_PAST = dt.datetime(2000, 1, 1, tzinfo=dt.UTC)
_REMEDY = "; see whether --api-url and the token are the right ones, then run the command again"
Say = Callable[[str], None]


class PageTooLarge(StudyError):  # noqa: N818 - a condition that the caller answers by asking for less
    """GitHub ran out of time over the query: ask for less."""


class Refused(StudyError):  # noqa: N818 - GitHub's doing
    """GitHub refuses this question, or answers it with nonsense; another question may be answered."""


class Unreachable(StudyError):  # noqa: N818 - GitHub's state
    """Nothing answers, or no token is accepted: no other question will be answered either."""


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
    why: str = ""
    used_up: int = 0
    refused: bool = False


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
        Seconds after which a request without a complete answer counts as failed.
    say : callable
        Takes a line for the user: each retry, and each wait with its reason and its end.
    """

    def __init__(
        self, tokens: Sequence[Token], api_url: str, clock: Clock, report: RunReport, *, timeout: int, say: Say
    ) -> None:
        self._clock = clock
        self._api_url = api_url
        self._timeout = timeout
        self.report = report
        self.redactor = Redactor(tokens)
        self._seats = [_Seat(token, requester(token, api_url, timeout)) for token in tokens]
        self._answered = False
        self._tell = say

    def say(self, line: str) -> None:
        """Pass a line on to the user, tokens removed."""
        self._tell(self.redactor.clean(line))

    def ask(self, query: str, variables: Mapping[str, Any], check: Check, *, reducible: bool) -> Answer:
        """Send a query until it is answered.

        Parameters
        ----------
        query : str
            GraphQL text.
        variables : mapping
            Its variables.
        check : callable
            Refuses a spoilt answer, which is then asked for again.
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
        Refused
            GitHub refuses the query, or answers it wrongly again and again.
        StudyError
            GitHub fails again and again, or can't be reached.
        """

        def judge(reply: Reply) -> Reply:
            trouble = classify(reply.status, reply.headers, reply.body)
            if trouble is None:
                try:
                    check(reply.body)
                except BadAnswer as bad:
                    return replace(reply, trouble=Trouble.MALFORMED, words=str(bad))
            return replace(reply, trouble=trouble)

        url = self._seats[0].requester.graphql_url
        reply = self._send(Request(url, {"query": query, "variables": dict(variables)}), judge, reducible=reducible)
        limit = reply.body["data"].get("rateLimit")
        cost = limit.get("cost") if isinstance(limit, Mapping) else None
        self.report.points += cost if isinstance(cost, int) else 1
        now = self._clock.now()
        # what isn't part of a GraphQL answer has no business in the archive
        body = {part: reply.body[part] for part in ("data", "errors") if part in reply.body}
        return Answer(body, stamp(now), stamp(server_time(reply.headers) or now))

    def read(self, path: str, check: Check) -> tuple[int, Any]:
        """Send a REST request (GET), following redirects on the same host.

        Parameters
        ----------
        path : str
            Below the API's base.
        check : callable
            Refuses a spoilt body of status 200.

        Returns
        -------
        status : int
            200, 404, 410 or 451.
        body : object
            Parsed JSON.
        """

        def judge(reply: Reply) -> Reply:
            trouble = classify_rest(reply.status, reply.headers, reply.body)
            if trouble is None and reply.status == 200:
                try:
                    check(reply.body)
                except BadAnswer as bad:
                    return replace(reply, trouble=Trouble.MALFORMED, words=str(bad))
            return replace(reply, trouble=trouble)

        reply = self._send(Request(path), judge, reducible=False)
        return reply.status, reply.body

    def _send(self, request: Request, judge: Callable[[Reply], Reply], *, reducible: bool) -> Reply:
        failures = limits = 0
        while True:
            seat = self._seat()
            reply = self._try(seat, request)
            reply = reply if reply.trouble else judge(reply)
            self._answered = self._answered or reply.status > 0
            trouble = reply.trouble
            if trouble is None:
                self._note_remaining(seat, reply.headers)
                return reply
            self.report.troubles[trouble] += 1
            if trouble is Trouble.TOO_LARGE and reducible:
                raise PageTooLarge(self._words(reply))
            if trouble is Trouble.REFUSED:
                raise Refused(f"GitHub refuses the request: {self._words(reply)}{_REMEDY}")
            if trouble is Trouble.BAD_CREDENTIALS:
                self._leave_out(seat)
            elif trouble in (Trouble.PRIMARY_LIMIT, Trouble.SECONDARY_LIMIT):
                limits += 1
                self._rest(seat, trouble, reply.headers, limits)
            else:
                failures += 1
                self._back_off(reply, failures)

    def _try(self, seat: _Seat, request: Request) -> Reply:
        self.report.requests += 1
        seconds = self._timeout if self._answered else min(self._timeout, _FIRST_SECONDS)
        reply = exchange(seat.requester, request, seconds)
        if reply.status == 0:  # the connection may still be busy with what was given up
            seat.requester = requester(seat.token, self._api_url, self._timeout)
        return reply

    def _seat(self) -> _Seat:
        usable = [seat for seat in self._seats if not seat.refused]
        if not usable:
            raise Unreachable("GitHub refuses every token (401); set a valid one and run the command again to continue")
        seat = min(usable, key=lambda candidate: candidate.rests_until)
        seconds = (seat.rests_until - self._clock.now()).total_seconds()
        if seconds > 0:
            self.say(f"{seat.why}; waiting {duration(seconds)}, until {seat.rests_until:%Y-%m-%d %H:%M:%S} UTC")
            self._wait(seconds)
        return seat

    def _leave_out(self, seat: _Seat) -> None:
        seat.refused = True
        if len(self._seats) > 1:  # a single one's refusal is the error that follows
            self.report.warnings.append(f"{seat.token} was refused (401) and is not used again; renew it")

    def _rest(self, seat: _Seat, trouble: Trouble, headers: Mapping[str, str], repeated: int) -> None:
        if repeated > _ATTEMPTS * len(self._seats):
            raise StudyError("GitHub keeps limiting the requests; run the command again later to continue")
        wait = limit_wait(headers, self._clock.now(), repeated)
        # a secondary limit is about behaviour, not about one token's budget: going on with another would make it worse
        secondary = trouble is Trouble.SECONDARY_LIMIT
        why = "GitHub asks to slow down" if secondary else f"the rate limit of {seat.token} is used up"
        for other in self._seats if secondary else [seat]:
            self._let_rest(other, wait, why)

    def _note_remaining(self, seat: _Seat, headers: Mapping[str, str]) -> None:
        if headers.get("x-ratelimit-remaining") != "0":
            seat.used_up = 0
        else:
            seat.used_up += 1
            if seat.used_up > _USED_UP:
                raise StudyError(
                    f"GitHub grants {seat.token} one request at a time ({_USED_UP} resets were waited for); "
                    "run the command again later to continue"
                )
            wait = limit_wait(headers, self._clock.now(), 1)
            self._let_rest(seat, wait, f"the rate limit of {seat.token} is used up")

    def _let_rest(self, seat: _Seat, wait: Wait, why: str) -> None:
        until = self._clock.now() + dt.timedelta(seconds=wait.seconds)
        if until <= seat.rests_until:
            return
        if wait.asked > wait.seconds:
            why += f" and GitHub asks for {duration(wait.asked)}, longer than its limits last"
        seat.rests_until, seat.why = until, why

    def _back_off(self, reply: Reply, failures: int) -> None:
        words = self._words(reply)
        trouble = reply.trouble
        attempts = _ATTEMPTS_OF.get(trouble, _ATTEMPTS)
        if reply.status == 0 and not self._answered:
            attempts = _FIRST_ATTEMPTS
        if failures >= attempts and not self._answered:
            raise Unreachable(
                f"no connection to {_host(self._api_url)} ({words}; {failures} tries); see to the network, the proxy "
                "or --api-url and run the command again"
            )
        if failures >= attempts:
            text = f"{failures} tries in a row failed ({words}); run the command again to continue"
            raise (
                Refused(f"GitHub's answer can't be used: {text}") if trouble is Trouble.MALFORMED else StudyError(text)
            )
        seconds = 2.0 ** (failures - 1)
        until = self._clock.now() + dt.timedelta(seconds=seconds)
        self.say(f"{words}; try {failures + 1} of {attempts} in {seconds:g} s, at {until:%H:%M:%S} UTC")
        self._wait(seconds)

    def _words(self, reply: Reply) -> str:
        if reply.words:
            return self.redactor.clean(reply.words)
        if reply.trouble is Trouble.TRUNCATED:
            return "the answer broke off"
        return self.redactor.clean(describe(reply.status, reply.body))

    def _wait(self, seconds: float) -> None:
        self.report.waited += seconds
        self._clock.sleep(seconds)


def _host(url: str) -> str:
    return re.sub(r"^\w+://([^/]*@)?", "", url).partition("/")[0]
