"""Misbehaviours of GitHub, generated from a seed: each kind of fault, at each endpoint, healing or not.

`KINDS` holds builders: from a draw and the name of an endpoint to a `Fault`. What a builder picks (a status, a place in
the answer, a wrong value, a header) is drawn, so that a longer campaign tries more than a shorter one. A builder makes only
what a client could notice; an answer that is wrong and looks right is no fault here.
"""

import datetime as dt
import json
import random
from collections.abc import Callable, Iterator, Mapping
from email.utils import format_datetime
from typing import Any

from demo.github_server.faults import Body, Fault, asks
from demo.github_server.population import Population

FETCH_ENDPOINTS = ("Count", "Issues", "RollCall", "Timelines")
HYDRATE_ENDPOINTS = ("Contents", "REST")
NOW = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
"""The server's time in a campaign."""
SECONDARY = "You have exceeded a secondary rate limit. Please wait a few minutes before you try again."
Kind = Callable[[random.Random, str], Fault]


def status(draw: random.Random, name: str) -> Fault:
    codes = [400, 401, 403, 405, 408, 409, 413, 418, 422, 500, 501, 502, 503, 504, 520, 202, 204, 206, 304]
    # of a single issue, these say that it is gone
    code = draw.choice(codes if name == "REST" else [*codes, 404, 410, 451])
    body = draw.choice(
        [{"message": "no"}, "<html>unicorn</html>", "", "[1]", {"message": None}, "null", '{"message": 5}']
    )
    return Fault(code, {}, body)


def rate_limit(draw: random.Random, _: str) -> Fault:
    after = draw.choice(["1", "17", "0", "-3", "²", "1e9", "99999999999", "soon", "", format_datetime(NOW, usegmt=True),
                         format_datetime(NOW + dt.timedelta(days=2), usegmt=True), "Wed, 99 Foo 2024"])  # fmt: skip
    return Fault(draw.choice([403, 429]), {"Retry-After": after}, {"message": draw.choice([SECONDARY, "slow down"])})


