import ast
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from analysis.dataset import load_campaigns
from conversion.commands import COMMANDS
from conversion.commands.run import SECONDS
from conversion.records import Records
from datapackage.commandline import DATA, main
from datapackage.descriptor import FILE, refresh
from datapackage.validation import validate
from tests.conversion.fake_campaign import fake_tasks, run, specification
from tests.conversion.test_classification import failed, row

ROOT = Path(__file__).resolve().parents[2]


def conversion(*arguments: str) -> int:
    return main("python -m conversion", "", COMMANDS, list(arguments))


@pytest.fixture
def campaign(tmp_path: Path) -> Path:
    records = Records(tmp_path / "campaign")
    records.begin(specification(2))
    tasks = fake_tasks(2)
    with records.locked():
        for task, made in zip(tasks, (row([1], [2]), failed("load")), strict=True):
            records.append({**made, **{name: task[name] for name in ("id", "exporter", "model", "nodes", "opset")}})
    return records.folder


def test_status_and_classify_count_what_is_stored(campaign: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert conversion("status", str(campaign)) == 0
    assert "torch.onnx-torchscript: 2 of 2 tasks (1 done, 1 exception)" in capsys.readouterr().out
    assert conversion("classify", str(campaign), "--criterion", "absolute-1e-7") == 0
    told = capsys.readouterr().out
    assert "1   50.0%  load_failure" in told
    assert "1   50.0%  mismatch" in told


def test_an_exported_campaign_is_described_and_read_like_the_shipped_ones(
    campaign: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = tmp_path / "data"
    shutil.copytree(DATA, data)
    command = ("export", str(campaign), "--name", "2031-05-mine", "--to", str(data / "conversions"))
    assert conversion(*command) == 0
    told = capsys.readouterr().out
    assert "conversions-2031-05-mine is described" in told
    assert "conversions-2031-05-mine-operators is described" in told
    refresh(data)
    assert validate(data) == []
    assert len(load_campaigns(data)["2031-05-mine"]) == 2
    # once more, by another criterion: nothing is described twice, and a description that somebody improved stays
    text = (data / FILE).read_text(encoding="utf-8")
    improved = text.replace("A campaign on the suite", "Ours, on the suite")
    assert improved != text
    (data / FILE).write_text(improved, encoding="utf-8")
    assert conversion(*command, "--criterion", "absolute-1e-7") == 0
    assert "is described" not in capsys.readouterr().out
    assert "Ours, on the suite" in (data / FILE).read_text(encoding="utf-8")
    refresh(data)
    assert validate(data) == []


def test_tables_outside_a_data_package_are_written_and_not_described(campaign: Path, tmp_path: Path) -> None:
    assert conversion("export", str(campaign), "--name", "mine", "--to", str(tmp_path / "elsewhere")) == 0
    assert sorted(path.name for path in (tmp_path / "elsewhere").iterdir()) == [
        "mine-operators.csv",
        "mine.csv",
        "mine.json",
    ]


def test_what_the_documents_say_a_task_costs_is_what_plan_counts_with() -> None:
    rows = [
        line.strip("| ").split(" | ")
        for line in (ROOT / "docs" / "scaling.md").read_text("utf-8").splitlines()
        if " h |" in line
    ]
    names = {"dynamo": "torch.onnx-dynamo", "TorchScript": "torch.onnx-torchscript", "tf2onnx": "tf2onnx"}
    told = {names[row[0]]: (float(row[1]), float(row[2])) for row in rows}
    assert told == SECONDS
    assert [row[3:] for row in rows] == [
        [f"{1000 * examined / 3600:.1f} h", f"{100_000 * examined / 3600:.0f} h"] for _, examined in SECONDS.values()
    ]


def test_plan_counts_the_tasks_of_each_converter(capsys: pytest.CaptureFixture[str]) -> None:
    assert conversion("plan", "--models", "30", "--opsets", "17,18", "--workers", "4") == 0
    told = capsys.readouterr().out
    assert told.count("60 tasks") == 3
    assert "180 tasks  about" in told


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["status", "no-such-folder"], "no-such-folder: holds no campaign"),
        (
            ["classify", "{campaign}", "--criterion", "strict"],
            "value 'strict': is no criterion; choose from absolute-1e-7",
        ),
        (["export", "{campaign}", "--name", "../x"], "value '../x': must hold small letters"),
        (["run", "--out", "{campaign}", "--sizes", "a", "--opsets", "b"], "2 faults found"),
        (["run", "--out", "{campaign}", "--engine", "dask"], "--scheduler: belongs to --engine dask"),
        (["run", "--out", "{campaign}", "--models", "9"], "this run asks for"),
        (["plan", "--exporters", "onnx2torch"], "value '('onnx2torch',)'|onnx2torch"),
        (["reproduce", "{campaign}", "nothing"], "value 'nothing': is no task of this campaign"),
        (["minimise", "{campaign}", "nothing", "neither"], "2 faults found"),
        (["minimise", "{campaign}", fake_tasks(2)[0]["id"]], "has nobody at fault (its outputs were not compared)"),
    ],
)
def test_a_fault_names_its_place_and_remedy(
    campaign: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], message: str
) -> None:
    before = {path: path.read_bytes() for path in campaign.rglob("*") if path.is_file()}
    assert conversion(*(argument.format(campaign=campaign) for argument in arguments)) == 1
    told = capsys.readouterr().err
    assert any(part in told for part in message.split("|"))
    assert {
        path: path.read_bytes() for path in campaign.rglob("*") if path.is_file() and path.name != "sessions.jsonl"
    } == {path: data for path, data in before.items() if path.name != "sessions.jsonl"}


def test_versions_stand_beside_the_rows_that_name_them(tmp_path: Path) -> None:
    run(tmp_path, fake_tasks(2))
    records = Records(tmp_path)
    assert {found["versions"] for found in records.rows()} == set(records.versions())
    assert list(records.versions().values()) == [{"fake": "1"}]


def test_the_core_imports_no_framework() -> None:
    heavy = "torch", "tensorflow", "onnxruntime", "onnx", "nnsmith", "keras"
    script = f"import conversion.commands, sys; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("path", sorted((ROOT / "conversion" / "workers").rglob("*.py")), ids=lambda path: path.stem)
def test_workers_import_nothing_of_the_project_but_themselves(path: Path) -> None:
    ours = {entry.name for entry in ROOT.iterdir() if (entry / "__init__.py").exists()}
    for node in ast.walk(ast.parse(path.read_text())):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        assert all(name.startswith("conversion.workers") or name.split(".")[0] not in ours for name in names), names
