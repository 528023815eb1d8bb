"""How far raters agree, with each other, with what was agreed before (drift) and with themselves (retest), and what follows.

The coefficients are those of `methods.agreement`. What to do next follows from stated rules (`RULES`), first hit wins.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import combinations

import pandas as pd

from datapackage.codebook import Codebook
from labelling.labels import DIMENSIONS, REQUIRED, Label
from labelling.project import DRIFT, RETEST, SAMPLE, Round
from methods.agreement import agreement

POOLED = "pooled"
FEW, RELIABLE, TENTATIVE, CONCENTRATED = 20, 0.8, 2 / 3, 1 / 3
COLUMNS = ["comparison", "dimension", "group", "first", "second", "coefficient", "value", "low", "high", "n", "codes"]
Codes = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class Comparison:
    """Two sets of codes of the same issues.

    Attributes
    ----------
    kind : str
        ``raters``, ``drift``, ``retest`` or ``machine``.
    first, second : str
        Whose.
    codes : mapping
        Issue → (first's codes, second's codes), each by dimension.
    """

    kind: str
    first: str
    second: str
    codes: Mapping[str, tuple[Mapping[str, str], Mapping[str, str]]]

    def pairs(self, dimension: str, issues: Iterable[str] | None = None) -> list[tuple[str, str]]:
        """Return the two codes of each issue on which both have one in this dimension.

        Details are compared where the causes are the same: a detail of another cause is another cause's disagreement.
        """
        chosen = self.codes if issues is None else [issue for issue in issues if issue in self.codes]
        both = [self.codes[issue] for issue in chosen]
        if dimension == "cause_detail":
            both = [(one, other) for one, other in both if one.get("cause") == other.get("cause")]
        return [(one[dimension], other[dimension]) for one, other in both if dimension in one and dimension in other]


def raters(occasion: Round, labels: Sequence[Label]) -> list[Comparison]:
    """Compare every two raters of a round on the issues of the sample that both labelled."""
    own = _codes(occasion, labels, SAMPLE)
    return [
        Comparison("raters", one, other, _both(own[one], own[other]))
        for one, other in combinations(occasion.raters, 2)
        if own[one].keys() & own[other].keys()
    ]


def drift(occasion: Round, labels: Sequence[Label], agreed: Codes) -> list[Comparison]:
    """Compare each rater with the labels that were agreed on in an earlier sample.

    Parameters
    ----------
    occasion : Round
        The round.
    labels : sequence of Label
        Last revisions.
    agreed : mapping
        Issue → agreed codes by dimension.
    """
    own = _codes(occasion, labels, DRIFT)
    return [Comparison("drift", "agreed", name, _both(agreed, codes)) for name, codes in own.items() if codes]


def retest(occasion: Round, labels: Sequence[Label], rounds: Sequence[Round]) -> list[Comparison]:
    """Compare each rater with the rater's own labels of the last earlier round that had the issue."""
    own = _codes(occasion, labels, RETEST)
    numbers = {each.name: each.number for each in rounds}
    found = []
    for name, codes in own.items():
        earlier: dict[str, Mapping[str, str]] = {}
        mine = [label for label in labels if label.rater == name and numbers.get(label.round, 0) < occasion.number]
        for label in sorted(mine, key=lambda label: numbers.get(label.round, 0)):
            earlier[label.issue] = label.codes
        if codes:
            found.append(Comparison("retest", f"{name}, earlier", name, _both(earlier, codes)))
    return found


def machines(rounds: Sequence[Round], labels: Sequence[Label], final: Codes) -> list[Comparison]:
    """Compare each machine with what people agreed on or decided: the final labels of the sample, drift issues left out.

    Parameters
    ----------
    rounds : sequence of Round
        All rounds of the sample.
    labels : sequence of Label
        Last revisions.
    final : mapping
        Issue → final codes by dimension.
    """
    found = []
    for each in rounds:
        if each.kind == "machine":
            for name, codes in _codes(each, labels, SAMPLE).items():
                if both := _both(final, codes):
                    found.append(Comparison("machine", "people", name, both))
    return found


def with_current_codes(labels: Iterable[Label], codebook: Codebook) -> list[Label]:
    """Replace retired codes of labels by what took their place, so that they compare with later labels.

    A code that was split stays: nobody but the rater can say which part it would be, and it agrees with none. A detail goes with
    its cause.
    """
    return [_current(label, codebook) for label in labels]


def _current(label: Label, codebook: Codebook) -> Label:
    given = {name: getattr(label, name) for name in REQUIRED}
    today = {name: codebook[name].current(code) or code for name, code in given.items()}
    if today == given:
        return label
    detail = label.cause_detail if today["cause"] == label.cause else ""
    return replace(
        label, symptom=today["symptom"], cause=today["cause"], location=today["location"], cause_detail=detail
    )


def _codes(occasion: Round, labels: Sequence[Label], role: str) -> dict[str, dict[str, Mapping[str, str]]]:
    wanted = {name: set(occasion.assigned(name, role)) for name in occasion.raters}
    found: dict[str, dict[str, Mapping[str, str]]] = {name: {} for name in occasion.raters}
    for label in labels:
        if label.round == occasion.name and label.issue in wanted.get(label.rater, ()):
            found[label.rater][label.issue] = label.codes
    return found


def _both(first: Codes, second: Codes) -> dict[str, tuple[Mapping[str, str], Mapping[str, str]]]:
    return {issue: (first[issue], second[issue]) for issue in sorted(first.keys() & second.keys())}


