"""What the mining tests share: a server with a population, a clock that doesn't wait, and the command line in-process."""

import datetime as dt
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest

import mining.commands
from datapackage.errors import StudyError
from demo.github_server.faults import Fault
from demo.github_server.population import Population, generate
from demo.github_server.schema import fetch_schema
from demo.github_server.server import GitHubServer
from mining.converters import Converter
from mining.github.archive import Archive
from mining.github.client import Client
from mining.github.fetching import fetch_converter
from mining.github.progress import ProgressLines
from mining.github.report import RunReport, new_report
from mining.github.tokens import Token
from mining.pseudonyms import KEY_FILE

# made up, in the form of the real ones
SECRET = "ghp_0123456789abcdefghijABCDEFGHIJ456789"  # noqa: S105
OTHER_SECRET = "ghp_ZYXWVUTSRQponmlkjihg9876543210zyxwvu"  # noqa: S105
TF2ONNX = Converter("tf2onnx", "onnx/tensorflow-onnx", (), ("question", "pending on user response"))
TORCH = Converter("torch.onnx", "pytorch/pytorch", ("module: onnx",))


@pytest.fixture(scope="session")
def schema() -> None:
    """GitHub's schema; without it no server can run, which only a machine without npm or offline may excuse."""
    try:
        fetch_schema()
    except StudyError as error:
        if os.environ.get("CI") == "true":
            raise
        pytest.skip(f"GitHub's schema is neither cached nor to be fetched: {error}")


class FakeClock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.time = dt.datetime(2024, 5, 1, 12, tzinfo=dt.UTC)
        self.waits: list[float] = []
        self.said: list[str] = []

    def now(self) -> dt.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.waits.append(seconds)
        self.time += dt.timedelta(seconds=seconds)


@pytest.fixture
def clock() -> FakeClock:
    return FakeClock()


@pytest.fixture
def serve(schema: None, clock: FakeClock) -> Iterator[Callable[..., GitHubServer]]:
    """Start servers that end with the test."""
    running: list[GitHubServer] = []

    def start(population: Population, faults: Sequence[Fault] = (), **options: object) -> GitHubServer:
        server = GitHubServer(population, faults, **options)
        server.now = clock.now
        running.append(server.__enter__())
        return server

    yield start
    for server in running:
        server.__exit__()


@pytest.fixture(scope="session")
def small() -> Population:
    """Two repositories; the first issues' timelines are empty, just full, just over a page, and of three pages and a half."""
    sizes = {"onnx/tensorflow-onnx": 23, "pytorch/pytorch": 20}
    population = generate(7, sizes, lengths=[0, 100, 101, 350, 200, 1])
    for issues in population.repositories.values():
        for issue in issues:
            if len(issue["timelineItems"]) > 150:  # hidden entries on the first page and on a later one
                issue["timelineItems"][2] = issue["timelineItems"][120] = None
    return population


@pytest.fixture
def store(tmp_path: Path) -> Path:
    """A store whose pseudonym key is known, so that stores can be compared."""
    return new_store(tmp_path / "store")


def new_store(folder: Path) -> Path:
    folder.mkdir()
    (folder / KEY_FILE).write_text("ab" * 32 + "\n")
    return folder


def fetch(
    server: GitHubServer, store: Path, clock: FakeClock, *, converter: Converter = TF2ONNX, full: bool = False, page: int = 5,
    secrets: Sequence[str] = (SECRET,), timeout: int = 30,
) -> RunReport:  # fmt: skip
    """Fetch one converter with a clock that doesn't wait."""
    report = new_report(clock.now())
    tokens = [Token(secret, f"token {number}") for number, secret in enumerate(secrets, start=1)]
    progress = ProgressLines(clock, clock.said.append)
    client = Client(tokens, server.url, clock, report, timeout=timeout, say=progress.say)
    fetch_converter(client, Archive(store, converter.name), converter, progress, full=full, page=page)
    return report


def run(*arguments: object) -> int:
    """Run ``python -m mining`` in-process; the token comes from the environment."""
    return mining.commands.run([str(argument) for argument in arguments])


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_TOKENS", raising=False)
    monkeypatch.setenv("GITHUB_TOKEN", SECRET)


def tables(store: Path) -> dict[str, bytes]:
    """Every derived table's bytes, by name."""
    found = {path.name: path.read_bytes() for path in (store / "tables").iterdir()}
    assert {"issues.csv", "issues.parquet", "events.csv", "events.parquet"} <= set(found)
    return found
