"""RQ3's claims: Fig. 5, the correlations of §6.1.2, Finding 7, and the day on which the data was collected."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import lru_cache

import pandas as pd

from analysis.claims.chapter import ClaimChapter, Contradiction, Mechanism
from analysis.claims.printed import Value
from analysis.dataset import Study
from analysis.evolution.pipeline import DESCRIBED, ReleaseTables
from analysis.evolution.readings import chance_match, search
from analysis.evolution.releases import observation
from analysis.evolution.verdict import verdict, verdict_by_significance
from datapackage.tables import records
from methods.correlation import Correlation

Values = Iterator[tuple[str, Value]]
_FROM_BELOW = "The data bounds the day from below only: it is no earlier than"
_COLLECTED = "s5.collected.date.fig4", "s5.collected.date.t06"


def recompute(study: Study) -> dict[str, Value]:
    """Return the recomputed value of every RQ3 claim that the data can yield."""
    sources = (_opsets, _correlations, _collection)
    return {claim: value for source in sources for claim, value in source(study)}


@lru_cache(maxsize=1)
def release_tables(study: Study) -> ReleaseTables:
    """Count the failures of the study's releases once for all who ask."""
    return ReleaseTables(study.failures, study.opsets)


@lru_cache(maxsize=1)
def searched(study: Study) -> pd.DataFrame:
    """Search the readings of the described procedure once for all who ask; see `analysis.evolution.readings.search`."""
    return search(release_tables(study))


@lru_cache(maxsize=1)
def described_tests(study: Study) -> Mapping[str, Correlation]:
    """Run the tests of §6.1.2 as the paper describes them, by claim."""
    return {claim: release_tables(study).correlate(options) for claim, options in DESCRIBED.items()}


def _opsets(study: Study) -> Values:
    notes = study.opsets[study.opsets["source"] == "release_notes"]
    table = pd.crosstab(notes["opset"], notes["change"]).reindex(columns=["added", "updated"], fill_value=0)
    yield "s5.opsets.n", len(table)
    yield "s5.opsets.additions", int(table["added"].sum())
    yield "s5.opsets.updates", int(table["updated"].sum())
    for row in records(table.reset_index()):
        yield f"fig5.opset{row['opset']}.added", int(row["added"])
        yield f"fig5.opset{row['opset']}.updated", int(row["updated"])


def _correlations(study: Study) -> Values:
    tests = described_tests(study)
    for claim, test in tests.items():
        yield claim, test.rho
    yield "f7.verdict", verdict(list(tests.values()))


def _collection(study: Study) -> Values:
    """Bound the day of collection from below; the bound is a value where it contradicts.

    It is the newest failure, or the latest moment of the issue lists where they are there.
    """
    newest = observation(study.failures).end
    lists = study.archive_table("archive_issues")
    if lists is not None:
        newest = max(newest, pd.Timestamp(str(lists["latest"].max())[:10]))
    printed = study.printed
    for claim in _COLLECTED:
        if pd.Timestamp(printed[claim]) < newest:
            yield claim, f"{newest:%Y-%m-%d} or later"


def _unmerged(study: Study) -> dict[str, Value]:
    claim = "s61.rho.all"
    return {claim: release_tables(study).rho(replace(DESCRIBED[claim], merged=False))}


def _share(study: Study) -> dict[str, Value]:
    claim = "s61.rho.incompat_type"
    return {claim: release_tables(study).rho(replace(DESCRIBED[claim], normalisation="share"))}


def _chance(study: Study) -> str:
    found = searched(study)
    rate = chance_match(found)
    return (
        f"Some of the {len(found)} readings searched gives {100 * rate:.0f} % of all two-digit numbers from 0 to 0.60."
    )


def _not_significant_is_rejected(study: Study) -> dict[str, Value]:
    return {"f7.verdict": verdict_by_significance(list(described_tests(study).values()))}


def _unseen(study: Study) -> Mapping[str, str]:
    there = study.archive_table("archive_issues") is not None
    text = "The newest moment in data.zip of the full archive, which was not at hand when this was written, is later."
    return {"s5.collected.*": text} if there else {}


def _bounded(study: Study) -> Mapping[str, str]:
    there = study.archive_table("archive_issues") is not None
    return {"s5.collected.*": f"{_FROM_BELOW} the newest moment of the downloaded issues."} if there else {}


CLAIMS = ClaimChapter(
    name="RQ3",
    patterns=("fig5.*", "s5.opsets.*", "s61.*", "f7.*", "s5.collected.*"),
    recompute=recompute,
    mechanisms=(
        Mechanism(
            "releases left unmerged",
            "Operator sets 2 to 7 taken release by release, not merged as described, give the printed number.",
            _unmerged,
            chance=_chance,
        ),
        Mechanism(
            "share in place of count",
            "The share of these failures in all failures of a release, not their number, gives the printed number.",
            _share,
            corroborated="The study's notebook saved this very correlation.",
            chance=_chance,
        ),
        Mechanism(
            "not significant read as absent",
            "A correlation that is not significant is taken for none, though its interval does not exclude a medium one.",
            _not_significant_is_rejected,
        ),
    ),
    contradictions=(
        Contradiction(
            "s5.collected.date.fig4",
            "Table 6 prints another day of collection; a recomputed bound is the day on which the newest failure was opened",
            lambda printed: str(printed["s5.collected.date.t06"]),
        ),
    ),
    not_recomputable={
        "s5.collected.*": f"{_FROM_BELOW} the newest failure. Needs data.zip of the full archive (README: make data) for "
        "a closer bound.",
    },
    unseen=_unseen,
    bounded=_bounded,
    decisive=("s61.rho.incompat_type", "f7.verdict"),
    notes={
        "f7.verdict": "Supported would mean that a positive correlation is significant after Holm's correction for the two "
        "outcomes; rejected, that both 95 % intervals end below 0.3 (each a one-sided test at 2.5 %).",
    },
)
