"""What Tables 12 and 15 count, counted on campaigns: sequences that mismatched models share, and their operators.

By the study's rule, without its reduction (`methods.sharing.by_blocks`); of sequences as long as those of `sequences`.
"""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from analysis.conversions.sequences import BLOCKS, STUDYS_CRITERION, Graphs, read_graphs
from datapackage.conversions import MISMATCH
from datapackage.tables import records
from methods.labelled_graphs import LabelledGraph
from methods.sharing import exclusive, straddling

COUNTED = (
    "mismatch_shared", "shared_with_correct", "mismatch_only", "models_with_mismatch_only", "operators_mismatched",
    "operators_correct", "operators_mismatched_not_correct", "operators_correct_not_mismatched",
)  # fmt: skip
COLUMNS = ["population", "converter", "criterion", "mismatched", "correct", *COUNTED]


def counts(frame: pd.DataFrame) -> pd.DataFrame:
    """Count, by campaign and converter, what the study's Tables 12 and 15 count.

    Parameters
    ----------
    frame : DataFrame
        See `analysis.dataset.load_graphs`.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`, a row a campaign and converter, by the study's criterion for it; a difference of NaN is a match, as in
        the study. Sequences: that two mismatched models share, that a mismatched shares with a correct one, that two mismatched
        share and none with a correct one; models with such. Operators of mismatched models, of correct ones, and of one alone. No
        row where no model, or every one, is mismatched.
    """
    rows: list[dict[str, Any]] = []
    for (campaign, converter), models in frame.groupby(["campaign", "converter"], sort=True):
        criterion = next(name for start, name in STUDYS_CRITERION.items() if str(converter).startswith(start))
        verdicts = models[f"by_{criterion}"].astype("string")
        compared = models[verdicts.notna().to_numpy(dtype=bool)]
        marks = (compared[f"by_{criterion}"].astype("string") == MISMATCH).to_numpy(dtype=bool)
        if not marks.any() or marks.all():
            continue
        about = {"population": campaign, "converter": converter, "criterion": criterion}
        sizes = {"mismatched": int(marks.sum()), "correct": int((~marks).sum())}
        rows.append(about | sizes | _sequences(read_graphs(compared), marks) | _operators(compared, marks))
    return pd.DataFrame(rows, columns=COLUMNS)


def _sequences(graphs: Graphs, marks: NDArray[np.bool_]) -> dict[str, int]:
    sharing = graphs.sharing(BLOCKS)
    own = exclusive(sharing, marks)
    return {
        "mismatch_shared": int(graphs.only(np.flatnonzero(marks)).sharing(BLOCKS).counts.sum()),
        "shared_with_correct": straddling(sharing, marks),
        "mismatch_only": int(own.items[0]),
        "models_with_mismatch_only": int(own.holders[0]),
    }


def _operators(frame: pd.DataFrame, marks: NDArray[np.bool_]) -> dict[str, int]:
    wrong: set[str] = set()
    right: set[str] = set()
    for row, mark in zip(records(frame), marks, strict=True):
        (wrong if mark else right).update(LabelledGraph.parse(row["graph"]).labels)
    return {
        "operators_mismatched": len(wrong),
        "operators_correct": len(right),
        "operators_mismatched_not_correct": len(wrong - right),
        "operators_correct_not_mismatched": len(right - wrong),
    }
