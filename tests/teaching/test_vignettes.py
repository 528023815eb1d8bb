"""The invented reports cover the codebook, and a slip in them is named."""

from pathlib import Path

import pytest

from datapackage.codebook import Codebook, load_codebook
from datapackage.errors import InputError
from teaching.page import main, render
from teaching.vignettes import FILE, load_vignettes
from tests.conftest import DATA, edit


@pytest.fixture(scope="module")
def codebook() -> Codebook:
    return load_codebook(DATA)


def test_every_symptom_location_and_detail_occurs(codebook: Codebook) -> None:
    vignettes = load_vignettes(codebook)
    assert len(vignettes) == 24
    for dimension in ("symptom", "location"):
        assert {getattr(vignette, dimension) for vignette in vignettes} == set(codebook.slugs(dimension))
    assert {vignette.cause for vignette in vignettes} == set(codebook.slugs("cause"))
    assert {vignette.detail for vignette in vignettes} - {""} == set(codebook.slugs("cause_detail"))
    assert sum(bool(vignette.also) for vignette in vignettes) == 6
    # what can be defended as well is another code than the reference's
    assert all(getattr(v, name) not in codes for v in vignettes for name, codes in v.also.items())


def test_faults_of_all_reports_are_named(codebook: Codebook, tmp_path: Path) -> None:
    path = tmp_path / "vignettes.yaml"
    path.write_text(FILE.read_text(encoding="utf-8"), encoding="utf-8")
    edit(path, "symptom: crash", "symptom: crsh")
    edit(path, "detail: tracing", "detail: external")
    edit(path, "id: v09", "id: v08")
    with pytest.raises(InputError) as caught:
        load_vignettes(codebook, path)
    assert {(fault.column, fault.value) for fault in caught.value.faults} == {
        ("symptom", "crsh"), ("detail", "external"), ("id", "v08"),
    }  # fmt: skip


def test_the_stored_page_is_current() -> None:
    assert main(["--check"]) == 0, "run python -m teaching and commit"


def test_text_cannot_end_the_data(codebook: Codebook) -> None:
    page = render(codebook)
    data = page.partition('id="data">')[2].partition("</script>")[0]
    assert data.rstrip().endswith("}")
