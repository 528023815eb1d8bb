"""Drawing samples that anybody can draw again, in any year, on any machine, in any language.

The order of drawing is the order of the SHA-256 digests, in lower-case hexadecimal, of the UTF-8 bytes of the seed
(decimal digits), a line feed and the issue's name in lower case. No generator, no platform, no version enters it. An
issue's place depends on nothing but itself and the seed; so a sample of 50 is the beginning of the sample of 100.
"""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.converters import Converter
from mining.records import Issue

METHOD = (
    "ascending SHA-256 of '<seed>\\n<issue in lower case>' in UTF-8; in strata: largest remainder (Hamilton), "
    "remainders that tie by stratum name"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """One issue of a sample.

    Attributes
    ----------
    issue, converter : str
        Which.
    population_rank : int
        Position in the filtered population of its converter, 0 the newest.
    created : str
        Day of opening (UTC).
    stratum : str
        Empty without strata.
    draw : int
        Order of drawing within the converter, from 1.
    """

    issue: str
    converter: str
    population_rank: int
    created: str
    stratum: str
    draw: int


def draw_key(seed: int, issue: str) -> str:
    """Return the text that orders the draws (see the module)."""
    return hashlib.sha256(f"{seed}\n{issue.lower()}".encode()).hexdigest()


def stratum_of_year(issue: Issue, _: Converter) -> str:
    """Return the year of opening."""
    return issue.created[:4]


def stratum_of_label(issue: Issue, converter: Converter) -> str:
    """Return the labels besides the converter's own, sorted, joined by `` + ``; ``(none)`` without any."""
    own = {label.casefold() for label in converter.labels}
    return " + ".join(sorted(label for label in issue.label_names if label.casefold() not in own)) or "(none)"


STRATA: Mapping[str, Callable[[Issue, Converter], str]] = {"year": stratum_of_year, "label": stratum_of_label}
"""Ways to form strata, by name."""


def allocate(sizes: Mapping[str, int], n: int) -> dict[str, int]:
    """Share `n` draws among strata in proportion to their sizes: the largest-remainder method (Hamilton).

    Parameters
    ----------
    sizes : mapping
        Stratum → issues in it.
    n : int
        Draws; at most the sum of sizes.

    Returns
    -------
    dict
        Stratum → draws; sums to `n`, never exceeds a stratum's size. Computed in exact fractions.
    """
    total = sum(sizes.values())
    if not total:
        return dict.fromkeys(sizes, 0)
    quotas = {name: Fraction(n * size, total) for name, size in sizes.items()}
    shares = {name: int(quota) for name, quota in quotas.items()}
    by_remainder = sorted(quotas, key=lambda name: (shares[name] - quotas[name], name))
    for name in by_remainder[: n - sum(shares.values())]:
        shares[name] += 1
    return shares


def newest_first(population: Iterable[Issue]) -> list[Issue]:
    """Return issues by time of opening, the order of `Drawn.population_rank`."""
    return sorted(population, key=lambda issue: (issue.created, issue.order), reverse=True)


def draw(
    population: Sequence[Issue],
    converter: Converter,
    n: int,
    seed: int,
    *,
    stratify: str | None,
    taken: Collection[str],
) -> list[Drawn]:
    """Draw `n` issues of one converter's filtered population.

    Parameters
    ----------
    population : sequence of Issue
        The filtered population; its order doesn't matter.
    converter : Converter
        Whose.
    n : int
        How many.
    seed : int
        Any whole number from 0.
    stratify : {None, 'year', 'label'}
        Strata among which the draws are shared in proportion.
    taken : collection of str
        Issues that mustn't be drawn, because another sample has them.

    Returns
    -------
    list of Drawn
        In order of drawing.

    Raises
    ------
    InputError
        Fewer than `n` issues can be drawn.
    """
    blocked = {issue.lower() for issue in taken}
    ordered = newest_first(population)
    ranks = {issue.issue: rank for rank, issue in enumerate(ordered)}
    eligible = [issue for issue in ordered if issue.issue.lower() not in blocked]
    if n > len(eligible):
        message = f"asks for more than the {len(eligible)} issues of {converter.name} that can be drawn"
        message += f" ({len(population)} in the population, the others are in samples already)" if blocked else ""
        raise InputError([Fault("--n", message + "; ask for fewer", value=str(n), reason=Reason.SAMPLE_TOO_LARGE)])
    stratum = STRATA[stratify] if stratify else lambda *_: ""
    strata = {issue.issue: stratum(issue, converter) for issue in eligible}
    left = allocate(Counter(strata.values()), n)
    drawn: list[Drawn] = []
    for issue in sorted(eligible, key=lambda candidate: draw_key(seed, candidate.issue)):
        name = strata[issue.issue]
        if left[name]:
            left[name] -= 1
            drawn.append(
                Drawn(issue.issue, converter.name, ranks[issue.issue], issue.created[:10], name, len(drawn) + 1)
            )
    return drawn


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sample is drawn.

    Attributes
    ----------
    name : str
        The sample's name.
    n : int
        Issues a converter.
    seed : int
        Any whole number from 0.
    filter : str
        Name of the filter whose issues make up the population.
    stratify : {None, 'year', 'label'}
        Strata.
    taken : frozenset of str
        Issues that mustn't be drawn.
    overlap_allowed : bool
        Whether issues of other samples may be drawn.
    """

    name: str
    n: int
    seed: int
    filter: str
    stratify: str | None
    taken: frozenset[str]
    overlap_allowed: bool


@dataclass(frozen=True, slots=True)
class Source:
    """What one converter's part of a sample is drawn from.

    Attributes
    ----------
    converter : Converter
        Whose.
    population : sequence of Issue
        The filtered population.
    archive_sha256 : str
        Hash of the archive behind it.
    missing : str
        What the archive lacks of what GitHub counts, in words; empty where it is complete.
    """

    converter: Converter
    population: Sequence[Issue]
    archive_sha256: str
    missing: str


def manifest(plan: Plan, sources: Sequence[Source], drawn: Sequence[Drawn]) -> str:
    """Return the manifest that stands beside a sample: everything needed to draw it again, as JSON."""
    document = {
        "sample": plan.name, "seed": plan.seed, "filter": plan.filter, "stratify": plan.stratify, "method": METHOD,
        "overlap_allowed": plan.overlap_allowed,
        "converters": {source.converter.name: _drawing(plan, source, drawn) for source in sources},
    }  # fmt: skip
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def _drawing(plan: Plan, source: Source, drawn: Sequence[Drawn]) -> dict[str, object]:
    names = sorted(issue.issue for issue in source.population)
    taken = {name.lower() for name in plan.taken}
    own = [row for row in drawn if row.converter == source.converter.name]
    return {
        "archive_sha256": source.archive_sha256,
        "archive_lacks": source.missing,
        "population": len(names),
        "population_sha256": hashlib.sha256("\n".join(names).encode()).hexdigest(),
        "already_in_samples": sum(name.lower() in taken for name in names),
        "drawn": len(own),
        "strata": dict(sorted(Counter(row.stratum for row in own).items())),
    }
