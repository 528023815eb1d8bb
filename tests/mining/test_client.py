"""Asking until there is an answer: what is tried again, how long is waited, with which token, and what is said meanwhile."""

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

import pytest

from datapackage.errors import StudyError
from mining.github import client as module
from mining.github.answers import BadAnswer
from mining.github.client import Answer, Client, PageTooLarge, Refused, Unreachable
from mining.github.report import new_report
from mining.github.tokens import Token
from mining.github.transport import Reply, Request
from mining.github.troubles import Trouble
from tests.mining.conftest import FakeClock

API = "https://api.github.example/v3"
SECRETS = ("ghp_" + "a" * 36, "ghp_" + "b" * 36)
AT = "2024-05-01T12:00:00Z"  # the fake clock's start
RESET = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(1714564800 + 600)}
GOOD: Mapping[str, Any] = {"data": {"answer": 42}}


def good(**headers: str) -> Reply:
    return Reply(200, {name.replace("_", "-"): value for name, value in headers.items()}, dict(GOOD))


FINE = good()
FAILED = Reply(500)
NO_ANSWER = Reply(0, trouble=Trouble.CONNECTION, words="nobody there")


@dataclass
class Connection:
    """In place of PyGithub's: what it was made with."""

    token: Token
    api_url: str
    timeout: int

    @property
    def graphql_url(self) -> str:
        return f"{self.api_url}/graphql"


@dataclass
class Wire:
    """Replies in order, and what was sent for each."""

    clock: FakeClock
    replies: list[Reply] = field(default_factory=list)
    connections: list[Connection] = field(default_factory=list)
    sent: list[tuple[str, Request, float]] = field(default_factory=list)

    def client(self, replies: Iterable[Reply], *, tokens: int = 1, api_url: str = API, timeout: int = 30) -> Client:
        self.replies = list(replies)
        named = [Token(secret, f"token {number}") for number, secret in enumerate(SECRETS[:tokens], start=1)]
        return Client(
            named, api_url, self.clock, new_report(self.clock.now()), timeout=timeout, say=self.clock.said.append
        )

    def connect(self, token: Token, api_url: str, timeout: int) -> Connection:
        self.connections.append(Connection(token, api_url, timeout))
        return self.connections[-1]

    def exchange(self, connection: Connection, request: Request, seconds: float) -> Reply:
        self.sent.append((connection.token.name, request, seconds))
        return self.replies.pop(0)

    @property
    def used(self) -> list[str]:
        return [token for token, _, _ in self.sent]


@pytest.fixture
def wire(clock: FakeClock, monkeypatch: pytest.MonkeyPatch) -> Wire:
    made = Wire(clock)
    monkeypatch.setattr(module, "requester", made.connect)
    monkeypatch.setattr(module, "exchange", made.exchange)
    return made


def ask(client: Client, check: Callable[[Any], None] = lambda _: None, *, reducible: bool = False) -> Answer:
    return client.ask("query", {"first": 5}, check, reducible=reducible)


def spoilt(_: object) -> None:
    raise BadAnswer(f"data: spoilt by {SECRETS[0]}")


def test_an_answer_holds_what_belongs_to_it_and_its_times(wire: Wire) -> None:
    errors = [{"type": "NOT_FOUND", "message": "gone"}]
    body = {"data": {"rateLimit": {"cost": 4}}, "errors": errors, "extensions": {"debug": 1}}
    client = wire.client([Reply(200, {"date": "Wed, 01 May 2024 11:58:30 GMT"}, body)])
    seen: list[object] = []
    wanted = Answer({"data": body["data"], "errors": errors}, AT, "2024-05-01T11:58:30Z")
    assert ask(client, seen.append) == wanted
    assert seen == [body]
    assert wire.sent == [("token 1", Request(f"{API}/graphql", {"query": "query", "variables": {"first": 5}}), 20)]
    assert [(each.token.secret, each.api_url, each.timeout) for each in wire.connections] == [(SECRETS[0], API, 30)]


