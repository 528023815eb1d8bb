"""The list of a converter's issues, and the proof that none slipped out of sight while it was read.

GitHub's list is read in pages, and it moves: an issue that is closed, opened again, deleted or labelled between two
pages can shift another one past the reader without a trace in the pages themselves. So a list of more than one page
counts only if nothing was updated since it was begun, or if calling the roll (numbers alone, a hundred a request) names
the same issues. Otherwise it is read again from its start.
"""

import functools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datapackage.errors import StudyError
from mining.converters import Converter
from mining.github.answers import BadAnswer, check_count, check_issues, check_roll_call
from mining.github.archive import Round
from mining.github.client import Client, PageTooLarge, Refused
from mining.github.page_size import PageSize
from mining.github.queries import COUNT, ISSUES, ROLL_CALL, TIMELINE_PAGE
from mining.github.round_work import RoundWork

LISTINGS = 3
"""How often a run reads a list that doesn't hold still."""
_NAMED = 10


@dataclass
class RollCall:
    """The issues that GitHub lists, by number alone.

    Attributes
    ----------
    numbers : dict
        Node id → number.
    total, hidden : int
        How many GitHub counts; how many it lists without showing them.
    received : int
        Nodes received, repeated ones included.
    cursors : set of str or None
        Cursors met; None for a last page.
    more : str or None
        Cursor of the next page.
    """

    numbers: dict[str, int] = field(default_factory=dict)
    total: int = 0
    hidden: int = 0
    received: int = 0
    cursors: set[str | None] = field(default_factory=set)
    more: str | None = None

    def take(self, connection: Mapping[str, Any]) -> None:
        """Take a page into account."""
        nodes, page = connection["nodes"], connection["pageInfo"]
        self.total = connection["totalCount"]
        self.received += len(nodes)
        self.hidden += sum(node is None for node in nodes)
        self.numbers |= {node["id"]: node["number"] for node in nodes if node is not None}
        self.more = page["endCursor"] if page["hasNextPage"] else None
        self.cursors.add(self.more)


def list_issues(work: RoundWork, page: int) -> list[str]:
    """Finish the listing, and begin it again while it doesn't hold still.

    Returns
    -------
    list of str
        What GitHub counts but didn't hand out, in words; empty for a list that is complete.

    Raises
    ------
    StudyError
        GitHub doesn't know the repository, refuses, or fails again and again.
    """
    size = PageSize(page)
    for left in range(LISTINGS - 1, -1, -1):
        _read_list(work, size)
        shortfall, again = _compare(work, min(100, 2 * page))
        if not again or not left:
            return shortfall
        work.say("the list moved while it was read; reading it again")
        work.state.list_again()
    raise AssertionError


def _read_list(work: RoundWork, size: PageSize) -> None:
    state, fixed = work.state, listing_variables(work.converter, work.current)
    restarts = 1
    work.progress.restart(0 if state.cursor is None else state.issues)
    while not state.listed:
        variables = {**fixed, "first": size.value, "after": state.cursor, "items": TIMELINE_PAGE}
        try:
            answer = work.ask("issues", ISSUES, variables, check_issues, reducible=size.value > 1)
        except PageTooLarge as slow:
            size.halve()
            work.say(f"{slow}; asking for {size.value} issues at once")
            continue
        except Refused as refused:
            # perhaps only the place where the list stood is refused: a cursor may not outlive the days
            if state.cursor is None or not restarts:
                raise
            restarts -= 1
            work.say(f"{refused}; reading the list again from its start")
            state.list_again()
            continue
        known_repository(answer.body["data"], work.converter)
        work.store("issues", ISSUES, variables, answer)
        size.succeeded()
        work.progress.show(work.converter.name, state.issues, state.total, "issues")


