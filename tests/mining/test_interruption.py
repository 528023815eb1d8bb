"""Killed at any moment, the fetch continues and ends with the tables of a run that nobody disturbed.

The processes are forked from a server that has imported everything, so a kill costs a fraction of a second. The victim
kills itself with SIGKILL at a drawn number of function calls, or of calls that touch files, counted by the interpreter:
anywhere between its first and its last, and mostly where a file is half written.
"""

import multiprocessing
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

from demo.github_server.population import generate
from demo.github_server.server import GitHubServer
from mining.store_tables import read_issues
from tests.mining.conftest import SECRET, new_store, run, tables
from tests.mining.killed_fetch import fetch_and_count, fetch_without_space

KILLS = 64
GROUPS = 8
_CONTEXT = multiprocessing.get_context("forkserver")
_CONTEXT.set_forkserver_preload(["tests.mining.killed_fetch", "mining.commands.fetch", "mining.commands.samples"])


def _arguments(store: Path, url: str) -> list[str]:
    return [
        "fetch",
        "--store",
        str(store),
        "--converter",
        "tf2onnx",
        "--api-url",
        url,
        "--page",
        "4",
        "--timeout",
        "20",
    ]


def _run_child(store: Path, url: str, kill_at: tuple[str, int] | None, calls: Connection | None = None) -> int | None:
    return _exit_code(fetch_and_count, _arguments(store, url), SECRET, kill_at, calls)


def _exit_code(target: Callable[..., None], *arguments: object) -> int | None:
    process = _CONTEXT.Process(target=target, args=arguments)
    process.start()
    process.join(120)
    code = process.exitcode
    process.close()
    return code


@pytest.fixture(scope="module")
def population():
    return generate(11, {"onnx/tensorflow-onnx": 17}, mean=4, lengths=[101, 0, 230, 100])


@pytest.fixture(scope="module")
def server(schema, population):
    with GitHubServer(population) as running:
        yield running


@pytest.fixture(scope="module")
def undisturbed(server, tmp_path_factory):
    store = new_store(tmp_path_factory.mktemp("undisturbed") / "store")
    receiver, sender = _CONTEXT.Pipe(duplex=False)
    with receiver, sender:
        assert _run_child(store, server.url, None, sender) == 0
        return tables(store), receiver.recv()


@pytest.mark.parametrize("group", range(GROUPS))
def test_killed_anywhere_the_result_is_the_same(group, server, undisturbed, tmp_path):
    expected, calls = undisturbed
    draw = random.Random(group)
    killed = 0
    for number in range(KILLS // GROUPS):
        store = new_store(tmp_path / f"{number}")
        # two kills in a row on one store, now and then: the second hits a resumed run
        for _ in range(draw.choice([1, 1, 2])):
            kind = draw.choice(["call", "file", "file"])
            killed += _run_child(store, server.url, (kind, draw.randrange(1, calls[kind]))) == -signal.SIGKILL
        assert _run_child(store, server.url, None) == 0
        found = tables(store)
        assert {name for name in found if found[name] != expected[name]} == set()
    assert killed >= KILLS // GROUPS


def test_out_of_space_at_any_file_the_next_run_continues(server, undisturbed, tmp_path):
    store = new_store(tmp_path / "store")
    received = []
    for size in (50, 1000, 2000, 5000, 20000):
        assert _exit_code(fetch_without_space, _arguments(store, server.url), SECRET, size) == 1
        received.append(len(list(store.glob("raw/tf2onnx/0001/*.jsonl.gz"))))
    # no room for the record of the round, then for its first segments, then for the tables
    assert received[:3] == [0, 0, 0]
    assert received[3] == received[4] > 0
    assert _run_child(store, server.url, None) == 0
    found = tables(store)
    assert {name for name in found if found[name] != undisturbed[0][name]} == set()


def test_interrupted_by_the_user_the_store_is_good(server, undisturbed, tmp_path):
    store = new_store(tmp_path / "store")
    environment = {**os.environ, "GITHUB_TOKEN": SECRET}
    hold = {"first": True}

    def slow(_: int) -> None:
        if len(server.requests) > start + 2 and hold["first"]:
            time.sleep(1)

    start = len(server.requests)
    server.on_request = slow
    # under nohup or in a background job the parent ignores SIGINT, and a child would inherit that
    restored = (
        "import runpy, signal; signal.signal(signal.SIGINT, signal.default_int_handler); "
        "runpy.run_module('mining', run_name='__main__')"
    )
    command = [sys.executable, "-c", restored, *_arguments(store, server.url)]
    process = subprocess.Popen(command, env=environment, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        deadline = time.monotonic() + 30
        while len(server.requests) < start + 3 and time.monotonic() < deadline:
            time.sleep(0.02)
        process.send_signal(signal.SIGINT)
        out, err = process.communicate(timeout=30)
    finally:
        process.kill()
        server.on_request = None
    assert process.returncode == 130
    assert "interrupted" in err
    assert "Traceback" not in err
    assert "report:" in out
    assert list(store.glob("raw/tf2onnx/0001/*.jsonl.gz"))
    assert run(*_arguments(store, server.url)) == 0
    assert tables(store) == undisturbed[0]


def test_unfinished_first_fetch_is_no_table(server, tmp_path, capsys):
    store = new_store(tmp_path / "store")
    folder = store / "raw" / "tf2onnx" / "0001"
    assert run(*_arguments(store, server.url)) == 0
    (folder / "complete.json").unlink()
    for path in (store / "tables").iterdir():
        path.unlink()
    assert run("derive", "--store", store) == 1
    assert "no complete fetch yet" in capsys.readouterr().err
    assert run(*_arguments(store, server.url)) == 0
    assert read_issues(store)
