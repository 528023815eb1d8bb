"""``python -m benchmarks.large_json``: how much memory and time the importer takes for the archive's large files, made large.

A list of real models of several hundred MB (error texts make it large), and the six files of shared sequences in a ZIP file:
as many models and sequences as the archive's notebook counted, times a factor; bound: 1 GB of memory at the peak, whatever
the size. Exits with 3 if it is exceeded, or if a file is not read without a fault.
"""

import argparse
import json
import random
import resource
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Iterator
from itertools import combinations, product
from pathlib import Path

from datapackage.errors import Fault
from mining.published_archive.large_files import REAL_TF2ONNX, SEQUENCES, Source
from mining.published_archive.real_models import read_real_models
from mining.published_archive.sequence_results import file_name, read_sequences

BOUND = 1024  # MB
_TEXT = '  File "/usr/lib/python3/site-packages/tf2onnx/tfonnx.py", line 1, in NaN [{]}\\n\N{SNOWMAN}' * 40
# mismatched models, those that they are compared with (round numbers), sequences of all pairs as the notebook counted them
_SEQUENCE_FILES = {
    ("torch.onnx", "mismatch"): (100, 0, 70_301),
    ("torch.onnx", "correct"): (100, 1_100, 923_707),
    ("torch.onnx", "tests"): (100, 1_000, 1_116),
    ("tf2onnx", "mismatch"): (220, 0, 156_218),
    ("tf2onnx", "correct"): (220, 43, 57_890),
    ("tf2onnx", "tests"): (220, 1_000, 5_481),
}
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


def sequences(kind: str, mismatched: int, others: int, total: int) -> Iterator[str]:
    """Yield a file of shared sequences in the archive's form, in pieces.

    Parameters
    ----------
    kind : str
        ``mismatch``, whose pairs are unordered pairs of mismatched models, or another.
    mismatched, others : int
        Models.
    total : int
        Sequences of all pairs together.
    """
    draw = random.Random(1)  # noqa: S311
    names = [*_OPERATORS, "input", "output"]
    codes = {name: chr(number) for number, name in enumerate(names)}
    pool = [draw.choices(_OPERATORS, k=draw.randint(2, 12)) for _ in range(6000)]
    pool += [["input", *each] for each in pool[:2000]] + [[*each, "output"] for each in pool[:2000]]
    pairs = list(
        combinations(range(mismatched), 2) if kind == "mismatch" else product(range(mismatched), range(others))
    )
    counts = [total // len(pairs) + (number < total % len(pairs)) for number in range(len(pairs))]
    yield json.dumps({"node_type_token_dict": codes, "token_node_type_dict": {v: k for k, v in codes.items()}})[:-1]
    yield ', "total_path_pairs_analyzed": 1'
    for key in ("results", "results_decoded"):
        yield f', "{key}": {{'
        draw.seed(2)
        for number, ((first, second), count) in enumerate(zip(pairs, counts, strict=True)):
            held = draw.sample(pool, count)
            shown = held if key == "results_decoded" else ["".join(codes[name] for name in each) for each in held]
            yield f'{", " if number else ""}"{first},{second}": {json.dumps(shown)}'
        yield "}"
    yield f', "mismatched_path_hash_dict": {json.dumps({f"models/{n}": n for n in range(mismatched)})}}}'


def measure(kind: str, path: Path) -> int:
    """Read a made file in this process and print what it took."""
    faults: list[Fault] = []
    started = time.monotonic()
    if kind == "real":
        frame = read_real_models({REAL_TF2ONNX.path.rpartition("/")[2]: Source(str(path), path)}, faults)
        rows = 0 if frame is None else len(frame)
    else:
        found = read_sequences({name: Source(str(path), path, name) for name in SEQUENCES.members}, faults)
        rows = sum(shared.total for shared in (found or {}).values())
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    figures = {"kind": kind, "rows": rows, "faults": len(faults)}
    print(json.dumps(figures | {"seconds": round(time.monotonic() - started, 1), "peak_mb": peak}))  # noqa: T201
    return 3 if peak > BOUND or faults else 0


def main() -> int:
    """Make the files, read each in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--megabytes", type=int, default=400)
    parser.add_argument("--times", type=int, default=3, help="of the true number of sequences (default: 3)")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "FILE"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        return measure(arguments.measure[0], Path(arguments.measure[1]))
    worst = 0
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "real.json", Path(folder) / "sequences.zip"
        with plain.open("w", encoding="utf-8") as stream:
            stream.writelines(real_models(arguments.megabytes))
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as book:
            for (converter, kind), (mismatched, others, total) in _SEQUENCE_FILES.items():
                with book.open(file_name(converter, kind), "w", force_zip64=True) as member:
                    for text in sequences(kind, mismatched, others, arguments.times * total):
                        member.write(text.encode())
            inside = sum(member.file_size for member in book.infolist())
        for kind, path in (("real", plain), ("sequences", packed)):
            size = inside if kind == "sequences" else path.stat().st_size
            print(f"{kind}: {size / 10**6:.0f} MB of JSON", flush=True)  # noqa: T201
            command = [sys.executable, "-m", "benchmarks.large_json", "--measure", kind, str(path)]
            worst = max(worst, subprocess.run(command, check=False).returncode)  # noqa: S603
    return worst


if __name__ == "__main__":
    sys.exit(main())
