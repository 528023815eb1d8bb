"""Exit codes and messages of the command lines, as a user meets them."""

from pathlib import Path

import pytest

from datapackage.commandline import Command, main
from datapackage.errors import StudyError
from tests.conftest import Run


def _program(error: BaseException | None) -> int:
    def act(_: object) -> int:
        if error is not None:
            raise error
        return 0

    return main("program", "text", [Command("act", "does", "does it", lambda _: None, act)], ["act"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (None, 0, ""),
        (StudyError("what, where, what to do"), 1, "program: error: what, where, what to do\n"),
        (PermissionError(13, "Permission denied", "/data"), 1, "program: error: /data: Permission denied; check"),
        (KeyboardInterrupt(), 130, "program: interrupted\n"),
    ],
)
def test_errors_become_one_message_and_a_code(
    error: BaseException | None, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert _program(error) == code
    assert capsys.readouterr().err.startswith(message)


@pytest.mark.parametrize("module", ["analysis", "mining"])
def test_help_names_every_command_and_bad_usage_is_2(module: str, run: Run) -> None:
    assert "COMMAND" in run(module, "--help").stdout
    wrong = run(module, "no-such-command")
    assert wrong.returncode == 2
    assert "invalid choice" in wrong.stderr
    assert run(module).returncode == 2


def test_a_folder_that_cannot_be_written_is_refused_before_anything_is_computed(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder\n")
    result = run("analysis", "reproduce", "--out", tmp_path / "file")
    assert result.returncode == 1
    assert "name another folder with --out DIR" in result.stderr
    assert "…" not in result.stderr  # no step was begun


def test_a_missing_data_folder_is_named(run: Run, tmp_path: Path) -> None:
    result = run("analysis", "claims", "--data", tmp_path / "nowhere")
    assert result.returncode == 1
    assert "nowhere/datapackage.json" in result.stderr
    assert "--data" in result.stderr
