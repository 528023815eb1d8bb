"""A fetch is complete when every issue and every entry that GitHub counts was received, once; otherwise it says what lacks."""

import json

import pytest

from datapackage.errors import StudyError
from demo.github_server.faults import Fault, asks
from demo.github_server.population import generate
from mining.derived_tables import derive
from mining.store_tables import read_events, read_issues, read_snapshots
from tests.mining.conftest import TF2ONNX, fetch, new_store, run, tables

NAME = "onnx/tensorflow-onnx"
NOW = "2024-05-01T12:00:00Z"


@pytest.fixture
def population():
    return generate(3, {NAME: 30}, mean=3, lengths=[350, 0, 101])


def closed(population):
    return [node for node in population.repositories[NAME] if node["state"] == "CLOSED"]


def truth(serve, population, tmp_path, clock):
    folder = new_store(tmp_path / "truth")
    fetch(serve(population), folder, clock, full=True)
    derive(folder)
    return tables(folder)


def move(node, state):
    node |= {"state": state, "closedAt": NOW if state == "CLOSED" else None, "updatedAt": NOW}


def test_an_issue_shifted_out_of_sight_is_found(serve, population, store, clock, tmp_path):
    """One of the first page is opened again, one further on is closed: each page is full, the count is right, one is missing."""
    seen, unseen = closed(population)[1], next(n for n in population.repositories[NAME][15:] if n["state"] == "OPEN")

    def act(_):
        move(seen, "OPEN")
        move(unseen, "CLOSED")

    report = fetch(serve(population, [Fault(act=act, when=asks("Issues"), skip=1)]), store, clock)
    derive(store)
    assert report.converters["tf2onnx"]["outcome"] == "complete"
    assert tables(store) == truth(serve, population, tmp_path, clock)
    assert any("the list moved while it was read" in line for line in clock.said)


def test_a_deleted_issue_shifts_another_and_is_noticed_by_the_count(serve, population, store, clock, tmp_path):
    gone = closed(population)[1]
    act = Fault(act=lambda there: there.repositories[NAME].remove(gone), when=asks("Issues"), skip=1)
    fetch(serve(population, [act]), store, clock)
    derive(store)
    assert tables(store) == truth(serve, population, tmp_path, clock)


def test_a_list_that_never_holds_still_is_incomplete_and_names_what_lacks(serve, population, store, clock, tmp_path):
    lost = closed(population)[2]

    def lose(body):
        page = body["data"]["repository"]["issues"]
        page["nodes"] = [node for node in page["nodes"] if node["number"] != lost["number"]]
        return body

    server = serve(population, [Fault(edit=lose, when=asks("Issues"), times=None)])
    report = fetch(server, store, clock)
    derive(store)
    words = f"1 issue (#{lost['number']}) listed but not received"
    assert report.converters["tf2onnx"] | {"outcome": "incomplete", "missing": words} == report.converters["tf2onnx"]
    assert read_snapshots(store)[0].missing == words
    server.faults.clear()
    assert fetch(server, store, clock).converters["tf2onnx"]["fetch"] == "full"
    derive(store)
    assert tables(store) == truth(serve, population, tmp_path, clock)
    assert not read_snapshots(store)[0].missing


