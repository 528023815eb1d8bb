import errno
import json
import os
import random
import resource
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from conversion.campaign import run_campaign
from conversion.records import Records, Row, reproducible
from conversion.tasks import Specification
from datapackage.errors import InputError, StudyError
from tests.conversion.fake_campaign import fake_tasks, run, specification


def stored(folder: Path) -> dict[str, str]:
    """Rows by task, as text without times; a task that stands twice is an error."""
    rows: dict[str, str] = {}
    for row in Records(folder).rows():
        assert row["id"] not in rows
        rows[row["id"]] = json.dumps(reproducible(row), sort_keys=True)
    return rows


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    folder = tmp_path_factory.mktemp("undisturbed")
    assert run(folder, fake_tasks(30)) == 30
    return stored(folder)


@pytest.mark.parametrize("victim", ["campaign", "server"])
def test_killed_at_any_moment_it_goes_on_to_the_same_rows(
    tmp_path: Path, undisturbed: dict[str, str], victim: str
) -> None:
    moments = random.Random(f"moments {victim}")
    for _ in range(4):
        process = subprocess.Popen([sys.executable, "-m", "tests.conversion.fake_campaign", str(tmp_path), "30"])
        time.sleep(moments.uniform(0.3, 1.5))
        if victim == "campaign":
            process.kill()
        else:
            _kill_a_child(process.pid)
        process.wait()
    assert run(tmp_path, fake_tasks(30)) >= 0
    assert stored(tmp_path) == undisturbed
    for task in undisturbed:
        assert Records(tmp_path).graph_path(task).read_bytes() == b"graph of " + task.encode()


def _kill_a_child(parent: int) -> None:
    children = Path(f"/proc/{parent}/task/{parent}/children")
    for path in Path(f"/proc/{parent}/task").glob("*/children") if children.exists() else ():
        for pid in path.read_text().split():
            os.kill(int(pid), signal.SIGKILL)
            return


def test_interrupted_it_leaves_a_good_state(tmp_path: Path, undisturbed: dict[str, str]) -> None:
    process = subprocess.Popen([sys.executable, "-m", "tests.conversion.fake_campaign", str(tmp_path), "30"])
    while len(stored(tmp_path)) < 3:
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    assert process.wait(timeout=20) != 0
    assert 0 < len(stored(tmp_path)) < 30
    run(tmp_path, fake_tasks(30))
    assert stored(tmp_path) == undisturbed


def test_a_torn_last_row_is_run_again(tmp_path: Path) -> None:
    planned = fake_tasks(4)
    run(tmp_path, planned)
    complete = stored(tmp_path)
    path = tmp_path / "results.jsonl"
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:-1]) + lines[-1][: len(lines[-1]) // 2])
    assert len(stored(tmp_path)) == 3
    assert run(tmp_path, planned) == 1
    assert stored(tmp_path) == complete


def test_a_broken_row_before_the_last_is_named(tmp_path: Path) -> None:
    run(tmp_path, fake_tasks(3))
    path = tmp_path / "results.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(lines[0] + b'{"id": \n' + lines[2])
    with pytest.raises(InputError, match=r"results\.jsonl, row 2: is no row"):
        run(tmp_path, fake_tasks(3))


def test_a_full_disk_loses_nothing_that_was_stored(tmp_path: Path) -> None:
    planned = fake_tasks(6)
    run(tmp_path, planned[:2])
    before = (tmp_path / "results.jsonl").read_bytes()
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, hard))  # a file that cannot grow, as on a full disk
    try:
        records = Records(tmp_path)
        with records.locked(), pytest.raises(OSError, match="results") as caught:
            records.append({"id": "one more", "text": "x" * 1000})
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert caught.value.errno == errno.EFBIG
    assert (tmp_path / "results.jsonl").read_bytes() == before
    run(tmp_path, planned)
    assert len(stored(tmp_path)) == 6


def test_two_runs_of_one_campaign_do_not_mix(tmp_path: Path) -> None:
    records = Records(tmp_path)
    with records.locked(), pytest.raises(StudyError, match="under way"), Records(tmp_path).locked():
        pass


def test_another_specification_is_refused_and_more_models_are_welcome(tmp_path: Path) -> None:
    records = Records(tmp_path)
    records.begin(specification(3))
    records.begin(specification(5))
    with pytest.raises(InputError) as caught:
        records.begin(Specification("synthetic", ("dynamo",), 5, (5, 10), seed=2, limits=specification(1).limits))
    assert {fault.column for fault in caught.value.faults} == {"exporters", "seed", "memory_mb"}


def test_other_versions_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(tmp_path, fake_tasks(2))
    monkeypatch.setenv("FAKE_VERSION", "2")
    with pytest.raises(StudyError, match="other versions"):
        run(tmp_path, fake_tasks(4))
    assert len(stored(tmp_path)) == 2


def test_a_row_is_stored_after_its_graph(tmp_path: Path) -> None:
    seen: list[bool] = []
    (task,) = fake_tasks(1)
    records = Records(tmp_path)
    row: Row = {**task, "exporter": task["exporter"], "graph": "eJwDAAAAAAE=", "versions": None}

    def look(_: Row) -> None:
        seen.append(records.graph_path(task["id"]).exists())

    with records.locked():
        run_campaign(records, [task], lambda _: iter([row]), look)
    assert seen == [True]
