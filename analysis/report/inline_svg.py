"""A stored figure as part of a page: its colours follow the page's, light or dark, and its identifiers are its own.

The page states each colour of `COLOURS_BY_MODE` as a custom property (`colour_rules`); a figure inside it refers to these. A
figure stored as a file keeps its colours: whoever shows it chooses the background.
"""

import re
from types import MappingProxyType

from markupsafe import Markup

# name → light, dark; text reaches 4.5:1 and marks 3:1 against the paper of their mode
COLOURS_BY_MODE = MappingProxyType(
    {
        "paper": ("#ffffff", "#14171a"),
        "ink": ("#000000", "#e6e8ea"),
        "quiet": ("#4d4d4d", "#b4b9be"),
        "muted": ("#999999", "#8f959b"),
        "line": ("#e5e5e5", "#343a40"),
        "band": ("#ececec", "#2b3036"),
        "blue": ("#0072b2", "#4aa3df"),
        "orange": ("#d55e00", "#ec8440"),
        "green": ("#009e73", "#2fb78d"),
        "sky": ("#56b4e9", "#74c3ee"),
        "pink": ("#cc79a7", "#dd93bc"),
        "amber": ("#e69f00", "#e6ab2e"),
    }
)
_PROPERTY = {light: name for name, (light, _) in COLOURS_BY_MODE.items()}
_DECLARATION = re.compile(
    r"<\?xml.*?\?>|<!DOCTYPE.*?>|<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", re.DOTALL
)
_IDENTIFIER = re.compile(r' id="([^"]*)"')
_REFERENCE = re.compile(r'(?<=url\(#)[^)]*(?=\))|(?<=href="#)[^"]*(?=")')


def colour_rules(mode: str) -> str:
    """Return the custom properties of a mode (``light`` or ``dark``) as CSS declarations."""
    position = ("light", "dark").index(mode)
    return " ".join(f"--{name}: {colours[position]};" for name, colours in COLOURS_BY_MODE.items())


def inline_svg(svg: str, name: str, description: str) -> Markup:
    """Return a figure as an element of a page.

    Parameters
    ----------
    svg : str
        As `analysis.report.style.svg` gives it: text as outlines, no scripts.
    name : str
        Name of the figure; its identifiers begin with it, so that figures of one page do not share any.
    description : str
        For whoever cannot see the figure.
    """
    text = _DECLARATION.sub("", svg).strip()
    used = set(_REFERENCE.findall(text))
    text = _IDENTIFIER.sub(lambda found: f' id="{name}-{found[1]}"' if found[1] in used else "", text)
    text = _REFERENCE.sub(lambda found: f"{name}-{found[0]}", text)
    text = re.sub(r"#[0-9a-f]{6}\b", _coloured, text)
    text = "\n".join(line for each in text.split("\n") if (line := each.strip()))
    opening, _, rest = text.partition(">")
    box = re.search(r'viewBox="[^"]*"', opening)
    if box is None:
        raise ValueError(f"figure {name}: an SVG without viewBox has no size in a page")
    start = Markup('<svg role="img" aria-label="{}" {} xmlns:xlink="http://www.w3.org/1999/xlink">')
    return start.format(description, Markup(box[0])) + Markup(rest)  # noqa: S704  (drawn by matplotlib from outlines)


def _coloured(found: re.Match[str]) -> str:
    name = _PROPERTY.get(found[0])
    return f"var(--{name})" if name else found[0]
