"""CONTRIBUTING.md tells the truth: following its lists on a copy of the project, and touching nothing else, suffices."""

import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pandas as pd
import pytest

from mining.converters import load_converters
from tests.conftest import ROOT, edit

GUIDE = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
CHAPTER = '''"""The chapter on costs."""

from analysis.claims.ledger import Ledger
from analysis.costs.claims import CLAIMS
from analysis.dataset import Study
from analysis.report.chapter import Chapter, Content


def content(study: Study, ledger: Ledger) -> Content:
    """Compute the chapter."""
    return Content((), (), {"failures": str(len(study.failures))}, f"{len(study.failures)} failures cost something.")


COSTS = Chapter("costs", "costs", "RQ5", "What failures cost", "What do they cost?", CLAIMS, content)
'''
WORDS = """
{% block caption_by_year %}Failures by year.{% endblock %}
{% block alt_by_year %}Bars of {{ n['failures'] }} failures.{% endblock %}
"""
CLAIMS = '''"""RQ5's claims."""

from analysis.claims.chapter import ClaimChapter

CLAIMS = ClaimChapter("RQ5", ("s9.*",), lambda study: {})
'''
FIGURE = '''

def by_year(failures: pd.DataFrame) -> Figure:
    """Failures by year."""
    with style():
        figure = new_figure(2.0)
        years = failures["created_earliest"].dt.year.value_counts().sort_index()
        figure.subplots().bar(years.index, years)
    return figure
'''


def _listed(section: str) -> list[str]:
    """Return the files that a section of the guide lists."""
    text = GUIDE.partition(f"## {section}\n")[2].partition("\n## ")[0]
    return [name.replace("NAME", "costs") for name in re.findall(r"^- `([^`]+)`:", text, flags=re.MULTILINE)]


