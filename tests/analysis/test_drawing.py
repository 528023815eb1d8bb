"""The drawing process: what it is given comes back, and an error elsewhere doesn't wait for it."""

import os
import time

import pytest

from analysis.drawing import drawing_process
from datapackage.errors import Fault, InputError, StudyError
from datapackage.reasons import Reason


def test_another_process_does_the_work_and_ends_with_the_run() -> None:
    with drawing_process() as drawing:
        other = drawing.submit(os.getpid).result()
        assert other != os.getpid()
    with pytest.raises(ProcessLookupError):
        os.kill(other, 0)


def test_after_an_error_what_waits_is_not_begun() -> None:
    with pytest.raises(StudyError), drawing_process() as drawing:
        waiting = [drawing.submit(time.sleep, 0.1) for _ in range(20)]
        raise StudyError("a table has faults")
    until = time.monotonic() + 60
    while not waiting[-1].done() and time.monotonic() < until:
        time.sleep(0.01)
    assert waiting[-1].cancelled()


def _refuse() -> None:
    raise InputError([Fault("failures.csv", "has no rows", 2, reason=Reason.EMPTY_TABLE)])


def test_an_error_there_is_told_as_one_here() -> None:
    with pytest.raises(InputError) as here:
        _refuse()
    with pytest.raises(InputError) as told, drawing_process() as drawing:
        drawing.submit(_refuse).result()
    assert (told.value.faults, str(told.value)) == (here.value.faults, str(here.value))
