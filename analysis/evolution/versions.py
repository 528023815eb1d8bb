"""The same models through successive versions of one exporter, everything else as it is: what was mended, what was broken.

Campaigns of one operator set whose names end in a version; each model is its own control (see `analysis.evolution.experiment`).
"""

from collections.abc import Mapping
from typing import NamedTuple

import pandas as pd

from analysis.evolution.experiment import CONVERTED, RIGHT, outcomes
from datapackage.conversions import CONVERSION_FAILURE
from methods.repeated import CochranQ, cochran_q, shares, steps


class Versions(NamedTuple):
    """What an exporter's versions do with the same models.

    Attributes
    ----------
    converter : str
        The exporter.
    versions : list of str
        In their order.
    shares : DataFrame
        question, condition (version), count, n, share, low, high (Wilson's interval).
    tests : dict
        Question → Cochran's Q over the versions; none where fewer than two versions, or no model, can be compared.
    steps : DataFrame
        question, and columns of `methods.repeated.steps`: each version against the one before, within models.
    failures : DataFrame
        version, error_class, count: what models fail to convert on, the commonest first.
    """

    converter: str
    versions: list[str]
    shares: pd.DataFrame
    tests: dict[str, CochranQ]
    steps: pd.DataFrame
    failures: pd.DataFrame


def compare_versions(campaigns: Mapping[tuple[str, str], pd.DataFrame]) -> list[Versions]:
    """Compare the versions of each exporter that has at least two.

    Parameters
    ----------
    campaigns : mapping of (str, str) to DataFrame
        Campaigns by exporter and version; see `analysis.dataset.Study.version_campaigns`.

    Returns
    -------
    list of Versions
        By exporter. Models that one of the versions was not tested with are left out.
    """
    exporters = sorted({exporter for exporter, _ in campaigns})
    return [_compare(name, campaigns) for name in exporters if sum(exporter == name for exporter, _ in campaigns) > 1]


def _compare(converter: str, campaigns: Mapping[tuple[str, str], pd.DataFrame]) -> Versions:
    own = {version: frame for (exporter, version), frame in campaigns.items() if exporter == converter}
    ordered = sorted(own, key=_parts)
    frame = pd.concat([own[version].assign(version=version) for version in ordered])
    frame["version"] = pd.Categorical(frame["version"], ordered)
    failed = frame.loc[frame["outcome"].astype(str) == CONVERSION_FAILURE, ["version", "error_class"]].astype(str)
    converted, right = outcomes(frame, by="version")
    tables = {CONVERTED: converted, RIGHT: right}
    return Versions(
        converter,
        ordered,
        pd.concat([shares(table).assign(question=name) for name, table in tables.items()], ignore_index=True),
        {name: cochran_q(table) for name, table in tables.items() if len(table) and table.shape[1] > 1},
        pd.concat([steps(table).assign(question=name) for name, table in tables.items()], ignore_index=True),
        failed.value_counts().reset_index(),
    )


def _parts(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split("."))
