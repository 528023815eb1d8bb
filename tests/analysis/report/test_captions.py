"""Words of the report: every figure has its caption and description, and no number in them is typed.

A typed number stays when the data changes, and a reader can't tell it from a computed one.
"""

import ast
import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

from analysis.chapters import CHAPTERS
from analysis.claims.ledger import Ledger
from analysis.dataset import Study
from analysis.report.captions import caption_block
from analysis.report.chapter import Chapter
from tests.conftest import ROOT

TEMPLATES = sorted((ROOT / "analysis").rglob("*.j2"))
MODULES = sorted(path for name in ("chapter", "text") for path in (ROOT / "analysis").glob(f"*/{name}.py"))
DOCUMENTED = ast.Module | ast.FunctionDef | ast.ClassDef
# names, and numbers that no data gives: of the paper's parts, levels of intervals, tolerances of the experiment's scripts,
# versions, years of publications, identifiers
NAMED = re.compile(
    r"""\bRQ\d\b | \bTables?\s\d+(?:\sand\s\d+)? | \bFindings?\s\d(?:\s(?:and|to)\s\d)? | \bFig\.\s\d | \btf2onnx
    | \b95\ % | \b1e-[37]\b | \bfloat(?:16|32|64)\b | \(\d{4}\) | \b(?:Manski|ISSTA|Shen\ et\ al\.)\s\d{4} | \bissta24\b
    | \bdoi:\S+ | \bone-?sided | \bdark\b
    | \b(?:above|at|below)\s(?:0\.05|1|0)\b | α\ \(0: | of\s1\sor\smore | more\sthan\s1,""",
    re.VERBOSE,
)
# the rule for printed numbers is explained with an example
EXAMPLE = "42 % is [41.5, 42.5]"


def words(template: Path) -> str:
    """Return what a template says itself: without its commands, its numbers, its markup and its style."""
    text = re.sub(r"<style>.*?</style>", " ", template.read_text(encoding="utf-8"), flags=re.DOTALL)
    text = re.sub(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", " … ", text, flags=re.DOTALL)
    return " ".join(re.sub(r"<[^>]*>", " ", text).replace(EXAMPLE, "").split())


def typed_numbers(text: str) -> list[str]:
    """Return what looks like a number of the data, with its neighbourhood."""
    rest = NAMED.sub("", text)
    numbers = re.finditer(
        r"\d[\d.,]*|\b(?:[Ff]our|[Ff]ive|[Ss]ix|[Ss]even|[Ee]ight|[Nn]ine|[Tt]en|[Ee]leven|[Tt]welve)\b", rest
    )
    return [rest[max(0, found.start() - 30) : found.end() + 20] for found in numbers]


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_number_is_typed_in_a_template(template: Path) -> None:
    assert typed_numbers(words(template)) == [], "take it from Content.numbers, or from the figure's or table's values"


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_no_number_is_typed_in_a_sentence_of_the_code(module: Path) -> None:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    documents = {ast.get_docstring(node, clean=False) for node in ast.walk(tree) if isinstance(node, DOCUMENTED)}
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str)]
    sentences = [text for text in texts if len(text.split()) > 3 and text not in documents]
    assert [found for text in sentences for found in typed_numbers(text)] == []


def test_a_typed_number_would_be_found() -> None:
    assert typed_numbers("Node conversion holds 74 % of the failures.")
    assert typed_numbers("Eleven points rise slightly with size.")
    assert not typed_numbers("Table 11 prints them with 95 % intervals (Finding 8).")


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda chapter: chapter.slug)
def test_every_figure_is_described(chapter: Chapter, study: Study, ledger: Ledger) -> None:
    content = chapter.content(study, ledger)
    for picture in content.figures:
        caption, alt = (
            caption_block(chapter.folder, kind, picture.name, content.numbers, picture.values)
            for kind in ("caption", "alt")
        )
        assert caption, picture.name
        assert alt, picture.name
        assert caption != alt
        assert "\n" not in caption + alt
    template = (ROOT / "analysis" / chapter.folder / "captions.txt.j2").read_text(encoding="utf-8")
    named = {name for _, name in re.findall(r"block (caption|alt|note)_(\w+)", template)}
    shown = {item.name.replace("-", "_") for item in (*content.figures, *content.tables)}
    assert named <= shown, "a block for a figure or table that the chapter does not have"


def test_a_number_that_nobody_gives_is_an_error() -> None:
    with pytest.raises(UndefinedError):
        caption_block("failures", "alt", "stages", {}, {})