class Copy:
    """A copy of the project; `edited` holds what was touched."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.edited: list[str] = []
        skipped = shutil.ignore_patterns(
            ".venv*", ".git", "__pycache__", ".*_cache", ".hypothesis", "tests", "notebooks"
        )
        shutil.copytree(ROOT, root, ignore=skipped)

    def edit(self, file: str, old: str, new: str) -> None:
        edit(self.root / file, old, new)
        self.edited.append(file)

    def append(self, file: str, text: str) -> None:
        """Add text to a file, which may be new."""
        (self.root / file).parent.mkdir(exist_ok=True)
        with (self.root / file).open("a", encoding="utf-8", newline="") as stream:
            stream.write(text)
        self.edited.append(file)

    def run(self, *arguments: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", *arguments],
            cwd=self.root,
            capture_output=True,
            text=True,
            encoding="utf-8",
            check=False,
        )
        assert result.returncode == 0, result.stderr
        return result.stdout


def _add_a_converter(copy: Copy) -> None:
    entry = (
        "  - name: mine2onnx\n    repository: me/mine2onnx\n    labels: [bug]\n    excluded_labels: []\n    since:\n"
    )
    copy.edit("mining/converters.yaml", "  - name: paddle2onnx\n", f"{entry}  - name: paddle2onnx\n")


def _add_a_claim(copy: Copy) -> None:
    copy.append("data/published/claims.csv", "t09.hang.rank,Table 9,place of hangs,6,count,,failures,\n")
    there = '    yield "s5.optimization.ratio",'
    copy.edit(
        "analysis/failures/claims.py", there, f'    yield "t09.hang.rank", failures["symptom"].nunique() + 1\n{there}'
    )


def _add_a_figure(copy: Copy) -> None:
    copy.append("analysis/failures/figures.py", FIGURE)
    there = '        Picture(\n            "stages",'
    copy.edit(
        "analysis/failures/chapter.py", there, f'        Picture("by-year", figures.by_year(study.failures)),\n{there}'
    )
    copy.append("analysis/failures/captions.txt.j2", WORDS)
    copy.append("analysis/failures/chapter.html.j2", "{{ figure('by-year') }}\n")


def _add_a_chapter(copy: Copy) -> None:
    copy.append("analysis/costs/__init__.py", '"""RQ5: what failures cost."""\n')
    copy.append("analysis/costs/claims.py", CLAIMS)
    copy.append("analysis/costs/chapter.py", CHAPTER)
    copy.append("analysis/costs/chapter.html.j2", "<p>{{ n['failures'] }} failures.</p>\n")
    copy.append("analysis/costs/captions.txt.j2", "")
    copy.edit("analysis/chapters.py", "EVOLUTION, CONVERSION)", "EVOLUTION, CONVERSION, COSTS)")
    there = "from analysis.conversions.chapter"
    copy.edit("analysis/chapters.py", there, f"from analysis.costs.chapter import COSTS\n{there}")
    copy.edit("analysis/claim_selection.py", '"RQ4": "conversions"', '"RQ4": "conversions", "RQ5": "costs"')
    copy.edit("docs/architecture.py", '"analysis.conversions")\n', '"analysis.conversions", "analysis.costs")\n')
    there = '    "analysis.report": Room('
    copy.edit("docs/architecture.py", there, f'    "analysis.costs": Room("RQ5", _CHAPTER, (4, 4)),\n{there}')


def _add_a_sample(copy: Copy) -> None:
    row = "onnx/tensorflow-onnx#2400,later,tf2onnx,3,,2024-02-01,2024-03-01,crash,typo,,export,active,\n"
    copy.append("data/failures.csv", row)
    copy.append("data/samples.csv", "later,tf2onnx,50\n")


ADDITIONS: Mapping[str, Callable[[Copy], None]] = {
    "A converter": _add_a_converter,
    "A claim": _add_a_claim,
    "A figure": _add_a_figure,
    "A chapter": _add_a_chapter,
    "A sample": _add_a_sample,
}


pytestmark = pytest.mark.xdist_group("copy")  # one worker runs them all: they share one copy


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    """The project with one of everything added, each by its list alone."""
    made = Copy(tmp_path_factory.mktemp("copy") / "project")
    for section, add in ADDITIONS.items():
        made.edited.clear()
        add(made)
        assert sorted(set(made.edited)) == sorted(_listed(section)), f"CONTRIBUTING.md, {section}"
    made.run("analysis", "describe")
    made.run("analysis", "reproduce")
    return made


def test_the_guide_has_a_list_for_each_addition() -> None:
    assert all(_listed(section) for section in ADDITIONS)


def test_an_added_converter_can_be_mined(copy: Copy) -> None:
    converters = load_converters(copy.root / "mining" / "converters.yaml")
    assert "mine2onnx" in [converter.name for converter in converters]


def test_an_added_claim_has_its_verdict(copy: Copy) -> None:
    claims = pd.read_csv(copy.root / "paper" / "claims.csv", dtype=str).set_index("claim_id")
    assert claims.loc["t09.hang.rank", ["recomputed", "verdict", "chapter"]].tolist() == ["6", "reproduced", "RQ2"]


def test_an_added_figure_is_in_the_report(copy: Copy) -> None:
    page = (copy.root / "paper" / "report.html").read_text(encoding="utf-8")
    assert 'id="figure-by-year"' in page
    assert "Bars of 200 failures." in page
    assert (copy.root / "figures" / "by-year.svg").is_file()


def test_an_added_chapter_is_in_report_readme_and_picture(copy: Copy) -> None:
    assert '<section id="costs">' in (copy.root / "paper" / "report.html").read_text(encoding="utf-8")
    assert "200 failures cost something." in (copy.root / "README.md").read_text(encoding="utf-8")
    assert "0 of " in copy.run("analysis", "claims", "--chapter", "RQ5")
    copy.run("docs.architecture")
    assert "analysis/costs" in (copy.root / "docs" / "architecture.md").read_text(encoding="utf-8")


def test_an_added_sample_stands_beside_the_studys(copy: Copy) -> None:
    assert "later" in copy.run("analysis", "sample", "later", "--against", "issta24")
