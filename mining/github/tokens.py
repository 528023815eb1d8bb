"""Access tokens: where they come from, and keeping them out of everything that is written.

Invariant: a token is held by a `Token` only, whose text form hides it; every message that leaves this package has
passed `Redactor.clean`.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.reasons import Reason
from datapackage.unforeseen import conceal

_FORM = re.compile(r"[A-Za-z0-9_.-]{8,255}")
# the forms that GitHub documents for its tokens; a foreign token in a server's answer is hidden as well
_KNOWN_FORMS = re.compile(r"\b(?:gh[opusr]_[A-Za-z0-9_]{16,255}|github_pat_[A-Za-z0-9_]{20,255})")
HIDDEN = "[token]"


@dataclass(frozen=True, slots=True)
class Token:
    """A GitHub access token; `str` and `repr` don't show it.

    Attributes
    ----------
    secret : str
        The token.
    name : str
        What reports call it, such as ``token 1``.
    """

    secret: str = field(repr=False)
    name: str

    def __str__(self) -> str:
        return self.name


def read_tokens(token_file: Path | None, environment: Mapping[str, str] = os.environ) -> tuple[Token, ...]:
    """Collect the tokens: the file's, else those of ``GITHUB_TOKENS`` (commas or spaces between), else ``GITHUB_TOKEN``.

    Parameters
    ----------
    token_file : Path or None
        Text file with one token a line; empty lines and lines that begin with ``#`` are skipped.
    environment : mapping
        The process's environment variables.

    Raises
    ------
    InputError
        No token is found, or something that stands in its place cannot be one. The message doesn't repeat it.
    """
    if token_file is not None:
        source = Redactor(()).clean(str(token_file))  # in case somebody gives the token itself
        try:
            lines = token_file.read_text(encoding="utf-8").splitlines()
        except FileNotFoundError:
            raise InputError([Fault(source, "file is missing", reason=Reason.MISSING_FILE)]) from None
        except UnicodeDecodeError:
            raise InputError(
                [Fault(source, "is not a text file; write one token a line", reason=Reason.FORMAT)]
            ) from None
        found = [
            (row, text.strip()) for row, text in enumerate(lines, start=1) if text.strip() and not text.startswith("#")
        ]
    else:
        source = "GITHUB_TOKENS" if environment.get("GITHUB_TOKENS", "").strip() else "GITHUB_TOKEN"
        found = list(enumerate(re.split(r"[,\s]+", environment.get(source, "").strip(" ,\n\t")), start=1))
        found = [(row, text) for row, text in found if text]
    if not found:
        message = "holds no token; set GITHUB_TOKEN, or GITHUB_TOKENS for several, or name a file with --token-file"
        raise InputError([Fault(source, message, reason=Reason.NO_TOKEN)])
    message = "is not a token: 8 to 255 letters, digits, '_', '.' or '-' are expected"
    faults = [
        Fault(f"{source}, token {number}", message, reason=Reason.FORMAT)
        if token_file is None
        else Fault(source, message, row=number, reason=Reason.FORMAT)
        for number, text in found
        if not _FORM.fullmatch(text)
    ]
    if faults:
        raise InputError(faults)
    secrets = list(dict.fromkeys(text for _, text in found))
    for secret in secrets:
        conceal(secret)
    return tuple(Token(secret, f"token {number}") for number, secret in enumerate(secrets, start=1))


class Redactor:
    """Removes tokens from text.

    Parameters
    ----------
    tokens : sequence of Token
        Those in use.
    """

    def __init__(self, tokens: Sequence[Token]) -> None:
        self._secrets = tuple(sorted((token.secret for token in tokens), key=len, reverse=True))

    def clean(self, text: str) -> str:
        """Return `text` with every token in use, and everything of a GitHub token's form, replaced."""
        for secret in self._secrets:
            text = text.replace(secret, HIDDEN)
        return _KNOWN_FORMS.sub(HIDDEN, text)
