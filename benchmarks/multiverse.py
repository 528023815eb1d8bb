"""How much faster the specification curve correlates than running its specifications one by one.

``python -m benchmarks.multiverse``; prints the figures as JSON and exits with 3 when a bound is missed.
"""

import argparse
import json
import time
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from analysis.dataset import Study
from analysis.evolution.multiverse import specification_curve
from analysis.evolution.pipeline import per_release
from analysis.evolution.specifications import options_of
from datapackage.commandline import DATA
from datapackage.tables import records

DRAWS = 1_000
RATIO = 50_000
SECONDS = 5


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.multiverse", description=__doc__)
    parser.add_argument("--single", type=int, default=200, help="specifications to run one by one (default: 200)")
    figures = measure(Study(DATA), parser.parse_args().single)
    print(json.dumps(figures, indent=2))  # noqa: T201
    return 0 if figures["ratio"] >= RATIO and figures["curve_seconds"] < SECONDS else 3


def measure(study: Study, single: int) -> dict[str, float]:
    """Run the curve once and some of its specifications one by one; return the figures."""
    failures, opsets = study.failures, study.opsets
    started = time.process_time()
    # draws that are asked for are drawn, even where a null is kept
    drawn = specification_curve(failures, opsets, draws=DRAWS)
    rows, curve = drawn.specifications, time.process_time() - started

    chosen = rows.sample(single, random_state=1)
    started = time.process_time()
    r = [correlation(failures, opsets, row) for row in records(chosen)]
    one = (time.process_time() - started) / single
    np.testing.assert_allclose(r, chosen["r"])
    correlations = len(rows) * (1 + int(drawn.summary.groupby("null")["draws"].max().sum()))
    return {
        "specifications": len(rows),
        "correlations": correlations,
        "curve_seconds": round(curve, 2),
        "single_milliseconds": round(1000 * one, 2),
        "ratio": round(one * correlations / curve),
    }


def correlation(failures: pd.DataFrame, opsets: pd.DataFrame, row: dict[str, Any]) -> float:
    """Correlate one specification as the published test would."""
    used = per_release(failures, opsets, options_of(row)).query("used")
    if row["scale"] == "rank":
        return float(stats.spearmanr(used["size"], used["value"]).statistic)
    size = np.log1p(used["size"]) if row["scale"] == "log" else used["size"]
    return float(stats.pearsonr(size, used["value"]).statistic)


if __name__ == "__main__":
    raise SystemExit(main())
