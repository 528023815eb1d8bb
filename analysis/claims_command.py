"""``python -m analysis claims``: the paper's printed numbers with their verdicts."""

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from analysis.claim_selection import CHAPTERS, Selection
from analysis.claims.chapter import needing_complete_data
from analysis.claims.findings import FINDINGS, Finding
from analysis.claims.ledger import VERDICTS, Ledger, build_ledger, summary, verdict_name
from analysis.claims.printed import show_printed, with_unit
from analysis.dataset import Study, open_study
from datapackage.commandline import Command, csv_option, data_option
from datapackage.files import write_atomic
from datapackage.tables import records


def _options(parser: argparse.ArgumentParser) -> None:
    data_option(parser)
    parser.add_argument(
        "patterns", nargs="*", metavar="CLAIM", help="id of a claim or a pattern, such as s61.rho.all or 't04.*'"
    )
    parser.add_argument("--chapter", type=str.upper, choices=CHAPTERS, help="show the claims of this research question")
    numbers = [finding.number for finding in FINDINGS]
    parser.add_argument(
        "--finding",
        type=int,
        choices=numbers,
        metavar="N",
        help="show what becomes of Finding N, and the claims that it prints or rests on",
    )
    parser.add_argument(
        "--verdict", type=_verdict, choices=VERDICTS, help="show the claims of this verdict (in quotes with spaces)"
    )
    parser.add_argument("--decision", action="store_true", help="show the differences that would change a finding")
    csv_option(parser, "the claims")


def _verdict(text: str) -> str:
    """Read a verdict as the tables have it (``not recomputable``) or as the CSV has it."""
    return text.strip().replace(" ", "_")


def _run(arguments: argparse.Namespace) -> int:
    study = open_study(arguments.data)
    selection = Selection(
        arguments.patterns, arguments.chapter, arguments.finding, arguments.verdict, arguments.decision
    )
    asked = selection.asked(study.claims)
    computed = list(selection.chapters(asked))
    ledger = build_ledger(study, computed)
    frame = selection.of(ledger.frame[ledger.frame["claim_id"].isin(asked["claim_id"])])
    if arguments.csv == "-":
        sys.stdout.write(frame.to_csv(index=False, lineterminator="\n"))
    elif arguments.csv:
        write_atomic(Path(arguments.csv), frame.to_csv(index=False, lineterminator="\n"))
        sys.stdout.write(f"{len(frame)} claims written to {arguments.csv}\n")
    else:
        if arguments.finding is not None and computed:
            sys.stdout.write(_finding(study, ledger, FINDINGS[arguments.finding - 1]))
        sys.stdout.write(_text(frame, len(study.claims)))
    for fault in ledger.faults:
        sys.stderr.write(f"without an account: {fault}\n")
    return 3 if ledger.faults else 0


def _finding(study: Study, ledger: Ledger, finding: Finding) -> str:
    """Say what becomes of a finding, in the words of the report; its chapter is computed for it."""
    # tables, figures and templates take longer to load than most claims to compute
    from analysis.chapters import CHAPTERS as PARTS  # noqa: PLC0415
    from analysis.report.findings import findings  # noqa: PLC0415

    (chapter,) = (part for part in PARTS if part.number == finding.chapter)
    with needing_complete_data(f"Finding {finding.number}", study.data):
        found = records(findings(ledger, [(chapter, chapter.content(study, ledger))]))
    (row,) = (each for each in found if each["finding"] == finding.number)
    told = "".join(f"    {name:<10}  {row[name]}\n" for name in ("printed", "recomputed", "verdict"))
    return f"Finding {finding.number}: {row['sentence']}\n{told}\n"


def _text(frame: pd.DataFrame, total: int) -> str:
    lines = [_claim(row) for row in records(frame)]
    for row in records(frame[frame["explanation"] != ""].drop_duplicates(["chapter", "mechanism"])):
        lines.append(f"mechanism of {row['chapter']}: {row['mechanism']}\n    {row['explanation']}")
    lines.append(summary(frame, total))
    return "\n".join(lines) + "\n"


def _claim(row: Mapping[str, str]) -> str:
    decision = ", decision" if row["decision"] else ""
    unit = row["unit"]
    recomputed = with_unit(row["recomputed"], unit) or "-"
    lines = [
        f"{row['claim_id']}  {verdict_name(row['verdict'])}{decision}",
        f"    {row['where']}: {row['quantity']}",
        f"    printed {show_printed(row['published'], unit)}, recomputed {recomputed}",
    ]
    if row["mechanism"]:
        shown = f" → {with_unit(row['mechanism_value'], unit)}" if row["mechanism_value"] else ""
        lines.append(f"    mechanism: {row['mechanism']}{shown}")
    if row["note"]:
        lines.append(f"    {row['note']}")
    if row["today"]:
        lines.append(f"    on today's converters: {row['today']}")
    return "\n".join(lines)


CLAIMS = Command(
    "claims",
    "list the paper's printed numbers with their verdicts",
    "List printed numbers with their recomputation and verdict: all, or those that fit what is asked for. Only the chapters "
    "that are needed are computed. Exit code 3 if a claim has neither a recomputation nor a stated reason, or a difference "
    "neither a mechanism nor the mark 'unexplained'.",
    _options,
    _run,
)
