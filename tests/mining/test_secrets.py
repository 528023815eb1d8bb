"""A token must not be found in any byte written or printed, nor in any exception, whatever the server does."""

import copy
import gzip
import traceback

import pytest

from datapackage.errors import InputError, StudyError
from datapackage.reasons import Reason
from datapackage.unforeseen import report
from demo.github_server.faults import Fault
from mining.derived_tables import derive
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


@pytest.fixture
def careless(small):
    """People paste what they ran into their issues, tokens included."""
    population = copy.deepcopy(small)
    for issue in population.repositories["onnx/tensorflow-onnx"]:
        issue["title"], issue["body"] = f"fails with {OTHER_SECRET}", f"curl -H 'Authorization: token {SECRET}' naïve ☃"
        for place, note in enumerate(issue["comments"]):
            note["body"] = f"I used {(SECRET, OTHER_SECRET)[place % 2]}, too"
    return population


def test_a_token_in_somebodys_text_is_neither_archived_nor_cached(serve, careless, store, clock, tmp_path, capsys):  # noqa: PLR0917
    server = serve(careless)
    fetch(server, store, clock)
    derive(store)
    wanted = tmp_path / "wanted.csv"
    wanted.write_text("issue\n" + "".join(f"onnx/tensorflow-onnx#{number}\n" for number in range(1, 24)))
    assert run("hydrate", wanted, "--cache", tmp_path / "online", "--api-url", server.url) == 0
    assert run("hydrate", wanted, "--cache", tmp_path / "offline", "--offline", "--store", store) == 0
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.glob("o*line/issues/*/*/*.json")]
    assert len(texts) > 23
    assert all(f"fails with {HIDDEN}" in text and f"token {HIDDEN}' naïve ☃" in text for text in texts)
    for name, content in [*_everything_written(tmp_path), ("output", capsys.readouterr().out.encode())]:
        for secret in (SECRET, OTHER_SECRET):
            assert secret.encode() not in content, name


def test_a_token_in_an_error_of_the_server_is_not_told_to_the_user(serve, small, store, clock):
    """A proxy's error page may show the headers that it got."""
    fetch(serve(small, [Fault(500, {}, {"message": f"upstream refused {SECRET} and {OTHER_SECRET}"})]), store, clock)
    told = "\n".join(clock.said)
    assert "try 2 of" in told
    assert SECRET not in told
    assert OTHER_SECRET not in told


@pytest.mark.parametrize("text", ["{0}", "x{0}", "{0}y", "{0}{0}", "a {0}, b {1}.", "{1}{0}"])
@pytest.mark.parametrize(
    "secrets", [("abcdefgh", "abcdefgh-longer"), (SECRET, OTHER_SECRET), ("1234.5678", "x-1234.5678-y")]
)
def test_nothing_of_a_token_in_use_is_left(text, secrets):
    """A token of another server has no form to be known by, and one may begin with another."""
    tokens = [Token(secret, f"token {number}") for number, secret in enumerate(secrets)]
    for order in (tokens, tokens[::-1]):
        cleaned = Redactor(order).clean(text.format(*secrets))
        assert cleaned == text.format(HIDDEN, HIDDEN)


@pytest.mark.parametrize("prefix", ["ghp_", "gho_", "ghu_", "ghs_", "ghr_", "github_pat_"])
def test_a_token_of_somebody_else_is_known_by_its_form(prefix):
    secret = prefix + "A1b2" * 9
    assert Redactor(()).clean(f"a {secret} b") == f"a {HIDDEN} b"
    assert Redactor(()).clean(f"a {prefix}short b") == f"a {prefix}short b"


