"""An issue's final label: what all raters of its last round say, or what was decided after them."""

from dataclasses import replace
from pathlib import Path

import pytest

from labelling.finals import Standing, standings
from labelling.labels import Label
from labelling.project import DRIFT, RETEST, SAMPLE, Assignment, Project, Round
from labelling.record import keep
from tests.labelling.conftest import draw_sample

FIRST, SECOND = "pytorch/pytorch#9000001", "pytorch/pytorch#9000002"
ANN = Label("autumn", "main", FIRST, "ann", "crash", "type_problem", "tensor", "export", unsure=False, rationale="so it says",
            time="2026-11-02T09:30:00Z", tool="sheet")  # fmt: skip
BOB = replace(ANN, rater="bob", unsure=True, rationale="likewise")
DECIDED = replace(ANN, round="adjudication", rater="consensus", symptom="hang", decided_by="ann and bob")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    draw_sample(tmp_path / "store", "autumn", [("torch.onnx", FIRST), ("torch.onnx", SECOND)])
    return Project(tmp_path / "store", "autumn")


def give(
    project: Project, *raters: str, name: str = "main", number: int = 1, role: str = SAMPLE, kind: str = "human"
) -> None:
    given = {rater: (Assignment(FIRST, role),) for rater in raters}
    project.add_round(Round(name, number, 7, given, kind))


def standing(project: Project, *labels: Label) -> Standing:
    """Return where the first issue stands when these labels came in, one after the other."""
    for number, label in enumerate(labels):
        source = project.store / f"{number}.csv"
        source.write_text(f"{number} {label}", encoding="utf-8")
        keep(project, source, [label])
    first, second = standings(project)
    assert second == Standing(SECOND, "waiting", ()), "nobody got it"
    return first


def test_it_waits_for_who_has_not_labelled_it(project: Project) -> None:
    give(project, "ann", "bob", "eve")
    assert standing(project) == Standing(FIRST, "waiting", (), waits_for=("ann", "bob", "eve"))
    found = standing(project, BOB)
    assert found == Standing(FIRST, "waiting", (replace(BOB, revision=1),), waits_for=("ann", "eve"))
    assert (found.unsure, found.final) == (True, None)


def test_one_raters_label_is_agreed_upon(project: Project) -> None:
    give(project, "ann")
    mine = replace(ANN, revision=1)
    assert standing(project, ANN) == Standing(FIRST, "agreed", (mine,), mine)


def test_equal_codes_agree_whatever_else_differs(project: Project) -> None:
    give(project, "ann", "bob")
    mine, other = replace(ANN, revision=1), replace(BOB, revision=1)
    assert standing(project, ANN, BOB) == Standing(FIRST, "agreed", (mine, other), mine)


@pytest.mark.parametrize("change", [{"symptom": "hang"}, {"cause_detail": "node"}, {"location": "import"}])
def test_one_code_that_differs_is_a_dispute(change: dict[str, str], project: Project) -> None:
    give(project, "ann", "bob", "eve")
    labels = (ANN, BOB, replace(ANN, rater="eve", **change))
    wanted = Standing(FIRST, "disputed", tuple(replace(label, revision=1) for label in labels))
    assert standing(project, *labels) == wanted


def test_the_last_label_of_a_rater_counts(project: Project) -> None:
    give(project, "ann", "bob")
    assert standing(project, replace(ANN, symptom="hang"), BOB, ANN).state == "agreed"


def test_a_decision_counts_until_a_rater_changes_a_label(project: Project) -> None:
    give(project, "ann", "bob")
    other = replace(BOB, symptom="hang")
    labels = (replace(ANN, revision=1), replace(other, revision=1))
    assert standing(project, ANN, other, DECIDED) == Standing(
        FIRST, "adjudicated", labels, replace(DECIDED, revision=1)
    )
    # the first rater's change is later, the second's label is not
    later = replace(ANN, location="import")
    assert standing(project, ANN, other, DECIDED, later) == Standing(
        FIRST, "stale", (replace(later, revision=2), labels[1])
    )


def test_the_last_round_in_which_people_got_it_as_part_of_the_sample_counts(project: Project) -> None:
    give(project, "ann", name="trial", number=1)
    give(project, "bob", name="main", number=2)
    give(project, "ann", name="drift", number=3, role=DRIFT)
    give(project, "bob", name="again", number=4, role=RETEST)
    give(project, "bot", name="robots", number=5, kind="machine")
    trial = replace(ANN, round="trial", symptom="hang")
    drift = replace(ANN, round="drift", symptom="unreported")
    machine = replace(ANN, round="robots", rater="bot", symptom="unreported")
    assert standing(project, trial, drift, machine) == Standing(FIRST, "waiting", (), waits_for=("bob",))
    mine = replace(BOB, revision=1)
    assert standing(project, trial, BOB, drift, machine) == Standing(FIRST, "agreed", (mine,), mine)
