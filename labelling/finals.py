"""From raters' labels to the final label of each issue: agreed, adjudicated, or still open, and why.

A final label is what all raters of the issue's last round say alike, or what an adjudication after them decided. What a
machine says never counts.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from labelling.labels import Label
from labelling.project import SAMPLE, Project, Round
from labelling.record import read_labels

ADJUDICATION, CONSENSUS = "adjudication", "consensus"
AGREED, ADJUDICATED, DISPUTED, WAITING, STALE = "agreed", "adjudicated", "disputed", "waiting", "stale"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where an issue stands.

    Attributes
    ----------
    issue : str
        Which.
    state : str
        ``agreed``, ``adjudicated``, ``disputed``, ``waiting`` (for raters, or nobody got it), ``stale`` (labelled again after
        its adjudication).
    labels : tuple of Label
        The raters' labels of the last round.
    final : Label or None
        The label that counts, where there is one.
    waits_for : tuple of str
        Raters who haven't labelled it.
    """

    issue: str
    state: str
    labels: tuple[Label, ...]
    final: Label | None = None
    waits_for: tuple[str, ...] = ()

    @property
    def unsure(self) -> bool:
        """Whether a rater marked it."""
        return any(label.unsure for label in self.labels)


def standings(project: Project) -> list[Standing]:
    """Return where each issue of the sample stands, in order of drawing."""
    rounds = [each for each in project.rounds() if each.kind == "human"]
    record = read_labels(project)
    positions: dict[tuple[str, str, str, str], int] = {}
    current: dict[tuple[str, str, str, str], Label] = {}
    for position, label in enumerate(record):  # in the order of recording: the last one counts
        positions[label.key], current[label.key] = position, label
    return [_standing(project.sample, each.issue, rounds, current, positions) for each in project.issues()]


def _standing(
    sample: str, issue: str, rounds: Sequence[Round], current: dict[tuple[str, str, str, str], Label],
    positions: dict[tuple[str, str, str, str], int],
) -> Standing:  # fmt: skip
    given = [(each, raters) for each in rounds if (raters := _raters(each, issue))]
    if not given:
        return Standing(issue, WAITING, ())
    last, raters = given[-1]
    keys = [(sample, last.name, issue, rater) for rater in raters]
    labels = tuple(current[key] for key in keys if key in current)
    lacking = tuple(key[3] for key in keys if key not in current)
    if lacking:
        return Standing(issue, WAITING, labels, waits_for=lacking)
    decided = (sample, ADJUDICATION, issue, CONSENSUS)
    if decided in current:
        later = positions[decided] > max(positions[key] for key in keys)
        state = ADJUDICATED if later else STALE
        return Standing(issue, state, labels, current[decided] if later else None)
    if all(label.codes == labels[0].codes for label in labels):
        return Standing(issue, AGREED, labels, labels[0])
    return Standing(issue, DISPUTED, labels)


def _raters(each: Round, issue: str) -> list[str]:
    return [rater for rater in each.raters if issue in each.assigned(rater, SAMPLE)]
