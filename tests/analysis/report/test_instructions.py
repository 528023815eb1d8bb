"""INSTRUCTIONS.md: what it tells a reviewer to do exists and answers."""

import re
from pathlib import Path

import pytest

from analysis.claims.findings import FINDINGS
from analysis.report.instructions import SHOWN
from analysis.reproduce import INSTRUCTIONS, Reproduction
from tests.conftest import ROOT, Run

PAGE = (ROOT / "INSTRUCTIONS.md").read_text(encoding="utf-8")


def _rows(reproduction: Reproduction) -> list[str]:
    lines = str(reproduction.files[INSTRUCTIONS]).splitlines()
    return [line for line in lines if line.startswith("| ") and line[2].isdigit()]


def test_every_finding_has_its_place(reproduction: Reproduction) -> None:
    assert set(SHOWN) == {finding.number for finding in FINDINGS}
    for shown in SHOWN.values():
        for path in (
            *(f"paper/tables/{name}.tex" for name in shown.tables),
            *(f"figures/{name}.png" for name in shown.figures),
        ):
            assert Path(path) in reproduction.files, path
    assert len(_rows(reproduction)) == len(FINDINGS)


def test_its_links_and_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"`?make ([a-z-]+)", PAGE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target
    for link in re.findall(r"\]\((?!http)([^)#]+)", PAGE):
        assert (ROOT / link).exists(), link


@pytest.mark.parametrize("number", [1, 4, 7, 8, 9])  # every chapter; the two that rest on most and on least
def test_a_command_gives_what_its_row_promises(number: int, reproduction: Reproduction, invoke: Run) -> None:
    row = next(line for line in _rows(reproduction) if line.startswith(f"| {number}: "))
    sentence, claims, _, command, expected, _ = (cell.strip() for cell in row.strip("|").split(" | "))
    recomputed, verdict = expected.removesuffix("**").rsplit(", **", 1)
    done = invoke(*command.strip("`").removeprefix("python -m ").split())
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"Finding {sentence}\n")
    assert f"\n    recomputed  {recomputed}\n    verdict     {verdict}\n" in done.stdout
    assert f"\n{claims} of " in done.stdout


def test_other_commands_on_claims_answer(invoke: Run) -> None:
    commands = set(re.findall(r"`(?:\.venv/bin/)?python -m (analysis claims [^`]+)`", PAGE))
    others = [command for command in commands if "--finding" not in command]
    assert len(others) == len(commands) - len(FINDINGS) > 0
    for command in others:
        assert " printed claims\n" in invoke(*command.split()).stdout, command
