"""``python -m mining hydrate``."""

import argparse
import csv
import re
from pathlib import Path

from datapackage.commandline import DATA, Command
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.archived_texts import archived_texts
from mining.github.archive import Archive
from mining.github.options import connect, connection_options
from mining.hydrating import by_status, hydrate, hydrate_offline
from mining.store import store_option

CACHE = Path(__file__).resolve().parents[2] / "cache"
_ISSUE = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.-]*/[A-Za-z0-9_-][A-Za-z0-9_.-]*#[0-9]{1,9}")


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "table", nargs="?", type=Path, default=DATA / "failures.csv", metavar="TABLE",
        help="a CSV table with a column issue, such as a sample (default: data/failures.csv)",
    )  # fmt: skip
    parser.add_argument(
        "--cache", type=Path, default=CACHE, metavar="DIR", help="the cache (default: cache/ of the project)"
    )
    parser.add_argument("--refresh", action="store_true", help="fetch also what is cached")
    parser.add_argument(
        "--offline", action="store_true", help="take titles and bodies from the store's raw archive; no comments"
    )
    store_option(parser)
    connection_options(parser)


def read_issue_column(path: Path) -> list[str]:
    """Return the issues named in a table's column ``issue``, each once.

    Raises
    ------
    InputError
        The table is missing, lacks the column, or a cell is not ``owner/repository#number``; all faults together.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            rows = list(csv.DictReader(stream))
    except FileNotFoundError:
        raise InputError(
            [Fault(str(path), "file is missing; name a table with a column issue", reason=Reason.MISSING_FILE)]
        ) from None
    except (UnicodeDecodeError, csv.Error) as error:
        raise InputError([Fault(str(path), f"is not CSV in UTF-8 ({error})", reason=Reason.FORMAT)]) from error
    if not rows or "issue" not in rows[0]:
        raise InputError(
            [Fault(str(path), "is empty or has no column of this name", column="issue", reason=Reason.MISSING_LABEL)]
        )
    message = "is not owner/repository#number"
    faults = [
        Fault(str(path), message, number, "issue", row["issue"], Reason.FORMAT)
        for number, row in enumerate(rows, start=2)
        if not _ISSUE.fullmatch(row["issue"] or "")
    ]
    if faults:
        raise InputError(faults)
    return list(dict.fromkeys(row["issue"] for row in rows))


def _hydrate(arguments: argparse.Namespace) -> int:
    issues = read_issue_column(arguments.table)
    if arguments.offline:
        texts: dict[str, dict[str, str]] = {}
        for folder in sorted((arguments.store / "raw").glob("*")):
            if any(current.complete for current in Archive(arguments.store, folder.name).rounds()):
                texts |= archived_texts(arguments.store, folder.name)
        groups = by_status(hydrate_offline(issues, texts, arguments.cache))
    else:
        client, _ = connect(arguments)
        groups = by_status(hydrate(client, issues, arguments.cache, refresh=arguments.refresh))
    for status, group in groups.items():
        print(f"{status} {len(group)}")  # noqa: T201
        if status in ("moved", "deleted", "no_access"):
            for outcome in group:
                print(f"  {outcome.issue}" + (f" -> {outcome.detail}" if outcome.detail else ""))  # noqa: T201
    print(f"cache: {arguments.cache}")  # noqa: T201
    return 0


HYDRATE = Command(
    "hydrate",
    "fetch titles, bodies and comments of labelled issues into an untracked cache; report what has vanished",
    "Brings the texts of the issues in TABLE into the cache, one JSON file an issue, for raters and teachers, and "
    "lists the issues that were moved, deleted or are not shown any more.",
    _options,
    _hydrate,
)
