"""A chapter's tables and figures as pieces of a page or of a notebook, with their captions and notes."""

import base64
import re

from markupsafe import Markup

from analysis.report.captions import caption_block
from analysis.report.chapter import Chapter, Content, Table
from analysis.report.inline_svg import inline_svg
from analysis.report.style import png

_STYLE = re.compile(r"<style>.*?</style>", re.DOTALL)
# a corner above the names of rows heads nothing
_EMPTY_HEADING = re.compile(r'<th((?: (?:class|rowspan|colspan)="[^"]*")*) scope="col"></th>')
_GROUP_HEADING = re.compile(r'(<t[hd] [^>]*class="gt_group_heading"[^>]*>)(.*?)(</t[hd]>)')
# a word of a table that is too long for a column: options with their values
_LONG_WORD = re.compile(r"(?<=[>\s])[A-Za-z0-9]+(?:[_=][A-Za-z0-9]+){2,}(?=[<\s])")
_TITLE = re.compile(
    r'<tr class="gt_heading">\s*<td [^>]*gt_title[^>]*id="([^"]*)">(.*?)</td>\s*</tr>'
    r'(?:\s*<tr class="gt_heading">\s*<td [^>]*gt_subtitle[^>]*>(.*?)</td>\s*</tr>)?',
    re.DOTALL,
)


def table_html(chapter: Chapter, content: Content, name: str) -> Markup:
    """Return a table of a chapter with its note, in the style that great-tables gives it; it escapes every cell."""
    body = Markup(content.table(name).gt.as_raw_html(inline_css=False))  # noqa: S704
    return Markup('<div class="table" id="table-{}">{}{}</div>').format(name, body, _note(chapter, content, name))


def table_element(table: Table) -> Markup:
    """Return a table as an element of a page, to be styled by the page; the title is its caption."""
    raw = _STYLE.sub("", table.gt.as_raw_html(inline_css=False))
    element = raw[raw.index("<table") : raw.rindex("</table>") + len("</table>")]
    title = _TITLE.search(element)
    if title is None:
        raise ValueError(f"table {table.name}: no title in the HTML of great-tables; has its form changed?")
    words = f"{title[2]} <span>{title[3]}</span>" if title[3] else title[2]
    caption = f'<caption><div id="{title[1]}">{words}</div></caption>'
    element = _EMPTY_HEADING.sub(r"<td\1></td>", element)
    element = _TITLE.sub("", element).replace("<thead>", f"{caption}<thead>", 1)
    element = _GROUP_HEADING.sub(r"\1<div>\2</div>\3", element)
    element = _LONG_WORD.sub(lambda word: re.sub(r"(?<=[_=])", "<wbr>", word[0]), element)
    return scrolling(Markup(element), f"{title[1]}")  # noqa: S704


def page_table(chapter: Chapter, content: Content, name: str, element: Markup) -> Markup:
    """Return a table of a chapter (see `table_element`) with its note."""
    return Markup('<div class="table" id="table-{}">{}{}</div>').format(name, element, _note(chapter, content, name))


def scrolling(content: Markup, labelled_by: str) -> Markup:
    """Return a part of a page that scrolls by itself where it is too wide, with the keyboard too."""
    return Markup('<div class="scroll" role="region" tabindex="0" aria-labelledby="{}">{}</div>').format(
        labelled_by, content
    )


def picture_html(chapter: Chapter, content: Content, name: str) -> Markup:
    """Return a figure of a chapter with its caption, drawn here, as a picture with a white ground."""
    picture = content.picture(name)
    data = base64.b64encode(png(picture.figure)).decode("ascii")
    caption, alt = _words(chapter, content, name)
    return Markup(
        '<figure id="figure-{}"><img src="data:image/png;base64,{}" alt="{}"><figcaption>{}</figcaption></figure>'
    ).format(name, data, alt, caption)


def page_figure(chapter: Chapter, content: Content, name: str, svg: str, number: int) -> Markup:
    """Return a figure of a chapter, already drawn, with its number in the page and its caption."""
    caption, alt = _words(chapter, content, name)
    label = f"figure-{name}-caption"
    text = Markup('<figcaption id="{}"><a href="#figure-{}">Figure {}.</a> {}</figcaption>').format(
        label, name, number, caption
    )
    drawing = scrolling(inline_svg(svg, name, alt), label)
    return Markup('<figure id="figure-{}">{}{}</figure>').format(name, drawing, text)


def _words(chapter: Chapter, content: Content, name: str) -> tuple[str, str]:
    values = content.picture(name).values
    caption, alt = (caption_block(chapter.folder, kind, name, content.numbers, values) for kind in ("caption", "alt"))
    return caption or "", alt or ""


def _note(chapter: Chapter, content: Content, name: str) -> Markup:
    text = caption_block(chapter.folder, "note", name, content.numbers, content.table(name).values)
    return Markup('<p class="note">{}</p>').format(text) if text else Markup("")
