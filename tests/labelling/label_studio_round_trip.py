"""A round trip through a real Label Studio: its interface and tasks in, labels through its interface for programs, exports out.

    python -m tests.labelling.label_studio_round_trip LABEL-STUDIO [--out DIR]

LABEL-STUDIO is the program of an environment of its own (``pip install label-studio``; about 1 GB). It is started on SQLite in a
temporary folder, on a port that the system picks. The exports that it writes are test data (`test_label_studio`): invented
issues only.
"""

import argparse
import json
import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any

from datapackage.codebook import load_codebook
from datapackage.commandline import DATA
from labelling.label_studio import FORMS, interface, tasks
from labelling.texts import Text

EXPORTS = Path(__file__).with_name("label_studio_exports")
IDENTITY, USER, PASSWORD = "autumn/main/ann", "ann@example.org", "invented-0123"
ISSUES = [f"pytorch/pytorch#{9_000_000 + number}" for number in range(1, 6)]
# symptom, path of the cause, location, unsure, rationale; nothing for the last issue
LABELS: list[tuple[str, list[str], str, bool, str]] = [
    ("Crash", ["Type problem", "Tensor"], "Export", False, ""),
    ("Wrong model", ["Shape problem"], "Node conversion", True, "a naïve “guess”,\nover two lines"),
    ("Hang", ["Algorithmic error"], "Optimisation", False, ""),
    ("Explosion", ["Type problem", "Tensor"], "Export", False, "a label that the interface does not have"),
]


class Studio:
    """A running Label Studio, with its legacy token."""

    def __init__(self, program: str, folder: Path) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        self.url, self._token = f"http://127.0.0.1:{port}", "0123456789abcdef0123456789abcdef01234567"
        environment = os.environ | {
            "HOME": str(folder), "LABEL_STUDIO_BASE_DATA_DIR": str(folder), "COLLECT_ANALYTICS": "false",
            "LABEL_STUDIO_ENABLE_LEGACY_API_TOKEN": "true", "LATEST_VERSION_CHECK": "false",
        }  # fmt: skip
        options = ["--no-browser", "--port", str(port), "--username", USER, "--password", PASSWORD, "--user-token", self._token,
                   "--enable-legacy-api-token"]  # fmt: skip
        self._log = (folder / "log.txt").open("w")
        self._process = subprocess.Popen(
            [program, "start", *options], env=environment, stdout=self._log, stderr=subprocess.STDOUT
        )

    def wait(self, seconds: float = 420) -> None:
        end = time.monotonic() + seconds
        while time.monotonic() < end and self._process.poll() is None:
            try:
                self.call("GET", "/api/projects/")
            except OSError:
                time.sleep(2)
            else:
                return
        raise SystemExit("Label Studio did not start:\n" + Path(self._log.name).read_text()[-3000:])

    def call(self, method: str, path: str, body: object = None) -> bytes:
        data = None if body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Token {self._token}", "Content-Type": "application/json"}
        request = urllib.request.Request(self.url + path, data, headers, method=method)  # noqa: S310 - our own server
        try:
            with urllib.request.urlopen(request, timeout=60) as response:  # noqa: S310
                return bytes(response.read())
        except urllib.error.HTTPError as error:
            raise OSError(f"{method} {path}: {error.code} {error.read()[:500]!r}") from error

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(30)
        self._log.close()


def result(label: tuple[str, list[str], str, bool, str]) -> list[dict[str, Any]]:
    """Return a label as Label Studio's page would send it."""
    symptom, cause, location, unsure, rationale = label

    def part(name: str, kind: str, value: dict[str, Any]) -> dict[str, Any]:
        return {"from_name": name, "to_name": "text", "type": kind, "value": value}

    parts = [
        part("symptom", "choices", {"choices": [symptom]}),
        part("cause", "taxonomy", {"taxonomy": [cause]}),
        part("location", "choices", {"choices": [location]}),
    ]
    parts += [part("unsure", "choices", {"choices": ["unsure"]})] if unsure else []
    return parts + ([part("rationale", "textarea", {"text": [rationale]})] if rationale else [])


def round_trip(studio: Studio, out: Path) -> None:
    """Make a project, import tasks, label them, and keep every export."""
    config = interface(load_codebook(DATA))
    studio.call("POST", "/api/projects/validate/", {"label_config": config})
    project = json.loads(studio.call("POST", "/api/projects/", {"title": IDENTITY, "label_config": config}))["id"]
    texts = {issue: Text("An invented report", "It fails, it says.") for issue in ISSUES}
    studio.call("POST", f"/api/projects/{project}/import", json.loads(tasks(IDENTITY, ISSUES, texts)))
    listed = json.loads(studio.call("GET", f"/api/tasks/?project={project}&page_size=100&fields=all"))["tasks"]
    numbers = {task["data"]["issue"]: task["id"] for task in listed}
    for issue, label in zip(ISSUES, LABELS, strict=False):
        studio.call("POST", f"/api/tasks/{numbers[issue]}/annotations/", {"result": result(label)})
    for form in FORMS:
        content = studio.call("GET", f"/api/projects/{project}/export?exportType={form}&download_all_tasks=true")
        suffix = "csv" if form == "CSV" else "json"
        (out / f"{form.lower()}.{suffix}").write_bytes(content)


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program", help="Label Studio's program")
    parser.add_argument("--out", type=Path, default=EXPORTS, help="where to keep its exports")
    arguments = parser.parse_args()
    arguments.out.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        studio = Studio(arguments.program, Path(folder))
        try:
            studio.wait()
            round_trip(studio, arguments.out)
        finally:
            studio.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
