"""The page: what its views embed, its styles and scripts, in one file that loads nothing."""

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from markupsafe import Markup

from analysis.report.environment import HTML
from analysis.report.inline_svg import colour_rules

FOLDER = Path(__file__).resolve().parent
VIEWS: Mapping[str, str] = {
    "claims": "Claims",
    "failures": "Failures",
    "conversions": "Conversions",
    "multiverse": "Multiverse",
}


def render(
    documents: Mapping[str, Mapping[str, Any]], *, edited: Sequence[str] = (), deprecated: Sequence[str] = ()
) -> str:
    """Return the page.

    Parameters
    ----------
    documents : mapping
        What each of `VIEWS` embeds; see the modules of their names.
    edited : sequence of str
        Tables that are not the published ones.
    deprecated : sequence of str
        What is left out, a sentence for each sample.
    """
    scripts = [(FOLDER / f"{name}.js").read_text(encoding="utf-8") for name in ("elements", *VIEWS, "addresses")]
    return HTML.get_template("explore/explore.html.j2").render(
        views=VIEWS,
        edited=edited,
        deprecated=deprecated,
        data=embedded(documents),
        script=Markup("\n".join(scripts)),  # noqa: S704  (the project's own)
        light=colour_rules("light"),
        dark=colour_rules("dark"),
    )


def embedded(documents: Mapping[str, Mapping[str, Any]]) -> Markup:
    r"""Return JSON that no text inside can turn into markup: ``<`` could begin ``</script>`` or ``<!--``.

    Examples
    --------
    >>> embedded({"claims": {"note": "</script><b>"}})
    Markup('{"claims":{"note":"\\u003c/script>\\u003cb>"}}')
    """
    text = json.dumps(documents, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return Markup(text.replace("<", "\\u003c"))  # noqa: S704
