"""What a request can meet instead of, or on the way to, its answer."""

import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from demo.github_server.population import Population

Body = dict[str, Any]
Request = dict[str, Any]


@dataclass(eq=False)
class Fault:
    """One misbehaviour.

    ``status``, ``headers``, ``body`` replace the answer; ``edit`` changes the true one; ``act`` changes the population
    first; ``cut`` sends only that share of the body; ``drip`` sends it so many seconds apart, byte by byte, headers
    included; ``raw`` sends these bytes and nothing else; ``delay`` waits first; ``drop`` closes the connection. ``when``
    restricts it to some requests; of these the first ``skip`` pass and the next ``times`` meet it (None: all others).
    ``took`` says whether an answer became another for it.
    """

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: Any = None
    edit: Callable[[Body], Body] | None = None
    act: Callable[[Population], None] | None = None
    cut: float | None = None
    drip: float = 0.0
    raw: bytes | None = None
    delay: float = 0.0
    drop: bool = False
    when: Callable[[Request], bool] = lambda _: True
    skip: int = 0
    times: int | None = 1
    met: int = 0
    took: bool = False

    def meets(self, request: Request) -> bool:
        """Say whether this request meets it, and count it."""
        if not self.when(request):
            return False
        self.met += 1
        return self.met > self.skip and (self.times is None or self.met <= self.skip + self.times)

    def edited(self, body: Body) -> Body:
        """Return the body as `edit` leaves it."""
        if self.edit is None:
            self.took = True
            return body
        before = json.dumps(body)
        after = self.edit(body)
        self.took = self.took or json.dumps(after) != before
        return after

    @property
    def over(self) -> bool:
        return self.times is not None and self.met >= self.skip + self.times


def endpoint(request: Request) -> str:
    """Name what a request asks for: a query's name, or ``REST``."""
    found = re.search(r"query (\w+)", request.get("query", ""))
    return found[1] if found else "REST"


def asks(name: str) -> Callable[[Request], bool]:
    """Return a condition for `Fault.when`."""
    return lambda request: endpoint(request) == name
