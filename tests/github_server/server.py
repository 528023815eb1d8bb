"""The HTTP side: authentication, rate-limit headers, REST's answers about single issues, and scripted faults."""

import json
import re
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from tests.github_server.execution import Execution
from tests.github_server.population import Population


@dataclass
class Fault:
    """What one request meets instead of, or on the way to, its answer.

    ``status``, ``headers`` and ``body`` replace the answer; ``edit`` changes the true body; ``cut`` sends only that
    share of it; ``delay`` waits first; ``when`` restricts it to some queries; ``drop`` closes the connection.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    edit: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    cut: float | None = None
    delay: float = 0.0
    drop: bool = False
    when: Callable[[dict[str, Any]], bool] = lambda _: True


class GitHubServer:
    """Serves a population on a free port of 127.0.0.1; use as a context manager."""

    def __init__(
        self, population: Population, faults: Iterable[Fault] = (), *, tokens: Iterable[str] = (), port: int = 0
    ) -> None:
        self.execution = Execution(population)
        self.faults: deque[Fault] = deque(faults)
        self.tokens = set(tokens)
        self.requests: list[dict[str, Any]] = []
        self.on_request: Callable[[int], None] | None = None
        self.echo_header = False
        self.lock = threading.Lock()
        self._http = ThreadingHTTPServer(("127.0.0.1", port), _handler(self))
        self._http.daemon_threads = True
        self._thread = threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def next_fault(self, request: dict[str, Any]) -> Fault | None:
        with self.lock:
            for fault in self.faults:
                if fault.when(request):
                    self.faults.remove(fault)
                    return fault
        return None

    def __enter__(self) -> "GitHubServer":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()


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
            if fault.drop:
                self.close_connection = True
                return
            if server.tokens and token not in server.tokens:
                self._send(401, {}, {"message": "Bad credentials"}, None)
                return
            if fault.status != 200 or fault.body is not None:
                body = fault.body if fault.body is not None else {"message": "fault"}
                self._send(fault.status, fault.headers, body, fault.cut)
                return
            status, headers, body = true_answer()
            if server.echo_header:
                body = {**body, "echo": dict(self.headers), "message": f"{token}"}
            self._send(status, headers | fault.headers, fault.edit(body) if fault.edit else body, fault.cut)

        def _send(self, status: int, headers: dict[str, str], body: Any, cut: float | None) -> None:
            content = body.encode() if isinstance(body, str) else json.dumps(body).encode()
            self.send_response(status)
            limits = {"X-RateLimit-Limit": "5000", "X-RateLimit-Remaining": "4999", "X-RateLimit-Reset": "1893456000"}
            for name, value in {**limits, "Content-Type": "application/json", **headers}.items():
                if value:
                    self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            if cut is None:
                self.wfile.write(content)
            else:
                self.wfile.write(content[: int(len(content) * cut)])
                self.close_connection = True

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
