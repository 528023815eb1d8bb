"""The archive's four large files: where they lie, which bytes are the published ones, how to read a piece of them.

They are ordinary git blobs of a few to some hundred MB: every clone has them, smaller copies of the archive may not. Git
names a file by its content, so that the names in `LARGE_FILES` tell whether a file is the published one. The two ZIP files
may hold their members at the root or in a folder, with the twins that macOS adds; a user may have unpacked them beside
themselves, and then both must agree.
"""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import IO, Any, cast

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason

LARGEST_MEMBER = 4 * 1024**3  # bytes of one file, unpacked
LARGEST_RATIO = 1000  # unpacked to packed; text of repeated sequences stays well below
_CHUNK = 1024**2
_POINTER = b"version https://git-lfs.github.com/spec/"
_LINK = 0o120000
_SETS = ("mismatch", "correct_mismatch", "test_mismatch")


@dataclass(frozen=True)
class LargeFile:
    """One of the archive's large files.

    Attributes
    ----------
    path : str
        In the archive.
    blob : str
        Git's name of its content.
    members : mapping of str to str or None
        What a ZIP file holds: base name → git's name of the content where it is known. Empty for a file that is no ZIP.
    """

    path: str
    blob: str
    members: Mapping[str, str | None] = field(default_factory=dict)


ISSUE_LISTS = LargeFile(
    "Theme2/issue-data/data.zip",
    "f24131c5d33fe0ab7a80e71a557f0a8dc6d5e430",
    {
        "all_pytorch_issues.json": "b655a45efd3024258faa38c3023215ea6e6d3adf",
        "all_tf2onnx_issues.json": "7ce826270556cdb42959d1402e071e2b848cdff5",
        "filt_pytorch_issues.json": "31b3fce044c17e188a315e41615385d2cb899b45",
        "filt_tf2onnx_issues.json": "78c18ed72c6edc6daf01dae5c98af26e44cc73cd",
    },
)
REAL_TORCH = LargeFile("Theme3/real-models/pytorch_conv_results.json", "b9a28994a1983e2228f302033bc0a45d914479be")
REAL_TF2ONNX = LargeFile("Theme3/real-models/tf2onnx_conv_results.json", "37194aae4dad4d6eb2ae1af51e22203d773c3e7e")
SEQUENCES = LargeFile(
    "Theme3/synthetic-models/onnx_parsing_results/parser_results.zip",
    "9ef7e2cf4daa42c5f79e5e64eda7930e985434de",
    {f"{name}_{kind}_seq_match_results.json": None for name in ("torch", "tf2onnx") for kind in _SETS},
)
LARGE_FILES = (ISSUE_LISTS, REAL_TORCH, REAL_TF2ONNX, SEQUENCES)


@dataclass(frozen=True)
class Source:
    """A JSON file to read, on disk or in a ZIP file.

    Attributes
    ----------
    place : str
        For messages: the path, with the member's in brackets.
    path : Path
        The file, or the ZIP file.
    member : str or None
        Name in the ZIP file.
    """

    place: str
    path: Path
    member: str | None = None

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """Open for one reading from the start; what is wrong with the file is an `InputError`, whenever it shows."""
        try:
            with self.path.open("rb") as file:
                if self.member is None:
                    yield _bounded(file, self.place)
                else:
                    with zipfile.ZipFile(file) as book, book.open(self.member) as stream:
                        yield _bounded(stream, self.place)
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
            raise InputError([Fault(self.place, f"cannot be unpacked: {error}", reason=Reason.FORMAT)]) from error

    def digest(self) -> str:
        """Return the SHA-256 of the content."""
        with self.open() as stream:
            digest = hashlib.sha256()
            while chunk := stream.read(_CHUNK):
                digest.update(chunk)
        return digest.hexdigest()


class Bounded(io.RawIOBase):
    """A stream that ends with an error once it has given more than `LARGEST_MEMBER` bytes, whatever a ZIP file declares."""

    def __init__(self, stream: IO[bytes], place: str) -> None:
        super().__init__()
        self._stream, self._place, self._given = stream, place, 0

    def readable(self) -> bool:
        """Return True."""
        return True

    def read(self, size: int = -1) -> bytes:
        """Return the next `size` bytes; see `io.RawIOBase`."""
        data = self._stream.read(size)
        self._given += len(data)
        if self._given > LARGEST_MEMBER:
            message = f"unpacks to more than {LARGEST_MEMBER} bytes; do not use this file"
            raise InputError([Fault(self._place, message, reason=Reason.TOO_LARGE)])
        return data


def _bounded(stream: IO[bytes], place: str) -> IO[bytes]:
    return cast(IO[bytes], Bounded(stream, place))


def blob_name(path: Path) -> str:
    """Return git's name of a file's content: SHA-1 of ``blob SIZE``, NUL, and the bytes.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.NamedTemporaryFile() as file:
    ...     blob_name(Path(file.name))
    'e69de29bb2d1d6434b8b29ae775ad8c2e48c5391'
    """
    digest = hashlib.sha1(f"blob {path.stat().st_size}\0".encode(), usedforsecurity=False)
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK):
            digest.update(chunk)
    return digest.hexdigest()


def find_sources(
    archive: Path, faults: list[Fault], notices: list[str], *, allow_changed: bool = False
) -> dict[str, Source]:
    """Find what can be read of the large files.

    Parameters
    ----------
    archive : Path
        Root of the clone.
    faults : list of Fault
        Receives changed and damaged files, lacking members, and copies that disagree.
    notices : list of str
        Receives what was passed over, and why.
    allow_changed : bool
        Accept content that git names otherwise, or whose name is not known.

    Returns
    -------
    dict of str to Source
        By base name; a large file that is not there has none, one with a fault has none either.
    """
    found: dict[str, Source] = {}
    for large in LARGE_FILES:
        before = len(faults)
        sources = _sources(archive / large.path, large, faults, notices, allow_changed=allow_changed)
        if len(faults) == before:
            found |= sources
    return found


