"""``archive``: the release as one file for a repository that gives a DOI: source, data, outputs, checksums."""

import argparse
import gzip
import hashlib
import io
import re
import subprocess
import sys
import tarfile
from pathlib import Path

from datapackage.commandline import Command, require_writable
from datapackage.errors import StudyError
from datapackage.files import write_atomic
from release.facts import facts
from release.metadata import ROOT

CHECKSUMS, CHANGES = "SHA256SUMS", "CHANGELOG.md"


def build(root: Path) -> tuple[str, bytes]:
    """Return the archive of a clean checkout's commit.

    Entries are sorted, owned by nobody, and dated by the commit, so that a commit gives the same bytes again (compressed alike
    by the same zlib); ``SHA256SUMS`` in it lists every file.

    Parameters
    ----------
    root : Path
        The checkout.

    Returns
    -------
    name : str
        Such as ``onnx-converter-failures-1.2.0.tar.gz``.
    content : bytes
        The file.

    Raises
    ------
    StudyError
        The folder is no checkout's root, has changes that are not committed, or its version has no section in the changelog.
    """
    top = _git(root, "rev-parse", "--show-toplevel").decode().strip()
    if Path(top).resolve() != root.resolve():
        raise StudyError(f"{root}: is not the root of a git checkout; a release is made of a commit")
    changed = _git(root, "status", "--porcelain", "--untracked-files=all").decode().splitlines()
    if changed:
        raise StudyError(
            f"{root}: {len(changed)} changes are not committed ({changed[0].strip()}, …); commit or undo them"
        )
    found = facts(root)
    version = found.citation["version"]
    if not re.search(rf"^## {re.escape(version)}\b", (root / CHANGES).read_text(encoding="utf-8"), re.MULTILINE):
        raise StudyError(f"{CHANGES}: has no section '## {version}'; say there what the version brings")
    moment = int(_git(root, "show", "-s", "--format=%ct", "HEAD"))
    name = f"{found.project['name']}-{version}"
    files = _committed(root)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, (content, _) in sorted(files.items()))
    files[CHECKSUMS] = (sums.encode(), False)
    return f"{name}.tar.gz", _packed(name, files, moment)


def _committed(root: Path) -> dict[str, tuple[bytes, bool]]:
    """Return the commit's files by path: content, and whether it is a program."""
    with tarfile.open(fileobj=io.BytesIO(_git(root, "archive", "--format=tar", "HEAD"))) as source:
        members = [member for member in source if member.isfile()]
        return {m.name: (_content(source, m), bool(m.mode & 0o100)) for m in members}


def _content(source: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    stream = source.extractfile(member)
    return b"" if stream is None else stream.read()


def _packed(name: str, files: dict[str, tuple[bytes, bool]], moment: int) -> bytes:
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as target:
        for path, (content, program) in sorted(files.items()):
            entry = tarfile.TarInfo(f"{name}/{path}")
            entry.size, entry.mtime, entry.mode = len(content), moment, 0o755 if program else 0o644
            target.addfile(entry, io.BytesIO(content))
    return gzip.compress(plain.getvalue(), compresslevel=9, mtime=0)


def _git(root: Path, *arguments: str) -> bytes:
    try:
        done = subprocess.run(["git", "-C", str(root), *arguments], capture_output=True, check=True)  # noqa: S603, S607
    except FileNotFoundError as error:
        raise StudyError("git is not installed; a release is made of a commit") from error
    except subprocess.CalledProcessError as error:
        raise StudyError(f"{root}: git says: {error.stderr.decode(errors='replace').strip()}") from error
    return done.stdout


def _options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--out", type=Path, default=ROOT / "dist", metavar="DIR", help="folder for it (default: dist/)")


def _run(arguments: argparse.Namespace) -> int:
    require_writable(arguments.out, option="--out")
    name, content = build(ROOT)
    write_atomic(arguments.out / name, content)
    write_atomic(arguments.out / f"{name}.sha256", f"{hashlib.sha256(content).hexdigest()}  {name}\n")
    sys.stdout.write(f"archive  {arguments.out / name} ({len(content) / 1e6:.1f} MB)\n")
    return 0


ARCHIVE = Command(
    "archive",
    "build the release's archive from the last commit",
    "Build NAME-VERSION.tar.gz and its checksum from the last commit: source, data, outputs, and SHA256SUMS of every file. Refused "
    "where something is not committed. The same commit gives the same bytes.",
    _options,
    _run,
)
