"""Who wrote an issue can't be told from its pseudonym: not by hashing guessed logins, nor by reading the key of another user."""

import os
import stat
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from datapackage.errors import InputError
from mining import pseudonyms
from mining.pseudonyms import KEY_FILE, load_key, pseudonym

KEY, OTHER_KEY = b"\xab" * 32, b"\xcd" * 32
LOGINS = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-", min_size=1, max_size=39)


@pytest.fixture
def open_umask() -> Iterator[None]:
    """New files are readable by everybody, as on many shared machines."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def test_a_pseudonym_is_keyed_as_openssl_does_it() -> None:
    # printf octocat | openssl dgst -sha256 -mac HMAC -macopt hexkey:abab…ab (32 bytes) → bbec6f520cf47987…   (OpenSSL 3.0)
    assert pseudonym(KEY, "octocat") == "ubbec6f520cf47987"


@given(LOGINS)
def test_without_the_key_a_login_does_not_lead_to_its_pseudonym(login: str) -> None:
    assert pseudonym(KEY, login) != pseudonym(OTHER_KEY, login)


@given(LOGINS, LOGINS)
def test_one_person_has_one_pseudonym_and_two_have_two(one: str, other: str) -> None:
    assert (pseudonym(KEY, one) == pseudonym(KEY, other)) == (one.lower() == other.lower())


@pytest.mark.parametrize("login", [None, ""])
def test_a_deleted_account_has_none(login: str | None) -> None:
    assert pseudonym(KEY, login) == ""


@pytest.mark.parametrize("left", [None, "", "\n"], ids=["no file", "cut off while it was made", "blank"])
def test_the_key_is_its_owners_alone_and_stays(left: str | None, open_umask: None, tmp_path) -> None:
    path = tmp_path / KEY_FILE
    if left is not None:
        path.write_text(left)
        path.chmod(0o644)
    key = load_key(tmp_path)
    assert len(key) == 32
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert load_key(tmp_path) == key


def test_a_key_whose_making_was_cut_off_is_made_by_the_next_run(monkeypatch, tmp_path) -> None:
    write, calls = pseudonyms.write_atomic, []

    def cut_off(path, text) -> None:
        calls.append(text)
        if len(calls) == 2:
            raise KeyboardInterrupt
        write(path, text)

    monkeypatch.setattr(pseudonyms, "write_atomic", cut_off)
    with pytest.raises(KeyboardInterrupt):
        load_key(tmp_path)
    assert load_key(tmp_path) == load_key(tmp_path)
    assert len(load_key(tmp_path)) == 32


def test_two_stores_have_two_keys(tmp_path) -> None:
    assert load_key(tmp_path / "one") != load_key(tmp_path / "two")


@pytest.mark.parametrize("text", ["ab" * 31, "ab" * 33, "ab" * 31 + "xy", "é" * 64])
def test_a_damaged_key_is_refused_not_replaced(text: str, tmp_path) -> None:
    """Another key would give everybody a second pseudonym."""
    (tmp_path / KEY_FILE).write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="64 hexadecimal digits") as caught:
        load_key(tmp_path)
    assert [(fault.file, fault.reason) for fault in caught.value.faults] == [(str(tmp_path / KEY_FILE), "format")]
    assert (tmp_path / KEY_FILE).read_text(encoding="utf-8") == text