def _sources(
    path: Path, large: LargeFile, faults: list[Fault], notices: list[str], *, allow_changed: bool
) -> dict[str, Source]:
    whole = _usable(path, notices)
    unpacked = _unpacked(path, large, notices) if large.members else {}
    if whole and not allow_changed and (name := blob_name(path)) != large.blob:
        message = f"is not the published file (git's name {large.blob}); use --allow-changed to import it all the same"
        faults.append(Fault(str(path), message, value=name, reason=Reason.CHANGED_FILE))
        return {}
    if whole and not large.members:
        return {path.name: Source(str(path), path)}
    try:
        packed = _members(path, large, faults, notices) if whole else {}
        chosen = {
            name: source
            for name in large.members
            if (source := _agreed([*packed.get(name, ()), *unpacked.get(name, ())], faults))
        }
    except InputError as error:
        faults += error.faults
        return {}
    if not whole and not allow_changed:
        faults += [fault for name, source in chosen.items() if (fault := _unproven(source, path, large.members[name]))]
    if whole or chosen:
        faults += [
            Fault(str(path), "lacks this file; take the archive's own", value=name, reason=Reason.MISSING_MEMBER)
            for name in large.members
            if name not in chosen
        ]
    return chosen


def _usable(path: Path, notices: list[str]) -> bool:
    """Whether a file is there with a content of its own."""
    if not path.is_file():
        if path.exists() or path.is_symlink():
            notices.append(f"{path}: is no file; passed over")
        return False
    with path.open("rb") as stream:
        start = stream.read(len(_POINTER))
    if start in (b"", _POINTER):
        what = "is a Git LFS pointer, not the file" if start else "is empty"
        notices.append(f"{path}: {what}; passed over")
        return False
    return True


def _unpacked(path: Path, large: LargeFile, notices: list[str]) -> dict[str, list[Source]]:
    """Find members beside their ZIP file, or in a folder there."""
    return {
        name: [Source(str(each), each) for each in places]
        for name in large.members
        if (
            places := [
                each
                for each in sorted(path.parent.rglob(name))
                if "__MACOSX" not in each.parts and _usable(each, notices)
            ]
        )
    }


def _members(path: Path, large: LargeFile, faults: list[Fault], notices: list[str]) -> dict[str, list[Source]]:
    """Find the members of a ZIP file by base name; pass over everything else."""
    found: dict[str, list[Source]] = {}
    skipped = []
    try:
        with zipfile.ZipFile(path) as book:
            for member in book.infolist():
                name = PurePosixPath(member.filename.replace("\\", "/"))
                if member.is_dir():
                    continue
                if name.name not in large.members or "__MACOSX" in name.parts:
                    skipped.append(member.filename)
                elif fault := _unsafe(str(path), member):
                    faults.append(fault)
                else:
                    source = Source(f"{path}[{member.filename}]", path, member.filename)
                    found.setdefault(name.name, []).append(source)
    except (zipfile.BadZipFile, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise InputError([Fault(str(path), f"cannot be read as a ZIP file: {error}", reason=Reason.FORMAT)]) from error
    if skipped:
        shown = ", ".join(repr(name) for name in sorted(skipped)[:5])
        more = f" and {len(skipped) - 5} more" if len(skipped) > 5 else ""
        notices.append(f"{path}: passed over {shown}{more}")
    return found


def _unsafe(place: str, member: zipfile.ZipInfo) -> Fault | None:
    """Return a fault where a member's path leads out of the ZIP file, or it is a link, encrypted, or packed beyond reason."""
    name = PurePosixPath(member.filename.replace("\\", "/"))
    told: dict[str, Any] = {"value": member.filename}
    if name.is_absolute() or ".." in name.parts or ":" in member.filename:
        return Fault(place, "path leads out of the ZIP file; do not use this file", reason=Reason.UNSAFE_PATH, **told)
    if (member.external_attr >> 16) & 0o170000 == _LINK:
        return Fault(place, "is a link; do not use this file", reason=Reason.UNSAFE_PATH, **told)
    if member.flag_bits & 1:
        return Fault(place, "is encrypted; take the archive's own file", reason=Reason.FORMAT, **told)
    if member.file_size > LARGEST_RATIO * max(1, member.compress_size) and member.file_size > _CHUNK:
        return Fault(place, "expands beyond reason; do not use this file", reason=Reason.TOO_LARGE, **told)
    return None


def _agreed(sources: Sequence[Source], faults: list[Fault]) -> Source | None:
    """Return the first of several copies of a file, which must be equal."""
    if len(sources) > 1 and len({source.digest() for source in sources}) > 1:
        places = ", ".join(source.place for source in sources[1:])
        message = f"differs from {places}; keep the published one"
        faults.append(Fault(sources[0].place, message, reason=Reason.COPIES_DIFFER))
    return sources[0] if sources else None


def _unproven(source: Source, zip_path: Path, blob: str | None) -> Fault | None:
    """Return a fault where nothing shows that an unpacked file is the published one."""
    if blob is not None and (found := blob_name(source.path)) != blob:
        message = f"is not the published file (git's name {blob}); use --allow-changed to import it all the same"
        return Fault(source.place, message, value=found, reason=Reason.CHANGED_FILE)
    if blob is None:
        message = f"can be checked only beside {zip_path.name}; restore that, or use --allow-changed"
        return Fault(source.place, message, reason=Reason.CHANGED_FILE)
    return None
