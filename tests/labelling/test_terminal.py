"""The terminal labeller: few keys, each on disk at once, the same sheet that a spreadsheet program reads."""

import asyncio
import contextlib
import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
import webbrowser
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pytest

from datapackage.errors import InputError, StudyError
from labelling.project import Project
from labelling.record import read_labels
from labelling.session import Session
from labelling.sheet_file import SheetFile
from labelling.terminal import Labeller
from tests.conftest import ROOT, Run
from tests.labelling.conftest import CODEBOOK, codes, column, fill

NOW = "2026-11-24T10:00:00Z"


def session(path: Path, clock: Callable[[], float] = time.monotonic) -> Session:
    return Session(SheetFile(path), CODEBOOK, lambda: NOW, clock)


def press(path: Path, *keys: str, size: tuple[int, int] = (80, 24)) -> tuple[Session, str]:
    """Open a sheet, press keys, return the session and the screen as text."""
    labelling = session(path)
    application = Labeller(labelling)

    async def run() -> str:
        async with application.run_test(size=size) as pilot:
            await pilot.press(*keys)
            await pilot.pause()
            lines = [strip.text for strip in application.screen._compositor.render_strips()]
            return "\n".join(lines)

    return labelling, asyncio.run(run())


@pytest.fixture(params=["xlsx", "csv"])
def sheet(request: pytest.FixtureRequest, sheets) -> Path:
    return sheets(kind=request.param)[0]


