"""What is said of planted slips is true of today's code: the areas' files are there, and so are the lines of each survivor."""

import ast
import csv
from collections import Counter
from pathlib import Path

import pytest

from benchmarks.mutants.plan import RESULTS_FILE, SURVIVORS_FILE, Change, Why, is_wording, read_areas, read_survivors
from tests.conftest import ROOT

AREAS = read_areas()
# where a slip could give away a token or a login, lose or change a label, or turn a verdict
GUARDS = {
    "mining/pseudonyms.py", "mining/github/tokens.py", "mining/github/archive.py", "mining/github/client.py", "mining/store.py",
    "labelling/labels.py", "labelling/merge.py", "labelling/sheet_file.py", "datapackage/transaction.py",
    "analysis/claims/printed.py", "analysis/claims/ledger.py",
    "conversion/criteria.py", "conversion/classification.py", "conversion/attribution.py",
}  # fmt: skip


def _function(module: Path, name: str) -> str:
    """Return a function's source; '' where there is none of that name."""
    text = module.read_text(encoding="utf-8")
    owner, _, own = name.rpartition(".")
    body: list[ast.stmt] = ast.parse(text).body
    if owner:
        body = [inner for node in body if isinstance(node, ast.ClassDef) and node.name == owner for inner in node.body]
    found = [node for node in body if isinstance(node, ast.FunctionDef) and node.name == own]
    if not found:
        return ""
    return "\n".join(
        text.splitlines()[found[0].lineno - 1 : found[0].end_lineno]
    )  # with what is said beside the last line


def _stands(change: Change, root: Path = ROOT) -> bool:
    """Tell whether the lines that a slip replaces stand in its function, one below the other."""
    module = root / change.module
    if not module.is_file():
        return False
    lines = [line.strip() for line in _function(module, change.function).splitlines()]
    wanted = change.before.split("\n")
    return any(lines[start : start + len(wanted)] == wanted for start in range(len(lines)))


def test_modules_and_tests_of_every_area_are_there() -> None:
    missing = [name for area in AREAS.values() for name in (*area.modules, *area.tests) if not (ROOT / name).exists()]
    assert missing == []


def test_a_module_belongs_to_one_area_and_what_guards_is_among_the_guards() -> None:
    times = Counter(module for area in AREAS.values() for module in area.modules)
    assert [module for module, count in times.items() if count > 1] == []
    guarding = {module for area in AREAS.values() if area.guards for module in area.modules}
    assert not GUARDS - guarding


def test_every_statistic_is_in_an_area() -> None:
    mutated = {module for area in AREAS.values() for module in area.modules}
    assert {path.relative_to(ROOT).as_posix() for path in (ROOT / "methods").glob("[!_]*.py")} <= mutated


def test_every_survivor_is_a_slip_of_todays_code_and_says_why_it_may_be_one() -> None:
    assert [change for change in read_survivors() if not _stands(change)] == [], "remove them, or list today's lines"
    with SURVIVORS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    assert len(rows) == len(read_survivors()), "a slip stands twice"
    modules = {module for area in AREAS.values() for module in area.modules}
    for row in rows:
        assert row["before"] != row["after"], row
        assert len(row["why"].split()) > 2, row
        assert row["module"] in modules, row


def test_a_survivor_of_lines_that_changed_is_found_out(tmp_path: Path) -> None:
    (tmp_path / "m.py").write_text(
        "class A:\n    def f(self):\n        a = 1\n        return a\n\ndef f():\n    return 2\n"
    )
    assert _stands(Change("m.py", "A.f", "a = 1\nreturn a", "a = 2"), tmp_path)
    for change in (
        Change("m.py", "A.f", "a = 2", "a = 1"), Change("m.py", "f", "a = 1", "a = 2"), Change("m.py", "g", "a = 1", "a = 2"),
        Change("n.py", "f", "return 2", "return 3"), Change("m.py", "A.f", "return a\na = 1", "a = 2"),
    ):  # fmt: skip
        assert not _stands(change, tmp_path)


@pytest.mark.parametrize(
    ("before", "after", "wording"),
    [
        ('raise X("a b")', 'raise X("XXa bXX")', True),
        ('m = "is not a key; x"', 'm = "IS NOT A KEY; X"', True),
        ('m = "is not a key"', "m = None", False),
        ('a["kind"]', 'a["XXkindXX"]', False),
        ('f("a b", "kind")', 'f("a b", "KIND")', False),
        ('p.read_text(encoding="ascii", errors="replace")', 'p.read_text(errors="replace")', True),
        ('p.read_text(encoding="utf-8")', "p.read_text(encoding=None)", True),
        ('f(p, encoding="utf-8")', "f(p, )", True),
        ('f(p, encoding="utf-8")', 'f(encoding="utf-8")', False),
        ('x.encode("utf-8", "surrogatepass")', 'x.encode("UTF-8", "surrogatepass")', True),
        ('x.encode("utf-8", "surrogatepass")', 'x.encode("utf-8", "SURROGATEPASS")', False),
    ],
)
def test_only_words_and_the_names_of_codecs_are_left_out(before: str, after: str, wording: bool) -> None:
    assert is_wording(Change("m.py", "f", before, after)) == wording


def test_a_reason_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    path = tmp_path / "survivors.csv"
    path.write_text("module,function,before,after,reason,why\nm.py,f,a,b,because,it is\n")
    monkeypatch.setattr("benchmarks.mutants.plan.SURVIVORS_FILE", path)
    with pytest.raises(ValueError, match="because"):
        read_survivors()
    assert "equivalent" in {why.value for why in Why}


def test_the_results_add_up() -> None:
    with RESULTS_FILE.open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    modules = {module: area for area in AREAS.values() for module in area.modules}
    for row in rows:
        number = {name: int(row[name]) for name in row if name not in ("module", "area", "seed", "day")}
        area = modules[row["module"]]
        assert row["area"] == area.name
        parts = ("noticed", "never_ended", "unnoticed_for_a_reason", "unnoticed")
        assert number["tried"] == sum(number[name] for name in parts)
        assert number["tried"] <= number["slips"] - number["wording"]