def test_more_counted_than_listed_is_incomplete_at_once(serve, population, store, clock):
    def miscount(body):
        body["data"]["repository"]["issues"]["totalCount"] += 5
        return body

    server = serve(population, [Fault(edit=miscount, when=asks(name), times=None) for name in ("Issues", "RollCall")])
    report = fetch(server, store, clock)
    count = len(closed(population))
    assert report.converters["tf2onnx"]["missing"] == f"GitHub counts {count + 5} issues and lists {count}"
    assert sum("query Issues(" in request["query"] for request in server.requests) == -(-count // 5)


def test_a_repeated_page_of_events_is_not_stored(serve, population, store, clock, tmp_path):
    """One page again and again, each time with a new cursor: no event twice, no "complete"."""
    sent = []

    def repeat(body):
        for alias, node in body["data"].items():
            if alias.startswith("i") and node:
                sent.append(node["timelineItems"]["nodes"])
                node["timelineItems"]["nodes"] = sent[0]
        return body

    move(population.repositories[NAME][0], "CLOSED")
    server = serve(population, [Fault(edit=repeat, when=asks("Timelines"), times=None)])
    with pytest.raises(StudyError, match=r"events of #\d+ (repeats a page|goes on).*run the command again"):
        fetch(server, store, clock)
    server.faults.clear()
    fetch(server, store, clock)
    derive(store)
    assert tables(store) == truth(serve, population, tmp_path, clock)


def test_entries_that_do_not_add_up_are_read_again(serve, population, store, clock, tmp_path):
    move(population.repositories[NAME][0], "CLOSED")

    def lose(body):
        body["data"]["i0"]["timelineItems"]["nodes"].pop(3)
        return body

    faults = [Fault(edit=lose, when=asks("Timelines"))]
    report = fetch(serve(population, faults), store, clock)
    derive(store)
    assert report.converters["tf2onnx"]["outcome"] == "complete"
    assert tables(store) == truth(serve, population, tmp_path, clock)


def test_entries_that_never_add_up_are_marked_and_said(serve, population, store, clock):
    move(population.repositories[NAME][0], "CLOSED")

    def miscount(body):
        for alias, node in body["data"].items():
            if alias.startswith("i") and node["id"].endswith("_1"):
                node["timelineItems"]["totalCount"] += 7
        return body

    report = fetch(serve(population, [Fault(edit=miscount, when=asks("Timelines"), times=None)]), store, clock)
    assert derive(store)["incomplete_timelines"] == 1
    assert (
        report.converters["tf2onnx"]["missing"]
        == "1 timeline with other entries than counted (#1 350 received, 357 counted)"
    )
    assert [issue.timeline_complete for issue in read_issues(store)][:2] == ["false", "true"]
    positions = [event.position for event in read_events(store)["tf2onnx", f"{NAME}#1"]]
    assert len(positions) == len(set(positions))


def test_cursors_that_go_round_in_a_circle_end_the_run(serve, population, store, clock):
    """c10 → c20 → c10: no cursor stands twice in a row, all the same the list doesn't advance."""

    def circle(body):
        page = body["data"]["repository"]["issues"]["pageInfo"]
        page |= {"hasNextPage": True, "endCursor": {"cursor:15": "cursor:5"}.get(page["endCursor"], page["endCursor"])}
        return body

    server = serve(population, [Fault(edit=circle, when=asks("Issues"), times=None)])
    with pytest.raises(StudyError, match="doesn't advance"):
        fetch(server, store, clock)
    assert len(server.requests) < 20


@pytest.mark.parametrize("kind", ["Issues", "Timelines"])
def test_a_cursor_that_is_not_valid_any_more_starts_the_list_again(kind, serve, population, store, clock, tmp_path):  # noqa: PLR0917 - fixtures
    move(population.repositories[NAME][0], "CLOSED")
    refusal = {
        "errors": [{"type": "INVALID_CURSOR_ARGUMENTS", "message": "`xyz` does not appear to be a valid cursor."}]
    }
    server = serve(population, [Fault(body=refusal, when=asks(kind), skip=1)])
    fetch(server, store, clock)
    derive(store)
    assert tables(store) == truth(serve, population, tmp_path, clock)


@pytest.mark.parametrize(
    "spoil",
    [lambda page: page.update(nodes=None), lambda page: page.update(totalCount="5"), lambda page: page.pop("pageInfo"),
     lambda page: page["nodes"][0].update(timelineItems=None), lambda page: page["nodes"][0].update(createdAt="yesterday")],
)  # fmt: skip
def test_a_spoilt_answer_is_not_stored(spoil, serve, population, store, clock, tmp_path):  # noqa: PLR0917 - fixtures
    def edit(body):
        spoil(body["data"]["repository"]["issues"])
        return body

    server = serve(population, [Fault(edit=edit, when=asks("Issues"), skip=1, times=None)])
    with pytest.raises(StudyError, match=r"answer can't be used.*repository\.issues\..*run the command again"):
        fetch(server, store, clock)
    server.faults.clear()
    fetch(server, store, clock)
    derive(store)
    assert tables(store) == truth(serve, population, tmp_path, clock)


def test_incomplete_is_said_by_the_commands_that_follow(serve, population, store, capsys, tmp_path):
    def hide(body):
        body["data"]["repository"]["issues"]["nodes"][0] = None
        return body

    server = serve(population, [Fault(edit=hide, when=asks(name), times=None) for name in ("Issues", "RollCall")])
    options = ("--store", store, "--converter", TF2ONNX.name)
    assert run("fetch", *options, "--api-url", server.url) == 1
    told = capsys.readouterr()
    assert "tf2onnx: incomplete: 1 issue listed but not shown" in told.err
    assert "outcome incomplete" in told.out
    assert run("funnel", *options) == 0
    assert "warning: tf2onnx is not complete in the store: 1 issue" in capsys.readouterr().out
    assert (
        run("sample", *options, "--data", tmp_path, "--name", "s", "--n", 2, "--seed", 1, "--filter", "population") == 0
    )
    assert "warning: tf2onnx is not complete" in capsys.readouterr().out
    manifest = json.loads((store / "samples" / "s.json").read_text())
    assert manifest["converters"]["tf2onnx"]["archive_lacks"].startswith("1 issue listed")


def test_entries_that_came_twice_on_a_page_are_read_again(serve, population, store, clock, tmp_path):
    def double(body):
        for node in body["data"]["repository"]["issues"]["nodes"]:
            timeline = node["timelineItems"]
            timeline["nodes"] = [entry for entry in timeline["nodes"] for _ in range(2)]
        return body

    report = fetch(serve(population, [Fault(edit=double, when=asks("Issues"))]), store, clock)
    derive(store)
    assert report.converters["tf2onnx"]["outcome"] == "complete"
    assert tables(store) == truth(serve, population, tmp_path, clock)
