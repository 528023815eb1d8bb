"""A real campaign in the real environments (``make test-conversion``): three exporters, planted faults, here and through Dask."""

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from conversion import injection
from conversion.attribution import attribute
from conversion.campaign import Executor, run_here
from conversion.catalogue import ARCHITECTURES, listed_models
from conversion.classification import classify
from conversion.criteria import criterion
from conversion.dask_engine import run_on_dask
from conversion.environments import MODULES, interpreter
from conversion.isolation import Server
from conversion.records import Records, Row, reproducible
from conversion.tasks import EXPORTERS, Specification, Task, tasks
from tests.conversion.test_dask import scheduler, worker  # noqa: F401 - a fixture

pytestmark = pytest.mark.conversion

RUN = ["run", "--models", "4", "--sizes", "10:25:5", "--inputs", "3", "--seed", "5", "--workers", "2"]
CLOSE = criterion("close-1e-3")


def command(*arguments: str) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-m", "conversion", *arguments], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done


def text(row: Row) -> str:
    row = {name: value for name, value in reproducible(row).items() if name not in {"schema", "graph"}}
    return json.dumps(row, sort_keys=True)


def rows(folder: Path) -> dict[str, str]:
    return {row["id"]: text(row) for row in Records(folder).rows()}


@pytest.fixture(scope="module")
def campaign(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("real") / "campaign"
    command(*RUN, "--out", str(folder))
    return folder


def test_twelve_models_pass_through_three_exporters(campaign: Path) -> None:
    found = list(Records(campaign).rows())
    assert len(found) == 12
    assert {row["exporter"] for row in found} == {converter for converter, _ in EXPORTERS.values()}
    done = [row for row in found if row["status"] == "done"]
    assert len(done) >= 8
    for row in done:
        assert row["opset_written"] == 18
        assert row["executors"]["ort_all"]["status"] == row["executors"]["ort_off"]["status"] == "ok"
        assert {"framework|ort_all", "ort_off|ort_all"} <= set(row["pairs"])
        assert Records(campaign).graph_path(row["id"]).stat().st_size > 100
        assert row["model_nodes"] == row["nodes"]
    assert sum("float64|ort_all" in row["pairs"] for row in done) >= 7


def test_the_same_seeds_give_the_same_bytes_in_fresh_processes(campaign: Path, tmp_path: Path) -> None:
    command(*RUN, "--out", str(tmp_path / "again"))
    assert rows(tmp_path / "again") == rows(campaign)


def test_a_task_is_reproduced(campaign: Path, tmp_path: Path) -> None:
    task = next(iter(rows(campaign)))
    told = command("reproduce", str(campaign), task, "--keep", str(tmp_path / "model.onnx")).stdout
    assert "agrees with the campaign's row" in told
    assert (tmp_path / "model.onnx").stat().st_size > 100


def test_a_campaign_is_read_by_the_other_commands(campaign: Path, tmp_path: Path) -> None:
    assert command("status", str(campaign)).stdout.count("4 of 4 tasks") == 3
    assert "success" in command("classify", str(campaign), "--criterion", "relative-1e-3").stdout
    command("export", str(campaign), "--to", str(tmp_path), "--name", "real")
    assert len((tmp_path / "real.csv").read_text().splitlines()) == 13
    manifest = json.loads((tmp_path / "real.json").read_text())
    assert manifest["versions"]["torch.onnx-dynamo"]["torch"].startswith("2.")
    assert str(campaign) not in (tmp_path / "real.json").read_text()


def planted_server(framework: str, folder: Path) -> Server:
    module = "tests.conversion.planted_torch" if framework == "torch" else MODULES[framework]
    return Server(interpreter(framework), module, folder)


FAULTS = {
    "segfault": ("reference", "not_tested", "crash"),
    "hang": ("reference", "not_tested", "time_out"),
    "memory": ("reference", "not_tested", "out_of_memory"),
    "exception": ("convert", "conversion_failure", "other"),
    "segfault_in_export": ("convert", "conversion_failure", "crash"),
    "no_operator": ("check", "conversion_failure", "operator_unknown"),
    "wrong_dtype": ("compare", "wrong_dtype", "dtype_differs"),
    "wrong_shape": ("compare", "wrong_shape", "shape_differs"),
    "wrong_result": (None, "mismatch", None),
    "nothing": (None, "success", None),
}


def planted() -> list[Task]:
    (task,) = tasks(Specification("synthetic", ("torchscript",), 1, (10,), inputs=3, memory_mb=2500))
    limits = {fault: task["limits"] | ({"reference": 5.0} if fault == "hang" else {}) for fault in FAULTS}
    return [task | {"id": f"planted.{fault}", "planted": fault, "limits": limits[fault]} for fault in FAULTS]


@pytest.fixture(scope="module")
def planted_rows(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Row]:
    executor = Executor(tmp_path_factory.mktemp("planted"), planted_server)
    try:
        return {task["planted"]: executor.run(task) for task in planted()}
    finally:
        executor.close()


@pytest.mark.parametrize("fault", FAULTS)
def test_a_planted_fault_is_found_in_its_stage(planted_rows: dict[str, Row], fault: str) -> None:
    found = classify(planted_rows[fault], CLOSE)
    assert (found.error_stage, found.outcome, found.error_class) == FAULTS[fault]


def test_a_wrong_result_lies_far_from_the_truth_and_a_right_one_does_not(planted_rows: dict[str, Row]) -> None:
    def error(fault: str, pair: str) -> float:
        (output,) = planted_rows[fault]["pairs"][pair]
        return max(output["max_abs"]) if output else 0.0

    assert error("wrong_result", "float64|ort_all") > 1
    assert error("wrong_result", "float64|framework") < 1e-6
    assert error("nothing", "float64|ort_all") < 1e-6


def test_dask_gives_the_same_rows(request: pytest.FixtureRequest, campaign: Path, tmp_path: Path) -> None:
    address = request.getfixturevalue("scheduler")
    specification = Records(campaign).specification()
    chosen = [*list(tasks(specification))[:6], *planted()]
    local = {row["id"]: text(row) for row in run_here(chosen, tmp_path / "local", 2, planted_server)}
    workers = [worker(address, tmp_path, name) for name in ("one", "two")]
    seen: dict[str, Any] = {}
    distributed: dict[str, str] = {}
    try:
        for row in run_on_dask(chosen, address, seen, planted_server):
            distributed[row["id"]] = text(row)
            if len(distributed) == 3:
                workers[0].kill()
    finally:
        for process in workers:
            process.kill()
            process.wait()
    assert distributed == local
    known = rows(campaign)
    assert all(distributed[task] == known[task] for task in distributed.keys() & known.keys())


PARTIES = {"wrong_result": {"converter"}, "nothing": {"rounding", "none"}}


@pytest.mark.parametrize("fault", PARTIES)
def test_the_converter_is_named_for_what_it_wrote(planted_rows: dict[str, Row], fault: str) -> None:
    named = attribute(planted_rows[fault])
    assert named is not None
    assert named.party in PARTIES[fault]


def test_moved_digits_spread_no_further_than_rounding_and_the_same_way_each_time(planted_rows: dict[str, Row]) -> None:
    (output,) = planted_rows["nothing"]["pairs"]["framework|perturbed"]
    assert 0 < max(output["max_abs"]) < 1e-5
    (other,) = planted_rows["wrong_result"]["pairs"]["framework|perturbed"]
    assert output == other


def test_planted_faults_are_found_and_sums_in_another_order_are_not(tmp_path: Path) -> None:
    folder = tmp_path / "planted"
    words = ["--models", "3", "--sizes", "20:30:5", "--inputs", "2", "--seed", "3", "--workers", "2", "--inject"]
    command("run", *words, "--exporters", "torchscript,tf2onnx", "--out", str(folder))
    found = list(injection.table(Records(folder).rows()))
    assert len(found) >= 10
    gross = [one for one in found if not one["kind"].startswith("reordered") and (one["effect"] or 0) > 64]
    assert len(gross) >= 5
    for one in gross:
        assert {party: one[f"as_{party}"] for party in injection.OWN} == {party: party for party in injection.OWN}
    for one in found:
        if one["kind"].startswith("reordered"):
            assert {one[f"as_{party}"] for party in injection.OWN} <= {"rounding", "none"}


def test_an_architecture_of_each_library_is_converted(tmp_path: Path) -> None:
    models = (
        "torchvision:inception_v3",
        "timm:ghostnet_100",
        "transformers:bert",
    )  # each alone in its process, as in a campaign
    specification = Specification("architectures", ("torchscript",), len(ARCHITECTURES), (15,), inputs=1, examine=False)
    chosen = [task for task in tasks(specification, listed_models("architectures")) if task["model"] in models]
    found = {row["model"]: row for row in run_here(chosen, tmp_path, 1)}
    assert {name: found[name].get("error") for name in models} == dict.fromkeys(models)


def test_a_converters_fault_is_reduced_to_its_operator_with_what_the_framework_gives() -> None:
    done = subprocess.run(
        [str(interpreter("torch")), "-m", "tests.conversion.planted_torch"],
        capture_output=True, text=True, check=False, cwd=Path(__file__).resolve().parents[2],
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout.splitlines()[-1])
    assert (found["framework_operators"], found["operators"]) == (["Sigmoid"], ["Tanh"])
    assert found["first"] == {"operator": "Sigmoid", "types": ["float32"], "attributes": {}, "place": "3 of 4"}
    assert found["complete"]
    (given,) = found["feed"].values()
    assert given["shape"] == [1, 1]
    value = float.fromhex(given["values"][0])
    (expected,) = found["results"]["framework"]
    assert float.fromhex(expected["values"][0]) == pytest.approx(1 / (1 + math.exp(-value)))
    assert "Tanh" in found["model"]
