"""What today's campaigns show where Table 11 counts: a claim's counterpart, which stands beside it and has no part in its verdict.

Mismatches are read by the study's own criterion for the column. What it is not: a repetition. Generator, operators, data types,
operator set and the real models are other ones.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

import pandas as pd

from analysis.conversions.outcomes import PRINTED_ROWS
from analysis.dataset import Study
from analysis.report.tables import share_text
from datapackage.conversions import CONVERSION_FAILURE, LOAD_FAILURE, MISMATCH, NOT_TESTED, RUN_FAILURE, SUCCESS
from methods.intervals import wilson


class Column(NamedTuple):
    """A column of Table 11 and what corresponds to it today.

    Attributes
    ----------
    name : str
        As in claims, such as ``tf2onnx.real``.
    converter : str
        What today's converters of it begin with.
    suites : str
        Pattern of the names of campaigns, after year and month.
    criterion : str
        Column of campaigns that holds the study's criterion.
    """

    name: str
    converter: str
    suites: str
    criterion: str


_GENERATED, _REAL = "synthetic-(?!all-types).*", "architectures|trained"
COLUMNS = (
    Column("tf2onnx.synthetic", "tf2onnx", _GENERATED, "absolute_1e_7"),
    Column("tf2onnx.real", "tf2onnx", _REAL, "absolute_1e_3"),
    Column("torch.onnx.synthetic", "torch.onnx", _GENERATED, "close_1e_3"),
    Column("torch.onnx.real", "torch.onnx", _REAL, "absolute_1e_3"),
)


def counterparts(study: Study) -> dict[str, str]:
    """Return what today's campaigns show, by claim: a share with Wilson's 95 % interval for each campaign and converter.

    Models that could not be generated or do not run in their framework are left out, as in the study. A model that loads and
    fails when it runs counts with those that fail to load, as Table 11 counts it.
    """
    found: dict[str, list[str]] = {}
    for column in COLUMNS:
        for campaign, frame in study.campaigns.items():
            if re.fullmatch(rf"\d{{4}}-\d{{2}}-(?:{column.suites})", campaign):
                for claim, text in _of(column, campaign, frame[frame["outcome"] != NOT_TESTED]):
                    found.setdefault(claim, []).append(text)
    return {claim: "; ".join(texts) for claim, texts in found.items()}


def _of(column: Column, campaign: str, frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    by_criterion = bool(frame[column.criterion].notna().any())
    own = frame[frame["converter"].astype(str).str.startswith(column.converter) & by_criterion]
    for converter, models in own.groupby(own["converter"].astype(str)):
        rows = _rows(models, column.criterion)
        where = f"{converter}, {campaign}"
        for row in PRINTED_ROWS:
            text = _share(int((rows == row).sum()), len(rows), where)
            yield f"t11.{row}.{column.name}", text
            yield f"t11.{row}.{column.name}.share", text
        kind = column.name.rpartition(".")[2]
        yield f"f8.{kind}.mismatch.share", _share(int((rows == MISMATCH).sum()), len(rows), where)
        if kind == "synthetic":
            converted = rows != CONVERSION_FAILURE
            loaded = converted & (rows != LOAD_FAILURE)
            yield "s62.synthetic.conversion_failures.share", _share(int((~converted).sum()), len(rows), where)
            yield "s62.synthetic.converted.share", _share(int(converted.sum()), len(rows), where)
            if converted.any():
                yield "s62.synthetic.loaded.share", _share(int(loaded.sum()), int(converted.sum()), where)


def _rows(models: pd.DataFrame, criterion: str) -> pd.Series:
    """Row of Table 11 of each model; other outcomes, such as outputs that were not compared, in a row of their own."""
    outcome = models["outcome"].astype(str).replace({RUN_FAILURE: LOAD_FAILURE})
    compared = models[criterion].astype("string")
    return outcome.mask(compared.isin([MISMATCH, SUCCESS]).fillna(False), compared)


def _share(count: int, n: int, where: str) -> str:
    share, low, high = wilson(count, n)
    return f"{share_text(share, low, high)} of {n:,} ({where})"
