"""The workbook that a rater gets: instructions, issues with dropdowns, the codebook beside them.

The dropdown of the detail depends on the cause in the same row: it looks up a named list, ``details_Type_problem`` for *Type
problem*. Texts of issues come from strangers and are neutralised.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import openpyxl
from openpyxl.formatting.rule import FormulaRule
from openpyxl.styles import Alignment, Border, Font, PatternFill, Side
from openpyxl.utils import get_column_letter
from openpyxl.workbook import Workbook
from openpyxl.workbook.defined_name import DefinedName
from openpyxl.worksheet.datavalidation import DataValidation
from openpyxl.worksheet.page import PageMargins
from openpyxl.worksheet.properties import PageSetupProperties
from openpyxl.worksheet.worksheet import Worksheet

from datapackage.codebook import Code, Codebook
from datapackage.issues import parse_issue
from datapackage.sheets import neutral_cell, neutral_lines
from labelling.columns import (
    DECIDED_BY,
    EXCERPT,
    HEADINGS,
    ISSUE,
    NUMBER,
    RATIONALE,
    SAYS,
    SHEET,
    TIME,
    TITLE,
    TOOL,
    UNSURE,
    Column,
    shown_columns,
)
from labelling.labels import DIMENSIONS, REQUIRED
from labelling.texts import Text

ISSUES, CODES, LISTS = "Issues", "Codebook", "Lists"
NONE = "–"
STEPS, ADJUDICATION_STEPS = (Path(__file__).with_name(f"{name}.txt") for name in ("instructions", "adjudication"))
WARNING = "Issues are written by strangers: follow their links only if you trust them, and never run what they ask you to run."
INK, MUTED, LINE = "FF1F2933", "FF6B7785", "FFD5DBE1"
HEAD, BAND, DONE, LACKS, SPARE = "FF2F5D7C", "FFEAF1F6", "FFE3F2E6", "FFFDF0CF", "FFF1F3F5"
_BODY = Font(name="Calibri", size=11, color=INK)
_WHITE = Font(name="Calibri", size=11, bold=True, color="FFFFFFFF")
_LINK = Font(name="Calibri", size=11, color="FF1F5FA8", underline="single")
_FINE = Font(name="Calibri", size=9, color=INK)
_SMALL = Font(name="Calibri", size=9, color=MUTED)
_TOP = Alignment(vertical="top", horizontal="left", indent=1, wrap_text=True)
_EDGE = Border(bottom=Side(style="thin", color=LINE))


@dataclass(frozen=True)
class Material:
    """What raters see beside the issues' names.

    Attributes
    ----------
    codebook : Codebook
        Codes with definitions and rules.
    texts : mapping
        Issue → title and excerpt, where known; without any the two columns are left out.
    examples : mapping
        (dimension, code) → issues that were labelled so.
    cells : mapping, optional
        For an adjudication: issue → column → what stands there already.
    """

    codebook: Codebook
    texts: Mapping[str, Text]
    examples: Mapping[tuple[str, str], Sequence[str]]
    cells: Mapping[str, Mapping[str, str]] | None = None


def workbook(identity: str, issues: Sequence[str], material: Material) -> bytes:
    """Return a rater's workbook.

    Parameters
    ----------
    identity : str
        ``SAMPLE/ROUND/RATER``; it stands in every row, so that the sheet is known however it comes back.
    issues : sequence of str
        Keys, in the rater's order.
    material : Material
        Codebook, texts and examples.
    """
    book = openpyxl.Workbook()
    book.remove(book.worksheets[0])
    instructions = book.create_sheet("Instructions")
    columns = shown_columns(texts=bool(material.texts), decisions=material.cells is not None)
    sheet = book.create_sheet(ISSUES)
    place = _issues(sheet, identity, issues, columns, material)
    _dropdowns(sheet, place, len(issues) + 1)
    _colours(sheet, place, len(issues) + 1, material.codebook)
    _codebook(book.create_sheet(CODES), material.codebook, material.examples)
    _lists(book, material.codebook)
    steps = ADJUDICATION_STEPS if material.cells is not None else STEPS
    _instructions(instructions, identity, len(issues), columns, steps.read_text(encoding="utf-8").splitlines())
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def _issues(
    sheet: Worksheet, identity: str, issues: Sequence[str], columns: Sequence[Column], material: Material
) -> dict[str, int]:
    """Fill the sheet of issues; return where each column stands, from 1."""
    _header(sheet, [(column.heading, column.width) for column in columns])
    place = {column.name: number for number, column in enumerate(columns, start=1)}
    fonts = dict.fromkeys((NUMBER, SHEET, TIME, TOOL), _SMALL) | {EXCERPT: _FINE}
    for number, issue in enumerate(issues, start=1):
        text = material.texts.get(issue, Text("", ""))
        values: dict[str, str | int] = {NUMBER: number, ISSUE: neutral_cell(issue), SHEET: identity}
        values |= {TITLE: neutral_cell(text.title), EXCERPT: neutral_cell(text.excerpt)}
        said = (material.cells or {}).get(issue, {})
        values |= {name: neutral_lines(cell) for name, cell in said.items()}
        for name, column in place.items():
            cell = sheet.cell(number + 1, column, values.get(name))
            cell.font, cell.alignment, cell.border = fonts.get(name, _BODY), _TOP, _EDGE
            if name == NUMBER:
                cell.alignment = Alignment(vertical="top", horizontal="center")
            if isinstance(cell.value, str):
                cell.data_type = "s"  # text, whatever it looks like
        link = sheet.cell(number + 1, place[ISSUE])
        link.hyperlink = parse_issue(issue).url
        link.font = _LINK
        # long texts need lines; spreadsheet programs don't all grow a row by themselves
        sheet.row_dimensions[number + 1].height = _height(text, said.get(SAYS, ""))
    for name in (SHEET, TIME, TOOL):
        sheet.column_dimensions[get_column_letter(place[name])].hidden = True
    sheet.freeze_panes = f"{get_column_letter(place[ISSUE] + 1)}2"
    sheet.auto_filter.ref = f"A1:{get_column_letter(len(columns))}{len(issues) + 1}"
    _print_layout(sheet)
    return place


def _height(text: Text, said: str) -> float:
    """Points for the longest of the wrapped texts, in their columns' characters a line and their fonts' points a line."""
    needed = 15 * -(-len(text.title) // 28), 12 * -(-len(text.excerpt) // 62)
    return 4 + max(30, min(390, max(*needed, 15 * sum(1 + len(line) // 56 for line in said.splitlines()))))


def _dropdowns(sheet: Worksheet, place: Mapping[str, int], last: int) -> None:
    cause = f"${get_column_letter(place['cause'])}2"
    formulas = {name: f"codes_{name}" for name in REQUIRED}
    formulas["cause_detail"] = f'INDIRECT("details_"&SUBSTITUTE({cause}," ","_"))'
    if UNSURE in place:
        formulas[UNSURE] = '"yes"'
    for name, formula in formulas.items():
        rule = DataValidation(type="list", formula1=formula, allow_blank=True, showErrorMessage=True)
        rule.errorTitle, rule.error = HEADINGS[name], "Choose from the list; the sheet Codebook explains the codes."
        if name == "cause_detail":
            rule.error = "Choose the root cause first: its details are then in the list. Some causes have none."
        letter = get_column_letter(place[name])
        rule.add(f"{letter}2:{letter}{last}")
        sheet.add_data_validation(rule)


def _colours(sheet: Worksheet, place: Mapping[str, int], last: int, codebook: Codebook) -> None:
    """Green number: the row is complete. Yellow cell: begun, and this lacks. Grey detail: the cause has none.

    In an adjudication a row that has its codes lacks who decided, and why.
    """
    cell = {name: f"${get_column_letter(number)}2" for name, number in place.items()}
    required = [cause.name for cause in codebook["cause"].codes if cause.detail_required]
    spare = [cause.name for cause in codebook["cause"].codes if not cause.details]
    needs_detail = "OR(FALSE," + ",".join(f'{cell["cause"]}="{name}"' for name in required) + ")"
    no_detail = "OR(FALSE," + ",".join(f'{cell["cause"]}="{name}"' for name in spare) + ")"
    begun = "+".join(f"LEN({cell[name]})" for name in DIMENSIONS)
    labelled = f"AND(LEN({cell['symptom']})>0,LEN({cell['cause']})>0,LEN({cell['location']})>0"
    coded = f"{labelled},OR(LEN({cell['cause_detail']})>0,NOT({needs_detail})))"
    reasons = [name for name in (DECIDED_BY, RATIONALE) if DECIDED_BY in cell]
    complete = f"AND({','.join([coded, *(f'LEN({cell[name]})>0' for name in reasons)])})"

    def paint(name: str, formula: str, colour: str) -> None:
        letter = get_column_letter(place[name])
        fill = PatternFill(start_color=colour, end_color=colour, fill_type="solid")
        sheet.conditional_formatting.add(f"{letter}2:{letter}{last}", FormulaRule(formula=[formula], fill=fill))  # type: ignore[no-untyped-call]

    for name in (NUMBER, ISSUE):
        paint(name, complete, DONE)
    for name in REQUIRED:
        paint(name, f"AND({begun}>0,LEN({cell[name]})=0)", LACKS)
    for name in reasons:
        paint(name, f"AND({coded},LEN({cell[name]})=0)", LACKS)
    paint("cause_detail", f"AND({needs_detail},LEN({cell['cause_detail']})=0)", LACKS)
    paint("cause_detail", no_detail, SPARE)


def _codebook(sheet: Worksheet, codebook: Codebook, examples: Mapping[tuple[str, str], Sequence[str]]) -> None:
    shown = [("Code", 32), ("What it means", 60), ("How to decide", 72), *[("Example", 29)] * (2 if examples else 0)]
    _header(sheet, shown)
    row = 2
    for dimension in codebook.dimensions.values():
        sheet.cell(row, 1, dimension.name).font = Font(name="Calibri", size=13, bold=True, color=HEAD)
        sheet.cell(row, 2, dimension.definition).font = Font(name="Calibri", size=11, italic=True, color=MUTED)
        for column in (1, 2):
            sheet.cell(row, column).alignment = Alignment(vertical="center", indent=1, horizontal="left")
        sheet.row_dimensions[row].height = 30
        row += 1
        for code in dimension.codes:
            row = _code_row(sheet, row, code, examples.get((dimension.slug, code.slug), ()), indent=0)
            for detail in code.details:
                found = examples.get(("cause_detail", f"{code.slug}.{detail.slug}"), ())
                row = _code_row(sheet, row, detail, found, indent=2)
    sheet.freeze_panes = "B2"
    _print_layout(sheet)


def _code_row(sheet: Worksheet, row: int, code: Code, examples: Sequence[str], *, indent: int) -> int:
    name = f"{code.name}" if not indent else f"↳ {code.name}"
    for column, text in enumerate((name, code.definition, " ".join(code.rule.split())), start=1):
        cell = sheet.cell(row, column, text)
        cell.font, cell.alignment, cell.border = _BODY, _TOP, _EDGE
    sheet.cell(row, 1).font = Font(name="Calibri", size=11, bold=not indent, color=INK)
    sheet.cell(row, 1).alignment = Alignment(vertical="top", horizontal="left", wrap_text=True, indent=1 + indent)
    for column in range(4, sheet.max_column + 1):
        sheet.cell(row, column).border = _EDGE
    for column, issue in enumerate(examples[:2], start=4):
        link = sheet.cell(row, column, neutral_cell(issue))
        link.hyperlink = parse_issue(issue).url
        link.font, link.alignment, link.border = _LINK, _TOP, _EDGE
    lines = max(-(-len(code.definition) // 58), -(-len(code.rule) // 70), 1)
    sheet.row_dimensions[row].height = 15 * lines + 4
    return row + 1


def _lists(book: Workbook, codebook: Codebook) -> None:
    sheet = book.create_sheet(LISTS)
    sheet.sheet_state = "hidden"
    lists = {f"codes_{name}": [code.name for code in codebook[name].codes] for name in REQUIRED}
    for cause in codebook["cause"].codes:
        names = [detail.name for detail in cause.details]
        optional = [NONE] if not cause.detail_required else []
        lists["details_" + cause.name.replace(" ", "_")] = [*names, *optional]
    for column, (name, values) in enumerate(lists.items(), start=1):
        letter = get_column_letter(column)
        sheet.cell(1, column, name)
        for row, value in enumerate(values, start=2):
            sheet.cell(row, column, value)
        book.defined_names[name] = DefinedName(name, attr_text=f"{LISTS}!${letter}$2:${letter}${len(values) + 1}")


def _instructions(sheet: Worksheet, identity: str, count: int, columns: Sequence[Column], steps: Sequence[str]) -> None:
    sample, occasion, rater = identity.split("/")
    sheet.sheet_view.showGridLines = False
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 5, 112
    letters = {column.name: get_column_letter(number) for number, column in enumerate(columns, start=1)}
    deciding = DECIDED_BY in letters
    filled = [f"(LEN({ISSUES}!{letters[name]}2:{letters[name]}{count + 1})>0)" for name in REQUIRED]
    filled += [f"(LEN({ISSUES}!{letters[DECIDED_BY]}2:{letters[DECIDED_BY]}{count + 1})>0)"] if deciding else []
    progress = f'=SUMPRODUCT({"*".join(filled)})&" of {count} issues are {"decided" if deciding else "labelled"}"'
    title = (
        f"Sample {sample}: what raters disagree on" if deciding else f"Sample {sample}, round {occasion}, rater {rater}"
    )
    lines = [("", title), ("muted", progress), ("", "")]
    lines += [(str(number), step) for number, step in enumerate(steps, start=1)]
    lines += [("", ""), ("muted", WARNING)]
    for row, (mark, text) in enumerate(lines, start=2):
        cell = sheet.cell(row, 2, text)
        cell.font, cell.alignment = _BODY, Alignment(vertical="center", wrap_text=True)
        sheet.row_dimensions[row].height = 22
        if mark == "muted":
            cell.font = Font(name="Calibri", size=11, italic=True, color=MUTED)
        elif mark:
            sheet.cell(row, 1, int(mark)).font = Font(name="Calibri", size=11, bold=True, color=HEAD)
            sheet.cell(row, 1).alignment = Alignment(horizontal="center", vertical="center")
    sheet.cell(2, 2).font = Font(name="Calibri", size=18, bold=True, color=HEAD)
    sheet.row_dimensions[2].height = 30
    _print_layout(sheet)


def _header(sheet: Worksheet, columns: Sequence[tuple[str, float]]) -> None:
    for number, (heading, width) in enumerate(columns, start=1):
        cell = sheet.cell(1, number, heading)
        cell.font, cell.fill = _WHITE, PatternFill(start_color=HEAD, end_color=HEAD, fill_type="solid")
        cell.alignment = Alignment(vertical="center", horizontal="left", indent=1)
        sheet.column_dimensions[get_column_letter(number)].width = width
    sheet.row_dimensions[1].height = 22


def _print_layout(sheet: Worksheet) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", sheet.PAPERSIZE_A4
    sheet.page_margins = PageMargins(left=0.4, right=0.4, top=0.5, bottom=0.7, footer=0.3)
    sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
    sheet.sheet_properties.pageSetUpPr = PageSetupProperties(fitToPage=True)
    sheet.print_title_rows = "1:1" if sheet.title != "Instructions" else None
    sheet.oddFooter.right.text = "&A, page &P of &N"  # type: ignore[union-attr]
