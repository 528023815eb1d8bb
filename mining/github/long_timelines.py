"""The rest of the timelines that are longer than a page, and those whose entries don't add up."""

import functools
import itertools
from typing import Any

from mining.github.answers import check_timelines
from mining.github.client import PageTooLarge, Refused
from mining.github.page_size import PageSize
from mining.github.queries import TIMELINE_PAGE, asked_timelines, timelines_query
from mining.github.round_work import RoundWork

TIMELINES = 25
"""Long timelines a request, to begin with."""
REPEATS = 2
"""How often a run reads a timeline again whose entries don't add up to the number that GitHub counts."""
_NAMED = 10


def finish_timelines(work: RoundWork) -> list[str]:
    """Read every timeline to its end, those that moved meanwhile again.

    Returns
    -------
    list of str
        Which timelines lack entries all the same, in words.

    Raises
    ------
    StudyError
        GitHub refuses, or fails again and again.
    """
    state = work.state
    _read_pending(work)
    for _ in range(REPEATS):
        short = [
            identifier for identifier, timeline in state.timelines.items() if not (timeline.whole or timeline.gone)
        ]
        if not short:
            break
        work.say(f"{len(short)} timelines don't have the entries that are counted; reading them again")
        for identifier in short:
            state.ask_again(identifier)
        _read_pending(work)
    return _shortfall(work)


def _read_pending(work: RoundWork) -> None:
    state, size = work.state, PageSize(TIMELINES)
    done, total, restarts = 0, len(state.pending), 1
    work.progress.restart(0)
    while state.pending:
        batch = list(itertools.islice(state.pending.items(), size.value))
        variables: dict[str, Any] = {"items": TIMELINE_PAGE}
        for number, (identifier, cursor) in enumerate(batch):
            variables |= {f"id{number}": identifier, f"after{number}": cursor}
        query = timelines_query(len(batch))
        check = functools.partial(check_timelines, identifiers=asked_timelines(variables))
        try:
            answer = work.ask("timelines", query, variables, check, reducible=len(batch) > 1)
        except PageTooLarge as slow:
            size.halve()
            work.say(f"{slow}; asking for {size.value} timelines at once")
            continue
        except Refused as refused:
            # perhaps only the place where a timeline stood is refused
            if not restarts or all(cursor is None for _, cursor in batch):
                raise
            restarts -= 1
            work.say(f"{refused}; reading these timelines again from their start")
            for identifier, _ in batch:
                state.ask_again(identifier)
            continue
        work.store("timelines", query, variables, answer)
        size.succeeded()
        done = max(done, total - len(state.pending))
        work.progress.show(work.converter.name, done, total, "long timelines")


def _shortfall(work: RoundWork) -> list[str]:
    timelines = work.state.timelines.values()
    gone = [timeline.name for timeline in timelines if timeline.gone]
    short = [
        f"{timeline.name} {timeline.nodes} received, {timeline.total} counted"
        for timeline in timelines
        if not timeline.gone and not timeline.whole
    ]
    result = []
    for names, words in ((gone, "cut off, the issue is gone"), (short, "with other entries than counted")):
        if names:
            named = ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
            result.append(f"{len(names)} timeline{'s' if len(names) != 1 else ''} {words} ({named})")
    return result
