"""Options of the commands that talk to GitHub."""

import argparse
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mining.github.client import API_URL, Client
from mining.github.clock import SystemClock
from mining.github.progress import Progress, progress_on
from mining.github.report import RunReport, new_report
from mining.github.tokens import read_tokens


def connection_options(parser: argparse.ArgumentParser) -> None:
    """Add ``--token-file``, ``--api-url`` and ``--timeout``."""
    group = parser.add_argument_group(
        "connection",
        "A token is read from --token-file, else from the environment: GITHUB_TOKENS (several, separated by commas), "
        "else GITHUB_TOKEN. A token without any scope is enough for public repositories. Several rotate as they reach "
        "their limits.",
    )
    group.add_argument("--token", action=_RefuseToken, nargs="?", help=argparse.SUPPRESS)
    group.add_argument("--token-file", type=Path, metavar="FILE", help="file with one token a line")
    group.add_argument(
        "--api-url", type=_address, default=API_URL, metavar="URL",
        help=f"REST base address; https://HOST/api/v3 for GitHub Enterprise (default: {API_URL})",
    )  # fmt: skip
    group.add_argument(
        "--timeout",
        type=positive,
        default=60,
        metavar="SECONDS",
        help="give up a request that isn't answered in full after this (default: 60)",
    )


@contextmanager
def connected(arguments: argparse.Namespace) -> Iterator[tuple[Client, RunReport, Progress]]:
    """Yield a client as the options say, the report that it fills, and progress on the standard error stream."""
    tokens = read_tokens(arguments.token_file)
    clock = SystemClock()
    report = new_report(clock.now())
    with progress_on(sys.stderr) as progress:
        client = Client(tokens, arguments.api_url, clock, report, timeout=arguments.timeout, say=progress.say)
        yield client, report, progress


class _RefuseToken(argparse.Action):
    """Catches the option that people try first, without repeating its value."""

    def __call__(self, parser: argparse.ArgumentParser, *_: object) -> None:
        """End with a usage error."""
        parser.error(
            "a token isn't given on the command line, where others can read it; use GITHUB_TOKEN or --token-file"
        )


def positive(text: str) -> int:
    """Parse a whole number from 1 (for argparse)."""
    value = int(text)
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be at least 1: {text!r}")
    return value


def _address(text: str) -> str:
    if not text.startswith(("https://", "http://")):
        raise argparse.ArgumentTypeError(f"must begin with https:// (or http:// for a local server): {text!r}")
    return text
