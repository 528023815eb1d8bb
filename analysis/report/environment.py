"""Where templates are found, and how they escape: pages everything, plain text nothing; a missing value is an error."""

from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

_LOADER = FileSystemLoader(Path(__file__).resolve().parents[1])

HTML = Environment(loader=_LOADER, autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
# escaped where it is placed
PLAIN = Environment(loader=_LOADER, autoescape=False, undefined=StrictUndefined)  # noqa: S701
