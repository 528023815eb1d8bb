"""What a fetch brings: everything that the server has, once, in order, and nothing that mustn't leave the archive."""

import copy
import csv
import gzip
import json
import random
from collections import Counter
from pathlib import Path

import duckdb
import pytest

from datapackage.errors import StudyError
from demo.github_server.population import Population, event, moment
from demo.github_server.population import issue as make_issue
from mining.converters import Converter
from mining.derived_tables import derive
from mining.github.archive import Archive
from mining.github.queries import EVENT_KINDS
from mining.pseudonyms import pseudonym
from mining.records import join_labels
from mining.store import locked
from mining.store_tables import read_events, read_issues
from tests.mining.conftest import TF2ONNX, TORCH, fetch, new_store, run, tables


def test_every_issue_and_every_event_arrives_once_and_in_place(serve, small, store, clock):
    server = serve(small)
    fetch(server, store, clock)
    derive(store)
    expected = [node for node in small.repositories["onnx/tensorflow-onnx"] if node["state"] == "CLOSED"]
    found = read_issues(store)
    assert [issue.issue for issue in found] == [f"onnx/tensorflow-onnx#{node['number']}" for node in expected]
    events = read_events(store)
    for issue, node in zip(found, expected, strict=True):
        timeline = node["timelineItems"]
        assert issue.timeline_entries == len(timeline)
        assert issue.hidden_entries == sum(entry is None for entry in timeline)
        assert issue.timeline_complete == "true"
        assert issue.labels == join_labels([label["name"] for label in node["labels"]])
        assert (issue.comments, issue.reactions) == (len(node["comments"]), len(node["reactions"]))
        wanted = [
            (place, EVENT_KINDS[entry["__typename"]], entry["createdAt"])
            for place, entry in enumerate(timeline, start=1)
            if entry and entry["__typename"] in EVENT_KINDS
        ]
        rows = events.get((issue.converter, issue.issue), [])
        assert [(row.position, row.event, row.created) for row in rows] == wanted


def test_each_kind_of_event_brings_what_the_filters_need(serve, store, clock, small):
    fetch(serve(small), store, clock)
    derive(store)
    nodes = {node["number"]: node for node in small.repositories["onnx/tensorflow-onnx"]}
    kinds = Counter()
    for (_, name), rows in read_events(store).items():
        timeline = nodes[int(name.partition("#")[2])]["timelineItems"]
        for row in rows:
            node = timeline[row.position - 1]
            kinds[row.event] += 1
            closer = node.get("closer") or {}
            commit = node.get("commit") or (closer if closer.get("__typename") == "Commit" else None) or {}
            assert row.commit == commit.get("oid", "")
            if row.event == "connected":
                ends = {
                    f"{end['repository']['nameWithOwner']}#{end['number']}" for end in (node["source"], node["subject"])
                }
                assert {row.source, row.issue} == ends
                assert row.source_kind == "pull_request"
            if row.event == "cross_referenced":
                assert row.source_state == node["source"]["state"].lower()
                assert row.will_close == str(node["willCloseTarget"]).lower()
            if row.event == "transferred":
                assert row.repository == (node["fromRepository"] or {}).get("nameWithOwner", "")
            if row.event in ("labeled", "unlabeled"):
                assert row.label == node["label"]["name"]
    assert set(kinds) == set(EVENT_KINDS.values())


def test_only_the_converters_label_is_fetched(serve, small, store, clock):
    fetch(serve(small), store, clock, converter=TORCH)
    derive(store)
    labelled = {
        f"pytorch/pytorch#{node['number']}"
        for node in small.repositories["pytorch/pytorch"]
        if node["state"] == "CLOSED" and "module: onnx" in [label["name"] for label in node["labels"]]
    }
    assert labelled
    assert {issue.issue for issue in read_issues(store)} == labelled


