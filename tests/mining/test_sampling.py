"""Samples can be drawn again for ever: golden draws, and what must hold for any population."""

import csv
import json
import random
import subprocess
from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.errors import InputError
from datapackage.reasons import Reason
from mining.converters import Converter
from mining.derived_tables import derive
from mining.github.archive import Archive, archive_hash
from mining.records import Issue
from mining.sampling import METHOD, Plan, Source, allocate, draw, draw_key, manifest, stratum_of_label
from tests.mining.conftest import fetch, run
from tests.mining.test_filters import ISSUE

CONVERTER = Converter("c", "a/b", ("module: onnx",))


def population(size: int) -> list[Issue]:
    return [
        replace(ISSUE, converter="c", issue=f"a/b#{number}", created=f"{2018 + number % 5}-0{1 + number % 9}-01T00:00:00Z",
                labels="module: onnx|bug" if number % 3 else "module: onnx")
        for number in range(1, size + 1)
    ]  # fmt: skip


def names(issues, n, seed=1, stratify=None, taken=()):
    return [row.issue for row in draw(issues, CONVERTER, n, seed, stratify=stratify, taken=taken)]


def test_golden_draw():
    """Written down once; a sample drawn today must be drawn by every later version."""
    assert names(population(50), 6, seed=20240501) == GOLDEN
    assert draw_key(7, "Owner/Repo#12") == GOLDEN_KEY


# printf '7\nowner/repo#12' | sha256sum   (coreutils)
GOLDEN_KEY = "d01344ee2282396e482ae7ed82044192e1ed8f1d4323c1df8896236127d6a289"
# for n in $(seq 50); do echo "$(printf '20240501\na/b#%s' $n | sha256sum | cut -c1-64) a/b#$n"; done | LC_ALL=C sort | head -6
POPULATION = "941db008ae4e53eb5c08396e5bfa84da9374800f3dae3aede94c4e4c7d9fbddc"
GOLDEN = ["a/b#37", "a/b#31", "a/b#1", "a/b#4", "a/b#29", "a/b#39"]


def test_key_is_what_sha256sum_says():
    told = subprocess.run(["sha256sum"], input=b"42\nonnx/tensorflow-onnx#7", capture_output=True, check=True).stdout
    assert draw_key(42, "onnx/tensorflow-onnx#7") == told[:64].decode()


@given(st.integers(0, 60), st.integers(0, 60), st.integers(0, 10**18))
def test_a_smaller_sample_begins_the_larger_one(first, second, seed):
    few, many = sorted((first, second))
    assert names(population(60), many, seed)[:few] == names(population(60), few, seed)


@given(st.randoms(use_true_random=False), st.sampled_from([None, "year", "label"]))
def test_order_of_the_population_does_not_matter(shuffler: random.Random, stratify):
    issues = population(40)
    before = names(issues, 11, stratify=stratify)
    shuffler.shuffle(issues)
    assert names(issues, 11, stratify=stratify) == before


@given(st.dictionaries(st.text(max_size=3), st.integers(0, 500), min_size=1, max_size=8), st.data())
def test_shares_sum_up_and_stay_within_one_of_the_quota(sizes, data):
    total = sum(sizes.values())
    n = data.draw(st.integers(0, total))
    shares = allocate(sizes, n)
    assert sum(shares.values()) == n
    for name, size in sizes.items():
        assert shares[name] <= size
        assert abs(shares[name] * total - n * size) < max(total, 1)


def test_largest_remainder_by_hand():
    """Quotas 5.3, 3.2, 1.5 (populations 53, 32, 15; n = 10): 5 + 3 + 1, and the tenth goes to the remainder .5."""
    assert allocate({"a": 53, "b": 32, "c": 15}, 10) == {"a": 5, "b": 3, "c": 2}
    assert allocate({"b": 1, "a": 1}, 1) == {"a": 1, "b": 0}


@given(st.integers(1, 30), st.sampled_from(["year", "label"]))
def test_strata_are_drawn_in_proportion(n, stratify):
    rows = draw(population(60), CONVERTER, n, 3, stratify=stratify, taken=())
    assert len({row.issue for row in rows}) == n
    sizes = {"year": {str(year): 12 for year in range(2018, 2023)}, "label": {"bug": 40, "(none)": 20}}[stratify]
    for name, size in sizes.items():
        assert abs(sum(row.stratum == name for row in rows) - n * size / 60) < 1


def test_a_converters_own_label_makes_no_stratum_whatever_its_case():
    issue = replace(ISSUE, labels="Module: ONNX|bug")
    assert stratum_of_label(issue, CONVERTER) == "bug"
    assert stratum_of_label(replace(ISSUE, labels="triaged|bug"), CONVERTER) == "bug + triaged"
    assert stratum_of_label(replace(ISSUE, labels="MODULE: onnx"), CONVERTER) == "(none)"


def test_the_whole_population_and_nothing_of_it_can_be_drawn():
    assert sorted(names(population(7), 7)) == sorted(issue.issue for issue in population(7))
    assert names(population(7), 0) == []
    assert names([], 0) == []
    assert allocate({"a": 0, "b": 0}, 0) == {"a": 0, "b": 0}


def test_the_seed_decides_what_is_drawn():
    draws = {tuple(names(population(50), 6, seed)) for seed in range(20)}
    assert len(draws) == 20


