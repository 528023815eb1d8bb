"""The last resort: one message, exit code 70, a report without secrets, and never in place of a fault that has a name."""

import argparse
import re
from pathlib import Path

import pytest

from datapackage.commandline import Command, main
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.unforeseen import conceal, reading

SECRET = "s3cr3t-of-nobody"  # noqa: S105
TOKEN = "ghp_0123456789abcdefghijABCDEFGHIJ456789"  # noqa: S105


def _run(error: Exception, *arguments: str) -> int:
    def act(_: argparse.Namespace) -> int:
        with reading("data/failures.csv"):
            raise error

    def options(parser: argparse.ArgumentParser) -> None:
        parser.add_argument("words", nargs="*")

    return main("program", "text", [Command("act", "does", "does it", options, act)], ["act", *arguments])


def test_an_unforeseen_error_is_one_message_and_a_report(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setenv("SOME_TOKEN", SECRET)
    conceal("declared-secret")
    error = KeyError(f"{SECRET} {TOKEN} declared-secret https://me:word@host/x")
    assert _run(error, SECRET, TOKEN) == 70
    told = capsys.readouterr().err
    assert "internal error while reading data/failures.csv: KeyError" in told
    assert "Traceback" not in told
    found = re.search(r"details are in (\S+\.txt)\.", told)
    assert found is not None
    text = Path(found[1]).read_text(encoding="utf-8")
    assert "Traceback" in text
    assert "program act" in text
    for secret in (SECRET, TOKEN, "declared-secret", "me:word"):
        assert secret not in told + text


def test_a_fault_with_a_name_is_told_as_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    assert _run(InputError([Fault("a.csv", "is wrong", reason=Reason.FORMAT)])) == 1
    assert capsys.readouterr().err == "program: error: 1 fault found\n  a.csv: is wrong [format]\n"


def test_a_report_that_cannot_be_written_is_said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    assert _run(RuntimeError("odd")) == 70
    assert "could not be written" in capsys.readouterr().err
