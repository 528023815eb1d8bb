"""The loop that fills the raw archive: list the issues, then finish the long timelines.

Each answer is stored before the next request is sent. A run that was cut off, by whatever, goes on after the last
stored answer.
"""

import datetime as dt
import itertools
from collections.abc import Mapping
from typing import Any

from datapackage.errors import StudyError
from mining.converters import Converter
from mining.github.archive import Archive, Envelope, Round
from mining.github.client import Client, PageTooLarge
from mining.github.clock import stamp
from mining.github.progress import Progress
from mining.github.queries import COUNT, ISSUES, TIMELINE_PAGE, query_hash, timelines_query
from mining.github.round_state import RoundState, replay

PAGE = 50
"""Issues a request, to begin with; GitHub allows 100, but seldom finishes so large a page in its ten seconds."""
TIMELINES = 25
"""Long timelines a request, to begin with."""
_OVERLAP = dt.timedelta(minutes=10)  # the list that GitHub answers from may lag behind
_GROW_AFTER = 5


class PageSize:
    """How much to ask for: halved when GitHub runs out of time, doubled again after five good answers."""

    def __init__(self, largest: int) -> None:
        self._largest = largest
        self._good = 0
        self.value = largest

    def halve(self) -> None:
        """Ask for half as much."""
        self.value = max(1, self.value // 2)
        self._good = 0

    def succeeded(self) -> None:
        """Note a good answer."""
        self._good += 1
        if self._good >= _GROW_AFTER:
            self.value = min(self._largest, self.value * 2)
            self._good = 0


def fetch_converter(
    client: Client, store_archive: Archive, converter: Converter, progress: Progress, *, full: bool, page: int = PAGE
) -> list[Round]:
    """Bring the archive of one converter up to date.

    An unfinished round is finished first. Then the first run, a changed question (repository or labels) and `full`
    begin a full round: all closed issues. Otherwise an incremental round asks for the issues, of any state, that were
    updated since the last round began. It doesn't see a new cross-reference, which GitHub counts as no update, nor an
    issue that was deleted, transferred away or lost the converter's label, which isn't listed; a full round sees both.

    Parameters
    ----------
    client : Client
        The connection.
    store_archive : Archive
        The converter's archive.
    converter : Converter
        What to ask for.
    progress : Progress
        Receives the progress.
    full : bool
        Fetch everything again.
    page : int
        Issues a request, 1 to 100.

    Returns
    -------
    list of Round
        The rounds that this run completed.

    Raises
    ------
    StudyError
        GitHub doesn't know the repository, refuses, or fails again and again. What was received is stored.
    """
    completed = []
    rounds = store_archive.rounds()
    asked_as_now = bool(rounds) and rounds[-1].question == _plain(converter.question())
    unfinished = rounds[-1] if asked_as_now and not rounds[-1].complete else None
    if unfinished is not None:
        _finish(client, unfinished, converter, progress, page)
        completed.append(unfinished)
    if unfinished is None or (full and not unfinished.full):
        begun = _begin(store_archive, converter, full=full)
        _finish(client, begun, converter, progress, page)
        completed.append(begun)
    return completed


def next_question(store_archive: Archive, converter: Converter, *, full: bool) -> tuple[bool, str | None]:
    """Return whether the next new round is full, and since when it asks otherwise."""
    question = _plain(converter.question())
    earlier = [entry for entry in store_archive.rounds() if entry.complete]
    if full or not earlier or earlier[-1].question != question:
        return True, None
    first = next(earlier[-1].envelopes())
    began = dt.datetime.fromisoformat(first["server_date"])
    return False, stamp(began - _OVERLAP)


def count_issues(client: Client, converter: Converter, *, full: bool, since: str | None) -> int:
    """Ask GitHub how many issues the next round would bring (one request)."""
    variables = _listing_variables(converter, full=full, since=since)
    answer = client.ask(COUNT, variables, reducible=False)
    repository = _known_repository(answer.body["data"], converter)
    return int(repository["issues"]["totalCount"])


def _begin(store_archive: Archive, converter: Converter, *, full: bool) -> Round:
    is_full, since = next_question(store_archive, converter, full=full)
    return store_archive.begin(full=is_full, question=_plain(converter.question()), since=since)


def _finish(client: Client, current: Round, converter: Converter, progress: Progress, page: int) -> None:
    state = replay(current.envelopes())
    _list_issues(client, current, converter, state, progress, page=page)
    _finish_timelines(client, current, converter, state, progress)
    current.seal()
    _note_outcome(client, current, converter, state)


def _list_issues(
    client: Client, current: Round, converter: Converter, state: RoundState, progress: Progress, *, page: int
) -> None:
    size = PageSize(page)
    progress.restart(state.issues)
    fixed = _listing_variables(converter, full=current.full, since=current.since)
    while not state.listed:
        variables = {**fixed, "first": size.value, "after": state.cursor, "items": TIMELINE_PAGE}
        try:
            answer = client.ask(ISSUES, variables, reducible=size.value > 1)
        except PageTooLarge:
            size.halve()
            continue
        repository = _known_repository(answer.body["data"], converter)
        information = repository["issues"]["pageInfo"]
        if information["hasNextPage"] and information["endCursor"] in (None, state.cursor):
            raise StudyError(
                f"{converter.name}: GitHub's list of issues doesn't advance; run the command again to continue"
            )
        _store(client, current, state, _envelope("issues", ISSUES, variables, answer))
        size.succeeded()
        progress.show(converter.name, state.issues, state.total, "issues")


def _finish_timelines(
    client: Client, current: Round, converter: Converter, state: RoundState, progress: Progress
) -> None:
    size = PageSize(TIMELINES)
    done, total = 0, len(state.pending)
    progress.restart(0)
    while state.pending:
        batch = list(itertools.islice(state.pending.items(), size.value))
        variables: dict[str, Any] = {"items": TIMELINE_PAGE}
        for number, (identifier, cursor) in enumerate(batch):
            variables |= {f"id{number}": identifier, f"after{number}": cursor}
        query = timelines_query(len(batch))
        try:
            answer = client.ask(query, variables, reducible=len(batch) > 1)
        except PageTooLarge:
            size.halve()
            continue
        _store(client, current, state, _envelope("timelines", query, variables, answer))
        if any(state.pending.get(identifier) == cursor for identifier, cursor in batch):
            raise StudyError(f"{converter.name}: GitHub's list of events doesn't advance; fetch again with --full")
        size.succeeded()
        done = max(done, total - len(state.pending))
        progress.show(converter.name, done, total, "long timelines")


def _store(client: Client, current: Round, state: RoundState, envelope: Envelope) -> None:
    current.append([envelope], client.redactor)
    state.advance(envelope)
    if envelope["answer"].get("errors"):
        client.report.findings["answers_with_missing_parts"] += 1


def _envelope(kind: str, query: str, variables: Mapping[str, Any], answer: Any) -> Envelope:
    return {
        "kind": kind,
        "query_sha256": query_hash(query),
        "variables": dict(variables),
        "fetched": answer.fetched,
        "server_date": answer.server_date,
        "answer": answer.body,
    }


def _listing_variables(converter: Converter, *, full: bool, since: str | None) -> dict[str, Any]:
    return {
        "owner": converter.owner,
        "name": converter.repository_name,
        # an incremental round has to learn of issues that were opened again, too
        "states": ["CLOSED"] if full else ["CLOSED", "OPEN"],
        "labels": list(converter.labels) or None,
        "since": since,
    }


def _known_repository(data: Mapping[str, Any], converter: Converter) -> Mapping[str, Any]:
    repository = data.get("repository")
    if not repository or repository.get("issues") is None:
        raise StudyError(
            f"{converter.name}: GitHub knows no repository {converter.repository}, or shows it to none of the tokens; "
            "it may have been deleted or made private: correct or remove its entry in the list of converters"
        )
    return dict(repository)


def _note_outcome(client: Client, current: Round, converter: Converter, state: RoundState) -> None:
    kind = "full" if current.full else f"incremental since {current.since}"
    client.report.converters[converter.name] = {
        "fetch": kind, "issues": state.issues, "timeline_entries": state.entries, "outcome": "complete",
    }  # fmt: skip
    if state.repository.lower() != converter.repository.lower():
        client.report.findings["renamed_repositories"] += 1
        client.report.warnings.append(
            f"{converter.name}: {converter.repository} is called {state.repository} now; correct the list of converters"
        )
    if current.full and not state.total:
        client.report.warnings.append(
            f"{converter.name}: no closed issue matches; are the labels {list(converter.labels)} the repository's?"
        )


def _plain(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question as it comes back from JSON, so that stored and new ones compare."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in question.items()}
