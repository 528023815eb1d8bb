"""A class's results to look at together: a figure to project, and a workbook.

Names are what students typed: they are neutralised in cells, and drawn as they are.
"""

import io
from collections.abc import Sequence

import numpy as np
import openpyxl
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from openpyxl.styles import Alignment, Font, PatternFill
from openpyxl.utils import get_column_letter
from openpyxl.worksheet.worksheet import Worksheet

from datapackage.codebook import Codebook
from datapackage.sheets import neutral_cell
from datapackage.tables import records
from labelling.agreement import Comparison, confused, separating_rules
from labelling.classroom import Student, said
from labelling.labels import DIMENSIONS, NAMES, REQUIRED

_BLUE, _RED, _INK, _QUIET, _LINE = "#2f5d7c", "#c8553d", "#1f2933", "#6b7785", "#d5dbe1"
_BARS = 8
_HEAD, _WHITE, _DIFFERENT = "FF2F5D7C", "FFFFFFFF", "FFFBE9E4"
_ROUNDED = "0.00"
_MEAN_COLUMNS = (
    ("Dimension", 22), ("Mean κ", 22), ("from", 12), ("to (95 %)", 12), ("Pairs", 10), ("κ undefined", 14),
)  # fmt: skip
_PAIR_COLUMNS = (
    ("First", 22), ("Second", 22), ("Dimension", 12), ("Reports", 12), ("Alike", 10), ("κ", 14), ("from", 10), ("to (95 %)", 10),
)  # fmt: skip
_CONFUSION_COLUMNS = (
    ("Dimension", 16), ("Times", 8), ("Code", 32), ("Taken for", 32), ("The rules that should separate them", 100),
)  # fmt: skip


def code_name(codebook: Codebook, dimension: str, code: str) -> str:
    """Return a code as people read it; a detail is looked up under every cause."""
    if dimension != "cause_detail":
        return codebook[dimension][code].name
    return next(detail[code].name for detail in codebook.details.values() if code in detail.slugs)


def figure(
    students: Sequence[Student], comparisons: Sequence[Comparison], pairs: pd.DataFrame, means: pd.DataFrame,
    codebook: Codebook,
) -> Figure:  # fmt: skip
    """Draw κ of all pairs and the codes that are most often taken for each other, readable from the last row.

    Parameters
    ----------
    students : sequence of Student
        The class.
    comparisons : sequence of Comparison
        All pairs.
    pairs, means : DataFrame
        See `labelling.classroom.pair_table` and `class_kappa`.
    codebook : Codebook
        Names of codes.
    """
    drawing = Figure(figsize=(16, 9), dpi=100)
    drawing.set_layout_engine("constrained", w_pad=0.25, h_pad=0.2)
    left, right = drawing.subplots(1, 2, width_ratios=[1, 1.05])
    _draw_pairs(left, pairs, means)
    _draw_confused(right, comparisons, codebook)
    reports = {report for student in students for report in student.codes}
    drawing.suptitle(
        f"How far {len(students)} of us agree on {len(reports)} reports",
        x=0.015, ha="left", fontsize=28, weight="bold", color=_INK,
    )  # fmt: skip
    return drawing


def _draw_pairs(axes: Axes, pairs: pd.DataFrame, means: pd.DataFrame) -> None:
    low = min(0.0, float(np.floor(10 * pairs["kappa"].min(skipna=True)) / 10)) if pairs["kappa"].notna().any() else 0.0
    means = means[::-1]  # the first dimension on top
    for place, row in enumerate(records(means)):
        values = np.sort(pairs.loc[pairs["dimension"] == row["dimension"], "kappa"].dropna().to_numpy())
        # pairs of one value stand above each other, not on each other
        heights = np.linspace(-0.13, 0.13, 7)[np.arange(len(values)) % 7] if len(values) > 6 else np.zeros(len(values))
        axes.scatter(values, place + 0.16 + heights, s=90, color=_BLUE, alpha=0.45, linewidths=0)
        if np.isfinite(row["low"]):
            axes.plot([row["low"], row["high"]], [place - 0.18] * 2, color=_RED, linewidth=5, solid_capstyle="round")
        if np.isfinite(row["kappa"]):
            axes.plot([row["kappa"]], [place - 0.18], "D", color=_RED, markersize=15)
            text = f"{row['kappa']:.2f}" + (
                f" [{row['low']:.2f}, {row['high']:.2f}]" if np.isfinite(row["low"]) else ""
            )
            axes.text(row["kappa"], place - 0.27, text, fontsize=19, color=_RED, ha="center", va="top")
    axes.set_yticks(range(len(means)), [NAMES[name] for name in means["dimension"]], fontsize=22, color=_INK)
    axes.set_ylim(-0.62, len(means) - 0.55)
    axes.set_xlim(low - 0.03, 1.03)
    axes.tick_params(axis="x", labelsize=18, colors=_QUIET, length=0)
    axes.tick_params(axis="y", length=0)
    axes.grid(axis="x", color=_LINE)
    axes.set_axisbelow(True)
    axes.spines[:].set_visible(False)
    axes.set_xlabel("Cohen's κ: 0 is chance, 1 is always alike", fontsize=18, color=_QUIET)
    axes.set_title("A dot a pair; diamond: mean, 95 % interval", fontsize=20, loc="left", pad=14, color=_INK)


