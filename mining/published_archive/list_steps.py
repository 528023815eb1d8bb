"""How the study's issue lists follow from each other: what each removal leaves, and what its filter keeps, computed again.

The stored lists are said to have the removals behind them; an import prints the counts, so that one sees whether they have.
"""

from collections.abc import Iterator, Sequence

import pandas as pd

from mining.converters import Converter, load_converters
from mining.published_archive.issue_lists import FILES, IssueLists
from mining.records import split_labels

_SHOWN = 5  # issues that are named where the two lists part


def list_steps(lists: IssueLists) -> Iterator[str]:
    """Yield two lines per converter: the entries before and after each removal, and the filter's against the stored list.

    Parameters
    ----------
    lists : IssueLists
        Of both converters.

    Yields
    ------
    str
        Counts of entries; of issues, too, where one stands twice.
    """
    converters = {converter.name: converter for converter in load_converters()}
    for name, rows in lists.issues.groupby("converter", sort=False):
        everything, filtered = rows[rows["list"] == "all"], rows[rows["list"] == "filtered"]
        left, words = _removals(everything, converters[str(name)])
        yield f"{name}: {FILES[str(name), 'all']} holds {_counted(everything)}; {words}"
        yield (
            f"{name}: the commit/PR filter, applied to these, keeps {_counted(left[left['kept']])}; "
            f"{FILES[str(name), 'filtered']} holds {_counted(filtered)}, {_compared(left[left['kept']], filtered)}"
        )


def _removals(rows: pd.DataFrame, converter: Converter) -> tuple[pd.DataFrame, str]:
    """Return what the study's script leaves of its list, and the counts in words."""
    left = rows[~rows["pull_request"]]
    words = f"{len(left)} without pull requests"
    if converter.excluded_labels:
        kept = [set(converter.excluded_labels).isdisjoint(split_labels(cell or "")) for cell in left["labels"]]
        left = left[kept]
        words += f", {len(left)} of these without label {' or '.join(map(repr, converter.excluded_labels))}"
    return left, words


def _counted(rows: pd.DataFrame) -> str:
    distinct = rows["issue"].nunique()
    return f"{len(rows)} entries" + ("" if distinct == len(rows) else f" ({distinct} issues)")


def _compared(computed: pd.DataFrame, stored: pd.DataFrame) -> str:
    ours, theirs = list(computed["issue"]), list(stored["issue"])
    if ours == theirs:
        return "the same in the same order"
    lacking, further = _named(theirs, ours), _named(ours, theirs)
    if not lacking and not further:
        return "the same issues in another order or number"
    parts = [f"not kept here: {lacking}" if lacking else "", f"not kept there: {further}" if further else ""]
    return "; ".join(part for part in parts if part)


def _named(those: Sequence[str], lacking_in: Sequence[str]) -> str:
    """Return those that the other list lacks, the first few by name."""
    found = [issue for issue in dict.fromkeys(those) if issue not in set(lacking_in)]
    more = f" and {len(found) - _SHOWN} more" if len(found) > _SHOWN else ""
    return ", ".join(found[:_SHOWN]) + more
