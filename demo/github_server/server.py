"""The HTTP side: authentication, rate-limit headers, REST's answers about single issues, and scripted faults."""

import datetime as dt
import json
import re
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from demo.github_server.execution import Execution
from demo.github_server.faults import Fault
from demo.github_server.population import Population
from demo.github_server.schema import load_schema


class GitHubServer:
    """Serves a population on a free port of 127.0.0.1; use as a context manager."""

    def __init__(
        self, population: Population, faults: Iterable[Fault] = (), *, tokens: Iterable[str] = (), port: int = 0
    ) -> None:
        self.execution = Execution(population)
        self.faults: deque[Fault] = deque(faults)
        for fault in self.faults:
            fault.met, fault.took = 0, False  # of another server, in tests that share a fault
        self.tokens = set(tokens)
        self.requests: list[dict[str, Any]] = []
        self.on_request: Callable[[int], None] | None = None
        self.echo_header = False
        self.now: Callable[[], dt.datetime] = lambda: dt.datetime.now(dt.UTC)
        self.lock = threading.Lock()
        self._http = _Listener(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def next_fault(self, request: dict[str, Any]) -> Fault | None:
        with self.lock:
            for fault in list(self.faults):
                met = fault.meets(request)
                if fault.over:
                    self.faults.remove(fault)
                if met:
                    return fault
        return None

    def __enter__(self) -> "GitHubServer":
        load_schema()  # takes seconds: not while a client waits
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


class _Listener(ThreadingHTTPServer):
    def handle_error(self, request: Any, client_address: Any) -> None:
        if not isinstance(sys.exception(), OSError):  # the client has given up
            super().handle_error(request, client_address)


def _handler(server: GitHubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def log_message(self, *_: Any) -> None:
            pass

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            request = json.loads(self.rfile.read(length))
            self._answer(
                {**request, "path": self.path},
                lambda: (200, {}, server.execution.run(request["query"], request["variables"])),
            )

        def do_GET(self) -> None:
            self._answer({"path": self.path}, lambda: rest(server, self.path))

        def _answer(self, request: dict[str, Any], true_answer: Callable[[], tuple[int, dict[str, str], Any]]) -> None:
            token = (self.headers.get("Authorization") or "").removeprefix("token ").removeprefix("Bearer ")
            with server.lock:
                server.requests.append({**request, "token": token, "at": time.monotonic()})
                number = len(server.requests)
            if server.on_request is not None:
                server.on_request(number)
            fault = server.next_fault(request) or Fault()
            if fault.delay:
                time.sleep(fault.delay)
            if fault.act is not None:
                fault.act(server.execution.population)
            fault.took = fault.took or fault.edit is None
            if fault.drop or fault.raw is not None:
                self.wfile.write(fault.raw or b"")
                self.close_connection = True
                return
            if server.tokens and token not in server.tokens:
                self._send(401, {}, {"message": "Bad credentials"}, fault)
                return
            if fault.status != 200 or fault.body is not None:
                body = fault.body if fault.body is not None else {"message": "fault"}
                self._send(fault.status, fault.headers, body, fault)
                return
            status, headers, body = true_answer()
            if server.echo_header:
                body = {**body, "echo": dict(self.headers), "message": f"{token}"}
            self._send(status, headers | fault.headers, fault.edited(body), fault)

        def _send(self, status: int, headers: dict[str, str], body: Any, fault: Fault) -> None:
            content = (
                body if isinstance(body, bytes) else (body if isinstance(body, str) else json.dumps(body)).encode()
            )
            self.send_response_only(status)
            date = format_datetime(server.now(), usegmt=True)
            limits = {"Date": date, "X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999"}
            length = {"X-RateLimit-Reset": "1893456000", "Content-Length": str(len(content))}
            for name, value in {**limits, **length, "Content-Type": "application/json", **headers}.items():
                if value:
                    self.send_header(name, value)
            if fault.drip:
                self._drip(content, fault.drip)
                return
            self.end_headers()
            self.wfile.write(content if fault.cut is None else content[: int(len(content) * fault.cut)])
            self.close_connection = self.close_connection or fault.cut is not None

        def _drip(self, content: bytes, seconds: float) -> None:
            self.close_connection = True
            head, self._headers_buffer = b"".join(self._headers_buffer), []
            for place in range(len(head) + len(content)):
                try:
                    self.wfile.write((head + b"\r\n" + content)[place : place + 1])
                except OSError:  # the other end has given up
                    return
                time.sleep(seconds)

    return Handler


def rest(server: GitHubServer, path: str) -> tuple[int, dict[str, str], Any]:
    """REST's word on one issue: there, moved (301), deleted (410) or unknown (404)."""
    found = re.fullmatch(r"/repos/([^/]+/[^/]+)/issues/(\d+)", path)
    if not found:
        return 404, {}, {"message": "Not Found"}
    name, number = found[1], int(found[2])
    population = server.execution.population
    key = f"{name}#{number}"
    if key in population.moved:
        target, _, there = population.moved[key].partition("#")
        return 301, {"Location": f"{server.url}/repos/{target}/issues/{there}"}, {"message": "Moved Permanently"}
    if key in population.deleted:
        return 410, {}, {"message": "This issue was deleted"}
    for issue in population.repositories.get(name, []):
        if issue["number"] == number:
            return 200, {}, {"number": number, "html_url": f"https://github.com/{name}/issues/{number}"}
    return 404, {}, {"message": "Not Found"}