def test_a_token_file_that_is_no_text_is_said_to_be_none(tmp_path, store, capsys):
    path = tmp_path / "tokens"
    path.write_bytes(b"\xff\xfe" + SECRET.encode("utf-16-le"))
    assert run("fetch", "--store", store, "--token-file", path) == 1
    assert "one token a line" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "sound"),
    [
        ("a" * 7, False),
        ("a" * 8, True),
        ("a" * 255, True),
        ("a" * 256, False),
        ("abcd efgh", False),
        ("abcd\u00e9fgh", False),
    ],
)
def test_what_cannot_be_a_token_is_not_sent(text, sound, tmp_path):
    path = tmp_path / "tokens"
    path.write_text(f"bbbbbbbb\n{text}\n", encoding="utf-8")
    if sound:
        assert [token.name for token in read_tokens(path, {})] == ["token 1", "token 2"]
        return
    with pytest.raises(InputError) as caught:
        read_tokens(path, {})
    assert [(fault.file, fault.row, fault.value) for fault in caught.value.faults] == [(str(path), 2, None)]


def test_faults_of_tokens_in_the_environment_name_the_variable_and_the_place(tmp_path):
    with pytest.raises(InputError) as caught:
        read_tokens(None, {"GITHUB_TOKENS": "aaaaaaaa, short", "GITHUB_TOKEN": "bbbbbbbb"})
    assert [fault.file for fault in caught.value.faults] == ["GITHUB_TOKENS, token 2"]
    with pytest.raises(InputError) as caught:
        read_tokens(None, {"GITHUB_TOKENS": "  ", "GITHUB_TOKEN": "short"})
    assert [fault.file for fault in caught.value.faults] == ["GITHUB_TOKEN, token 1"]
    with pytest.raises(InputError, match="is missing"):
        read_tokens(tmp_path / "nowhere", {"GITHUB_TOKEN": "bbbbbbbb"})


@pytest.mark.parametrize(
    ("content", "environment", "place", "row", "reason", "words"),
    [
        (None, {}, "{path}", None, Reason.MISSING_FILE, "file is missing"),
        (b"\xff\xfe", {}, "{path}", None, Reason.FORMAT, "write one token a line"),
        (b"# none\n\n", {}, "{path}", None, Reason.NO_TOKEN, "set GITHUB_TOKEN, or GITHUB_TOKENS"),
        (b"aaaaaaaa\nshort\n", {}, "{path}", 2, Reason.FORMAT, "8 to 255 letters"),
        ("", {}, "GITHUB_TOKEN", None, Reason.NO_TOKEN, "set GITHUB_TOKEN, or GITHUB_TOKENS"),
        ("", {"GITHUB_TOKENS": " , "}, "GITHUB_TOKENS", None, Reason.NO_TOKEN, "--token-file"),
        ("", {"GITHUB_TOKENS": ", short"}, "GITHUB_TOKENS, token 1", None, Reason.FORMAT, "8 to 255 letters"),
    ],
)
def test_each_way_to_have_no_token_is_told_with_its_place_and_remedy(  # noqa: PLR0917
    content, environment, place, row, reason, words, tmp_path
):
    path = tmp_path / "tokens"
    if content:
        path.write_bytes(content)
    with pytest.raises(InputError) as caught:
        read_tokens(None if content == "" else path, environment)
    (fault,) = caught.value.faults
    assert (fault.file, fault.row, fault.reason) == (place.format(path=path), row, reason)
    assert words in fault.message


def test_a_token_that_was_read_is_in_no_report_of_an_unforeseen_error(monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("datapackage.unforeseen._SECRETS", set())
    read_tokens(None, {"GITHUB_TOKEN": "no-known-form"})
    told = report("mining", ["fetch", "no-known-form"], RuntimeError("refused no-known-form"))
    (written,) = tmp_path.iterdir()
    assert "no-known-form" not in told + written.read_text()


def test_a_token_that_holds_another_is_hidden_whole():
    tokens = [Token("zzzzzzzz", "token 1"), Token("aaaazzzzzzzz", "token 2")]
    assert Redactor(tokens).clean("aaaazzzzzzzz, zzzzzzzz") == f"{HIDDEN}, {HIDDEN}"


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