def _compare(work: RoundWork, page: int) -> tuple[list[str], bool]:
    """Return what the listing lacks, and whether reading it again may bring it."""
    state = work.state
    if state.stood_still and (state.pages == 1 or not _updated_since(work)):
        return [], False
    call = call_the_roll(work, page)
    missing = sorted(number for identifier, number in call.numbers.items() if identifier not in state.timelines)
    extra = sorted(timeline.name for identifier, timeline in state.timelines.items() if identifier not in call.numbers)
    shortfall = []
    if missing:
        shortfall.append(f"{_some('issue', [f'#{number}' for number in missing])} listed but not received")
    if extra:
        shortfall.append(f"{_some('issue', extra)} received but not listed any more")
    if call.hidden:
        shortfall.append(f"{_some('issue', [''] * call.hidden)} listed but not shown to the token")
    if len(call.numbers) + call.hidden != call.total:
        shortfall.append(f"GitHub counts {call.total} issues and lists {len(call.numbers) + call.hidden}")
    return shortfall, bool(missing or extra)


def _updated_since(work: RoundWork) -> bool:
    variables = {**listing_variables(work.converter, work.current), "states": ["CLOSED", "OPEN"]}
    variables["since"] = work.state.began
    return count_matching(work.client, work.converter, variables) > 0


def call_the_roll(work: RoundWork, page: int) -> RollCall:
    """List the issues again, `page` numbers a request (errors as in `list_issues`)."""
    work.say("comparing the list with a second one")
    call, fixed = RollCall(), listing_variables(work.converter, work.current)
    while call.more or not call.cursors:
        check = functools.partial(_check_roll, call=call, converter=work.converter)
        variables = {**fixed, "first": page, "after": call.more}
        answer = work.client.ask(ROLL_CALL, variables, check, reducible=False)
        call.take(answer.body["data"]["repository"]["issues"])
    return call


def _check_roll(body: Mapping[str, Any], call: RollCall, converter: Converter) -> None:
    check_roll_call(body)
    connection = known_repository(body["data"], converter)["issues"]
    page = connection["pageInfo"]
    if page["hasNextPage"] and (page["endCursor"] in call.cursors or not connection["nodes"]):
        raise BadAnswer("the list of issues doesn't advance")
    if page["hasNextPage"] and call.received > 2 * connection["totalCount"] + 100:
        raise BadAnswer("the list of issues goes on beyond the number that is counted")


def count_matching(client: Client, converter: Converter, variables: Mapping[str, Any]) -> int:
    """Ask GitHub how many issues match (one request)."""
    wanted = {name: value for name, value in variables.items() if name != "first"}
    answer = client.ask(COUNT, wanted, check_count, reducible=False)
    return int(known_repository(answer.body["data"], converter)["issues"]["totalCount"])


def listing_variables(converter: Converter, current: Round) -> dict[str, Any]:
    """Return the variables by which GitHub picks the issues of a round."""
    return question_variables(converter, full=current.full, since=current.since)


def question_variables(converter: Converter, *, full: bool, since: str | None) -> dict[str, Any]:
    """Return the variables by which GitHub picks issues: all closed ones, or those of any state updated since."""
    return {
        "owner": converter.owner,
        "name": converter.repository_name,
        # an incremental round has to learn of issues that were opened again, too
        "states": ["CLOSED"] if full else ["CLOSED", "OPEN"],
        "labels": list(converter.labels) or None,
        "since": since,
    }


def known_repository(data: Mapping[str, Any], converter: Converter) -> Mapping[str, Any]:
    """Return the repository of an answer; an error where GitHub knows none."""
    repository = data.get("repository")
    if not repository:
        raise StudyError(
            f"{converter.name}: GitHub knows no repository {converter.repository}, or shows it to none of the tokens; "
            "it may have been deleted or made private: correct or remove its entry in the list of converters"
        )
    return dict(repository)


def _some(what: str, names: Sequence[str]) -> str:
    """Return ``2 issues (#1, #2)``, the first ten named."""
    named = ", ".join([name for name in names if name][:_NAMED]) + (", …" if len(names) > _NAMED else "")
    count = f"{len(names)} {what}{'s' if len(names) != 1 else ''}"
    return f"{count} ({named})" if names[0] else count
