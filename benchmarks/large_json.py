"""``python -m benchmarks.large_json``: how much memory and time the importer takes for the archive's large files, made large.

A list of real models of several hundred MB (error texts make it large) and a file of shared sequences in a ZIP file; bound:
1 GB of memory at the peak, whatever the size. Exits with 3 if it is exceeded.
"""

import argparse
import json
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from pathlib import Path

from datapackage.errors import Fault
from mining.published_archive.large_files import REAL_TF2ONNX, SEQUENCES, Source
from mining.published_archive.real_models import read_real_models
from mining.published_archive.sequence_results import read_sequences

BOUND = 1024  # MB
_TEXT = '  File "/usr/lib/python3/site-packages/tf2onnx/tfonnx.py", line 1, in NaN [{]}\\n\N{SNOWMAN}' * 40
_OPERATORS = [f"Op{number}" for number in range(60)]


def real_models(megabytes: int) -> Iterator[str]:
    """Yield a list of real models as JSON, about this large, in pieces."""
    entry = {
        "name": "model", "error": 1, "error_des": {"stdout": _TEXT, "stderr": _TEXT}, "max_abs_diff": float("nan"),
        "file_path": ["/usr/lib/tf2onnx/tfonnx.py"], "error_tuples": [["a", 1]] * 20, "model_type": "bert",
    }  # fmt: skip
    text = json.dumps(entry)
    count = megabytes * 10**6 // len(text)
    yield "["
    for number in range(count):
        yield text if not number else ", " + text
    yield "]"


def sequences(megabytes: int) -> Iterator[str]:
    """Yield a file of shared sequences, about this large with its decoded form, in pieces."""
    names = [*_OPERATORS, "input", "output"]
    codes = {name: chr(number) for number, name in enumerate(names)}
    yield json.dumps({"node_type_token_dict": codes, "token_node_type_dict": {v: k for k, v in codes.items()}})[:-1]
    for key in ("results", "results_decoded"):
        yield f', "{key}": {{'
        for pair in range(megabytes * 10**6 // 600):
            held = [[_OPERATORS[(pair * 7 + start + item) % 60] for item in range(3 + start)] for start in range(6)]
            shown = held if key == "results_decoded" else ["".join(codes[name] for name in each) for each in held]
            yield f'{"" if not pair else ", "}"{pair % 100},{pair // 100}": {json.dumps(shown)}'
        yield "}"
    yield "}"


def measure(kind: str, path: Path) -> int:
    """Read a made file in this process and print what it took."""
    faults: list[Fault] = []
    started = time.monotonic()
    if kind == "real":
        frame = read_real_models({REAL_TF2ONNX.path.rpartition("/")[2]: Source(str(path), path)}, faults)
        rows = 0 if frame is None else len(frame)
    else:
        found = read_sequences({name: Source(str(path), path, "made.json") for name in SEQUENCES.members}, faults)
        rows = sum(shared.total for shared in (found or {}).values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(json.dumps({"kind": kind, "rows": rows, "seconds": round(time.monotonic() - started, 1), "peak_mb": peak}))  # noqa: T201
    return 3 if peak > BOUND or [fault for fault in faults if kind == "real"] else 0


def main() -> int:
    """Make the files, read each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure[0], Path(arguments.measure[1]))
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "real.json", Path(folder) / "sequences.zip"
        with plain.open("w", encoding="utf-8") as stream:
            stream.writelines(real_models(arguments.megabytes))
        with (
            zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book,
            book.open("made.json", "w", force_zip64=True) as member,
        ):
            for text in sequences(arguments.megabytes // 6):
                member.write(text.encode())
        for kind, path in (("real", plain), ("sequences", packed)):
            print(f"{kind}: {path.stat().st_size / 10**6:.0f} MB on disk", flush=True)  # noqa: T201
            command = [sys.executable, "-m", "benchmarks.large_json", "--measure", kind, str(path)]
            worst = max(worst, subprocess.run(command, check=False).returncode)  # noqa: S603
    return worst


if __name__ == "__main__":
    sys.exit(main())
