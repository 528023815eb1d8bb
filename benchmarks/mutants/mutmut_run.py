"""One area's run of mutmut, in a copy of the project under ``.mutants/``.

The copy keeps what was found, so that a run that was stopped goes on where it stood; mutmut drops what it found of functions
that changed since.
"""

import contextlib
import difflib
import filecmp
import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent

from mutmut.configuration import reset_config
from mutmut.mutation.file_mutation import mutate_file_contents
from mutmut.stats import status_by_exit_code
from mutmut.utils.format_utils import get_mutant_name, orig_function_and_class_names_from_key

from benchmarks.mutants.plan import Area, Change

ROOT = Path(__file__).resolve().parents[2]
PLACE = ROOT / ".mutants"
PACKAGES = (
    "analysis",
    "benchmarks",
    "conversion",
    "datapackage",
    "demo",
    "docs",
    "labelling",
    "methods",
    "mining",
    "release",
    "teaching",
)
_LEFT_OUT = ("figures/", "notebooks/", "paper/", "benchmarks/mutants/")  # no test of an area needs them
# waiting counts, not work: a busy machine must not pass for a slip that never ends
_SETTINGS: Mapping[str, str | Sequence[str]] = {
    "source_paths": PACKAGES,
    "also_copy": ("data", "README.md"),
    "timeout_constant": "20",
    "timeout_multiplier": "3",
    "use_git_change_detection": "false",
    "track_dependencies": "false",
    "pytest_add_cli_args": ("-p", "no:cacheprovider"),
}


def git(*arguments: str) -> str:
    """Return what git says of the project."""
    return subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603, S607


def copied(area: Area) -> Path:
    """Bring the copy of the project up to date, with mutmut's settings for an area, and return it."""
    place = PLACE / area.name
    listed = git("ls-files", "-z", "--cached", "--others", "--exclude-standard").split("\0")
    names = {name for name in listed if name and not name.startswith(_LEFT_OUT) and (ROOT / name).is_file()}
    for name in names:
        source, target = ROOT / name, place / name
        # mutmut goes by times: what was edited while a run went on must look newer than what that run made of it
        if not target.exists() or not filecmp.cmp(source, target, shallow=False):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)
    for package in (*PACKAGES, "tests", "data"):
        for path in (place / package).rglob("*"):
            if path.is_file() and "__pycache__" not in path.parts and path.relative_to(place).as_posix() not in names:
                path.unlink()
    settings = {**_SETTINGS, "only_mutate": area.modules, "pytest_add_cli_args_test_selection": area.tests}
    lines = ["[mutmut]"]
    for name, value in settings.items():
        lines.append(f"{name} = {value}" if isinstance(value, str) else "\n    ".join([f"{name} =", *value]))
    text, path = "\n".join(lines) + "\n", place / "setup.cfg"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        path.write_text(text, encoding="utf-8")
        # which test reaches which function was found out for other modules or tests
        (place / "mutants" / "mutmut-stats.json").unlink(missing_ok=True)
    shutil.rmtree(place / "mutants" / "tests", ignore_errors=True)
    return place


def changes(place: Path, module: str) -> dict[str, Change]:
    """Return the slips that mutmut plants in a module, by its name for each."""
    with contextlib.chdir(place):
        reset_config()
        mutated = mutate_file_contents(module, Path(module).read_text(encoding="utf-8"))
    lines = mutated.code.splitlines()

    def source(name: str) -> list[str]:
        span = mutated.line_span_by_function_name[name]
        text = dedent("\n".join(lines[span.start - 1 : span.end]))
        return [line.strip() for line in text.replace(name, "_").splitlines()]

    found = {}
    for name in mutated.mutant_names:
        key = get_mutant_name(Path(module), name)
        function, owner = orig_function_and_class_names_from_key(key)
        original = source(f"{name.partition('__mutmut_')[0]}__mutmut_orig")
        marked = list(difflib.ndiff(original, source(name)))
        before, after = ("\n".join(line[2:] for line in marked if line.startswith(sign)) for sign in ("- ", "+ "))
        found[key] = Change(module, f"{owner}.{function}" if owner else function, before, after)
    return found


def statuses(place: Path, module: str) -> dict[str, str]:
    """Return what became of each slip of a module so far, in mutmut's words, such as ``killed`` or ``survived``."""
    path = place / "mutants" / f"{module}.meta"
    if not path.exists():
        return {}
    codes = json.loads(path.read_text(encoding="utf-8"))["exit_code_by_key"]
    return {name: status_by_exit_code[code] for name, code in codes.items()}


def run(place: Path, names: Sequence[str], *, seconds: float | None, processes: int) -> None:
    """Try slips; what was found when the time is up is kept.

    Raises
    ------
    RuntimeError
        mutmut could not run, as where the tests fail without any slip.
    """
    environment = {**os.environ, "HYPOTHESIS_PROFILE": "few"}
    command = [str(Path(sys.executable).with_name("mutmut")), "run", "--max-children", str(processes), *names]
    with subprocess.Popen(command, cwd=place, env=environment, start_new_session=True) as process:  # noqa: S603
        try:
            code = process.wait(seconds)
        except subprocess.TimeoutExpired:
            # not SIGINT, which a background job's children ignore; every slip's end is on disk already
            os.killpg(process.pid, signal.SIGTERM)
            return
        except BaseException:
            os.killpg(process.pid, signal.SIGTERM)
            raise
    if code:
        raise RuntimeError(f"mutmut ended with {code} in {place}")


def batches(names: Sequence[str], size: int = 400) -> Iterator[Sequence[str]]:
    """Yield the names in parts that a command line holds."""
    for start in range(0, len(names), size):
        yield names[start : start + size]
