"""Processes that are killed in the midst of writing."""

import os
import signal
from collections.abc import Callable
from pathlib import Path

from datapackage import files


def killed_at(step: int, action: Callable[[], object]) -> bool:
    """Run in a process of its own that is killed before its `step`-th change of the disk; return whether it was."""
    child = os.fork()
    if child == 0:  # pragma: no cover - the process that dies
        done = 0

        def before(name: str, call: Callable[..., object]) -> Callable[..., object]:
            def counted(*arguments: object, **options: object) -> object:
                nonlocal done
                done += 1
                if done == step:
                    os.kill(os.getpid(), signal.SIGKILL)
                return call(*arguments, **options)

            return counted

        Path.replace = before("replace", Path.replace)  # type: ignore[method-assign]
        Path.rename = before("rename", Path.rename)  # type: ignore[method-assign]
        Path.mkdir = before("mkdir", Path.mkdir)  # type: ignore[method-assign]
        files.os.fsync = before("fsync", os.fsync)
        try:
            action()
        finally:
            os._exit(0)
    return os.WIFSIGNALED(os.waitpid(child, 0)[1])
