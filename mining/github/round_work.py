"""What the two halves of a round, the listing and the long timelines, work with: one answer in, one segment more."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from mining.converters import Converter
from mining.github.answers import Check
from mining.github.archive import Round
from mining.github.client import Answer, Client
from mining.github.progress import Progress
from mining.github.queries import query_hash
from mining.github.round_state import RoundState


@dataclass(frozen=True)
class RoundWork:
    """A round that is being fetched.

    Attributes
    ----------
    client : Client
        The connection.
    current : Round
        Where answers are stored.
    converter : Converter
        What is asked for.
    state : RoundState
        Where the round stands.
    progress : Progress
        Receives the progress.
    """

    client: Client
    current: Round
    converter: Converter
    state: RoundState
    progress: Progress

    def ask(self, kind: str, query: str, variables: Mapping[str, Any], shape: Check, *, reducible: bool) -> Answer:
        """Ask for the next page; an answer that is spoilt or doesn't advance is asked for again (errors of `Client`)."""

        def check(body: Mapping[str, Any]) -> None:
            shape(body)
            self.state.object_to(kind, variables, body["data"])

        return self.client.ask(query, variables, check, reducible=reducible)

    def store(self, kind: str, query: str, variables: Mapping[str, Any], answer: Answer) -> None:
        """Store an answer, then note it."""
        envelope = {
            "kind": kind,
            "query_sha256": query_hash(query),
            "variables": dict(variables),
            "fetched": answer.fetched,
            "server_date": answer.server_date,
            "answer": dict(answer.body),
        }
        self.current.append([envelope], self.client.redactor)
        self.state.advance(envelope)
        if answer.body.get("errors"):
            self.client.report.findings["answers_with_missing_parts"] += 1

    def say(self, line: str) -> None:
        """Tell the user, with the converter's name."""
        self.client.say(f"{self.converter.name}: {line}")
