"""Pseudonyms for logins.

The same person has the same one within a store, and nobody can compute it without the store's key.
"""

import hashlib
import hmac
import secrets
from pathlib import Path

from datapackage.errors import Fault, InputError
from datapackage.files import write_atomic
from datapackage.reasons import Reason

KEY_FILE = "pseudonym.key"


def load_key(store: Path) -> bytes:
    """Return the store's key; make one, readable by its owner alone, when the store has none.

    Raises
    ------
    InputError
        The key's file is not what this function wrote.
    """
    path = store / KEY_FILE
    text = path.read_text(encoding="ascii", errors="replace").strip() if path.exists() else ""
    if not text:  # none yet, or cut off before it was filled: no pseudonym was made with it
        write_atomic(path, "")
        path.chmod(0o600)
        text = secrets.token_hex(32)
        write_atomic(path, text + "\n")  # a replaced file keeps its mode
    try:
        key = bytes.fromhex(text)
    except ValueError:
        key = b""
    if len(key) != 32:
        message = "is not a key of 64 hexadecimal digits; restore it, or remove it and accept other pseudonyms"
        raise InputError([Fault(str(path), message, reason=Reason.FORMAT)])
    return key


def pseudonym(key: bytes, login: str | None) -> str:
    """Return the pseudonym of a login: ``u`` and 16 hexadecimal digits of its HMAC-SHA256; empty for a deleted account.

    GitHub's logins don't distinguish case, so the login is folded to lower case first.
    """
    if not login:
        return ""
    return "u" + hmac.new(key, login.lower().encode(), hashlib.sha256).hexdigest()[:16]