def test_titles_bodies_and_logins_stay_in_the_archive(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    raw = b"".join(gzip.decompress(path.read_bytes()) for path in store.glob("raw/*/*/*.gz"))
    assert b"Secret body" in raw
    assert b"Login-" in raw
    for name, content in tables(store).items():
        for text in (b"Secret", b"Login-", b"login-", b"script", b"cmd|"):
            assert text not in content, name
    logins = {
        (node["author"] or {}).get("login")
        for node in small.repositories["onnx/tensorflow-onnx"]
        if node["state"] == "CLOSED"
    }
    assert {issue.author for issue in read_issues(store)} == {pseudonym(b"\xab" * 32, login) for login in logins}


def test_parquet_holds_the_rows_of_the_csv(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    with (store / "tables" / "events.csv").open(encoding="utf-8", newline="") as stream:
        rows = list(csv.DictReader(stream))
    names = ("issue", "position", "event", "label", "source")
    with duckdb.connect() as connection:
        table = connection.read_parquet(str(store / "tables" / "events.parquet"))
        found = table.select(*names).fetchall()
    assert [tuple("" if value is None else str(value) for value in row) for row in found] == [
        tuple(row[name] for name in names) for row in rows
    ]


def test_tables_are_rebuilt_offline_byte_for_byte(serve, small, store, clock):
    fetch(serve(small), store, clock)
    derive(store)
    before = tables(store)
    for path in (store / "tables").iterdir():
        path.unlink()
    assert run("derive", "--store", store) == 0
    assert tables(store) == before


def test_page_size_does_not_show_in_the_tables(serve, small, tmp_path, clock):
    server = serve(small)
    results = []
    for page in (1, 7, 100):
        folder = new_store(tmp_path / f"page-{page}")
        fetch(server, folder, clock, page=page)
        derive(folder)
        results.append(tables(folder))
    assert results[0] == results[1] == results[2]


def test_a_later_run_asks_only_for_what_changed(serve, small, store, clock):
    population = copy.deepcopy(small)
    server = serve(population)
    fetch(server, store, clock)
    issues = population.repositories["onnx/tensorflow-onnx"]
    for node in issues:  # long before the first run began
        node["updatedAt"] = "2020-01-01T00:00:00Z"
    closed = [issue for issue in issues if issue["state"] == "CLOSED"]
    now = "2099-01-01T00:00:00Z"
    reopened, grown = closed[0], closed[3]
    reopened |= {"state": "OPEN", "closedAt": None, "updatedAt": now}
    grown["updatedAt"] = now
    grown["timelineItems"] += [{"__typename": "ReopenedEvent", "id": "E_new", "createdAt": now, "actor": None}]
    before = len(server.requests)
    report = fetch(server, store, clock)
    assert report.converters["tf2onnx"]["issues"] == 2
    assert all(
        request["variables"].get("since") for request in server.requests[before:] if "Issues(" in request["query"]
    )
    derive(store)
    found = {issue.issue: issue for issue in read_issues(store)}
    assert found[f"onnx/tensorflow-onnx#{reopened['number']}"].state == "open"
    last = read_events(store)["tf2onnx", f"onnx/tensorflow-onnx#{grown['number']}"][-1]
    assert (last.event, last.position) == ("reopened", len(grown["timelineItems"]))
    assert len(found) == len(closed)


def test_a_full_run_forgets_what_is_gone(serve, small, store, clock):
    population = copy.deepcopy(small)
    server = serve(population)
    fetch(server, store, clock)
    gone = next(issue for issue in population.repositories["onnx/tensorflow-onnx"] if issue["state"] == "CLOSED")
    population.repositories["onnx/tensorflow-onnx"].remove(gone)
    name = f"onnx/tensorflow-onnx#{gone['number']}"
    fetch(server, store, clock)
    derive(store)
    assert name in {issue.issue for issue in read_issues(store)}
    fetch(server, store, clock, full=True)
    derive(store)
    assert name not in {issue.issue for issue in read_issues(store)}


def test_changed_labels_call_for_a_full_fetch(serve, small, store, clock):
    server = serve(small)
    fetch(server, store, clock)
    narrower = Converter("tf2onnx", TF2ONNX.repository, ("bug",))
    assert fetch(server, store, clock, converter=narrower).converters["tf2onnx"]["fetch"] == "full"
    derive(store)
    assert all("bug" in issue.label_names for issue in read_issues(store))


def test_renamed_repository_is_followed_and_told(serve, small, store, clock):
    population = Population({"onnx/new-name": copy.deepcopy(small.repositories["onnx/tensorflow-onnx"])})
    for issue in population.repositories["onnx/new-name"]:
        issue["repository"] = {"__typename": "Repository", "nameWithOwner": "onnx/new-name"}
    population.renamed["onnx/tensorflow-onnx"] = "onnx/new-name"
    report = fetch(serve(population), store, clock)
    derive(store)
    assert any("onnx/new-name" in warning for warning in report.warnings)
    assert {issue.repository for issue in read_issues(store)} == {"onnx/new-name"}


def test_unknown_repository_is_an_error_that_says_what_to_do(serve, small, store, clock):
    with pytest.raises(StudyError, match=r"knows no repository nobody/nothing.*list of converters"):
        fetch(serve(small), store, clock, converter=Converter("x", "nobody/nothing"))


def test_labels_that_match_nothing_are_warned_of(serve, small, store, clock):
    report = fetch(serve(small), store, clock, converter=Converter("x", "pytorch/pytorch", ("no such label",)))
    assert any("no such label" in warning for warning in report.warnings)


def test_issue_deleted_while_its_timeline_is_read_is_marked_incomplete(serve, small, store, clock):
    population = copy.deepcopy(small)
    server = serve(population)
    issues = population.repositories["onnx/tensorflow-onnx"]
    longest = max(
        (issue for issue in issues if issue["state"] == "CLOSED"), key=lambda issue: len(issue["timelineItems"])
    )

    def delete(_: int) -> None:
        if server.requests[-1]["query"].lstrip().startswith("query Timelines") and longest in issues:
            issues.remove(longest)

    server.on_request = delete
    fetch(server, store, clock)
    assert derive(store)["incomplete_timelines"] == 1
    rows = {issue.issue: issue for issue in read_issues(store)}
    assert rows[f"onnx/tensorflow-onnx#{longest['number']}"].timeline_complete == "false"


def test_command_prints_budget_report_and_goes_on_after_a_failing_converter(serve, small, store, capsys, tmp_path):
    converters = tmp_path / "converters.yaml"
    converters.write_text(
        "converters:\n- {name: gone, repository: nobody/nothing}\n- {name: tf2onnx, repository: onnx/tensorflow-onnx}\n"
    )
    code = run("fetch", "--store", store, "--converters", converters, "--api-url", serve(small).url)
    printed = capsys.readouterr()
    assert code == 1
    assert "nobody/nothing" in printed.err
    assert "1 requests, 1 points" in printed.err
    assert "outcome complete" in printed.out
    assert read_issues(store)
    report = json.loads(next((store / "runs").iterdir()).read_text())
    assert report["converters"]["gone"] == {"outcome": "unfinished"}


def test_dry_run_asks_once_and_stores_nothing(serve, small, store, capsys):
    server = serve(small)
    assert run("fetch", "--dry-run", "--store", store, "--converter", "tf2onnx", "--api-url", server.url) == 0
    assert "requests" in capsys.readouterr().err
    assert len(server.requests) == 1
    assert not (store / "raw").exists()


def test_requests_are_few(serve, store, clock):
    timeline_pages = Population(
        {"onnx/tensorflow-onnx": [_plain_issue(number, 350 if number % 50 == 0 else 8) for number in range(1, 401)]}
    )
    server = serve(timeline_pages)
    fetch(server, store, clock, page=50)
    # pages of fifty; whether the list stood still; then eight long timelines together, three pages each
    assert len(server.requests) == 8 + 1 + 3


def _plain_issue(number: int, length: int) -> dict[str, object]:
    draw = random.Random(number)
    node = make_issue(draw, "onnx/tensorflow-onnx", number, length)
    return node | {
        "state": "CLOSED",
        "closedAt": moment(number),
        "timelineItems": [
            {**event(draw, node, "IssueComment", moment(1)), "id": f"E_{number}_{n}"} for n in range(length)
        ],
    }


def test_archive_keeps_query_cursor_and_time(serve, small, store, clock):
    fetch(serve(small), store, clock)
    envelopes = [envelope for current in Archive(store, "tf2onnx").rounds() for envelope in current.envelopes()]
    assert [envelope["variables"]["after"] for envelope in envelopes[:3]] == [None, "cursor:5", "cursor:10"]
    assert all(len(envelope["query_sha256"]) == 64 for envelope in envelopes)
    assert {envelope["fetched"] for envelope in envelopes} == {"2024-05-01T12:00:00Z"}


def test_second_run_on_the_same_store_is_refused(serve, small, store, capsys):
    with locked(Path(store)):
        assert run("fetch", "--store", store, "--converter", "tf2onnx", "--api-url", serve(small).url) == 1
    assert "another run is using this store" in capsys.readouterr().err