def used_up(draw: random.Random, _: str) -> Fault:
    """A primary limit, or a good answer that is said to be the last; the reset may be absurd, the clock skewed."""
    skew = dt.timedelta(hours=draw.choice([0, 0, -30, 30]))
    reset = draw.choice([NOW.timestamp() + skew.total_seconds() + draw.choice([-50, 5, 600, 86_400])]).__int__()
    headers = {
        "X-RateLimit-Remaining": "0", "X-RateLimit-Reset": draw.choice([str(reset)] * 3 + ["", "³", "9" * 40, "-1", "soon"]),
        "Date": draw.choice([format_datetime(NOW + skew, usegmt=True)] * 3 + ["", "yesterday"]),
    }  # fmt: skip
    body = {"message": "API rate limit exceeded"}
    graphql = {"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}
    return draw.choice([Fault(403, headers, body), Fault(200, headers, graphql), Fault(headers=headers)])


def clock(draw: random.Random, _: str) -> Fault:
    """A server whose clock is wrong, or not to be read."""
    wrong = NOW + dt.timedelta(days=draw.choice([-4000, -1, 1, 400]))
    return Fault(headers={"Date": draw.choice([format_datetime(wrong, usegmt=True)] * 3 + ["", "tomorrow", "²"])})


def redirect(draw: random.Random, name: str) -> Fault:
    code = draw.choice([300, 301, 302, 303, 307, 308])
    location = draw.choice(
        ["http://example.org/graphql", "https://127.0.0.1/graphql", "//example.org/x", "/graphql", "graphql", "/elsewhere", "",
         "http://[", "ftp://127.0.0.1/", "?again=1", "http://127.0.0.1:1/graphql", "javascript:0"]
    )  # fmt: skip
    return Fault(code, {"Location": location}, {"message": name})


HTTP_RUBBISH = (
    b"hello\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n{}", b"HTTP/1.1 99999 ?\r\n\r\n", b"\0" * 9000,
    b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 200 + b"\r\n", b"HTTP/1.1 100 Continue\r\n\r\n" * 50,
)  # fmt: skip


def connection(draw: random.Random, _: str) -> Fault:
    return draw.choice(
        [
            Fault(drop=True),
            Fault(cut=draw.random()),
            Fault(drip=0.05),
            Fault(delay=6),
            Fault(raw=draw.choice(HTTP_RUBBISH)),
        ]
    )


def encoding(draw: random.Random, _: str) -> Fault:
    """A body whose bytes aren't what its headers or JSON promise."""
    headers = {
        "Content-Encoding": draw.choice(["gzip", "deflate", "br"]),
        "Content-Type": "text/html; charset=utf-16",
        "Content-Length": "99999999",
    }
    bodies = [b"\xff\xfe{", b"\xef\xbb\xbf{}", b'{"data": {"x": "\\ud83d"}}', b'{"data": {"repository": "\xe9"}}']
    name = draw.choice(list(headers))
    return draw.choice([Fault(headers={name: headers[name]}), Fault(body=draw.choice(bodies))])


NO_ANSWERS = (
    "null", "[]", "5", '"text"', "true", "{}", '{"data": null}', '{"data": []}', '{"data": {}}', '{"data": NaN}',
    '{"data": {"repository": 5}}', '{"data": {"i0": null}}', '{"data": {"rateLimit": {"cost": "²"}}}',
    '{"errors": {"a": 1}}', '{"errors": ["x"]}', '{"errors": [null]}', '{"errors": [], "data": null}',
    '{"errors": "x", "data": {}}', '{"errors": [{"message": {"a": []}}]}', '{"errors": [{}], "data": {}}',
    '{"data": ' + "9" * 5000 + "}",
)  # fmt: skip


def document(draw: random.Random, _: str) -> Fault:
    """JSON that is no GraphQL answer; some of it nested beyond what a parser follows."""
    deep = draw.choice([500, 100_000])
    nested = ("[" * deep + "]" * deep, '{"data": ' * deep + "1" + "}" * deep)
    return Fault(body=draw.choice([*NO_ANSWERS, *nested * 3]))


def wrong_type(draw: random.Random, _: str) -> Fault:
    """A value somewhere in the answer replaced by one of a type that it never has."""
    place = draw.random()

    def edit(body: Body) -> Body:
        spots = [(box, key) for box, key in _spots(body.get("data", body)) if key != "rateLimit"]
        if spots:
            box, key = spots[int(place * len(spots))]
            box[key] = {"x": [1]} if not isinstance(box[key], dict) else "text"
        return body

    return Fault(edit=edit)


def missing_key(draw: random.Random, _: str) -> Fault:
    """A key somewhere in the answer left out."""
    place = draw.random()

    def edit(body: Body) -> Body:
        spots = [(box, key) for box, key in _spots(body.get("data", body)) if isinstance(box, dict)]
        if spots:
            box, key = spots[int(place * len(spots))]
            del box[key]
        return body

    return Fault(edit=edit)


def null(draw: random.Random, _: str) -> Fault:
    """A part that is never null."""
    kind = draw.choice(
        ["nodes", "pageInfo", "totalCount", "timelineItems", "issues", "labels", "comments", "id", "hasNextPage"]
    )
    place = draw.random()

    def edit(body: Body) -> Body:
        found = [box for box, key in _spots(body.get("data") or {}) if key == kind]
        if found:
            found[int(place * len(found))][kind] = None
        return body

    return Fault(edit=edit)


def count(draw: random.Random, _: str) -> Fault:
    """A totalCount that is another than the list's."""
    by, place = draw.choice([-3, -1, 1, 5, 10**6]), draw.random()

    def edit(body: Body) -> Body:
        for connection in _pick(_connections(body), place):
            connection["totalCount"] = max(0, connection["totalCount"] + by)
        return body

    return Fault(edit=edit)


def fewer(draw: random.Random, _: str) -> Fault:
    """Nodes left out of a page."""
    lost, place = draw.randrange(1, 6), draw.random()

    def edit(body: Body) -> Body:
        for connection in _pick(_connections(body), place):
            del connection["nodes"][draw.randrange(0, 3) :: lost]
        return body

    return Fault(edit=edit)


def cursor(draw: random.Random, _: str) -> Fault:
    """A list that ends early, doesn't advance, goes round in a circle, or loses its place."""
    page = draw.choice(
        [{"hasNextPage": False}, {"hasNextPage": True}, {"hasNextPage": True, "endCursor": "cursor:0"}, {"endCursor": "cursor:1"},
         {"hasNextPage": True, "endCursor": None}, {"hasNextPage": True, "endCursor": ""}, {"endCursor": "garbage"},
         {"hasNextPage": True, "endCursor": "cursor:99999"}, {"hasNextPage": True, "endCursor": "garbage"}]
    )  # fmt: skip
    place = draw.random()

    def edit(body: Body) -> Body:
        for connection in _pick([entry for entry in _connections(body) if "pageInfo" in entry], place):
            connection["pageInfo"] |= page
        return body

    return Fault(edit=edit)


def repeated(draw: random.Random, _: str) -> Fault:
    """The page that was sent before, again; or each of its nodes twice."""
    before: list[Body] = []
    twice = draw.random() < 0.3

    def edit(body: Body) -> Body:
        if twice:
            for connection in _connections(body):
                connection["nodes"] = [node for node in connection["nodes"] for _ in range(2)]
            return body
        before.append(json.loads(json.dumps(body)))
        return json.loads(json.dumps(before[0]))

    return Fault(edit=edit)


def endless(_: random.Random, __: str) -> Fault:
    """A list that always has a next page, with a new cursor and nodes that nobody has seen."""
    sent: list[Body] = []

    def edit(body: Body) -> Body:
        sent.append(json.loads(json.dumps(body)))
        page = json.loads(json.dumps(sent[0]))
        for connection in [entry for entry in _connections(page) if "pageInfo" in entry]:
            connection["pageInfo"] = {"hasNextPage": True, "endCursor": f"cursor:{1000 + len(sent)}"}
            for node in connection["nodes"]:
                if node and "id" in node:
                    node["id"] = f"{node['id']}-{len(sent)}"
        return page

    return Fault(edit=edit)


def hidden(draw: random.Random, _: str) -> Fault:
    """A node of an aliased query, or an issue of a list, that is not shown, with or without a reason."""
    reason = draw.choice([None, "NOT_FOUND", "FORBIDDEN"])

    def edit(body: Body) -> Body:
        data = body.get("data") or {}
        aliases = [alias for alias in data if alias.startswith("i")]
        if aliases:
            data[aliases[0]] = None
        elif (data.get("repository") or {}).get("issues", {}).get("nodes"):
            data["repository"]["issues"]["nodes"][0] = None
        return body if reason is None else {**body, "errors": [{"type": reason, "message": "no"}]}

    return Fault(edit=edit)


def exchanged(_: random.Random, __: str) -> Fault:
    """The timelines of two issues under each other's name."""

    def edit(body: Body) -> Body:
        data = body.get("data") or {}
        aliases = [alias for alias in data if alias.startswith("i")]
        if len(aliases) > 1:
            data[aliases[0]], data[aliases[1]] = data[aliases[1]], data[aliases[0]]
        return body

    return Fault(edit=edit)


def moving(draw: random.Random, _: str) -> Fault:
    """Issues that are closed, opened again or deleted between two pages, as GitHub's users do."""
    moves = [draw.choice(["open", "close", "delete"]) for _ in range(draw.randrange(1, 4))]

    def act(population: Population) -> None:
        for issues in population.repositories.values():
            for move in moves:
                there = [issue for issue in issues if issue["state"] == ("OPEN" if move == "close" else "CLOSED")]
                if not there:
                    continue
                issue = draw.choice(there)
                if move == "delete":
                    issues.remove(issue)
                    continue
                closed = move == "close"
                stamp = NOW.strftime("%Y-%m-%dT%H:%M:%SZ")
                issue |= {
                    "state": "CLOSED" if closed else "OPEN",
                    "closedAt": stamp if closed else None,
                    "updatedAt": stamp,
                }
                issue["stateReason"] = "COMPLETED" if closed else "REOPENED"

    return Fault(act=act)


TRANSPORT: Mapping[str, Kind] = {kind.__name__: kind for kind in (
    status, rate_limit, used_up, clock, redirect, connection, encoding, document,
)}  # fmt: skip
"""What can happen to any answer."""
SHAPES: Mapping[str, Kind] = {kind.__name__: kind for kind in (wrong_type, missing_key, null)}
"""What can be wrong with the shape of any answer."""
LISTS: Mapping[str, Kind] = {kind.__name__: kind for kind in (count, fewer, cursor, repeated, endless, hidden)}
"""What can be wrong with a list in pages."""


def kinds(endpoint: str) -> dict[str, Kind]:
    """Return the kinds of fault that an endpoint can have."""
    return {
        **TRANSPORT,
        **(SHAPES if endpoint != "REST" else {}),
        **(LISTS if endpoint not in ("REST", "Count") else {}),
        **({"moving": moving} if endpoint == "Issues" else {}),
        **({"exchanged": exchanged} if endpoint in ("Timelines", "Contents") else {}),
    }


def build(kind: str, endpoint: str, draw: random.Random, *, heals: bool) -> Fault:
    """Return a fault of a kind at an endpoint: at which of its requests it begins, and whether it ends, is drawn."""
    fault = kinds(endpoint)[kind](draw, endpoint)
    fault.when = asks(endpoint)
    fault.skip = draw.choice([0, 0, 0, 1])
    # a population moves now and then, not with each request
    fault.times = draw.randrange(1, 4) if heals or kind == "moving" else None
    return fault


def _spots(value: Any) -> Iterator[tuple[Any, Any]]:
    """Yield every place in a document as its container and key."""
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in list(items):
        if key not in _UNREAD:
            yield value, key
            yield from _spots(inner)


# asked for, yet without a column: no harm is done when they are wrong
_UNREAD = frozenset({"rateLimit", "limit", "remaining", "resetAt", "isDirectReference"})


def _connections(body: Body) -> list[Body]:
    boxes = (box for box, key in _spots({"": body.get("data") or {}}) if key == "nodes" and "totalCount" in box)
    return [box for box in boxes if isinstance(box["nodes"], list)]


def _pick(connections: list[Body], place: float) -> list[Body]:
    return connections[int(place * len(connections)) :][:1]
