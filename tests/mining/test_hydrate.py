"""Texts come into the cache and nowhere else; what has vanished is told apart."""

import copy
import json

import pytest

from demo.github_server.faults import Fault
from mining.archived_texts import archived_texts
from mining.derived_tables import derive
from mining.hydrating import cache_path
from tests.mining.conftest import fetch, run


@pytest.fixture
def population(small):
    changed = copy.deepcopy(small)
    changed.deleted |= {"onnx/tensorflow-onnx#2", "onnx/tensorflow-onnx#3"}
    changed.moved["onnx/tensorflow-onnx#3"] = "pytorch/pytorch#4"
    comments = changed.repositories["onnx/tensorflow-onnx"][0]["comments"]
    comments[:] = [
        {
            "id": f"C{n}",
            "createdAt": "2020-01-01T00:00:00Z",
            "body": f"comment {n}",
            "author": None,
            "authorAssociation": "NONE",
        }
        for n in range(250)
    ]
    return changed


def hydrate(tmp_path, numbers, *options):
    table = tmp_path / "table.csv"
    table.write_text("sample,issue\n" + "".join(f"s,onnx/tensorflow-onnx#{number}\n" for number in numbers))
    return run("hydrate", table, "--cache", tmp_path / "cache", *options)


def test_texts_are_cached_and_the_vanished_reported(serve, population, tmp_path, capsys):
    server = serve(population)
    assert hydrate(tmp_path, [1, 2, 3, 4, 999], "--api-url", server.url) == 0
    printed = capsys.readouterr().out
    for line in ("fetched 2", "deleted 1\n  onnx/tensorflow-onnx#2", "no_access 1\n  onnx/tensorflow-onnx#999",
                 "moved 1\n  onnx/tensorflow-onnx#3 -> pytorch/pytorch#4"):  # fmt: skip
        assert line in printed
    first = json.loads(cache_path(tmp_path / "cache", "onnx/tensorflow-onnx#1").read_text())
    assert [note["body"] for note in first["comments"]] == [f"comment {n}" for n in range(250)]
    assert first["comments_complete"] is True
    assert first["body"] == "Secret body 1 naïve ☃"


def _miscount(body):
    body["data"]["i0"]["issue"]["comments"]["totalCount"] += 1
    return body


def _repeat(body):
    notes = body["data"]["i0"]["issue"]["comments"]["nodes"]
    notes[-1] = notes[0]
    return body


def _hide(body):
    body["data"]["i0"]["issue"]["comments"]["nodes"][0] = None
    return body


@pytest.mark.parametrize(("edit", "whole"), [(_miscount, False), (_repeat, False), (_hide, True)])
def test_a_text_without_all_its_comments_is_said_to_be_and_asked_for_again(  # noqa: PLR0917 - fixtures
    edit, whole, serve, population, tmp_path, capsys
):
    """Who labels by a cut discussion labels something else; a comment that GitHub hides is none that could be had."""
    comments = population.repositories["onnx/tensorflow-onnx"][3]["comments"]
    comments[:] = population.repositories["onnx/tensorflow-onnx"][0]["comments"][:3]
    server = serve(population, [Fault(edit=edit)])
    assert hydrate(tmp_path, [4], "--api-url", server.url) == 0
    printed = capsys.readouterr().out
    path = cache_path(tmp_path / "cache", "onnx/tensorflow-onnx#4")
    assert json.loads(path.read_text())["comments_complete"] is whole
    assert ("fetched 1" in printed) == whole
    assert ("incomplete 1\n  onnx/tensorflow-onnx#4 -> 3 comments received" in printed) != whole
    asked = len(server.requests)
    assert hydrate(tmp_path, [4], "--api-url", server.url) == 0
    assert (len(server.requests) > asked) != whole
    assert json.loads(path.read_text())["comments_complete"] is True


def test_what_is_cached_is_not_asked_for_again(serve, population, tmp_path, capsys):
    server = serve(population)
    options = ("--api-url", server.url)
    hydrate(tmp_path, [4, 5], *options)
    asked = len(server.requests)
    assert hydrate(tmp_path, [4, 5], *options) == 0
    assert len(server.requests) == asked
    assert "cached 2" in capsys.readouterr().out
    assert hydrate(tmp_path, [4, 5], "--refresh", *options) == 0
    assert len(server.requests) > asked


