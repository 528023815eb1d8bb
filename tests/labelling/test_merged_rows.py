"""What a merged sample adds to the tables, row by row, and all that keeps it from being merged, at once."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.validation import validate
from labelling.labels import Label
from labelling.merge import merge, merge_machines
from labelling.project import DRIFT, SAMPLE, Assignment, Project, Round
from labelling.record import keep
from tests.labelling.conftest import draw_sample

FIRST, SECOND, THIRD = ISSUES = (
    "onnx/tensorflow-onnx#9000001",
    "pytorch/pytorch#9000002",
    "onnx/tensorflow-onnx#9000003",
)
DRAWN = [("tf2onnx", FIRST), ("torch.onnx", SECOND), ("tf2onnx", THIRD)]
DAY = "2026-11-24"
LABEL = Label("autumn", "first", FIRST, "pilot-1", "crash", "type_problem", "tensor", "export", unsure=False,
              rationale="so it says", time="2026-11-02T09:30:00Z", tool="sheet")  # fmt: skip
OTHERWISE = {"cause": "shape_problem", "cause_detail": ""}


@pytest.fixture
def autumn(tmp_path: Path) -> Project:
    draw_sample(tmp_path / "store", "autumn", DRAWN)
    return Project(tmp_path / "store", "autumn")


def give(
    project: Project, name: str, number: int, raters: dict[str, Iterable[str]], *, role: str = SAMPLE, kind: str = "human",
    tool: str = "",
) -> None:  # fmt: skip
    given = {rater: tuple(Assignment(issue, role) for issue in issues) for rater, issues in raters.items()}
    project.add_round(Round(name, number, 7, given, kind, tool))


def returned(project: Project, *labels: Label) -> None:
    """Keep labels as they come back in one file."""
    source = project.store / f"sheet-{len(list(project.store.glob('sheet-*')))}.csv"
    source.write_text(repr(labels), encoding="utf-8")
    keep(project, source, labels)


@pytest.fixture
def told(small: Path) -> Callable[[Callable[[], object]], tuple[Fault, ...]]:
    """Return what a merge is refused for; the data is as it was."""

    def refused(action: Callable[[], object]) -> tuple[Fault, ...]:
        before = contents(small)
        with pytest.raises(InputError) as caught:
            action()
        assert contents(small) == before
        return caught.value.faults

    return refused


def contents(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text(encoding="utf-8") for path in folder.rglob("*") if path.is_file()}


def added(before: dict[str, str], after: dict[str, str], table: str) -> list[str]:
    """Return the lines of a table that are new, in its order; no line goes."""
    old, new = (files[f"{table}.csv"].splitlines() for files in (before, after))
    assert [line for line in new if line in old] == old
    return [line for line in new if line not in old]


def label_all(project: Project, *raters: str, round_name: str = "first") -> None:
    returned(
        project, *(replace(LABEL, round=round_name, rater=rater, issue=issue) for rater in raters for issue in ISSUES)
    )


def test_a_sample_adds_these_rows_and_no_others(autumn: Project, small: Path) -> None:
    give(autumn, "first", 1, {"pilot-1": ISSUES, "bob": ISSUES, "idle": []})
    give(autumn, "second", 2, {"bob": [FIRST]}, role=DRIFT)
    mine = [replace(LABEL, issue=issue) for issue in ISSUES]
    bob = [replace(label, rater="bob", time="2026-11-05T00:10:00Z") for label in mine]
    returned(autumn, mine[0], replace(mine[1], symptom="hang"), mine[2])
    returned(autumn, replace(bob[0], unsure=True), replace(bob[1], **OTHERWISE), bob[2])
    # the second is seen otherwise later: the symptom and the location stay
    returned(autumn, replace(mine[1], symptom="hang", **OTHERWISE, time="2026-11-06T08:00:00Z"))
    returned(autumn, replace(bob[0], round="second", location="optimization", time="2026-11-04T23:00:00Z"))
    decided = replace(
        mine[1], round="adjudication", rater="consensus", **OTHERWISE, time="2026-11-07T08:00:00Z", decided_by="ann", tool="sheet"
    )  # fmt: skip
    returned(autumn, decided)
    before = contents(small)
    assert merge(autumn, small, DAY) == "1.5.0"
    after = contents(small)
    assert validate(small) == []
    assert added(before, after, "samples") == ["autumn,tf2onnx,500", "autumn,torch.onnx,500"]
    assert added(before, after, "raters") == [
        "bob,human,first,,2026-11-04",
        "consensus,consensus,,,2026-11-07",
    ]  # who is known already is not added; who labelled nothing neither
    days = [",".join([f"2025-{month:02d}-15"] * 3) for month in (1, 2, 3)]
    assert added(before, after, "failures") == [
        f"{FIRST},autumn,tf2onnx,0,{days[0]},crash,type_problem,tensor,export,active,",
        f"{THIRD},autumn,tf2onnx,2,{days[2]},crash,type_problem,tensor,export,active,",
        f"{SECOND},autumn,torch.onnx,1,{days[1]},crash,shape_problem,,export,active,",
    ]
    assert added(before, after, "ratings") == [
        f"autumn,adjudication,{SECOND},consensus,cause,1,shape_problem,,2026-11-07T08:00:00Z,adjudication",
        f"autumn,adjudication,{SECOND},consensus,location,1,export,,2026-11-07T08:00:00Z,adjudication",
        f"autumn,adjudication,{SECOND},consensus,symptom,1,crash,,2026-11-07T08:00:00Z,adjudication",
        *_rated(FIRST, "bob", "crash", "true"),
        *_rated(FIRST, "pilot-1", "crash", "false"),
        *_rated(THIRD, "bob", "crash", "false"),
        *_rated(THIRD, "pilot-1", "crash", "false"),
        f"autumn,first,{SECOND},bob,cause,1,shape_problem,false,2026-11-05T00:10:00Z,sheet",
        f"autumn,first,{SECOND},bob,location,1,export,false,2026-11-05T00:10:00Z,sheet",
        f"autumn,first,{SECOND},bob,symptom,1,crash,false,2026-11-05T00:10:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,cause,1,type_problem,false,2026-11-02T09:30:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,cause,2,shape_problem,false,2026-11-06T08:00:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,cause_detail,1,tensor,false,2026-11-02T09:30:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,cause_detail,2,none,false,2026-11-06T08:00:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,location,1,export,false,2026-11-02T09:30:00Z,sheet",
        f"autumn,first,{SECOND},pilot-1,symptom,1,hang,false,2026-11-02T09:30:00Z,sheet",
        f"autumn,second,{FIRST},bob,cause,1,type_problem,false,2026-11-04T23:00:00Z,sheet",
        f"autumn,second,{FIRST},bob,cause_detail,1,tensor,false,2026-11-04T23:00:00Z,sheet",
        f"autumn,second,{FIRST},bob,location,1,optimization,false,2026-11-04T23:00:00Z,sheet",
        f"autumn,second,{FIRST},bob,symptom,1,crash,false,2026-11-04T23:00:00Z,sheet",
    ]
    assert f"\n## 1.5.0 ({DAY})\n\nSample `autumn`: 3 failures, 9 labels by 2 raters.\n" in after["CHANGELOG.md"]


def _rated(issue: str, rater: str, symptom: str, unsure: str) -> list[str]:
    time = {"bob": "2026-11-05T00:10:00Z", "pilot-1": LABEL.time}[rater]
    codes = {"cause": "type_problem", "cause_detail": "tensor", "location": "export", "symptom": symptom}
    return [
        f"autumn,first,{issue},{rater},{dimension},1,{code},{unsure},{time},sheet" for dimension, code in codes.items()
    ]


def test_each_change_of_a_rating_is_a_revision_of_its_own(autumn: Project, small: Path) -> None:
    """Codes that stay are not rated anew; a doubt that comes or goes is; a detail is taken back and given again."""
    give(autumn, "first", 1, {"bob": ISSUES})
    label_all(autumn, "bob")
    one = replace(LABEL, rater="bob")
    returned(autumn, replace(one, location="optimization"))
    returned(autumn, replace(one, location="load_model", unsure=True))
    returned(autumn, replace(one, **OTHERWISE, unsure=True))
    returned(autumn, replace(one, cause_detail="external", cause="incompatibility", unsure=True))
    before = contents(small)
    merge(autumn, small, DAY)
    rows = [line.split(",") for line in added(before, contents(small), "ratings")]
    assert [row[4:8] for row in rows if row[2] == FIRST] == [
        ["cause", "1", "type_problem", "false"], ["cause", "2", "type_problem", "true"],
        ["cause", "3", "shape_problem", "true"], ["cause", "4", "incompatibility", "true"],
        ["cause_detail", "1", "tensor", "false"], ["cause_detail", "2", "tensor", "true"],
        ["cause_detail", "3", "none", "true"], ["cause_detail", "4", "external", "true"],
        ["location", "1", "export", "false"], ["location", "2", "optimization", "false"], ["location", "3", "load_model", "true"],
        ["location", "4", "export", "true"],
        ["symptom", "1", "crash", "false"], ["symptom", "2", "crash", "true"],
    ]  # fmt: skip


def test_the_round_before_others_is_a_raters_training(autumn: Project, small: Path) -> None:
    give(autumn, "trial", 1, {"bob": [FIRST], "eve": ISSUES})
    give(autumn, "main", 2, {"bob": ISSUES, "dan": ISSUES})
    give(autumn, "robots", 3, {"bot": ISSUES}, kind="machine", tool="m-1")
    give(autumn, "robots-again", 4, {"bot": ISSUES}, kind="machine", tool="m-2")
    returned(autumn, replace(LABEL, round="trial", rater="bob"))
    label_all(autumn, "eve", round_name="trial")
    label_all(autumn, "bob", "dan", round_name="main")
    label_all(autumn, "bot", round_name="robots")
    returned(autumn, replace(LABEL, round="robots-again", rater="bot", time="2026-11-01T09:30:00Z"))
    returned(autumn, replace(LABEL, round="main", rater="dan", unsure=True, time="2026-11-09T09:30:00Z"))
    before = contents(small)
    merge(autumn, small, DAY)
    after = contents(small)
    assert added(before, after, "raters") == [
        "bob,human,trial,,2026-11-02", "bot,machine,,m-1,2026-11-01", "dan,human,,,2026-11-02", "eve,human,,,2026-11-02",
    ]  # fmt: skip
    assert "3 failures, 15 labels by 3 raters." in after["CHANGELOG.md"]


def test_all_that_keeps_a_sample_from_being_merged_is_told_at_once(
    tmp_path: Path, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    known = (small / "failures.csv").read_text(encoding="utf-8").splitlines()[1].split(",")[0]
    drawn = [*DRAWN, ("tf2onnx", known.upper().replace("ONNX/TENSORFLOW-ONNX", "onnx/TensorFlow-onnx"))]
    draw_sample(tmp_path / "store", "autumn", [("torch.onnx", "pytorch/pytorch#9000009"), *drawn])
    project = Project(tmp_path / "store", "autumn")
    give(project, "first", 1, {"pilot-1": [issue for _, issue in drawn], "bob": [issue for _, issue in drawn]})
    give(project, "machines", 2, {"pilot-2": ISSUES}, kind="machine", tool="m-1")
    label_all(project, "pilot-1")
    label_all(project, "pilot-2", round_name="machines")
    returned(project, *(replace(LABEL, rater="bob", issue=issue) for issue in (FIRST, SECOND)))
    returned(project, replace(LABEL, rater="bob", issue=FIRST, symptom="hang"))
    decision = replace(LABEL, round="adjudication", rater="consensus", issue=SECOND)
    returned(project, decision)
    returned(project, replace(LABEL, issue=SECOND, symptom="hang"))
    place, half = str(project.folder), Reason.HALF_LABELLED
    assert told(lambda: merge(project, small, DAY)) == (
        Fault(place, "is not labelled by anybody yet", value="pytorch/pytorch#9000009", reason=half),
        Fault(place, "raters differ; decide it with `python -m labelling adjudicate`", value=FIRST, reason=half),
        Fault(place, "was labelled again after it was decided; adjudicate it again", value=SECOND, reason=half),
        Fault(place, "is not labelled by bob yet", value=THIRD, reason=half),
        Fault(place, "is not labelled by pilot-1, bob yet", value=drawn[-1][1], reason=half),
        Fault("failures.csv", "stands in the data already (sample issta24); --allow-overlap takes it all the same",
              value=drawn[-1][1], reason=Reason.DUPLICATE_ISSUE),
        Fault("raters.csv", "is a rater of kind human there, not machine; use another pseudonym",
              value="pilot-2", reason=Reason.OTHER_KIND),
    )  # fmt: skip


def test_an_agreed_issue_before_an_open_one_hides_nothing(
    autumn: Project, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    give(autumn, "first", 1, {"bob": ISSUES})
    returned(autumn, replace(LABEL, rater="bob", issue=FIRST))
    assert [fault.value for fault in told(lambda: merge(autumn, small, DAY))] == [SECOND, THIRD]


def test_a_sample_that_nobody_has_labelled_is_refused(
    autumn: Project, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    assert [fault.value for fault in told(lambda: merge(autumn, small, DAY))] == list(ISSUES)


def test_a_sample_is_merged_once_and_another_with_its_issues_when_that_is_asked_for(
    tmp_path: Path, autumn: Project, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    give(autumn, "first", 1, {"bob": ISSUES})
    label_all(autumn, "bob")
    merge(autumn, small, DAY)
    once = "is in the data already, and a sample is merged once; another one needs a name of its own"
    for options in ({}, {"allow_overlap": True}):
        assert told(lambda options=options: merge(autumn, small, DAY, **options)) == (
            Fault("samples.csv", once, value="autumn", reason=Reason.KNOWN_SAMPLE),
        )
    new = "onnx/tensorflow-onnx#9000000"
    draw_sample(tmp_path / "store", "winter", [("tf2onnx", new), ("torch.onnx", SECOND)])
    winter = Project(tmp_path / "store", "winter")
    give(winter, "first", 1, {"bob": [new, SECOND]})
    returned(winter, *(replace(LABEL, sample="winter", rater="bob", issue=issue) for issue in (new, SECOND)))
    assert [fault.value for fault in told(lambda: merge(winter, small, DAY))] == [SECOND]
    before = contents(small)
    assert merge(winter, small, DAY, allow_overlap=True) == "1.6.0"
    after = contents(small)
    found = [line.split(",")[:2] for line in added(before, after, "failures")]
    assert found == [[new, "winter"], [SECOND, "winter"]]
    assert added(before, after, "raters") == []


def test_machines_that_labelled_later_are_added_once(
    autumn: Project, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    give(autumn, "first", 1, {"bob": ISSUES})
    label_all(autumn, "bob")
    merge(autumn, small, DAY)
    nothing = Fault(
        str(autumn.folder), "has no label of a machine that the data lacks", value="autumn", reason=Reason.NOTHING_LEFT
    )
    assert told(lambda: merge_machines(autumn, small, DAY)) == (nothing,)
    give(autumn, "robots", 2, {"bot": ISSUES, "aid": ISSUES}, kind="machine", tool="m-1")
    returned(autumn, replace(LABEL, round="robots", rater="bot", tool="machine", **OTHERWISE))
    returned(autumn, replace(LABEL, round="robots", rater="aid", tool="machine"))
    before = contents(small)
    assert merge_machines(autumn, small, DAY) == "1.6.0"
    after = contents(small)
    assert validate(small) == []
    assert added(before, after, "raters") == ["aid,machine,,m-1,2026-11-02", "bot,machine,,m-1,2026-11-02"]
    assert [line.split(",")[:7] for line in added(before, after, "ratings")] == [
        ["autumn", "robots", FIRST, rater, dimension, "1", code]
        for rater, codes in (
            ("aid", {"cause": "type_problem", "cause_detail": "tensor", "location": "export", "symptom": "crash"}),
            ("bot", {"cause": "shape_problem", "location": "export", "symptom": "crash"}),
        )
        for dimension, code in codes.items()
    ]  # fmt: skip
    assert f"\n## 1.6.0 ({DAY})\n\nSample `autumn`: 7 ratings by `bot`, `aid`.\n" in after["CHANGELOG.md"]
    assert told(lambda: merge_machines(autumn, small, DAY)) == (nothing,)
    # what a machine says later of the same issue is another revision, and alone new
    returned(autumn, replace(LABEL, round="robots", rater="bot", tool="machine", symptom="hang", **OTHERWISE))
    merge_machines(autumn, small, DAY)
    later = added(after, contents(small), "ratings")
    assert [line.split(",")[4:7] for line in later] == [["symptom", "2", "hang"]]


def test_machines_of_a_sample_that_is_not_merged_or_with_a_persons_name_are_refused(
    autumn: Project, small: Path, told: Callable[[Callable[[], object]], tuple[Fault, ...]]
) -> None:
    give(autumn, "robots", 1, {"pilot-1": ISSUES}, kind="machine", tool="m-1")
    label_all(autumn, "pilot-1", round_name="robots")
    assert told(lambda: merge_machines(autumn, small, DAY)) == (
        Fault("raters.csv", "is a rater of kind human there, not machine; use another pseudonym",
              value="pilot-1", reason=Reason.OTHER_KIND),
        Fault("samples.csv", "is not in the data yet; merge it first, its machines come with it",
              value="autumn", reason=Reason.UNKNOWN_SAMPLE),
    )  # fmt: skip
