"""One run from the data to everything that readers get; nothing is written before all of it is computed."""

from collections.abc import Callable
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from pathlib import Path

from analysis.article.typeset import VALUES
from analysis.article.values import article_values
from analysis.chapters import chapters_of
from analysis.claims.chapter import needing_complete_data
from analysis.claims.ledger import Ledger, build_ledger
from analysis.dataset import Study, left_out
from analysis.explore import explore_page
from analysis.report import html, instructions, latex, readme
from analysis.report.chapter import Chapter, Content
from analysis.report.findings import findings
from analysis.report.readme import render_glance, with_block
from analysis.report.typesetting import Drawn, Typeset, draw, typeset
from datapackage.commandline import DATA
from datapackage.descriptor import read_descriptor
from datapackage.files import sha256, write_atomic
from datapackage.tables import records

Progress = Callable[[str], None]
GLANCE, INSTRUCTIONS = Path("paper/glance.md"), Path("paper/instructions.md")
# page → which result stands in it, between which markers
PAGES = {
    "README.md": (GLANCE, (readme.BEGIN, readme.END)),
    "INSTRUCTIONS.md": (INSTRUCTIONS, (instructions.BEGIN, instructions.END)),
}


@dataclass(frozen=True)
class Reproduction:
    """What a run yields.

    Attributes
    ----------
    ledger : Ledger
        Verdicts of all claims.
    files : dict of Path to str or bytes
        Content by path, relative to the output folder.
    """

    ledger: Ledger
    files: dict[Path, str | bytes]


def reproduce(study: Study, drawing: Executor, *, progress: Progress = lambda _: None) -> Reproduction:
    """Compute every table, figure and claim.

    Parameters
    ----------
    study : Study
        The data.
    drawing : Executor
        Where a chapter's figures and tables are drawn while the next chapter is computed, and before the first of them what
        takes long; see `analysis.drawing`.
    progress : callable
        Told of each step as it starts.

    Raises
    ------
    InputError
        A table has faults.
    """
    wanted = chapters_of(study)
    chapters: list[tuple[Chapter, Content]] = []
    drawn: dict[str, Future[Drawn]] = {}
    tables: dict[str, Future[Typeset]] = {}
    for chapter in wanted:
        if chapter.begin is not None:
            chapter.begin(study, drawing)
    progress("claims")
    ledger = build_ledger(study, [chapter.claims for chapter in wanted])
    for chapter in reversed(wanted):  # the last ones have most to draw
        progress(f"{chapter.number} {chapter.title}")
        with needing_complete_data(f"the chapter on {chapter.number}", study.data):
            content = chapter.content(study, ledger)
        chapters.insert(0, (chapter, content))
        drawn |= {picture.name: drawing.submit(draw, picture) for picture in content.figures}
        tables |= {table.name: drawing.submit(typeset, table) for table in content.tables}
    progress("figures and report")
    found = records(findings(ledger, chapters))
    files: dict[Path, str | bytes] = {
        Path("paper/numbers.tex"): latex.render_numbers(chapters),
        Path("paper/claims.csv"): claims_csv(ledger),
        GLANCE: render_glance(ledger, chapters, found),
        INSTRUCTIONS: instructions.render_instructions(ledger, found),
    }
    edited = edited_tables(study.data)
    files[VALUES] = article_values(ledger, chapters, found, edited=edited)
    report = html.render_report(
        ledger,
        chapters,
        found,
        html.Drawings(
            lambda name: drawn[name].result().svg.decode(),
            lambda name: tables[name].result().html,
        ),
        edited=edited,
        archive_files=study.archive_files,
        deprecated=left_out(study),
    )
    files[Path("paper/report.html")] = report
    files[Path("paper/explore.html")] = explore_page(
        study, ledger, [chapter.claims for chapter in wanted], edited=edited
    )
    files |= {Path("paper/tables") / f"{name}.tex": table.result().latex for name, table in tables.items()}
    for name, figure in drawn.items():
        files[Path("figures") / f"{name}.png"], files[Path("figures") / f"{name}.svg"] = figure.result()
    return Reproduction(ledger, files)


def edited_tables(data: Path) -> list[str]:
    """Return the tables of a data folder that are not, byte for byte, those of the project."""
    paths = [entry["path"] for entry in read_descriptor(DATA)["resources"]]
    return [path for path in paths if not (data / path).is_file() or sha256(data / path) != sha256(DATA / path)]


def claims_csv(ledger: Ledger) -> str:
    """Return the ledger as CSV."""
    return ledger.frame.to_csv(index=False, lineterminator="\n")


def write(reproduction: Reproduction, out: Path) -> None:
    """Write the files of a run below `out`; pages with markers there (`PAGES`) get their part of the results."""
    for path, content in reproduction.files.items():
        write_atomic(out / path, content)
    for name in PAGES:
        if (out / name).exists():
            write_atomic(out / name, page_with_results(reproduction, out, name))


def page_with_results(reproduction: Reproduction, out: Path, name: str) -> str:
    """Return a page below `out` with its part of the results.

    Raises
    ------
    StudyError
        The page lacks its markers.
    """
    result, markers = PAGES[name]
    return with_block(name, (out / name).read_text(encoding="utf-8"), str(reproduction.files[result]), markers)
