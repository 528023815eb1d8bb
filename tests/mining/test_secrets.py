"""A token must not be found in any byte written or printed, nor in any exception, whatever the server does."""

import gzip
import traceback

import pytest

from datapackage.errors import InputError, StudyError
from demo.github_server.faults import Fault
from mining.github.tokens import HIDDEN, Redactor, Token, read_tokens
from tests.mining.conftest import OTHER_SECRET, SECRET, fetch, run


def _everything_written(folder):
    for path in folder.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            yield path.name, gzip.decompress(content) if path.suffix == ".gz" else content
            yield path.name, content


def test_token_is_nowhere_even_if_the_server_echoes_it(serve, small, store, tmp_path, capsys, monkeypatch):  # noqa: PLR0917
    monkeypatch.setenv("GITHUB_TOKENS", f"{SECRET}, {OTHER_SECRET}")
    server = serve(small, tokens=[OTHER_SECRET])
    server.echo_header = True
    options = ("--api-url", server.url)
    assert run("fetch", "--store", store, "--converter", "tf2onnx", *options) == 0
    sample = tmp_path / "wanted.csv"
    sample.write_text("issue\nonnx/tensorflow-onnx#1\nonnx/tensorflow-onnx#999\n")
    assert run("hydrate", sample, "--cache", tmp_path / "cache", *options) == 0
    printed = capsys.readouterr()
    assert {request["token"] for request in server.requests} == {SECRET, OTHER_SECRET}
    for name, content in [*_everything_written(tmp_path), ("output", (printed.out + printed.err).encode())]:
        for secret in (SECRET, OTHER_SECRET):
            assert secret.encode() not in content, name
        assert b'authorization"' not in content.lower(), name


@pytest.mark.parametrize(
    "fault",
    [Fault(404, {}, {"message": f"no {SECRET}"}), Fault(200, {}, {"errors": [{"message": f"bad {SECRET}"}]}), Fault(401),
     Fault(301, {"Location": f"http://example.org/{SECRET}"}, {})],
)  # fmt: skip
def test_token_is_in_no_exception(fault, serve, small, store, clock):
    with pytest.raises(StudyError) as caught:
        fetch(serve(small, [fault]), store, clock)
    shown = "".join(traceback.format_exception(caught.value, chain=not caught.value.__suppress_context__))
    assert SECRET not in str(caught.value)
    assert SECRET not in shown


def test_token_file_with_faults_does_not_show_them(tmp_path, capsys, store):
    path = tmp_path / "tokens"
    path.write_text(f"# mine\n{SECRET} trailing words\nshort\n")
    assert run("fetch", "--store", store, "--token-file", path) == 1
    message = capsys.readouterr().err
    assert "rows 2–3" in message
    assert SECRET not in message
    assert "short" not in message


def test_tokens_come_from_the_file_then_the_list_then_the_one(tmp_path):
    path = tmp_path / "tokens"
    path.write_text("# note\naaaaaaaa\n\nbbbbbbbb\naaaaaaaa\n")
    environment = {"GITHUB_TOKENS": "cccccccc,dddddddd eeeeeeee", "GITHUB_TOKEN": "ffffffff"}
    assert [token.secret for token in read_tokens(path, environment)] == ["aaaaaaaa", "bbbbbbbb"]
    assert [token.secret for token in read_tokens(None, environment)] == ["cccccccc", "dddddddd", "eeeeeeee"]
    assert [token.secret for token in read_tokens(None, {"GITHUB_TOKEN": "ffffffff"})] == ["ffffffff"]
    with pytest.raises(InputError, match="GITHUB_TOKEN"):
        read_tokens(None, {})


def test_a_token_shows_its_name_only():
    token = Token(SECRET, "token 1")
    assert SECRET not in f"{token} {token!r} {[token]}"
    assert Redactor([token]).clean(f"a {SECRET} b {OTHER_SECRET}") == f"a {HIDDEN} b {HIDDEN}"


def test_token_is_no_command_line_value(capsys):
    with pytest.raises(SystemExit) as caught:
        run("fetch", "--token", SECRET)
    assert caught.value.code == 2
    assert SECRET not in capsys.readouterr().err
    assert run("fetch", "--token-file", SECRET) == 1
    assert SECRET not in capsys.readouterr().err
