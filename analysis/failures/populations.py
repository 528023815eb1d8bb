"""Figure 4's populations, from the study's own issue lists; only where the full archive was imported."""

import re
from collections.abc import Iterator

import pandas as pd

from analysis.claims.printed import Value
from analysis.dataset import Study

EXCLUDED_LABELS = frozenset({"pending on user response", "question"})
"""What the study's script removes from tf2onnx's list, by the exact name."""
_SEPARATOR = re.compile(r"(?<!\\)\|")  # a label's own bar is written with a backslash


def relevant(rows: pd.DataFrame, converter: str) -> pd.DataFrame:
    """Return the entries of a list that are left after the script's two removals, which the stored list may have behind it.

    Parameters
    ----------
    rows : DataFrame
        Rows of ``archive_issues`` of one converter and list: pull_request, labels.
    converter : str
        Whose; labels are removed from tf2onnx's list alone.
    """
    left = rows[~rows["pull_request"].astype(bool)]
    if converter != "tf2onnx":
        return left
    return left[[EXCLUDED_LABELS.isdisjoint(_SEPARATOR.split(labels)) for labels in left["labels"].fillna("")]]


def populations(study: Study) -> Iterator[tuple[str, Value]]:
    """Yield Figure 4's counts that the lists hold, and Table 6's."""
    frame = study.archive_table("archive_issues")
    if frame is None:
        return
    for converter, rows in frame.groupby("converter", observed=True):
        left = relevant(rows[rows["list"] == "all"], str(converter))
        yield f"fig4.{converter}.relevant", len(left)
        yield f"fig4.{converter}.resolvable", int((rows["list"] == "filtered").sum())
        if converter == "torch.onnx":
            yield "t06.torch.onnx.closed_at_collection", len(left)
