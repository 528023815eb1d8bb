"""The report, the LaTeX and the figures: complete, self-contained, escaped, and the same bytes in every run."""

import base64
import html
import io
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from PIL import Image

from analysis.chapters import CHAPTERS
from analysis.dataset import Study
from analysis.drawing import drawing_process
from analysis.report.comparison import outdated, same
from analysis.report.latex import command, escape
from analysis.report.readme import BEGIN, END, with_block
from analysis.reproduce import PAGES, Reproduction, page_with_results, reproduce, write
from datapackage.errors import StudyError
from datapackage.tables import records
from tests.conftest import ROOT, Run, edit

# one worker runs them all: they share one reproduction
pytestmark = pytest.mark.xdist_group("reproduction")


class _Links(HTMLParser):
    """Collects what a page would load or run."""

    def __init__(self) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.tags: set[str] = set()
        self.images = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        values = dict(attrs)
        self.images += tag == "svg" and bool(values.get("aria-label"))
        self.loaded += [str(values[key]) for key in ("src", "data", "srcset") if key in values]
        if tag != "a":
            self.loaded += [str(link) for key, link in values.items() if key.endswith("href") and str(link)[:1] != "#"]
        self.loaded += [name for name in values if name.startswith("on")]


def test_the_committed_files_are_what_a_run_gives(reproduction: Reproduction) -> None:
    assert outdated(reproduction.files, ROOT) == [], "run make generated and commit"
    for page in PAGES:
        assert page_with_results(reproduction, ROOT, page) == (ROOT / page).read_text(encoding="utf-8"), page
    tables = {path.name for path in reproduction.files if path.suffix == ".tex" and path.parent.name == "tables"}
    assert {path.name for path in (ROOT / "paper" / "tables").iterdir()} == tables
    figures = {path.name for path in reproduction.files if path.parent.name == "figures"}
    assert {path.name for path in (ROOT / "figures").iterdir()} == figures


def test_the_comparison_sees_what_a_reader_sees(reproduction: Reproduction) -> None:
    """A moved label or another number is a difference, another compression of the same picture is not."""
    stages, symptoms = (reproduction.files[Path(f"figures/{name}.png")] for name in ("stages", "symptoms"))
    assert isinstance(stages, bytes)
    assert isinstance(symptoms, bytes)
    stream = io.BytesIO()
    Image.open(io.BytesIO(stages)).save(stream, "png", compress_level=1)
    assert stream.getvalue() != stages
    assert same(".png", stages, stream.getvalue())
    assert not same(".png", stages, symptoms)
    page = str(reproduction.files[Path("paper/report.html")])
    moved = re.sub(r"(?<=<svg)(.*?)(\d+\.\d)\d", r"\1\2", page, flags=re.DOTALL)
    assert moved != page
    assert same(".html", page.encode(), moved.encode())
    assert not same(".html", page.encode(), page.replace("var(--blue)", "var(--orange)", 1).encode())
    embedded = f'<img src="data:image/png;base64,{base64.b64encode(stages).decode()}">'
    assert same(
        ".ipynb",
        embedded.encode(),
        f'<img src="data:image/png;base64,{base64.b64encode(stream.getvalue()).decode()}">'.encode(),
    )
    assert not same(".html", page.encode(), page.replace("74\N{NO-BREAK SPACE}%", "73\N{NO-BREAK SPACE}%").encode())
    drawing = str(reproduction.files[Path("figures/stages.svg")], "utf-8")  # type: ignore[arg-type]
    assert same(".svg", drawing.encode(), re.sub(r"(\d+\.\d)\d+", r"\1", drawing).encode())
    assert not same(".svg", drawing.encode(), drawing.replace("#d55e00", "#0072b2").encode())


@pytest.mark.parametrize("environment", [{"PYTHONHASHSEED": "7", "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C"}])
def test_bytes_do_not_depend_on_hash_seed_time_zone_or_locale(
    reproduction: Reproduction, environment: dict[str, str], run: Run, tmp_path: Path
) -> None:
    """The run also says what holds and where to look."""
    result = run("analysis", "reproduce", "--out", tmp_path, **environment)
    assert result.returncode == 0
    assert f"{len(reproduction.ledger.frame)} printed claims" in result.stdout
    assert str(tmp_path / "paper" / "report.html") in result.stdout
    assert "… figures" in result.stderr
    for path, content in reproduction.files.items():
        expected = content.encode("utf-8") if isinstance(content, str) else content
        assert (tmp_path / path).read_bytes() == expected, path


