"""``label-it-yourself.html``: one file with everything in it, made from the vignettes and the codebook."""

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from datapackage.codebook import Code, Codebook, load_codebook
from datapackage.commandline import DATA
from datapackage.files import write_atomic
from teaching.vignettes import DIMENSIONS, load_vignettes

FOLDER = Path(__file__).resolve().parent
PAGE = FOLDER / "label-it-yourself.html"
_ENVIRONMENT = Environment(
    loader=FileSystemLoader(FOLDER), autoescape=True, undefined=StrictUndefined, trim_blocks=True
)


def render(codebook: Codebook) -> str:
    """Return the page; it loads nothing, and sends nothing anywhere.

    Parameters
    ----------
    codebook : Codebook
        Codes with their definitions and decision rules.
    """
    document = {
        "dimensions": [
            {"slug": name, "name": codebook[name].name, "codes": [_code(code) for code in codebook[name].codes]}
            for name in DIMENSIONS
        ],
        "vignettes": [asdict(vignette) for vignette in load_vignettes(codebook)],
    }
    # "</" would end the script element that holds the data
    data = json.dumps(document, ensure_ascii=False, indent=1).replace("</", "<\\/")
    style, script, statistics = (
        (FOLDER / name).read_text(encoding="utf-8") for name in ("page.css", "page.js", "agreement.js")
    )
    return _ENVIRONMENT.get_template("page.html.j2").render(
        data=Markup(data),  # noqa: S704  (JSON, made safe above)
        style=Markup(style),  # noqa: S704  (the project's own)
        script=Markup(statistics + script),  # noqa: S704
        reports=len(document["vignettes"]),
    )


def _code(code: Code) -> dict[str, Any]:
    return {
        "slug": code.slug,
        "name": code.name,
        "definition": code.definition,
        "rule": code.rule,
        "detail_required": code.detail_required,
        "details": [_code(detail) for detail in code.details],
    }


def main(argv: list[str] | None = None) -> int:
    """Write the page, or compare it with what is stored."""
    parser = argparse.ArgumentParser(prog="python -m teaching", description="Make the page that a class opens.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit code 3 where the stored page differs")
    check = parser.parse_args(argv).check
    page = render(load_codebook(DATA))
    stale = not PAGE.is_file() or PAGE.read_text(encoding="utf-8") != page
    if check and stale:
        sys.stderr.write(f"{PAGE}: is missing or not what its sources give; run python -m teaching\n")
        return 3
    if stale:
        write_atomic(PAGE, page)
    return 0
