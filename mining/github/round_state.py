"""Where a round stands, computed from its answers.

The same function serves after each request and when a run is taken up again, so the two can't disagree. A round may
hold several listings: one that moved while it was read is begun again from its start, and the last one counts.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from datapackage.errors import InputError
from mining.github.answers import BadAnswer
from mining.github.archive import Envelope, Round
from mining.github.queries import asked_timelines


@dataclass(slots=True)
class Timeline:
    """What was received of one issue's timeline.

    Attributes
    ----------
    name : str
        ``#number``, for messages.
    total : int
        Entries that GitHub counts.
    entries : int
        Entries received, each once, hidden ones included.
    nodes : int
        The same with those that came twice.
    cursors, ids : set of str
        Cursors and entries met, while more is to come.
    updated : set of str
        When GitHub says the issue was updated, at each of the pages; two moments: it moved between them.
    more : str or None
        Cursor of the next page; None when the last one was received.
    gone : bool
        Whether the issue was deleted or transferred before its last page was received.
    """

    name: str
    total: int = 0
    entries: int = 0
    nodes: int = 0
    cursors: set[str] = field(default_factory=set)
    ids: set[str] = field(default_factory=set)
    updated: set[str] = field(default_factory=set)
    more: str | None = None
    gone: bool = False

    @property
    def whole(self) -> bool:
        """Whether every entry was received, once, while the issue stood still."""
        added_up = self.nodes == self.entries == self.total
        return added_up and not self.gone and self.more is None and len(self.updated) < 2

    def restart(self) -> None:
        """Forget what was received, to be asked for from the first page."""
        self.entries, self.nodes, self.more = 0, 0, None
        self.cursors, self.ids, self.updated = set(), set(), set()

    def object_to(self, connection: Mapping[str, Any]) -> None:
        """Refuse a further page that doesn't advance (`BadAnswer`)."""
        page, nodes = connection["pageInfo"], connection["nodes"]
        ids = [node.get("id") for node in nodes if node is not None]
        if page["hasNextPage"] and (page["endCursor"] in self.cursors or not nodes):
            raise BadAnswer(f"the list of events of {self.name} doesn't advance")
        if ids and all(identifier in self.ids for identifier in ids):
            raise BadAnswer(f"the list of events of {self.name} repeats a page")
        if page["hasNextPage"] and self.nodes + len(nodes) > 2 * connection["totalCount"] + 100:
            raise BadAnswer(f"the list of events of {self.name} goes on beyond the number that is counted")

    def take(self, connection: Mapping[str, Any], updated: str | None) -> None:
        """Take a page into account."""
        page = connection["pageInfo"]
        for node in connection["nodes"]:
            identifier = node.get("id") if node is not None else None
            if identifier is None:  # hidden, or from an archive that lacks identifiers
                self.entries += 1
            elif identifier not in self.ids:
                self.ids.add(identifier)
                self.entries += 1
        self.nodes += len(connection["nodes"])
        self.total = connection["totalCount"]
        self.updated |= {updated} if updated else set()
        self.more = page["endCursor"] if page["hasNextPage"] else None
        if self.more is None:
            self.ids, self.cursors = set(), set()
        else:
            self.cursors.add(self.more)


