"""What the drawing process makes of a figure and of a table: all forms in which they are stored or shown."""

from typing import NamedTuple

from markupsafe import Markup

from analysis.report.chapter import Picture, Table
from analysis.report.latex import render_table
from analysis.report.markup import table_element
from analysis.report.style import rendered


class Drawn(NamedTuple):
    """A figure as files."""

    png: bytes
    svg: bytes


class Typeset(NamedTuple):
    """A table as a LaTeX float, and as an element of a page (see `analysis.report.markup.table_element`)."""

    latex: str
    html: Markup


def draw(picture: Picture) -> Drawn:
    """Draw a figure."""
    return Drawn(*rendered(picture.figure))


def typeset(table: Table) -> Typeset:
    """Set a table."""
    return Typeset(render_table(table), table_element(table))
