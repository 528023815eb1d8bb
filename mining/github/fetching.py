"""Rounds: what to ask a converter's repository for, and in which order, until the raw archive is up to date.

Each answer is stored before the next request is sent. A run that was cut off, by whatever, goes on after the last
stored answer.
"""

import datetime as dt
from collections.abc import Mapping
from typing import Any

from datapackage.errors import InputError
from mining.converters import Converter
from mining.github.archive import Archive, Round
from mining.github.client import Client
from mining.github.clock import stamp
from mining.github.listing import count_matching, list_issues, question_variables
from mining.github.long_timelines import finish_timelines
from mining.github.progress import Progress
from mining.github.report import RunReport
from mining.github.round_state import RoundState, replay
from mining.github.round_work import RoundWork

PAGE = 50
"""Issues a request, to begin with; GitHub allows 100, but seldom finishes so large a page in its ten seconds."""
_OVERLAP = dt.timedelta(minutes=10)  # the list that GitHub answers from may lag behind


def fetch_converter(
    client: Client, store_archive: Archive, converter: Converter, progress: Progress, *, full: bool, page: int = PAGE
) -> list[Round]:
    """Bring the archive of one converter up to date.

    An unfinished round is finished first. Then the first run, a changed question (repository or labels), a snapshot
    that lacks something, and `full` begin a full round: all closed issues. Otherwise an incremental round asks for the
    issues, of any state, that were updated since the last round began. It doesn't see a new cross-reference, which
    GitHub counts as no update, nor an issue that was deleted, transferred away or lost the converter's label, which
    isn't listed; a full round sees both.

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
        The rounds that this run finished; each tells its `shortfall`.

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
    if full or not any(entry.full for entry in earlier) or earlier[-1].question != question:
        return True, None
    if any(entry.shortfall for entry in store_archive.snapshot()):
        return True, None  # what was missed isn't among what was updated since
    first = next(earlier[-1].envelopes(), None)
    if first is None:
        raise InputError([earlier[-1].damaged("has lost its segments")])
    # the earlier of both clocks: if one of them is wrong, too much is asked for, never too little
    began = dt.datetime.fromisoformat(min(first["server_date"], first["fetched"]))
    return False, stamp(began - _OVERLAP)


def count_issues(client: Client, converter: Converter, *, full: bool, since: str | None) -> int:
    """Ask GitHub how many issues the next round would bring (one request)."""
    return count_matching(client, converter, question_variables(converter, full=full, since=since))


def _begin(store_archive: Archive, converter: Converter, *, full: bool) -> Round:
    is_full, since = next_question(store_archive, converter, full=full)
    return store_archive.begin(full=is_full, question=_plain(converter.question()), since=since)


def _finish(client: Client, current: Round, converter: Converter, progress: Progress, page: int) -> None:
    work = RoundWork(client, current, converter, replay(current), progress)
    shortfall = [*list_issues(work, page), *finish_timelines(work)]
    current.seal(shortfall)
    _note_outcome(work, shortfall)


def _note_outcome(work: RoundWork, shortfall: list[str]) -> None:
    current, converter, state, report = work.current, work.converter, work.state, work.client.report
    entry: dict[str, int | str] = {
        "fetch": "full" if current.full else f"incremental since {current.since}",
        "issues": state.issues, "timeline_entries": state.entries, "outcome": "incomplete" if shortfall else "complete",
    }  # fmt: skip
    if shortfall:
        entry["missing"] = "; ".join(shortfall)
    report.converters[converter.name] = entry
    _warn(report, converter, state, full=current.full)


def _warn(report: RunReport, converter: Converter, state: RoundState, *, full: bool) -> None:
    if state.repository.lower() != converter.repository.lower():
        report.findings["renamed_repositories"] += 1
        report.warnings.append(
            f"{converter.name}: {converter.repository} is called {state.repository} now; correct the list of converters"
        )
    if full and not state.total:
        report.warnings.append(
            f"{converter.name}: no closed issue matches; are the labels {list(converter.labels)} the repository's?"
        )


def _plain(question: Mapping[str, Any]) -> dict[str, Any]:
    """Return the question as it comes back from JSON, so that stored and new ones compare."""
    return {key: list(value) if isinstance(value, tuple) else value for key, value in question.items()}