def coefficients(comparisons: Sequence[Comparison], converters: Mapping[str, str]) -> pd.DataFrame:
    """Compute percent agreement, κ, α and AC1 with 95 % intervals.

    Parameters
    ----------
    comparisons : sequence of Comparison
        See `raters`, `drift`, `retest`.
    converters : mapping
        Issue → converter; issues that it lacks count in the pooled rows alone.

    Returns
    -------
    DataFrame
        Columns `COLUMNS`; one row per comparison, dimension, group (a converter, or ``pooled``) and coefficient. The detail is
        compared where both gave one, of the same cause.
    """
    parts = []
    for each in comparisons:
        groups: dict[str, list[str] | None] = {}
        for issue in each.codes:
            if issue in converters:
                groups.setdefault(converters[issue], []).append(issue)  # type: ignore[union-attr]
        groups = dict(sorted(groups.items())) if len(groups) > 1 else {}
        for dimension in DIMENSIONS:
            for group, issues in {**groups, POOLED: None}.items():
                pairs = each.pairs(dimension, issues)
                if pairs:
                    frame = agreement([one for one, _ in pairs], [other for _, other in pairs]).reset_index()
                    key = {"comparison": each.kind, "dimension": dimension, "group": group}
                    parts.append(frame.assign(**key, first=each.first, second=each.second))
    return pd.concat(parts, ignore_index=True)[COLUMNS] if parts else pd.DataFrame(columns=COLUMNS)


def confused(comparisons: Sequence[Comparison], dimension: str) -> list[tuple[tuple[str, str], int]]:
    """Return the pairs of codes that were taken for each other, in either direction, with how often; most often first."""
    counts = Counter(
        (min(pair), max(pair)) for each in comparisons for pair in each.pairs(dimension) if pair[0] != pair[1]
    )
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


@dataclass(frozen=True, slots=True)
class Evidence:
    """What a recommendation rests on: the pooled α of two raters with its interval, and their confusions."""

    n: int
    agreed: int
    alpha: float
    low: float
    worst: tuple[str, str] | None
    share: float
    count: int


def _too_few(found: Evidence) -> bool:
    return found.n < FEW


def _go_on(found: Evidence) -> bool:
    return found.agreed == found.n or (found.alpha >= RELIABLE and found.low >= TENTATIVE)


def _refine(found: Evidence) -> bool:
    return found.count >= 3 and found.share >= CONCENTRATED


def _train(found: Evidence) -> bool:
    return not found.alpha >= TENTATIVE  # an undefined α is no agreement


RULES: tuple[tuple[str, Callable[[Evidence], bool], str], ...] = (
    ("label_more", _too_few, f"fewer than {FEW} issues in common decide nothing: label more in common"),
    ("go_on", _go_on, "α is at least 0.80 and its interval lies above 0.67: go on"),
    ("refine", _refine, "one pair of codes makes a third of the disagreements: refine the rule between the two"),
    ("train", _train, "α is below 0.67: discuss the disagreements, train again, label a new round"),
    ("go_on_with_care", lambda _: True, "α is tentative (0.67 and more): go on, and adjudicate every disagreement"),
)
"""Name, test, words. The bounds 0.80 and 0.67 are Krippendorff's (2004, Content Analysis, 2nd ed., p. 241)."""


@dataclass(frozen=True, slots=True)
class Recommendation:
    """What to do about a dimension: the rule that hit, in words, and the codes to separate, if any."""

    first: str
    second: str
    dimension: str
    rule: str
    words: str
    codes: tuple[str, str] | None


def recommend(comparison: Comparison, table: pd.DataFrame) -> list[Recommendation]:
    """Say for each dimension what to do next.

    Parameters
    ----------
    comparison : Comparison
        Two raters.
    table : DataFrame
        Their `coefficients`.
    """
    found = []
    for dimension in REQUIRED:
        pairs = comparison.pairs(dimension)
        mine = table[(table["first"] == comparison.first) & (table["second"] == comparison.second)]
        mine = mine[(mine["dimension"] == dimension) & (mine["group"] == POOLED) & (mine["coefficient"] == "alpha")]
        if not pairs or mine.empty:
            continue
        worst = confused([comparison], dimension)
        differing = sum(count for _, count in worst)
        alpha = mine.iloc[0]
        pair, count = worst[0] if worst else (None, 0)
        evidence = Evidence(
            len(pairs), len(pairs) - differing, float(alpha["value"]), float(alpha["low"]), pair,
            count / differing if differing else 0.0, count,
        )  # fmt: skip
        rule, _, words = next(each for each in RULES if each[1](evidence))
        codes = pair if rule == "refine" else None
        found.append(Recommendation(comparison.first, comparison.second, dimension, rule, words, codes))
    return found


def separating_rules(codebook: Codebook, dimension: str, codes: tuple[str, str]) -> list[str]:
    """Return the decision rules of two codes, which should separate them, as ``Name: rule``."""
    found = []
    for slug in codes:
        if dimension == "cause_detail":
            owners = [detail for detail in codebook.details.values() if slug in detail.slugs]
            code = owners[0][slug]
        else:
            code = next(
                each for each in (*codebook[dimension].codes, *codebook[dimension].retired) if each.slug == slug
            )
        found.append(f"{code.name}: {' '.join(code.rule.split())}")
    return found
