"""The worked example: from GitHub to a report on two samples, every step as the command that an extender types.

GitHub is the stand-in, the issues and raters are invented, the commands are the project's own. Since the true labels are known,
what comes out can be held against the truth.
"""

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from datapackage.codebook import load_codebook
from datapackage.commandline import DATA
from datapackage.errors import StudyError
from datapackage.tables import read_table, records
from demo.github_server.server import GitHubServer
from demo.issues import Codes, invent
from demo.raters import Rater, fill, names
from labelling.columns import HEADINGS

ROOT = Path(__file__).resolve().parents[1]
SAMPLE, RATERS, MACHINE = "demo26", ("ann", "bob"), "robot"
N, SIZE, SEED = 30, 150, 4  # issues drawn per converter, issues invented per converter
PEOPLE, ROBOT = 0.9, 0.8  # accuracies
TOKEN = "invented"  # noqa: S105 - the stand-in takes any
SHOWN = 14  # lines of what a command says
Say = Callable[[str], None]


@dataclass(frozen=True)
class Example:
    """What the example leaves behind.

    Attributes
    ----------
    folder : Path
        With ``store/`` (issues, sheets, labels), ``data/`` (a copy with the new sample) and ``report/``.
    truth : mapping of str to Codes
        The true labels, by issue.
    """

    folder: Path
    truth: Mapping[str, Codes]

    @property
    def store(self) -> Path:
        """The store."""
        return self.folder / "store"

    @property
    def data(self) -> Path:
        """The enlarged copy of the data."""
        return self.folder / "data"

    @property
    def report(self) -> Path:
        """Folder of the recomputed results."""
        return self.folder / "report"


def extend(folder: Path, say: Say, *, reproduce: bool = True) -> Example:
    """Run the example.

    Parameters
    ----------
    folder : Path
        A folder that is not there yet.
    say : callable
        Told of each step and its outcome.
    reproduce : bool
        Whether to recompute everything at the end, which takes longest.

    Raises
    ------
    StudyError
        The folder exists, or a command failed.
    """
    if folder.exists():
        raise StudyError(f"{folder}: exists; name a folder that is not there yet")
    codebook = load_codebook(DATA)
    failures = [
        Codes(row["symptom"], row["cause"], row["cause_detail"] or "", row["location"])
        for row in records(read_table(DATA, "failures").astype(object).where(lambda frame: frame.notna(), ""))
    ]
    population, truth = invent(failures, SIZE, SEED)
    example = Example(folder, truth)
    folder.mkdir(parents=True)
    shutil.copytree(DATA, example.data)
    store, sample = ["--store", example.store], ["--sample", SAMPLE]
    run = _Commands(say)
    with GitHubServer(population) as server:
        run.title(
            "Fetch every issue of two converters, see which a fix closed, draw a sample that anybody can draw again"
        )
        there = ["--api-url", server.url]
        run("mining", "fetch", *store, "--converter", "torch.onnx", "--converter", "tf2onnx", *there)
        run("mining", "filter", *store)
        run("mining", "sample", *store, "--data", example.data, "--name", SAMPLE, "--n", N, "--seed", SEED)
        run("mining", "hydrate", *store, *there, example.store / "samples" / f"{SAMPLE}.csv")
    run.title(
        "Two raters label the sample in workbooks, blind to each other (invented ones: each knows 90 % of the codes)"
    )
    told = [*store, *sample, "--data", example.data]
    run("labelling", "sheets", *told, "--raters", ",".join(RATERS))
    sheets = [example.store / "labelling" / SAMPLE / "sheets" / f"main-{rater}.xlsx" for rater in RATERS]
    for seed, path in enumerate(sheets, start=1):
        rater = Rater(failures, PEOPLE, seed)
        fill(path, lambda issue, rater=rater: names(codebook, rater.label(truth[issue])))  # type: ignore[misc]
    run("labelling", "read", *store, "--data", example.data, *sheets)
    run("labelling", "agreement", *told, "--figures", folder / "agreement")
    run.title("Where they differ somebody decides, and says why")
    decide = folder / "decide.xlsx"
    run("labelling", "adjudicate", *told, "--out", decide)
    why = {HEADINGS["decided_by"]: "ann and bob", HEADINGS["rationale"]: "read the fix again together"}
    fill(decide, lambda issue: {**names(codebook, truth[issue]), **why})
    run("labelling", "adjudicate", *told, "--read", decide)
    run.title("A machine labels the whole population (an invented one: it knows 80 % of the codes)")
    answers = folder / "answers.jsonl"
    robot = Rater(failures, ROBOT, len(RATERS) + 1)
    issues = (example.store / "populations" / f"{SAMPLE}.csv").read_text(encoding="utf-8").splitlines()[1:]
    lines = [{"issue": line.split(",")[1]} | asdict(robot.label(truth[line.split(",")[1]])) for line in issues]
    answers.write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    run(
        "labelling", "machine", "import", *told, "--population", "--rater", MACHINE, "--model", "invented, 1.0", answers
    )
    run.title("Merge into a copy of the data, all tables or none; then compare, audit, reproduce")
    run("labelling", "merge", *told)
    data = ["--data", example.data]
    run("analysis", "sample", SAMPLE, "--against", "issta24", *data, "--csv", folder / "comparison")
    run("analysis", "audited", *sample, *data)
    if reproduce:
        run("analysis", "reproduce", *data, "--out", example.report)
    return example


class _Commands:
    """Runs commands as a user does, and shows them with what they say."""

    def __init__(self, say: Say) -> None:
        self.say = say

    def title(self, text: str) -> None:
        self.say(f"\n## {text}")

    def __call__(self, module: str, *arguments: object) -> None:
        words = ["-m", module, *map(str, arguments)]
        self.say(f"\n$ python {shlex.join(words)}")
        result = subprocess.run(
            [sys.executable, *words], cwd=ROOT, env=os.environ | {"GITHUB_TOKEN": TOKEN}, capture_output=True, text=True,
            encoding="utf-8", check=False,
        )  # fmt: skip
        if result.returncode:
            raise StudyError(
                f"python {shlex.join(words)} ended with {result.returncode}:\n{result.stderr or result.stdout}"
            )
        lines = result.stdout.rstrip().splitlines()
        for line in lines[:SHOWN]:
            self.say(f"  {line}")
        if len(lines) > SHOWN:
            self.say(f"  … {len(lines) - SHOWN} more lines")