@pytest.mark.parametrize(
    ("data", "points"),
    [({}, 1), ({"rateLimit": None}, 1), ({"rateLimit": {"cost": "4"}}, 1), ({"rateLimit": {}}, 1), ({"rateLimit": {"cost": 4}}, 4)],
)  # fmt: skip
def test_points_are_added_up_as_github_charges_them_or_one_a_query(data: object, points: int, wire: Wire) -> None:
    client = wire.client([Reply(200, {}, {"data": data})] * 2)
    assert ask(client) == Answer({"data": data}, AT, AT)
    ask(client)
    assert (client.report.points, client.report.requests, client.report.waited) == (2 * points, 2, 0)


def test_a_spoilt_answer_is_asked_for_again_and_then_refused(wire: Wire) -> None:
    client = wire.client([FINE] * 4)
    with pytest.raises(Refused) as caught:
        ask(client, spoilt)
    assert str(caught.value).startswith("GitHub's answer can't be used: 4 tries in a row failed (data: spoilt by ")
    assert SECRETS[0] not in str(caught.value) + "".join(wire.clock.said)
    assert wire.clock.waits == [1, 2, 4]
    assert wire.clock.said[1].endswith("; try 3 of 4 in 2 s, at 12:00:03 UTC")
    assert client.report.troubles == {Trouble.MALFORMED: 4}
    assert client.report.waited == 7
    assert client.report.requests == 4


def test_a_server_that_fails_is_tried_seven_times_longer_each_time(wire: Wire) -> None:
    client = wire.client([FAILED] * 7)
    with pytest.raises(StudyError) as caught:
        ask(client)
    assert type(caught.value) is StudyError
    assert str(caught.value) == ("7 tries in a row failed (HTTP 500: no message); run the command again to continue")
    assert wire.clock.waits == [1, 2, 4, 8, 16, 32]
    assert wire.clock.said[0] == "HTTP 500: no message; try 2 of 7 in 1 s, at 12:00:01 UTC"
    assert client.report.troubles == {Trouble.SERVER_ERROR: 7}
    assert len(wire.connections) == 1


def test_failures_in_a_row_count_for_one_question_alone(wire: Wire) -> None:
    client = wire.client([*[FAILED] * 6, FINE, *[FAILED] * 6, FINE])
    for _ in range(2):
        ask(client)
    assert wire.clock.waits == [1, 2, 4, 8, 16, 32] * 2
    assert client.report.troubles == {Trouble.SERVER_ERROR: 12}


def test_where_nothing_has_answered_yet_it_is_soon_given_up(wire: Wire) -> None:
    client = wire.client([NO_ANSWER] * 3, api_url="https://user:word@api.github.example/api/v3")
    with pytest.raises(Unreachable) as caught:
        ask(client)
    assert str(caught.value) == (
        "no connection to api.github.example (nobody there; 3 tries); see to the network, the proxy or --api-url and "
        "run the command again"
    )
    assert wire.clock.waits == [1, 2]
    assert wire.clock.said[0] == "nobody there; try 2 of 3 in 1 s, at 12:00:01 UTC"
    assert [seconds for _, _, seconds in wire.sent] == [20] * 3


def test_where_something_answered_a_lost_connection_is_made_anew_and_given_its_time(wire: Wire) -> None:
    client = wire.client([FINE, *[NO_ANSWER] * 7])
    ask(client)
    with pytest.raises(StudyError, match="7 tries in a row failed") as caught:
        ask(client)
    assert type(caught.value) is StudyError
    assert [seconds for _, _, seconds in wire.sent] == [20, *[30] * 7]
    made = [(each.token.secret, each.api_url, each.timeout) for each in wire.connections]
    assert made == [(SECRETS[0], API, 30)] * 8


def test_an_error_of_the_server_is_an_answer_too(wire: Wire) -> None:
    client = wire.client([FAILED, *[NO_ANSWER] * 5, FINE], timeout=10)
    ask(client)
    assert [seconds for _, _, seconds in wire.sent] == [10] * 7, "a shorter limit than the first one stays"


def test_a_question_that_is_too_large_is_given_back_where_less_can_be_asked_for(wire: Wire) -> None:
    client = wire.client([Reply(502), Reply(502), FINE])
    with pytest.raises(PageTooLarge) as caught:
        ask(client, reducible=True)
    assert str(caught.value) == "HTTP 502: no message"
    assert ask(client) == Answer(GOOD, "2024-05-01T12:00:01Z", "2024-05-01T12:00:01Z")
    assert client.report.troubles == {Trouble.TOO_LARGE: 2}
    failing = wire.client([FAILED, FINE])
    ask(failing, reducible=True)
    assert failing.report.troubles == {Trouble.SERVER_ERROR: 1}


