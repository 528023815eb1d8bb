"""Titles and excerpts of issues for raters, from the untracked cache that ``python -m mining hydrate`` fills.

What the cache holds was written by strangers: it is shortened, and neutralised where it goes into a sheet.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from datapackage.issues import parse_issue
from datapackage.sheets import shortened

CACHE = Path(__file__).resolve().parents[1] / "cache"
TITLE_LENGTH, EXCERPT_LENGTH = 200, 700


@dataclass(frozen=True, slots=True)
class Text:
    """Title and body of an issue, shortened."""

    title: str
    excerpt: str


def read_texts(cache: Path, issues: Iterable[str]) -> dict[str, Text]:
    """Return what the cache holds of these issues; an issue that it lacks, or a broken file, is left out.

    Parameters
    ----------
    cache : Path
        ``issues/owner/repository/number.json`` below it, names in lower case, with ``title`` and ``body``.
    issues : iterable of str
        Keys.
    """
    texts = {}
    for issue in issues:
        repository, number = parse_issue(issue.lower())
        try:
            document = json.loads((cache / "issues" / repository / f"{number}.json").read_text(encoding="utf-8"))
            title, body = str(document["title"] or ""), str(document["body"] or "")
        except (OSError, ValueError, KeyError, TypeError):
            continue
        texts[issue] = Text(
            shortened(" ".join(title.split()), TITLE_LENGTH), shortened(" ".join(body.split()), EXCERPT_LENGTH)
        )
    return texts
