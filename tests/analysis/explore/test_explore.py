"""What the page embeds is the ledger, the failures, the campaigns and every specification; no more than that."""

import base64
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.chapters import CHAPTERS
from analysis.claims.ledger import DISPUTED, Ledger, build_ledger
from analysis.dataset import Study
from analysis.evolution.results import results_of
from analysis.evolution.specifications import CHOICES
from analysis.explore import explore_page, multiverse
from tests.analysis.explore.conftest import embedded_data
from tests.conftest import ROOT, edit

LARGEST = 3_000_000  # bytes


def test_the_page_is_small_and_loads_nothing(explore_text: str) -> None:
    assert len(explore_text.encode()) < LARGEST
    shell = re.sub(r"<script.*?</script>", "", explore_text, flags=re.DOTALL)
    assert not re.search(r"\b(?:src|srcset|data)=|<link|@import|url\(|https?:", shell)
    assert "default-src 'none'" in shell
    script = explore_text.rpartition("<script>")[2]
    assert not re.search(
        r"fetch\(|XMLHttpRequest|WebSocket|sendBeacon|import\(|innerHTML|insertAdjacentHTML|eval\(", script
    )
    assert set(re.findall(r"https?://[^/\"`]+", script)) == {"https://github.com", "http://www.w3.org"}


def test_every_claim_is_there_with_its_account(embedded: dict[str, Any], ledger: Ledger) -> None:
    document, frame = embedded["claims"], ledger.frame
    claims = {claim["id"]: claim for claim in document["claims"]}
    assert list(claims) == list(frame["claim_id"])
    for row in frame.to_dict("records"):
        claim = claims[row["claim_id"]]
        assert (claim["verdict"], claim["decision"], claim["note"]) == (row["verdict"], row["decision"], row["note"])
        mechanism = None if claim["mechanism"] is None else document["mechanisms"][claim["mechanism"]]
        assert (mechanism["name"] if mechanism else "") == row["mechanism"]
        assert (mechanism["evidence"] if mechanism else "") == row["evidence"]
    assert all((ROOT / file).is_file() for file in document["chapters"].values())
    assert claims["s61.rho.all"]["findings"] == [7]


def test_the_report_links_to_each_disputed_claim_and_to_none_that_is_not_there(
    embedded: dict[str, Any], ledger: Ledger
) -> None:
    report = (ROOT / "paper" / "report.html").read_text(encoding="utf-8")
    linked = set(re.findall(r'href="explore\.html#([^"]+)"', report))
    assert linked == set(ledger.frame.loc[ledger.frame["verdict"].isin(DISPUTED), "claim_id"])
    assert linked <= {claim["id"] for claim in embedded["claims"]["claims"]}


def test_the_failures_are_the_tables(embedded: dict[str, Any], study: Study) -> None:
    found = pd.DataFrame(embedded["failures"]["failures"])
    assert len(found) == len(study.failures)
    for name in ("converter", "symptom", "cause", "location"):
        assert found[name].value_counts().to_dict() == study.failures[name].astype(str).value_counts().to_dict() | {}
    assert set(found.columns) == {
        "issue", "sample", "converter", "from", "to", "year", "symptom", "cause", "detail", "location",
    }  # fmt: skip
    torn = study.failures["created_earliest"].dt.year != study.failures["created_latest"].dt.year
    assert int(found["year"].isna().sum()) == int(torn.sum())


def test_every_conversion_is_counted_once(embedded: dict[str, Any], study: Study) -> None:
    campaigns = {each["name"]: each for each in embedded["conversions"]["campaigns"]}
    frames = {"issta24-synthetic": study.conversions, **study.campaigns}
    assert set(campaigns) == set(frames)
    for name, frame in frames.items():
        assert sum(row[-1] for row in campaigns[name]["outcomes"]) == len(frame)
        by_outcome = pd.DataFrame(campaigns[name]["outcomes"]).groupby(2)[3].sum().to_dict()
        assert by_outcome == frame["outcome"].astype(str).value_counts().to_dict()
        assert sum(row[-1] for row in campaigns[name]["errors"]) == int(frame["error_class"].notna().sum())
        assert {row[2] for row in campaigns[name]["outcomes"]} <= set(embedded["conversions"]["outcomes"])
    assert len(campaigns["2026-11-synthetic-torch"]["operators"]) == len(
        study.campaign_operators["2026-11-synthetic-torch"]
    )


def test_every_reproducer_is_there_with_the_commands_that_make_it_again(embedded: dict[str, Any], study: Study) -> None:
    found, table = embedded["conversions"]["reproducers"], study.reproducers
    assert [each["reproducer"] for each in found] == list(table["reproducer"])
    for each, row in zip(found, table.to_dict("records"), strict=True):
        assert (each["model"], each["inputs"], each["nodes"]) == (row["model"], row["inputs"], row["nodes"])
        assert each["commands"][0].startswith(row["campaign"])
        assert each["commands"][1].endswith(row["task"])


def _array(text: str, dtype: str) -> Any:
    return np.frombuffer(base64.b64decode(text), dtype)


def test_every_specification_is_in_the_cell_of_its_choices(embedded: dict[str, Any], study: Study) -> None:
    document, frame = embedded["multiverse"], results_of(study).curve.specifications
    shape = [len(choice["values"]) for choice in document["choices"]]
    n = _array(document["n"], "u1").reshape(shape)
    r = _array(document["r"], "<i2").reshape(shape) / document["scale"]
    p = _array(document["p"], "<u2").reshape(shape) / document["steps"]
    assert int((n > 0).sum()) == len(frame)
    places = tuple(
        frame[choice["name"]].astype(str).map({value: i for i, (value, _) in enumerate(choice["values"])}).to_numpy()
        for choice in document["choices"]
    )
    assert (n[places] == frame["n"]).all()
    assert np.abs(r[places] - frame["r"]).max() <= 0.5 / document["scale"] + 1e-12
    assert np.abs(p[places] - frame["p"]).max() <= 0.5 / document["steps"] + 1e-12
    assert [choice["name"] for choice in document["choices"]] == list(CHOICES)
    for claim, chosen in document["described"].items():
        place = tuple(
            [value for value, _ in choice["values"]].index(chosen[choice["name"]]) for choice in document["choices"]
        )
        assert r[place] == pytest.approx(results_of(study).tests[claim].rho, abs=1e-4)


def test_two_specifications_in_one_cell_are_refused(study: Study) -> None:
    curve = results_of(study).curve
    doubled = pd.concat([curve.specifications, curve.specifications.head(1)])
    with pytest.raises(ValueError, match="same choices"):
        multiverse.document(doubled, curve.summary)


def test_hostile_text_stays_text_and_a_changed_label_is_seen(data: Path, embedded: dict[str, Any]) -> None:
    edit(data / "published" / "claims.csv", "valid survey responses", "</script><script>alert(1)</script><!--")
    edit(
        data / "failures.csv",
        ",crash,shape_problem,,node_conversion,active,",
        ",hang,shape_problem,,node_conversion,active,",
    )
    study = Study(data)
    chapters = [chapter.claims for chapter in CHAPTERS]
    page = explore_page(study, build_ledger(study, chapters), chapters, edited=["failures.csv"])
    assert "Computed from edited data (failures.csv)" in page
    assert page.count("</script>") == 2
    assert "<!--" not in page
    changed = embedded_data(page)
    assert changed["claims"]["claims"][0]["quantity"] == "</script><script>alert(1)</script><!--"
    before, after = (each["failures"]["failures"][0]["symptom"] for each in (embedded, changed))
    assert (before, after) == ("crash", "hang")
