"""Which issues are kept: the population, and the commit/PR filter in three readings, with reasons.

- ``archive`` is what the study's script does: the first timeline entry, among the first hundred, that is a closing with
  a commit, a reference by a commit, a cross-reference from a closed issue or pull request of a repository *called*
  pytorch or tensorflow-onnx (whoever owns it), or a connection, keeps the issue.
- ``paper`` is what the paper's Figure 4 says: closed with a commit, and referenced by a commit, and a pull request of
  the same repository references it, and a pull request is linked (connected, or announced to close it). Complete
  timelines.
- ``strict`` asks for a fix of the same repository that was taken in: the last closing is by a commit or a merged pull
  request, or a merged pull request is linked and was not unlinked. Complete timelines; not closed as not planned or as
  a duplicate, not turned into a discussion. A closing commit counts beside merged pull requests because PyTorch's bot
  lands a change as a commit and closes its pull request unmerged.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from mining.converters import Converter
from mining.records import Decision, Event, Issue

ARCHIVE_PAGE = 100
"""Timeline entries that the study's script reads."""
_ARCHIVE_NAMES = {"pytorch", "tensorflow-onnx"}

Verdict = tuple[bool, list[str]]
Filter = Callable[[Issue, Sequence[Event], Converter], Verdict]


def population_faults(issue: Issue, converter: Converter) -> list[str]:
    """Return why an issue doesn't belong to its converter's population; empty if it does.

    Pull requests needn't be looked for: GitHub's GraphQL interface never lists them among issues.
    """
    labels = {label.casefold() for label in issue.label_names}
    reasons = []
    if issue.state != "closed":
        reasons.append("not_closed")
    if converter.labels and not labels & {label.casefold() for label in converter.labels}:
        reasons.append("converter_label_missing")
    if labels & {label.casefold() for label in converter.excluded_labels}:
        reasons.append("excluded_label")
    if converter.since and issue.created < converter.since:
        reasons.append("opened_before_since")
    return reasons


def archive(issue: Issue, events: Sequence[Event], converter: Converter) -> Verdict:
    """Apply the filter of the study's script (see the module).

    The names of repositories are the study's two, and for other converters their own repository's name.
    """
    names = _ARCHIVE_NAMES | {converter.repository_name}
    for event in events:
        reason = _archive_reason(event, names)
        if reason and event.position <= ARCHIVE_PAGE:
            return True, [reason]
        if reason:
            return False, [f"evidence_after_first_{ARCHIVE_PAGE}@{event.position}"]
    return False, ["no_evidence"]


def _archive_reason(event: Event, names: set[str]) -> str:
    match event.event:
        case "closed" if event.commit:
            return f"closed_with_commit@{event.position}"
        case "referenced" if event.commit:
            return f"commit_references@{event.position}"
        case "cross_referenced":
            name = event.source_repository.partition("/")[2]
            if name in names and event.source_state in ("closed", "merged"):
                return f"closed_cross_reference@{event.position}"
        case "connected":
            return f"connected@{event.position}"
    return ""


def conditions(issue: Issue, events: Sequence[Event]) -> Mapping[str, int]:
    """Return Figure 4's four conditions, each with the position of the first entry that meets it, 0 if none does."""
    found = dict.fromkeys(
        ("closed_with_commit", "commit_references", "pull_request_references", "pull_request_linked"), 0
    )
    for event in events:
        for name in _conditions_met(issue, event):
            found[name] = found[name] or event.position
    return found


def _conditions_met(issue: Issue, event: Event) -> Iterator[str]:
    if event.event == "closed" and event.commit:
        yield "closed_with_commit"
    if event.event == "referenced" and event.commit:
        yield "commit_references"
    if event.source_kind != "pull_request":
        return
    if event.event == "cross_referenced" and _same_repository(issue, event.source_repository):
        yield "pull_request_references"
    if event.event == "connected" or (event.event == "cross_referenced" and event.will_close == "true"):
        yield "pull_request_linked"


