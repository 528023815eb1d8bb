"""What the chapter on RQ3 is made of: each analysis once, shared by its tables, its figures and its text."""

from collections.abc import Mapping
from concurrent.futures import Executor, Future
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import pandas as pd

from analysis.dataset import Study
from analysis.evolution import pipeline, rates
from analysis.evolution.claims import described_tests, release_tables
from analysis.evolution.multiverse import Curve, drivers, specification_curve
from analysis.evolution.pipeline import Options
from analysis.evolution.verdict import by_margin
from methods.correlation import Correlation, bootstrap_interval, permutation_p


@dataclass(frozen=True)
class Results:
    """Everything that the chapter shows, each part computed when first asked for."""

    study: Study
    _begun: list[Future[Curve]] = field(default_factory=list, compare=False, repr=False)

    def begin(self, elsewhere: Executor) -> None:
        """Begin the specification curve in another process: drawn null distributions take longer than all else."""
        self._begun.append(elsewhere.submit(specification_curve, self.study.failures, self.study.opsets))

    @cached_property
    def tests(self) -> Mapping[str, Correlation]:
        """The tests as described, by claim."""
        return described_tests(self.study)

    @cached_property
    def described(self) -> dict[str, pd.DataFrame]:
        """Releases that enter the described tests, by claim."""
        tables = release_tables(self.study)
        return {claim: pipeline.tested(tables(options)) for claim, options in pipeline.DESCRIBED.items()}

    @cached_property
    def bootstrap(self) -> dict[str, tuple[float, float]]:
        """Bootstrap intervals of the described tests, by claim."""
        return {claim: bootstrap_interval(t["size"], t["value"]) for claim, t in self.described.items()}

    @cached_property
    def one_sided(self) -> dict[str, float]:
        """P-values of the described tests against positive correlations alone, by claim."""
        tables = self.described.items()
        return {claim: permutation_p(t["size"], t["value"], alternative="greater")[0] for claim, t in tables}

    @cached_property
    def table(self) -> pd.DataFrame:
        """Releases as described; see `analysis.evolution.pipeline.per_release`."""
        return release_tables(self.study)(Options())

    @cached_property
    def models(self) -> dict[str, pd.DataFrame]:
        """Count models by column of the table."""
        apart = release_tables(self.study)(Options(merged=False))
        return {
            "all failures": rates.rate_models(self.table),
            "incompatibility or type problems": rates.rate_models(self.table, "incompatibility_or_type"),
            "all failures, none merged": rates.rate_models(apart),
        }

    @cached_property
    def influence(self) -> pd.DataFrame:
        """See `analysis.evolution.rates.leave_one_out`."""
        return rates.leave_one_out(self.table)

    @cached_property
    def variations(self) -> pd.DataFrame:
        """See `analysis.evolution.pipeline.variations`."""
        return pipeline.variations(self.study.failures["converter"].cat.categories, release_tables(self.study))

    @cached_property
    def margins(self) -> pd.DataFrame:
        """See `analysis.evolution.verdict.by_margin`."""
        names = {"s61.rho.all": "all failures", "s61.rho.incompat_type": "incompatibility and type problems"}
        return by_margin({names[claim]: test for claim, test in self.tests.items()})

    @cached_property
    def curve(self) -> Curve:
        """See `analysis.evolution.multiverse.specification_curve`."""
        if self._begun:
            return self._begun[0].result()
        return specification_curve(self.study.failures, self.study.opsets)

    @cached_property
    def drivers(self) -> pd.DataFrame:
        """See `analysis.evolution.multiverse.drivers`."""
        return drivers(self.curve.specifications)


def named_row(frame: pd.DataFrame, name: str) -> pd.Series:
    """Return the row of a name."""
    return frame[frame.index == name].iloc[0]


@lru_cache(maxsize=1)
def results_of(study: Study) -> Results:
    """Return the results of a study; of the last one asked for they are kept, since the chapter and the explorer share them."""
    return Results(study)
