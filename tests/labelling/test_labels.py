"""One value from one rater: what a text becomes, what is still lacking, which of several labels counts."""

import itertools
import json
from dataclasses import replace

import pytest

from datapackage.codebook import Code, Codebook, Dimension, load_codebook
from datapackage.reasons import Reason
from labelling.labels import Label, Problem, from_record, latest, nearest, resolve, to_record
from tests.conftest import DATA

CODEBOOK = load_codebook(DATA)


def _code(slug: str, name: str = "", **more: object) -> Code:
    return Code(slug=slug, name=name or slug.title(), definition="d", rule="r", **more)  # type: ignore[arg-type]


LABEL = Label("autumn", "main", "a/b#1", "ann", "crash", "type_problem", "tensor", "export", unsure=False, rationale="so it says",
              time="2026-11-02T09:30:00Z", tool="sheet", revision=1)  # fmt: skip
TEXTS = {"symptom": "Crash", "cause": "Type problem", "cause_detail": "Tensor", "location": "Export"}


def test_a_whole_label_becomes_codes_and_nothing_is_wrong() -> None:
    codes = {"symptom": "crash", "cause": "type_problem", "cause_detail": "tensor", "location": "export"}
    assert resolve(CODEBOOK, TEXTS) == (codes, [])


@pytest.mark.parametrize("empty", ["", "-", "–", "—", "none", "None", "N/A", " "])
def test_a_cause_without_details_needs_none_and_one_with_details_lacks_it(empty: str) -> None:
    codes, problems = resolve(CODEBOOK, TEXTS | {"cause": "Shape problem", "cause_detail": empty})
    assert (codes["cause_detail"], problems) == ("", [])
    codes, problems = resolve(CODEBOOK, TEXTS | {"cause_detail": empty})
    assert "cause_detail" not in codes
    assert [(each.dimension, each.value, each.reason) for each in problems] == [
        ("cause_detail", "", Reason.HALF_LABELLED)
    ]


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"cause": "Shape problem"}, [("cause_detail", "Tensor", Reason.DETAIL_OF_CAUSE)]),
        ({"cause_detail": "External"}, [("cause_detail", "External", Reason.UNKNOWN_CODE)]),  # of another cause
        ({"symptom": "Crush"}, [("symptom", "Crush", Reason.UNKNOWN_CODE)]),
        ({"location": ""}, [("location", "", Reason.HALF_LABELLED)]),
        # what detail would fit is not known before the cause is
        ({"cause": "", "cause_detail": "Tensor"}, [("cause", "", Reason.HALF_LABELLED)]),
        (
            {"location": "Nowhere", "cause_detail": "Nothing", "symptom": ""},
            [("symptom", "", Reason.HALF_LABELLED), ("cause_detail", "Nothing", Reason.UNKNOWN_CODE),
             ("location", "Nowhere", Reason.UNKNOWN_CODE)],
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_the_order_of_asking(
    change: dict[str, str], expected: list[tuple[str, str, Reason]]
) -> None:
    codes, problems = resolve(CODEBOOK, TEXTS | change)
    assert [(each.dimension, each.value, each.reason) for each in problems] == expected
    assert not {each.dimension for each in problems} & set(codes)


SMALL = Codebook(
    {
        "symptom": Dimension("symptom", "Symptom", "d", (_code("crash"), _code("hang"), _code("stall"))),
        "cause": Dimension("cause", "Root cause", "d", (
            _code("types", details=(_code("node"), _code("tensor"))), _code("shapes"),
        )),
        "location": Dimension("location", "Location", "d", (_code("load"), _code("save", "Saving")), (
            _code("transfer", "Transfer", becomes=("load", "save")), _code("files", becomes=("store", "load")),
        )),
    }
)  # fmt: skip


def test_a_detail_may_be_left_out_where_the_cause_does_not_demand_one() -> None:
    texts = {"symptom": "crash", "cause": "types", "location": "load"}
    assert resolve(SMALL, texts) == (texts | {"cause_detail": ""}, [])
    assert resolve(SMALL, texts | {"cause_detail": " Node "}) == (texts | {"cause_detail": "node"}, [])
    codes, problems = resolve(SMALL, texts | {"cause_detail": "tenser"})
    assert codes == texts
    assert problems == [
        Problem(
            "cause_detail", "tenser", "is no code of Types; did you mean Tensor? (Node, Tensor)", Reason.UNKNOWN_CODE
        )
    ]


def test_dimensions_without_a_text_are_not_labelled_yet() -> None:
    wanted = [("symptom", "Symptom"), ("cause", "Root cause"), ("location", "Location")]
    assert resolve(SMALL, {}) == (
        {"cause_detail": ""},
        [Problem(name, "", f"{said} is not labelled yet", Reason.HALF_LABELLED) for name, said in wanted],
    )


def test_a_code_that_was_split_is_told_with_its_parts() -> None:
    texts = {"symptom": "crash", "cause": "shapes", "location": "transfer"}
    _, problems = resolve(SMALL, texts)
    split = "is no code of Location any more; it became Load, Saving: choose one"
    assert problems == [Problem("location", "transfer", split, Reason.UNKNOWN_CODE)]
    _, (problem,) = resolve(SMALL, texts | {"location": "FILES"})
    assert "it became store, Load: choose one" in problem.message, "a part that went itself is told by its slug"


def test_no_code_is_guessed_where_none_is_near() -> None:
    _, problems = resolve(SMALL, {"symptom": "zzzzzz", "cause": "shapes", "location": "load", "cause_detail": "node"})
    assert problems == [
        Problem("symptom", "zzzzzz", "is no code of Symptom; (Crash, Hang, Stall)", Reason.UNKNOWN_CODE),
        Problem("cause_detail", "node", "Shapes has no details; leave the cell empty, or correct the cause",
                Reason.DETAIL_OF_CAUSE),
    ]  # fmt: skip
    for text, slug in (("cras", "crash"), ("HAGN", "hang"), ("stal", "stall")):
        near = nearest(SMALL["symptom"], text)
        assert near is not None
        assert near.slug == slug


def test_a_misspelt_code_is_told_with_the_nearest_and_the_known_ones() -> None:
    _, (problem,) = resolve(CODEBOOK, TEXTS | {"symptom": "  cRush"})
    assert "did you mean Crash? (Crash, " in problem.message
    _, (problem,) = resolve(CODEBOOK, TEXTS | {"symptom": "zzzzzzzz"})
    assert "did you mean" not in problem.message
    _, (problem,) = resolve(CODEBOOK, TEXTS | {"cause": "Shape problem"})
    assert problem.message == "Shape problem has no details; leave the cell empty, or correct the cause"
    found = nearest(CODEBOOK["cause"], "shape   PROBLM")
    assert found is not None
    assert found.slug == "shape_problem"
    assert nearest(CODEBOOK["cause"], "") is None


def test_the_last_revision_counts_in_whatever_order_labels_come() -> None:
    three = [
        replace(LABEL, revision=number, symptom=code) for number, code in enumerate(("crash", "hang", "crash"), start=1)
    ]
    others = [replace(LABEL, **{name: "other"}) for name in ("sample", "round", "issue", "rater")]
    for order in itertools.permutations(three):
        assert latest([*others, *order])[LABEL.key] == three[2]
    assert len(latest([*others, *three])) == 5


def test_a_label_that_says_the_same_is_no_revision_whenever_and_however_it_was_given() -> None:
    for change in ({"time": "2027-01-01T00:00:00Z"}, {"tool": "terminal"}, {"revision": 7}):
        assert LABEL.says_the_same(replace(LABEL, **change))  # type: ignore[arg-type]
    for change in (
        {"symptom": "hang"},
        {"cause": "typo"},
        {"cause_detail": ""},
        {"location": "import"},
        {"unsure": True},
        {"rationale": ""},
    ):
        assert not LABEL.says_the_same(replace(LABEL, **change))  # type: ignore[arg-type]


def test_a_label_survives_its_line_and_more_keys_beside_it() -> None:
    decided = replace(LABEL, decided_by="ann", rationale="naïve ☃")
    assert from_record(json.loads(json.dumps(to_record(decided) | {"file": "sheet.xlsx", "sha256": "ab"}))) == decided


def test_an_empty_detail_is_no_code() -> None:
    assert list(LABEL.codes) == ["symptom", "cause", "cause_detail", "location"]
    assert list(replace(LABEL, cause_detail="").codes) == ["symptom", "cause", "location"]
