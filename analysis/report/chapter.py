"""What a research question contributes to the report: its claims, and the tables, figures and numbers of its text.

The text itself is the template ``chapter.html.j2`` in the chapter's folder; it places tables and figures by name and takes
every number from `Content.numbers`, so that no figure is typed. Captions and notes stand beside it in ``captions.txt.j2``.
"""

from collections.abc import Callable, Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field

from great_tables import GT
from matplotlib.figure import Figure

from analysis.claims.chapter import ClaimChapter
from analysis.claims.ledger import Ledger
from analysis.dataset import Study


@dataclass(frozen=True)
class Table:
    """A table of the report.

    Attributes
    ----------
    name : str
        File name of its LaTeX form, and its name in the template.
    gt : GT
        The table; its header carries the title.
    values : mapping of str to object
        Numbers of its note, beyond those of the chapter's text; see `analysis.report.captions`.
    """

    name: str
    gt: GT
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Picture:
    """A figure of the report.

    Attributes
    ----------
    name : str
        File name (PNG and SVG), and its name in the template.
    figure : Figure
        The drawing.
    values : mapping of str to object
        Numbers of its caption and description, beyond those of the chapter's text; see `analysis.report.captions`.
    """

    name: str
    figure: Figure
    values: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Content:
    """A chapter's results.

    Attributes
    ----------
    tables : tuple of Table
        In the order of the chapter.
    figures : tuple of Picture
        In the order of the chapter.
    numbers : mapping of str to str
        Numbers of the text by name (letters, digits and hyphens), formatted; they also become LaTeX commands.
    glance : str
        The chapter's result in one or two sentences, for the head of the chapter and the README.
    """

    tables: tuple[Table, ...]
    figures: tuple[Picture, ...]
    numbers: Mapping[str, str]
    glance: str

    def table(self, name: str) -> Table:
        """Return the table of a name."""
        return next(table for table in self.tables if table.name == name)

    def picture(self, name: str) -> Picture:
        """Return the figure of a name."""
        return next(picture for picture in self.figures if picture.name == name)


@dataclass(frozen=True)
class Chapter:
    """A research question.

    Attributes
    ----------
    slug : str
        Identifier in the report, in LaTeX and for `analysis.notebook.open_chapter`.
    folder : str
        Folder of the chapter below ``analysis/``, with its template.
    number : str
        As the paper counts it, such as ``RQ2``.
    title, question : str
        Heading; what was asked.
    claims : ClaimChapter
        Its part of the ledger.
    content : callable
        Takes the study and the ledger, returns the results.
    begin : callable, optional
        Begins elsewhere, before the claims are computed, what takes long and needs no ledger; `content` takes it up.
    """

    slug: str
    folder: str
    number: str
    title: str
    question: str
    claims: ClaimChapter
    content: Callable[[Study, Ledger], Content]
    begin: Callable[[Study, Executor], None] | None = None
