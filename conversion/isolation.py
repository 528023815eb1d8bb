"""The campaign's side of a forking server: start it, give it a task, take a row, end it; see `conversion.workers.server`."""

import contextlib
import json
import os
import select
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from datapackage.errors import StudyError

_ROOT = Path(__file__).resolve().parents[1]
_START_SECONDS = 300.0
_GRACE_SECONDS = 60.0
# One thread a task, and nothing that hangs on hash order
_ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "TF_CPP_MIN_LOG_LEVEL": "3",
    "CUDA_VISIBLE_DEVICES": "",
    "HF_HUB_OFFLINE": "1",
    "TOKENIZERS_PARALLELISM": "false",
    "PYTHONWARNINGS": "ignore",
}


class ServerLost(StudyError):  # noqa: N818 - what happened to it
    """A server ended, or did not answer in the time that its task may take."""


class Server:
    """A forking server of one framework.

    Parameters
    ----------
    python : Path
        The interpreter of the framework's environment.
    framework : str
        Module with the framework's part, such as ``conversion.workers.torch_framework``.
    folder : Path
        This server's own; its log and scratch files lie here.
    options : sequence of str
        Further options of the server.
    """

    def __init__(self, python: Path, framework: str, folder: Path, options: Sequence[str] = ()) -> None:
        self._framework = framework
        self._command = [str(python), "-m", "conversion.workers.server", "--framework", framework, *options]
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None
        self._rest = b""
        self.versions: Mapping[str, str] = {}

    def start(self) -> None:
        """Start the server and wait until it has imported everything.

        Raises
        ------
        ServerLost
            It did not come up; the message tells where its log is.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        paths = [str(_ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
        environment = os.environ | _ENVIRONMENT | {"PYTHONPATH": os.pathsep.join(paths)}
        with (self._folder / "server.log").open("ab") as log:
            self._process = subprocess.Popen(  # noqa: S603 - the project's own interpreter
                [*self._command, "--folder", str(self._folder / "task")],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=log,
                env=environment,
                start_new_session=True,  # Ctrl-C is the campaign's to handle
            )
        self._rest = b""
        self.versions = self._line(_START_SECONDS)["ready"]

    @property
    def pid(self) -> int | None:
        """Process of the server, None without one."""
        return self._process.pid if self._process is not None else None

    def run(self, task: Mapping[str, Any]) -> dict[str, Any]:
        """Run a task and return its row; starts the server where it is not running.

        Raises
        ------
        ServerLost
            The server ended or fell silent; it is gone, and the next task starts another.
        """
        if self._process is None:
            self.start()
        assert self._process is not None and self._process.stdin is not None  # noqa: S101 - as started
        try:
            self._process.stdin.write((json.dumps(task) + "\n").encode())
            self._process.stdin.flush()
        except OSError:
            self._lose("ended")
        limits = task["limits"]
        return self._line(sum(limits.values()) + 3 * limits.get("examine", 0) + _GRACE_SECONDS)

    def close(self) -> None:
        """End the server; a task that it runs ends with it."""
        if self._process is None:
            return
        process, self._process = self._process, None
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(process.pid, signal.SIGTERM)
        for stream in (process.stdin, process.stdout):
            if stream is not None:
                with contextlib.suppress(OSError):
                    stream.close()
        try:
            process.wait(timeout=5)
        except subprocess.TimeoutExpired:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _line(self, seconds: float) -> dict[str, Any]:
        assert self._process is not None and self._process.stdout is not None  # noqa: S101 - as started
        stream, until = self._process.stdout.fileno(), time.monotonic() + seconds
        while b"\n" not in self._rest:
            left = until - time.monotonic()
            if left <= 0 or not select.select([stream], [], [], left)[0]:
                self._lose(f"did not answer in {seconds:.0f} s")
            data = os.read(stream, 1 << 20)
            if not data:
                self._lose("ended")
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        message: dict[str, Any] = json.loads(line)
        return message

    def _lose(self, what: str) -> None:
        self.close()
        raise ServerLost(f"the server of {self._framework} {what}; its log is {self._folder / 'server.log'}")
