"""The store says where its issues come from, and is tidied where nobody else can be writing."""

import argparse
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from mining.store import STORE, Origin, demand_fetched, locked, read_origin, store_option, write_origin

ORIGIN = Origin("issta24", ("closed", "labelled"), "what the others need was not published")


def faults(action: Callable[[], object]) -> tuple[Fault, ...]:
    with pytest.raises(InputError) as caught:
        action()
    return caught.value.faults


def test_a_fetched_store_has_no_origin_and_is_taken(tmp_path: Path) -> None:
    assert read_origin(tmp_path) is None
    demand_fetched(tmp_path)


def test_a_store_that_was_made_otherwise_says_so_and_is_not_overwritten(tmp_path: Path) -> None:
    write_origin(tmp_path, ORIGIN)
    assert read_origin(tmp_path) == ORIGIN
    message = "holds a population that was not fetched; name another store with --store"
    assert faults(lambda: demand_fetched(tmp_path)) == (
        Fault(str(tmp_path), message, value="issta24", reason=Reason.USED_STORE),
    )


@pytest.mark.parametrize("lacking", ["name", "filters", "reason", ""])
def test_a_damaged_origin_is_named(lacking: str, tmp_path: Path) -> None:
    path = tmp_path / "origin.json"
    fields = {"name": "issta24", "filters": ["closed"], "reason": "none"}
    text = json.dumps({name: value for name, value in fields.items() if name != lacking}) if lacking else "{"
    path.write_text(text, encoding="utf-8")
    message = "is damaged; make the store again (python -m mining archive-population)"
    for action in (lambda: read_origin(tmp_path), lambda: demand_fetched(tmp_path)):
        assert faults(action) == (Fault(str(path), message, reason=Reason.FORMAT),)


def test_whoever_holds_the_store_removes_what_a_killed_run_left_half_written(tmp_path: Path) -> None:
    left = [f"{folder}/deep/.file.csv.abc.tmp" for folder in ("raw", "tables", "samples", "runs")]
    left += [f"{folder}/.parquet.abc/part.parquet" for folder in ("raw", "tables", "samples", "runs")]
    # others write here without the lock, and what has another name is no leftover
    kept = ["labelling/autumn/.sheet.csv.abc.tmp", "tables/issues.csv", "tables/deep/.parquet.abc/part", "raw/file.tmp"]
    for name in [*left, *kept]:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).touch()
    with locked(tmp_path):
        found = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    assert found - {"lock"} == set(kept)
    assert not list(tmp_path.glob("*/.parquet.*"))


def test_the_store_is_the_projects_unless_another_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    parser = argparse.ArgumentParser()
    store_option(parser)
    assert parser.parse_args([]).store == STORE
    assert parser.parse_args(["--store", "elsewhere"]).store == Path("elsewhere")
    with pytest.raises(SystemExit):
        parser.parse_args(["--help"])
    told = " ".join(capsys.readouterr().out.split())
    assert "--store DIR the store (default: store/ of the project)" in told
