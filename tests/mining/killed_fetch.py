"""A fetch that kills its own process at a given function call; runs in a child process."""

import contextlib
import os
import signal
import sys
from multiprocessing.connection import Connection
from types import FrameType

from datapackage.commandline import main
from mining.commands import COMMANDS


def fetch_and_count(arguments: list[str], secret: str, kill_at: int | None, calls: Connection | None) -> None:
    os.environ["GITHUB_TOKEN"] = secret
    count = 0

    def observe(_: FrameType, event: str, __: object) -> None:
        nonlocal count
        if event in ("call", "c_call"):
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    with open(os.devnull, "w") as nowhere, contextlib.redirect_stdout(nowhere), contextlib.redirect_stderr(nowhere):  # noqa: PTH123
        if kill_at is not None or calls is not None:
            sys.setprofile(observe)
        code = main("python -m mining", "", COMMANDS, arguments)
        sys.setprofile(None)
    if calls is not None:
        calls.send(count)
    sys.exit(code)
