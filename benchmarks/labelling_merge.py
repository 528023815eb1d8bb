"""How long a merge of 2,000 labels takes: 1,000 invented issues with two raters each, into a copy of the data.

``python -m benchmarks.labelling_merge``; prints the figures as JSON and exits with 3 when the bound is missed. It bounds seconds of
the processor, which other work on the machine doesn't lengthen.
"""

import json
import shutil
import sys
import tempfile
import time
from pathlib import Path

from datapackage.commandline import DATA
from datapackage.files import write_atomic
from datapackage.tables import read_table
from labelling.assignment import assign
from labelling.labels import Label
from labelling.merge import merge
from labelling.project import Project, Round
from labelling.record import keep

ISSUES, SECONDS = 1000, 10


def prepared(store: Path) -> Project:
    """Return a sample that two raters labelled alike."""
    keys = [f"onnx/tensorflow-onnx#{9_000_000 + number}" for number in range(ISSUES)]
    rows = [f"s,{key},tf2onnx,{rank},2025-01-15,,{rank}" for rank, key in enumerate(keys)]
    header = "sample,issue,converter,population_rank,created,stratum,draw"
    write_atomic(store / "samples" / "s.csv", "\n".join([header, *rows]) + "\n")
    write_atomic(store / "samples" / "s.json", json.dumps({"converters": {"tf2onnx": {"population": 2 * ISSUES}}}))
    project = Project(store, "s")
    project.add_round(Round("main", 1, 1, assign(project.issues(), ["ann", "bob"], seed=1)))
    for rater in ("ann", "bob"):
        labels = [
            Label("s", "main", key, rater, "crash", "type_problem", "tensor", "export", False, "", "2026-01-01T00:00:00Z", "sheet")
            for key in keys
        ]  # fmt: skip
        write_atomic(store / f"{rater}.csv", rater)
        keep(project, store / f"{rater}.csv", labels)
    return project


def main() -> int:
    """Run the benchmark."""
    with tempfile.TemporaryDirectory() as folder:
        project, data = prepared(Path(folder) / "store"), Path(folder) / "data"
        shutil.copytree(DATA, data)
        start, cpu = time.perf_counter(), time.process_time()
        merge(project, data, "2026-01-02")
        seconds, cpu = time.perf_counter() - start, time.process_time() - cpu
        rows = len(read_table(data, "ratings")) - len(read_table(DATA, "ratings"))
    found = {"labels": 2 * ISSUES, "rows": rows, "seconds": round(seconds, 2), "processor_seconds": round(cpu, 2)}
    sys.stdout.write(json.dumps(found) + "\n")
    return 0 if cpu < SECONDS else 3


if __name__ == "__main__":
    sys.exit(main())
