"""Fetches in a child process: one kills itself at a given function call or a given call that touches files, one finds no space."""

import contextlib
import io
import os
import resource
import signal
import sys
from multiprocessing.connection import Connection
from types import FrameType

from mining.commands import run

FILE_CALLS = {"open", "write", "flush", "fsync", "close", "rename", "replace", "mkdir", "chmod", "unlink", "writelines"}


def fetch_and_count(
    arguments: list[str], secret: str, kill_at: tuple[str, int] | None, calls: Connection | None
) -> None:
    """`kill_at` is ("call", n) or ("file", n); without it, the numbers of both are sent over `calls`."""
    os.environ["GITHUB_TOKEN"] = secret
    count = {"call": 0, "file": 0}

    def observe(_: FrameType, event: str, function: object) -> None:
        if event not in ("call", "c_call"):
            return
        touches = event == "c_call" and getattr(function, "__name__", "") in FILE_CALLS
        for kind in ("call", "file") if touches else ("call",):
            count[kind] += 1
            if (kind, count[kind]) == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):  # noqa: PTH123
        if kill_at is not None or calls is not None:
            sys.setprofile(observe)
        code = run(arguments)
        sys.setprofile(None)
    if calls is not None:
        calls.send(count)
    sys.exit(code)


def fetch_without_space(arguments: list[str], secret: str, size: int) -> None:
    """No file can become larger than `size` bytes: what is written up to there stays, as on a full disk."""
    os.environ["GITHUB_TOKEN"] = secret
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()) as told:
        code = run(arguments)
    sys.exit(code if "File too large" in told.getvalue() else 99)
