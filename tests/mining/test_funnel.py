"""Figure 4 of a store."""

import pytest

from mining.derived_tables import derive
from mining.filters import FILTERS
from mining.store_tables import read_issues
from tests.mining.conftest import fetch, run


@pytest.fixture
def mined(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    return store


def test_counts_agree_with_the_decisions_and_stand_beside_the_papers(mined, capsys, tmp_path, small):
    assert run("filter", "--store", mined) == 0
    decisions = (mined / "tables" / "decisions.csv").read_text()
    assert (
        run(
            "sample",
            "--store",
            mined,
            "--data",
            tmp_path,
            "--name",
            "s",
            "--n",
            2,
            "--seed",
            1,
            "--filter",
            "population",
        )
        == 0
    )
    capsys.readouterr()
    assert run("funnel", "--store", mined, "--converter", "tf2onnx") == 0
    lines = [line.split("(")[0].split() for line in capsys.readouterr().out.splitlines()]
    counts = {" ".join(words[:-1]): int(words[-1]) for words in lines if words[-1].isdecimal()}
    assert counts["issues of any state"] == len(small.repositories["onnx/tensorflow-onnx"])
    assert counts["closed"] == len(read_issues(mined))
    for name in FILTERS:
        assert counts[f"kept by filter '{name}'"] == decisions.count(f",{name},true,")
    assert counts["closed, no excluded label"] == decisions.count(",population,true,")
    assert counts["in a sample"] == 2


def test_the_papers_counts_are_shown(mined, capsys):
    run("funnel", "--store", mined, "--converter", "tf2onnx")
    printed = capsys.readouterr().out
    for number in (792, 649, 242, 100):
        assert f"(paper: {number})" in printed


def test_the_drawing_is_the_same_each_time(mined, tmp_path):
    for name in ("a.svg", "b.svg", "a.png", "b.png"):
        assert run("funnel", "--store", mined, "--figure", tmp_path / name) == 0
    assert (tmp_path / "a.svg").read_bytes() == (tmp_path / "b.svg").read_bytes()
    assert (tmp_path / "a.png").read_bytes() == (tmp_path / "b.png").read_bytes()


def test_an_empty_store_is_told(store, capsys):
    assert run("funnel", "--store", store) == 1
    assert "python -m mining fetch" in capsys.readouterr().err


def test_other_forms_are_bad_usage(mined, tmp_path):
    with pytest.raises(SystemExit) as caught:
        run("funnel", "--store", mined, "--figure", tmp_path / "a.pdf")
    assert caught.value.code == 2
