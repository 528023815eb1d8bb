"""Files of npm packages that tests need: fetched once, checked, kept in the virtual environment, never in git."""

import hashlib
import json
import shutil
import subprocess
import tarfile
import tempfile
from pathlib import Path

from datapackage.errors import StudyError
from datapackage.files import write_atomic


def fetch_npm_file(package: str, version: str, member: str, sha256: str, path: Path) -> Path:
    """Return `path`, which holds a file of an npm package; fetch the package first if it isn't there.

    Raises
    ------
    StudyError
        There is no ``npm``, the package could not be fetched, or the file is another one.
    """
    if path.is_file() and hashlib.sha256(path.read_bytes()).hexdigest() == sha256:
        return path
    npm = shutil.which("npm")
    if npm is None:
        raise StudyError(f"npm is needed to fetch {package} {version} for the tests; install Node.js")
    with tempfile.TemporaryDirectory() as folder:
        command = [npm, "pack", f"{package}@{version}", "--json", "--pack-destination", folder]
        done = subprocess.run(command, capture_output=True, text=True, cwd=folder, check=False, timeout=300)
        if done.returncode:
            raise StudyError(f"npm could not fetch {package} {version}: {done.stderr.strip()[-500:]}")
        with tarfile.open(Path(folder) / json.loads(done.stdout)[0]["filename"]) as archive:
            packed = archive.extractfile(f"package/{member}")
            assert packed is not None
            content = packed.read()
    found = hashlib.sha256(content).hexdigest()
    if found != sha256:
        raise StudyError(f"{member} of {package} {version} has SHA-256 {found}, not {sha256}; don't use it")
    write_atomic(path, content)
    return path
