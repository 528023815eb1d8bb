"""Where a round stands, computed from its answers.

The same function serves after each request and when a run is taken up again, so the two can't disagree.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mining.github.archive import Envelope


@dataclass
class RoundState:
    """Progress of a round.

    Attributes
    ----------
    listed : bool
        Whether the last page of issues was received.
    cursor : str or None
        Where the next page of issues begins.
    total : int
        Issues that GitHub says match.
    issues : int
        Issues received.
    entries : int
        Timeline entries received.
    pending : dict
        Issue's node id → cursor, for timelines of which more is to come, in the order they were met.
    repository : str
        The repository's name as GitHub gives it, which is another than asked for after a renaming.
    since : str
        The server's date at the first answer.
    """

    listed: bool = False
    cursor: str | None = None
    total: int = 0
    issues: int = 0
    entries: int = 0
    pending: dict[str, str] = field(default_factory=dict)
    repository: str = ""
    since: str = ""

    def advance(self, envelope: Envelope) -> None:
        """Take one stored answer into account."""
        self.since = self.since or envelope["server_date"]
        data = envelope["answer"]["data"]
        if envelope["kind"] == "issues":
            self._advance_listing(data["repository"])
        else:
            self._advance_timelines(envelope["variables"], data)

    def _advance_listing(self, repository: Mapping[str, Any]) -> None:
        connection = repository["issues"]
        self.repository = repository["nameWithOwner"]
        self.total = connection["totalCount"]
        self.cursor = connection["pageInfo"]["endCursor"]
        self.listed = not connection["pageInfo"]["hasNextPage"]
        for issue in connection["nodes"]:
            if issue is None:
                continue
            self.issues += 1
            self.entries += len(issue["timelineItems"]["nodes"])
            # an issue met again (the list moved between two pages) replaces what was known of it
            self.pending.pop(issue["id"], None)
            self._note_page(issue["id"], issue["timelineItems"]["pageInfo"])

    def _advance_timelines(self, variables: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        for name, identifier in variables.items():
            if not name.startswith("id"):
                continue
            node = data.get(f"i{name[2:]}")
            self.pending.pop(identifier, None)
            # a node that is gone was deleted or transferred meanwhile: its timeline stays incomplete, and is marked so
            if node and "timelineItems" in node:
                self.entries += len(node["timelineItems"]["nodes"])
                self._note_page(identifier, node["timelineItems"]["pageInfo"])

    def _note_page(self, identifier: str, page: Mapping[str, Any]) -> None:
        if page["hasNextPage"]:
            self.pending[identifier] = page["endCursor"]


def replay(envelopes: Iterable[Envelope]) -> RoundState:
    """Return where a round stands after these answers."""
    state = RoundState()
    for envelope in envelopes:
        state.advance(envelope)
    return state
