"""The report as one HTML file that needs nothing else: no network, no script; escaped throughout."""

import itertools
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd
from markupsafe import Markup

from analysis.claims.findings import touching
from analysis.claims.ledger import VERDICTS, Ledger, verdict_name
from analysis.report.chapter import Chapter, Content
from analysis.report.claims_table import claim_cells, claims_table
from analysis.report.environment import HTML
from analysis.report.findings import COLUMNS, ROBUSTNESS
from analysis.report.inline_svg import colour_rules
from analysis.report.markup import page_figure, page_table
from analysis.report.tables import with_relations
from datapackage.tables import records

# a number, its sign and its interval stay on one line; the blank stands first, so that most of a page is passed over at once
_UNBROKEN = re.compile(
    r" (?:(?<=[0-9] )(?=%)|(?<=[0-9%] )(?=\[[-+0-9])|(?<=[0-9], )(?=[-+0-9.]+\])|(?<=[ρκV] )(?=[0-9])"
    r"|(?<=\b[pρQ] )(?=(?:=|&lt;) [-+0-9])|(?<=\b[pρQ] = )(?=[-+0-9])|(?<=\bp &lt; )(?=[0-9]))"
)
# the exponent of 1e-7, in words and not in a tag
_EXPONENT = re.compile(r"(?<=[0-9]e)-(?=[0-9])(?![^<>]*>)")
EXPLORER = "explore.html"  # beside the report
_HEADING = re.compile(r"<h3>(.*?)</h3>", re.DOTALL)


class Drawings(NamedTuple):
    """The figures and tables of all chapters by name, asked for when the text comes to them.

    Attributes
    ----------
    svg : callable
        Returns a figure.
    table : callable
        Returns a table's element (see `analysis.report.markup.table_element`).
    """

    svg: Callable[[str], str]
    table: Callable[[str], Markup]


@dataclass(frozen=True)
class _Part:
    """A chapter of the page: its text, and the sections of it with their identifiers."""

    chapter: Chapter
    answer: str
    text: Markup
    sections: list[tuple[str, Markup]]


def render_report(
    ledger: Ledger,
    chapters: Sequence[tuple[Chapter, Content]],
    found: Sequence[Mapping[str, object]],
    drawn: Drawings,
    *,
    edited: Sequence[str] = (),
    archive_files: Sequence[str] = (),
    deprecated: Sequence[str] = (),
) -> str:
    """Return the report.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of (Chapter, Content)
        In the order of the paper.
    found : sequence of mapping
        The findings' rows (see `analysis.report.findings.findings`).
    drawn : Drawings
        Its figures and tables.
    edited : sequence of str
        Tables that are not the published ones; the report says so.
    archive_files : sequence of str
        The archive's large files that the data was made from; the report says which, or that there were none.
    deprecated : sequence of str
        What is left out, a sentence for each sample.
    """
    numbers = itertools.count(1)
    page = HTML.get_template("report/report.html.j2").render(
        parts=[_part(chapter, content, ledger, drawn, numbers) for chapter, content in chapters],
        findings=found,
        columns=COLUMNS,
        robustness=ROBUSTNESS,
        tone=verdict_tone,
        anchors={chapter.number: chapter.slug for chapter, _ in chapters},
        differences=[claim_cells(row) | {"findings": row["findings"]} for row in records(touching(ledger))],
        verdicts=verdict_rows(ledger),
        counts=ledger.counts,
        words={verdict: verdict_name(verdict) for verdict in VERDICTS},
        faults=ledger.faults,
        explorer=EXPLORER,
        edited=edited,
        archive_files=archive_files,
        deprecated=deprecated,
        light=colour_rules("light"),
        dark=colour_rules("dark"),
    )
    return _EXPONENT.sub("\N{NON-BREAKING HYPHEN}", _UNBROKEN.sub("\N{NO-BREAK SPACE}", with_relations(page)))


def verdict_rows(ledger: Ledger) -> list[dict[str, object]]:
    """Claims by chapter and verdict: one row per chapter, with ``chapter``, ``total`` and a count for each verdict."""
    named = ledger.frame.assign(chapter=ledger.frame["chapter"].replace("", "others"))
    table = pd.crosstab(named["chapter"], named["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    named_rows = zip(table.index.astype(str), records(table), strict=True)
    totals = named["chapter"].value_counts()
    rows = [{"chapter": name, "total": int(totals[name]), **counts} for name, counts in named_rows]
    return sorted(rows, key=lambda row: (row["chapter"] == "others", str(row["chapter"])))


def verdict_tone(verdict: str) -> str:
    """Return the class of a finding's verdict in the page: ``holds``, ``partly``, ``open`` or ``unknown``."""
    if verdict.startswith("holds in part"):
        return "partly"
    if verdict.startswith("holds"):
        return "holds"
    return "unknown" if verdict.startswith("cannot") else "open"


def _part(
    chapter: Chapter,
    content: Content,
    ledger: Ledger,
    drawn: Drawings,
    numbers: Iterator[int],
) -> _Part:
    disputed = ledger.disputed(chapter.claims.name)
    title = f"{chapter.number}: claims that do not hold as printed"
    text = HTML.get_template(f"{chapter.folder}/chapter.html.j2").render(
        n=content.numbers,
        table=lambda name: page_table(chapter, content, name, drawn.table(name)),
        figure=lambda name: page_figure(chapter, content, name, drawn.svg(name), next(numbers)),
        disputed=claims_table(disputed, f"{chapter.slug}-claims", title, explorer=EXPLORER),
    )
    sections: list[tuple[str, Markup]] = []

    def anchored(heading: re.Match[str]) -> str:
        words = re.sub(r"[^a-z0-9]+", "-", re.sub(r"<[^>]*>|&[^;]*;", "", heading[1]).lower()).strip("-")
        sections.append((f"{chapter.slug}-{words}", Markup(heading[1])))  # noqa: S704  (rendered with autoescape)
        return f'<h3 id="{sections[-1][0]}">{heading[1]}</h3>'

    anchored_text = _HEADING.sub(anchored, text)
    return _Part(chapter, content.glance, Markup(anchored_text), sections)  # noqa: S704
