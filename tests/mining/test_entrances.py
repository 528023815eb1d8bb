"""The first minutes of somebody new: without the packages, without a network, on a terminal, on Windows."""

import os
import pty
import subprocess
import sys
import time
from pathlib import Path

import pytest

from mining.store import STORE
from tests.mining.conftest import SECRET, run

ROOT = Path(__file__).resolve().parents[2]
NAMES = ("fetch", "derive", "filter", "funnel", "sample", "validate-filter", "hydrate", "gharchive")


def without(modules, arguments, **options):
    """Run ``python -m mining`` in an interpreter that lacks some modules."""
    code = (
        f"import sys\nfor name in {modules!r}: sys.modules[name] = None\n"
        f"import runpy\nsys.argv = ['mining', *{list(arguments)!r}]\nrunpy.run_module('mining', run_name='__main__')\n"
    )
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd=ROOT, timeout=120, **options
    )


@pytest.mark.parametrize("arguments", [("fetch", "--converter", "tf2onnx"), ("sample", "--n"), ("hydrate", "--help")])
def test_without_the_packages_every_mining_command_says_what_to_run(arguments):
    done = without(("github", "duckdb"), arguments)
    assert done.returncode == 1
    assert done.stderr.splitlines() == [
        "python -m mining: error: Mining GitHub needs packages beyond the core; run `make setup-mining` once."
    ]


def test_without_the_packages_help_names_what_is_missing_and_the_import_is_there():
    done = without(("github",), ("--help",))
    assert done.returncode == 0
    assert "make setup-mining" in done.stdout
    assert all(name in done.stdout for name in ("import-archive", *NAMES))


def test_what_mines_github_does_not_wait_for_pandas():
    """The import needs pandas, whose loading takes a third of the start of a fetch."""
    done = without(("pandas",), ("fetch", "--help"))
    assert done.returncode == 0, done.stderr
    assert "--api-url" in done.stdout


def test_a_system_without_posix_modules_fetches(serve, small, store):
    """Windows has none of these; the lock is filelock's, which then marks the store by a file."""
    server = serve(small)
    done = without(
        ("fcntl", "resource", "pwd", "grp"),
        ("fetch", "--store", str(store), "--converter", "tf2onnx", "--api-url", server.url),
        env={**os.environ, "GITHUB_TOKEN": SECRET},
    )
    assert done.returncode == 0, done.stderr
    assert "outcome complete" in done.stdout


def test_without_a_network_a_fetch_ends_in_seconds_and_says_each_try(store, capsys):
    started = time.monotonic()
    assert run("fetch", "--store", store, "--api-url", "http://127.0.0.1:9") == 1
    assert time.monotonic() - started < 20
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(",")[0] for line in lines[:2]] == [
        "nothing answers at the host's port; try 2 of 3 in 1 s", "nothing answers at the host's port; try 3 of 3 in 2 s",
    ]  # fmt: skip
    assert len(lines) == 3
    assert "no connection to 127.0.0.1:9" in lines[2]
    assert "see to the network" in lines[2]


def test_a_refused_token_is_told_once(serve, small, store, capsys):
    assert run("fetch", "--store", store, "--api-url", serve(small, tokens=["another-token"]).url) == 1
    told = capsys.readouterr()
    assert (told.out + told.err).count("401") == 1
    assert "set a valid one" in told.err


@pytest.mark.skipif(not hasattr(os, "openpty"), reason="a terminal is tried through POSIX's openpty")
def test_on_a_terminal_progress_is_a_bar_and_lines_stay(serve, small, store):
    main, side = pty.openpty()
    server = serve(small)
    command = [sys.executable, "-m", "mining", "fetch", "--store", str(store), "--converter", "tf2onnx", "--page", "4"]
    environment = {**os.environ, "GITHUB_TOKEN": SECRET, "TERM": "xterm-256color", "COLUMNS": "100"}
    with subprocess.Popen(
        [*command, "--api-url", server.url], cwd=ROOT, env=environment, stderr=side, stdout=subprocess.DEVNULL
    ) as process:
        os.close(side)
        shown = _read(main)
    assert process.returncode == 0
    assert "━" in shown
    assert "issues" in shown
    assert "tf2onnx: full fetch" in shown


def _read(descriptor):
    parts = []
    while True:
        try:
            part = os.read(descriptor, 65536)
        except OSError:  # the other end is closed
            part = b""
        if not part:
            os.close(descriptor)
            return b"".join(parts).decode()
        parts.append(part)


def test_texts_go_into_the_store_that_was_named(serve, small, store, tmp_path, capsys, monkeypatch):  # noqa: PLR0917 - fixtures
    monkeypatch.setattr("mining.commands.texts.CACHE", tmp_path / "project")
    table = tmp_path / "t.csv"
    table.write_text("issue\nonnx/tensorflow-onnx#1\n")
    options = ("--api-url", serve(small).url)
    assert run("hydrate", table, "--store", store, *options) == 0
    assert f"cache: {store / 'cache'}" in capsys.readouterr().out
    assert len(list((store / "cache").rglob("*.json"))) == 1
    assert run("hydrate", table, *options) == 0
    assert len(list((tmp_path / "project").rglob("*.json"))) == 1
    assert not (STORE / "cache").exists()
    assert run("hydrate", table, "--store", store, "--cache", tmp_path / "named", *options) == 0
    assert len(list((tmp_path / "named").rglob("*.json"))) == 1