def _draw_confused(axes: Axes, comparisons: Sequence[Comparison], codebook: Codebook) -> None:
    worst = most_confused(comparisons)[:_BARS][::-1]
    counts = [count for *_, count in worst]
    axes.barh(range(len(worst)), counts, color=_RED, alpha=0.85, height=0.36)
    for place, (dimension, codes, count) in enumerate(worst):
        names = " / ".join(code_name(codebook, dimension, code) for code in codes)
        axes.text(0, place + 0.24, f"{names}", fontsize=18, va="bottom", color=_INK)
        axes.text(count, place, f"  {count}", fontsize=18, va="center", color=_RED, weight="bold")
    axes.set_yticks([])
    axes.set_xticks([])
    axes.set_xlim(0, 1.25 * max(counts, default=1))
    axes.set_ylim(-0.6, max(len(worst), 4) - 0.2)
    axes.spines[:].set_visible(False)
    axes.set_title("Taken for each other most often, over all pairs", fontsize=20, loc="left", pad=14, color=_INK)
    if not worst:
        axes.text(0, 1, "Nothing: all agree", fontsize=20, color=_QUIET)


def most_confused(comparisons: Sequence[Comparison]) -> list[tuple[str, tuple[str, str], int]]:
    """Return dimension, two codes and how often pairs of students took one for the other; most often first."""
    found = [(dimension, codes, count) for dimension in DIMENSIONS for codes, count in confused(comparisons, dimension)]
    return sorted(found, key=lambda each: (-each[2], DIMENSIONS.index(each[0]), each[1]))


def workbook(
    students: Sequence[Student], comparisons: Sequence[Comparison], pairs: pd.DataFrame, means: pd.DataFrame,
    codebook: Codebook,
) -> bytes:  # fmt: skip
    """Return the class's results as a workbook: agreement, confused codes with their rules, and who said what.

    Parameters
    ----------
    students, comparisons, pairs, means, codebook
        As `figure` takes them.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    _means(book.create_sheet("Agreement"), means)
    _pairs(book.create_sheet("Pairs"), pairs)
    _confusions(book.create_sheet("Confused codes"), comparisons, codebook)
    for dimension in REQUIRED:
        _said(book.create_sheet(NAMES[dimension]), students, dimension, codebook)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _means(sheet: Worksheet, means: pd.DataFrame) -> None:
    _header(sheet, _MEAN_COLUMNS)
    for number, row in enumerate(records(means), start=2):
        values = [row[name] for name in ("kappa", "low", "high", "pairs", "undefined")]
        _write(sheet, number, [NAMES[row["dimension"]], *values])
    _page(sheet)


def _pairs(sheet: Worksheet, pairs: pd.DataFrame) -> None:
    _header(sheet, _PAIR_COLUMNS)
    for number, row in enumerate(records(pairs), start=2):
        values = [row[name] for name in ("n", "percent", "kappa", "low", "high")]
        _write(sheet, number, [row["first"], row["second"], NAMES[row["dimension"]], *values])
        sheet.cell(number, 5).number_format = "0 %"
    _page(sheet)


def _confusions(sheet: Worksheet, comparisons: Sequence[Comparison], codebook: Codebook) -> None:
    _header(sheet, _CONFUSION_COLUMNS)
    for number, (dimension, codes, count) in enumerate(most_confused(comparisons), start=2):
        names = [code_name(codebook, dimension, code) for code in codes]
        rules = "\n".join(separating_rules(codebook, dimension, codes))
        _write(sheet, number, [NAMES[dimension], count, *names, rules])
        lines = sum(1 + len(line) // 105 for line in rules.split("\n"))
        sheet.row_dimensions[number].height = 15.5 * lines
    _page(sheet)


def _said(sheet: Worksheet, students: Sequence[Student], dimension: str, codebook: Codebook) -> None:
    """List a row a report; red where a student stands against the commonest code, which is named last with its share."""
    table = said(students, dimension)
    headings = [("Report", 12), *((neutral_cell(name), 31) for name in table.columns), ("Commonest", 31), ("Share", 9)]
    _header(sheet, headings)
    for number, (report, row) in enumerate(table.iterrows(), start=2):
        given = row[row != ""]
        common = str(given.value_counts().sort_index(kind="stable").idxmax()) if len(given) else ""
        names = [codebook[dimension][str(code)].name if code else "" for code in row]
        last = codebook[dimension][common].name if common else ""
        _write(sheet, number, [str(report), *names, last, float((given == common).mean()) if len(given) else None])
        sheet.cell(number, len(headings)).number_format = "0 %"
        for column, code in enumerate(row, start=2):
            if code and code != common:
                sheet.cell(number, column).fill = PatternFill("solid", start_color=_DIFFERENT, end_color=_DIFFERENT)
    sheet.freeze_panes = "B2"
    _page(sheet)


def _header(sheet: Worksheet, headings: Sequence[tuple[str, float]]) -> None:
    for column, (heading, width) in enumerate(headings, start=1):
        cell = sheet.cell(1, column, heading)
        cell.data_type = "s"
        cell.font = Font(name="Calibri", size=11, bold=True, color=_WHITE)
        cell.fill = PatternFill("solid", start_color=_HEAD, end_color=_HEAD)
        sheet.column_dimensions[get_column_letter(column)].width = width
    sheet.freeze_panes = "A2"


def _write(sheet: Worksheet, row: int, values: Sequence[str | float | None]) -> None:
    for column, value in enumerate(values, start=1):
        cell = sheet.cell(row, column)
        if isinstance(value, str):
            cell.value = "\n".join(neutral_cell(line) for line in value.split("\n"))
            cell.data_type = "s"  # text, whatever it looks like
        else:
            cell.value = value if value is not None and np.isfinite(value) else "–"
            cell.number_format = _ROUNDED if isinstance(value, float) else "General"
        cell.alignment = Alignment(vertical="top", wrap_text=True, horizontal="left")
        cell.font = Font(name="Calibri", size=11)


def _page(sheet: Worksheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.print_title_rows = "1:1"
    sheet.sheet_properties.pageSetUpPr.fitToPage = True  # type: ignore[union-attr]
