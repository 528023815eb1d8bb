"""One process writes a folder at a time: two would mix their rows, and a lock that outlives its process would end the work."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from datapackage.errors import StudyError
from datapackage.lock import locked

ROOT = Path(__file__).resolve().parents[2]
_HOLD = (
    "import pathlib, sys, time\nfrom datapackage.lock import locked\n"
    "with locked(pathlib.Path(sys.argv[1]), ''):\n    print('held', flush=True)\n    time.sleep(600)\n"
)


@contextmanager
def another_process_holds(folder):
    process = subprocess.Popen([sys.executable, "-c", _HOLD, str(folder)], stdout=subprocess.PIPE, text=True, cwd=ROOT)
    try:
        assert process.stdout.readline() == "held\n"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


def test_a_held_folder_is_refused_with_what_to_do_and_free_once_its_process_is_killed(tmp_path):
    folder = tmp_path / "made" / "by the lock"
    with another_process_holds(folder) as process:
        with pytest.raises(StudyError) as caught, locked(folder, "another run is under way; wait for it"):
            pytest.fail("two processes hold the folder")
        assert str(caught.value) == f"{folder}: another run is under way; wait for it"
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with locked(folder, "held by a process that is gone"):
            pass


def test_the_folder_is_free_after_an_error_within(tmp_path):
    with pytest.raises(ZeroDivisionError), locked(tmp_path, "held"):
        raise ZeroDivisionError
    with locked(tmp_path, "held"), pytest.raises(StudyError), locked(tmp_path, "held"):
        pytest.fail("held twice")
