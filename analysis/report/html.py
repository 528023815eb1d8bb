"""The report as one HTML file that needs nothing else: no network, no script; escaped throughout."""

import base64
import re
from collections.abc import Callable, Sequence

import pandas as pd
from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from analysis.claims.ledger import VERDICTS, Ledger
from analysis.report.captions import caption_block
from analysis.report.chapter import Chapter, Content
from analysis.report.style import png
from analysis.report.tables import VERDICT_WORDS, claims_table
from datapackage.tables import records

_ENVIRONMENT = Environment(
    loader=PackageLoader("analysis", "."),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def render_report(
    ledger: Ledger,
    chapters: Sequence[tuple[Chapter, Content]],
    image: Callable[[str], bytes],
    edited: Sequence[str] = (),
) -> str:
    """Return the report.

    Parameters
    ----------
    ledger : Ledger
        Verdicts of all claims.
    chapters : sequence of (Chapter, Content)
        In the order of the paper.
    image : callable
        Returns the PNG of the figure of a name; asked when the text comes to it.
    edited : sequence of str
        Tables that are not the published ones; the report says so.
    """
    parts = [_chapter(chapter, content, ledger, image) for chapter, content in chapters]
    page = _ENVIRONMENT.get_template("report/report.html.j2").render(
        chapters=parts,
        verdicts=verdict_rows(ledger),
        total=len(ledger.frame),
        words=VERDICT_WORDS,
        faults=ledger.faults,
        edited=edited,
    )
    # keeps a number and its sign on one line
    return re.sub(r"(?<=[0-9]) %", "\N{NO-BREAK SPACE}%", page)


def verdict_rows(ledger: Ledger) -> list[dict[str, object]]:
    """Claims by chapter and verdict: one row per chapter, with ``chapter``, ``total`` and a count for each verdict."""
    named = ledger.frame.assign(chapter=ledger.frame["chapter"].replace("", "others"))
    table = pd.crosstab(named["chapter"], named["verdict"]).reindex(columns=list(VERDICTS), fill_value=0)
    named_rows = zip(table.index.astype(str), records(table), strict=True)
    totals = named["chapter"].value_counts()
    rows = [{"chapter": name, "total": int(totals[name]), **counts} for name, counts in named_rows]
    return sorted(rows, key=lambda row: (row["chapter"] == "others", str(row["chapter"])))


def table_html(chapter: Chapter, content: Content, name: str) -> Markup:
    """Return a table of a chapter with its note; great-tables escapes every cell."""
    table = content.table(name)
    text = caption_block(chapter.folder, "note", name, content.numbers, table.values)
    note = Markup('<p class="note">{}</p>').format(text) if text else Markup("")
    body = Markup(table.gt.as_raw_html(inline_css=False))  # noqa: S704
    return Markup('<div class="table" id="table-{}">{}{}</div>').format(name, body, note)


def picture_html(chapter: Chapter, content: Content, name: str, image: bytes | None = None) -> Markup:
    """Return a figure of a chapter with its caption, the picture inside the page; drawn here unless `image` has it."""
    picture = content.picture(name)
    data = base64.b64encode(png(picture.figure) if image is None else image).decode("ascii")
    caption, alt = (
        caption_block(chapter.folder, kind, name, content.numbers, picture.values) for kind in ("caption", "alt")
    )
    return Markup(
        '<figure id="figure-{}"><img src="data:image/png;base64,{}" alt="{}"><figcaption>{}</figcaption></figure>'
    ).format(name, data, alt, caption)


def _chapter(chapter: Chapter, content: Content, ledger: Ledger, image: Callable[[str], bytes]) -> dict[str, object]:
    disputed = ledger.disputed(chapter.claims.name)
    title = f"{chapter.number}: claims that do not hold as printed"
    text = _ENVIRONMENT.get_template(f"{chapter.folder}/chapter.html.j2").render(
        n=content.numbers,
        table=lambda name: table_html(chapter, content, name),
        figure=lambda name: picture_html(chapter, content, name, image(name)),
        disputed=Markup(  # noqa: S704
            claims_table(disputed, f"{chapter.slug}-claims", title).as_raw_html(inline_css=False)
        ),
    )
    return {"chapter": chapter, "text": Markup(text)}  # noqa: S704  (rendered with autoescape)
