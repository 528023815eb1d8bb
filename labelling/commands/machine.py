"""``python -m labelling machine export|run|import``: a program as a rater."""

import argparse
import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from datapackage.codebook import Codebook, load_codebook
from datapackage.commandline import Command, data_option
from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason
from labelling.commands.options import cache_of, cache_option, name, now, sample_options, say
from labelling.labels import Label
from labelling.machine import OK, Server, append_answer, checked, read_answers, tasks
from labelling.project import SAMPLE, Assignment, Project, Round
from labelling.record import keep
from labelling.texts import read_texts


def _options(parser: argparse.ArgumentParser) -> None:
    steps = parser.add_subparsers(title="steps", metavar="STEP", required=True, dest="step")
    export = steps.add_parser("export", help="write what is asked of each issue, as JSON lines")
    run = steps.add_parser(
        "run", help="ask a server with the OpenAI-compatible chat interface; goes on where it stopped"
    )
    taken = steps.add_parser(
        "import", help="take answers, of `run` or made elsewhere, as ratings of a rater of kind machine"
    )
    for step in (export, run, taken):
        sample_options(step, round_name=None)
        data_option(step)
        step.add_argument(
            "--population",
            action="store_true",
            help="all issues that the sample was drawn from (for `python -m analysis audited`), not the sample alone",
        )
    for step in (export, run):
        cache_option(step)
    export.add_argument("--out", type=Path, required=True, metavar="FILE", help="the tasks (.jsonl)")
    run.add_argument(
        "--endpoint", required=True, metavar="URL", help="as http://127.0.0.1:8080/v1; its key in LABELLING_API_KEY"
    )
    run.add_argument("--model", required=True, metavar="NAME", help="the model, as the server names it")
    run.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="FILE",
        help="the answers (.jsonl); a file that exists is gone on with",
    )
    run.add_argument("--timeout", type=float, default=120, metavar="SECONDS", help="of silence (default: 120)")
    run.add_argument("--price", type=float, nargs=2, metavar=("IN", "OUT"), help="price of a million tokens in and out")
    taken.add_argument("file", type=Path, metavar="FILE", help="JSON lines: issue, and label or the codes themselves")
    taken.add_argument("--rater", type=name, required=True, help="the machine's name in the data")
    taken.add_argument("--model", required=True, metavar="NAME", help="what answered, with its version, for raters.csv")


def _run(arguments: argparse.Namespace) -> int:
    project, codebook = Project(arguments.store, arguments.sample), load_codebook(arguments.data)
    return {"export": _export, "run": _ask, "import": _import}[arguments.step](arguments, project, codebook)


def _tasks(arguments: argparse.Namespace, project: Project, codebook: Codebook) -> list[dict[str, Any]]:
    issues = _issues(arguments, project)
    return list(tasks(codebook, issues, read_texts(cache_of(arguments), issues)))


def _issues(arguments: argparse.Namespace, project: Project) -> list[str]:
    return project.population_issues() if arguments.population else [each.issue for each in project.issues()]


def _export(arguments: argparse.Namespace, project: Project, codebook: Codebook) -> int:
    found = _tasks(arguments, project, codebook)
    write_atomic(arguments.out, "".join(json.dumps(task, ensure_ascii=False) + "\n" for task in found))
    say(f"{len(found)} tasks: {arguments.out}")
    return 0


def _ask(arguments: argparse.Namespace, project: Project, codebook: Codebook) -> int:
    server = Server(arguments.endpoint, arguments.model, timeout=arguments.timeout)
    answered = {answer.issue for answer in read_answers(arguments.out) if answer.status == OK}
    todo = [task for task in _tasks(arguments, project, codebook) if task["issue"] not in answered]
    for number, task in enumerate(todo, start=1):
        answer = server.ask(task, codebook)
        append_answer(arguments.out, answer)
        say(f"{number} of {len(todo)}: {answer.issue}: {answer.status}")
    answers = read_answers(arguments.out)
    done = {answer.issue for answer in answers if answer.status == OK}
    tokens = sum(answer.tokens_in for answer in answers), sum(answer.tokens_out for answer in answers)
    cost = ""
    if arguments.price:
        cost = f", cost {sum(count * price for count, price in zip(tokens, arguments.price, strict=True)) / 1e6:.4f}"
    left = len(_issues(arguments, project)) - len(done)
    say(
        f"{len(done)} answered, {left} without an answer; {tokens[0]} tokens in, {tokens[1]} out{cost}: {arguments.out}"
    )
    return 3 if left else 0


