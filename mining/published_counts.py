"""The counts that the paper's Figure 4 prints, from the table of its claims, to stand beside a store's own."""

import csv
from pathlib import Path

from mining.converters import Converter

FIGURE_STEPS = ("all", "relevant", "resolvable", "sampled")
"""Figure 4's steps: before filters; closed and relevant; after the commit/PR filter; sampled."""


def published_counts(data: Path, converter: Converter) -> dict[str, int]:
    """Return step → printed count of one converter; empty where the paper prints none or the table is not there."""
    path = data / "published" / "claims.csv"
    if not path.is_file():
        return {}
    with path.open(encoding="utf-8", newline="") as stream:
        printed = {row["claim_id"]: row["published"] for row in csv.DictReader(stream)}
    found = {step: printed.get(f"fig4.{converter.name}.{step}", "") for step in FIGURE_STEPS}
    return {step: int(value) for step, value in found.items() if value.isdecimal()}
