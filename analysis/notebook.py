"""A chapter as a notebook shows it: the same tables, figures and claims as the report, one call each."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from great_tables import GT
from markupsafe import Markup

from analysis.chapters import CHAPTERS, chapters_of
from analysis.claims.ledger import Ledger, build_ledger, verdict_name
from analysis.dataset import Study
from analysis.report.chapter import Chapter, Content
from analysis.report.claims_table import CSS, claims_table
from analysis.report.markup import picture_html, table_html
from analysis.report.paper_tables import beside
from analysis.report.tables import with_relations


@dataclass(frozen=True, repr=False)
class Html:
    """Markup that Jupyter shows as such.

    Its plain form is a short word, not an object's address, so that a stored notebook is the same after every run.
    """

    markup: str

    def _repr_html_(self) -> str:
        return self.markup

    def __repr__(self) -> str:
        return "(shown as HTML)"


@dataclass(frozen=True)
class NotebookChapter:
    """A chapter of the study for interactive use.

    Attributes
    ----------
    chapter : Chapter
        Title, question and claims of the chapter.
    study : Study
        The data; every table is an attribute, such as ``study.failures``.
    """

    chapter: Chapter
    study: Study

    @cached_property
    def ledger(self) -> Ledger:
        """Verdicts of all claims."""
        return build_ledger(self.study, [chapter.claims for chapter in CHAPTERS])

    @cached_property
    def content(self) -> Content:
        """Tables, figures and numbers of the chapter."""
        return self.chapter.content(self.study, self.ledger)

    def table(self, name: str) -> Html:
        """Show a table of the report."""
        return _table(table_html(self.chapter, self.content, name))

    def figure(self, name: str) -> Html:
        """Show a figure of the report with its caption."""
        return Html(picture_html(self.chapter, self.content, name))

    def say(self, text: str) -> Html:
        """Show a sentence with numbers of the chapter in it, named in braces as in ``{median-r}``; see `Content.numbers`."""
        return Html(Markup("<p>{}</p>").format(with_relations(text.format_map(self.content.numbers))))

    def beside(
        self, prefix: str, columns: Sequence[str] | Mapping[str, str], title: str, rows: Mapping[str, str] | None = None
    ) -> Html:
        """Show a table of the paper beside the recomputed one; see `analysis.report.paper_tables.beside`.

        Parameters
        ----------
        prefix, title
            What the table's claim ids start with; its heading.
        columns : sequence or mapping
            The ids' last parts with a heading each; alone where they are words.
        rows : mapping of str to str, optional
            Words for rows or for codes in them, where these are no words themselves.
        """
        headings = columns if isinstance(columns, Mapping) else dict(zip(columns, columns, strict=True))
        return _html(beside(self.ledger, prefix, headings, title, rows))

    def disputed(self) -> Html:
        """Show the chapter's claims that do not hold as printed, with verdict and mechanism."""
        rows = self.ledger.disputed(self.chapter.claims.name)
        title = f"{self.chapter.number}: claims that do not hold as printed"
        style = Markup("<style>{}</style>").format(Markup(CSS))  # noqa: S704  (the project's own)
        return Html(style + claims_table(rows, f"{self.chapter.slug}-disputed", title))

    def verdicts(self) -> Html:
        """Show how many of the chapter's claims have which verdict."""
        counts = self.ledger.of(self.chapter.claims.name)["verdict"].value_counts()
        items = Markup("").join(
            Markup("<li>{}: {}</li>").format(verdict_name(str(name)), count) for name, count in counts.items()
        )
        return Html(Markup("<ul>{}</ul>").format(items))


def _html(table: GT) -> Html:
    return _table(Markup(table.as_raw_html(inline_css=False)))  # noqa: S704  (great-tables escapes every cell)


def _table(markup: Markup) -> Html:
    # Jupyter gives all columns one width and clips what does not fit
    style = Markup("<style>.study-table table { table-layout: auto !important; }</style>")
    return Html(Markup('<div class="study-table">{}{}</div>').format(style, markup))


def open_chapter(slug: str, study: Study | None = None) -> NotebookChapter:
    """Open a chapter by its name.

    Parameters
    ----------
    slug : str
        survey, failures, evolution or conversion; samples, where the data holds more than the study's.
    study : Study, optional
        The data; the project's own by default.

    Raises
    ------
    ValueError
        There is no such chapter.
    """
    study = study or Study()
    chapters = chapters_of(study)
    chapter = next((chapter for chapter in chapters if chapter.slug == slug), None)
    if chapter is None:
        raise ValueError(f"no chapter {slug!r}; there are: {', '.join(chapter.slug for chapter in chapters)}")
    return NotebookChapter(chapter, study)