def _import(arguments: argparse.Namespace, project: Project, codebook: Codebook) -> int:
    known = _issues(arguments, project)
    given = set(known)
    faults: list[Fault] = []
    labels: dict[str, Label] = {}
    moment = now()
    for row, issue, answer in _answers(arguments.file, faults):
        found = checked(answer, codebook)
        if issue not in given:
            message = f"is not an issue of the {'population' if arguments.population else 'sample'}"
            faults.append(Fault(str(arguments.file), message, row, "issue", issue, Reason.UNASSIGNED_ISSUE))
        elif found is None:
            message = "has codes that are none, or a detail that is not its cause's"
            faults.append(
                Fault(str(arguments.file), message, row, "label", json.dumps(answer)[:200], Reason.UNKNOWN_CODE)
            )
        else:
            label = Label(arguments.sample, _round(arguments), issue, arguments.rater, found["symptom"], found["cause"],
                          found["cause_detail"], found["location"], found["unsure"], found["rationale"], moment,
                          "machine")  # fmt: skip
            if not label.says_the_same(labels.setdefault(issue, label)):
                message = "is labelled otherwise in an earlier line; keep one of the two"
                faults.append(Fault(str(arguments.file), message, row, "issue", issue, Reason.DUPLICATE_ISSUE))
    with project.locked():
        rounds = {each.name: each for each in project.rounds()}
        if faults := [*faults, *_other_raters(arguments, rounds)]:
            raise InputError(faults)
        if _round(arguments) not in rounds:
            assigned = {arguments.rater: tuple(Assignment(issue, SAMPLE) for issue in known)}
            project.add_round(Round(_round(arguments), len(rounds) + 1, 0, assigned, "machine", arguments.model))
        added = keep(project, arguments.file, list(labels.values()))
    say(f"{arguments.rater}: {added.new} new, {added.changed} changed, {added.known} known")
    return 0


def _other_raters(arguments: argparse.Namespace, rounds: Mapping[str, Round]) -> Iterator[Fault]:
    """Yield a fault where the machine's name is a person's, or another model's, in this sample."""
    if any(each.kind == "human" and arguments.rater in each.raters for each in rounds.values()):
        message = "is a person who labels this sample; use another name"
        yield Fault("--rater", message, value=arguments.rater, reason=Reason.OTHER_KIND)
    before = rounds.get(_round(arguments))
    if before is not None and before.tool != arguments.model:
        message = f"{arguments.rater} is {before.tool} in this sample; give another model another --rater"
        yield Fault("--model", message, value=arguments.model, reason=Reason.OTHER_KIND)


def _round(arguments: argparse.Namespace) -> str:
    return f"machine-{arguments.rater}"


def _answers(path: Path, faults: list[Fault]) -> Iterator[tuple[int, str, object]]:
    """Yield row, issue and label of each line; lines of `run` that aren't ok are passed over."""
    try:
        lines = path.read_text(encoding="utf-8").rstrip("\n").split("\n")
    except FileNotFoundError:
        raise InputError([Fault(str(path), "file is missing", reason=Reason.MISSING_FILE)]) from None
    for row, line in enumerate(lines, start=1):
        try:
            record = json.loads(line)
            issue = str(record["issue"])
        except (ValueError, KeyError, TypeError):
            faults.append(Fault(str(path), "must be a JSON object with issue and label", row, reason=Reason.FORMAT))
            continue
        if record.get("status", OK) == OK:
            yield row, issue, record.get("label", record)


MACHINE = Command(
    "machine",
    "a program as a rater: export the tasks, ask a server, import the answers",
    "Machine labels are ratings of a rater of kind machine and never become final labels. What an issue says is sent as data; an "
    "answer that is not of the schema is none.",
    _options,
    _run,
)
