"""Who labels what, in which order: chosen by hashes, so that it can be told again from the seed.

The order is that of the SHA-256 digests of seed, purpose and issue, as for samples (`mining.sampling`). A rater cannot tell
drift and retest issues from the others: they stand among them, and nothing in the sheet differs.
"""

import hashlib
from collections.abc import Collection, Mapping, Sequence

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from labelling.project import DRIFT, RETEST, SAMPLE, Assignment, SampleIssue


def order_key(seed: int, purpose: str, issue: str) -> str:
    """Return the text that orders issues for a purpose (see the module)."""
    return hashlib.sha256(f"{seed}\n{purpose}\n{issue.lower()}".encode()).hexdigest()


def ordered(issues: Collection[str], seed: int, purpose: str) -> list[str]:
    """Return issues in the order of their hashes."""
    return sorted(issues, key=lambda issue: order_key(seed, purpose, issue))


def spread(issues: Sequence[SampleIssue], seed: int, purpose: str) -> list[str]:
    """Return issues in an order of which any beginning holds each converter in its share, to within an issue."""
    groups: dict[str, list[str]] = {}
    for each in issues:
        groups.setdefault(each.converter, []).append(each.issue)
    places = [
        ((position + 0.5) / len(names), converter, issue)
        for converter, names in groups.items()
        for position, issue in enumerate(ordered(names, seed, purpose))
    ]
    return [issue for *_, issue in sorted(places)]


def assign(
    issues: Sequence[SampleIssue],
    raters: Sequence[str],
    *,
    seed: int,
    overlap: int | None = None,
    drift: Sequence[str] = (),
    retest: Mapping[str, Sequence[str]] | None = None,
) -> dict[str, tuple[Assignment, ...]]:
    """Share a round's issues among raters.

    Parameters
    ----------
    issues : sequence of SampleIssue
        The sample's issues of this round.
    raters : sequence of str
        Pseudonyms.
    seed : int
        Seed of choice and order.
    overlap : int, optional
        How many issues every rater gets; the others go to one rater each, in turn. All of them by default.
    drift : sequence of str
        Issues with agreed labels of an earlier sample, for every rater.
    retest : mapping, optional
        Rater → issues that the rater labelled in an earlier round.

    Returns
    -------
    dict
        Rater → issues in the rater's own order, with their roles.

    Raises
    ------
    InputError
        More issues are to overlap than there are.
    """
    if overlap is not None and overlap > len(issues):
        message = f"asks for more than the {len(issues)} issues of the round"
        raise InputError([Fault("--overlap", message, value=str(overlap), reason=Reason.TOO_MANY)])
    dealt = spread(issues, seed, "overlap")
    common = len(dealt) if overlap is None else overlap
    shares = {rater: dealt[:common] + dealt[common + place :: len(raters)] for place, rater in enumerate(raters)}
    assigned = {}
    for rater, own in shares.items():
        roles = dict.fromkeys(own, SAMPLE) | dict.fromkeys(drift, DRIFT)
        roles |= dict.fromkeys([issue for issue in (retest or {}).get(rater, ()) if issue not in roles], RETEST)
        assigned[rater] = tuple(Assignment(issue, roles[issue]) for issue in ordered(roles, seed, f"order {rater}"))
    return assigned
