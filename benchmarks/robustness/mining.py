"""``--mining``: a stand-in for GitHub misbehaves in generated ways: how each run of `fetch` and `hydrate` ends.

A run may end complete, and is then equal to an undisturbed one; incomplete, and says what is missing; or refused, with a
message and a remedy. Afterwards the same store meets a healthy server, and one more run must make it equal. A
traceback, a wait that isn't said, a run without an end, a token in sight or a wrong "complete" fails the campaign.
"""

import contextlib
import datetime as dt
import io
import itertools
import json
import multiprocessing
import os
import random
import re
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from demo.github_server.misbehaviours import FETCH_ENDPOINTS, HYDRATE_ENDPOINTS, NOW, build, kinds
from demo.github_server.population import Population, comment, generate
from demo.github_server.schema import load_schema
from demo.github_server.server import GitHubServer
from mining.commands import run as mining
from mining.github.clock import SystemClock
from mining.pseudonyms import KEY_FILE

SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ456789"  # noqa: S105 - made up, in the form of a real one
REPOSITORY = "onnx/tensorflow-onnx"
RUNS = 300
GOOD = ("complete", "incomplete", "refused")
_TIMEOUT = 4  # seconds a request
_LIMIT = 150  # seconds a run, its waits not counted
_LONGEST = 24 * 3600.0  # seconds of waiting a run
_SAID = 3.0  # seconds: a wait longer than this has to be announced
_REMEDY = re.compile(
    r"run the command again|restore it|correct|set a valid|see to the network|fetch again|reads everything again"
)
_PRELOADED = [
    "benchmarks.robustness.mining",
    "mining.commands.fetch",
    "mining.commands.samples",
    "mining.commands.texts",
]
_CONTEXT = multiprocessing.get_context("forkserver")


@dataclass(frozen=True)
class Case:
    """One run: a command, a kind of fault at one of its endpoints (twice: a second one beside it), healing or not."""

    number: int
    command: str
    faults: tuple[tuple[str, str], ...]
    heals: bool

    @property
    def name(self) -> str:
        """What the run tries, in words."""
        told = " and ".join(f"{kind} at {endpoint}" for endpoint, kind in self.faults)
        return f"{self.command}: {told}, {'healing' if self.heals else 'lasting'}"


@dataclass(frozen=True)
class Ending:
    """How a command ended: exit code (None: it had to be stopped), what it printed, how long it waited each time."""

    code: int | None
    text: str
    waits: tuple[float, ...]


@dataclass(frozen=True)
class Judgement:
    """One of `GOOD`, or what is wrong; what the run printed; whether a fault changed an answer at all."""

    verdict: str
    text: str
    took: bool


def cases(seed: int, number: int) -> list[Case]:
    """Return the runs of a campaign: each endpoint with each kind, healing and not, then pairs, until there are enough."""
    draw = random.Random(seed)
    endpoints = [("fetch", name) for name in FETCH_ENDPOINTS] + [("hydrate", name) for name in HYDRATE_ENDPOINTS]
    single = [
        (command, ((endpoint, kind),), heals)
        for command, endpoint in endpoints
        for kind in kinds(endpoint)
        for heals in (True, False)
    ]
    draw.shuffle(single)

    def pairs() -> Iterator[tuple[str, tuple[tuple[str, str], ...], bool]]:
        while True:
            command = draw.choice(["fetch", "fetch", "fetch", "hydrate"])
            chosen = [draw.choice([e for c, e in endpoints if c == command]) for _ in range(2)]
            yield command, tuple((e, draw.choice(list(kinds(e)))) for e in chosen), draw.random() < 0.5

    found = itertools.islice(itertools.chain(single, pairs()), number)
    return [Case(place, *parts) for place, parts in enumerate(found)]