@dataclass
class RoundState:
    """Progress of a round.

    Attributes
    ----------
    listed : bool
        Whether the last page of the present listing was received.
    cursor : str or None
        Where the next page of issues begins; None for the first.
    cursors : set of str
        Cursors met in this listing.
    pages : int
        Pages of this listing.
    totals : list of int
        How many issues match, as GitHub said on each of its pages.
    hidden, repeated : int
        Issues that are listed but not shown; issues listed again.
    timelines : dict
        Issue's node id → its timeline, in the order of the listing.
    restarted : set of str
        Issues whose timeline is to be asked for from its first page.
    repository : str
        The repository's name as GitHub gives it, which is another than asked for after a renaming.
    began : str
        When this listing began: the earlier of the server's and this machine's time, so that asking for what was
        updated since then never asks for too little.
    """

    listed: bool = False
    cursor: str | None = None
    cursors: set[str] = field(default_factory=set)
    pages: int = 0
    totals: list[int] = field(default_factory=list)
    hidden: int = 0
    repeated: int = 0
    timelines: dict[str, Timeline] = field(default_factory=dict)
    restarted: set[str] = field(default_factory=set)
    repository: str = ""
    began: str = ""

    @property
    def issues(self) -> int:
        """Issues received, each once."""
        return len(self.timelines)

    @property
    def total(self) -> int:
        """Issues that match, as GitHub said last."""
        return self.totals[-1] if self.totals else 0

    @property
    def entries(self) -> int:
        """Timeline entries received."""
        return sum(timeline.entries for timeline in self.timelines.values())

    @property
    def stood_still(self) -> bool:
        """Whether nothing in the listing itself shows that it moved or lacks something."""
        counted = self.issues + self.hidden
        return len(set(self.totals)) == 1 and counted == self.total and not self.hidden and not self.repeated

    @property
    def pending(self) -> dict[str, str | None]:
        """Issue's node id → cursor of the page of its timeline that is to be asked for; None for the first."""
        return {
            identifier: timeline.more
            for identifier, timeline in self.timelines.items()
            if identifier in self.restarted or (timeline.more is not None and not timeline.gone)
        }

    def list_again(self) -> None:
        """Begin the listing from its start."""
        self.listed, self.cursor = False, None

    def ask_again(self, identifier: str) -> None:
        """Ask for a timeline from its first page."""
        self.timelines[identifier].restart()
        self.restarted.add(identifier)

    def object_to(self, kind: str, variables: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        """Refuse an answer that doesn't advance (`BadAnswer`); its shape has been checked."""
        if kind == "issues":
            self._object_to_listing(data["repository"], first=variables["after"] is None)
            return
        for alias, identifier in asked_timelines(variables).items():
            node = data[alias]
            if node:
                self.timelines[identifier].object_to(node["timelineItems"])

    def _object_to_listing(self, repository: Mapping[str, Any] | None, *, first: bool) -> None:
        if repository is None:
            return
        connection = repository["issues"]
        page, nodes = connection["pageInfo"], connection["nodes"]
        known = set() if first else self.cursors
        received = len(nodes) if first else sum((self.issues, self.hidden, self.repeated, len(nodes)))
        if page["hasNextPage"] and (page["endCursor"] in known or not nodes):
            raise BadAnswer("the list of issues doesn't advance")
        if page["hasNextPage"] and received > 2 * connection["totalCount"] + 100:
            raise BadAnswer("the list of issues goes on beyond the number that is counted")

    def advance(self, envelope: Envelope) -> None:
        """Take one stored answer into account (`BadAnswer`: it isn't one that a fetch would have stored)."""
        data = envelope["answer"]["data"]
        if envelope["kind"] == "issues":
            if envelope["variables"].get("after") is None:
                self.__dict__.update(vars(RoundState()))
                self.began = min(envelope["server_date"], envelope["fetched"])
            self._advance_listing(data["repository"])
        else:
            self._advance_timelines(envelope["variables"], data)

    def _advance_listing(self, repository: Mapping[str, Any]) -> None:
        connection = repository["issues"]
        page = connection["pageInfo"]
        self.repository = repository["nameWithOwner"]
        self.pages += 1
        self.totals.append(connection["totalCount"])
        self.cursor = page["endCursor"]
        self.cursors |= {self.cursor} if self.cursor else set()
        self.listed = not page["hasNextPage"]
        for issue in connection["nodes"]:
            if issue is None:
                self.hidden += 1
                continue
            # an issue met again (the list moved between two pages) replaces what was known of it
            self.repeated += issue["id"] in self.timelines
            timeline = self.timelines[issue["id"]] = Timeline(f"#{issue['number']}")
            timeline.take(issue["timelineItems"], issue["updatedAt"])

    def _advance_timelines(self, variables: Mapping[str, Any], data: Mapping[str, Any]) -> None:
        for alias, identifier in asked_timelines(variables).items():
            node = data.get(alias)
            timeline = self.timelines.get(identifier)
            if timeline is None:
                raise BadAnswer("events of an issue that isn't listed")
            if variables.get(f"after{alias[1:]}") is None:
                timeline.restart()
            self.restarted.discard(identifier)
            # a node that is gone was deleted or transferred meanwhile: its timeline stays incomplete, and is marked so
            timeline.gone = not node
            if node:
                timeline.take(node["timelineItems"], node.get("updatedAt"))


def replay(current: Round) -> RoundState:
    """Return where a round stands after its stored answers.

    Raises
    ------
    InputError
        A segment is damaged, or holds what no fetch would have stored.
    """
    state = RoundState()
    for envelope in current.envelopes():
        try:
            state.advance(envelope)
        except BadAnswer as bad:
            raise InputError([current.damaged(str(bad))]) from None
    return state
