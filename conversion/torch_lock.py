"""Split torch's lock: what every machine needs, and what its CUDA build needs beside; see ``make lock``.

The registry's Linux wheel of torch is a CUDA build that requires several GB of libraries; its CPU build lies on indexes of
other makers. The first lock holds torch with the hashes of both and no CUDA library. The second names the CPU build alone, by its
local version, and is tried first: pip prefers an index with hashes to a folder of wheels without. The third holds CUDA's libraries,
and is installed only where the wheel that came is the CUDA build.
"""

import importlib.metadata
import re
import sys
from pathlib import Path

from datapackage.files import write_atomic

_CUDA = re.compile(r"(?:nvidia-|cuda-|triton\b)")
_CPU_WHEEL = re.compile(r"# cpu (?P<package>\S+) (?P<hash>sha256:[0-9a-f]{64}) \S+")


def split(lock: str, requirements: str) -> tuple[str, str, str]:
    """Return the lock without CUDA's libraries and with the CPU wheels' hashes, that of CPU wheels, that of CUDA's libraries.

    Parameters
    ----------
    lock : str
        As uv compiles it, with hashes.
    requirements : str
        The requirements file, whose lines ``# cpu PACKAGE HASH FILE`` name the CPU wheels.
    """
    hashes: dict[str, list[str]] = {}
    for found in _CPU_WHEEL.finditer(requirements):
        hashes.setdefault(found["package"], []).append(found["hash"])
    plain: list[str] = []
    cuda: list[str] = []
    for entry in re.split(r"(?m)^(?=\S)", lock):
        name = re.split(r"[=\[ ]", entry, maxsplit=1)[0]
        for value in hashes.get(name, ()):
            entry = entry.replace("    --hash=", f"    --hash={value} \\\n    --hash=", 1)  # noqa: PLW2901
        (cuda if _CUDA.match(entry) else plain).append(entry)
    cpu = []
    for package, values in hashes.items():
        version = re.search(rf"(?m)^{re.escape(package)}==([\w.]+)", lock)
        if version is not None:
            cpu.append(f"{package}=={version[1]}+cpu" + "".join(f" \\\n    --hash={value}" for value in values) + "\n")
    return "".join(plain), "".join(cpu), "".join(cuda)


def main(compiled: str, requirements: str, plain: str, cpu: str, cuda: str) -> None:
    """Split a compiled lock into three files."""
    texts = split(Path(compiled).read_text(encoding="utf-8"), Path(requirements).read_text(encoding="utf-8"))
    for path, text in zip((plain, cpu, cuda), texts, strict=True):
        write_atomic(Path(path), text)


def needs_cuda() -> bool:
    """Tell whether the torch of this environment is a build that requires CUDA's libraries."""
    required = importlib.metadata.requires("torch") or []
    return sys.platform == "linux" and any(_CUDA.match(requirement) for requirement in required)


if __name__ == "__main__":
    if sys.argv[1:] == ["--needs-cuda"]:
        sys.exit(0 if needs_cuda() else 1)
    main(*sys.argv[1:])