def test_rank_counts_from_the_newest():
    rows = draw(population(20), CONVERTER, 20, 1, stratify=None, taken=())
    by_rank = sorted(rows, key=lambda row: row.population_rank)
    assert [row.population_rank for row in by_rank] == list(range(20))
    assert [row.created for row in by_rank] == sorted((row.created for row in rows), reverse=True)


def test_taken_issues_are_not_drawn_whatever_their_case():
    taken = {"A/B#1", "a/b#2"}
    assert not {"a/b#1", "a/b#2"} & set(names(population(10), 8, taken=taken))
    with pytest.raises(InputError, match=r"8 issues of c that can be drawn \(10 in the population, the others are in"):
        names(population(10), 9, taken=taken)


def test_asking_for_more_than_there_is_says_how_many_there_are():
    with pytest.raises(InputError) as caught:
        names(population(10), 11)
    (fault,) = caught.value.faults
    assert (fault.file, fault.value, fault.reason) == ("--n", "11", Reason.SAMPLE_TOO_LARGE)
    assert fault.message == "asks for more than the 10 issues of c that can be drawn; ask for fewer"


def test_draws_are_numbered_in_their_order():
    rows = draw(population(20), CONVERTER, 7, 1, stratify="year", taken=())
    assert [row.draw for row in rows] == [1, 2, 3, 4, 5, 6, 7]
    assert [draw_key(1, row.issue) for row in rows] == sorted(draw_key(1, row.issue) for row in rows)


def test_a_manifest_holds_all_that_drawing_again_takes():
    """Who draws again next year has the archive and this file, and no memory."""
    issues = population(5)
    plan = Plan("größe", 2, 20240501, "strict", "label", frozenset({"A/B#1", "a/b#4", "x/y#9"}), overlap_allowed=False)
    rows = draw(issues, CONVERTER, 2, plan.seed, stratify=plan.stratify, taken=plan.taken)
    text = manifest(
        plan, [Source(CONVERTER, issues[::-1], "ab12", "3 issues of 8")], [*rows, replace(rows[0], converter="d")]
    )
    assert json.loads(text) == {
        "sample": "größe", "seed": 20240501, "filter": "strict", "stratify": "label", "method": METHOD,
        "overlap_allowed": False,
        "converters": {
            "c": {
                "archive_sha256": "ab12", "archive_lacks": "3 issues of 8", "population": 5,
                # printf 'a/b#1\na/b#2\na/b#3\na/b#4\na/b#5' | sha256sum   (coreutils)
                "population_sha256": POPULATION, "already_in_samples": 2, "drawn": 2,
                "strata": dict(sorted(Counter(row.stratum for row in rows).items())),
            },
        },
    }  # fmt: skip
    # for people, too: a line a key, letters as they are
    assert text.startswith('{\n  "sample": "größe",\n  "seed": 20240501,\n')
    assert text.endswith("}\n")


@pytest.fixture
def mined(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    return store


def sample(store, data, name, *more):
    return run(
        "sample",
        "--store",
        store,
        "--data",
        data,
        "--name",
        name,
        "--n",
        3,
        "--seed",
        5,
        "--filter",
        "population",
        *more,
    )


def rows_of(store, name):
    with (store / "samples" / f"{name}.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_samples_never_overlap_unless_asked(mined, tmp_path, capsys):
    assert sample(mined, tmp_path, "one") == 0
    assert sample(mined, tmp_path, "two") == 0
    assert sample(mined, tmp_path, "again", "--allow-overlap") == 0
    one, two, again = ({row["issue"] for row in rows_of(mined, name)} for name in ("one", "two", "again"))
    assert len(one) == len(two) == 3
    assert not one & two
    assert again == one
    assert sample(mined, tmp_path, "one") == 1
    assert "choose another --name" in capsys.readouterr().err


def test_issues_of_the_data_are_not_drawn(mined, tmp_path):
    assert sample(mined, tmp_path, "one") == 0
    labelled = rows_of(mined, "one")[0]["issue"]
    (mined / "samples" / "one.csv").unlink()
    (tmp_path / "failures.csv").write_text(f"issue\n{labelled}\n")
    assert sample(mined, tmp_path, "two") == 0
    assert labelled not in {row["issue"] for row in rows_of(mined, "two")}


def test_manifest_says_how_to_draw_again(mined, tmp_path):
    assert sample(mined, tmp_path, "one", "--stratify", "year") == 0
    manifest = json.loads((mined / "samples" / "one.json").read_text())
    entry = manifest["converters"]["tf2onnx"]
    assert (manifest["seed"], manifest["filter"], manifest["stratify"]) == (5, "population", "year")
    assert entry["archive_sha256"] == archive_hash(Archive(mined, "tf2onnx").snapshot())
    assert entry["drawn"] == 3
    assert entry["population"] > 3


def test_asking_for_too_many_writes_nothing(mined, tmp_path, capsys):
    assert run("sample", "--store", mined, "--data", tmp_path, "--name", "big", "--n", 500, "--seed", 1) == 1
    assert "ask for fewer" in capsys.readouterr().err
    assert not (mined / "samples").exists()


@pytest.mark.parametrize("options", [("--seed", "-1"), ("--seed", "x"), ("--name", "A B"), ("--n", "0")])
def test_bad_usage_ends_with_2(options, mined):
    given = {"--seed": "1", "--name": "x", "--n": "1", **dict([options])}
    with pytest.raises(SystemExit) as caught:
        run("sample", "--store", mined, *[part for pair in given.items() for part in pair])
    assert caught.value.code == 2
