"""INSTRUCTIONS.md: what it tells a reviewer to do exists and answers."""

import re
from pathlib import Path

from analysis.claims.findings import FINDINGS
from analysis.report.instructions import SHOWN
from analysis.reproduce import INSTRUCTIONS, Reproduction
from tests.conftest import ROOT, Run

PAGE = (ROOT / "INSTRUCTIONS.md").read_text(encoding="utf-8")


def test_every_finding_has_its_place(reproduction: Reproduction) -> None:
    assert set(SHOWN) == {finding.number for finding in FINDINGS}
    for shown in SHOWN.values():
        for path in (
            *(f"paper/tables/{name}.tex" for name in shown.tables),
            *(f"figures/{name}.png" for name in shown.figures),
        ):
            assert Path(path) in reproduction.files, path
    rows = [
        line
        for line in str(reproduction.files[INSTRUCTIONS]).splitlines()
        if line.startswith("| ") and line[2].isdigit()
    ]
    assert len(rows) == len(FINDINGS)


def test_its_links_and_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)", PAGE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / link).exists(), link


def test_its_commands_answer(run: Run) -> None:
    commands = sorted(set(re.findall(r"`(?:\.venv/bin/)?python -m (analysis claims [^`]+)`", PAGE)))
    assert len(commands) >= len(FINDINGS) + 1
    for command in (commands[0], commands[-1]):  # the others differ in the finding's number alone
        done = run(*command.split())
        assert done.returncode == 0, done.stderr
        assert "verdict" in done.stdout.lower() or "claims" in done.stdout
