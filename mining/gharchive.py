"""Issue events from GH Archive's hourly files, in the columns of the table ``events``.

The files record GitHub's public event stream, so no rate limit applies. They lack what the stream lacks: commits and
pull requests that reference or close an issue, cross-references, connections, duplicates; labels other than those an
issue carried at the time of an event; anything private, hours that were lost, and hours not downloaded.
"""

from collections.abc import Sequence
from pathlib import Path

import duckdb

from datapackage.errors import Fault, InputError
from datapackage.issues import parse_issue
from datapackage.reasons import Reason
from mining.converters import Converter
from mining.pseudonyms import pseudonym
from mining.records import Event

ACTIONS = ("closed", "reopened", "labeled", "unlabeled", "transferred")
"""Actions of ``IssuesEvent`` that the table of events has a name for."""

_QUERY = """
SELECT id, lower(repo.name), json_extract_string(payload, '$.issue.number'), json_extract_string(payload, '$.action'),
       created_at, actor.login, json_extract_string(payload, '$.issue.labels[*].name'),
       json_extract_string(payload, '$.label.name'), json_extract_string(payload, '$.issue.state_reason'), repo.name
FROM read_json(?, format = 'newline_delimited', maximum_object_size = 67108864, columns = {
    id: 'VARCHAR', type: 'VARCHAR', repo: 'STRUCT(name VARCHAR)', actor: 'STRUCT(login VARCHAR)', payload: 'JSON',
    created_at: 'VARCHAR'})
WHERE type = 'IssuesEvent' AND list_contains(?, lower(repo.name)) AND list_contains(?, json_extract_string(payload,
'$.action'))
  AND json_extract(payload, '$.issue.pull_request') IS NULL
"""


def read_hours(files: Sequence[Path], converters: Sequence[Converter], key: bytes) -> list[Event]:
    """Read hourly files (``.json.gz`` or ``.json``).

    Parameters
    ----------
    files : sequence of Path
        The files, in any order; an event that stands in two of them counts once.
    converters : sequence of Converter
        Those whose issues are wanted: by repository, and by the labels that an issue carried at the event.
    key : bytes
        For pseudonyms.

    Returns
    -------
    list of Event
        Sorted by converter, issue and time; `position` counts the events found here, not the timeline's entries.

    Raises
    ------
    InputError
        Files are missing or cannot be read; all of them are listed.
    """
    faults = []
    found: dict[tuple[str, ...], Event] = {}
    with duckdb.connect(config={"threads": 2}) as connection:
        for path in files:
            try:
                rows = connection.execute(
                    _QUERY, [str(path), [c.repository.lower() for c in converters], list(ACTIONS)]
                ).fetchall()
            except duckdb.Error as error:
                message = f"cannot be read as an hourly file ({str(error).splitlines()[0][:160]}); download it again"
                faults.append(Fault(str(path), message, reason=Reason.DAMAGED_FILE))
                continue
            for row in rows:
                for converter in converters:
                    if _belongs(row, converter):
                        found[converter.name, row[0]] = _event(row, converter, key)
    if faults:
        raise InputError(faults)
    return _numbered([found[key] for key in sorted(found, key=lambda key: (key[0], len(key[1]), key[1]))])


def _belongs(row: tuple[str | list[str] | None, ...], converter: Converter) -> bool:
    labels = {str(label).casefold() for label in row[6] or []} | ({str(row[7]).casefold()} if row[7] else set())
    wanted = {label.casefold() for label in converter.labels}
    return row[1] == converter.repository.lower() and (not wanted or bool(wanted & labels))


def _event(row: tuple[str | None, ...], converter: Converter, key: bytes) -> Event:
    _, _, number, action, created, login, _, label, reason, repository = row
    return Event(
        converter=converter.name,
        issue=f"{repository}#{number}",
        position=0,
        event=str(action),
        created=str(created),
        actor=pseudonym(key, login),
        label=(label or "") if action in ("labeled", "unlabeled") else "",
        state_reason=(reason or "") if action == "closed" else "",
    )


def _numbered(events: list[Event]) -> list[Event]:
    """Sort by key and number each issue's events; equal times keep the order of the events' ids."""
    events.sort(
        key=lambda event: (
            event.converter,
            *parse_issue(event.issue),
            event.created,
        )
    )
    previous, position = ("", ""), 0
    for event in events:
        issue = (event.converter, event.issue)
        position = position + 1 if issue == previous else 1
        previous = issue
        event.position = position
    return events
