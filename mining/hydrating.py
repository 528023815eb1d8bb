"""Titles, bodies and comments of given issues, into a cache that git doesn't track.

What has become of issues that are gone is reported, not guessed.
"""

import itertools
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from datapackage.files import write_atomic
from datapackage.issues import parse_issue
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
        ``fetched``, ``cached``, ``moved`` (transferred, or its repository renamed), ``deleted``, or ``no_access``
        (gone, private, or turned into something that is no issue).
    detail : str
        Where a moved issue is now.
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
        Ask again for what is cached; a vanished issue's texts stay.
    """
    wanted = []
    for issue in issues:
        if cache_path(cache, issue).is_file() and not refresh:
            yield Outcome(issue, "cached")
        else:
            wanted.append(issue)
    size = BATCH
    while wanted:
        batch = wanted[:size]
        try:
            contents = _ask(client, batch, None, reducible=len(batch) > 1)
        except PageTooLarge:
            size = max(1, len(batch) // 2)
            continue
        for issue, content in zip(batch, contents, strict=True):
            yield _keep(client, issue, content, cache)
        wanted = wanted[len(batch) :]


def _ask(client: Client, batch: Sequence[str], after: str | None, *, reducible: bool) -> list[Mapping[str, Any] | None]:
    variables: dict[str, Any] = {"after": after}
    for number, issue in enumerate(batch):
        repository, position = parse_issue(issue)
        owner, _, name = repository.partition("/")
        variables |= {f"owner{number}": owner, f"name{number}": name, f"number{number}": position}
    data = client.ask(contents_query(len(batch)), variables, reducible=reducible).body["data"]
    return [(data.get(f"i{number}") or {}).get("issue") for number in range(len(batch))]


def _keep(client: Client, issue: str, content: Mapping[str, Any] | None, cache: Path) -> Outcome:
    if content is None:
        return _became(client, issue)
    comments = list(content["comments"]["nodes"])
    page = content["comments"]["pageInfo"]
    while page["hasNextPage"]:
        more = _ask(client, [issue], page["endCursor"], reducible=False)[0]
        if more is None:
            break
        comments += more["comments"]["nodes"]
        page = more["comments"]["pageInfo"]
    document = {
        "issue": issue, "title": content["title"], "body": content["body"], "created": content["createdAt"],
        "updated": content["updatedAt"], "comments_complete": not page["hasNextPage"],
        # logins are left out: who said it is not needed for labelling
        "comments": [{"created": note["createdAt"], "association": note["authorAssociation"], "body": note["body"]}
                     for note in comments if note],
    }  # fmt: skip
    text = json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    write_atomic(cache_path(cache, issue), client.redactor.clean(text).encode("utf-8", "surrogatepass"))
    now = f"{content['repository']['nameWithOwner']}#{content['number']}"
    return Outcome(issue, "fetched") if now.lower() == issue.lower() else Outcome(issue, "moved", now)


def _became(client: Client, issue: str) -> Outcome:
    """Ask REST, which tells a deleted issue (410) from a moved one (301) and one that isn't shown (404)."""
    repository, number = parse_issue(issue)
    status, body = client.read(f"/repos/{repository}/issues/{number}")
    if status == 410:
        return Outcome(issue, "deleted")
    if status != 200 or not isinstance(body, Mapping):
        return Outcome(issue, "no_access")
    parts = urlsplit(str(body.get("html_url", ""))).path.strip("/").split("/")
    if len(parts) == 4 and parts[2] == "issues":
        now = f"{parts[0]}/{parts[1]}#{parts[3]}"
        if now.lower() != issue.lower():
            return Outcome(issue, "moved", now)
    return Outcome(issue, "no_access")


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