def test_an_issue_that_only_graphql_hides_is_not_called_gone(serve, population, tmp_path, capsys):
    def hide(body):
        body["data"]["i0"] = None
        return {**body, "errors": [{"type": "NOT_FOUND", "message": "no"}]}

    server = serve(population, [Fault(edit=hide)])
    assert hydrate(tmp_path, [4, 5], "--api-url", server.url) == 0
    assert "incomplete 1\n  onnx/tensorflow-onnx#4 -> REST shows it" in capsys.readouterr().out
    assert hydrate(tmp_path, [4, 5], "--api-url", server.url) == 0
    assert "cached 1" in capsys.readouterr().out
    assert cache_path(tmp_path / "cache", "onnx/tensorflow-onnx#4").is_file()


@pytest.mark.parametrize("damage", ["", "{", "null", '{"comments_complete": false}'])
def test_a_text_that_is_not_whole_in_the_cache_is_fetched_again(damage, serve, population, tmp_path):
    server = serve(population)
    path = cache_path(tmp_path / "cache", "onnx/tensorflow-onnx#4")
    hydrate(tmp_path, [4], "--api-url", server.url)
    whole = path.read_text()
    path.write_text(damage)
    hydrate(tmp_path, [4], "--api-url", server.url)
    assert path.read_text() == whole


def test_time_outs_halve_the_batch(serve, population, tmp_path):
    server = serve(population, [Fault(502), Fault(504)])
    assert hydrate(tmp_path, [5, 6, 7, 8], "--api-url", server.url) == 0
    sizes = [sum(name.startswith("number") for name in request["variables"]) for request in server.requests]
    assert sizes == [4, 2, 1, 1, 1, 1]


def test_offline_takes_what_the_archive_has(serve, population, store, clock, tmp_path, capsys, monkeypatch):  # noqa: PLR0917 - fixtures
    fetch(serve(population), store, clock)
    derive(store)
    monkeypatch.delenv("GITHUB_TOKEN")
    closed = next(
        node["number"] for node in population.repositories["onnx/tensorflow-onnx"] if node["state"] == "CLOSED"
    )
    assert hydrate(tmp_path, [closed, 999], "--offline", "--store", store) == 0
    assert "fetched 1" in capsys.readouterr().out
    path = cache_path(tmp_path / "cache", f"onnx/tensorflow-onnx#{closed}")
    kept = json.loads(path.read_text())
    (node,) = (node for node in population.repositories["onnx/tensorflow-onnx"] if node["number"] == closed)
    assert kept == {
        "issue": f"onnx/tensorflow-onnx#{closed}", "title": node["title"], "body": node["body"],
        "comments_complete": False, "comments": [],
    }  # fmt: skip
    # people look into these files: a line a key, letters as they are
    assert path.read_text().startswith('{\n  "issue": ')
    assert "☃" in path.read_text()
    # what is there already, with comments perhaps, is left alone
    path.write_text("{}")
    assert hydrate(tmp_path, [closed], "--offline", "--store", store) == 0
    assert "cached 1" in capsys.readouterr().out
    assert path.read_text() == "{}"


def test_every_text_of_the_archive_is_found(serve, population, store, clock):
    fetch(serve(population), store, clock)
    texts = archived_texts(store, "tf2onnx")
    shown = {node["number"]: node for node in population.repositories["onnx/tensorflow-onnx"]}
    found = {name: (text["title"], text["body"]) for name, text in texts.items()}
    assert len(found) > 3
    for name, text in found.items():
        node = shown[int(name.partition("#")[2])]
        assert text == (node["title"], node["body"]), name
    closed = {f"onnx/tensorflow-onnx#{number}" for number, node in shown.items() if node["state"] == "CLOSED"}
    gone = {name for name in closed if name in population.deleted}
    assert closed - gone <= set(found)


@pytest.mark.parametrize("issue", ["../../etc/passwd#1", "a/..#1", "a/b", "a/b#x", "", "a/b/c#1"])
def test_names_that_are_no_issues_are_faults(issue, tmp_path, capsys):
    table = tmp_path / "table.csv"
    table.write_text(f'issue,note\nonnx/onnx#1,x\n"{issue}",x\n')
    assert run("hydrate", table, "--cache", tmp_path / "cache") == 1
    assert "row 3" in capsys.readouterr().err