def population(issues: int) -> Population:
    """Return a population on which every endpoint is needed: long timelines, many comments, a list that needs the roll."""
    made = generate(5, {REPOSITORY: issues}, mean=2, lengths=[101, 0, 230, 100, 150])
    nodes = made.repositories[REPOSITORY]
    nodes[6] |= {"state": "CLOSED", "updatedAt": NOW.strftime("%Y-%m-%dT%H:%M:%SZ")}
    nodes[0]["comments"] = [comment(f"first_{place}", place, None) for place in range(250)]
    made.deleted |= {f"{REPOSITORY}#2", f"{REPOSITORY}#3"}
    made.moved[f"{REPOSITORY}#3"] = f"{REPOSITORY}#9"
    return made


class Campaign:
    """Runs cases against one population; use as a context manager.

    Parameters
    ----------
    seed : int
        What the faults draw from.
    issues : int
        Issues of the population; eight to a page.
    """

    def __init__(self, seed: int, *, issues: int = 40) -> None:
        self._seed = seed
        self._issues = issues
        self._server = GitHubServer(Population())
        self._server.now = _server_clock()
        self._truths: dict[str, dict[str, object]] = {}

    def __enter__(self) -> "Campaign":
        _CONTEXT.set_forkserver_preload(_PRELOADED)
        load_schema()
        self._server.__enter__()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.__exit__()

    def judge(self, case: Case) -> Judgement:
        """Run a case, then once more against a healthy server."""
        draw = random.Random(f"{self._seed}/{case.number}")
        server = self._server
        server.execution.population = population(self._issues)
        server.faults.clear()
        faults = [build(kind, endpoint, draw, heals=case.heals) for endpoint, kind in case.faults]
        server.faults.extend(faults)
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name)
            _prepare(folder)
            ending = self._run(case, folder)
            server.faults.clear()
            truth = self._truth(case, folder)
            took = any(fault.took for fault in faults)
            verdict = _verdict(ending, folder, same=_found(case, folder / "store") == truth)
            if verdict in GOOD:
                again = self._run(case, folder)
                if again.code != 0 or _found(case, folder / "store") != truth:
                    return Judgement("not mended by a healthy server", ending.text + again.text, took)
            return Judgement(verdict, ending.text, took)

    def _run(self, case: Case, folder: Path, store: str = "store") -> Ending:
        return run_command(_arguments(case.command, self._server.url, folder, store), folder)

    def _truth(self, case: Case, folder: Path) -> dict[str, object]:
        moves = any(kind == "moving" for _, kind in case.faults)
        if case.command in self._truths and not moves:
            return self._truths[case.command]
        ending = self._run(case, folder, "truth")
        if ending.code != 0:
            raise AssertionError(f"an undisturbed run failed:\n{ending.text}")
        found = _found(case, folder / "truth")
        if not moves:
            self._truths[case.command] = found
        return found


def _server_clock() -> Callable[[], dt.datetime]:
    started = time.monotonic()
    return lambda: NOW + dt.timedelta(seconds=time.monotonic() - started)


def _prepare(folder: Path) -> None:
    for name in ("store", "truth"):
        (folder / name).mkdir()
        (folder / name / KEY_FILE).write_text("ab" * 32 + "\n", encoding="ascii")
    rows = "".join(f"{REPOSITORY}#{number}\n" for number in (1, 2, 3, 4, 5, 6, 9999))
    (folder / "wanted.csv").write_text("issue\n" + rows, encoding="utf-8")


def _arguments(command: str, url: str, folder: Path, store: str) -> list[str]:
    target = ["--store", str(folder / store), "--api-url", url, "--timeout", str(_TIMEOUT)]
    if command == "hydrate":
        return ["hydrate", str(folder / "wanted.csv"), *target]
    return ["fetch", "--converter", "tf2onnx", "--page", "8", *target]


def run_command(arguments: Sequence[str], folder: Path) -> Ending:
    """Run ``python -m mining`` in a child whose clock doesn't wait; stop it after `_LIMIT` seconds."""
    record = folder / "record.json"
    record.unlink(missing_ok=True)
    process = _CONTEXT.Process(target=_child, args=(list(arguments), record))
    process.start()
    process.join(_LIMIT)
    if process.is_alive():
        process.kill()
        process.join()
        return Ending(None, "stopped", ())
    told: dict[str, Any] = {"text": "", "waits": []}
    if record.is_file():
        told = json.loads(record.read_text(encoding="utf-8"))
    return Ending(process.exitcode, told["text"], tuple(told["waits"]))


