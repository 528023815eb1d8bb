"""The cells of a table of the report, as the article sets them: read from its HTML, which is where formats are applied."""

from html.parser import HTMLParser
from typing import Any

from great_tables import GT


def table_cells(gt: GT) -> dict[str, Any]:
    """Return a table as texts.

    Parameters
    ----------
    gt : GT
        The table.

    Returns
    -------
    dict
        ``title``, ``columns`` (how many), ``head`` and ``body``: lists of rows, each a list of cells with ``text``, ``across``
        (columns that it spans), ``down`` (rows) and ``numeric`` (set to the right).
    """
    reader = _Reader()
    reader.feed(gt.as_raw_html(inline_css=False))
    head = [row for row in reader.head if row]
    body = [row for row in reader.body if row]
    columns = max(sum(cell["across"] for cell in row) for row in [*head, *body])
    return {"title": reader.title, "columns": columns, "head": head, "body": body}


class _Reader(HTMLParser):
    """Collects the title, the head and the body of great-tables' HTML."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.title = ""
        self.head: list[list[dict[str, Any]]] = []
        self.body: list[list[dict[str, Any]]] = []
        self._rows = self.body
        self._cell: dict[str, Any] | None = None
        self._is_title = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open a part, a row or a cell."""
        given = {name: value or "" for name, value in attrs}
        if tag in ("thead", "tbody", "tfoot"):
            self._rows = {"thead": self.head, "tbody": self.body}.get(tag, [])
        elif tag == "tr":
            self._rows.append([])
        elif tag in ("td", "th"):
            classes = given.get("class", "").split()
            self._cell = {
                "text": "",
                "across": int(given.get("colspan", "1")),
                "down": int(given.get("rowspan", "1")),
                "numeric": "gt_right" in classes,
            }
            self._is_title = "gt_title" in classes
            if not any(name.startswith("gt_title") or name.startswith("gt_subtitle") for name in classes):
                self._rows[-1].append(self._cell)

    def handle_data(self, data: str) -> None:
        """Take the words of a cell."""
        if self._cell is not None:
            self._cell["text"] = " ".join(f"{self._cell['text']}{data}".split())

    def handle_endtag(self, tag: str) -> None:
        """Close a cell."""
        if tag in ("td", "th") and self._cell is not None:
            if self._is_title:
                self.title = self._cell["text"]
            self._cell, self._is_title = None, False
