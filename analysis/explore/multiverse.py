"""What the page embeds of RQ3's specifications: every correlation in the cell of its choices.

The choices span a grid, the last one varying fastest. Three arrays hold a value for each of its cells, little-endian and in
Base64: r in ten-thousandths and p in steps of 1 / 65,535 (16 bits each), n (8 bits). A cell without a specification has n 0.
"""

import base64
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.evolution.multiverse import ALL
from analysis.evolution.pipeline import DESCRIBED, Options
from analysis.evolution.specifications import CHOICES

SCALE, STEPS = 10_000, 65_535
TITLES: Mapping[str, str] = {
    "outcome": "Failures counted",
    "normalisation": "Counted as",
    "merged": "Early operator sets",
    "complete_only": "Releases",
    "converter": "Converter",
    "lag": "Converters follow a release by",
    "dates": "Where an issue's day is not known",
    "first": "The first release",
    "source": "Sizes of releases from",
    "change": "Size is operators",
    "scale": "Correlation of",
}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "outcome": {"all": "all", "incompatibility_or_type": "incompatibility and type problems"},
    "normalisation": {"count": "number", "per_day": "number per day", "share": "share of all failures"},
    "merged": {"True": "merged, as in the paper", "False": "each by itself"},
    "complete_only": {"True": "observed throughout", "False": "all that were out"},
    "converter": {"both": "both"},
    "dates": {"earliest": "its earliest", "midpoint": "the middle", "latest": "its latest"},
    "first": {"dropped": "dropped", "kept": "kept"},
    "source": {"release_notes": "release notes (study)", "schema_registry": "ONNX's schemas"},
    "change": {"changes": "added and updated", "added": "added", "updated": "updated"},
    "scale": {"rank": "ranks (Spearman)", "log": "logarithms of sizes", "linear": "sizes as they are (Pearson)"},
}


def document(specifications: pd.DataFrame, summary: pd.DataFrame) -> dict[str, Any]:
    """Return all specifications.

    Parameters
    ----------
    specifications, summary : DataFrame
        See `analysis.evolution.multiverse.Curve`.

    Returns
    -------
    dict
        ``choices`` (name, title, values with value and words; their order spans the grid), ``described`` (claim → values of the
        paper's test), ``r``, ``n``, ``p`` (see the module), ``scale``, ``steps``, and ``nulls`` (null → p of the median).
    """
    values = {name: _values(name, specifications[name]) for name in CHOICES}
    cell = np.zeros(len(specifications), dtype=np.int64)
    for name in CHOICES:
        place = {value: values[name].index(str(value)) for value in specifications[name].unique()}
        cell = cell * len(values[name]) + specifications[name].map(place).to_numpy(np.int64)
    if len(np.unique(cell)) < len(cell):
        raise ValueError("two specifications have the same choices")
    size = int(np.prod([len(values[name]) for name in CHOICES]))
    r, p, n = np.zeros(size, "<i2"), np.zeros(size, "<u2"), np.zeros(size, "u1")
    r[cell] = np.rint(specifications["r"].to_numpy() * SCALE)
    p[cell] = np.rint(specifications["p"].to_numpy() * STEPS)
    n[cell] = specifications["n"]
    return {
        "choices": [
            {"name": name, "title": TITLES[name], "values": [[value, words(name, value)] for value in values[name]]}
            for name in CHOICES
        ],
        "described": {claim: _choices_of(options) for claim, options in DESCRIBED.items()},
        "r": _base64(r),
        "p": _base64(p),
        "n": _base64(n),
        "scale": SCALE,
        "steps": STEPS,
        "nulls": _nulls(summary),
    }


def words(choice: str, value: str) -> str:
    """Return a choice's value as a reader sees it."""
    if choice == "lag":
        return f"{value} months" if value != "0" else "no time"
    return _WORDS[choice].get(value, value)


def _values(name: str, column: pd.Series) -> Sequence[str]:
    """Values in the order of their words, numbers by size, others behind."""
    known = list(_WORDS.get(name, {}))
    found = sorted(
        {str(value) for value in column.unique()}, key=lambda value: (int(value) if value.isdigit() else 0, value)
    )
    return [*(value for value in known if value in found), *(value for value in found if value not in known)]


def _choices_of(options: Options) -> dict[str, str]:
    return {
        "outcome": options.outcome,
        "normalisation": options.normalisation,
        "merged": str(options.merged),
        "complete_only": str(options.drop_last),
        "converter": options.converter,
        "lag": str(options.lag),
        "dates": options.dates,
        "first": "dropped" if options.drop_first else "kept",
        "source": options.source,
        "change": options.change,
        "scale": "rank",
    }


def _nulls(summary: pd.DataFrame) -> dict[str, float]:
    medians = summary.xs("median_r", level="statistic").xs(ALL, level="part")["p"]
    return {str(null): float(p) for null, p in medians.items()}


def _base64(array: np.ndarray[Any, Any]) -> str:
    return base64.b64encode(array.tobytes()).decode()