def test_the_report_needs_nothing_but_itself(reproduction: Reproduction) -> None:
    page = str(reproduction.files[Path("paper/report.html")])
    links = _Links()
    links.feed(page)
    assert links.loaded
    assert all(source.startswith("data:image/png;base64,") for source in links.loaded)
    assert not {"script", "iframe", "object", "link"} & links.tags
    assert links.images == sum(path.suffix == ".png" for path in reproduction.files)
    assert not re.search(r"@import|url\((?!data:|#)", page)


def test_every_chapter_table_and_figure_is_in_the_report(reproduction: Reproduction) -> None:
    page = str(reproduction.files[Path("paper/report.html")])
    for chapter in CHAPTERS:
        assert f'<section id="{chapter.slug}">' in page
    for path in reproduction.files:
        if path.suffix == ".png":
            assert f'id="figure-{path.stem}"' in page, path
        if path.parent.name == "tables":
            assert f'id="table-{path.stem}"' in page, path


def test_a_mechanism_is_explained_once_above_its_claims(reproduction: Reproduction) -> None:
    text = html.unescape(str(reproduction.files[Path("paper/report.html")]))
    explained = reproduction.ledger.frame[reproduction.ledger.frame["explanation"] != ""]
    assert explained["explanation"].duplicated().any()
    for row in records(explained.drop_duplicates("explanation")):
        # the page keeps a number and its sign together
        assert text.count(re.sub(r"(?<=[0-9]) %", "\N{NO-BREAK SPACE}%", row["explanation"])) == 1, row["mechanism"]
    claims = text[text.index('id="survey-claims"') :]
    heading = claims.index("Question-text row counted")
    following = claims.index('class="group"', heading)
    assert heading < claims.index("respondents to the use-case question") < following


def _reproduced(data: Path) -> dict[Path, str | bytes]:
    with drawing_process() as drawing:
        return reproduce(Study(data), drawing).files


def test_hostile_text_in_the_data_is_shown_not_run(data: Path) -> None:
    edit(
        data / "published" / "claims.csv",
        "issues in the drift check",
        "<script>alert(1)</script><img src=x onerror=alert(2)>",
    )
    edit(data / "codebook.yaml", "name: Node conversion", 'name: "<b>Node</b> & \\"conversion\\""')
    page = str(_reproduced(data)[Path("paper/report.html")])
    links = _Links()
    links.feed(page)
    assert "script" not in links.tags
    assert not [name for name in links.loaded if not name.startswith("data:")]
    assert "&lt;script&gt;alert(1)" in page
    assert "&lt;b&gt;Node&lt;/b&gt;" in page


def test_a_changed_label_changes_tables_figures_and_text_that_show_it_and_no_others(
    data: Path, reproduction: Reproduction
) -> None:
    edit(data / "failures.csv", "crash,shape_problem,,node_conversion", "crash,shape_problem,,export")
    changed = _reproduced(data)
    assert "Computed from edited data (failures.csv)" in str(changed[Path("paper/report.html")])
    assert "Computed from edited data" not in str(reproduction.files[Path("paper/report.html")])
    moved = {path.as_posix() for path, content in changed.items() if content != reproduction.files[path]}
    assert moved == {
        "figures/stages.png", "figures/stages.svg",
        "paper/tables/table08.tex", "paper/tables/tests.tex", "paper/tables/converters.tex",
        "paper/tables/equivalence.tex", "paper/tables/label-error.tex",
        "paper/numbers.tex", "paper/claims.csv", "paper/glance.md", "paper/instructions.md", "paper/report.html",
        "paper/explore.html", "paper/article.json",
    }  # fmt: skip


def test_a_readme_without_markers_is_not_touched(reproduction: Reproduction, tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("mine\n")
    with pytest.raises(StudyError, match="markers"):
        write(reproduction, tmp_path)
    assert (tmp_path / "README.md").read_text() == "mine\n"


def test_only_the_marked_part_of_a_readme_changes() -> None:
    page = f"a\n{BEGIN}\nold\n{END}\nb\n"
    assert with_block("README.md", page, "new\n", (BEGIN, END)) == f"a\n{BEGIN}\nnew\n{END}\nb\n"


def test_every_number_of_the_text_is_a_latex_command(reproduction: Reproduction) -> None:
    text = str(reproduction.files[Path("paper/numbers.tex")])
    names = re.findall(r"^\\newcommand\{\\([A-Za-z]+)\}\{.*\}$", text, flags=re.MULTILINE)
    assert len(names) == len(set(names)) == text.count("\\newcommand")
    assert command("failures", "p-value-2") == "failuresPValueB"
    assert escape("50 % & κ_1") == r"50 \% \& $\kappa$\_1"