def test_a_refusal_is_told_in_githubs_words_without_tokens(wire: Wire) -> None:
    client = wire.client([Reply(422, {}, {"message": f"no such field as {SECRETS[0]}"})])
    with pytest.raises(Refused) as caught:
        ask(client)
    said = str(caught.value)
    assert said.startswith("GitHub refuses the request: HTTP 422: no such field as ")
    assert said.endswith("; see whether --api-url and the token are the right ones, then run the command again")
    assert SECRETS[0] not in said
    assert wire.clock.waits == []


def test_an_answer_that_broke_off_is_called_so(wire: Wire) -> None:
    ask(wire.client([Reply(200, {}, None), FINE]))
    assert wire.clock.said == ["the answer broke off; try 2 of 7 in 1 s, at 12:00:01 UTC"]


def test_what_is_said_holds_no_token(wire: Wire) -> None:
    wire.client([]).say(f"with {SECRETS[0]}")
    assert wire.clock.said[0].startswith("with ")
    assert SECRETS[0] not in wire.clock.said[0]


def test_a_token_at_its_limit_rests_while_the_other_works(wire: Wire) -> None:
    limited = Reply(403, RESET, {"message": "API rate limit exceeded"})
    client = wire.client([limited, FINE, FINE, limited, FINE], tokens=2)
    for _ in range(2):
        ask(client)
    assert (wire.used, wire.clock.waits) == (["token 1", "token 2", "token 2"], [])
    ask(client)
    assert wire.used[3:] == ["token 2", "token 1"]
    assert wire.clock.waits == [601]
    assert wire.clock.said == ["the rate limit of token 1 is used up; waiting 10 min, until 2024-05-01 12:10:01 UTC"]
    assert client.report.troubles == {Trouble.PRIMARY_LIMIT: 2}
    assert client.report.waited == 601


def test_a_limit_on_behaviour_holds_for_all_tokens(wire: Wire) -> None:
    client = wire.client([Reply(429, {"retry-after": "1"}), FINE, FINE], tokens=2)
    ask(client)
    ask(client)
    assert wire.clock.waits == [1]
    assert wire.clock.said == ["GitHub asks to slow down; waiting 1 s, until 2024-05-01 12:00:01 UTC"]


def test_limits_without_end_are_given_up_after_seven_times_the_tokens(wire: Wire) -> None:
    for tokens in (1, 2):
        wire.clock.waits.clear()
        client = wire.client([Reply(429)] * 99, tokens=tokens)
        with pytest.raises(StudyError) as caught:
            ask(client)
        assert str(caught.value) == "GitHub keeps limiting the requests; run the command again later to continue"
        assert len(wire.clock.waits) == 7 * tokens
        assert wire.clock.waits[:7] == [60, 120, 240, 480, 960, 1920, 3600]
        assert client.report.troubles == {Trouble.SECONDARY_LIMIT: 7 * tokens + 1}


def test_a_shorter_rest_does_not_cut_a_longer_one_and_an_equal_one_keeps_its_reason(wire: Wire) -> None:
    limited = Reply(403, RESET, {"message": "API rate limit exceeded"})
    client = wire.client([limited, Reply(429, {"retry-after": "601"}), FINE], tokens=2)
    ask(client)
    assert wire.clock.said == ["the rate limit of token 1 is used up; waiting 10 min, until 2024-05-01 12:10:01 UTC"]
    client = wire.client([Reply(403, RESET | {"date": "Wed, 01 May 2024 12:00:00 GMT"}, {}),
                          Reply(429, {"retry-after": "30"}), FINE], tokens=2)  # fmt: skip
    wire.clock.said.clear()
    ask(client)
    assert wire.used[-3:] == ["token 1", "token 2", "token 2"], "token 1 still rests"
    assert [line.partition(";")[0] for line in wire.clock.said] == ["GitHub asks to slow down"]