def paper(issue: Issue, events: Sequence[Event], _: Converter) -> Verdict:
    """Apply the filter that the paper's Figure 4 describes (see the module)."""
    found = conditions(issue, events)
    lacking = [f"lacks_{name}" for name, position in found.items() if not position]
    if lacking:
        return False, lacking
    return True, [f"{name}@{position}" for name, position in found.items()]


def strict(issue: Issue, events: Sequence[Event], _: Converter) -> Verdict:
    """Apply the filter that this project defends (see the module)."""
    against = list(_strict_against(issue, events))
    if against:
        return False, against
    evidence = list(_strict_evidence(issue, events))
    return bool(evidence), evidence or ["no_fix_of_the_repository"]


def _strict_against(issue: Issue, events: Sequence[Event]) -> Iterator[str]:
    if issue.timeline_complete != "true":
        yield "timeline_incomplete"
    if issue.state_reason in ("not_planned", "duplicate"):
        yield f"closed_as_{issue.state_reason}"
    marks = [event for event in events if event.event in ("marked_as_duplicate", "unmarked_as_duplicate")]
    if marks and marks[-1].event == "marked_as_duplicate":
        yield f"marked_as_duplicate@{marks[-1].position}"
    for event in events:
        if event.event == "converted_to_discussion":
            yield f"converted_to_discussion@{event.position}"


def _strict_evidence(issue: Issue, events: Sequence[Event]) -> Iterator[str]:
    closings = [event for event in events if event.event == "closed"]
    if closings and closings[-1].commit and _same_repository(issue, closings[-1].commit_repository):
        yield f"closed_by_commit@{closings[-1].position}"
    if closings and _merged_here(issue, closings[-1]):
        yield f"closed_by_merged_pull_request@{closings[-1].position}"
    links: dict[str, Event] = {}
    for event in events:
        if event.event == "connected" or (event.event == "cross_referenced" and event.will_close == "true"):
            links.setdefault(event.source.lower(), event)
        elif event.event == "disconnected":
            links.pop(event.source.lower(), None)
    for event in links.values():
        if _merged_here(issue, event):
            yield f"merged_pull_request_linked@{event.position}"


def _merged_here(issue: Issue, event: Event) -> bool:
    merged = event.source_kind == "pull_request" and event.source_merged == "true"
    return merged and _same_repository(issue, event.source_repository)


def _same_repository(issue: Issue, repository: str) -> bool:
    return repository.lower() == issue.repository.lower()


FILTERS: Mapping[str, Filter] = {"archive": archive, "paper": paper, "strict": strict}
"""The readings of the commit/PR filter, by name."""


def decide(
    issues: Iterable[Issue],
    events: Mapping[tuple[str, str], Sequence[Event]],
    converters: Mapping[str, Converter],
    filters: Iterable[str] = tuple(FILTERS),
) -> list[Decision]:
    """Apply every filter to every issue of a known converter.

    Parameters
    ----------
    issues : iterable of Issue
        The table of issues.
    events : mapping
        (converter, issue) → its events in timeline order.
    converters : mapping
        Name → converter; issues of others are left out.
    filters : iterable of str
        Names of the filters to apply.

    Returns
    -------
    list of Decision
        One an issue and filter, ``population`` the first of them; an issue outside the population is dropped by all
        filters, for the population's reasons.
    """
    result = []
    judges = {name: FILTERS[name] for name in filters}
    for issue in issues:
        converter = converters.get(issue.converter)
        if converter is None:
            continue
        outside = population_faults(issue, converter)
        verdicts: dict[str, Verdict] = {"population": (not outside, outside or ["in_population"])}
        timeline = events.get((issue.converter, issue.issue), ())
        for name, judge in judges.items():
            verdicts[name] = (False, outside) if outside else judge(issue, timeline, converter)
        result += [
            Decision(issue.converter, issue.issue, name, str(kept).lower(), " ".join(reasons))
            for name, (kept, reasons) in verdicts.items()
        ]
    return result
