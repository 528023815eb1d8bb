"""Titles, bodies and comments of given issues, into a cache that git doesn't track.

What has become of issues that are gone is reported, not guessed.
"""

import functools
import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datapackage.files import write_atomic
from datapackage.issues import parse_issue
from mining.github.answers import BadAnswer, Check, check_contents
from mining.github.client import Client, PageTooLarge
from mining.github.queries import contents_query

BATCH = 20
"""Issues a request, to begin with."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one issue.

    Attributes
    ----------
    issue : str
        ``owner/repository#number``.
    status : str
        ``fetched``, ``incomplete`` (fetched, but some comments that GitHub counts weren't handed out), ``cached``,
        ``moved`` (transferred, or its repository renamed), ``deleted``, or ``no_access`` (gone, private, or turned into
        something that is no issue).
    detail : str
        Where a moved issue is now; how many comments an incomplete one has.
    """

    issue: str
    status: str
    detail: str = ""


def cache_path(cache: Path, issue: str) -> Path:
    """Return where an issue's texts are kept: ``issues/owner/repository/number.json``."""
    repository, number = parse_issue(issue.lower())
    return cache / "issues" / repository / f"{number}.json"


def hydrate(client: Client, issues: Iterable[str], cache: Path, *, refresh: bool) -> Iterator[Outcome]:
    """Bring the texts of issues into the cache; yield what became of each.

    Parameters
    ----------
    client : Client
        The connection.
    issues : iterable of str
        ``owner/repository#number``.
    cache : Path
        Folder of the cache.
    refresh : bool
        Ask again for what is cached with all its comments; a vanished issue's texts stay.
    """
    wanted = []
    for issue in issues:
        if _whole(cache_path(cache, issue)) and not refresh:
            yield Outcome(issue, "cached")
        else:
            wanted.append(issue)
    size = BATCH
    while wanted:
        batch = wanted[:size]
        try:
            check = functools.partial(check_contents, numbers=[parse_issue(issue).number for issue in batch])
            contents = _ask(client, batch, None, check, reducible=len(batch) > 1)
        except PageTooLarge as slow:
            size = max(1, len(batch) // 2)
            client.say(f"{slow}; asking for {size} issues at once")
            continue
        for issue, content in zip(batch, contents, strict=True):
            yield _keep(client, issue, content, cache)
        wanted = wanted[len(batch) :]


def _whole(path: Path) -> bool:
    """Say whether an issue is cached with all its comments; a file that can't be read counts as none."""
    try:
        document = json.loads(path.read_text(encoding="utf-8", errors="surrogatepass"))
        return document["comments_complete"] is True
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return False


def _ask(
    client: Client, batch: Sequence[str], after: str | None, check: Check, *, reducible: bool
) -> list[Mapping[str, Any] | None]:
    variables: dict[str, Any] = {"after": after}
    for number, issue in enumerate(batch):
        repository, position = parse_issue(issue)
        owner, _, name = repository.partition("/")
        variables |= {f"owner{number}": owner, f"name{number}": name, f"number{number}": position}
    data = client.ask(contents_query(len(batch)), variables, check, reducible=reducible).body["data"]
    return [(data[f"i{number}"] or {}).get("issue") for number in range(len(batch))]


def _keep(client: Client, issue: str, content: Mapping[str, Any] | None, cache: Path) -> Outcome:
    if content is None:
        return _became(client, issue)
    comments, whole = _all_comments(client, issue, content["comments"])
    document = {
        "issue": issue, "title": content["title"], "body": content["body"], "created": content["createdAt"],
        "updated": content["updatedAt"], "comments_complete": whole,
        # logins are left out: who said it is not needed for labelling
        "comments": [{"created": note["createdAt"], "association": note["authorAssociation"], "body": note["body"]}
                     for note in comments if note],
    }  # fmt: skip
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomic(cache_path(cache, issue), client.redactor.clean(text).encode("utf-8", "surrogatepass"))
    now = f"{content['repository']['nameWithOwner']}#{content['number']}"
    if now.lower() != issue.lower():
        return Outcome(issue, "moved", now)
    if not whole:
        return Outcome(issue, "incomplete", f"{len(comments)} comments received")
    return Outcome(issue, "fetched")


def _all_comments(
    client: Client, issue: str, connection: Mapping[str, Any]
) -> tuple[list[Mapping[str, Any] | None], bool]:
    """Return the comments from their first page on, and whether they are all that GitHub counts."""
    comments, cursors = list(connection["nodes"]), set[str]()
    while connection["pageInfo"]["hasNextPage"]:
        after = connection["pageInfo"]["endCursor"]
        cursors.add(after)
        known = {note["id"] for note in comments if note}

        def check(body: Mapping[str, Any], cursors: set[str] = cursors, known: set[str] = known) -> None:
            check_contents(body, [parse_issue(issue).number])
            content = (body["data"]["i0"] or {}).get("issue")
            if content is not None:
                _object_to(content["comments"], cursors, known)

        more = _ask(client, [issue], after, check, reducible=False)[0]
        if more is None:
            return comments, False
        connection = more["comments"]
        comments += connection["nodes"]
    distinct = len({note["id"] for note in comments if note}) + comments.count(None)
    return comments, distinct == len(comments) == connection["totalCount"]


def _object_to(connection: Mapping[str, Any], cursors: Collection[str], known: Collection[str]) -> None:
    page, ids = connection["pageInfo"], [note["id"] for note in connection["nodes"] if note]
    if page["hasNextPage"] and (page["endCursor"] in cursors or not connection["nodes"]):
        raise BadAnswer("the list of comments doesn't advance")
    if ids and all(identifier in known for identifier in ids):
        raise BadAnswer("the list of comments repeats a page")
    if page["hasNextPage"] and len(known) > 2 * connection["totalCount"] + 100:
        raise BadAnswer("the list of comments goes on beyond the number that is counted")


def _became(client: Client, issue: str) -> Outcome:
    """Ask REST, which tells a deleted issue (410) from a moved one (301) and one that isn't shown (404)."""
    repository, number = parse_issue(issue)
    status, body = client.read(f"/repos/{repository}/issues/{number}", _check_page)
    if status == 410:
        return Outcome(issue, "deleted")
    if status != 200:
        return Outcome(issue, "no_access")
    owner, name, kind, there = _page_parts(body)
    now = f"{owner}/{name}#{there}"
    if kind != "issues":
        return Outcome(issue, "no_access")
    if now.lower() == issue.lower():
        return Outcome(issue, "incomplete", "REST shows it, GraphQL doesn't; run the command again")
    return Outcome(issue, "moved", now)


def _check_page(body: Mapping[str, Any]) -> None:
    if len(_page_parts(body)) != 4:
        raise BadAnswer("html_url: not the address of an issue")


def _page_parts(body: Mapping[str, Any]) -> list[str]:
    return urlsplit(str(body.get("html_url", ""))).path.strip("/").split("/")


def hydrate_offline(issues: Iterable[str], texts: Mapping[str, Mapping[str, str]], cache: Path) -> Iterator[Outcome]:
    """Take titles and bodies from the raw archive instead; comments are not in it.

    Parameters
    ----------
    issues : iterable of str
        ``owner/repository#number``.
    texts : mapping
        Issue → title and body, see `mining.archived_texts`.
    cache : Path
        Folder of the cache; what it has already, with comments perhaps, is left alone.
    """
    by_name = {issue.lower(): text for issue, text in texts.items()}
    for issue in issues:
        path = cache_path(cache, issue)
        if path.is_file():
            yield Outcome(issue, "cached")
        elif issue.lower() in by_name:
            document = {"issue": issue, **by_name[issue.lower()], "comments_complete": False, "comments": []}
            write_atomic(
                path, (json.dumps(document, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "surrogatepass")
            )
            yield Outcome(issue, "fetched")
        else:
            yield Outcome(issue, "no_access")


def by_status(outcomes: Iterable[Outcome]) -> dict[str, list[Outcome]]:
    """Group outcomes by status, statuses in alphabetical order."""
    ordered = sorted(outcomes, key=lambda outcome: outcome.status)
    return {status: list(group) for status, group in itertools.groupby(ordered, key=lambda outcome: outcome.status)}