def test_six_keys_label_the_longest_issue(sheet: Path, read, project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr(webbrowser, "open", opened.append)
    first = SheetFile(sheet).rows[0]["issue"]
    keys = ("o", "1", "3", "2", "4", "enter")  # link, symptom, cause, detail, location, next
    labelling, _ = press(sheet, *keys)
    assert len(keys) == 6
    assert opened == ["https://github.com/" + first.replace("#", "/issues/")]
    assert labelling.index == 1
    assert read("--partial", sheet).returncode == 0
    assert codes(project) == {("ann", first): ("crash", "type_problem", "tensor", "export")}
    label = read_labels(project)[0]
    assert (label.tool, label.time) == ("terminal", NOW)


def test_every_code_has_a_key_and_stands_on_a_screen_of_80_by_24(sheet: Path) -> None:
    _, screen = press(sheet, "1")
    for code in CODEBOOK["cause"].codes:
        assert code.name in screen
    lines = screen.splitlines()
    assert len(lines) == 24
    assert max(map(len, lines)) <= 80
    assert "An interface is called wrongly" in screen, "the highlighted code's definition"
    assert "The interface itself works as" in screen, "decision rules stand beside the codes"
    assert "⏎ next" in screen


@pytest.mark.parametrize(("cause", "asked"), [("4", "location"), ("3", "cause_detail"), ("0", "cause_detail")])
def test_the_detail_is_asked_only_where_the_cause_has_one(cause: str, asked: str, sheet: Path) -> None:
    labelling, _ = press(sheet, "1", cause)
    assert labelling.dimension == asked


def test_an_optional_detail_is_skipped_with_enter_and_a_needed_one_is_not(sheet: Path) -> None:
    labelling, _ = press(sheet, "1", "0", "enter", "2", "enter")
    assert labelling.index == 1
    labelling, screen = press(sheet, "1", "3", "enter")
    assert (labelling.index, labelling.dimension) == (1, "cause_detail")
    assert "not labelled yet" in screen


def test_undo_takes_back_key_by_key_also_on_disk(sheet: Path) -> None:
    before = [dict(row.cells) for row in SheetFile(sheet).rows]
    labelling, screen = press(sheet, "1", "3", "2", "4", "enter", "5", *["u"] * 6)
    assert [dict(row.cells) for row in SheetFile(sheet).rows] == before
    assert labelling.index == 0
    assert "nothing to undo" in screen


def test_a_new_cause_drops_the_old_detail(sheet: Path) -> None:
    labelling, _ = press(sheet, "1", "3", "2", "backspace", "backspace", "4")
    assert (labelling.row["cause"], labelling.row["cause_detail"]) == ("Shape problem", "")


def test_unsure_reason_and_search(sheet: Path) -> None:
    labelling, screen = press(sheet, "?", "t", *"not clear", "enter", "right", "/", *"clear", "enter")
    assert labelling.index == 0
    assert (labelling.row["unsure"], labelling.row["rationale"]) == ("yes", "not clear")
    assert "unsure" in screen
    _, screen = press(sheet, "/", *"zebra", "enter")
    assert "no issue has “zebra”" in screen


def test_a_text_may_hold_any_key(sheet: Path) -> None:
    labelling, _ = press(sheet, "t", *"1 u?/o", "escape", "t", *"u1", "enter")
    assert (labelling.row["rationale"], labelling.row["symptom"]) == ("u1", "")


def test_opening_again_goes_on_where_work_ended(sheet: Path) -> None:
    press(sheet, "1", "4", "1", "enter", "2")
    labelling = session(sheet)
    assert (labelling.index, labelling.dimension) == (1, "cause")


def test_pace_and_remaining_time(sheets) -> None:
    seconds = iter(range(0, 10_000, 15))
    labelling = session(sheets()[0], lambda: float(next(seconds)))
    for _ in range(3):
        for key in "141":
            labelling.press(key)
        labelling.advance()
    assert labelling.progress() == "3 of 24 done · 15 s an issue · about 5 min left"


def test_a_sheet_that_another_program_changed_is_not_written_over(sheet: Path) -> None:
    labelling = session(sheet)
    labelling.press("1")
    if sheet.suffix == ".xlsx":
        fill(sheet)
    else:
        sheet.write_text(sheet.read_text() + "\n")
    theirs = sheet.read_bytes()
    with pytest.raises(StudyError, match="changed by another program"):
        labelling.press("2")
    assert sheet.read_bytes() == theirs


@pytest.mark.parametrize("lock", ["~${}", ".~lock.{}#"])
def test_a_sheet_open_in_a_spreadsheet_program_is_refused(lock: str, sheet: Path) -> None:
    sheet.with_name(lock.format(sheet.name)).touch()
    with pytest.raises(InputError, match="close it there first"):
        session(sheet)


def test_a_raters_own_columns_and_the_dropdowns_survive(sheets) -> None:
    path, _ = sheets()
    book = openpyxl.load_workbook(path)
    book["Issues"].cell(1, 20, "My notes")
    book["Issues"].cell(2, 20, "ask Bob")
    book.save(path)
    press(path, "1", "3", "2", "4", "enter")
    after = openpyxl.load_workbook(path)
    assert after["Issues"].cell(2, 20).value == "ask Bob"
    assert len(after["Issues"].data_validations.dataValidation) == 5
    assert after["Issues"].cell(2, column(after["Issues"], "Issue")).hyperlink is not None
    assert after.sheetnames == ["Instructions", "Issues", "Codebook", "Lists"]


def test_disagreements_are_decided_in_the_terminal_too(sheets, read, invoke: Run, store: Path, tmp_path: Path) -> None:
    first, second = sheets("--n", 2)
    read(fill(first), fill(second, lambda _: {"Symptom": "Hang", "Root cause": "Typo", "Location": "Export"}))
    path, base = tmp_path / "decide.xlsx", ("labelling", "adjudicate", "--store", store, "--sample", "autumn")
    invoke(*base, "--out", path, "--cache", tmp_path)
    _, asked = press(path, "1")
    assert "0 Algorithmic error" in asked
    assert "ann: Crash" in asked
    assert "bob: Hang" in asked, "all that raters say is seen beside the longest list"
    labelling, screen = press(path, "a", "enter")
    assert "bob: Hang · Typo · Export" in screen
    assert "say who decided (d) and why (t)" in screen
    assert labelling.index == 0
    labelling, _ = press(
        path, "d", *"ann", "enter", "t", *"rule", "enter", "enter", "1", "a", "t", *"same", "enter", "enter"
    )
    assert labelling.done() == 2
    press(path, "1", "d", *"e", "enter")
    assert {row["decided_by"] for row in SheetFile(path).rows} == {"ann", "anne"}, "d is no cause's key"
    result = invoke(*base, "--read", path)
    assert "2 decided" in result.stdout, result.stderr


def test_kill_9_loses_nothing(sheets, tmp_path: Path) -> None:
    """The real program on a real terminal of its own, killed right after what it saved."""
    path, _ = sheets()
    expected: dict[str, str] = {}
    for key, heading, text in (("1", "symptom", "Crash"), ("3", "cause", "Type problem")):
        expected[heading] = text
        _type_and_kill(path, key, lambda heading=heading, text=text: SheetFile(path).rows[0][heading] == text)
        row = SheetFile(path).rows[0]
        assert {name: row[name] for name in expected} == expected
    assert not list(path.parent.glob(".*.tmp"))


def _type_and_kill(path: Path, key: str, saved: Callable[[], bool]) -> None:
    child, terminal = pty.fork()
    if child == 0:  # pragma: no cover - the program that is killed
        os.chdir(ROOT)
        command = [sys.executable, "-m", "labelling", "code", str(path)]
        os.execve(sys.executable, command, os.environ | {"TERM": "xterm-256color"})  # noqa: S606 - the child of the fork
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    try:
        _wait(terminal, lambda shown: b"next" in shown and b"undo" in shown)
        os.write(terminal, key.encode())
        _wait(terminal, lambda _: saved())
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        os.close(terminal)


def _wait(terminal: int, ready: Callable[[bytes], bool], seconds: float = 60) -> None:
    shown, end = b"", time.monotonic() + seconds
    while not ready(shown):
        assert time.monotonic() < end, shown[-2000:]
        if select.select([terminal], [], [], 0.1)[0]:
            with contextlib.suppress(OSError):
                shown += os.read(terminal, 65536)


def test_without_a_terminal_the_command_says_so(sheets, run: Run) -> None:
    result = run("labelling", "code", sheets()[0])
    assert result.returncode == 1
    assert "needs a terminal" in result.stderr
