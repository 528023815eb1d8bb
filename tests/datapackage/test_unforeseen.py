"""The last resort: one message, exit code 70, a report without secrets, and never in place of a fault that has a name."""

import argparse
import platform
import re
import traceback
from pathlib import Path

import pytest

from datapackage.commandline import Command, main
from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.unforeseen import conceal, reading, report

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


def _told(error: Exception, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[str, str]:
    """Return what the user is told, and the report."""
    assert _run(error, *arguments) == 70
    told = capsys.readouterr().err
    found = re.search(r"details are in (\S+\.txt)\.", told)
    assert found is not None
    return told, Path(found[1]).read_text(encoding="utf-8")


@pytest.fixture
def reports(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("datapackage.unforeseen._SECRETS", set())
    return tmp_path


@pytest.mark.parametrize(
    "name", ["GITHUB_TOKEN", "db_password", "MY_API_KEY", "SERVICE_APIKEY", "AWS_CREDENTIALS", "Client_Secret"]
)
def test_what_the_environment_names_as_secret_is_in_no_report(
    name: str, reports: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(name, "four")
    monkeypatch.setenv("HARMLESS", "harmless-value")
    told, text = _told(RuntimeError("of four and harmless-value"), capsys, "four")
    assert "RuntimeError: of [secret] and harmless-value" in told
    assert "program act [secret]" in text
    assert "four" not in text


def test_a_value_of_three_letters_is_too_short_to_be_a_secret(
    reports: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hiding it would make a report unreadable."""
    monkeypatch.setenv("GITHUB_TOKEN", "abc")
    assert "RuntimeError: abcdef" in _told(RuntimeError("abcdef"), capsys)[0]


def test_the_longer_of_two_secrets_is_hidden_whole_and_none_is_nothing(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for secret in ("", "mine", "mine-and-yours"):
        conceal(secret)
    told, text = _told(RuntimeError("mine-and-yours, mine"), capsys)
    assert "RuntimeError: [secret], [secret]\n" in told
    assert "yours" not in text


@pytest.mark.parametrize(
    ("shown", "hidden"),
    [
        ("Authorization: Bearer abcdef12", "Authorization: [secret]"),
        ("authorization: bearer abc.def~1+/=", "authorization: [secret]"),
        ("TOKEN abcdefgh", "[secret]"),
        ("Basic dXNlcjpwdw==", "[secret]"),
        ("token abcdefg", "token abcdefg"),  # seven characters are none
        ("a gho_12345678 b", "a [secret] b"),
        ("a ghp_1234567 b", "a ghp_1234567 b"),
        ("github_pat_12345678", "[secret]"),
        ("https://user:word@host/path?a@b", "https://[secret]@host/path?a@b"),
        ("https://host/path", "https://host/path"),
    ],
)
def test_what_has_the_form_of_a_secret_is_hidden(
    shown: str, hidden: str, reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, text = _told(RuntimeError(shown), capsys)
    assert f"RuntimeError: {hidden}\n" in told
    assert (shown in text) == (shown == hidden)


def test_a_report_says_what_ran_where_and_the_message_stays_short(
    reports: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    told, text = _told(ValueError("word " * 300), capsys, "one", "two")
    lines = text.splitlines()
    assert lines[0] == "command   program act one two"
    assert lines[1] == f"python    {platform.python_version()} on {platform.system()} {platform.machine()}"
    assert lines[2:4] == [f"folder    {Path.cwd()}", ""]
    assert lines[4] == "Traceback (most recent call last):"
    assert text.count("word ") > 299
    first, second, *rest = told.splitlines()
    assert first == "program: internal error while reading data/failures.csv: " + ("ValueError: " + "word " * 300)[:500]
    assert second.startswith("This is a fault of the program, not of your input; the details are in")
    assert rest == []


def test_the_nearest_of_what_was_being_read_is_named(reports: Path, capsys: pytest.CaptureFixture[str]) -> None:
    error = RuntimeError("odd")
    error.add_note("something else")
    error.add_note("while reading sheet 2")
    told, _ = _told(error, capsys)
    assert "internal error while reading sheet 2: RuntimeError: odd\n" in told


def test_an_error_without_notes_is_reported_with_its_whole_traceback(reports: Path) -> None:
    error = RuntimeError("odd \udcff")  # half a character, as from a file name that is not UTF-8
    assert report("program", [], error).startswith("program: internal error: RuntimeError: odd")
    (written,) = reports.iterdir()
    assert written.name.startswith("onnx-converter-failures-")
    assert written.read_text(encoding="utf-8").endswith("RuntimeError: odd \\udcff\n")


def test_the_traceback_is_as_python_prints_it(reports: Path) -> None:
    with pytest.raises(ZeroDivisionError) as caught:
        _ = 1 / 0
    report("program", [], caught.value)
    (written,) = reports.iterdir()
    expected = "".join(traceback.format_exception(caught.value))
    assert written.read_text(encoding="utf-8").endswith(f"\n\n{expected}")


def test_a_secret_within_a_longer_one_does_not_uncover_the_rest(reports: Path) -> None:
    for secret in ("zzzzzzzz", "aaaazzzzzzzz"):
        conceal(secret)
    assert "RuntimeError: [secret]\n" in report("program", [], RuntimeError("aaaazzzzzzzz"))