def test_a_wait_that_is_absurd_is_bounded_and_told(wire: Wire) -> None:
    client = wire.client([Reply(429, {"retry-after": "864000"}), FINE])
    ask(client)
    assert wire.clock.waits == [3660]
    assert wire.clock.said == [
        "GitHub asks to slow down and GitHub asks for 10 days, longer than its limits last; "
        "waiting 61 min, until 2024-05-01 13:01:00 UTC"
    ]


def test_the_last_request_that_is_granted_is_followed_by_a_rest(wire: Wire) -> None:
    client = wire.client([Reply(200, RESET, dict(GOOD)), FINE])
    ask(client)
    assert wire.clock.waits == []
    ask(client)
    assert wire.clock.waits == [601]
    assert wire.clock.said == ["the rate limit of token 1 is used up; waiting 10 min, until 2024-05-01 12:10:01 UTC"]


@pytest.mark.parametrize("before", [[], ["7"], ["0", "0", "0", "7"]])
def test_one_request_at_a_time_is_given_up(before: list[str], wire: Wire) -> None:
    client = wire.client([good(x_ratelimit_remaining=left) for left in (*before, "0", "0", "0", "0")])
    for _ in range(len(before) + 3):
        ask(client)
    with pytest.raises(StudyError) as caught:
        ask(client)
    assert str(caught.value) == (
        "GitHub grants token 1 one request at a time (3 resets were waited for); run the command again later to continue"
    )
    assert wire.clock.waits == [60] * (3 + before.count("0"))


def test_a_token_that_is_refused_is_left_out_and_named(wire: Wire) -> None:
    client = wire.client([Reply(401), FINE, FINE, Reply(401)], tokens=2)
    ask(client)
    ask(client)
    assert wire.used == ["token 1", "token 2", "token 2"]
    assert client.report.warnings == ["token 1 was refused (401) and is not used again; renew it"]
    nobody = "GitHub refuses every token (401); set a valid one and run the command again to continue"
    with pytest.raises(Unreachable) as caught:
        ask(client)
    assert str(caught.value) == nobody
    single = wire.client([Reply(401)])
    with pytest.raises(Unreachable) as caught:
        ask(single)
    assert str(caught.value) == nobody
    assert single.report.warnings == []
    assert single.report.troubles == {Trouble.BAD_CREDENTIALS: 1}
    assert wire.clock.waits == []


def test_what_is_gone_is_an_answer_of_the_rest_interface(wire: Wire) -> None:
    seen: list[object] = []
    client = wire.client([Reply(404, {}, {"message": "Not Found"}), Reply(200, {}, {"id": 1}), Reply(410)])
    assert client.read("/repositories/1", seen.append) == (404, {"message": "Not Found"})
    assert client.read("/repositories/1", seen.append) == (200, {"id": 1})
    assert client.read("/repositories/1", seen.append) == (410, None)
    assert seen == [{"id": 1}]
    assert wire.sent[0] == ("token 1", Request("/repositories/1"), 20)


def test_trouble_of_the_rest_interface_is_tried_again(wire: Wire) -> None:
    client = wire.client([
        Reply(502), Reply(200, {}, ["list"]), Reply(429, {"retry-after": "5"}),
        Reply(403, RESET, {"message": "API rate limit exceeded"}), Reply(200, {}, {"id": 1}),
    ])  # fmt: skip
    assert client.read("/repositories/1", lambda _: None) == (200, {"id": 1})
    assert client.report.troubles == {
        Trouble.TOO_LARGE: 1, Trouble.MALFORMED: 1, Trouble.SECONDARY_LIMIT: 1, Trouble.PRIMARY_LIMIT: 1,
    }  # fmt: skip
    spoiling = wire.client([Reply(200, {}, {"id": 1})] * 4)
    with pytest.raises(Refused, match=r"4 tries in a row failed \(data: spoilt by "):
        spoiling.read("/repositories/1", spoilt)
    with pytest.raises(Refused, match="HTTP 403: Forbidden for you"):
        wire.client([Reply(403, {}, {"message": "Forbidden for you"})]).read("/repositories/1", lambda _: None)


def test_the_clock_of_this_machine_stands_in_for_the_servers(wire: Wire) -> None:
    wire.clock.time += dt.timedelta(hours=1)
    answer = ask(wire.client([good(date="yesterday")]))
    assert (answer.fetched, answer.server_date) == ("2024-05-01T13:00:00Z",) * 2
