"""One request and its reply, whatever the other end does: through PyGithub, within a limit for the whole of it.

PyGithub brings authentication and connections. It follows redirects and waits for a 202 by itself, without end; so its
connections here report a redirect instead, and it is this module that follows one, on the same host only. The timeout
of its requests is for a single read; a body that drips in would last for ever, hence the thread.
"""

import http.client
import json
import queue
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar
from urllib.parse import urljoin, urlsplit

import requests
import urllib3.exceptions
from github import Auth, Github
from github.Requester import (
    HTTPRequestsConnectionClass,
    HTTPSRequestsConnectionClass,
    Requester,
    RequestsResponse,
)

from datapackage.errors import StudyError
from mining.github.tokens import Token
from mining.github.troubles import Trouble

CONNECT_SECONDS = 5
_REDIRECTS = 3
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Request:
    """What to send: `url` is absolute, or a path below the API's base; `body` makes it a POST."""

    url: str
    body: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """What came back.

    Attributes
    ----------
    status : int
        HTTP status; 0 where there was no answer.
    headers : mapping
        Names in lower case.
    body : object
        The parsed JSON.
    trouble : Trouble or None
        What kept the answer from being read; None says nothing of its content.
    words : str
        The same for people.
    """

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: Any = None
    trouble: Trouble | None = None
    words: str = ""


class _Redirect(Exception):  # noqa: N818 - a condition, caught in this module
    def __init__(self, status: int, location: str) -> None:
        super().__init__(f"{status}")
        self.status = status
        self.location = location


class _Reporting:
    """What both kinds of connection do otherwise than PyGithub's."""

    timeout: Any

    def getresponse(self) -> RequestsResponse:
        """Return the response; a redirect is an exception, a 202 an answer like others."""
        self.timeout = (CONNECT_SECONDS, self.timeout) if isinstance(self.timeout, int) else self.timeout
        response: RequestsResponse = super().getresponse()  # type: ignore[misc]
        location = {name.lower(): value for name, value in response.getheaders()}.get("location", "")
        if 300 <= response.status < 400 and location:
            raise _Redirect(response.status, location)
        if response.status == 202:
            response.status = 503
        if response.status == 200:
            # JSON is UTF-8 whatever the headers say, and a byte that isn't spoils the answer rather than a title in it
            response.response.content.decode("utf-8")
        response.response.encoding = "utf-8"
        return response


class _Http(_Reporting, HTTPRequestsConnectionClass):
    pass


class _Https(_Reporting, HTTPSRequestsConnectionClass):
    pass


def requester(token: Token, api_url: str, timeout: int) -> Requester:
    """Return a connection of PyGithub's that neither retries nor pauses nor follows redirects by itself."""
    Requester.injectConnectionClasses(_Http, _Https)
    return Github(
        auth=Auth.Token(token.secret),
        base_url=api_url.rstrip("/"),
        timeout=timeout,
        retry=None,
        seconds_between_requests=None,
        seconds_between_writes=None,
        user_agent="onnx-converter-failures-mining",
    ).requester


def exchange(connection: Requester, request: Request, seconds: float) -> Reply:
    """Send a request and read its reply.

    Parameters
    ----------
    connection : Requester
        From `requester`; not to be used again after a reply with the trouble ``query_timed_out`` and status 0.
    request : Request
        What to send.
    seconds : float
        Limit for everything: name, connection, redirects, the last byte.

    Raises
    ------
    StudyError
        A redirect leads to another host or doesn't end.
    """
    try:
        status, headers, text = _within(seconds, lambda: _followed(connection, request))
    except _FAILURES as error:
        return _failed(error, seconds)
    try:
        return Reply(status, headers, json.loads(text) if text else None)
    except (ValueError, RecursionError):
        trouble = Trouble.TRUNCATED if status == 200 else None  # a proxy's error page needs no JSON
        return Reply(
            status, headers, None, trouble, "the answer is not JSON, or not the whole of it" if trouble else ""
        )


_FAILURES = (
    requests.exceptions.RequestException, urllib3.exceptions.HTTPError, http.client.HTTPException, OSError, ValueError,
)  # fmt: skip


def _failed(error: Exception, seconds: float) -> Reply:
    """Say what failed without the error's own text, which may hold the request."""
    cause = getattr(error.args[0] if error.args else None, "reason", None)
    # the first that fits: the libraries' errors are each other's subclasses
    for kind, trouble, words in (
        (requests.exceptions.ConnectTimeout, Trouble.CONNECTION, f"no connection in {CONNECT_SECONDS} s"),
        (requests.exceptions.ReadTimeout, Trouble.TOO_LARGE, f"no answer in {seconds:g} s"),
        (TimeoutError, Trouble.TOO_LARGE, f"no complete answer in {seconds:g} s"),
        (requests.exceptions.ChunkedEncodingError, Trouble.TRUNCATED, "the answer broke off"),
        (requests.exceptions.ContentDecodingError, Trouble.TRUNCATED, "the answer's compression is damaged"),
        (UnicodeDecodeError, Trouble.TRUNCATED, "the answer is not UTF-8"),
        (requests.exceptions.ProxyError, Trouble.CONNECTION, "the proxy can't be reached"),
        (requests.exceptions.SSLError, Trouble.CONNECTION, "the host's certificate isn't accepted"),
        (urllib3.exceptions.NameResolutionError, Trouble.CONNECTION, "the host's name isn't found"),
        (urllib3.exceptions.NewConnectionError, Trouble.CONNECTION, "nothing answers at the host's port"),
        (ValueError, Trouble.MALFORMED, "the answer's headers can't be read"),
    ):
        if isinstance(error, kind) or isinstance(cause, kind):
            return Reply(0, trouble=trouble, words=words)
    return Reply(0, trouble=Trouble.CONNECTION, words="the connection broke off")


def _followed(connection: Requester, request: Request) -> tuple[int, dict[str, str], str]:
    verb, url = ("GET" if request.body is None else "POST"), request.url
    for _ in range(_REDIRECTS + 1):
        try:
            status, headers, text = connection.requestJson(verb, url, input=request.body)
            return status, {str(name): str(value) for name, value in headers.items()}, str(text or "")
        except _Redirect as redirect:
            status = redirect.status
            base = connection.base_url
            target = urljoin(url if "://" in url else base, redirect.location)
            if _origin(target) != _origin(base):
                host = urlsplit(target).hostname or "nowhere"
                raise StudyError(
                    f"the API address redirects ({status}) to another host, port or scheme ({host[:80]}), where the "
                    "token isn't sent; correct --api-url"
                ) from None
            url = target
        except AssertionError:  # PyGithub: not below the API's base
            raise StudyError(
                f"the API address redirects ({status}) to a page outside the API; correct --api-url"
            ) from None
    raise StudyError(f"the API address redirects ({status}) in a circle; correct --api-url")


def _origin(url: str) -> tuple[str, str | None, int | None]:
    try:
        parts = urlsplit(url)
        return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return "", None, None


def _within(seconds: float, call: Callable[[], _T]) -> _T:
    outcome: queue.SimpleQueue[tuple[_T | None, BaseException | None]] = queue.SimpleQueue()

    def work() -> None:
        try:
            outcome.put((call(), None))
        except BaseException as error:
            outcome.put((None, error))

    threading.Thread(target=work, daemon=True).start()
    try:
        value, error = outcome.get(timeout=seconds)
    except queue.Empty:
        raise TimeoutError from None
    if error is not None:
        raise error
    return value  # type: ignore[return-value]