def _child(arguments: list[str], record: Path) -> None:
    os.environ["GITHUB_TOKEN"] = SECRET
    os.environ.pop("GITHUB_TOKENS", None)
    waits: list[float] = []
    started = time.monotonic()
    # time passes without anybody waiting for it
    moments = {
        "now": lambda _: NOW + dt.timedelta(seconds=time.monotonic() - started + sum(waits)),
        "sleep": lambda _, seconds: waits.append(seconds),
    }
    for name, function in moments.items():
        setattr(SystemClock, name, function)
    code = 70
    with contextlib.redirect_stdout(io.StringIO()) as out, contextlib.redirect_stderr(out):
        try:
            code = mining(arguments)
        except BaseException:
            traceback.print_exc()
    record.write_text(json.dumps({"text": out.getvalue(), "waits": waits}), encoding="utf-8")
    sys.exit(code)


def _found(case: Case, store: Path) -> dict[str, object]:
    """Return what a user has afterwards: the rows of closed issues and their events, or the cached texts."""
    if case.command == "hydrate":
        cached = sorted((store / "cache").rglob("*.json")) if (store / "cache").is_dir() else []
        return {path.name: path.read_text(encoding="utf-8") for path in cached}
    if not (store / "tables" / "issues.csv").is_file():
        return {}
    issues, events = ((store / "tables" / f"{name}.csv").read_text(encoding="utf-8") for name in ("issues", "events"))
    # a later run tells of open issues, too
    closed = [line for line in issues.splitlines() if ",closed," in line]
    names = {line.split(",")[1] for line in closed}
    return {"issues": closed, "events": [line for line in events.splitlines() if line.split(",")[1] in names]}


def _verdict(ending: Ending, folder: Path, *, same: bool) -> str:
    text = ending.text
    seen = SECRET in text or any(SECRET.encode() in path.read_bytes() for path in folder.rglob("*") if path.is_file())
    announced = len(re.findall(r"waiting .*until|try \d+ of \d+ in", text))
    wrong = {
        "endless": ending.code is None or sum(ending.waits) > _LONGEST,
        "traceback": "Traceback" in text or ending.code not in (0, 1),
        "token in sight": seen,
        "silent": sum(wait > _SAID for wait in ending.waits) > announced,
    }
    if any(wrong.values()):
        return next(name for name, found in wrong.items() if found)
    if re.search(r"incomplete: \S+|^incomplete \d+\n +\S+ -> \S", text, re.MULTILINE):
        return "incomplete"
    if ending.code == 0:
        return "complete" if same else "wrong complete"
    return "refused" if "error:" in text and _REMEDY.search(text) else "no remedy"


def campaign(seed: int, runs: int | None, out: Path | None) -> tuple[dict[str, object], bool]:
    """Run the campaign; return its figures, and whether every run ended well."""
    verdicts, took = Counter[str](), 0
    bad, lines = [], []
    chosen = cases(seed, runs or RUNS)
    with Campaign(seed) as trial:
        for case in chosen:
            judgement = trial.judge(case)
            verdict = judgement.verdict
            verdicts[verdict] += 1
            took += judgement.took
            lines.append(json.dumps({**asdict(case), "name": case.name, **asdict(judgement)}))
            if verdict not in GOOD:
                bad.append(f"{case.number}: {case.name}: {verdict}")
            print(f"{case.number + 1} of {len(chosen)}: {case.name}: {verdict}", file=sys.stderr, flush=True)  # noqa: T201
            if out is not None:
                out.write_text("\n".join(lines) + "\n", encoding="utf-8")
    figures = {
        "seed": seed,
        "runs": len(chosen),
        "faults_that_took_effect": took,
        "verdicts": dict(sorted(verdicts.items())),
    }
    return {**figures, "bad": bad}, not bad
